"""Every request of somebody who is signed in is checked, whatever way they came."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

import mfakit

from . import session


class MfaMiddleware:
    """Stands behind ``AuthenticationMiddleware``; ``request.mfa`` is the :class:`mfakit.Current`, or ``None``.

    A session without an assertion is ended: whoever came by a login page that does not know of second factors, such
    as the admin's, has to come by ours.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Checks, and serves nothing while that can't be done."""
        request.mfa = None  # type: ignore[attr-defined]
        if request.user.is_authenticated:  # type: ignore[attr-defined]
            try:
                current = session.check(request)
            except (mfakit.BusyError, mfakit.UnavailableError):
                return HttpResponse("Try again in a moment.", status=503, content_type="text/plain")
            if current is None:
                return redirect(f"{reverse('mfakit:login')}?next={request.path}")
            request.mfa = current  # type: ignore[attr-defined]
        return self.get_response(request)

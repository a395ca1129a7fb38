"""For views that ask for more than a session."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

import mfakit

from . import session


def mfa_required(demand: str = "two_factor") -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """The view is for sessions that fulfil ``demand``, ``two_factor`` or ``fresh``; others show a code first."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            try:
                if not request.user.is_authenticated or session.check(request, demand) is None:  # type: ignore[attr-defined]
                    return redirect(f"{reverse('mfakit:login')}?next={request.path}")
            except mfakit.StepUpError:
                return redirect(f"{reverse('mfakit:step_up')}?next={request.path}")
            return view(request, *arguments, **named)

        return checked

    return decorate

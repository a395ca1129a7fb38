"""What is kept in Django's session on the way to a session of ours, and in it."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth import login, logout
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

import mfakit

from .engine import account_of, tenant

ASSERTION = "mfakit.assertion"
BACKEND = "mfakit.backend"
BINDING = "mfakit.binding"
NEXT = "mfakit.next"
TICKET = "mfakit.ticket"
USER = "mfakit.user"


def binding(request: HttpRequest) -> str | None:
    """What tickets and assertions of this session are bound to."""
    return request.session.get(BINDING)


def new_binding(request: HttpRequest) -> str:
    """Draws it anew, at the password."""
    request.session[BINDING] = secrets.token_hex(16)
    return str(request.session[BINDING])


def hold_ticket(request: HttpRequest, user: Any, ticket: mfakit.Ticket, follow: str) -> None:
    """Remembers who may go on; nobody is in by it."""
    request.session.cycle_key()
    request.session[TICKET] = ticket.reveal()
    request.session[USER] = account_of(user)
    request.session[BACKEND] = getattr(user, "backend", None)
    request.session[NEXT] = follow


def let_in(request: HttpRequest, user: Any, assertion: mfakit.Assertion) -> str:
    """Opens Django's session; the one place where that is done. Says where to go."""
    kept = request.session.get(BINDING)
    follow = request.session.get(NEXT, "")
    backend = getattr(user, "backend", None) or request.session.get(BACKEND)
    login(request, user, backend=backend)
    for name in (TICKET, USER, BACKEND, NEXT):
        request.session.pop(name, None)
    request.session[BINDING] = kept
    request.session[ASSERTION] = assertion.reveal()
    return str(follow)


@sensitive_variables()
def check(request: HttpRequest, demand: str = "session") -> mfakit.Current | None:
    """Where the session stands; ``None``, and signed out, if nowhere.

    Raises :class:`mfakit.StepUpError`, and :class:`mfakit.UnavailableError` or :class:`mfakit.BusyError`, on which
    nothing is served.
    """
    assertion = request.session.get(ASSERTION)
    if assertion:
        try:
            current = tenant().check_assertion(assertion, demand=demand, binding=binding(request))
        except mfakit.VoidError:
            current = None
        if current is not None and current.account == account_of(request.user):
            return current
    logout(request)
    return None

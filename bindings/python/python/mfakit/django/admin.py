"""The admin's action "reset MFA", for any ``ModelAdmin`` of users."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

import mfakit

from . import session
from .engine import account_of, tenant


class MfaAdminMixin:
    """``class UserAdmin(MfaAdminMixin, BaseUserAdmin)`` has the action, for superusers and for nobody on themselves."""

    actions = ("reset_mfa",)

    @admin.action(description="Reset MFA: remove all second factors and end all sessions")
    def reset_mfa(self, request: HttpRequest, queryset: Any) -> None:
        """Resets each but oneself, with one's own name in the audit trail."""
        if not request.user.is_superuser:  # type: ignore[union-attr]
            messages.error(request, "Only a superuser resets second factors.")
            return
        try:
            if session.check(request, "fresh") is None:
                return
        except mfakit.StepUpError:
            messages.error(request, "Show a code again first: your own sign-in is too long ago.")
            return
        by = mfakit.Administrator(account_of(request.user), reason="the admin's action")
        done = 0
        for user in queryset:
            if user.pk == request.user.pk:
                messages.warning(request, "Nobody resets their own second factors.")
                continue
            # A request that is one transaction ends first: what it might roll back is not a place for a reset. One
            # that fails then is an error of the page.
            transaction.on_commit(partial(tenant().reset, account_of(user), by=by))
            done += 1
        messages.success(request, f"{done} reset.")

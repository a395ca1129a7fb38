"""From password to session. None of these views opens a session but by an assertion."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, get_user_model, logout
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

import mfakit

from . import session
from .engine import account_of, setting, tenant
from .forms import CodeForm, LoginForm

WRONG = "The name or the password is wrong, or too many were tried. Try again later."
VOID = "That took too long. Sign in again."
UNAVAILABLE = "That could not be checked now. Try again in a moment."


# Reports of errors, which Django mails, show neither what was posted nor what is in a variable.
@method_decorator([sensitive_variables(), sensitive_post_parameters()], "dispatch")
@method_decorator([never_cache, csrf_protect, transaction.non_atomic_requests], "dispatch")
class Step(View):
    """What the steps have in common: no cache, no part of another transaction, no failure that lets anybody in."""

    template = ""

    def dispatch(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        """A store that fails, or too many at once: the same page, and nobody is in."""
        try:
            answer = self.before() or super().dispatch(request, *arguments, **named)
        except mfakit.VoidError:
            answer = self.begin_again()
        except (mfakit.BusyError, mfakit.UnavailableError):
            answer = self.page(UNAVAILABLE, status=503)
        answer["Referrer-Policy"] = "same-origin"
        answer["X-Frame-Options"] = "DENY"
        return answer

    def before(self) -> HttpResponse | None:
        """What is answered instead, if this step is not due."""
        return None

    def begin_again(self) -> HttpResponse:
        """What was held is good for nothing."""
        logout(self.request)
        context = {"error": VOID, "form": LoginForm(), "next": ""}
        return render(self.request, LoginView.template, context, status=403)

    def page(self, error: str = "", status: int = 200, **context: Any) -> HttpResponse:
        """The page of this step."""
        return render(self.request, self.template, {"error": error, **context}, status=status)

    def follow(self, wanted: str) -> HttpResponse:
        """To where the person wanted, if that is here."""
        from django.conf import settings

        hosts = {self.request.get_host()}
        if url_has_allowed_host_and_scheme(wanted, hosts, require_https=self.request.is_secure()):
            return redirect(wanted)
        return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))


class LoginView(Step):
    """The password, and what follows it."""

    template = "mfakit/login.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Asks."""
        return self.page(form=LoginForm(), next=request.GET.get("next", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Charges the attempt, and only then looks at the password."""
        form = LoginForm(request.POST)
        wanted = request.POST.get("next", "")
        if not form.is_valid():
            return self.page(form=form, next=wanted)
        user = self.right_user(form)
        if user is None:
            return self.page(WRONG, form=form, next=wanted)
        user, attempt = user
        bound_to = session.new_binding(request)
        device = request.COOKIES.get(setting("DEVICE_COOKIE"))
        match tenant().sign_in(attempt, device=device, binding=bound_to):
            case mfakit.Allow(assertion=assertion):
                session.let_in(request, user, assertion)
                return self.follow(wanted)
            case mfakit.Challenge(ticket=ticket):
                session.hold_ticket(request, user, ticket, wanted)
                return redirect("mfakit:code")
            case mfakit.Setup(ticket=ticket):
                session.hold_ticket(request, user, ticket, wanted)
                return redirect("mfakit:setup")
            case mfakit.Deny(until=until):
                return self.page(locked_text(until), form=form, next=wanted, status=403)

    def right_user(self, form: LoginForm) -> tuple[Any, mfakit.PasswordAttempt] | None:
        """Who it is, if the password is theirs; it costs a hash in any case."""
        found, password = form.user(), form.cleaned_data["password"]
        if found is None:
            tenant().begin_decoy()
            make_password(password)
            return None
        try:
            attempt = tenant().begin_password(account_of(found))
        except mfakit.LockedError:
            make_password(password)
            return None
        user = authenticate(self.request, username=found.get_username(), password=password)
        if user is None or user.pk != found.pk:
            return None
        return user, attempt


class TicketStep(Step):
    """A step of somebody whose password was right."""

    def before(self) -> HttpResponse | None:
        """Without a ticket it begins at the password."""
        return None if self.request.session.get(session.TICKET) else redirect("mfakit:login")

    @property
    def ticket(self) -> str:
        """The right to go on."""
        return str(self.request.session[session.TICKET])

    def user(self) -> Any:
        """Whose it is."""
        return get_user_model()._default_manager.get(pk=self.request.session[session.USER])

    def refusal(self, error: mfakit.RefusedError, **context: Any) -> HttpResponse:
        """What the page says."""
        match error:
            case mfakit.CodeMismatchError(attempts_left=left):
                text = f"The code is wrong. {left} tries are left."
            case mfakit.CodeReplayedError(retry_after=0):
                text = "This backup code was used. Take another one."
            case mfakit.CodeReplayedError(retry_after=seconds):
                text = f"This code was used. Wait {seconds} seconds for the next one."
            case mfakit.LockedError(until=until):
                return self.page(locked_text(until), status=403, **context)
            case mfakit.DeclinedError():
                text = "Type a backup code, or two codes that follow each other."
            case _:
                raise error
        return self.page(text, **context)


class CodeView(TicketStep):
    """The code."""

    template = "mfakit/code.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Asks."""
        return self.page(form=CodeForm(), remember=self.remembers())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Lets in by the assertion that a right code gives."""
        form = CodeForm(request.POST)
        shown = {"form": CodeForm(), "remember": self.remembers()}
        if not form.is_valid():
            return self.page("Type a code.", **shown)
        typed, bound_to = form.cleaned_data, session.binding(request)
        try:
            if typed["second"]:
                verified = tenant().resynchronize(self.ticket, typed["code"], typed["second"], binding=bound_to)
            elif typed["remember"] and self.remembers():
                name = (request.headers.get("User-Agent") or "A browser").encode("ascii", "replace").decode()
                label = "".join(it for it in name if it.isprintable())[:60].strip() or "A browser"
                verified = tenant().verify_and_remember(self.ticket, typed["code"], device=label, binding=bound_to)
            else:
                verified = tenant().verify(self.ticket, typed["code"], binding=bound_to)
        except mfakit.VoidError:
            raise
        except mfakit.RefusedError as error:
            return self.refusal(error, **shown)
        follow = session.let_in(request, self.user(), verified.assertion)
        if verified.new_backup_codes is not None:
            answer: HttpResponse = render(
                request, "mfakit/backup_codes.html", {"codes": verified.new_backup_codes.reveal(), "next": follow}
            )
        else:
            answer = self.follow(follow)
        if verified.device is not None:
            days = tenant().policy()["remembered_device_days"]
            answer.set_cookie(
                setting("DEVICE_COOKIE"),
                verified.device.reveal(),
                max_age=days * 86_400,
                secure=request.is_secure(),
                httponly=True,
                samesite="Lax",
            )
        return answer

    def remembers(self) -> bool:
        """Whether the policy remembers devices."""
        return tenant().policy()["remembered_device_days"] > 0


class SetupView(TicketStep):
    """The setup of a first authenticator."""

    template = "mfakit/setup.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Shows what to scan."""
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Confirms it by its first code, and shows the backup codes, once."""
        typed = request.POST.get("code", "")
        bound_to = session.binding(request)
        try:
            confirmed = tenant().confirm_setup(self.ticket, typed, binding=bound_to)
        except mfakit.NoPendingSetupError:
            return self.shown("The setup has ended. Scan the new code.")
        except mfakit.VoidError:
            raise
        except mfakit.RefusedError as error:
            return self.refusal(error, **self.pending())
        follow = session.let_in(request, self.user(), confirmed.assertion)
        if confirmed.backup_codes is None:
            return self.follow(follow)
        codes = confirmed.backup_codes.reveal()
        return render(request, "mfakit/backup_codes.html", {"codes": codes, "next": follow})

    def shown(self, error: str = "") -> HttpResponse:
        """The page with the code to scan, or why there is none."""
        try:
            return self.page(error, **self.pending())
        except mfakit.LockedError as locked:
            return self.page(locked_text(locked.until), status=403)

    def pending(self) -> dict[str, str]:
        """What to scan, and the key to type."""
        name = setting("ACCOUNT_NAME")
        user = self.user()
        text = name(user) if callable(name) else getattr(user, name)
        text = text() if callable(text) else text
        pending = tenant().begin_setup(
            self.ticket,
            account_name=str(text).replace(":", " ")[:60],
            label="Authenticator",
            binding=session.binding(self.request),
        )
        return {"qr": pending.qr().svg(title="Scan this with your authenticator app"), "key": pending.reveal_key()}


class SignedInStep(Step):
    """A step of somebody who is signed in."""

    template = "mfakit/message.html"

    def before(self) -> HttpResponse | None:
        """Others sign in first."""
        return None if self.request.user.is_authenticated else redirect("mfakit:login")

    @property
    def assertion(self) -> str:
        """The proof of the session."""
        return str(self.request.session.get(session.ASSERTION, ""))


class BackupCodesView(SignedInStep):
    """The person says that the backup codes are stored."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Notes it, and goes on."""
        tenant().acknowledge_backup_codes(self.assertion, binding=session.binding(request))
        return self.follow(request.POST.get("next", ""))


class StepUpView(SignedInStep):
    """A code in a session, before something that deserves it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Asks for one."""
        try:
            challenge = tenant().step_up(self.assertion, binding=session.binding(request))
        except mfakit.NoFactorError:
            return self.page("Set up a second factor first.", status=403)
        except mfakit.LockedError as locked:
            return self.page(locked_text(locked.until), status=403)
        session.hold_ticket(request, request.user, challenge.ticket, request.GET.get("next", ""))
        return redirect("mfakit:code")


@method_decorator(csrf_protect, "dispatch")
class LogoutView(View):
    """Ends Django's session, and with it the assertion in it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Out."""
        logout(request)
        return redirect("mfakit:login")


def locked_text(until: Any) -> str:
    """How long a lock lasts."""
    if until is None:
        return "The account is locked. An administrator can open it again."
    return f"The account is locked until {until:%H:%M} (UTC)."


def login_url(request: HttpRequest) -> HttpResponse:
    """In the place of a login page that does not know of second factors, such as the admin's."""
    return redirect(f"{reverse('mfakit:login')}?next={request.GET.get('next', '')}")

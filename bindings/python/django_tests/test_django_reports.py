"""The reports of errors that Django mails hold no secret, wherever a page fails."""

from __future__ import annotations

import sys

import mfakit
import pytest
from django.contrib.auth.models import User
from django.core.signals import got_request_exception
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter
from mfakit.django import engine
from test_django_site import Client, password, post, set_up

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def anna():
    """A user."""
    return User.objects.create_user("anna", password="right password")


@pytest.fixture
def client():
    """A browser that is shown the page of an error."""
    return Client(raise_request_exception=False)


@pytest.fixture
def reports():
    """Each report of an error, as mail and as page, with the variables that are shown in it."""
    found = []

    def report(sender, request, **_):
        reporter = ExceptionReporter(request, *sys.exc_info())
        assert isinstance(reporter.filter, SafeExceptionReporterFilter)
        shown = reporter.get_traceback_html() + reporter.get_traceback_text()
        found.append(shown + "".join(str(frame["vars"]) for frame in reporter.get_traceback_frames()))

    got_request_exception.connect(report)
    yield found
    got_request_exception.disconnect(report)


def broken(monkeypatch, place):
    """Makes a function fail, with what it was given in its frame."""

    def fail(*arguments, **named):
        raise RuntimeError("broken")

    monkeypatch.setattr(place, fail)


def secrets(client, phone, codes):
    """What the browser and the session hold, and what the person typed."""
    session = client.session
    held = [session.get(f"mfakit.{name}") for name in ("assertion", "binding", "ticket")]
    device = client.cookies.get("mfakit_device_token")
    held += [device.value if device else None, "right password", phone.code(), *codes]
    held += [phone.totp.secret.reveal_base32(), phone.totp.secret.reveal_base32()[:8]]
    return [it for it in held if it]


@pytest.mark.parametrize("place", ["mfakit.django.session.login", "mfakit.django.views.LoginView.follow"])
def test_a_sign_in_that_fails(client, anna, clock, monkeypatch, reports, place):
    """With password, code, ticket, assertion and a remembered device under way."""
    phone, codes = set_up(client, clock)
    mfa = engine.tenant()
    mfa.set_policy(mfa.policy().replace(remembered_device_days=30), by=mfakit.Administrator("root", reason="a test"))
    post(client, "/account/logout/")
    password(client)
    known = secrets(client, phone, codes)
    with monkeypatch.context() as patched:
        broken(patched, "mfakit.django.session.login")
        answer = post(client, "/account/code/", code=phone.code(), remember="on")
        assert answer.status_code == 500
    clock.advance(60)
    password(client)
    post(client, "/account/code/", code=phone.code(), remember="on")
    known += secrets(client, phone, codes)
    assert client.cookies["mfakit_device_token"].value in known
    post(client, "/account/logout/")
    with monkeypatch.context() as patched:
        broken(patched, place)
        assert password(client).status_code == 500
    known += secrets(client, phone, codes)
    assert len(reports) == 2
    for shown in reports:
        assert "RuntimeError" in shown
        for secret in known:
            assert secret not in shown


def test_a_setup_that_fails(client, anna, clock, monkeypatch, reports):
    """While the key and the backup codes are shown for the one time."""
    password(client)
    shown_codes = []

    def render(request, template, context=None, **named):
        context = context or {}
        shown_codes.extend(str(it) for it in context.get("codes", ()))
        shown_codes.extend(context[name] for name in ("key", "qr") if name in context)
        raise RuntimeError("broken")

    with monkeypatch.context() as patched:
        patched.setattr("mfakit.django.views.render", render)
        assert client.get("/account/setup/").status_code == 500
        (qr, key) = sorted(shown_codes, key=len, reverse=True)
        totp = mfakit.TOTP(key)
        assert post(client, "/account/setup/", code=totp.generate(at=clock.now())).status_code == 500
    assert len(shown_codes) >= 12
    assert len(reports) == 2
    for shown in reports:
        assert "RuntimeError" in shown
        for secret in (*shown_codes, qr[-200:], key.replace(" ", ""), totp.generate(at=clock.now())):
            assert secret not in shown


def test_a_check_that_fails(client, anna, clock, monkeypatch, reports):
    """In the middleware, with the assertion of the session at hand."""
    phone, codes = set_up(client, clock)
    known = secrets(client, phone, codes)
    broken(monkeypatch, "mfakit.django.session.account_of")
    assert client.get("/").status_code == 500
    assert len(reports) == 1
    for secret in known:
        assert secret not in reports[0]

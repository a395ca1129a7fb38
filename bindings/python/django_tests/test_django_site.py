"""The pages by Django's own client: sign-in, setup, codes, the middleware, the admin, and the commands."""

from __future__ import annotations

import html
import io
import re

import mfakit
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from mfakit.django import engine

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def client():
    """A browser that minds cross-site requests, as real ones make sites do."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def anna():
    """A user."""
    return User.objects.create_user("anna", password="right password")


def post(client, path, **fields):
    """Posts a form with the token that the page gave."""
    token = client.cookies.get("csrftoken")
    if token is None:
        client.get("/account/login/")
        token = client.cookies["csrftoken"]
    return client.post(path, {**fields, "csrfmiddlewaretoken": token.value})


def password(client, name="anna", word="right password", follow="/"):
    """The first step."""
    return post(client, "/account/login/", username=name, password=word, next=follow)


class Phone:
    """An authenticator app."""

    def __init__(self, page: str, clock) -> None:
        key = re.search(r"<code>([A-Z2-7 ]+)</code>", page).group(1)
        self.totp, self.clock = mfakit.TOTP(key), clock

    def code(self) -> str:
        """What it shows."""
        return self.totp.generate(at=self.clock.now())


def set_up(client, clock):
    """From the password to a session, by a setup."""
    assert password(client).url == "/account/setup/"
    page = client.get("/account/setup/").content.decode()
    assert "<svg" in page
    phone = Phone(page, clock)
    codes = post(client, "/account/setup/", code=phone.code())
    assert codes.status_code == 200
    shown = re.findall(r"<li><code>([^<]+)</code>", codes.content.decode())
    assert len(shown) == 10
    assert post(client, "/account/backup-codes/", next="/").url == "/"
    clock.advance(60)
    return phone, shown


def test_from_password_to_session(client, anna, clock):
    """A setup, a sign-in by a code, and one by a backup code."""
    assert client.get("/").url.startswith("/account/login/")
    phone, codes = set_up(client, clock)
    assert client.get("/").content == b"anna otp"
    before = client.session.session_key
    assert post(client, "/account/logout/").url == "/account/login/"
    assert client.session.session_key != before
    assert password(client, follow="/danger/").url == "/account/code/"
    # The password alone opens nothing.
    assert client.get("/").url.startswith("/account/login/")
    assert b"tries are left" in post(client, "/account/code/", code="000000").content
    assert post(client, "/account/code/", code=phone.code()).url == "/danger/"
    assert client.get("/danger/").content == b"done"
    post(client, "/account/logout/")
    password(client)
    assert b"was used" in post(client, "/account/code/", code=phone.code()).content
    assert post(client, "/account/code/", code=codes[0]).url == "/"
    assert client.get("/").content == b"anna backup_code"


def test_the_session_key_changes_at_each_rise(client, anna, clock):
    """So that a key that somebody planted is worth nothing."""
    client.get("/account/login/")
    password(client)
    held = client.session.session_key
    client.get("/account/setup/")
    page = client.get("/account/setup/").content.decode()
    post(client, "/account/setup/", code=Phone(page, clock).code())
    assert client.session.session_key != held


def test_wrong_passwords_and_unknown_names_look_alike(client, anna):
    """Also once the gate is locked."""
    token = re.compile(r'value="[A-Za-z0-9]{64}"')
    pages = []
    for name, word in [("nobody", "x"), ("anna", "x")] + [("anna", "x")] * 10 + [("anna", "right password")]:
        answer = password(client, name, word)
        assert answer.status_code == 200
        pages.append(token.sub("", answer.content.decode()).replace(name, "NAME"))
    assert len(set(pages)) == 1


def test_a_session_by_another_way_is_ended(client, anna, clock):
    """Such as one that a login page opened which knows of no second factor."""
    client.force_login(anna)
    assert client.get("/").url.startswith("/account/login/")
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/login/?next=/admin/").url.startswith("/account/login/")


def test_a_reset_ends_a_session_that_is_open(client, anna, clock):
    """At its next request."""
    set_up(client, clock)
    assert client.get("/").status_code == 200
    out = io.StringIO()
    call_command("mfa_reset", "anna", by="helpdesk", reason="lost phone", stdout=out)
    assert client.get("/").url.startswith("/account/login/")
    assert password(client).url == "/account/setup/"


def test_a_copied_assertion_is_good_in_no_other_session(client, anna, clock):
    """It is bound to bytes that stay on the server."""
    set_up(client, clock)
    stolen = client.session["mfakit.assertion"]
    other = Client()
    other.force_login(anna)
    session = other.session
    session["mfakit.assertion"] = stolen
    session["mfakit.binding"] = "something else"
    session.save()
    assert other.get("/").url.startswith("/account/login/")
    # Nor is it good for another user.
    bert = User.objects.create_user("bert", password="x")
    third = Client()
    third.force_login(bert)
    session = third.session
    session["mfakit.assertion"] = stolen
    session["mfakit.binding"] = client.session["mfakit.binding"]
    session.save()
    assert third.get("/").url.startswith("/account/login/")


def test_step_up(client, anna, clock):
    """A view asks for a fresh code, and goes on where it was asked."""
    phone, _ = set_up(client, clock)
    clock.advance(600)
    assert client.get("/danger/").url == "/account/step-up/?next=/danger/"
    assert client.get("/account/step-up/?next=/danger/").url == "/account/code/"
    assert post(client, "/account/code/", code=phone.code()).url == "/danger/"
    assert client.get("/danger/").content == b"done"


def test_no_way_to_another_site(client, anna, clock):
    """``next`` stays here."""
    phone, _ = set_up(client, clock)
    for follow in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        post(client, "/account/logout/")
        password(client, follow=follow)
        clock.advance(60)
        assert post(client, "/account/code/", code=phone.code()).url == "/"


def test_locks_and_void_tickets(client, anna, clock):
    """The page says until when; an old ticket begins anew."""
    phone, _ = set_up(client, clock)
    post(client, "/account/logout/")
    password(client)
    for _ in range(5):
        answer = post(client, "/account/code/", code="000000")
    assert answer.status_code == 403
    assert b"is locked until" in answer.content
    assert b"is locked until" in password(client).content
    clock.advance(31)
    password(client)
    clock.advance(301)
    assert b"Sign in again" in post(client, "/account/code/", code=phone.code()).content
    assert client.get("/account/code/").url == "/account/login/"


def test_remembered_devices(client, anna, clock):
    """Asked for once, until it is forgotten."""
    phone, _ = set_up(client, clock)
    by = mfakit.Administrator("root", "a test")
    mfa = engine.tenant()
    mfa.set_policy(mfa.policy().replace(remembered_device_days=30), by=by)
    post(client, "/account/logout/")
    password(client)
    assert b"on this device" in client.get("/account/code/").content
    answer = post(client, "/account/code/", code=phone.code(), remember="on")
    cookie = answer.cookies["mfakit_device_token"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    post(client, "/account/logout/")
    assert password(client).url == "/"
    assert client.get("/").content == b"anna remembered"


def test_a_failing_store_serves_nothing(client, anna, clock, monkeypatch):
    """503, and nobody is in."""
    set_up(client, clock)

    def fail(*_):
        raise mfakit.StoreUnavailable("gone")

    monkeypatch.setattr("mfakit.django.store.DjangoStore.load", fail)
    assert client.get("/").status_code == 503
    other = Client()
    assert other.post("/account/login/", {"username": "anna", "password": "right password"}).status_code == 503
    assert "_auth_user_id" not in other.session


def test_the_admins_action(clock):
    """Resets others, never oneself, and only with a fresh session."""
    root = User.objects.create_superuser("root", password="right password")
    users = [User.objects.create_user(f"user-{number}", password="x") for number in range(2)]
    browser = Client(enforce_csrf_checks=True)
    assert password(browser, "root").url == "/account/setup/"
    phone = Phone(browser.get("/account/setup/").content.decode(), clock)
    post(browser, "/account/setup/", code=phone.code())
    chosen = {"action": "reset_mfa", "_selected_action": [root.pk, *(it.pk for it in users)]}
    answer = post(browser, "/admin/auth/user/", **chosen)
    page = html.unescape(browser.get(answer.url).content.decode())
    assert "2 reset." in page
    assert "Nobody resets their own" in page
    events = engine.tenant().events(limit=100).entries
    resets = [it for it in events if it.event is not None and it.event.kind == "reset"]
    assert {(it.account, it.event.actor) for it in resets} == {(str(it.pk), str(root.pk)) for it in users}
    clock.advance(600)
    answer = post(browser, "/admin/auth/user/", **chosen)
    assert "Show a code again first" in browser.get(answer.url).content.decode()


def test_commands(client, anna, clock):
    """Status, unlock, reset; who is not there is told."""
    set_up(client, clock)
    out = io.StringIO()
    call_command("mfa_status", "anna", stdout=out)
    assert "totp: Authenticator, since 2023-11-14" in out.getvalue()
    assert "backup codes left: 10" in out.getvalue()
    out = io.StringIO()
    call_command("mfa_status", stdout=out)
    assert "set_up: 1\n" in out.getvalue()
    out = io.StringIO()
    call_command("mfa_unlock", "anna", by="helpdesk", reason="asked", stdout=out)
    assert out.getvalue() == "codes: not_locked; password: not_locked\n"
    with pytest.raises(CommandError, match="no user"):
        call_command("mfa_reset", "nobody", by="x", reason="y")
    with pytest.raises(CommandError, match="invalid_argument"):
        call_command("mfa_reset", "anna", by="x" * 500, reason="y")


def test_pages_are_not_kept(client, anna):
    """What holds a key or a code is in no cache and no frame."""
    password(client)
    answer = client.get("/account/setup/")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"

"""The recipe by Flask's own test client."""

import re

import mfakit
import pytest
from app import create_app


@pytest.fixture
def site(tmp_path):
    """The application, its clock, and a browser."""
    clock = mfakit.ManualClock(1_700_000_000)
    app = create_app(tmp_path, clock)
    return app, clock, app.test_client()


def post(browser, path, **fields):
    """Posts a form with the token of the page."""
    token = re.search(r'name="token" value="(\w+)"', browser.get("/login").text).group(1)
    return browser.post(path, data={**fields, "token": token})


def password(browser, word="right password"):
    """The first step."""
    return post(browser, "/login", name="anna", password=word)


def set_up(browser, clock):
    """From the password to a session."""
    assert password(browser).location == "/setup"
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", browser.get("/setup").text).group(1)
    totp = mfakit.TOTP(key)
    assert "the code is wrong" in post(browser, "/setup", code="000000").text
    codes = post(browser, "/setup", code=totp.generate(at=clock.now()))
    assert codes.text.count("<li>") == 10
    assert post(browser, "/stored").location == "/"
    clock.advance(60)
    return totp


def test_from_password_to_session(site):
    """A setup, a sign-in, a used code, and a reset that ends the session."""
    app, clock, browser = site
    assert browser.get("/").location == "/login"
    totp = set_up(browser, clock)
    assert browser.get("/").text == "17 otp"
    other = app.test_client()
    assert password(other).location == "/code"
    assert other.get("/").location == "/login"
    assert "the code is wrong" in post(other, "/code", code="000000").text
    code = totp.generate(at=clock.now())
    assert post(other, "/code", code=code).location == "/"
    assert other.get("/").text == "17 otp"
    third = app.test_client()
    password(third)
    assert "was used before" in post(third, "/code", code=code).text
    app.extensions["mfa"].reset("17", by=mfakit.Administrator("root", "a test"))
    assert other.get("/").location == "/login"


def test_wrong_passwords_and_unknown_names_look_alike(site):
    """Also once the gate is locked."""
    _, _, browser = site
    unknown = post(browser, "/login", name="nobody", password="x").text
    assert all(password(browser, "x").text == unknown for _ in range(11))
    assert password(browser).text == unknown


def test_forms_of_other_sites_are_refused(site):
    """Without the page's token nothing is looked at."""
    _, _, browser = site
    answer = browser.post("/login", data={"name": "anna", "password": "right password"})
    assert answer.status_code == 403


def test_a_ticket_that_is_void_begins_again(site):
    """Five minutes later."""
    _, clock, browser = site
    set_up(browser, clock)
    password(browser)
    clock.advance(301)
    assert post(browser, "/code", code="123456").location == "/login"

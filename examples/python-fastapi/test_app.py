"""The recipe by FastAPI's own test client."""

import mfakit
import pytest
from app import create_app
from fastapi.testclient import TestClient


@pytest.fixture
def site(tmp_path):
    """The service, its clock, and a browser."""
    clock = mfakit.ManualClock(1_700_000_000)
    store, keyring = mfakit.SqliteStore(tmp_path / "mfa.db"), mfakit.Keyring.generate()
    engine = mfakit.Engine(store, keyring, clock=clock)
    by = mfakit.Administrator("root", "a test")
    engine.create_tenant("acme", mfakit.Policy("Acme"), by=by)
    app = create_app(store, keyring, clock)
    return app, clock, engine.tenant("acme")


def password(browser, word="right password", name="anna"):
    """The first step."""
    return browser.post("/password", json={"name": name, "password": word})


def set_up(browser, clock):
    """From the password to a session."""
    assert password(browser).json() == {"next": "setup"}
    shown = browser.post("/setup/begin").json()
    assert shown["svg"].startswith("<svg")
    totp = mfakit.TOTP(shown["key"])
    wrong = browser.post("/setup/confirm", json={"code": "nothing"})
    assert (wrong.status_code, wrong.json()) == (403, {"code": "not_a_code", "attempts_left": 10})
    confirmed = browser.post("/setup/confirm", json={"code": totp.generate(at=clock.now())}).json()
    assert len(confirmed["backup_codes"]) == 10
    clock.advance(60)
    return totp


def test_from_password_to_session(site):
    """A setup, a sign-in, a used code, and a reset that ends the session."""
    app, clock, mfa = site
    with TestClient(app) as browser, TestClient(app) as other:
        assert browser.get("/me").json() == {"code": "void_unknown"}
        totp = set_up(browser, clock)
        assert browser.get("/me").json() == {"account": "17", "basis": "otp"}
        assert password(other).json()["next"] == "code"
        assert other.get("/me").status_code == 401
        code = totp.generate(at=clock.now())
        verified = other.post("/code", json={"code": code}).json()
        assert len(verified["backup_codes"]) == 10
        assert other.get("/me").status_code == 200
        password(browser)
        used = browser.post("/code", json={"code": code})
        assert (used.status_code, used.json()["code"]) == (403, "replayed_otp")
        mfa.reset("17", by=mfakit.Administrator("root", "a test"))
        assert other.get("/me").status_code == 401


def test_wrong_passwords_and_unknown_names_look_alike(site):
    """Also once the gate is locked."""
    app, _, _ = site
    with TestClient(app) as browser:
        unknown = password(browser, name="nobody")
        assert unknown.status_code == 401
        for _ in range(11):
            assert password(browser, "x").json() == unknown.json()
        assert password(browser).json() == unknown.json()


def test_a_failing_store_lets_nobody_in(site, monkeypatch):
    """503 by its code, for whoever watches."""
    app, clock, _ = site
    with TestClient(app) as browser:
        set_up(browser, clock)
        clock.set(1_600_000_000)
        answer = browser.get("/me")
        assert (answer.status_code, answer.json()) == (503, {"code": "clock_behind"})

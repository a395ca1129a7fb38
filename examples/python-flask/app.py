"""A second factor in a Flask application: password, setup or code, and a check on every request.

Shows: the sign-in between your password check and your session, with `mfakit.Engine` on SQLite.
Run it: `pip install mfakit flask`, then `flask --app app run`; sign in as `anna` with `right password`.
"""

from __future__ import annotations

import secrets
from functools import wraps
from pathlib import Path
from typing import Any

import mfakit
from flask import Flask, g, redirect, render_template_string, request, session, url_for
from werkzeug.security import check_password_hash, generate_password_hash

# Yours: a table of users, each with an id that never changes.
USERS = {"anna": {"id": "17", "password": generate_password_hash("right password", method="scrypt")}}
NOBODY = generate_password_hash(secrets.token_hex(16), method="scrypt")

LOGIN = """<h1>Sign in</h1><p role="alert">{{ error }}</p>
<form method="post"><input type="hidden" name="token" value="{{ token }}"><input name="name" autocomplete="username">
<input name="password" type="password" autocomplete="current-password"><button>Sign in</button></form>"""
CODE = """<h1>Code</h1><p role="alert">{{ error }}</p>
<form method="post"><input type="hidden" name="token" value="{{ token }}">
<input name="code" autocomplete="one-time-code"><button>Go on</button></form>"""
SETUP = """<h1>Scan this</h1><p role="alert">{{ error }}</p>{{ qr|safe }}<p>or type <code>{{ key }}</code></p>
<form method="post"><input type="hidden" name="token" value="{{ token }}">
<input name="code"><button>Confirm</button></form>"""
CODES = """<h1>Store these</h1><ul>{% for code in codes %}<li><code>{{ code }}</code></li>{% endfor %}</ul>
<form method="post" action="{{ url_for('stored') }}"><input type="hidden" name="token" value="{{ token }}">
<button>Stored</button></form>"""


def create_app(folder: Path, clock: mfakit.ManualClock | None = None) -> Flask:
    """The application; called in the process that serves, so after a fork."""
    app = Flask(__name__)
    app.secret_key = secrets.token_bytes(32)
    app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=clock is None)
    keyring = mfakit.Keyring.open_or_create(folder / "mfa.keyring")
    engine = mfakit.Engine(mfakit.SqliteStore(folder / "mfa.db"), keyring, clock=clock)
    by = mfakit.Administrator("app", reason="first start")
    engine.create_tenant("acme", mfakit.Policy("Acme"), by=by)
    mfa = engine.tenant("acme")
    # Flask's session is a signed cookie that the browser reads, so ticket, assertion and binding stay here. Yours: a
    # table or a cache that all processes share.
    sessions: dict[str, dict[str, str]] = {}

    def page(template: str, **context: Any) -> str:
        session.setdefault("token", secrets.token_hex(16))
        return render_template_string(template, token=session["token"], **context)

    def rise(state: dict[str, str]) -> None:
        """A fresh id whenever the session rises."""
        sessions.pop(session.get("id", ""), None)
        session["id"] = secrets.token_hex(16)
        sessions[session["id"]] = state

    @app.before_request
    def check() -> Any:
        """The form's token, and on every request where the session stands."""
        if request.method == "POST" and not secrets.compare_digest(
            request.form.get("token", "").encode(), session.get("token", "no token").encode()
        ):
            return "the form is too old", 403
        g.state, g.current = sessions.get(session.get("id", ""), {}), None
        if "assertion" in g.state:
            try:
                g.current = mfa.check_assertion(g.state["assertion"], binding=g.state["binding"])
            except mfakit.VoidError:
                session.clear()
        return None

    @app.errorhandler(mfakit.BusyError)
    @app.errorhandler(mfakit.UnavailableError)
    def unavailable(_: mfakit.MfaError) -> Any:
        return "Try again in a moment.", 503

    @app.errorhandler(mfakit.VoidError)
    def begin_again(_: mfakit.MfaError) -> Any:
        session.clear()
        return redirect(url_for("login"))

    def signed_in(view: Any) -> Any:
        @wraps(view)
        def checked(*arguments: Any, **named: Any) -> Any:
            return view(*arguments, **named) if g.current else redirect(url_for("login"))

        return checked

    @app.get("/")
    @signed_in
    def home() -> str:
        return f"{g.current.account} {g.current.basis}"

    @app.get("/login")
    def login() -> str:
        return page(LOGIN)

    @app.post("/login")
    def try_password() -> Any:
        user = USERS.get(request.form.get("name", ""))
        password = request.form.get("password", "")
        wrong = "The name or the password is wrong, or too many were tried."
        if user is None:
            mfa.begin_decoy()
            check_password_hash(NOBODY, password)
            return page(LOGIN, error=wrong)
        try:
            attempt = mfa.begin_password(user["id"])
        except mfakit.LockedError:
            check_password_hash(NOBODY, password)
            return page(LOGIN, error=wrong)
        if not check_password_hash(user["password"], password):
            return page(LOGIN, error=wrong)
        binding = secrets.token_hex(16)
        match mfa.sign_in(attempt, binding=binding):
            case mfakit.Allow(assertion=assertion):
                rise({"assertion": assertion.reveal(), "binding": binding})
                return redirect(url_for("home"))
            case mfakit.Challenge(ticket=ticket):
                rise({"ticket": ticket.reveal(), "binding": binding})
                return redirect(url_for("code"))
            case mfakit.Setup(ticket=ticket):
                rise({"ticket": ticket.reveal(), "binding": binding, "name": request.form["name"]})
                return redirect(url_for("setup"))
            case mfakit.Deny(until=until):
                return page(LOGIN, error=f"locked until {until or 'an administrator acts'}"), 403

    @app.get("/code")
    def code() -> Any:
        return page(CODE) if "ticket" in g.state else redirect(url_for("login"))

    @app.post("/code")
    def try_code() -> Any:
        binding = g.state.get("binding")
        try:
            verified = mfa.verify(g.state.get("ticket", ""), request.form.get("code", ""), binding=binding)
        except mfakit.VoidError:
            raise
        except mfakit.RefusedError as error:
            return page(CODE, error=error)
        rise({"assertion": verified.assertion.reveal(), "binding": binding})
        if verified.new_backup_codes is not None:
            return page(CODES, codes=verified.new_backup_codes.reveal())
        return redirect(url_for("home"))

    @app.get("/setup")
    def setup(error: str = "") -> str:
        state = g.state
        names = {"account_name": state.get("name", "?"), "label": "Phone"}
        pending = mfa.begin_setup(state.get("ticket", ""), **names, binding=state.get("binding"))
        return page(SETUP, qr=pending.qr().svg(), key=pending.reveal_key(), error=error)

    @app.post("/setup")
    def confirm() -> Any:
        binding = g.state.get("binding")
        try:
            confirmed = mfa.confirm_setup(g.state.get("ticket", ""), request.form.get("code", ""), binding=binding)
        except mfakit.VoidError:
            raise
        except mfakit.RefusedError as error:
            return setup(str(error))
        rise({"assertion": confirmed.assertion.reveal(), "binding": binding})
        codes = confirmed.backup_codes
        return page(CODES, codes=codes.reveal()) if codes else redirect(url_for("home"))

    @app.post("/stored")
    @signed_in
    def stored() -> Any:
        mfa.acknowledge_backup_codes(g.state["assertion"], binding=g.state["binding"])
        return redirect(url_for("home"))

    @app.after_request
    def keep_out_of_caches(response: Any) -> Any:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    app.extensions["mfa"] = mfa
    return app


if __name__ == "__main__":
    create_app(Path()).run()

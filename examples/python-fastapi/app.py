"""A second factor in a FastAPI service: a JSON interface for a page or an app, awaited all the way.

Shows: `mfakit.AsyncEngine` on SQLite or PostgreSQL, refusals as responses by their stable codes, and a dependency that
checks the session on every request.
Run it: `pip install mfakit fastapi uvicorn`, then `uvicorn app:serve --factory`; the user is `anna`, `right password`.
"""

import asyncio
import hashlib
import os
import secrets
from pathlib import Path
from typing import Annotated, Any

import mfakit
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

# Yours: a table of users, each with an id that never changes, and a slow hash such as Argon2id.
SALT = os.urandom(16)
USERS = {"anna": ("17", hashlib.scrypt(b"right password", salt=SALT, n=2**14, r=8, p=1))}


class Password(BaseModel):
    """The first step."""

    name: str
    password: str


class Code(BaseModel):
    """The second."""

    code: str


async def password_matches(stored: bytes, password: str) -> bool:
    """Hashes off the event loop."""
    given = password.encode("utf-8", "replace")
    hashed = await asyncio.to_thread(hashlib.scrypt, given, salt=SALT, n=2**14, r=8, p=1)
    return secrets.compare_digest(hashed, stored)


def create_app(store: mfakit.NativeStore, keyring: mfakit.Keyring, clock: mfakit.ManualClock | None = None) -> FastAPI:
    """The service."""
    engine = mfakit.AsyncEngine(store, keyring, clock=clock)
    mfa = engine.tenant("acme")
    app = FastAPI()
    app.state.mfa = mfa
    # Yours: a table or a cache that all processes share. The cookie holds its key alone.
    sessions: dict[str, dict[str, str]] = {}

    @app.exception_handler(mfakit.RefusedError)
    async def refused(_: Request, error: mfakit.RefusedError) -> JSONResponse:
        """What a person can cause, by its code and with what a page shows."""
        said: dict[str, Any] = {"code": error.code}
        for name in ("attempts_left", "retry_after"):
            if hasattr(error, name):
                said[name] = getattr(error, name)
        return JSONResponse(said, status_code=401 if isinstance(error, mfakit.VoidError) else 403)

    @app.exception_handler(mfakit.MfaError)
    async def unavailable(_: Request, error: mfakit.MfaError) -> JSONResponse:
        return JSONResponse({"code": error.code}, status_code=503)

    def rise(response: Response, state: dict[str, str], old: str | None) -> None:
        """A fresh id whenever the session rises."""
        sessions.pop(old or "", None)
        key = secrets.token_hex(16)
        sessions[key] = state
        # A cookie for this site alone; with it a request of another site comes without.
        response.set_cookie("session", key, httponly=True, secure=clock is None, samesite="strict")

    def state_of(request: Request) -> dict[str, str]:
        return sessions.get(request.cookies.get("session", ""), {})

    async def current(request: Request) -> mfakit.Current:
        """For every path that needs a session."""
        state = state_of(request)
        return await mfa.check_assertion(state.get("assertion", ""), binding=state.get("binding"))

    Current = Annotated[mfakit.Current, Depends(current)]

    @app.post("/password")
    async def try_password(given: Password, request: Request, response: Response) -> dict[str, Any]:
        identity, stored = USERS.get(given.name, (None, bytes(64)))
        attempt = None
        try:
            if identity is None:
                await mfa.begin_decoy()
            else:
                attempt = await mfa.begin_password(identity)
        except mfakit.LockedError:
            pass
        if not await password_matches(stored, given.password) or attempt is None:
            raise HTTPException(401, {"code": "password"})
        binding, old = secrets.token_hex(16), request.cookies.get("session")
        match await mfa.sign_in(attempt, binding=binding):
            case mfakit.Allow(assertion=assertion):
                rise(response, {"assertion": assertion.reveal(), "binding": binding}, old)
                return {"next": "home"}
            case mfakit.Challenge(ticket=ticket, backup_codes_left=left):
                rise(response, {"ticket": ticket.reveal(), "binding": binding}, old)
                return {"next": "code", "backup_codes_left": left}
            case mfakit.Setup(ticket=ticket):
                state = {"ticket": ticket.reveal(), "binding": binding, "name": given.name}
                rise(response, state, old)
                return {"next": "setup"}
            case mfakit.Deny(retry_after=seconds):
                return {"next": "locked", "retry_after": seconds}

    @app.post("/code")
    async def try_code(given: Code, request: Request, response: Response) -> dict[str, Any]:
        state = state_of(request)
        verified = await mfa.verify(state.get("ticket", ""), given.code, binding=state.get("binding"))
        state = {"assertion": verified.assertion.reveal(), "binding": state["binding"]}
        rise(response, state, request.cookies.get("session"))
        codes = verified.new_backup_codes
        return {"next": "home", "backup_codes": codes.reveal() if codes else None}

    @app.post("/setup/begin")
    async def begin_setup(request: Request, response: Response) -> dict[str, str]:
        state = state_of(request)
        names = {"account_name": state.get("name", "?"), "label": "Phone"}
        pending = await mfa.begin_setup(state.get("ticket", ""), **names, binding=state.get("binding"))
        response.headers["Cache-Control"] = "no-store"
        return {"svg": pending.qr().svg(), "key": pending.reveal_key()}

    @app.post("/setup/confirm")
    async def confirm_setup(given: Code, request: Request, response: Response) -> dict[str, Any]:
        state = state_of(request)
        confirmed = await mfa.confirm_setup(state.get("ticket", ""), given.code, binding=state.get("binding"))
        state = {"assertion": confirmed.assertion.reveal(), "binding": state["binding"]}
        rise(response, state, request.cookies.get("session"))
        codes = confirmed.backup_codes
        return {"next": "home", "backup_codes": codes.reveal() if codes else None}

    @app.get("/me")
    async def me(session: Current) -> dict[str, str]:
        return {"account": session.account, "basis": session.basis}

    return app


def serve() -> FastAPI:
    """What a server calls, in each of its processes."""
    folder = Path(os.environ.get("MFA_FOLDER", "."))
    store, keyring = mfakit.SqliteStore(folder / "mfa.db"), mfakit.Keyring.open_or_create(folder / "mfa.keyring")
    by = mfakit.Administrator("app", reason="first start")
    mfakit.Engine(store, keyring).create_tenant("acme", mfakit.Policy("Acme"), by=by)
    return create_app(store, keyring)

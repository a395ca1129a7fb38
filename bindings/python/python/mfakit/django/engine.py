"""The engine of this process, as the setting ``MFAKIT`` says."""

from __future__ import annotations

import threading
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

import mfakit

from .store import DjangoStore

DEFAULTS: dict[str, Any] = {
    "ISSUER": None,
    "KEYRING": None,
    "TENANT": "default",
    "POLICY": {},
    "STORE": None,
    "DATABASE": "default",
    "ACCOUNT_NAME": "get_username",
    # With a word in it by which Django keeps a cookie out of its reports of errors.
    "DEVICE_COOKIE": "mfakit_device_token",
}

_lock = threading.Lock()
_tenant: mfakit.Tenant | None = None


def setting(name: str) -> Any:
    """A value of the setting ``MFAKIT``."""
    given = getattr(settings, "MFAKIT", {})
    unknown = set(given) - set(DEFAULTS) - {"CLOCK"}
    if unknown:
        raise ImproperlyConfigured(f"MFAKIT does not take {', '.join(sorted(unknown))}")
    return given.get(name, DEFAULTS.get(name))


def tenant() -> mfakit.Tenant:
    """The tenant of this site; the first call opens the engine, in the process that asks."""
    global _tenant
    with _lock:
        if _tenant is None:
            for name in ("ISSUER", "KEYRING"):
                if not setting(name):
                    raise ImproperlyConfigured(f"MFAKIT needs {name}")
            keyring = setting("KEYRING")
            if not isinstance(keyring, mfakit.Keyring):
                keyring = mfakit.Keyring.open_or_create(keyring)
            url = setting("STORE")
            store = mfakit.open_store(url) if url else DjangoStore(setting("DATABASE"))
            engine = mfakit.Engine(store, keyring, clock=setting("CLOCK"))
            policy = mfakit.Policy(setting("ISSUER"), **setting("POLICY"))
            by = mfakit.Administrator("mfakit.django", reason="first start")
            engine.create_tenant(setting("TENANT"), policy, by=by)
            _tenant = engine.tenant(setting("TENANT"))
        return _tenant


def close() -> None:
    """Forgets the engine, so that the next call opens it by the settings of then; for tests."""
    global _tenant
    with _lock:
        _tenant = None


def account_of(user: Any) -> str:
    """The lasting id of a user."""
    return str(user.pk)

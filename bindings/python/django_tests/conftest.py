"""Django by the environment: ``MFAKIT_DJANGO_DATABASE`` is ``sqlite`` or ``postgres``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import django
import mfakit
import pytest
from django.conf import settings

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
CLOCK = mfakit.ManualClock(1_700_000_000)


def database() -> dict[str, object]:
    """The database."""
    if os.environ["MFAKIT_DJANGO_DATABASE"] == "sqlite":
        folder = tempfile.mkdtemp(prefix="mfakit-django.")
        path = os.path.join(folder, "site.db")
        # The tests go by threads, and a database in memory is one connection's.
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            "TEST": {"NAME": path},
            # What survives a crash is not asked here, and waiting for the disk takes minutes.
            "OPTIONS": {"timeout": 60, "init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY"},
        }
    parts = dict(it.split("=", 1) for it in os.environ["MFAKIT_TEST_POSTGRES"].split())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "postgres"),
        "HOST": parts["host"].strip("'"),
        "USER": parts.get("user", "postgres"),
        "TEST": {"NAME": "mfakit_django"},
        "OPTIONS": {"options": "-c synchronous_commit=off"},
    }


settings.configure(
    ALLOWED_HOSTS=["testserver"],
    ATOMIC_REQUESTS=True,
    DATABASES={"default": {**database(), "ATOMIC_REQUESTS": True}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "mfakit.django",
    ],
    LOGIN_REDIRECT_URL="/",
    LOGIN_URL="mfakit:login",
    MFAKIT={"ISSUER": "Acme", "KEYRING": mfakit.Keyring.generate(), "CLOCK": CLOCK},
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "mfakit.django.middleware.MfaMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ROOT_URLCONF="mfa_site",
    SECRET_KEY="of a test",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    USE_TZ=True,
)
django.setup()


@pytest.fixture(scope="session", autouse=True)
def _database():
    """The tables, by the migrations."""
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases, teardown_test_environment

    setup_test_environment()
    old = setup_databases(0, interactive=False)
    yield
    from django.db import connections

    connections.close_all()
    teardown_databases(old, 0)
    teardown_test_environment()


@pytest.fixture
def clean():
    """Nobody is there, and nothing is known of them."""
    from django.core.management import call_command
    from mfakit.django import engine, models

    call_command("flush", verbosity=0, interactive=False)
    models.Feed.objects.get_or_create(pk=1)
    engine.close()


@pytest.fixture
def clock():
    """The clock of the engine."""
    return CLOCK

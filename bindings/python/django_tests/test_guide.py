"""The guide's settings and addresses, in a site of their own: what is left out there is Django's `startproject`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "django.md"
# What `startproject` writes: the guide's `# ...`.
PROJECT = """
from pathlib import Path
SECRET_KEY, DEBUG, ALLOWED_HOSTS, ROOT_URLCONF, USE_TZ = "of a test", False, ["testserver"], "urls", True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).parent / "site.db"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "messages", "sessions")] + INSTALLED_APPS
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    MIDDLEWARE[0],
    "django.contrib.messages.middleware.MessageMiddleware",
    *MIDDLEWARE[1:],
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": [f"django.{name}" for name in (
        "template.context_processors.request", "contrib.auth.context_processors.auth",
        "contrib.messages.context_processors.messages")]}}]
"""
VISIT = """
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
call_command("check", fail_level="WARNING")
call_command("migrate", verbosity=0)
User.objects.create_superuser("anna", password="right password")
browser = Client()
assert browser.get("/admin/login/").headers["Location"].startswith("/account/login/"), "the admin's own login is open"
page = browser.post("/account/login/", {"username": "anna", "password": "right password"}, follow=True)
assert page.status_code == 200 and b"<svg" in page.content, page.content
assert browser.get("/admin/").status_code == 302, "in without a code"
"""


def test_a_site_by_the_guide_asks_for_a_setup_and_opens_nothing_before(tmp_path):
    """Only the keyring's path is another."""
    settings, addresses = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert '"/etc/acme/mfa.keyring"' in settings
    settings = settings.replace("/etc/acme/mfa.keyring", str(tmp_path / "mfa.keyring"))
    (tmp_path / "settings.py").write_text(settings + PROJECT)
    (tmp_path / "urls.py").write_text(addresses)
    (tmp_path / "visit.py").write_text(VISIT)
    ended = subprocess.run(
        [sys.executable, "visit.py"],
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr

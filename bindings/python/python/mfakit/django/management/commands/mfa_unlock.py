"""``manage.py mfa_unlock USER --by WHO --reason WHY [--identity-verified]``."""

from mfakit.django.engine import tenant
from mfakit.django.management.commands._admin import AdminCommand


class Command(AdminCommand):
    """Lifts the locks of a user."""

    help = "Lifts the lock of a user's codes, and that of the password."

    def add_arguments(self, parser):
        """And whether it is known who asks."""
        super().add_arguments(parser)
        parser.add_argument("--identity-verified", action="store_true", help="you know who asks for it")

    def change(self, account, by, options):
        """Unlocks both."""
        codes = tenant().unlock(account, identity_verified=options["identity_verified"], by=by)
        password = tenant().unlock_password(account, by=by)
        self.stdout.write(f"codes: {codes}; password: {password}")

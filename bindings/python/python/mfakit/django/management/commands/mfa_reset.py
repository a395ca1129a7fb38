"""``manage.py mfa_reset USER --by WHO --reason WHY``."""

from mfakit.django.engine import tenant
from mfakit.django.management.commands._admin import AdminCommand


class Command(AdminCommand):
    """Removes every factor of a user."""

    help = "Removes all second factors of a user and ends all sessions; what is required stays so."

    def change(self, account, by, options):
        """Resets."""
        tenant().reset(account, by=by)
        self.stdout.write("reset")

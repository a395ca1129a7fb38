"""What the commands that change something share."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

import mfakit
from mfakit.django.engine import account_of


class AdminCommand(BaseCommand):
    """A command on one user, with a name and a reason for the audit trail."""

    def add_arguments(self, parser):
        """Who, by whom and why."""
        parser.add_argument("user", help="the login name")
        parser.add_argument("--by", required=True, help="who does it, for the audit trail")
        parser.add_argument("--reason", required=True, help="why, for the audit trail")

    def handle(self, *args, user, by, reason, **options):
        """Finds the user."""
        try:
            found = get_user_model()._default_manager.get_by_natural_key(user)
        except get_user_model().DoesNotExist:
            raise CommandError(f"there is no user `{user[:64]}`") from None
        try:
            self.change(account_of(found), mfakit.Administrator(by, reason), options)
        except mfakit.MfaError as error:
            raise CommandError(f"{error.code}: {error}") from None

    def change(self, account, by, options):
        """What the command does."""
        raise NotImplementedError

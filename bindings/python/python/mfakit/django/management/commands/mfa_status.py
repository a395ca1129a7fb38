"""``manage.py mfa_status [USER]``."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from mfakit.django.engine import account_of, tenant


class Command(BaseCommand):
    """Says what a user has, or how many users are in which state."""

    help = "Says which second factors a user has, or counts all of them by state."

    def add_arguments(self, parser):
        """The user, if it is about one."""
        parser.add_argument("user", nargs="?", help="the login name")

    def handle(self, *args, user=None, **options):
        """Prints names and numbers, and no secret: there is none in what is asked."""
        if user is None:
            summary = tenant().count_accounts()
            for name in type(summary).__match_args__:
                self.stdout.write(f"{name}: {getattr(summary, name)}")
            return
        try:
            found = get_user_model()._default_manager.get_by_natural_key(user)
        except get_user_model().DoesNotExist:
            raise CommandError(f"there is no user `{user[:64]}`") from None
        (status,) = tenant().status([account_of(found)])
        for authenticator in status.authenticators:
            self.stdout.write(f"{authenticator.kind}: {authenticator.label}, since {authenticator.bound_at:%Y-%m-%d}")
        if not status.authenticators:
            self.stdout.write("no authenticator")
        self.stdout.write(f"backup codes left: {status.backup_codes_left}")
        if status.lock is not None:
            self.stdout.write(f"locked: {status.lock.reason}, until {status.lock.until or 'an administrator acts'}")
        if status.fault is not None:
            self.stdout.write(f"can't be read: {status.fault}")

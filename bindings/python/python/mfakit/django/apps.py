"""The application."""

from django.apps import AppConfig


class MfakitConfig(AppConfig):
    """``mfakit.django``, with the label ``mfakit``."""

    name = "mfakit.django"
    label = "mfakit"
    verbose_name = "Second factors"
    default_auto_field = "django.db.models.BigAutoField"

"""The tables of :class:`mfakit.django.store.DjangoStore`: sealed documents, their events, and the feed's end."""

from django.db import models


class Document(models.Model):
    """A sealed document at its revision."""

    tenant = models.CharField(max_length=255)
    kind = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=256, blank=True)
    """The id of the document in hexadecimal, so that every database compares it byte for byte."""
    revision = models.BigIntegerField()
    key_id = models.BigIntegerField()
    body = models.BinaryField()

    class Meta:
        """One document of each key."""

        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "name"], name="mfakit_document_key")]


class Event(models.Model):
    """A sealed event at its place in the feed."""

    position = models.BigIntegerField(primary_key=True)
    tenant = models.CharField(max_length=255)
    kind = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=256, blank=True)
    sequence = models.BigIntegerField()
    body = models.BinaryField()

    class Meta:
        """Each place of a chain once; the feed of a tenant in order."""

        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "name", "sequence"], name="mfakit_event_sequence")
        ]
        indexes = [models.Index(fields=["tenant", "position"], name="mfakit_event_feed")]


class Feed(models.Model):
    """One row: the last position of the feed. Whoever commits holds it, so that positions appear in their order."""

    position = models.BigIntegerField(default=0)

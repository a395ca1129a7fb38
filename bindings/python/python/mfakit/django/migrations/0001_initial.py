"""The tables, and the one row of the feed."""

from django.db import migrations, models


def begin_feed(apps, schema_editor):
    """The row that commits take turns by."""
    feed = apps.get_model("mfakit", "Feed")
    feed.objects.using(schema_editor.connection.alias).get_or_create(pk=1)


class Migration(migrations.Migration):
    """The first."""

    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Document",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant", models.CharField(max_length=255)),
                ("kind", models.PositiveSmallIntegerField()),
                ("name", models.CharField(blank=True, max_length=256)),
                ("revision", models.BigIntegerField()),
                ("key_id", models.BigIntegerField()),
                ("body", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            "Event",
            [
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("tenant", models.CharField(max_length=255)),
                ("kind", models.PositiveSmallIntegerField()),
                ("name", models.CharField(blank=True, max_length=256)),
                ("sequence", models.BigIntegerField()),
                ("body", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            "Feed",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddConstraint(
            "document", models.UniqueConstraint(fields=("tenant", "kind", "name"), name="mfakit_document_key")
        ),
        migrations.AddConstraint(
            "event",
            models.UniqueConstraint(fields=("tenant", "kind", "name", "sequence"), name="mfakit_event_sequence"),
        ),
        migrations.AddIndex("event", models.Index(fields=["tenant", "position"], name="mfakit_event_feed")),
        migrations.RunPython(begin_feed, migrations.RunPython.noop),
    ]

"""A store over Django's own database connection, so that there is no second one on the same file.

A commit is one transaction of its own. Inside of another one it is refused, since that one could be rolled back and
with it the charge of a wrong code; so it is where autocommit is off, since ``atomic`` commits nothing then. Hence views
that call the engine are ``non_atomic_requests`` where ``ATOMIC_REQUESTS`` is on, and the views and the middleware of
this application are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, IntegrityError, InterfaceError, transaction
from django.db.models import F, Max, Q

from mfakit import (
    Commit,
    DocumentKey,
    DocumentKind,
    EventOrder,
    EventQuery,
    ScanQuery,
    ScanRow,
    SealedEvent,
    StoreCorrupt,
    StoredDocument,
    StoredEvent,
    StoreRefused,
    StoreUnavailable,
    StoreUnclear,
    Write,
)

from .models import Document, Event, Feed


class DjangoStore:
    """Keeps everything in the tables of this application, in the database ``using``."""

    def __init__(self, using: str = "default") -> None:
        self.using = using

    def load(self, keys: Sequence[DocumentKey]) -> list[StoredDocument | None]:
        """Reads documents in one query."""
        wanted = Q(pk__in=[])
        for key in set(keys):
            wanted |= Q(**place(key))
        with reading():
            rows = {
                (row.tenant, row.kind, row.name): StoredDocument(row.revision, bytes(row.body))
                for row in self.documents.filter(wanted)
            }
        return [rows.get((key.tenant, key.kind.number, key.id.hex())) for key in keys]

    def commit(self, commit: Commit) -> bool:
        """Compares and stores in one transaction, in which this commit is alone."""
        events = [(write.key, event) for write in commit.writes for event in write.events]
        sent = False
        try:
            with self.transaction():
                position = self.take_turn(len(events)) - len(events)
                if not all(self.put(write) for write in commit.writes):
                    raise Conflict
                for write in commit.writes:
                    self.check_order(write)
                rows = [
                    Event(position=place_in_feed, sequence=event.sequence, body=event.body, **place(key))
                    for place_in_feed, (key, event) in enumerate(events, position + 1)
                ]
                Event.objects.using(self.using).bulk_create(rows)
                sent = True
        except (Conflict, IntegrityError):
            return False
        except (DatabaseError, InterfaceError) as error:
            # Before the end of the transaction is asked for, nothing of it is stored.
            raise (StoreUnclear if sent else StoreUnavailable)("the database failed") from error
        return True

    def scan(self, query: ScanQuery) -> list[ScanRow]:
        """Reads a page in the order of the ids."""
        rows = self.matching(query).order_by("name")
        if query.after is not None:
            rows = rows.filter(name__gt=query.after.hex())
        with reading():
            return [
                ScanRow(bytes.fromhex(row.name), StoredDocument(row.revision, bytes(row.body)), row.key_id)
                for row in rows[: query.limit]
            ]

    def count(self, query: ScanQuery) -> int:
        """Counts over all pages."""
        with reading():
            return int(self.matching(query).count())

    def events(self, query: EventQuery) -> list[StoredEvent]:
        """Reads a page of the feed."""
        rows = Event.objects.using(self.using).filter(tenant=query.tenant)
        if query.document is not None:
            rows = rows.filter(**place(query.document))
        newest = query.order is EventOrder.NEWEST_FIRST
        if query.after is not None:
            # Positions are 63 bits wide, and a cursor may be wider.
            after = min(query.after, 2**63 - 1)
            rows = rows.filter(position__lt=after) if newest else rows.filter(position__gt=after)
        with reading():
            return [
                StoredEvent(
                    row.position,
                    DocumentKey(row.tenant, KINDS[row.kind], bytes.fromhex(row.name)),
                    SealedEvent(row.sequence, bytes(row.body)),
                )
                for row in rows.order_by("-position" if newest else "position")[: query.limit]
            ]

    def tenants(self, after: str | None, limit: int) -> list[str]:
        """Reads the tenants that have a policy."""
        rows = self.documents.filter(kind=DocumentKind.POLICY.number)
        if after is not None:
            rows = rows.filter(tenant__gt=after)
        with reading():
            return list(rows.order_by("tenant").values_list("tenant", flat=True)[:limit])

    def prune_events(self, key: DocumentKey, before: int) -> int:
        """Removes old events of a document, but never the last."""
        rows = Event.objects.using(self.using).filter(**place(key))
        try:
            with self.transaction():
                self.take_turn(0)
                last = rows.aggregate(last=Max("sequence"))["last"]
                if last is None:
                    return 0
                removed, _ = rows.filter(sequence__lt=min(before, last)).delete()
                return int(removed)
        except (DatabaseError, InterfaceError) as error:
            raise StoreUnclear("the database failed") from error

    def transaction(self) -> Any:
        """One of our own, which its end commits; inside of another one Django refuses it."""
        connection = transaction.get_connection(self.using)
        if not connection.in_atomic_block and not connection.get_autocommit():
            raise StoreRefused("autocommit is off, so that nothing would be committed")
        return transaction.atomic(using=self.using, durable=True)

    @property
    def documents(self) -> Any:
        """The documents of this database."""
        return Document.objects.using(self.using)

    def matching(self, query: ScanQuery) -> Any:
        """What a scan finds over all pages."""
        rows = self.documents.filter(tenant=query.tenant, kind=query.kind.number)
        if query.key_ids is not None:
            rows = rows.filter(key_id__gte=query.key_ids[0], key_id__lte=query.key_ids[1])
        return rows

    def take_turn(self, events: int) -> int:
        """Holds the row of the feed to the end of the transaction; says where the feed will end."""
        feed = Feed.objects.using(self.using).filter(pk=1)
        if feed.update(position=F("position") + events) != 1:
            raise StoreCorrupt("the row of the feed is missing; migrate")
        return int(feed.values_list("position", flat=True).get())

    def put(self, write: Write) -> bool:
        """Stores one document if the stored revision is the expected one; the rows that change decide."""
        new = {"revision": write.revision, "key_id": write.key_id, "body": write.body}
        if write.expected:
            return bool(self.documents.filter(revision=write.expected, **place(write.key)).update(**new))
        if self.documents.filter(**place(write.key)).exists():
            return False
        self.documents.create(**place(write.key), **new)
        return True

    def check_order(self, write: Write) -> None:
        """Events are stored behind all others of their document."""
        if write.events:
            rows = Event.objects.using(self.using).filter(**place(write.key))
            if rows.filter(sequence__gte=write.events[0].sequence).exists():
                raise StoreCorrupt("events out of order")


class Conflict(Exception):
    """Rolls a transaction back."""


class reading:
    """What the database could not say is unavailable."""

    def __enter__(self) -> None:
        """Nothing to do yet."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, (DatabaseError, InterfaceError)):
            raise StoreUnavailable("the database failed") from error


def place(key: DocumentKey) -> dict[str, Any]:
    """Where a document is kept, as fields."""
    return {"tenant": key.tenant, "kind": key.kind.number, "name": key.id.hex()}


KINDS = {kind.number: kind for kind in DocumentKind}

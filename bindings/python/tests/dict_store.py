"""A store of dicts and a lock, the sample of the guide; and the same with coroutines."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

from mfakit import (
    Commit,
    DocumentKey,
    DocumentKind,
    EventOrder,
    EventQuery,
    ScanQuery,
    ScanRow,
    StoreCorrupt,
    StoredDocument,
    StoredEvent,
)

Place = tuple[str, DocumentKind, bytes]


class Held(NamedTuple):
    """A document with what it is found by."""

    document: StoredDocument
    key_id: int


class DictStore:
    """Keeps everything in memory, and loses it with the process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.documents: dict[Place, Held] = {}
        self.log: list[StoredEvent] = []
        self.position = 0
        self.threads: set[int] = set()

    @staticmethod
    def place(key: DocumentKey) -> Place:
        """Where a document is kept."""
        return (key.tenant, key.kind, key.id)

    def load(self, keys: Sequence[DocumentKey]) -> list[StoredDocument | None]:
        """Reads documents."""
        self.threads.add(threading.get_ident())
        with self.lock:
            found = [self.documents.get(self.place(key)) for key in keys]
        return [held and held.document for held in found]

    def commit(self, commit: Commit) -> bool:
        """Compares every revision before anything is stored."""
        with self.lock:
            for write in commit.writes:
                held = self.documents.get(self.place(write.key))
                if (held.document.revision if held else 0) != write.expected:
                    return False
            for write in commit.writes:
                last = max((it.event.sequence for it in self.log if it.key == write.key), default=0)
                if write.events and write.events[0].sequence <= last:
                    raise StoreCorrupt("events out of order")
            for write in commit.writes:
                document = StoredDocument(write.revision, write.body)
                self.documents[self.place(write.key)] = Held(document, write.key_id)
                for event in write.events:
                    self.position += 1
                    self.log.append(StoredEvent(self.position, write.key, event))
            return True

    def matching(self, query: ScanQuery) -> list[ScanRow]:
        """What a scan finds over all pages."""
        low, high = query.key_ids or (-(2**63), 2**63)
        with self.lock:
            rows = [
                ScanRow(place[2], held.document, held.key_id)
                for place, held in self.documents.items()
                if place[:2] == (query.tenant, query.kind) and low <= held.key_id <= high
            ]
        return sorted(rows, key=lambda row: row.id)

    def scan(self, query: ScanQuery) -> list[ScanRow]:
        """Reads a page, in the order of the ids."""
        rows = [row for row in self.matching(query) if query.after is None or row.id > query.after]
        return rows[: query.limit]

    def count(self, query: ScanQuery) -> int:
        """Counts over all pages."""
        return len(self.matching(query))

    def events(self, query: EventQuery) -> list[StoredEvent]:
        """Reads a page of the feed, from either end."""
        with self.lock:
            found = [it for it in self.log if it.key.tenant == query.tenant and query.document in (None, it.key)]
        if query.order is EventOrder.NEWEST_FIRST:
            found.reverse()
            found = [it for it in found if query.after is None or it.position < query.after]
        else:
            found = [it for it in found if query.after is None or it.position > query.after]
        return found[: query.limit]

    def tenants(self, after: str | None, limit: int) -> list[str]:
        """Reads the tenants that have a policy."""
        with self.lock:
            names = sorted(it[0] for it in self.documents if it[1] is DocumentKind.POLICY)
        return [name for name in names if after is None or name > after][:limit]

    def prune_events(self, key: DocumentKey, before: int) -> int:
        """Removes old events of a document, but never the last."""
        with self.lock:
            mine = [it for it in self.log if it.key == key]
            gone = [it for it in mine[:-1] if it.event.sequence < before]
            self.log = [it for it in self.log if it not in gone]
            return len(gone)


class AsyncDictStore:
    """The same, awaited."""

    def __init__(self) -> None:
        self.inner = DictStore()

    @property
    def threads(self) -> set[int]:
        """Threads in which documents were read."""
        return self.inner.threads

    @threads.setter
    def threads(self, threads: set[int]) -> None:
        self.inner.threads = threads

    async def load(self, keys: Sequence[DocumentKey]) -> list[StoredDocument | None]:
        """Reads documents."""
        return self.inner.load(keys)

    async def commit(self, commit: Commit) -> bool:
        """Stores a commit."""
        return self.inner.commit(commit)

    async def scan(self, query: ScanQuery) -> list[ScanRow]:
        """Reads a page."""
        return self.inner.scan(query)

    async def count(self, query: ScanQuery) -> int:
        """Counts."""
        return self.inner.count(query)

    async def events(self, query: EventQuery) -> list[StoredEvent]:
        """Reads events."""
        return self.inner.events(query)

    async def tenants(self, after: str | None, limit: int) -> list[str]:
        """Reads tenants."""
        return self.inner.tenants(after, limit)

    async def prune_events(self, key: DocumentKey, before: int) -> int:
        """Removes old events."""
        return self.inner.prune_events(key, before)

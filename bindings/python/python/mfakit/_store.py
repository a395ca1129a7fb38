"""What crosses the line to a store that is written in Python, and how such a store fails."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from ._enums import DocumentKind, EventOrder
from ._record import Record

if TYPE_CHECKING:
    import asyncio

__all__ = [
    "AsyncStore",
    "Commit",
    "DocumentKey",
    "EventQuery",
    "ScanQuery",
    "ScanRow",
    "SealedEvent",
    "Store",
    "StoreCorrupt",
    "StoreFailure",
    "StoreRefused",
    "StoreUnavailable",
    "StoreUnclear",
    "StoredDocument",
    "StoredEvent",
    "Write",
]


class StoreFailure(Exception):
    """The base of what a store raises; raise one of the four below."""


class StoreUnavailable(StoreFailure):
    """The store can't be reached; of a commit, nothing is stored and nothing will be."""


class StoreUnclear(StoreFailure):
    """A commit may be stored, or be stored yet. Any other exception out of ``commit`` counts as this."""


class StoreCorrupt(StoreFailure):
    """What the store holds is not what the contract allows; of a commit, nothing is stored."""


class StoreRefused(StoreFailure):
    """The request breaks the contract; nothing is stored."""


class DocumentKey(Record):
    """Where a document lives. Compared byte for byte."""

    tenant: str
    """The organization."""
    kind: DocumentKind
    """What the document is; ``kind.number`` is for databases."""
    id: bytes
    """Whose it is: any bytes, at most 128, or none."""


class StoredDocument(Record):
    """A document as a store hands it back."""

    revision: int
    """The revision last committed; at least 1."""
    body: bytes
    """The sealed bytes last committed."""


class SealedEvent(Record):
    """An event, sealed, at its place in the chain of its document."""

    sequence: int
    """The place in the chain: 1 for the first, then one more with each."""
    body: bytes
    """The sealed bytes; at most 2 KiB."""


class Write(Record):
    """One document of a commit: what must be there, and what shall be there."""

    key: DocumentKey
    """The document."""
    expected: int
    """The revision that must be the stored one; 0 if no document may exist."""
    revision: int
    """The revision to store."""
    body: bytes
    """The sealed bytes to store; at most 16 KiB."""
    key_id: int
    """The number of the sealing key, kept in the clear so that ``scan`` finds documents by it."""
    events: tuple[SealedEvent, ...]
    """The events to append, in the order of their sequence."""


class Commit(Record):
    """Documents of one tenant that change together, or not at all."""

    id: bytes
    """Sixteen random bytes."""
    writes: tuple[Write, ...]
    """The documents, each key at most once."""


class ScanQuery(Record):
    """Which documents to read."""

    tenant: str
    """The organization."""
    kind: DocumentKind
    """The kind of document."""
    key_ids: tuple[int, int] | None
    """Only documents whose ``key_id`` lies in this inclusive range; it may be below 0 or above 2^32."""
    after: bytes | None
    """Only ids behind this one, in the order of the store."""
    limit: int
    """The longest page; at least 1."""


class ScanRow(Record):
    """A document found by a scan."""

    id: bytes
    """The id within tenant and kind."""
    document: StoredDocument
    """The document."""
    key_id: int
    """The number of the key that sealed it."""


class EventQuery(Record):
    """Which events to read."""

    tenant: str
    """The organization."""
    document: DocumentKey | None
    """Only events of this document."""
    order: EventOrder
    """From which end."""
    after: int | None
    """Only positions beyond this one in the chosen order."""
    limit: int
    """The longest page; at least 1."""


class StoredEvent(Record):
    """An event as a store hands it back."""

    position: int
    """The place in the feed of the whole store; it only grows, with gaps."""
    key: DocumentKey
    """The document whose chain the event belongs to."""
    event: SealedEvent
    """The sealed event."""


class Store(Protocol):
    """A store of versioned opaque documents with their events; ``mfakit.testkit`` checks one.

    Every rule lives in the library; a store compares revisions and keeps bytes:

    - **Atomic**: ``commit`` stores all its documents and events, or none.
    - **Conditional**: it stores them only if each stored revision is the expected one at that moment.
    - **Durable**: it returns ``True`` only when the commit survives a crash.
    - **Fresh**: ``load`` never reads a replica or a cache.
    - **Honest**: no call retries by itself; what is not known is :class:`StoreUnclear`.

    Requests outside the bounds are refused before a store is called. Methods are called from many
    threads at once. Any exception but a :class:`StoreFailure` is reported to the logger ``mfakit``
    and counts as unavailable, or as unclear out of ``commit`` and ``prune_events``; none lets
    anybody in.
    """

    def load(self, keys: Sequence[DocumentKey], /) -> Sequence[StoredDocument | None]:
        """Reads documents: one entry for each key, in the order of the keys."""
        ...

    def commit(self, commit: Commit, /) -> bool:
        """Stores a commit: ``True`` if it is stored, ``False`` if a revision was another."""
        ...

    def scan(self, query: ScanQuery, /) -> Sequence[ScanRow]:
        """Reads a page of documents, in an order that follows from the ids alone."""
        ...

    def count(self, query: ScanQuery, /) -> int:
        """Counts what ``scan`` would return over all pages, without ``after`` and ``limit``."""
        ...

    def events(self, query: EventQuery, /) -> Sequence[StoredEvent]:
        """Reads a page of events; read from the oldest, it is complete behind its cursor."""
        ...

    def tenants(self, after: str | None, limit: int, /) -> Sequence[str]:
        """Reads the tenants that have a document of the kind ``POLICY``, in a lasting order."""
        ...

    def prune_events(self, key: DocumentKey, before: int, /) -> int:
        """Removes events of ``key`` with a sequence below ``before`` but the last; says how many."""
        ...


class AsyncStore(Protocol):
    """The same with coroutines. See :class:`Store`."""

    def load(self, keys: Sequence[DocumentKey], /) -> Awaitable[Sequence[StoredDocument | None]]:
        """As ``Store.load``."""
        ...

    def commit(self, commit: Commit, /) -> Awaitable[bool]:
        """As ``Store.commit``."""
        ...

    def scan(self, query: ScanQuery, /) -> Awaitable[Sequence[ScanRow]]:
        """As ``Store.scan``."""
        ...

    def count(self, query: ScanQuery, /) -> Awaitable[int]:
        """As ``Store.count``."""
        ...

    def events(self, query: EventQuery, /) -> Awaitable[Sequence[StoredEvent]]:
        """As ``Store.events``."""
        ...

    def tenants(self, after: str | None, limit: int, /) -> Awaitable[Sequence[str]]:
        """As ``Store.tenants``."""
        ...

    def prune_events(self, key: DocumentKey, before: int, /) -> Awaitable[int]:
        """As ``Store.prune_events``."""
        ...


_loop: asyncio.AbstractEventLoop | None = None
_loop_lock = threading.Lock()


def own_loop() -> asyncio.AbstractEventLoop:
    """The event loop of a thread of our own, for a store with coroutines under ``Engine``."""
    import asyncio

    global _loop
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="mfakit-loop", daemon=True).start()
        return _loop


def settle(promise: asyncio.Future[object], value: object, error: BaseException | None) -> None:
    """Gives a call its answer, on the loop that awaits it."""
    if promise.done():
        return
    if error is None:
        promise.set_result(value)
    else:
        promise.set_exception(error)


def schedule(awaitable: Awaitable[object], loop: asyncio.AbstractEventLoop, done: Callable[..., None]) -> None:
    """Awaits something on a loop, from any thread."""
    import asyncio

    async def wait() -> object:
        return await awaitable

    asyncio.run_coroutine_threadsafe(wait(), loop).add_done_callback(done)


def report(error: BaseException) -> None:
    """Tells the logger of an exception that a store should not have raised."""
    import logging

    logging.getLogger("mfakit").error("a store raised", exc_info=error)

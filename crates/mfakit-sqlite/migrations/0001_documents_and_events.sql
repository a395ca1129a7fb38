-- Documents with their revisions, and the events committed with them.

-- A rowid table: bodies of some 1.2 KiB stay inline on a leaf of a rowid table, while a table WITHOUT ROWID
-- moves all but about 1 KB of a row to overflow pages and writes more than twice the pages for each commit.
CREATE TABLE documents (
    number   INTEGER PRIMARY KEY,
    tenant   TEXT    NOT NULL,
    kind     INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 255),
    id       BLOB    NOT NULL CHECK (length(id) <= 128),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    key_id   INTEGER NOT NULL CHECK (key_id BETWEEN 0 AND 4294967295),
    body     BLOB    NOT NULL CHECK (length(body) <= 16384),
    UNIQUE (tenant, kind, id)
) STRICT;

CREATE INDEX documents_by_key_id ON documents (tenant, kind, key_id);

-- AUTOINCREMENT, so that a position is never given twice, even if the newest events were removed.
CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents (number),
    tenant   TEXT    NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    body     BLOB    NOT NULL CHECK (length(body) <= 2048),
    UNIQUE (document, sequence)
) STRICT;

-- An index ends in the rowid, so this one is the feed of a tenant, in the order of positions.
CREATE INDEX events_by_tenant ON events (tenant);

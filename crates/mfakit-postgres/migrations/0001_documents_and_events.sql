-- Documents with their revisions, the events committed with them, and the functions that write them.

CREATE TABLE {schema}.migrations (
    number integer PRIMARY KEY
);

-- An update changes revision, last_sequence and body, none of which is in an index, and a page keeps room for the
-- next version of a row: so updates stay on their page (heap-only tuples) and no index grows with them. `key_id`
-- is in an index and changes only when keys are rotated.
CREATE TABLE {schema}.documents (
    number        bigint   GENERATED ALWAYS AS IDENTITY UNIQUE,
    revision      bigint   NOT NULL CHECK (revision >= 1),
    last_sequence bigint   NOT NULL CHECK (last_sequence >= 0),
    key_id        bigint   NOT NULL CHECK (key_id BETWEEN 0 AND 4294967295),
    kind          smallint NOT NULL CHECK (kind BETWEEN 1 AND 255),
    tenant        text     COLLATE "C" NOT NULL CHECK (octet_length(tenant) BETWEEN 1 AND 64),
    id            bytea    NOT NULL CHECK (octet_length(id) <= 128),
    body          bytea    NOT NULL CHECK (octet_length(body) <= 16384),
    PRIMARY KEY (tenant, kind, id)
) WITH (fillfactor = 70, toast_tuple_target = 4080);

-- Sealed bytes do not compress. Bodies beyond some 4 KB leave the page.
ALTER TABLE {schema}.documents ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE INDEX documents_by_key_id ON {schema}.documents (tenant, kind, key_id);

-- The list of tenants: those with a policy.
CREATE INDEX tenants ON {schema}.documents (tenant) WHERE kind = 3 AND id = ''::bytea;

-- Positions of events. Each session draws them one at a time (CACHE 1), so they grow in the order they are drawn.
CREATE SEQUENCE {schema}.positions AS bigint CACHE 1 NO CYCLE;

-- Nothing deletes a document, and events are appended only beside a write to their document; a foreign key would
-- ask for each event what the function below has just seen.
CREATE TABLE {schema}.events (
    position bigint NOT NULL,
    document bigint NOT NULL,
    sequence bigint NOT NULL CHECK (sequence >= 1),
    tenant   text   COLLATE "C" NOT NULL,
    body     bytea  NOT NULL CHECK (octet_length(body) <= 2048),
    PRIMARY KEY (tenant, position),
    UNIQUE (document, sequence)
);

ALTER TABLE {schema}.events ALTER COLUMN body SET STORAGE EXTERNAL;

-- Which advisory locks say that a commit of this tenant has begun to draw positions.
--
-- A collision of two hashes hides events for as long as a commit takes, and shows none too early.
CREATE FUNCTION {schema}.drawing(of_tenant text) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT (hashtextextended(of_tenant COLLATE "C", '{schema}.events'::regclass::oid::bigint) >> 32)::integer
$$;

-- Stores documents and events, or nothing: true if stored, false if a revision was not the expected one.
--
-- The arrays hold an entry for each document, sorted by kind and id: then any two commits lock what they share in the
-- same order, and none waits in a circle. `firsts` and `lasts` are the sequences of its first and last event, 0 and 0
-- if it has none. The events name their document by its place in these arrays.
--
-- An error undoes everything. MF001: a revision other than the first was not the expected one. MF002: the revisions
-- fit and the events do not. MF003: the transaction is not READ COMMITTED.
CREATE FUNCTION {schema}.commit(
    of_tenant text, kinds smallint[], ids bytea[], expecteds bigint[], key_ids bigint[], bodies bytea[],
    firsts bigint[], lasts bigint[], event_documents integer[], event_sequences bigint[], event_bodies bytea[]
) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog
SET lock_timeout = '5s'
AS $$
DECLARE
    numbers bigint[];
    written_number bigint;
    written_sequence bigint;
    in_order boolean := true;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'mfakit commits in READ COMMITTED only' USING ERRCODE = 'MF003';
    END IF;
    -- Whatever the session, the role or the database says: the answer leaves when the disk has the commit.
    IF current_setting('synchronous_commit') IN ('off', 'local') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;

    FOR i IN 1 .. cardinality(ids) LOOP
        IF expecteds[i] = 0 THEN
            INSERT INTO {schema}.documents AS d (tenant, kind, id, revision, key_id, last_sequence, body)
            VALUES (of_tenant, kinds[i], ids[i], 1, key_ids[i], lasts[i], bodies[i])
            ON CONFLICT (tenant, kind, id) DO NOTHING
            RETURNING d.number, d.last_sequence INTO written_number, written_sequence;
        ELSE
            UPDATE {schema}.documents AS d
            SET revision = d.revision + 1,
                key_id = key_ids[i],
                last_sequence = CASE
                    WHEN firsts[i] = 0 THEN d.last_sequence
                    WHEN firsts[i] > d.last_sequence THEN lasts[i]
                    ELSE 0
                END,
                body = bodies[i]
            WHERE d.tenant = of_tenant AND d.kind = kinds[i] AND d.id = ids[i] AND d.revision = expecteds[i]
            RETURNING d.number, d.last_sequence INTO written_number, written_sequence;
        END IF;
        IF written_number IS NULL THEN
            IF i = 1 THEN
                RETURN false;
            END IF;
            RAISE EXCEPTION 'the revision of document % is not the expected one', i USING ERRCODE = 'MF001';
        END IF;
        numbers[i] := written_number;
        in_order := in_order AND written_sequence >= firsts[i];
    END LOOP;

    IF NOT in_order THEN
        RAISE EXCEPTION 'an event has its place before one that is stored' USING ERRCODE = 'MF002';
    END IF;
    IF cardinality(event_bodies) > 0 THEN
        -- Until this transaction has ended, the lock tells the feed that positions behind the number it names may
        -- still appear. It is taken before the first of them is drawn; see `feed`.
        PERFORM pg_advisory_xact_lock_shared(
            {schema}.drawing(of_tenant), nextval('{schema}.positions')::bit(32)::integer);
        INSERT INTO {schema}.events (position, document, tenant, sequence, body)
        SELECT nextval('{schema}.positions'), numbers[e.document], of_tenant, e.sequence, e.body
        FROM unnest(event_documents, event_sequences, event_bodies)
            WITH ORDINALITY AS e (document, sequence, body, place)
        ORDER BY e.place;
    END IF;
    RETURN true;
END
$$;

-- A page of a tenant's events by growing position, complete: no event appears later below the last one shown.
--
-- The three statements each see what was committed before they began, and their order is the proof. Let p be shown and
-- q < p be drawn by another commit. p is not above `drawn`, so q was drawn before the first statement, and its commit
-- held its lock before that. Either that commit had not let go of the lock at the second statement: then the lock
-- names a number below q, and nothing above that number is shown, p neither. Or it had: a transaction lets go of
-- locks after it has become visible, so the third statement sees q.
--
-- Transactions of others hold no such lock, and can't hold up the feed. A standby knows no locks of its primary, hence
-- MF004.
CREATE FUNCTION {schema}.feed(of_tenant text, behind bigint, page bigint)
RETURNS TABLE ("position" bigint, kind smallint, id bytea, sequence bigint, body bytea)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog
AS $$
DECLARE
    drawn bigint;
    horizon bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the feed of mfakit is read in READ COMMITTED only' USING ERRCODE = 'MF003';
    END IF;
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'the feed of mfakit is read from the primary only' USING ERRCODE = 'MF004';
    END IF;

    SELECT CASE WHEN s.is_called THEN s.last_value ELSE 0 END INTO drawn FROM {schema}.positions AS s;

    -- A lock names the low 32 bits of its number; `ago` is how far that lies behind `drawn`. What seems more than
    -- 2^31 behind is ahead: a commit that has drawn nothing up to `drawn`.
    SELECT min(drawn - held.ago) INTO horizon
    FROM (
        SELECT (drawn - l.objid::bigint) & 4294967295 AS ago
        FROM pg_locks AS l
        WHERE l.locktype = 'advisory'
            AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
            AND l.classid::bigint = {schema}.drawing(of_tenant)::bigint & 4294967295
            AND l.objsubid = 2
    ) AS held
    WHERE held.ago < 2147483648;

    RETURN QUERY
    SELECT e.position, d.kind, d.id, e.sequence, e.body
    FROM {schema}.events AS e JOIN {schema}.documents AS d ON d.number = e.document
    WHERE e.tenant = of_tenant AND e.position > behind AND e.position <= coalesce(horizon, drawn)
    ORDER BY e.position LIMIT page;
END
$$;

-- Removes at most 1,000 events of a document below a sequence, the oldest first and never the last one.
--
-- One call at a time for each document: of two that chose the same events, one would remove none and say so.
CREATE FUNCTION {schema}.prune(of_tenant text, of_kind smallint, of_id bytea, before bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog
SET lock_timeout = '5s'
AS $$
DECLARE
    of_document bigint;
    last bigint;
    removed bigint;
BEGIN
    SELECT d.number, d.last_sequence INTO of_document, last
    FROM {schema}.documents AS d
    WHERE d.tenant = of_tenant AND d.kind = of_kind AND d.id = of_id
    FOR NO KEY UPDATE;
    DELETE FROM {schema}.events AS e
    WHERE e.document = of_document AND e.sequence IN (
        SELECT o.sequence FROM {schema}.events AS o
        WHERE o.document = of_document AND o.sequence < least(before, last)
        ORDER BY o.sequence LIMIT 1000
    );
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;

INSERT INTO {schema}.migrations (number) VALUES (1);

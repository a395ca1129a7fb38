-- The events of a document by position, which is what its pages are cut by; sequence grows with it.
--
-- The index takes the place of the one by sequence: an insert writes as many indexes as before. That sequences grow
-- and never repeat is held by `commit`, which compares them under the lock of their document.
CREATE UNIQUE INDEX events_by_document ON {schema}.events (document, position);
ALTER TABLE {schema}.events DROP CONSTRAINT events_document_sequence_key;

-- Removes at most 1,000 events of a document below a sequence, the oldest first and never the last one.
--
-- Looks at no more than these 1,000: the oldest events have the lowest sequences.
CREATE OR REPLACE FUNCTION {schema}.prune(of_tenant text, of_kind smallint, of_id bytea, before bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog
SET lock_timeout = '5s'
AS $$
DECLARE
    of_document bigint;
    last bigint;
    removed bigint;
BEGIN
    -- One call at a time for each document: of two that chose the same events, one would remove none and say so.
    SELECT d.number, d.last_sequence INTO of_document, last
    FROM {schema}.documents AS d
    WHERE d.tenant = of_tenant AND d.kind = of_kind AND d.id = of_id
    FOR NO KEY UPDATE;
    DELETE FROM {schema}.events AS e
    WHERE e.document = of_document AND e.position IN (
        SELECT o.position FROM (
            SELECT position, sequence FROM {schema}.events
            WHERE document = of_document ORDER BY position LIMIT 1000
        ) AS o
        WHERE o.sequence < least(before, last)
    );
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;

INSERT INTO {schema}.migrations (number) VALUES (2);

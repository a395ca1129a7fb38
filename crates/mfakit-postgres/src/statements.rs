//! The statements, for one schema, with the types of their parameters.

use tokio_postgres::types::Type;

use crate::schema::SchemaName;

/// A statement and the types of its parameters. With them given, the server is never asked for types.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) types: &'static [Type],
}

/// All statements of the store.
#[derive(Debug)]
pub(crate) struct Statements {
    pub(crate) load: Statement,
    pub(crate) commit: Statement,
    pub(crate) scan: Statement,
    pub(crate) scan_after: Statement,
    pub(crate) count: Statement,
    pub(crate) feed: Statement,
    pub(crate) feed_reversed: Statement,
    pub(crate) chain: Statement,
    pub(crate) chain_reversed: Statement,
    pub(crate) tenants: Statement,
    pub(crate) prune: Statement,
}

impl Statements {
    pub(crate) fn new(schema: &SchemaName) -> Self {
        let statement = |sql: &str, types| Statement {
            sql: schema.fill_in(sql),
            types,
        };
        Self {
            load: statement(
                LOAD,
                &[Type::TEXT_ARRAY, Type::INT2_ARRAY, Type::BYTEA_ARRAY],
            ),
            commit: statement(
                COMMIT,
                &[
                    Type::TEXT,
                    Type::INT2_ARRAY,
                    Type::BYTEA_ARRAY,
                    Type::INT8_ARRAY,
                    Type::INT8_ARRAY,
                    Type::BYTEA_ARRAY,
                    Type::INT8_ARRAY,
                    Type::INT8_ARRAY,
                    Type::INT4_ARRAY,
                    Type::INT8_ARRAY,
                    Type::BYTEA_ARRAY,
                ],
            ),
            scan: statement(
                SCAN,
                &[Type::TEXT, Type::INT2, Type::INT8, Type::INT8, Type::INT8],
            ),
            scan_after: statement(
                SCAN_AFTER,
                &[
                    Type::TEXT,
                    Type::INT2,
                    Type::INT8,
                    Type::INT8,
                    Type::INT8,
                    Type::BYTEA,
                ],
            ),
            count: statement(COUNT, &[Type::TEXT, Type::INT2, Type::INT8, Type::INT8]),
            feed: statement(FEED, &[Type::TEXT, Type::INT8, Type::INT8]),
            feed_reversed: statement(FEED_REVERSED, &[Type::TEXT, Type::INT8, Type::INT8]),
            chain: statement(
                CHAIN,
                &[Type::TEXT, Type::INT8, Type::INT8, Type::INT2, Type::BYTEA],
            ),
            chain_reversed: statement(
                CHAIN_REVERSED,
                &[Type::TEXT, Type::INT8, Type::INT8, Type::INT2, Type::BYTEA],
            ),
            tenants: statement(TENANTS, &[Type::TEXT, Type::INT8]),
            prune: statement(PRUNE, &[Type::TEXT, Type::INT2, Type::BYTEA, Type::INT8]),
        }
    }
}

// One row per key, also where no document is: so a standby shows as one, and not as a store without documents. The
// LIMIT keeps the planner from turning this into a join of the whole table.
const LOAD: &str = "\
    SELECT pg_catalog.pg_is_in_recovery(), d.revision, d.body
    FROM ROWS FROM (unnest($1), unnest($2), unnest($3)) WITH ORDINALITY AS k (tenant, kind, id, place)
    LEFT JOIN LATERAL (
        SELECT revision, body FROM {schema}.documents
        WHERE tenant = k.tenant COLLATE \"C\" AND kind = k.kind AND id = k.id LIMIT 1
    ) AS d ON true
    ORDER BY k.place";
const COMMIT: &str = "SELECT {schema}.commit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
// The planner does not know how many documents a range of key ids has. It takes a range for few, would read all
// documents of a tenant by the index of key ids, and sort them, for each page. Of two bounds on different terms it
// takes a ninth to pass, and no term of them is in an index: so it goes by id, and stops at the end of the page.
const SCAN: &str = "\
    SELECT revision, body, id, key_id FROM {schema}.documents
    WHERE tenant = $1 AND kind = $2 AND key_id + 0 >= $3 AND key_id - 0 <= $4
    ORDER BY id LIMIT $5";
const SCAN_AFTER: &str = "\
    SELECT revision, body, id, key_id FROM {schema}.documents
    WHERE tenant = $1 AND kind = $2 AND key_id + 0 >= $3 AND key_id - 0 <= $4 AND id > $6
    ORDER BY id LIMIT $5";
const COUNT: &str = "\
    SELECT count(*) FROM {schema}.documents
    WHERE tenant = $1 AND kind = $2 AND key_id BETWEEN $3 AND $4";
const FEED: &str = "SELECT position, kind, id, sequence, body FROM {schema}.feed($1, $2, $3)";
const FEED_REVERSED: &str = "\
    SELECT e.position, d.kind, d.id, e.sequence, e.body
    FROM {schema}.events AS e JOIN {schema}.documents AS d ON d.number = e.document
    WHERE e.tenant = $1 AND e.position < $2
    ORDER BY e.position DESC LIMIT $3";
// Commits to one document follow each other, so its events need no horizon. A subquery and no join: of a join the
// planner does not know that it gives the events of one document, in the order of the index.
const CHAIN: &str = "\
    SELECT e.position, $4, $5, e.sequence, e.body FROM {schema}.events AS e
    WHERE e.document = (SELECT number FROM {schema}.documents WHERE tenant = $1 AND kind = $4 AND id = $5)
        AND e.position > $2
    ORDER BY e.position LIMIT $3";
const CHAIN_REVERSED: &str = "\
    SELECT e.position, $4, $5, e.sequence, e.body FROM {schema}.events AS e
    WHERE e.document = (SELECT number FROM {schema}.documents WHERE tenant = $1 AND kind = $4 AND id = $5)
        AND e.position < $2
    ORDER BY e.position DESC LIMIT $3";
// The kind is written out, so that the planner knows the index of policies to fit.
const TENANTS: &str = "\
    SELECT tenant FROM {schema}.documents
    WHERE kind = 3 AND id = ''::bytea AND tenant > $1 ORDER BY tenant LIMIT $2";
const PRUNE: &str = "SELECT {schema}.prune($1, $2, $3, $4)";

//! What is asked of a server before a store works on it, and the migrations.

use deadpool_postgres::{Object, Pool};
use tokio_postgres::{GenericClient, Row};

use crate::{
    OpenError, SchemaName,
    schema::{known, migrations},
};

/// Refuses a server that could not keep the contract, and a schema that is not this version's.
pub(crate) async fn check(pool: &Pool, schema: &SchemaName, lossy: bool) -> Result<(), OpenError> {
    let connection = connection(pool).await?;
    let server = one(&**connection, SERVER).await?;
    let number: i32 = server.try_get("version")?;
    if number < OLDEST {
        let found = server.try_get("server_version")?;
        return Err(OpenError::TooOld { found });
    }
    if server.try_get("standby")? || server.try_get::<_, &str>("read_only")? == "on" {
        return Err(OpenError::ReadOnly);
    }
    for (setting, needed) in [
        ("server_encoding", "UTF8"),
        ("default_transaction_isolation", "read committed"),
    ] {
        let found: String = server.try_get(setting)?;
        if found != needed {
            return Err(OpenError::Setting {
                setting,
                found,
                needed,
            });
        }
    }
    for setting in ["fsync", "full_page_writes"] {
        let found: String = server.try_get(setting)?;
        if found != "on" && !lossy {
            return Err(OpenError::NotDurable { setting, found });
        }
    }
    check_schema(&**connection, schema, lossy).await
}

/// Applies the missing migrations, all or none of them.
pub(crate) async fn migrate(pool: &Pool, schema: &SchemaName) -> Result<(), OpenError> {
    let mut connection = connection(pool).await?;
    let transaction = connection.build_transaction().start().await?;
    // Of several processes one goes on; the others come after its commit.
    transaction.batch_execute(ONE_AT_A_TIME).await?;
    let found = version(&*transaction, schema).await?;
    if found > known() {
        return Err(OpenError::Newer {
            found,
            known: known(),
        });
    }
    let exists = one(&*transaction, &with_name(schema, SCHEMA_EXISTS)).await?;
    if !exists.try_get::<_, bool>(0)? {
        // `IF NOT EXISTS` would ask for the right to create schemas also where there is one.
        let create = schema.fill_in("CREATE SCHEMA {schema}");
        transaction.batch_execute(&create).await?;
    }
    for migration in migrations(schema) {
        if migration.number > found {
            transaction.batch_execute(&migration.sql).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

async fn connection(pool: &Pool) -> Result<Object, OpenError> {
    pool.get().await.map_err(|source| OpenError::Connect {
        source: Box::new(source),
    })
}

async fn check_schema(
    client: &impl GenericClient,
    schema: &SchemaName,
    lossy: bool,
) -> Result<(), OpenError> {
    let (found, known) = (version(client, schema).await?, known());
    if found < known {
        return Err(OpenError::NotMigrated { found, known });
    }
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for row in rows(client, &with_name(schema, NOT_LOGGED)).await? {
        if !lossy {
            return Err(OpenError::NotDurable {
                setting: "relpersistence",
                found: row.try_get(0)?,
            });
        }
    }
    Ok(())
}

/// How many migrations were applied.
async fn version(client: &impl GenericClient, schema: &SchemaName) -> Result<u32, OpenError> {
    let migrated = one(client, &with_name(schema, MIGRATED)).await?;
    if !migrated.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let number: i32 = one(client, &schema.fill_in(VERSION)).await?.try_get(0)?;
    // A negative number is no version of ours, and not one to build on.
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

/// The row of a query that gives one.
async fn one(client: &impl GenericClient, sql: &str) -> Result<Row, OpenError> {
    let mut rows = rows(client, sql).await?;
    rows.pop().ok_or_else(|| OpenError::Database {
        source: "a query for one row gave none".into(),
    })
}

/// Runs a query without a name for it, so that it works behind any proxy.
async fn rows(client: &impl GenericClient, sql: &str) -> Result<Vec<Row>, OpenError> {
    Ok(client.query_typed(sql, &[]).await?)
}

/// `sql` with the schema's name as a text, which is safe: a name holds no quote.
fn with_name(schema: &SchemaName, sql: &str) -> String {
    sql.replace("{name}", schema.as_str())
}

/// PostgreSQL 12, by `server_version_num`.
const OLDEST: i32 = 120_000;

const SERVER: &str = "\
    SELECT current_setting('server_version_num')::integer AS version,
        current_setting('server_version') AS server_version,
        pg_is_in_recovery() AS standby,
        current_setting('transaction_read_only') AS read_only,
        current_setting('server_encoding') AS server_encoding,
        current_setting('default_transaction_isolation') AS default_transaction_isolation,
        current_setting('fsync') AS fsync,
        current_setting('full_page_writes') AS full_page_writes";
/// The key is `mfakit` in ASCII; it holds until the transaction ends.
const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(x'6d66616b6974'::bigint)";
const SCHEMA_EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = '{name}')";
const MIGRATED: &str = "\
    SELECT EXISTS (
        SELECT 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = '{name}' AND c.relname = 'migrations')";
const VERSION: &str = "SELECT coalesce(max(number), 0) FROM {schema}.migrations";
/// Tables and sequences of which a crash leaves nothing.
const NOT_LOGGED: &str = "\
    SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = '{name}' AND c.relkind IN ('r', 'S') AND c.relpersistence <> 'p'
    ORDER BY c.relname";

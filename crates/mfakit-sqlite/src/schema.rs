//! What marks a file as ours, and the numbered migrations that make its tables.

use rusqlite::{Connection, TransactionBehavior};

use crate::OpenError;

/// Kept in the header of the file: `mfak` in ASCII. It tells a database of mfakit from every other.
pub(crate) const APPLICATION_ID: u32 = 0x6d66_616b;

/// All migrations, the first one numbered 1; `user_version` counts those applied. They are never edited, only added.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_documents_and_events.sql"),
    include_str!("../migrations/0002_tenants.sql"),
];

/// Applies the migrations that are missing, in one transaction: all or none of them.
///
/// The write lock is taken before the version is read, so of several processes one applies them and the
/// others find them applied.
///
/// # Errors
/// [`OpenError::Newer`] if the file knows migrations that this crate does not; [`OpenError::Database`].
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    apply(connection, MIGRATIONS)
}

fn apply(connection: &mut Connection, migrations: &[&str]) -> Result<(), OpenError> {
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if version(connection)? == known {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    let missing = migrations
        .iter()
        .skip(usize::try_from(found).unwrap_or(usize::MAX));
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// How many migrations were applied.
fn version(connection: &Connection) -> Result<u32, OpenError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{APPLICATION_ID, MIGRATIONS, apply, migrate, version};
    use crate::OpenError;

    const FIRST: &str = "CREATE TABLE one (a INTEGER) STRICT; INSERT INTO one VALUES (7);";
    const SECOND: &str = "CREATE TABLE two (a INTEGER) STRICT; INSERT INTO two SELECT a FROM one;";

    #[test]
    fn applies_what_is_missing_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, &[FIRST]).unwrap();
        apply(&mut connection, &[FIRST]).unwrap();
        apply(&mut connection, &[FIRST, SECOND]).unwrap();
        apply(&mut connection, &[FIRST, SECOND]).unwrap();
        let moved: i64 = connection
            .query_row("SELECT sum(a) FROM two", [], |row| row.get(0))
            .unwrap();
        assert_eq!(moved, 7);
        assert_eq!(version(&connection).unwrap(), 2);
    }

    #[test]
    fn a_failing_migration_leaves_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, &[FIRST]).unwrap();
        let failing = "CREATE TABLE three (a INTEGER) STRICT; SELECT nonsense;";
        let failed = apply(&mut connection, &[FIRST, SECOND, failing]);
        assert!(matches!(failed, Err(OpenError::Database { .. })));
        assert_eq!(version(&connection).unwrap(), 1);
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 1);
    }

    #[test]
    fn refuses_a_newer_file() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, &[FIRST, SECOND]).unwrap();
        let newer = apply(&mut connection, &[FIRST]);
        assert!(matches!(
            newer,
            Err(OpenError::Newer { found: 2, known: 1 })
        ));
    }

    #[test]
    fn marks_the_file() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let id: u32 = connection
            .pragma_query_value(None, "application_id", |row| row.get(0))
            .unwrap();
        assert_eq!(id, APPLICATION_ID);
        assert_eq!(id.to_be_bytes(), *b"mfak");
        assert_eq!(
            version(&connection).unwrap(),
            u32::try_from(MIGRATIONS.len()).unwrap()
        );
    }
}

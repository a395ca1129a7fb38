//! Opening files: ours, others', none.

use core::time::Duration;
use std::{fs, thread};

use mfakit_core::CommitOutcome;
use mfakit_sqlite::{OpenError, SqliteOptions, SqliteStore};
use rusqlite::Connection;

use crate::{
    samples::{events, put, revision},
    support::Folder,
};

const COMMITTED: Result<CommitOutcome, mfakit_core::StoreError> = Ok(CommitOutcome::Committed);

#[test]
fn a_new_file_opens_again() {
    let folder = Folder::new();
    for expected in 0..3 {
        let store = SqliteStore::open(folder.file()).unwrap();
        assert_eq!(revision(&store, "a"), Ok(expected));
        assert_eq!(put(&store, "a", expected), COMMITTED);
        store.close();
        // Closed, the database is one file.
        assert_eq!(folder.names(), ["mfa.db"]);
    }
}

#[test]
fn dropping_the_store_closes_the_file() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
    drop(store);
    assert_eq!(folder.names(), ["mfa.db"]);
    let store = SqliteStore::open(folder.file()).unwrap();
    assert_eq!(revision(&store, "a"), Ok(1));
}

#[test]
fn must_exist_creates_nothing() {
    let folder = Folder::new();
    let missing = SqliteOptions::new().must_exist().open(folder.file());
    assert!(matches!(missing, Err(OpenError::Missing)));
    assert_eq!(folder.names(), [""; 0]);

    SqliteStore::open(folder.file()).unwrap().close();
    assert!(
        SqliteOptions::new()
            .must_exist()
            .open(folder.file())
            .is_ok()
    );
}

#[test]
fn special_names_are_names() {
    let folder = Folder::new();
    for name in [
        ":memory:",
        "file:a?mode=memory",
        "a%20b#c?d",
        "ä ' \".db",
        "-wal",
    ] {
        let file = folder.path().join(name);
        for expected in 0..2 {
            let store = SqliteStore::open(&file).unwrap();
            assert_eq!(put(&store, "a", expected), COMMITTED);
        }
        assert!(file.is_file());
    }
    assert_eq!(folder.names().len(), 5);
}

#[test]
fn a_path_that_leads_nowhere_is_refused() {
    let folder = Folder::new();
    for path in ["", "..", "/"] {
        let refused = SqliteStore::open(path);
        assert!(matches!(refused, Err(OpenError::Path { .. })));
    }
    let no_folder = SqliteStore::open(folder.path().join("none").join("mfa.db"));
    assert!(matches!(no_folder, Err(OpenError::Path { .. })));
    let a_folder = SqliteStore::open(folder.path());
    assert!(matches!(a_folder, Err(OpenError::Foreign)));
}

#[test]
fn other_files_are_refused_and_not_touched() {
    let folder = Folder::new();
    let mut files: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"x".to_vec(),
        b"SQLite format 3\0".to_vec(),
        b"not a database, but longer than a page ".repeat(200),
        vec![0; 4096],
    ];
    // Databases of others: without a mark, with another, with tables, in either journal mode.
    for sql in [
        "CREATE TABLE t (a)",
        "PRAGMA application_id = 7; CREATE TABLE t (a)",
        "PRAGMA user_version = 1; CREATE TABLE documents (a)",
        "PRAGMA journal_mode = wal; CREATE TABLE t (a)",
    ] {
        let file = folder.path().join("other.db");
        Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        files.push(fs::read(&file).unwrap());
        fs::remove_file(&file).unwrap();
    }
    assert_eq!(folder.names(), [""; 0]);

    for content in files {
        fs::write(folder.file(), &content).unwrap();
        let before = fs::metadata(folder.file()).unwrap().modified().unwrap();
        let refused = SqliteStore::open(folder.file());
        assert!(matches!(refused, Err(OpenError::Foreign)), "{refused:?}");
        assert_eq!(fs::read(folder.file()).unwrap(), content);
        let after = fs::metadata(folder.file()).unwrap().modified().unwrap();
        assert_eq!(before, after);
        assert_eq!(folder.names(), ["mfa.db"]);
    }
}

#[test]
fn the_log_of_another_database_is_left_alone() {
    let folder = Folder::new();
    let other = Connection::open(folder.file()).unwrap();
    other
        .execute_batch("PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .unwrap();
    let read_all = || {
        let paths = folder
            .names()
            .into_iter()
            .map(|name| folder.path().join(name));
        paths
            .map(|path| fs::read(path).unwrap())
            .collect::<Vec<_>>()
    };
    let before = read_all();
    assert_eq!(before.len(), 3);
    assert!(matches!(
        SqliteStore::open(folder.file()),
        Err(OpenError::Foreign)
    ));
    assert_eq!(read_all(), before);
    let value: i64 = other
        .query_row("SELECT a FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(value, 1);
}

#[test]
fn a_log_without_its_database_is_refused() {
    for log in ["mfa.db-wal", "mfa.db-journal"] {
        let folder = Folder::new();
        fs::write(folder.path().join(log), b"log").unwrap();
        let refused = SqliteStore::open(folder.file());
        assert!(matches!(refused, Err(OpenError::LeftoverLog)));
        assert_eq!(folder.names(), [log]);
    }
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = Folder::new();
    SqliteStore::open(folder.file()).unwrap().close();
    let connection = Connection::open(folder.file()).unwrap();
    connection
        .pragma_update(None, "user_version", 1000)
        .unwrap();
    connection.close().unwrap();
    let refused = SqliteStore::open(folder.file());
    let Err(
        error @ OpenError::Newer {
            found: 1000,
            known: 2,
        },
    ) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(
        error.to_string(),
        "the database has schema version 1000, this version knows 2"
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
    assert_eq!(folder.names(), ["mfa.db", "mfa.db-shm", "mfa.db-wal"]);
    for name in folder.names() {
        let metadata = folder.path().join(name).metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(unix)]
#[test]
fn links_lead_to_the_one_database() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new();
    let link = folder.path().join("link.db");
    symlink(folder.file(), &link).unwrap();
    // A link to nothing creates nothing.
    let dangling = SqliteStore::open(&link);
    assert!(matches!(dangling, Err(OpenError::Path { .. })));

    let one = SqliteStore::open(folder.file()).unwrap();
    let two = SqliteStore::open(&link).unwrap();
    assert_eq!(put(&one, "a", 0), COMMITTED);
    assert_eq!(revision(&two, "a"), Ok(1));
    // One log, beside the file and not beside the link.
    let names = ["link.db", "mfa.db", "mfa.db-shm", "mfa.db-wal"];
    assert_eq!(folder.names(), names);
}

#[test]
fn many_open_a_new_file_at_once() {
    for _ in 0..5 {
        let folder = Folder::new();
        thread::scope(|scope| {
            for thread in 0..16 {
                let file = folder.file();
                scope.spawn(move || {
                    let store = SqliteStore::open(file).unwrap();
                    assert_eq!(put(&store, &thread.to_string(), 0), COMMITTED);
                });
            }
        });
        let store = SqliteStore::open(folder.file()).unwrap();
        assert_eq!(events(&store).len(), 16);
        store.close();
        assert_eq!(folder.names(), ["mfa.db"]);
    }
}

#[test]
fn a_held_file_is_busy() {
    let folder = Folder::new();
    SqliteStore::open(folder.file()).unwrap().close();
    let holder = Connection::open(folder.file()).unwrap();
    holder
        .execute_batch("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE")
        .unwrap();
    let options = SqliteOptions::new().patience(Duration::from_millis(20));
    let busy = options.clone().open(folder.file());
    assert!(matches!(busy, Err(OpenError::Busy)), "{busy:?}");
    drop(holder);
    assert!(options.open(folder.file()).is_ok());
}

#[test]
fn lossy_commits_work_when_accepted() {
    let folder = Folder::new();
    let store = SqliteOptions::new()
        .danger_accept_lossy()
        .open(folder.file())
        .unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
    store.close();
    let store = SqliteStore::open(folder.file()).unwrap();
    assert_eq!(revision(&store, "a"), Ok(1));
}

#[test]
fn the_store_is_send_and_sync() {
    fn assert<T: Send + Sync>() {}
    assert::<SqliteStore>();
    assert::<SqliteOptions>();
    assert::<OpenError>();
}

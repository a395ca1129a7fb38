//! `sqlite:` and paths.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::fs;

use mfakit_connect::{ConnectError, ConnectOptions, check, migrate, migrations, open};
use mfakit_core::CommitOutcome;
use mfakit_sqlite::OpenError;

use crate::support::{Folder, parse, put, revision};

#[test]
fn a_file_is_made_by_migrating_alone() {
    let folder = Folder::new("made");
    let path = folder.path().join("mfa.db");
    let path = path.to_str().unwrap();
    let url = format!("sqlite:{path}");
    pollster::block_on(async {
        let missing = check(&url).await.unwrap_err();
        assert!(matches!(missing, ConnectError::Sqlite(OpenError::Missing)));
        assert!(open(&url).await.is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        migrate(&url).await.unwrap();
        migrate(&url).await.unwrap();
        check(&url).await.unwrap();
    });
    let store = pollster::block_on(open(&url)).unwrap();
    assert_eq!(put(&store, 0), Ok(CommitOutcome::Committed));
    // A path is a URL too, and leads to the same file.
    let same = pollster::block_on(open(path)).unwrap();
    assert_eq!(revision(&same), 1);
    assert_eq!(put(&same, 0), Ok(CommitOutcome::Conflict));
    assert_eq!(migrations(&parse(&url)), []);
}

#[test]
fn what_is_behind_the_colon_is_the_path_as_it_is() {
    let folder = Folder::new("path");
    for name in ["a b%20c?mode=ro#x.db", "with:colon.db"] {
        let path = folder.path().join(name);
        let url = format!("sqlite:{}", path.display());
        assert_eq!(parse(&url).path(), Some(&*path));
        pollster::block_on(migrate(&url)).unwrap();
        assert!(path.is_file());
    }
}

#[test]
fn failed_calls_are_told() {
    let folder = Folder::new("told");
    let path = folder.path().join("mfa.db");
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let store = pollster::block_on(
        ConnectOptions::new()
            .migrating()
            .on_error(move |error| {
                assert!(!error.to_string().is_empty());
                count.fetch_add(1, Ordering::Relaxed);
            })
            .open(&parse(path.to_str().unwrap())),
    )
    .unwrap();
    assert_eq!(put(&store, 0), Ok(CommitOutcome::Committed));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch("ALTER TABLE documents RENAME TO gone")
        .unwrap();
    assert!(put(&store, 1).is_err());
    assert_eq!(told.load(Ordering::Relaxed), 1);
}

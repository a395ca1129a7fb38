//! What callers are told when the file can't be used.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::Mutex;

use mfakit_core::{CommitOutcome, DocumentKind, StoreError};
use mfakit_sqlite::{SqliteOptions, SqliteStore};
use mfakit_store::{EventOrder, EventQuery, ScanQuery, Store as _};
use pollster::block_on;
use rusqlite::Connection;

use crate::{
    samples::{events, put, revision, tenant},
    support::{Folder, NoEvents},
};

const COMMITTED: Result<CommitOutcome, StoreError> = Ok(CommitOutcome::Committed);

#[test]
fn a_held_write_lock_makes_commits_unavailable_and_stores_nothing() {
    let folder = Folder::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let store = SqliteOptions::new()
        .patience(Duration::from_millis(30))
        .on_error(move |error| telling.lock().unwrap().push(error.to_string()))
        .open(folder.file())
        .unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);

    let holder = Connection::open(folder.file()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(put(&store, "a", 1), Err(StoreError::Unavailable));
    // Reading goes on meanwhile.
    assert_eq!(revision(&store, "a"), Ok(1));
    assert_eq!(*told.lock().unwrap(), ["database is locked"]);

    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(revision(&store, "a"), Ok(1));
    assert_eq!(events(&store).len(), 1);
    assert_eq!(put(&store, "a", 1), COMMITTED);
}

#[test]
fn a_short_hold_is_waited_for() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).unwrap();
    let holder = Connection::open(folder.file()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let holding = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        holder.execute_batch("ROLLBACK").unwrap();
    });
    assert_eq!(put(&store, "a", 0), COMMITTED);
    holding.join().unwrap();
}

#[test]
fn an_error_inside_the_transaction_stores_nothing() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
    let broken = NoEvents::on(&folder);
    assert_eq!(put(&store, "a", 1), Err(StoreError::Unavailable));
    assert_eq!(revision(&store, "a"), Ok(1));
    broken.end();
    assert_eq!(put(&store, "a", 1), COMMITTED);
    assert_eq!(events(&store).len(), 2);
}

#[test]
fn whoever_panics_when_told_leaves_no_lock_on_the_file() {
    for blocking in [false, true] {
        let folder = Folder::new();
        let mut store = SqliteOptions::new()
            .on_error(|_| panic!("a panic of whoever is told"))
            .open(folder.file())
            .unwrap();
        if blocking {
            store = store.blocking().unwrap();
        }
        assert_eq!(put(&store, "a", 0), COMMITTED);
        let broken = NoEvents::on(&folder);
        let failed =
            std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| put(&store, "a", 1)));
        // The thread of the store is gone, and that of the caller panicked.
        assert!(failed.is_err() || failed.is_ok_and(|it| it == Err(StoreError::Unclear)));
        broken.end();
        drop(store);
        let store = SqliteStore::open(folder.file()).unwrap();
        assert_eq!(revision(&store, "a"), Ok(1));
        assert_eq!(put(&store, "a", 1), COMMITTED);
    }
}

#[test]
fn values_no_version_stores_are_corrupt() {
    let alterations = [
        "UPDATE documents SET revision = -1",
        "UPDATE documents SET revision = 0",
        "UPDATE documents SET key_id = -1",
        "UPDATE documents SET key_id = 4294967296",
        "UPDATE documents SET kind = 77",
        "UPDATE events SET sequence = -5",
    ];
    for alteration in alterations {
        let folder = Folder::new();
        let store = SqliteStore::open(folder.file()).unwrap();
        assert_eq!(put(&store, "a", 0), COMMITTED);
        let other = Connection::open(folder.file()).unwrap();
        other
            .execute_batch(&format!(
                "PRAGMA ignore_check_constraints = 1; {alteration}"
            ))
            .unwrap();

        let load = revision(&store, "a");
        let scan = ScanQuery::new(tenant(), DocumentKind::Account, 10);
        let scan = block_on(store.scan(&scan));
        let feed = EventQuery::new(tenant(), EventOrder::OldestFirst, 10);
        let feed = block_on(store.events(&feed));
        let corrupt = StoreError::Corrupt;
        if alteration.contains("revision") {
            assert_eq!((load, scan), (Err(corrupt), Err(corrupt)));
        } else if alteration.contains("key_id") {
            assert_eq!(scan, Err(corrupt));
        } else {
            assert_eq!(feed, Err(corrupt));
        }
    }
}

#[test]
fn a_damaged_file_is_corrupt() {
    use std::{
        fs::OpenOptions,
        io::{Seek as _, SeekFrom, Write as _},
    };

    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).unwrap();
    for id in 0..200 {
        assert_eq!(put(&store, &id.to_string(), 0), COMMITTED);
    }
    store.close();
    let mut file = OpenOptions::new().write(true).open(folder.file()).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&[0xa5; 64 * 1024]).unwrap();
    drop(file);

    let store = SqliteStore::open(folder.file()).unwrap();
    assert_eq!(revision(&store, "7"), Err(StoreError::Corrupt));
    assert_eq!(put(&store, "7", 1), Err(StoreError::Corrupt));
}

#[test]
fn more_calls_than_may_wait_are_unavailable_at_once() {
    let folder = Folder::new();
    let store = SqliteOptions::new()
        .patience(Duration::from_secs(60))
        .open(folder.file())
        .unwrap();
    let holder = Connection::open(folder.file()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();

    let commits: Vec<_> = (0..6000)
        .map(|id| crate::samples::commit(&id.to_string(), 0, b"body"))
        .collect();
    let mut waiting = Vec::new();
    let mut refused = 0;
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    for commit in &commits {
        let mut future = store.commit(commit);
        match future.as_mut().poll(&mut context) {
            core::task::Poll::Pending => waiting.push(future),
            core::task::Poll::Ready(answer) => {
                assert_eq!(answer, Err(StoreError::Unavailable));
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
    holder.execute_batch("ROLLBACK").unwrap();
    let count = waiting.len();
    for future in waiting {
        assert_eq!(block_on(future), COMMITTED);
    }
    assert_eq!(events(&store).len(), count);
}

#[test]
fn a_commit_handed_over_is_carried_out_though_its_future_is_dropped() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).unwrap();
    let holder = Connection::open(folder.file()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let commit = crate::samples::commit("a", 0, b"body");
    {
        let mut future = store.commit(&commit);
        let mut context = core::task::Context::from_waker(core::task::Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    holder.execute_batch("ROLLBACK").unwrap();
    // Closing waits for it.
    store.close();
    let store = SqliteStore::open(folder.file()).unwrap();
    assert_eq!(revision(&store, "a"), Ok(1));
}

//! The handle for threads that may block: where the work is done, and that it gets in nobody's way.

use alloc::sync::Arc;
use core::{
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::{
    sync::Mutex,
    thread::{self, ThreadId},
};

use mfakit_core::{CommitOutcome, StoreError};
use mfakit_sqlite::{SqliteOptions, SqliteStore};
use mfakit_store::Store as _;
use pollster::block_on;
use rusqlite::Connection;

use crate::{
    samples::{commit, events, key, put, revision},
    support::{Folder, NoEvents},
};

const COMMITTED: Result<CommitOutcome, StoreError> = Ok(CommitOutcome::Committed);

#[test]
fn a_call_is_done_when_its_future_was_polled_once() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file())
        .unwrap()
        .blocking()
        .unwrap();
    let commit = commit("a", 0, b"body");
    assert_eq!(polled_once(store.commit(&commit)), Poll::Ready(COMMITTED));
    let keys = [key("a")];
    let Poll::Ready(Ok(loaded)) = polled_once(store.load(&keys)) else {
        panic!("a load was not done at once");
    };
    assert!(matches!(loaded.as_slice(), [Some(document)] if document.body == b"body"));
}

#[test]
fn a_caller_waits_its_turn_behind_those_who_wait() {
    let folder = Folder::new();
    let store = patient(&folder);
    let blocking = store.blocking().unwrap();
    let holder = Connection::open(folder.file()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();

    let (first, second) = (commit("a", 0, b"first"), commit("a", 1, b"second"));
    let mut context = Context::from_waker(Waker::noop());
    let mut first = pin!(store.commit(&first));
    assert!(first.as_mut().poll(&mut context).is_pending());
    // Let go, the file is free, but the one before is at it or about to be.
    holder.execute_batch("ROLLBACK").unwrap();
    let mut second = pin!(blocking.commit(&second));
    let mut answer = second.as_mut().poll(&mut context);
    if answer.is_pending() {
        answer = Poll::Ready(block_on(second));
    }
    assert_eq!(block_on(first), COMMITTED);
    assert_eq!(answer, Poll::Ready(COMMITTED));
    assert_eq!(revision(&store, "a"), Ok(2));
}

#[test]
fn the_thread_that_calls_waits_for_no_other_process() {
    let folder = Folder::new();
    let store = patient(&folder).blocking().unwrap();
    let holder = Connection::open(folder.file()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let commit = commit("a", 0, b"body");
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(store.commit(&commit));
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert_eq!(revision(&store, "a"), Ok(0));
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(block_on(future), COMMITTED);
}

#[test]
fn a_failure_is_told_on_the_thread_that_called_and_stores_nothing() {
    let folder = Folder::new();
    let told = Arc::new(Mutex::new(Vec::<(ThreadId, String)>::new()));
    let telling = Arc::clone(&told);
    let store = SqliteOptions::new()
        .on_error(move |error| {
            let line = (thread::current().id(), error.to_string());
            telling.lock().unwrap().push(line);
        })
        .open(folder.file())
        .unwrap()
        .blocking()
        .unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);

    let broken = NoEvents::on(&folder);
    assert_eq!(put(&store, "a", 1), Err(StoreError::Unavailable));
    let told: Vec<_> = told.lock().unwrap().drain(..).collect();
    assert!(
        matches!(told.as_slice(), [(thread, _)] if *thread == thread::current().id()),
        "{told:?}"
    );
    assert_eq!(revision(&store, "a"), Ok(1));
    // A conflict is undone, too.
    assert_eq!(put(&store, "a", 0), Ok(CommitOutcome::Conflict));

    broken.end();
    assert_eq!(events(&store).len(), 1);
    assert_eq!(put(&store, "a", 1), COMMITTED);
    assert_eq!(events(&store).len(), 2);
}

#[test]
fn more_callers_than_connections_all_read() {
    let folder = Folder::new();
    let store = SqliteOptions::new()
        .readers(core::num::NonZeroUsize::MIN)
        .open(folder.file())
        .unwrap()
        .blocking()
        .unwrap();
    assert_eq!(put(&store, "a", 0), COMMITTED);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..50).for_each(|_| assert_eq!(revision(&store, "a"), Ok(1))));
        }
    });
}

#[test]
fn the_last_handle_closes_the_file() {
    for last_is_blocking in [true, false] {
        let folder = Folder::new();
        let store = SqliteStore::open(folder.file()).unwrap();
        let blocking = store.blocking().unwrap();
        assert_eq!(put(&store, "a", 0), COMMITTED);
        let last = if last_is_blocking {
            store.close();
            blocking
        } else {
            blocking.close();
            store
        };
        assert!(folder.names().len() > 1);
        assert_eq!(put(&last, "a", 1), COMMITTED);
        last.close();
        assert_eq!(folder.names(), ["mfa.db"]);
        let store = SqliteStore::open(folder.file()).unwrap();
        assert_eq!(revision(&store, "a"), Ok(2));
    }
}

/// One that waits longer for other processes than a test takes.
fn patient(folder: &Folder) -> SqliteStore {
    SqliteOptions::new()
        .patience(Duration::from_secs(60))
        .open(folder.file())
        .unwrap()
}

fn polled_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

//! Pruning from several processes at once.

use std::thread;

use mfakit_core::{Commit, CommitId, CommitOutcome, SealedEvent};
use mfakit_store::Store as _;
use pollster::block_on;

use crate::{
    samples::{events, key, put, write},
    support::fresh,
};

/// Each is told that there is no more to remove only when that is so.
#[test]
fn of_several_at_once_none_stops_early() {
    let (store, _) = fresh("pruning_several");
    let mut long = write("a", 0, b"");
    long.events = (1..=5500)
        .map(|sequence| SealedEvent::new(sequence, Vec::new()))
        .collect();
    let commit = Commit::new(CommitId::new([0; 16]), vec![long]);
    assert_eq!(
        block_on(store.commit(&commit)),
        Ok(CommitOutcome::Committed)
    );
    put(&store, "b", 0).unwrap();

    let removed: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut removed = 0;
                    loop {
                        match block_on(store.prune_events(&key("a"), u64::MAX)).unwrap() {
                            0 => {
                                assert_eq!(events(&store).len(), 2);
                                return removed;
                            }
                            some => removed += some,
                        }
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(removed, 5499);
}

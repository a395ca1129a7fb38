//! Operations on one account queue inside a process, so that they meet in the store only across processes.
//!
//! The queue is for speed and fairness alone: without it, parallel operations on one account would conflict
//! in the store and load again, and with it nothing is safer than before.

use alloc::sync::Arc;
use core::fmt;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_lock::MutexGuardArc;
use mfakit_core::DocumentKey;

#[derive(Default)]
pub(crate) struct Queue {
    lines: Mutex<HashMap<DocumentKey, Arc<async_lock::Mutex<()>>>>,
}

impl Queue {
    /// Waits until nobody else in this process works on `key`.
    pub(crate) async fn enter(self: &Arc<Self>, key: DocumentKey) -> Place {
        let line = {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lines.entry(key.clone()).or_default())
        };
        // Made before waiting, so that a future dropped while it waits leaves the line too; it is dropped last.
        let mut place = Place {
            queue: Arc::clone(self),
            key,
            guard: None,
        };
        let turn = line.lock_arc();
        drop(line);
        place.guard = Some(turn.await);
        place
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue(..)")
    }
}

/// A place in the line of one document; dropping it lets the next one in.
pub(crate) struct Place {
    queue: Arc<Queue>,
    key: DocumentKey,
    guard: Option<MutexGuardArc<()>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lines = self
            .queue
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        drop(self.guard.take());
        // Entering takes its share of the line under the same lock, so a line with one owner has nobody in it.
        if lines
            .get(&self.key)
            .is_some_and(|line| Arc::strong_count(line) == 1)
        {
            lines.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use core::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use mfakit_core::{DocumentKey, DocumentKind, TenantId};

    use super::Queue;

    #[test]
    fn lines_exclude_and_vanish() {
        let queue = Arc::new(Queue::default());
        let key =
            |id: u8| DocumentKey::new(TenantId::new("t").unwrap(), DocumentKind::Account, [id % 3]);
        let inside: [AtomicU32; 3] = Default::default();
        thread::scope(|scope| {
            for id in 0..24 {
                let (queue, inside) = (&queue, &inside);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let place = pollster::block_on(queue.enter(key(id)));
                        let here = &inside[usize::from(id % 3)];
                        assert_eq!(here.fetch_add(1, Ordering::SeqCst), 0);
                        here.fetch_sub(1, Ordering::SeqCst);
                        drop(place);
                    }
                });
            }
        });
        // A waiter whose future is dropped leaves no line behind.
        let place = pollster::block_on(queue.enter(key(0)));
        {
            let mut waiter = core::pin::pin!(queue.enter(key(0)));
            let mut context = core::task::Context::from_waker(core::task::Waker::noop());
            assert!(waiter.as_mut().poll(&mut context).is_pending());
        }
        drop(place);
        assert!(queue.lines.lock().unwrap().is_empty());
        // Nor does one that is dropped after its line has come free.
        let place = pollster::block_on(queue.enter(key(0)));
        {
            let mut waiter = core::pin::pin!(queue.enter(key(0)));
            let mut context = core::task::Context::from_waker(core::task::Waker::noop());
            assert!(waiter.as_mut().poll(&mut context).is_pending());
            drop(place);
        }
        assert!(queue.lines.lock().unwrap().is_empty());
    }
}

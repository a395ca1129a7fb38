//! Where the engine gets the time: the system's clock, or one that tests set.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use mfakit_core::UnixTime;

/// A source of the current time.
///
/// # Security
/// It must be the server's own (ASVS 6.5.8): a time that comes with a request lets its sender choose the code.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> UnixTime;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |it| -it),
        };
        UnixTime::from_seconds(seconds)
    }
}

/// A clock that stands still until it is set; clones share the time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn starting_at(now: UnixTime) -> Self {
        Self(Arc::new(AtomicI64::new(now.seconds())))
    }

    /// Sets the clock, forth or back.
    pub fn set(&self, now: UnixTime) {
        self.0.store(now.seconds(), Ordering::SeqCst);
    }

    /// Moves the clock on by `seconds`.
    pub fn advance(&self, seconds: u32) {
        self.set(self.now().saturating_add(seconds));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

//! How far from the expected moving factor a verifier looks.

use core::{fmt, ops::RangeInclusive};

use crate::{Counter, TimeStep};

/// The validation window of TOTP: time steps before and after the current one (RFC 6238 §5.2, §6).
///
/// Each step more is one more code that passes at any moment, and so a better chance for a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    past: u8,
    future: u8,
}

impl Window {
    /// One step either way: one past step for the network's delay, as RFC 6238 §5.2 recommends at most,
    /// and one future step for a phone that is ahead.
    pub const DEFAULT: Self = Self { past: 1, future: 1 };
    /// The current step alone (ASVS 5.0 6.5.5).
    pub const NONE: Self = Self { past: 0, future: 0 };
    /// The most steps on either side.
    pub const MAX: u8 = 10;

    /// `past` steps back and `future` steps ahead.
    ///
    /// # Errors
    /// [`WindowError`] if either is above 10.
    pub const fn new(past: u8, future: u8) -> Result<Self, WindowError> {
        if past > Self::MAX || future > Self::MAX {
            return Err(WindowError);
        }
        Ok(Self { past, future })
    }

    /// The steps before the current one.
    #[must_use]
    pub const fn past(self) -> u8 {
        self.past
    }

    /// The steps after the current one.
    #[must_use]
    pub const fn future(self) -> u8 {
        self.future
    }

    /// The numbers of its steps, of which those before 0 and beyond 2^64 - 1 are left out.
    pub(crate) fn around(self, now: TimeStep) -> RangeInclusive<u64> {
        let first = now.number().saturating_sub(self.past.into());
        first..=now.number().saturating_add(self.future.into())
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A window takes 0 to 10 steps on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowError;

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a window takes 0 to 10 steps on either side")
    }
}

impl core::error::Error for WindowError {}

/// The look-ahead of HOTP: how many counters beyond the next one are tried (parameter s of RFC 4226 §7.2).
///
/// A person who presses the token's button without signing in moves the token ahead, never back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LookAhead(u8);

impl LookAhead {
    /// Ten counters: a token pressed by chance now and then.
    pub const DEFAULT: Self = Self(10);
    /// The next counter alone.
    pub const NONE: Self = Self(0);
    /// The most counters.
    pub const MAX: u8 = 50;

    /// `counters` counters beyond the next one.
    ///
    /// # Errors
    /// [`LookAheadError`] if `counters` is above 50: RFC 4226 §7.4 asks for a bound.
    pub const fn new(counters: u8) -> Result<Self, LookAheadError> {
        if counters > Self::MAX {
            return Err(LookAheadError);
        }
        Ok(Self(counters))
    }

    /// The number of counters beyond the next one.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The last counter to try, 2^64 - 1 at most.
    pub(crate) fn last(self, next: Counter) -> u64 {
        next.number().saturating_add(self.0.into())
    }
}

impl Default for LookAhead {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A look-ahead takes 0 to 50 counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LookAheadError;

impl fmt::Display for LookAheadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a look-ahead takes 0 to 50 counters")
    }
}

impl core::error::Error for LookAheadError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{LookAhead, Window};

    #[test]
    fn both_sides_of_a_window_are_bounded() {
        assert!(Window::new(0, 0).is_ok());
        assert_eq!(
            Window::new(10, 9).map(|w| (w.past(), w.future())),
            Ok((10, 9))
        );
        for (past, future) in [(11, 0), (0, 11), (255, 255)] {
            assert_eq!(
                Window::new(past, future).unwrap_err().to_string(),
                "a window takes 0 to 10 steps on either side"
            );
        }
        let default = Window::default();
        assert_eq!((default.past(), default.future()), (1, 1));
    }

    #[test]
    fn the_look_ahead_is_bounded() {
        assert_eq!(LookAhead::new(50).map(LookAhead::get), Ok(50));
        assert_eq!(
            LookAhead::new(51).unwrap_err().to_string(),
            "a look-ahead takes 0 to 50 counters"
        );
        assert_eq!(LookAhead::default().get(), 10);
    }
}

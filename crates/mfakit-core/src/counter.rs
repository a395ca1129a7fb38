//! The counter C of HOTP (RFC 4226 §5.1).

/// An 8-byte counter, the moving factor of HOTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Counter(u64);

impl Counter {
    /// Where a new token starts.
    pub const ZERO: Self = Self(0);

    /// The counter with this value.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    pub(crate) const fn number_mut(&mut self) -> &mut u64 {
        &mut self.0
    }

    /// The value.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The counter after this one, or `None` after 2^64 - 1: a counter never wraps to values already used.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The counter before this one, or `None` before 0.
    #[must_use]
    pub const fn previous(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Counter;

    #[test]
    fn counters_never_wrap() {
        assert_eq!(Counter::new(u64::MAX).next(), None);
        assert_eq!(Counter::ZERO.previous(), None);
        assert_eq!(
            Counter::new(u64::MAX - 1).next(),
            Some(Counter::new(u64::MAX))
        );
        assert_eq!(Counter::new(1).previous(), Some(Counter::ZERO));
    }
}

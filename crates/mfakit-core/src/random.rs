//! Randomness as an argument: one object-safe face for any [`TryCryptoRng`].

use core::fmt;

use rand_core::{TryCryptoRng, TryRng};

/// The source of randomness failed; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RandomnessError;

impl fmt::Display for RandomnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source of randomness failed")
    }
}

impl core::error::Error for RandomnessError {}

/// The caller's generator behind one type, so that the operations need not be generic over it.
pub(crate) struct Random<'a>(&'a mut dyn FnMut(&mut [u8]) -> Result<(), RandomnessError>);

impl<'a> Random<'a> {
    pub(crate) fn new(fill: &'a mut dyn FnMut(&mut [u8]) -> Result<(), RandomnessError>) -> Self {
        Self(fill)
    }

    /// `N` fresh bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], RandomnessError> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }
}

impl TryRng for Random<'_> {
    type Error = RandomnessError;

    fn try_next_u32(&mut self) -> Result<u32, RandomnessError> {
        self.array().map(u32::from_le_bytes)
    }

    fn try_next_u64(&mut self) -> Result<u64, RandomnessError> {
        self.array().map(u64::from_le_bytes)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), RandomnessError> {
        (self.0)(dst)
    }
}

impl TryCryptoRng for Random<'_> {}

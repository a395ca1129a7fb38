//! Randomness as an argument: one object-safe face for any [`TryCryptoRng`].

use core::fmt;

use rand_core::{TryCryptoRng, TryRng};
use zeroize::optimization_barrier;

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
///
/// Ids, salts and nonces are taken from a supply that is drawn at once: asking an operating system takes longer than
/// what it answers with. No byte is given twice, and what is left is wiped. Secrets are drawn where they stay.
pub(crate) struct Random<'a> {
    fill: &'a mut dyn FnMut(&mut [u8]) -> Result<(), RandomnessError>,
    supply: [u8; SUPPLY],
    /// How many bytes at the end of the supply were not given yet.
    left: usize,
}

impl<'a> Random<'a> {
    pub(crate) fn new(fill: &'a mut dyn FnMut(&mut [u8]) -> Result<(), RandomnessError>) -> Self {
        Self {
            fill,
            supply: [0; SUPPLY],
            left: 0,
        }
    }

    /// `N` fresh bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], RandomnessError> {
        const { assert!(N <= SUPPLY, "more than the supply holds") }
        if self.left < N {
            // Were it to fail half-way, nothing of it would be given.
            self.left = 0;
            (self.fill)(&mut self.supply)?;
            self.left = SUPPLY;
        }
        let mut bytes = [0; N];
        let fresh = self.supply.iter_mut().rev().take(self.left).rev();
        for (byte, fresh) in bytes.iter_mut().zip(fresh) {
            *byte = core::mem::take(fresh);
        }
        self.left = self.left.saturating_sub(N);
        Ok(bytes)
    }
}

impl Drop for Random<'_> {
    fn drop(&mut self) {
        self.supply.fill(0);
        optimization_barrier(&self.supply);
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
        (self.fill)(dst)
    }
}

impl TryCryptoRng for Random<'_> {}

/// What a verification takes: the id of the commit, two nonces, id and salt of an assertion.
const SUPPLY: usize = 96;

#[cfg(test)]
mod tests {
    use rand_core::TryRng as _;

    use super::{Random, RandomnessError, SUPPLY};

    #[test]
    fn no_byte_is_given_twice_and_none_that_was_not_drawn() {
        let (mut drawn, mut calls) = (0_u8, 0_u32);
        let mut fill = |dst: &mut [u8]| {
            calls += 1;
            for byte in dst {
                drawn = drawn.checked_add(1).ok_or(RandomnessError)?;
                *byte = drawn;
            }
            Ok(())
        };
        let mut random = Random::new(&mut fill);
        let mut seen = alloc::collections::BTreeSet::new();
        for _ in 0..3 {
            assert!(
                random
                    .array::<16>()
                    .unwrap()
                    .into_iter()
                    .all(|byte| seen.insert(byte))
            );
            assert!(
                random
                    .array::<12>()
                    .unwrap()
                    .into_iter()
                    .all(|byte| seen.insert(byte))
            );
            assert!(
                random
                    .array::<32>()
                    .unwrap()
                    .into_iter()
                    .all(|byte| seen.insert(byte))
            );
        }
        // What a secret is made of is drawn where it stays.
        let mut secret = [0; 20];
        random.try_fill_bytes(&mut secret).unwrap();
        assert!(secret.into_iter().all(|byte| seen.insert(byte)));
        assert!(!seen.contains(&0));
        drop(random);
        assert_eq!(calls, 3);
    }

    #[test]
    fn a16_a_supply_that_failed_gives_nothing_of_it() {
        let mut times = 0;
        let mut fill = |dst: &mut [u8]| {
            times += 1;
            dst.fill(times);
            if times == 2 {
                Err(RandomnessError)
            } else {
                Ok(())
            }
        };
        let mut random = Random::new(&mut fill);
        for _ in 0..SUPPLY / 32 {
            assert_eq!(random.array(), Ok([1; 32]));
        }
        assert_eq!(random.array::<1>(), Err(RandomnessError));
        assert_eq!(random.array(), Ok([3; 12]));
    }
}

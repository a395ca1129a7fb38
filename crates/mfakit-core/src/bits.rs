//! Eighty random bits that a person copies by hand as 16 symbols, and the hash that is kept of them.
//!
//! NIST SP 800-63B-4 §3.1.2.2 asks for salted password hashing of such a secret below 112 bits; a small work
//! factor will do, since the 80 bits carry the load. The hash lives in a sealed document, whose key is the pepper.

use hmac::Hmac;
use rand_core::TryCryptoRng;
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::symbols;

/// Eighty random bits. The memory is wiped.
#[derive(Clone)]
pub(crate) struct Bits(Zeroizing<[u8; LEN]>);

impl Bits {
    /// How many symbols they take.
    pub(crate) const SYMBOLS: usize = 16;

    pub(crate) fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut bits = Zeroizing::new([0; LEN]);
        rng.try_fill_bytes(&mut *bits)?;
        Ok(Self(bits))
    }

    /// Reads the next 16 symbols; `None` if they are fewer, or one is none.
    pub(crate) fn read(values: &mut impl Iterator<Item = Option<u8>>) -> Option<Self> {
        let mut bits = Zeroizing::new([0; LEN]);
        let (chunks, _) = bits.as_chunks_mut::<5>();
        for chunk in chunks {
            *chunk = symbols::join(values)?;
        }
        Some(Self(bits))
    }

    /// The values of their symbols.
    pub(crate) fn values(&self) -> Zeroizing<[u8; Self::SYMBOLS]> {
        let mut values = Zeroizing::new([0; Self::SYMBOLS]);
        let (groups, _) = values.as_chunks_mut::<8>();
        let (chunks, _) = self.0.as_chunks::<5>();
        for (group, chunk) in groups.iter_mut().zip(chunks) {
            let mut split = symbols::split(chunk);
            *group = split;
            split.zeroize();
        }
        values
    }

    /// PBKDF2-HMAC-SHA-256 (SP 800-132), cut to 128 bits: more than the 80 bits that go in.
    ///
    /// Not inlined, so that its calls can be counted.
    #[inline(never)]
    pub(crate) fn hash(&self, salt: &[u8; SALT_LEN], rounds: u32) -> [u8; HASH_LEN] {
        let mut hash = [0; HASH_LEN];
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        pbkdf2::pbkdf2::<Hmac<Sha256>>(&*self.0, salt, rounds, &mut hash)
            .expect("HMAC takes keys of any length");
        hash
    }

    #[cfg(test)]
    pub(crate) fn hide(&self) {
        mfakit_memcheck::hide(self.0.as_slice());
    }
}

/// Whether a stored work factor is one with which a hash ends: at most a fifth of a second.
///
/// Nobody without the keyring writes another, but a mistake may; and a document that asks for hours would take a core
/// for every code that is typed.
pub(crate) const fn is_affordable(rounds: u32) -> bool {
    1 <= rounds && rounds <= MOST_ROUNDS
}

/// The work factor of new hashes, about a millisecond on a server core of 2025.
/// A fuzzer looks for wrong answers, not for slow ones.
pub(crate) const ROUNDS: u32 = if cfg!(fuzzing) { 1 } else { 6_000 };
const MOST_ROUNDS: u32 = 1_000_000;
pub(crate) const SALT_LEN: usize = 16;
pub(crate) const HASH_LEN: usize = 16;
const LEN: usize = 10;

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use zeroize::Zeroizing;

    use super::{Bits, MOST_ROUNDS, ROUNDS, is_affordable};
    use crate::{
        symbols::{self, symbol},
        testing::Dice,
    };

    #[test]
    fn a19_the_hash_holds_no_part_of_the_bits() {
        let bits = Bits::generate(&mut Dice::new(9)).unwrap();
        let hash = bits.hash(&[7; 16], 2);
        assert!(!hash.windows(4).any(|part| part == &bits.0[..4]));
    }

    #[test]
    fn bits_are_16_symbols_which_are_read_back() {
        let bits = Bits(Zeroizing::new([
            0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf,
        ]));
        let values = bits.values();
        let text: String = values.iter().copied().map(symbol).collect();
        assert_eq!(text, "0123456789ABCDEF");
        let mut typed = symbols::typed(&text);
        assert_eq!(*Bits::read(&mut typed).unwrap().0, *bits.0);
        assert_eq!(typed.next(), None);
        assert!(Bits::read(&mut symbols::typed(&text).skip(1)).is_none());
    }

    #[test]
    fn a_stored_work_factor_is_from_one_to_a_million() {
        for (rounds, affordable) in [
            (0, false),
            (1, true),
            (ROUNDS, true),
            (MOST_ROUNDS, true),
            (MOST_ROUNDS + 1, false),
            (u32::MAX, false),
        ] {
            assert_eq!(is_affordable(rounds), affordable, "{rounds}");
        }
    }
}

//! Backup codes: what NIST SP 800-63B-4 calls look-up secrets.
//!
//! A code is a slot symbol and 16 symbols for 80 random bits, in an alphabet without look-alikes
//! (`0-9 A-Z` less `I L O U`): `3-ABCD-EFGH-JKMN-PQRS`. As typed, case, spaces and dashes do not
//! matter, O is read as 0, I and L as 1.
//!
//! The slot selects the one stored hash, so an attempt costs one hash whether it is right, wrong,
//! used up or names a slot that does not exist.

use alloc::{string::String, vec::Vec};
use core::fmt;

use rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{bits::Bits, symbols};

pub(crate) use crate::bits::{HASH_LEN, ROUNDS, SALT_LEN};

/// The backup codes of one set, in the clear: shown once, when they are made.
///
/// # Security
/// Show them, offer them for download, and drop them. `Debug` is redacted, the memory is wiped.
pub struct BackupCodes(Vec<Zeroizing<String>>);

impl BackupCodes {
    /// The codes as a person sees them, such as `3-ABCD-EFGH-JKMN-PQRS`, in the order of their slots.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        self.0.iter().map(|code| code.as_str())
    }

    /// How many codes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none; a set that was made has at least six.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for BackupCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackupCodes({} codes)", self.0.len())
    }
}

/// A text of the shape of a backup code: the slot it names and its 80 bits.
pub struct BackupCode {
    slot: u8,
    bits: Bits,
}

impl BackupCode {
    /// Reads what a person typed; `None` if it has not the shape of a backup code.
    ///
    /// Grammar, after ASCII spaces and hyphens are dropped: `slot 16symbol`, where a symbol is one of
    /// the 32, a lower-case letter stands for its capital, `O` for `0`, `I` and `L` for `1`, and the
    /// slot is one of the first 16 symbols. Texts over 64 bytes are not looked at.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > symbols::MAX_TYPED_LEN {
            return None;
        }
        let mut values = symbols::typed(text);
        let slot = values.next()??;
        if usize::from(slot) >= MAX_SLOTS {
            return None;
        }
        let bits = Bits::read(&mut values)?;
        values.next().is_none().then_some(Self { slot, bits })
    }

    /// The slot the code names, from 0.
    #[must_use]
    pub const fn slot(&self) -> u8 {
        self.slot
    }

    fn generate<R: TryCryptoRng + ?Sized>(slot: u8, rng: &mut R) -> Result<Self, R::Error> {
        let bits = Bits::generate(rng)?;
        Ok(Self { slot, bits })
    }

    /// The code as a person sees it.
    fn to_text(&self) -> Zeroizing<String> {
        // Reserved whole, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(TEXT_LEN));
        text.push(symbols::symbol(self.slot));
        for group in self.bits.values().chunks_exact(4) {
            text.push('-');
            text.extend(group.iter().copied().map(symbols::symbol));
        }
        text
    }
}

impl fmt::Debug for BackupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupCode(..)")
    }
}

/// What the document keeps of one code.
#[derive(Clone)]
pub(crate) struct BackupSlot {
    pub(crate) salt: [u8; SALT_LEN],
    pub(crate) hash: [u8; HASH_LEN],
    pub(crate) used: bool,
}

/// What one attempt with a backup code found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BackupMatch {
    /// The code is right and its slot unused; the index of the slot.
    Fresh(usize),
    /// The code is right, and was used before.
    Used,
    /// The code is wrong, or its slot does not exist.
    None,
}

/// Makes `count` codes and what to keep of them.
pub(crate) fn generate<R: TryCryptoRng + ?Sized>(
    count: u8,
    rounds: u32,
    rng: &mut R,
) -> Result<(BackupCodes, Vec<BackupSlot>), R::Error> {
    let mut codes = Vec::with_capacity(usize::from(count));
    let mut slots = Vec::with_capacity(usize::from(count));
    for slot in 0..count {
        let code = BackupCode::generate(slot, rng)?;
        let mut salt = [0; SALT_LEN];
        rng.try_fill_bytes(&mut salt)?;
        slots.push(BackupSlot {
            salt,
            hash: code.bits.hash(&salt, rounds),
            used: false,
        });
        codes.push(code.to_text());
    }
    Ok((BackupCodes(codes), slots))
}

/// Tries `code` against the slot it names, at the cost of exactly one hash whatever the outcome.
pub(crate) fn find(code: &BackupCode, slots: &[BackupSlot], rounds: u32) -> BackupMatch {
    let index = usize::from(code.slot);
    // Public: which slot was named, and whether it exists. Secret: the code's bits and the hash.
    let (salt, stored, exists, used) = match slots.get(index) {
        Some(slot) => (slot.salt, slot.hash, true, slot.used),
        None => ([0; SALT_LEN], [0; HASH_LEN], false, false),
    };
    let fits = code.bits.hash(&salt, rounds).ct_eq(&stored);
    // REVEALED: whether the code is right, which is the answer.
    let right = bool::from(fits) && exists;
    match (right, used) {
        (true, false) => BackupMatch::Fresh(index),
        (true, true) => BackupMatch::Used,
        (false, _) => BackupMatch::None,
    }
}

/// The most slots a set can have: one symbol of the first 16 names each.
pub(crate) const MAX_SLOTS: usize = 16;
/// A slot, four dashes, 16 symbols.
const TEXT_LEN: usize = 21;

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

    use mfakit_memcheck::hide;

    use super::{BackupCode, BackupMatch, find, generate};
    use crate::testing::Dice;

    #[test]
    #[cfg_attr(miri, ignore = "too many hashes for an interpreter")]
    fn each_code_fits_its_own_slot_only() {
        let (codes, slots) = generate(10, 2, &mut Dice::new(1)).unwrap();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10);
        assert_eq!((codes.len(), codes.is_empty()), (10, false));
        let (none, _) = generate(0, 2, &mut Dice::new(1)).unwrap();
        assert_eq!((none.len(), none.is_empty()), (0, true));
        for (index, text) in codes.iter().enumerate() {
            let code = BackupCode::parse(text).unwrap();
            assert_eq!(usize::from(code.slot()), index);
            assert_eq!(find(&code, &slots, 2), BackupMatch::Fresh(index));
            let shifted = BackupCode {
                slot: (code.slot + 1) % 10,
                bits: code.bits.clone(),
            };
            assert_eq!(find(&shifted, &slots, 2), BackupMatch::None);
            let absent = BackupCode {
                slot: 12,
                bits: code.bits.clone(),
            };
            assert_eq!(find(&absent, &slots, 2), BackupMatch::None);
        }
    }

    #[test]
    fn a_used_code_is_told_from_a_wrong_one() {
        let (codes, mut slots) = generate(6, 2, &mut Dice::new(1)).unwrap();
        slots[3].used = true;
        let code = BackupCode::parse(codes.iter().nth(3).unwrap()).unwrap();
        assert_eq!(find(&code, &slots, 2), BackupMatch::Used);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many hashes for an interpreter")]
    fn a_code_is_read_as_people_type_it() {
        let (codes, slots) = generate(10, 2, &mut Dice::new(4)).unwrap();
        for (index, text) in codes.iter().enumerate() {
            let spaced: String = text.chars().flat_map(|c| [c, ' ']).collect();
            let variants = [
                text.to_lowercase(),
                text.replace('-', ""),
                spaced,
                text.replace('0', "O").replace('1', "l"),
                text.replace('0', "o").replace('1', "I"),
            ];
            for typed in variants {
                let code = BackupCode::parse(&typed).unwrap();
                assert_eq!(find(&code, &slots, 2), BackupMatch::Fresh(index));
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many hashes for an interpreter")]
    fn a19_what_is_kept_is_a_salted_and_stretched_hash() {
        let (codes, slots) = generate(10, 2, &mut Dice::new(9)).unwrap();
        let salts: BTreeSet<_> = slots.iter().map(|slot| slot.salt).collect();
        assert_eq!(salts.len(), 10);
        for (text, slot) in codes.iter().zip(&slots) {
            let code = BackupCode::parse(text).unwrap();
            assert_ne!(code.bits.hash(&[0; 16], 2), slot.hash, "the salt counts");
            assert_ne!(code.bits.hash(&slot.salt, 3), slot.hash, "the rounds count");
            assert_eq!(code.bits.hash(&slot.salt, 2), slot.hash);
        }
    }

    #[test]
    fn a20_no_other_text_has_the_shape_of_a_code() {
        let texts = [
            "",
            "0",
            "123456",
            "0-0000-0000-0000-000",
            "0-0000-0000-0000-00000",
            "G-0000-0000-0000-0000",
            "0-0000-0000-0000-000U",
            "0-0000-0000-0000-000\0",
            "０-0000-0000-0000-0000",
            "0_0000_0000_0000_0000",
        ];
        for text in texts {
            assert!(BackupCode::parse(text).is_none(), "{text:?}");
        }
        let padded = |len| BackupCode::parse(&format!("{:len$}", "0-0000-0000-0000-0000"));
        assert!(padded(64).is_some());
        assert!(padded(65).is_none());
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many hashes for an interpreter")]
    fn constant_time_backup_codes() {
        let (codes, mut slots) = generate(6, 2, &mut Dice::new(1)).unwrap();
        slots[3].used = true;
        slots.iter().for_each(|slot| hide(&slot.hash));
        let texts: Vec<_> = codes.iter().collect();
        let cases = [
            (texts[0], BackupMatch::Fresh(0)),
            (texts[3], BackupMatch::Used),
            ("4-0000-0000-0000-0000", BackupMatch::None),
            ("9-0000-0000-0000-0000", BackupMatch::None),
        ];
        for (text, expected) in cases {
            let code = BackupCode::parse(text).unwrap();
            code.bits.hide();
            // REVEALED: the answer, by the test.
            assert_eq!(find(&code, &slots, 2), expected);
        }
    }

    #[test]
    fn a28_debug_shows_no_code() {
        let (codes, _) = generate(6, 1, &mut Dice::new(1)).unwrap();
        assert_eq!(format!("{codes:?}"), "BackupCodes(6 codes)");
        let code = BackupCode::parse(codes.iter().next().unwrap()).unwrap();
        assert_eq!(format!("{code:?}"), "BackupCode(..)");
    }
}

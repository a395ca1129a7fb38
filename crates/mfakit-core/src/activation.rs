//! Activation codes: a secret that installs a service once, copied by hand into its set-up.
//!
//! A code is 25 symbols in 5 groups, `7K3M9-QXA4C-...`: 8 of a handle, which names the installation and is no
//! secret, 16 of a secret of 80 bits, and one check symbol. NIST SP 800-63B-4 §4.1.2.2 asks for 40 random bits
//! in a code that comes with an identifier; the handle is that identifier. As typed, case, spaces and dashes do
//! not matter, O is read as 0, I and L as 1.
//!
//! The check symbol closes a weighted sum over GF(32) to zero, with a different weight for each place. So it
//! catches every single wrong symbol, and every two symbols that changed places, wherever they stand: a typing
//! mistake is told from a wrong code before anything is asked or charged.

mod lifetime;
mod record;

use alloc::string::String;
use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::{
    bits::{Bits, HASH_LEN, SALT_LEN},
    symbols,
};

pub use self::lifetime::{ActivationLifetime, ActivationLifetimeError};
pub use self::record::{
    ActivationAct, ActivationRecord, ActivationRefusal, ActivationState, ActivationStatus,
    IssuedActivation, RedeemedActivation, Redemption, Reissue, Replaced, Revocation,
};

/// The name of an installation: 8 symbols for 40 random bits. It is no secret, and stands in lists and in the
/// audit trail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActivationHandle([u8; 5]);

impl ActivationHandle {
    /// The handle with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 5]) -> Self {
        Self(bytes)
    }

    /// Reads a handle as a person writes it, such as `7K3M9QXA`.
    ///
    /// # Errors
    /// [`ActivationCodeError::Length`] or [`ActivationCodeError::Symbol`].
    pub fn parse(text: &str) -> Result<Self, ActivationCodeError> {
        let values = read::<HANDLE_SYMBOLS>(text)?;
        let joined = symbols::join(&mut values.iter().copied().map(Some));
        joined.map(Self).ok_or(ActivationCodeError::Length)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 5] {
        &self.0
    }

    pub(crate) fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut bytes = [0; 5];
        rng.try_fill_bytes(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for ActivationHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut symbols = symbols::split(&self.0).into_iter().map(symbols::symbol);
        symbols.try_for_each(|symbol| f.write_char(symbol))
    }
}

impl fmt::Debug for ActivationHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActivationHandle({self})")
    }
}

/// An activation code, whole: whoever has it installs the service.
///
/// # Security
/// Show it once, hand it over, and drop it. `Debug` is redacted, the memory is wiped.
pub struct ActivationCode {
    handle: ActivationHandle,
    secret: Bits,
}

impl ActivationCode {
    /// Reads what a person typed, and says what is wrong with it. That tells nothing about any code there is:
    /// a set-up may say it before it sends anything.
    ///
    /// Grammar, after ASCII spaces and hyphens are dropped: `25symbol`, where a symbol is one of the 32, a
    /// lower-case letter stands for its capital, `O` for `0`, `I` and `L` for `1`, and the last symbol is the
    /// check symbol of the others. Texts over 64 bytes are not looked at.
    ///
    /// # Errors
    /// [`ActivationCodeError`].
    ///
    /// # Examples
    /// ```
    /// use mfakit_core::{ActivationCode, ActivationCodeError};
    ///
    /// let code = ActivationCode::parse("7k3m9 qxa4c lvyoz b8hdj 5rted")?;
    /// assert_eq!(code.handle().to_string(), "7K3M9QXA");
    /// let swapped = ActivationCode::parse("7K39M-QXA4C-1VY0Z-B8HDJ-5RTED");
    /// assert_eq!(swapped.unwrap_err(), ActivationCodeError::Check);
    /// # Ok::<(), ActivationCodeError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ActivationCodeError> {
        let values = read::<SYMBOLS>(text)?;
        if check_sum(&*values) != 0 {
            return Err(ActivationCodeError::Check);
        }
        let mut values = values.iter().copied().map(Some);
        let handle = symbols::join(&mut values).map(ActivationHandle);
        let secret = Bits::read(&mut values);
        let (handle, secret) = handle.zip(secret).ok_or(ActivationCodeError::Length)?;
        Ok(Self { handle, secret })
    }

    /// The installation the code is for.
    #[must_use]
    pub const fn handle(&self) -> ActivationHandle {
        self.handle
    }

    /// The code as a person sees it: 5 groups of 5 symbols.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut values = Zeroizing::new([0; SYMBOLS]);
        let handle = symbols::split(&self.handle.0);
        let secret = self.secret.values();
        let known = handle.iter().chain(secret.iter());
        for (place, value) in values.iter_mut().zip(known) {
            *place = *value;
        }
        // With a zero in the place of the check symbol, the sum is what the check symbol takes away.
        let check = check_sum(&*values);
        if let Some(last) = values.last_mut() {
            *last = check;
        }
        // Reserved whole, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(TEXT_LEN));
        for (group, values) in values.chunks(GROUP).enumerate() {
            if group > 0 {
                text.push('-');
            }
            text.extend(values.iter().copied().map(symbols::symbol));
        }
        text
    }

    pub(crate) fn generate<R: TryCryptoRng + ?Sized>(
        handle: ActivationHandle,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        let secret = Bits::generate(rng)?;
        Ok(Self { handle, secret })
    }

    /// The salted hash of the secret; its cost does not depend on it.
    pub(crate) fn hash(&self, salt: &[u8; SALT_LEN], rounds: u32) -> [u8; HASH_LEN] {
        self.secret.hash(salt, rounds)
    }

    #[cfg(test)]
    pub(crate) fn hide(&self) {
        self.secret.hide();
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(..)")
    }
}

/// Why a text is no activation code; the text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActivationCodeError {
    /// It has too few or too many symbols.
    Length,
    /// It holds a character that is no symbol.
    Symbol,
    /// The check symbol does not fit: a symbol is wrong, or two have changed places.
    Check,
}

impl fmt::Display for ActivationCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "an activation code has 25 symbols, and its handle 8",
            Self::Symbol => "a character is none of `0` to `9` and `A` to `Z` without `U`",
            Self::Check => "a symbol is mistyped, or two have changed places",
        })
    }
}

impl core::error::Error for ActivationCodeError {}

/// The values of exactly `N` symbols.
fn read<const N: usize>(text: &str) -> Result<Zeroizing<[u8; N]>, ActivationCodeError> {
    if text.len() > symbols::MAX_TYPED_LEN {
        return Err(ActivationCodeError::Length);
    }
    let mut values = Zeroizing::new([0; N]);
    let mut typed = symbols::typed(text);
    for place in values.iter_mut() {
        let value = typed.next().ok_or(ActivationCodeError::Length)?;
        *place = value.ok_or(ActivationCodeError::Symbol)?;
    }
    match typed.next() {
        None => Ok(values),
        Some(_) => Err(ActivationCodeError::Length),
    }
}

/// The sum over GF(32) of each value times a power of the generator, the last one times 1.
///
/// The powers of 25 places differ, since the generator has order 31. So one wrong value changes the sum, and so
/// do two different values that change places: the sum changes by the product of two differences that are not 0.
fn check_sum(values: &[u8]) -> u8 {
    values
        .iter()
        .fold(0, |sum, value| times_generator(sum) ^ value)
}

/// Multiplies by x in GF(2)[x] / (x^5 + x^2 + 1), without a branch on the value.
const fn times_generator(value: u8) -> u8 {
    let carried = 0_u8.wrapping_sub(value >> 4 & 1);
    (value << 1) ^ (carried & REDUCTION)
}

const REDUCTION: u8 = 0b10_0101;
const HANDLE_SYMBOLS: usize = 8;
/// A handle, a secret, a check symbol.
const SYMBOLS: usize = HANDLE_SYMBOLS + Bits::SYMBOLS + 1;
const GROUP: usize = 5;
/// 25 symbols and four dashes.
const TEXT_LEN: usize = 29;

#[cfg(test)]
mod tests {
    use alloc::{
        format,
        string::{String, ToString},
        vec::Vec,
    };

    use super::{
        ActivationCode, ActivationCodeError, ActivationHandle, SYMBOLS, check_sum, times_generator,
    };
    use crate::{symbols, testing::Dice};

    fn code(seed: u64) -> ActivationCode {
        let mut dice = Dice::new(seed);
        let handle = ActivationHandle::generate(&mut dice).unwrap();
        ActivationCode::generate(handle, &mut dice).unwrap()
    }

    fn values(code: &ActivationCode) -> [u8; SYMBOLS] {
        let text = code.expose();
        let values: Vec<u8> = symbols::typed(&text).map(Option::unwrap).collect();
        values.try_into().unwrap()
    }

    fn text(values: &[u8]) -> String {
        values.iter().copied().map(symbols::symbol).collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many codes for an interpreter")]
    fn a_code_reads_back_as_people_type_it() {
        for seed in 0..200 {
            let made = code(seed);
            let shown = made.expose();
            assert_eq!(shown.len(), 29);
            assert!(
                shown
                    .replace('-', "")
                    .starts_with(&made.handle().to_string())
            );
            let spaced: String = shown.chars().flat_map(|c| [c, ' ']).collect();
            let variants = [
                shown.to_string(),
                shown.to_lowercase(),
                shown.replace('-', ""),
                spaced,
                shown.replace('0', "O").replace('1', "l"),
                shown.replace('0', "o").replace('1', "I"),
            ];
            for typed in variants {
                let read = ActivationCode::parse(&typed).unwrap();
                assert_eq!(read.handle(), made.handle());
                assert_eq!(*read.expose(), *shown);
            }
        }
    }

    #[test]
    fn the_generator_visits_every_value_but_zero() {
        let mut seen = [false; 32];
        let mut value = 1;
        for _ in 0..31 {
            assert!(!seen[usize::from(value)]);
            seen[usize::from(value)] = true;
            value = times_generator(value);
        }
        assert_eq!((value, seen[0], times_generator(0)), (1, false, 0));
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many codes for an interpreter")]
    fn c25_every_single_wrong_symbol_is_caught() {
        for seed in 0..20 {
            let right = values(&code(seed));
            for place in 0..SYMBOLS {
                for value in (0..32).filter(|value| *value != right[place]) {
                    let mut wrong = right;
                    wrong[place] = value;
                    let read = ActivationCode::parse(&text(&wrong));
                    assert_eq!(read.unwrap_err(), ActivationCodeError::Check);
                }
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many codes for an interpreter")]
    fn c25_every_swap_of_two_symbols_is_caught() {
        // Every pair of places with every pair of different values there; the check symbol closes the sum,
        // or, where it is one of the two, takes its value from a third place.
        let mut swaps = 0_u32;
        let base = values(&code(1));
        for first in 0..SYMBOLS {
            for second in first + 1..SYMBOLS {
                for (a, b) in (0..32).flat_map(|a| (0..32).map(move |b| (a, b))) {
                    let mut right = base;
                    right[first] = a;
                    let last = SYMBOLS - 1;
                    let free = if second == last {
                        usize::from(first == 0)
                    } else {
                        right[second] = b;
                        last
                    };
                    right[free] = if second == last {
                        right[last] = b;
                        (0..32)
                            .find(|value| {
                                right[free] = *value;
                                check_sum(&right) == 0
                            })
                            .unwrap()
                    } else {
                        right[free] = 0;
                        check_sum(&right)
                    };
                    assert!(ActivationCode::parse(&text(&right)).is_ok());
                    let mut swapped = right;
                    swapped.swap(first, second);
                    assert_eq!(check_sum(&swapped) == 0, a == b, "{first} {second}");
                    swaps += u32::from(a != b);
                }
            }
        }
        assert_eq!(swaps, 300 * 32 * 31);
    }

    #[test]
    fn what_is_wrong_with_a_text_is_said_and_the_text_is_not() {
        let right = code(3).expose();
        let rest = right.split_at(1).1;
        let texts = [
            ("", ActivationCodeError::Length),
            ("-", ActivationCodeError::Length),
            (rest, ActivationCodeError::Length),
            (&format!("{}0", *right), ActivationCodeError::Length),
            (
                &format!("{}{}", *right, " ".repeat(64)),
                ActivationCodeError::Length,
            ),
            (&format!("U{rest}"), ActivationCodeError::Symbol),
            (&format!("\0{rest}"), ActivationCodeError::Symbol),
            (&format!("０{rest}"), ActivationCodeError::Symbol),
            ("10000-00000-00000-00000-00000", ActivationCodeError::Check),
        ];
        for (text, error) in texts {
            assert_eq!(ActivationCode::parse(text).unwrap_err(), error, "{text:?}");
        }
        assert_eq!(
            ActivationCodeError::Check.to_string(),
            "a symbol is mistyped, or two have changed places"
        );
    }

    #[test]
    fn a_handle_reads_back() {
        let handle = code(4).handle();
        assert_eq!(ActivationHandle::parse(&handle.to_string()), Ok(handle));
        assert_eq!(
            ActivationHandle::parse(&handle.to_string().to_lowercase()),
            Ok(handle)
        );
        assert_eq!(ActivationHandle::new(*handle.as_bytes()), handle);
        assert_eq!(
            ActivationHandle::parse("7K3M9QX"),
            Err(ActivationCodeError::Length)
        );
        assert_eq!(
            format!("{:?}", ActivationHandle::new([0; 5])),
            "ActivationHandle(00000000)"
        );
    }

    #[test]
    fn a28_debug_shows_no_code() {
        assert_eq!(format!("{:?}", code(5)), "ActivationCode(..)");
    }
}

//! Base32 (RFC 4648 §6) as people have it.
//!
//! Secrets reach us copied from web pages, read aloud, and grouped in fours. What is read:
//!
//! ```abnf
//! text    = *(symbol / "-" / blank) *("=" / "-" / blank)
//! symbol  = ALPHA / %x32-37        ; A to Z in either case, 2 to 7
//! blank   = SP / HTAB / CR / LF
//! ```
//!
//! The number of symbols must be one that whole bytes can give (RFC 4648 §6: a remainder of 0, 2, 4, 5 or 7
//! modulo 8). Padding may be missing, short or long. What is tolerated is told in [`Base32Note`]. Nothing else is
//! guessed: 0, 1, 8 and 9 are refused with their position instead of being read as O, I, B or g.
//!
//! The lookup tables of the `base32` crate are indexed by the secret. They are used when a secret is set up, imported
//! or shown, never on the path that verifies codes.

use alloc::{string::String, vec::Vec};
use core::fmt;

use zeroize::Zeroizing;

/// The longest text that is looked at, in bytes.
pub(crate) const MAX_TEXT_LEN: usize = 4096;

const ALPHABET: base32::Alphabet = base32::Alphabet::Rfc4648 { padding: false };

/// Bytes read from Base32, and what was tolerated in reading them.
pub struct Base32Decoded {
    bytes: Zeroizing<Vec<u8>>,
    notes: Base32Notes,
}

impl Base32Decoded {
    /// Reads `text`; an empty text gives no bytes.
    ///
    /// # Errors
    /// [`Base32Error`], never with a part of the text.
    pub fn read(text: &str) -> Result<Self, Base32Error> {
        if text.len() > MAX_TEXT_LEN {
            return Err(Base32Error::TooLong);
        }
        let (symbols, mut notes) = normalize(text)?;
        let leftover_bits = leftover_bits(symbols.len())?;
        // The crate sizes its buffer before it writes, so that no copy stays behind.
        let bytes = base32::decode(ALPHABET, &symbols)
            .map(Zeroizing::new)
            .ok_or(Base32Error::ImpossibleLength)?;
        if leftover_bits_are_set(&symbols, leftover_bits) {
            notes.insert(Base32Note::LeftoverBits);
        }
        Ok(Self { bytes, notes })
    }

    /// The bytes.
    ///
    /// # Security
    /// They are the shared secret: store them sealed, never log them.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.bytes
    }

    /// What was tolerated.
    #[must_use]
    pub const fn notes(&self) -> Base32Notes {
        self.notes
    }
}

impl fmt::Debug for Base32Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Base32Decoded")
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// One thing tolerated in a Base32 text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Base32Note {
    /// There were lower-case letters.
    LowerCase,
    /// There were blanks or dashes.
    Separators,
    /// There was padding, whether of the right length or not.
    Padding,
    /// The last symbol holds bits beyond the last byte, and they were not 0: they were dropped.
    ///
    /// RFC 4648 §3.5 lets a decoder refuse them. Two texts then stand for one secret, which does no harm.
    LeftoverBits,
}

impl Base32Note {
    const ALL: [Self; 4] = [
        Self::LowerCase,
        Self::Separators,
        Self::Padding,
        Self::LeftoverBits,
    ];

    const fn bit(self) -> u8 {
        match self {
            Self::LowerCase => 1,
            Self::Separators => 2,
            Self::Padding => 4,
            Self::LeftoverBits => 8,
        }
    }
}

/// The set of things tolerated in a Base32 text.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Base32Notes(u8);

impl Base32Notes {
    /// Whether `note` is among them.
    #[must_use]
    pub const fn contains(self, note: Base32Note) -> bool {
        self.0 & note.bit() != 0
    }

    /// Whether nothing had to be tolerated.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them once.
    pub fn iter(self) -> impl Iterator<Item = Base32Note> {
        Base32Note::ALL
            .into_iter()
            .filter(move |&note| self.contains(note))
    }

    const fn insert(&mut self, note: Base32Note) {
        self.0 |= note.bit();
    }
}

impl fmt::Debug for Base32Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Why a text is not Base32. Positions count characters from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Base32Error {
    /// The text is longer than 4,096 bytes.
    TooLong,
    /// 0, 1, 8 or 9, which Base32 leaves out because they look like O, I, B and g.
    UnusedDigit {
        /// Where it stands.
        position: usize,
    },
    /// Any other character that is no symbol, or a symbol after the padding.
    WrongCharacter {
        /// Where it stands.
        position: usize,
    },
    /// No number of whole bytes gives this many symbols: something is missing or too much.
    ImpossibleLength,
}

impl fmt::Display for Base32Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("base32 text takes at most 4096 bytes"),
            Self::UnusedDigit { position } => write!(
                f,
                "base32 uses the letters A to Z and the digits 2 to 7, so character {position} can't be 0, 1, 8 or 9"
            ),
            Self::WrongCharacter { position } => write!(
                f,
                "base32 uses the letters A to Z and the digits 2 to 7, which character {position} is not"
            ),
            Self::ImpossibleLength => {
                f.write_str("base32 text of this length is incomplete or has a character too many")
            }
        }
    }
}

impl core::error::Error for Base32Error {}

/// `bytes` in upper case without padding, as the key URI format asks for.
pub(crate) fn encode(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(encoded_len(bytes.len())));
    // Five bytes at a time: for more than that the crate's buffer grows while it writes, and leaves a copy behind.
    for group in bytes.chunks(5) {
        text.push_str(&Zeroizing::new(base32::encode(ALPHABET, group)));
    }
    text
}

/// Room for the symbols of `bytes` bytes; at most 7 too many.
pub(crate) const fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(5).saturating_mul(8)
}

/// The symbols alone, in upper case.
fn normalize(text: &str) -> Result<(Zeroizing<String>, Base32Notes), Base32Error> {
    let mut symbols = Zeroizing::new(String::with_capacity(text.len()));
    let mut notes = Base32Notes::default();
    for (position, c) in (1..).zip(text.chars()) {
        match c {
            ' ' | '\t' | '\r' | '\n' | '-' => notes.insert(Base32Note::Separators),
            '=' => notes.insert(Base32Note::Padding),
            '0' | '1' | '8' | '9' => return Err(Base32Error::UnusedDigit { position }),
            'A'..='Z' | 'a'..='z' | '2'..='7' if !notes.contains(Base32Note::Padding) => {
                if c.is_ascii_lowercase() {
                    notes.insert(Base32Note::LowerCase);
                }
                symbols.push(c.to_ascii_uppercase());
            }
            _ => return Err(Base32Error::WrongCharacter { position }),
        }
    }
    Ok((symbols, notes))
}

/// How many low bits of the last symbol lie beyond the last byte.
const fn leftover_bits(symbols: usize) -> Result<u8, Base32Error> {
    match symbols % 8 {
        0 => Ok(0),
        2 => Ok(2),
        4 => Ok(4),
        5 => Ok(1),
        7 => Ok(3),
        _ => Err(Base32Error::ImpossibleLength),
    }
}

/// Whether any of the last symbol's low `count` bits is set.
fn leftover_bits_are_set(symbols: &str, count: u8) -> bool {
    let value = match symbols.bytes().last() {
        Some(letter @ b'A'..=b'Z') => letter.wrapping_sub(b'A'),
        Some(digit @ b'2'..=b'7') => digit.wrapping_sub(b'2').wrapping_add(26),
        _ => 0,
    };
    value.trailing_zeros() < u32::from(count)
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::{Base32Decoded, Base32Error, Base32Note, MAX_TEXT_LEN, encode, encoded_len};

    #[test]
    fn errors_name_the_position_and_repeat_nothing() {
        let message = |text| Base32Decoded::read(text).unwrap_err().to_string();
        assert_eq!(
            message("MZXW 0YTB"),
            "base32 uses the letters A to Z and the digits 2 to 7, so character 6 can't be 0, 1, 8 or 9"
        );
        assert_eq!(
            message("MZé"),
            "base32 uses the letters A to Z and the digits 2 to 7, which character 3 is not"
        );
        assert_eq!(
            message("MZX"),
            "base32 text of this length is incomplete or has a character too many"
        );
        assert_eq!(
            message(&"A".repeat(MAX_TEXT_LEN + 1)),
            "base32 text takes at most 4096 bytes"
        );
        assert!(Base32Decoded::read(&"A".repeat(MAX_TEXT_LEN)).is_ok());
    }

    #[test]
    fn every_leftover_bit_is_reported() {
        // One byte takes two symbols, of which the second holds two bits too many.
        for (text, set) in [
            ("AA", false),
            ("AB", true),
            ("AC", true),
            ("AE", false),
            ("A2", true),
            ("A3", true),
            ("A4", false),
            ("A7", true),
        ] {
            let decoded = Base32Decoded::read(text).unwrap();
            assert_eq!(decoded.notes().contains(Base32Note::LeftoverBits), set);
            assert_eq!(decoded.expose_secret().len(), 1);
        }
    }

    #[test]
    fn symbols_after_padding_are_refused() {
        assert_eq!(
            Base32Decoded::read("MY==MY").unwrap_err(),
            Base32Error::WrongCharacter { position: 5 }
        );
    }

    #[test]
    fn debug_shows_no_byte() {
        let decoded = Base32Decoded::read("mfrgg").unwrap();
        assert_eq!(
            format!("{decoded:?}"),
            "Base32Decoded { notes: {LowerCase}, .. }"
        );
        assert!(!decoded.notes().is_empty());
    }

    #[test]
    fn what_is_written_has_room_from_the_start() {
        for len in 0..=64 {
            let text = encode(&[0xff; 64][..len]);
            assert!((text.len()..text.len() + 8).contains(&encoded_len(len)));
            assert_eq!(text.capacity(), encoded_len(len), "{len} bytes");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let bytes: [u8; 64] = core::array::from_fn(|i| u8::try_from(i * 4).unwrap());
        // An interpreter takes a minute for all of them.
        let lens = (0..=bytes.len()).filter(|len| !cfg!(miri) || len % 16 < 2);
        for len in lens {
            let decoded = Base32Decoded::read(&encode(&bytes[..len])).unwrap();
            assert_eq!(decoded.expose_secret(), &bytes[..len]);
            assert!(decoded.notes().is_empty());
        }
    }
}

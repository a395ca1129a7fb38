//! The keyring: numbered keys, each with one root for stored data and one for tokens.
//!
//! Two roots, since they live in different worlds: who learns the token root can forge sign-ins but
//! reads no database, who learns the data root reads a stolen database but forges no token.
//! New things are sealed with the active key; any key of the ring opens.

mod change;

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::KeyId;

pub use self::change::KeyringChangeError;

/// The keys that seal documents and tokens; the pepper of every stored hash.
///
/// # Security
/// Keep it apart from the database: together they are everything. Losing it loses every second factor.
pub struct Keyring {
    active: KeyId,
    keys: Vec<Key>,
}

/// On the heap, so that moving a key leaves no copy behind.
type Root = Box<Zeroizing<[u8; ROOT_LEN]>>;

/// The two roots of one key.
pub(crate) struct Key {
    pub(crate) id: KeyId,
    pub(crate) data: Root,
    pub(crate) tokens: Root,
}

impl Keyring {
    /// The most keys a keyring holds.
    pub const MAX_KEYS: usize = 32;

    /// A keyring with one fresh key, whose number is random: two keyrings are not mistaken for each other.
    ///
    /// # Errors
    /// The error of `rng`.
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let key = Key::generate(rng, |_| false)?;
        Ok(Self {
            active: key.id,
            keys: alloc::vec![key],
        })
    }

    /// Reads what [`danger_export`](Self::danger_export) wrote.
    ///
    /// The format, line by line: `mfakit-keyring 1`; `active N`; then, for each key,
    /// `key N DATA TOKENS` with both roots in Base32 (RFC 4648 §6, no padding).
    /// Empty lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    /// [`KeyringError`] naming the line; never its content.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let mut active = None;
        let mut keys: Vec<Key> = Vec::with_capacity(Self::MAX_KEYS);
        let mut header = false;
        for (number, line) in (1_usize..).zip(text.lines()) {
            let wrong = KeyringError::Line { number };
            let mut words = line.split_ascii_whitespace();
            match (
                words.next(),
                words.next(),
                words.next(),
                words.next(),
                words.next(),
            ) {
                (None, ..) => {}
                (Some(word), ..) if word.starts_with('#') => {}
                (Some("mfakit-keyring"), Some(version), None, ..) if !header => {
                    if version != "1" {
                        return Err(KeyringError::NewerFormat);
                    }
                    header = true;
                }
                (Some("active"), Some(id), None, ..) if header && active.is_none() => {
                    active = Some(parse_id(id).ok_or(wrong)?);
                }
                (Some("key"), Some(id), Some(data), Some(tokens), None) if header => {
                    let id = parse_id(id).ok_or(wrong)?;
                    if keys.len() >= Self::MAX_KEYS || keys.iter().any(|key| key.id == id) {
                        return Err(wrong);
                    }
                    let (data, tokens) = (parse_root(data), parse_root(tokens));
                    keys.push(Key {
                        id,
                        data: data.ok_or(wrong)?,
                        tokens: tokens.ok_or(wrong)?,
                    });
                }
                _ => return Err(wrong),
            }
        }
        let active = active.ok_or(KeyringError::NoActiveKey)?;
        if !keys.iter().any(|key| key.id == active) {
            return Err(KeyringError::NoActiveKey);
        }
        Ok(Self { active, keys })
    }

    /// The keyring as text, for a file that only the application can read.
    ///
    /// # Security
    /// This is every key in the clear: the name says `danger` so that a review finds each use.
    #[must_use]
    pub fn danger_export(&self) -> Zeroizing<String> {
        // Reserved whole, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(
            self.keys
                .len()
                .saturating_mul(EXPORTED_KEY_LEN)
                .saturating_add(EXPORTED_KEY_LEN),
        ));
        let mut line = |words: fmt::Arguments<'_>| {
            // Writing to a `String` does not fail.
            let _ = fmt::write(&mut *text, words);
        };
        line(format_args!("mfakit-keyring 1\nactive {}\n", self.active));
        for key in &self.keys {
            let (data, tokens) = (encode_root(&key.data), encode_root(&key.tokens));
            line(format_args!("key {} {} {}\n", key.id, *data, *tokens));
        }
        text
    }

    /// The number of the key that seals.
    #[must_use]
    pub const fn active(&self) -> KeyId {
        self.active
    }

    /// The numbers of all keys.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.keys.iter().map(|key| key.id)
    }

    pub(crate) fn find(&self, id: KeyId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The key that seals; both constructors see to it that there is one.
    pub(crate) fn sealing(&self) -> Option<&Key> {
        self.find(self.active)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("active", &self.active)
            .field("ids", &self.ids().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Key {
    /// A fresh key under a random number that is not taken.
    fn generate<R: TryCryptoRng + ?Sized>(
        rng: &mut R,
        is_taken: impl Fn(KeyId) -> bool,
    ) -> Result<Self, R::Error> {
        let mut id = [0; 4];
        // Zero stands for no key.
        while id == [0; 4] || is_taken(KeyId::new(u32::from_be_bytes(id))) {
            rng.try_fill_bytes(&mut id)?;
        }
        let mut key = Self {
            id: KeyId::new(u32::from_be_bytes(id)),
            data: Root::default(),
            tokens: Root::default(),
        };
        rng.try_fill_bytes(&mut **key.data)?;
        rng.try_fill_bytes(&mut **key.tokens)?;
        Ok(key)
    }
}

/// Why a text is no keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyringError {
    /// The line with this number, from 1, does not fit the format.
    Line {
        /// The number of the line.
        number: usize,
    },
    /// The text was written by a newer version.
    NewerFormat,
    /// No line names the active key, or it is not among the keys.
    NoActiveKey,
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { number } => {
                write!(f, "line {number} of the keyring does not fit its format")
            }
            Self::NewerFormat => f.write_str("the keyring was written by a newer version"),
            Self::NoActiveKey => f.write_str("the keyring names no active key that it holds"),
        }
    }
}

impl core::error::Error for KeyringError {}

fn parse_id(text: &str) -> Option<KeyId> {
    // A sign or leading zero would give one key two spellings.
    let canonical = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    canonical
        .then(|| text.parse().ok())
        .flatten()
        .map(KeyId::new)
}

fn parse_root(text: &str) -> Option<Root> {
    let bytes = Zeroizing::new(::base32::decode(ALPHABET, text)?);
    let mut root = Root::default();
    if bytes.len() != ROOT_LEN {
        return None;
    }
    root.copy_from_slice(&bytes);
    Some(root)
}

fn encode_root(root: &[u8; ROOT_LEN]) -> Zeroizing<String> {
    crate::base32::encode(root)
}

const ALPHABET: ::base32::Alphabet = ::base32::Alphabet::Rfc4648 { padding: false };
const ROOT_LEN: usize = 32;
/// `key `, a number of up to 10 digits, two roots of 52 symbols, spaces and the line's end.
const EXPORTED_KEY_LEN: usize = 128;

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::{Keyring, KeyringError};
    use crate::testing::Dice;

    #[test]
    fn export_reads_back() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let text = ring.danger_export();
        let again = Keyring::parse(&text).unwrap();
        assert_eq!(*again.danger_export(), *text);
        assert_eq!(again.active(), ring.active());
    }

    #[test]
    fn refusals_name_the_line_and_nothing_else() {
        let ring = Keyring::generate(&mut Dice::new(2)).unwrap();
        let good = ring.danger_export().to_string();
        let id = ring.active();
        let (active, key) = (format!("active {id}"), format!("key {id}"));
        let refused = |text: &str| Keyring::parse(text).unwrap_err();
        assert_eq!(refused(""), KeyringError::NoActiveKey);
        assert_eq!(
            refused(&good.replace("keyring 1", "keyring 7")),
            KeyringError::NewerFormat
        );
        assert_eq!(
            refused(&good.replace(&active, "active 2")),
            KeyringError::NoActiveKey
        );
        for wrong in [
            format!("key +{id}"),
            format!("key 0{id}"),
            "key 4294967296".into(),
        ] {
            assert_eq!(
                refused(&good.replace(&key, &wrong)),
                KeyringError::Line { number: 3 }
            );
        }
        let twice = format!("{good}{}", good.lines().last().unwrap());
        let error = refused(&twice);
        assert_eq!(error, KeyringError::Line { number: 4 });
        assert_eq!(
            error.to_string(),
            "line 4 of the keyring does not fit its format"
        );
    }

    #[test]
    fn a28_debug_shows_numbers_only() {
        let ring = Keyring::generate(&mut Dice::new(3)).unwrap();
        let id = ring.active();
        assert_eq!(
            format!("{ring:?}"),
            format!("Keyring {{ active: {id:?}, ids: [{id:?}], .. }}")
        );
    }
}

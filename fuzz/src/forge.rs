//! Somebody who holds the keyring and rewrites documents: so that a broken rule can be had without breaking one.
//!
//! It opens and seals by what `docs/stored-format.md` says, and shares no code with what it attacks.

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{AeadInOut as _, Nonce, Tag, inout::InOutBuf},
};
use hkdf::Hkdf;
use mfakit_core::{DocumentKey, Keyring, Secret, StoredDocument};
use sha2::Sha256;

/// The data root of a keyring.
#[derive(Debug)]
pub struct Forger {
    root: Vec<u8>,
}

impl Forger {
    /// Whoever has this keyring, with its only key.
    #[must_use]
    pub fn new(keyring: &Keyring) -> Self {
        let text = keyring.danger_export();
        let key = text.lines().find_map(|line| line.strip_prefix("key "));
        let root = key.and_then(|key| key.split(' ').nth(1)).expect("a root");
        let root = Secret::from_base32(root).expect("a root");
        Self {
            root: root.expose_secret().to_vec(),
        }
    }

    /// The document `after`, but with what `before` had at `path`.
    #[must_use]
    pub fn keep(
        &self,
        key: &DocumentKey,
        before: &StoredDocument,
        after: &StoredDocument,
        path: &[u64],
    ) -> StoredDocument {
        let old = Value::read(&mut self.open(key, before).as_slice());
        let mut new = Value::read(&mut self.open(key, after).as_slice());
        new.keep(&old, path);
        let mut plain = vec![];
        new.write(&mut plain);
        self.forge(key, after, &plain)
    }

    /// The document with these plain bytes.
    #[must_use]
    pub fn forge(
        &self,
        key: &DocumentKey,
        document: &StoredDocument,
        plain: &[u8],
    ) -> StoredDocument {
        StoredDocument::new(document.revision, self.seal(key, document, plain))
    }

    /// The plain bytes of a document.
    ///
    /// # Panics
    /// If it does not open.
    #[must_use]
    pub fn open(&self, key: &DocumentKey, document: &StoredDocument) -> Vec<u8> {
        let (cipher, data) = self.cipher(key, document);
        let rest = &document.body[HEADER..];
        let (nonce, rest) = rest.split_first_chunk().expect("a nonce");
        let (text, tag) = rest.split_last_chunk().expect("a tag");
        let mut plain = text.to_vec();
        cipher
            .decrypt_inout_detached(
                &Nonce::<Aes256Gcm>::from(*nonce),
                &data,
                InOutBuf::from(plain.as_mut_slice()),
                &Tag::<Aes256Gcm>::from(*tag),
            )
            .expect("a document that opens");
        plain
    }

    /// Seals under the nonce that is there: nobody looks at two versions of a forgery.
    fn seal(&self, key: &DocumentKey, document: &StoredDocument, plain: &[u8]) -> Vec<u8> {
        let (cipher, data) = self.cipher(key, document);
        let mut sealed = document.body[..HEADER + NONCE].to_vec();
        let nonce: [u8; NONCE] = sealed[HEADER..].try_into().expect("a nonce");
        let mut text = plain.to_vec();
        let tag = cipher
            .encrypt_inout_detached(
                &Nonce::<Aes256Gcm>::from(nonce),
                &data,
                InOutBuf::from(text.as_mut_slice()),
            )
            .expect("a short document");
        sealed.extend_from_slice(&text);
        sealed.extend_from_slice(&tag);
        sealed
    }

    fn cipher(&self, key: &DocumentKey, document: &StoredDocument) -> (Aes256Gcm, Vec<u8>) {
        let mut place = vec![];
        for part in [
            key.tenant.as_str().as_bytes(),
            &[key.kind.number()],
            &key.id,
        ] {
            let length = u32::try_from(part.len()).expect("a short id");
            place.extend_from_slice(&length.to_be_bytes());
            place.extend_from_slice(part);
        }
        let mut derived = [0; 32];
        Hkdf::<Sha256>::from_prk(&self.root)
            .expect("a root of 32 bytes")
            .expand_multi_info(&[LABEL, &place], &mut derived)
            .expect("32 bytes");
        let revision = document.revision.number().to_be_bytes();
        let data = [LABEL, &document.body[..HEADER], &place, &revision].concat();
        (Aes256Gcm::new(&derived.into()), data)
    }
}

/// A value of CBOR (RFC 8949), as far as documents have any.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// An integer, a simple value, or a text or byte string, as it is written.
    Plain(Vec<u8>),
    Array(Vec<Self>),
    Map(Vec<(u64, Self)>),
}

impl Value {
    /// Takes the place of what `old` has at `path`: field after field, every element of an array by its place.
    fn keep(&mut self, old: &Self, path: &[u64]) {
        let Some((first, rest)) = path.split_first() else {
            *self = old.clone();
            return;
        };
        match (self, old) {
            (Self::Array(new), Self::Array(old)) => {
                for (new, old) in new.iter_mut().zip(old) {
                    new.keep(old, path);
                }
            }
            (Self::Map(new), Self::Map(old)) => {
                let was = old.iter().find(|(field, _)| field == first);
                let place = new.iter().position(|(field, _)| field == first);
                match (place, was) {
                    (Some(place), Some((_, was))) => new[place].1.keep(was, rest),
                    (Some(place), None) if rest.is_empty() => drop(new.remove(place)),
                    (None, Some((_, was))) if rest.is_empty() => {
                        let place = new.iter().position(|(field, _)| field > first);
                        new.insert(place.unwrap_or(new.len()), (*first, was.clone()));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn read(bytes: &mut &[u8]) -> Self {
        let start = *bytes;
        let (kind, number) = read_head(bytes);
        let count = usize::try_from(number).expect("a short document");
        match kind {
            2 | 3 => {
                *bytes = &bytes[count..];
                Self::Plain(start[..start.len() - bytes.len()].to_vec())
            }
            4 => Self::Array((0..count).map(|_| Self::read(bytes)).collect()),
            5 => Self::Map(
                (0..count)
                    .map(|_| (read_head(bytes).1, Self::read(bytes)))
                    .collect(),
            ),
            _ => Self::Plain(start[..start.len() - bytes.len()].to_vec()),
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Plain(bytes) => to.extend_from_slice(bytes),
            Self::Array(values) => {
                write_head(4, values.len() as u64, to);
                for value in values {
                    value.write(to);
                }
            }
            Self::Map(fields) => {
                write_head(5, fields.len() as u64, to);
                for (field, value) in fields {
                    write_head(0, *field, to);
                    value.write(to);
                }
            }
        }
    }
}

/// Major type and argument.
fn read_head(bytes: &mut &[u8]) -> (u8, u64) {
    let (first, rest) = bytes.split_first().expect("a value");
    let long = match first & 31 {
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => 0,
    };
    let (argument, rest) = rest.split_at(long);
    *bytes = rest;
    let number = argument
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    let short = u64::from(first & 31);
    (first >> 5, if long == 0 { short } else { number })
}

fn write_head(kind: u8, number: u64, to: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    match number {
        0..24 => to.push(kind << 5 | bytes[7]),
        24..0x100 => to.extend_from_slice(&[kind << 5 | 24, bytes[7]]),
        _ => {
            to.push(kind << 5 | 25);
            to.extend_from_slice(&bytes[6..]);
        }
    }
}

const LABEL: &[u8] = b"mfakit/1/document";
/// Version and number of the key.
const HEADER: usize = 5;
const NONCE: usize = 12;

//! Texts and bytes of a request, wiped after use: what a person typed, a token, an id.

use core::fmt;

use mfakit::AccountId;
use serde::{Deserialize, Deserializer, de};
use zeroize::Zeroizing;

use crate::{failure::Failure, json::unhex};

/// A text that may be secret.
#[derive(Debug, Default)]
pub(crate) struct Text(Zeroizing<String>);

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

/// Bytes: `s` and a text, whose UTF-8 they are, or `x` and hexadecimal digits.
#[derive(Debug)]
pub(crate) struct Bytes(Zeroizing<Vec<u8>>);

impl Bytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn account(&self) -> Result<AccountId, Failure> {
        AccountId::new(self.as_slice()).map_err(|error| Failure::value("account", error))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(BytesVisitor)
    }
}

struct BytesVisitor;

impl de::Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or bytes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
        let bytes = match text.split_at_checked(1) {
            Some(("s", text)) => Some(text.as_bytes().to_vec()),
            Some(("x", digits)) => unhex(digits),
            _ => None,
        };
        bytes
            .map(|bytes| Bytes(Zeroizing::new(bytes)))
            .ok_or_else(|| E::custom("neither a text nor bytes"))
    }
}

/// A number of 64 bits, written as a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Big(pub(crate) u64);

impl<'de> Deserialize<'de> for Big {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

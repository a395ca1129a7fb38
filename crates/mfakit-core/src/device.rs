//! Remembered devices: the token that a browser keeps, and the id by which a device is named.
//!
//! A device token is `id(8) secret(32)` in Base32 (RFC 4648 §6, lower case, no padding), 64 characters. What is
//! stored is SHA-256 over tenant, account, epoch, id and secret: the token says nothing of whom it is for, can't
//! be made from what is stored, and is good for no other account and in no other epoch.

use core::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{AccountId, DeviceToken, TenantId, document::account::Epoch, token::ALPHABET};

/// Names a remembered device in lists; it is not secret, and no right to anything.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId([u8; Self::LEN]);

impl DeviceId {
    const LEN: usize = 8;

    pub(crate) const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The device named by `text`, as `Display` writes it; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        decode(text).map(|bytes| Self(*bytes))
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&::base32::encode(ALPHABET, self.0.as_slice()))
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}

/// What a device token holds.
#[derive(Clone)]
pub(crate) struct DeviceSecret {
    pub(crate) id: DeviceId,
    secret: Zeroizing<[u8; SECRET_LEN]>,
}

impl DeviceSecret {
    pub(crate) fn new(id: [u8; DeviceId::LEN], secret: [u8; SECRET_LEN]) -> Self {
        Self {
            id: DeviceId(id),
            secret: Zeroizing::new(secret),
        }
    }

    /// Reads a token as it came back; `None` if it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: Zeroizing<[u8; TOKEN_LEN]> = decode(text)?;
        let (id, rest) = bytes.split_first_chunk()?;
        let (secret, _) = rest.split_first_chunk()?;
        Some(Self::new(*id, *secret))
    }

    pub(crate) fn token(&self) -> DeviceToken {
        let mut bytes = Zeroizing::new([0; TOKEN_LEN]);
        let parts = self.id.0.iter().chain(self.secret.iter());
        for (to, from) in bytes.iter_mut().zip(parts) {
            *to = *from;
        }
        DeviceToken::new(Zeroizing::new(::base32::encode(ALPHABET, bytes.as_slice())))
    }

    /// What is stored of it, for this account in this epoch.
    pub(crate) fn hash(&self, tenant: &TenantId, account: &AccountId, epoch: Epoch) -> [u8; 32] {
        // A tenant has at most 64 bytes and an account 128, so that a byte holds the length.
        let length = |bytes: &[u8]| [u8::try_from(bytes.len()).unwrap_or(u8::MAX)];
        let (tenant, account) = (tenant.as_str().as_bytes(), account.as_bytes());
        Sha256::new()
            .chain_update(b"mfakit/1/device")
            .chain_update(length(tenant))
            .chain_update(tenant)
            .chain_update(length(account))
            .chain_update(account)
            .chain_update(epoch.to_bytes())
            .chain_update(self.id.0)
            .chain_update(self.secret.as_slice())
            .finalize()
            .into()
    }
}

/// The `N` bytes that exactly this text stands for.
fn decode<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    // Longer than any token; not worth decoding.
    if text.len() > 2 * TOKEN_LEN {
        return None;
    }
    let bytes = Zeroizing::new(::base32::decode(ALPHABET, text)?);
    let bytes: Zeroizing<[u8; N]> = Zeroizing::new(bytes.as_slice().try_into().ok()?);
    let again = Zeroizing::new(::base32::encode(ALPHABET, bytes.as_slice()));
    // One token, one text. No comparison with a secret: both sides come from the text.
    (again.as_str() == text).then_some(bytes)
}

const SECRET_LEN: usize = 32;
const TOKEN_LEN: usize = DeviceId::LEN + SECRET_LEN;

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::{DeviceId, DeviceSecret};

    #[test]
    fn a26_a_token_reads_back_and_nothing_else_does() {
        let secret = DeviceSecret::new([7; 8], [9; 32]);
        let token = secret.token();
        assert_eq!(token.as_str().len(), 64);
        let read = DeviceSecret::parse(token.as_str()).unwrap();
        assert_eq!((read.id, &*read.secret), (secret.id, &*secret.secret));
        let text = token.as_str();
        for wrong in [
            "",
            "a",
            "ümläut",
            "\0",
            text.strip_prefix(|_: char| true).unwrap(),
            &text.to_uppercase(),
            &format!("{text}a"),
            &format!("{text}{text}"),
            &"a".repeat(1 << 20),
        ] {
            assert!(DeviceSecret::parse(wrong).is_none());
            assert_eq!(DeviceId::parse(wrong), None);
        }
        let id = DeviceId::new([7; 8]);
        assert_eq!(DeviceId::parse(&id.to_string()), Some(id));
        // The bits that Base32 leaves over at the end are zero.
        let mut odd = id.to_string();
        odd.pop();
        odd.push('b');
        assert_eq!(DeviceId::parse(&odd), None);
    }

    #[test]
    fn a28_debug_of_a_token_is_redacted() {
        let token = DeviceSecret::new([7; 8], [9; 32]).token();
        assert_eq!(format!("{token:?}"), "DeviceToken(..)");
    }
}

//! Who: the tenant (an organization) and the account (a person in it).

use alloc::{string::String, vec::Vec};
use core::fmt;

/// An organization; 1 to 64 bytes of text without control characters.
///
/// It is part of every key and of every sealed byte, so nothing of one tenant opens in another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(String);

impl TenantId {
    /// The longest tenant id, in bytes.
    pub const MAX_LEN: usize = 64;

    /// The tenant named `text`, compared byte for byte: `acme` and `Acme` are two tenants.
    ///
    /// # Errors
    /// [`TenantIdError`] if `text` is empty, longer than 64 bytes or holds a control character.
    pub fn new(text: &str) -> Result<Self, TenantIdError> {
        if text.is_empty() || text.len() > Self::MAX_LEN || text.chars().any(char::is_control) {
            return Err(TenantIdError);
        }
        Ok(Self(text.into()))
    }

    /// The text as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantId({:?})", self.0)
    }
}

/// A tenant id was empty, longer than 64 bytes, or held a control character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantIdError;

impl fmt::Display for TenantIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tenant id takes 1 to 64 bytes of text without control characters")
    }
}

impl core::error::Error for TenantIdError {}

/// A person in a tenant: the host's immutable id, 1 to 128 bytes of any value.
///
/// # Security
/// Never a login name or a mail address: whoever takes over a freed name would inherit its factors.
/// Ids are compared byte for byte, so `1`, `01` and `1 ` are three accounts (CVE-2026-78619 is what
/// comparing them as numbers leads to).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Vec<u8>);

impl AccountId {
    /// The longest account id, in bytes.
    pub const MAX_LEN: usize = 128;

    /// The account with the host's id `bytes`.
    ///
    /// # Errors
    /// [`AccountIdError`] if `bytes` is empty or longer than 128 bytes.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, AccountIdError> {
        let bytes = bytes.as_ref();
        if bytes.is_empty() || bytes.len() > Self::MAX_LEN {
            return Err(AccountIdError);
        }
        Ok(Self(bytes.into()))
    }

    /// The bytes as given.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({})", self.0.escape_ascii())
    }
}

/// An account id was empty or longer than 128 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountIdError;

impl fmt::Display for AccountIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an account id takes 1 to 128 bytes")
    }
}

impl core::error::Error for AccountIdError {}

#[cfg(test)]
mod tests {
    use super::{AccountId, TenantId};

    #[test]
    fn account_ids_are_opaque_bytes() {
        let ids: [&[u8]; 4] = [b"1", b"01", b"1\0", &[0xff; 128]];
        for (i, a) in ids.iter().enumerate() {
            for (j, b) in ids.iter().enumerate() {
                assert_eq!(
                    AccountId::new(a).unwrap() == AccountId::new(b).unwrap(),
                    i == j
                );
            }
        }
    }

    #[test]
    fn bounds_are_kept() {
        assert!(AccountId::new("").is_err());
        assert!(AccountId::new([0; 129]).is_err());
        assert!(TenantId::new("").is_err());
        assert!(TenantId::new(&"a".repeat(64)).is_ok());
        assert!(TenantId::new(&"a".repeat(65)).is_err());
        assert!(TenantId::new("a\0b").is_err());
        assert!(TenantId::new("Universität").is_ok());
    }
}

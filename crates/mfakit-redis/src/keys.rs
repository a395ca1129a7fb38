//! Names of keys: which bucket holds a document, and which slot of a cluster holds a bucket.
//!
//! A tenant's documents are spread over 1,024 buckets by their ids, so account and gate of one person share one; or all
//! are in one bucket, if the options say so. Each bucket has five keys, whose names share a hash tag, so that a cluster keeps them on one node:
//!
//! | Key | Type | What it holds |
//! |---|---|---|
//! | `PREFIX:{BUCKET:LENGTH:TENANT}:documents` | hash | kind and id -> revision, last sequence, key id, body |
//! | `...:index` | sorted set, by name | kind, key id, id |
//! | `...:events` | sorted set, by clock | name of the document, sequence, body |
//! | `...:chains` | sorted set, by name | name of the document, sequence, clock |
//! | `...:clock` | string | where the bucket's events are, or have to be beyond |
//!
//! A tenant has `PREFIX:{LENGTH:TENANT}:buckets`, a hash of the numbers of the buckets that exist; all tenants share
//! `PREFIX:tenants`, the names of those with a policy, and `PREFIX:version`. The length, in bytes, keeps names of
//! tenants apart that hold braces and colons.

use core::{error::Error, fmt};

use mfakit_core::{DocumentKey, TenantId};

/// What all keys of the store begin with: `mfakit` unless told otherwise.
///
/// It is 1 to 64 ASCII letters, digits, and the characters `_`, `-`, `.` and `:`. So it holds no brace, which a
/// cluster would read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// The longest prefix, in bytes.
    pub const MAX_LEN: usize = 64;

    /// The prefix `text`.
    ///
    /// # Errors
    /// [`KeyPrefixError`] if `text` is not as said above.
    pub fn new(text: &str) -> Result<Self, KeyPrefixError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
        if !text.is_empty() && text.len() <= Self::MAX_LEN && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(KeyPrefixError)
        }
    }

    /// The prefix as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for KeyPrefix {
    fn default() -> Self {
        Self("mfakit".into())
    }
}

/// The text is not one that keys of mfakit may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyPrefixError;

impl fmt::Display for KeyPrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key prefix takes 1 to 64 letters, digits, `_`, `-`, `.` and `:`")
    }
}

impl Error for KeyPrefixError {}

/// Where everything is kept.
#[derive(Debug)]
pub(crate) struct Layout {
    prefix: KeyPrefix,
    buckets: u16,
}

impl Layout {
    pub(crate) const fn new(prefix: KeyPrefix, spread: Spread) -> Self {
        let buckets = match spread {
            Spread::Buckets => BUCKETS,
            Spread::Whole => 1,
        };
        Self { prefix, buckets }
    }

    /// How many buckets a tenant may have.
    pub(crate) const fn buckets(&self) -> u16 {
        self.buckets
    }

    /// The bucket of the documents with this id.
    pub(crate) fn bucket(&self, id: &[u8]) -> u16 {
        crc16(id) % self.buckets
    }

    /// A key of the bucket `number` of `tenant`.
    pub(crate) fn of_bucket(&self, tenant: &TenantId, number: u16, part: Part) -> Vec<u8> {
        let (tenant, part) = (tenant.as_str(), part.name());
        format!(
            "{}:{{{number}:{}:{tenant}}}:{part}",
            self.prefix.0,
            tenant.len()
        )
        .into_bytes()
    }

    /// The key of the buckets that `tenant` has.
    pub(crate) fn registry(&self, tenant: &TenantId) -> Vec<u8> {
        let tenant = tenant.as_str();
        format!("{}:{{{}:{tenant}}}:buckets", self.prefix.0, tenant.len()).into_bytes()
    }

    /// The key of the tenants with a policy.
    pub(crate) fn tenants(&self) -> Vec<u8> {
        format!("{}:tenants", self.prefix.0).into_bytes()
    }

    /// The key of the version of all this.
    pub(crate) fn version(&self) -> Vec<u8> {
        format!("{}:version", self.prefix.0).into_bytes()
    }
}

/// Over how many buckets a tenant is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    Buckets,
    Whole,
}

/// The keys of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Documents,
    Index,
    Events,
    Chains,
    Clock,
}

impl Part {
    /// In the order in which the script of a commit takes them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Documents,
        Self::Index,
        Self::Events,
        Self::Chains,
        Self::Clock,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Index => "index",
            Self::Events => "events",
            Self::Chains => "chains",
            Self::Clock => "clock",
        }
    }
}

/// How many buckets a tenant may have at most. It is part of stored keys and of positions; it never changes.
pub(crate) const BUCKETS: u16 = 1024;

/// The name of a document within its bucket: its kind and id.
pub(crate) fn field(key: &DocumentKey) -> Vec<u8> {
    let mut field = Vec::with_capacity(1 + key.id.len());
    field.push(key.kind.number());
    field.extend_from_slice(&key.id);
    field
}

/// The name of a document where names of others follow: the field behind its length.
pub(crate) fn name(key: &DocumentKey) -> Vec<u8> {
    let field = field(key);
    let mut name = Vec::with_capacity(1 + field.len());
    // Ids have 128 bytes at most, and were checked.
    name.push(u8::try_from(field.len()).unwrap_or(u8::MAX));
    name.extend_from_slice(&field);
    name
}

/// The slot of a key, as the specification of Redis Cluster has it: by what is between the first brace and the next.
pub(crate) fn slot(key: &[u8]) -> u16 {
    let tag = key
        .iter()
        .position(|byte| *byte == b'{')
        .and_then(|open| key.get(open + 1..))
        .and_then(|rest| {
            let close = rest.iter().position(|byte| *byte == b'}')?;
            rest.get(..close)
        })
        .filter(|tag| !tag.is_empty());
    crc16(tag.unwrap_or(key)) % SLOTS
}

const SLOTS: u16 = 16_384;

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use mfakit_core::TenantId;

    use super::{KeyPrefix, Layout, Part, Spread, crc16, slot};

    #[test]
    fn prefixes_hold_nothing_a_cluster_reads() {
        for good in ["mfakit", "app:mfa", "a.b-c_d", "7", &"x".repeat(64)] {
            assert_eq!(KeyPrefix::new(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "a b",
            "{a}",
            "a{",
            "}",
            "ä",
            "a\0",
            "a/b",
            &"x".repeat(65),
        ] {
            let refused = KeyPrefix::new(bad).unwrap_err();
            assert!(refused.to_string().starts_with("a key prefix takes"));
        }
    }

    /// The check value of the specification, and slots as `CLUSTER KEYSLOT` says them.
    #[test]
    fn slots_are_those_of_a_cluster() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        for (key, expected) in [
            (&b"123456789"[..], 12739),
            (b"{user1000}.following", 3443),
            (b"{user1000}.followers", 3443),
            (b"foo{}{bar}", 8363),
            (b"foo{{bar}}zap", 4015),
            (b"foo{bar}{zap}", 5061),
        ] {
            assert_eq!(slot(key), expected);
        }
    }

    #[test]
    fn a_bucket_is_in_one_slot_and_no_other_tenant_has_its_keys() {
        let layout = Layout::new(KeyPrefix::default(), Spread::Buckets);
        let mut seen = BTreeSet::new();
        for tenant in [
            "a",
            "a}",
            "}",
            "{",
            "{}",
            "a:documents",
            "1:a",
            "a}:documents",
            "}a",
        ] {
            let tenant = TenantId::new(tenant).unwrap();
            let keys = Part::ALL.map(|part| layout.of_bucket(&tenant, 7, part));
            assert!(keys.iter().all(|key| slot(key) == slot(&keys[0])));
            for key in keys.into_iter().chain([layout.registry(&tenant)]) {
                assert!(seen.insert(key));
            }
        }
    }

    /// Ids as applications count them fill the buckets evenly.
    #[test]
    fn buckets_are_filled_evenly() {
        let layout = Layout::new(KeyPrefix::default(), Spread::Buckets);
        let mut sizes = [0_u32; 1024];
        for id in 0..100_000 {
            sizes[usize::from(layout.bucket(format!("{id}").as_bytes()))] += 1;
        }
        assert!(sizes.iter().all(|size| (30..300).contains(size)));
    }
}

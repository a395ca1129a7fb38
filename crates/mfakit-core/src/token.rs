//! Sealed tokens: what the host hands to a browser or keeps in a session, and what comes back.
//!
//! A token is `version(1) purpose(1) key id(4, big endian) salt(16) ciphertext tag(16)`, written in
//! Base32 (RFC 4648 §6, lower case, no padding). Key and nonce are HKDF-Expand(token root, salt,
//! purpose), used for this one token; header and tenant are associated data. So a token can't be read,
//! altered, used in another tenant or for another purpose, and forging one means breaking AES-GCM.

use alloc::{string::String, vec::Vec};
use core::fmt;

use aes_gcm::{Aes256Gcm, KeyInit};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    KeyId, TenantId,
    keyring::{Key, Keyring},
    random::{Random, RandomnessError},
    seal::{FORMAT, NONCE_LEN, append_encrypted, decrypt, derive},
    wiped::Wiped,
};

/// The longest token text that is looked at, in bytes.
pub(crate) const MAX_TOKEN_LEN: usize = 1024;

/// What a token is for. The number is part of the token and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum TokenPurpose {
    /// The right to finish a sign-in.
    Ticket = 1,
    /// The proof of a sign-in.
    Assertion = 2,
}

impl TokenPurpose {
    #[expect(
        clippy::as_conversions,
        reason = "the discriminant of a `repr(u8)` enum"
    )]
    const fn number(self) -> u8 {
        self as u8
    }

    fn from_number(number: u8) -> Option<Self> {
        [Self::Ticket, Self::Assertion]
            .into_iter()
            .find(|purpose| purpose.number() == number)
    }
}

macro_rules! token_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// An opaque text of lower-case letters and digits, at most 1,024 bytes; `Debug` is redacted.
        #[derive(Clone)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            pub(crate) const fn new(text: Zeroizing<String>) -> Self {
                Self(text)
            }

            /// The text, for a form field, a cookie or a session; never for a URL or a log.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

token_text! {
    /// The right to finish one sign-in: bound to tenant, account, purpose, epoch, expiry and the binding bytes given.
    Ticket
}
token_text! {
    /// The proof of a sign-in: who, how, when, and until when it is good; void when the account's epoch rises.
    /// It carries the binding of the ticket that led to it.
    Assertion
}
token_text! {
    /// What a remembered device keeps in a cookie: random, bound to tenant, account and epoch by what is stored of it.
    DeviceToken
}

/// Seals `plain` as a token text; wipes `plain`.
pub(crate) fn seal_token(
    sealing: &Key,
    tenant: &TenantId,
    purpose: TokenPurpose,
    mut plain: Vec<u8>,
    random: &mut Random<'_>,
) -> Result<Zeroizing<String>, RandomnessError> {
    let salt: [u8; SALT_LEN] = random.array()?;
    let mut sealed = Vec::with_capacity(plain.len().saturating_add(HEADER_LEN).saturating_add(32));
    sealed.extend_from_slice(&[FORMAT, purpose.number()]);
    sealed.extend_from_slice(&sealing.id.number().to_be_bytes());
    sealed.extend_from_slice(&salt);
    let aad = associated_data(&sealed, tenant);
    let (cipher, nonce) = token_cipher(sealing, purpose, &salt);
    append_encrypted(&cipher, &nonce, &aad, &plain, &mut sealed);
    plain.zeroize();
    Ok(Zeroizing::new(::base32::encode(ALPHABET, &sealed)))
}

/// Opens a token text; `None` for anything that is not a token of this tenant under a key of this ring.
pub(crate) fn open_token(
    keyring: &Keyring,
    tenant: &TenantId,
    text: &str,
) -> Option<(TokenPurpose, Wiped)> {
    if text.len() > MAX_TOKEN_LEN {
        return None;
    }
    let sealed = ::base32::decode(ALPHABET, text)?;
    // One token, one text: the bits that Base32 leaves over at the end are zero, and all letters small.
    if ::base32::encode(ALPHABET, &sealed) != text {
        return None;
    }
    let (header, rest) = sealed.split_first_chunk::<HEADER_LEN>()?;
    let [version, purpose, a, b, c, d, salt @ ..] = header;
    if *version != FORMAT {
        return None;
    }
    let purpose = TokenPurpose::from_number(*purpose)?;
    let key = keyring.find(KeyId::new(u32::from_be_bytes([*a, *b, *c, *d])))?;
    let (cipher, nonce) = token_cipher(key, purpose, salt);
    let plain = decrypt(&cipher, &nonce, &associated_data(header, tenant), rest).ok()?;
    Some((purpose, plain))
}

fn token_cipher(
    key: &Key,
    purpose: TokenPurpose,
    salt: &[u8; SALT_LEN],
) -> (Aes256Gcm, [u8; NONCE_LEN]) {
    let okm: Zeroizing<[u8; 32 + NONCE_LEN]> =
        derive(&key.tokens, &[b"mfakit/1/token", &[purpose.number()], salt]);
    let mut nonce = [0; NONCE_LEN];
    let mut cipher_key = Zeroizing::new([0; 32]);
    for (to, from) in cipher_key.iter_mut().chain(&mut nonce).zip(okm.iter()) {
        *to = *from;
    }
    (Aes256Gcm::new((&*cipher_key).into()), nonce)
}

/// The header has a fixed length, so that header and tenant can't run into each other.
fn associated_data(header: &[u8], tenant: &TenantId) -> Vec<u8> {
    [b"mfakit/1/token", header, tenant.as_str().as_bytes()].concat()
}

pub(crate) const ALPHABET: ::base32::Alphabet = ::base32::Alphabet::Rfc4648Lower { padding: false };
const SALT_LEN: usize = 16;
const HEADER_LEN: usize = 22;

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec, vec::Vec};

    use aes_gcm::{Aes256Gcm, KeyInit as _};
    use mfakit_memcheck::hide;

    use super::{Ticket, TokenPurpose, open_token, seal_token};
    use crate::{
        TenantId,
        keyring::Keyring,
        random::Random,
        seal::{decrypt, derive},
        testing::Dice,
    };

    fn sealed(ring: &Keyring, tenant: &TenantId, purpose: TokenPurpose) -> String {
        sealed_of(ring, tenant, purpose, b"payload".to_vec())
    }

    fn sealed_of(
        ring: &Keyring,
        tenant: &TenantId,
        purpose: TokenPurpose,
        plain: Vec<u8>,
    ) -> String {
        use rand_core::TryRng as _;
        let mut dice = Dice::new(9);
        let mut fill = |dst: &mut [u8]| dice.try_fill_bytes(dst).map_err(|never| match never {});
        let key = ring.sealing().unwrap();
        seal_token(key, tenant, purpose, plain, &mut Random::new(&mut fill))
            .unwrap()
            .as_str()
            .into()
    }

    #[test]
    fn a20_token_opens_for_its_tenant_and_its_ring_only() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let stranger = Keyring::generate(&mut Dice::new(2)).unwrap();
        let (acme, zeta) = (
            TenantId::new("acme").unwrap(),
            TenantId::new("zeta").unwrap(),
        );
        for made_for in [TokenPurpose::Ticket, TokenPurpose::Assertion] {
            let text = sealed(&ring, &acme, made_for);
            let (purpose, plain) = open_token(&ring, &acme, &text).unwrap();
            assert_eq!(
                (purpose, plain.as_slice()),
                (made_for, b"payload".as_slice())
            );
            assert!(open_token(&ring, &zeta, &text).is_none());
            assert!(open_token(&stranger, &acme, &text).is_none());
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many openings for an interpreter")]
    fn a25_no_single_changed_character_opens() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let acme = TenantId::new("acme").unwrap();
        let text = sealed(&ring, &acme, TokenPurpose::Assertion);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(open_token(&ring, &acme, &changed).is_none());
        }
    }

    #[test]
    fn constant_time_tokens() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let acme = TenantId::new("acme").unwrap();
        let text = sealed(&ring, &acme, TokenPurpose::Ticket);
        let forged = text.replace('b', "a");
        assert_ne!(text, forged);
        let root = &ring.sealing().unwrap().tokens;
        hide(root.as_slice());
        let (_, plain) = open_token(&ring, &acme, &text).unwrap();
        // REVEALED: what was sealed, by the test.
        assert_eq!(plain.as_slice(), b"payload");
        assert!(open_token(&ring, &acme, &forged).is_none());
    }

    #[test]
    fn key_and_nonce_are_the_44_bytes_that_follow_from_root_salt_and_purpose() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let acme = TenantId::new("acme").unwrap();
        let text = sealed(&ring, &acme, TokenPurpose::Assertion);
        let bytes = ::base32::decode(super::ALPHABET, &text).unwrap();
        let (header, rest) = bytes.split_at(22);
        let root = &ring.sealing().unwrap().tokens;
        let derived = derive::<44>(root, &[b"mfakit/1/token", &[2], &header[6..]]);
        let (key, nonce) = derived.split_first_chunk::<32>().unwrap();
        let cipher = Aes256Gcm::new(key.into());
        let aad = [b"mfakit/1/token", header, b"acme"].concat();
        let plain = decrypt(&cipher, nonce.try_into().unwrap(), &aad, rest).unwrap();
        assert_eq!(plain.as_slice(), b"payload");
    }

    #[test]
    fn a_token_opens_up_to_the_longest_text() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let acme = TenantId::new("acme").unwrap();
        for (plain, len, opens) in [(602, 1024, true), (603, 1026, false)] {
            let text = sealed_of(&ring, &acme, TokenPurpose::Ticket, vec![7; plain]);
            assert_eq!(text.len(), len);
            assert_eq!(open_token(&ring, &acme, &text).is_some(), opens);
        }
    }

    #[test]
    fn hostile_texts_do_not_open() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let acme = TenantId::new("acme").unwrap();
        for text in [
            "",
            "a",
            "\0",
            "ümläut",
            &"a".repeat(1024),
            &"a".repeat(1 << 20),
        ] {
            assert!(open_token(&ring, &acme, text).is_none());
        }
    }

    #[test]
    fn a28_debug_is_redacted() {
        let ticket = Ticket::new(zeroize::Zeroizing::new("abc".into()));
        assert_eq!(format!("{ticket:?}"), "Ticket(..)");
    }
}

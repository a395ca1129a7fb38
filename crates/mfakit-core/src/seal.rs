//! Sealing of stored documents and events: AES-256-GCM (SP 800-38D) under keys from HKDF (RFC 5869).
//!
//! A document is sealed whole. Its key is HKDF-Expand(data root, tenant, kind, id), so no two documents
//! share a key and a random 96-bit nonce is far from its limits; tenant, kind, id, revision, key number
//! and format version are associated data. Whoever holds the database can therefore neither read a
//! document, nor alter it, nor move it to another row, nor put an older body under the current revision.
//!
//! HKDF-Extract is left out, since a root is uniformly random already (RFC 5869 §3.3).
//!
//! Sealed document: `version(1) key id(4, big endian) nonce(12) ciphertext tag(16)`.
//! Sealed event: `version(1) nonce(12) ciphertext tag(16)` under the chain key that the document holds.

use alloc::vec::Vec;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, Nonce, Tag, inout::InOutBuf},
};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    DocumentKey, KeyId, Revision,
    keyring::{Key, Keyring},
    random::{Random, RandomnessError},
    wiped::Wiped,
};

/// The version of every stored format. What was written in version 1 is read by every later version.
pub(crate) const FORMAT: u8 = 1;

/// Why sealed bytes did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// Written by a newer version.
    NewerFormat,
    /// Sealed with a key that the keyring does not hold.
    UnknownKey(KeyId),
    /// Altered, moved, of another revision, or cut.
    Damaged,
}

/// Seals a document's plain bytes as `revision` of `key`.
pub(crate) fn seal_document(
    sealing: &Key,
    key: &DocumentKey,
    revision: Revision,
    plain: &[u8],
    random: &mut Random<'_>,
) -> Result<Vec<u8>, RandomnessError> {
    let mut header = Vec::with_capacity(HEADER_LEN);
    header.push(FORMAT);
    header.extend_from_slice(&sealing.id.number().to_be_bytes());
    let aad = associated_data(b"mfakit/1/document", &header, key, revision.number());
    let cipher = document_cipher(sealing, key);
    seal(&cipher, header, &aad, plain, random)
}

/// Opens the sealed bytes of `revision` of `key`.
pub(crate) fn open_document(
    keyring: &Keyring,
    key: &DocumentKey,
    revision: Revision,
    sealed: &[u8],
) -> Result<(KeyId, Wiped), OpenError> {
    let (header, rest) = sealed
        .split_at_checked(HEADER_LEN)
        .ok_or(OpenError::Damaged)?;
    let [version, id @ ..] = header else {
        return Err(OpenError::Damaged);
    };
    if *version != FORMAT {
        return Err(OpenError::NewerFormat);
    }
    let id = id
        .try_into()
        .map(u32::from_be_bytes)
        .map_err(|_| OpenError::Damaged)?;
    let id = KeyId::new(id);
    let opening = keyring.find(id).ok_or(OpenError::UnknownKey(id))?;
    let aad = associated_data(b"mfakit/1/document", header, key, revision.number());
    let plain = open(&document_cipher(opening, key), &aad, rest)?;
    Ok((id, plain))
}

/// Seals an event at its place in the chain of `key`; the answer is the sealed bytes.
pub(crate) fn seal_event(
    chain_key: &[u8; 32],
    key: &DocumentKey,
    sequence: u64,
    plain: &[u8],
    random: &mut Random<'_>,
) -> Result<Vec<u8>, RandomnessError> {
    let header = alloc::vec![FORMAT];
    let aad = associated_data(b"mfakit/1/event", &header, key, sequence);
    seal(
        &Aes256Gcm::new(chain_key.into()),
        header,
        &aad,
        plain,
        random,
    )
}

/// Opens the event at `sequence` of the chain of `key`.
pub(crate) fn open_event(
    chain_key: &[u8; 32],
    key: &DocumentKey,
    sequence: u64,
    sealed: &[u8],
) -> Result<Wiped, OpenError> {
    let (header, rest) = sealed.split_at_checked(1).ok_or(OpenError::Damaged)?;
    if header != [FORMAT] {
        return Err(OpenError::NewerFormat);
    }
    let aad = associated_data(b"mfakit/1/event", header, key, sequence);
    open(&Aes256Gcm::new(chain_key.into()), &aad, rest)
}

/// The tag that ends sealed bytes: it stands for the event in the next link of the chain.
pub(crate) fn tag_of(sealed: &[u8]) -> [u8; TAG_LEN] {
    sealed.last_chunk().copied().unwrap_or_default()
}

/// The first bytes of HKDF-Expand(root, info); `info` is prefix-free by construction of the callers.
pub(crate) fn derive<const N: usize>(root: &[u8; 32], info: &[&[u8]]) -> Zeroizing<[u8; N]> {
    let mut derived = Zeroizing::new([0; N]);
    #[expect(
        clippy::expect_used,
        reason = "a 32-byte root is a valid HKDF-SHA-256 key, and no caller asks for more than 255 x 32 bytes"
    )]
    Hkdf::<Sha256>::from_prk(root)
        .and_then(|hkdf| {
            hkdf.expand_multi_info(info, &mut *derived)
                .map_err(|_| hkdf::InvalidPrkLength)
        })
        .expect("lengths are constants");
    derived
}

/// Seals `plain` behind `header` with a fresh nonce.
pub(crate) fn seal(
    cipher: &Aes256Gcm,
    header: Vec<u8>,
    aad: &[u8],
    plain: &[u8],
    random: &mut Random<'_>,
) -> Result<Vec<u8>, RandomnessError> {
    let nonce: [u8; NONCE_LEN] = random.array()?;
    let mut sealed = header;
    sealed.reserve_exact(
        plain
            .len()
            .saturating_add(NONCE_LEN)
            .saturating_add(TAG_LEN),
    );
    sealed.extend_from_slice(&nonce);
    append_encrypted(cipher, &nonce, aad, plain, &mut sealed);
    Ok(sealed)
}

/// Appends ciphertext and tag of `plain` to `out`.
pub(crate) fn append_encrypted(
    cipher: &Aes256Gcm,
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    out: &mut Vec<u8>,
) {
    let start = out.len();
    out.extend_from_slice(plain);
    let buffer = out.get_mut(start..).unwrap_or_default();
    #[expect(
        clippy::expect_used,
        reason = "AES-GCM refuses only texts beyond 2^36 bytes, and every text here is below 16 KiB"
    )]
    let tag = cipher
        .encrypt_inout_detached(
            &Nonce::<Aes256Gcm>::from(*nonce),
            aad,
            InOutBuf::from(buffer),
        )
        .expect("documents are short");
    out.extend_from_slice(&tag);
}

/// Opens `nonce ciphertext tag`.
fn open(cipher: &Aes256Gcm, aad: &[u8], sealed: &[u8]) -> Result<Wiped, OpenError> {
    let (nonce, rest) = sealed.split_first_chunk().ok_or(OpenError::Damaged)?;
    decrypt(cipher, nonce, aad, rest)
}

/// Opens `ciphertext tag`.
pub(crate) fn decrypt(
    cipher: &Aes256Gcm,
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Wiped, OpenError> {
    let (text, tag) = sealed
        .split_last_chunk::<TAG_LEN>()
        .ok_or(OpenError::Damaged)?;
    let mut plain = Wiped::new(text.to_vec());
    // REVEALED: whether the tag fits, which is the answer.
    cipher
        .decrypt_inout_detached(
            &Nonce::<Aes256Gcm>::from(*nonce),
            aad,
            InOutBuf::from(plain.as_mut_slice()),
            &Tag::<Aes256Gcm>::from(*tag),
        )
        .map_err(|_| OpenError::Damaged)?;
    Ok(plain)
}

fn document_cipher(key: &Key, document: &DocumentKey) -> Aes256Gcm {
    let place = place(document);
    let derived = derive(&key.data, &[b"mfakit/1/document", &place]);
    Aes256Gcm::new((&*derived).into())
}

/// Label, header, place and number, each of known length or with its length in front.
fn associated_data(label: &[u8], header: &[u8], key: &DocumentKey, number: u64) -> Vec<u8> {
    let place = place(key);
    let mut aad = Vec::with_capacity(
        label
            .len()
            .saturating_add(header.len())
            .saturating_add(place.len())
            .saturating_add(8),
    );
    aad.extend_from_slice(label);
    aad.extend_from_slice(header);
    aad.extend_from_slice(&place);
    aad.extend_from_slice(&number.to_be_bytes());
    aad
}

/// Tenant, kind and id without ambiguity: each text has its length in front.
fn place(key: &DocumentKey) -> Vec<u8> {
    let tenant = key.tenant.as_str().as_bytes();
    let mut place =
        Vec::with_capacity(tenant.len().saturating_add(key.id.len()).saturating_add(17));
    for part in [tenant, &[key.kind.number()], &key.id] {
        // The lengths are bounded far below 2^32; saturating keeps the function total.
        let len = u32::try_from(part.len()).unwrap_or(u32::MAX);
        place.extend_from_slice(&len.to_be_bytes());
        place.extend_from_slice(part);
    }
    place
}

const HEADER_LEN: usize = 5;
pub(crate) const NONCE_LEN: usize = 12;
pub(crate) const TAG_LEN: usize = 16;

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec::Vec};

    use mfakit_memcheck::hide;

    use super::{
        FORMAT, OpenError, derive, open_document, open_event, seal_document, seal_event, tag_of,
    };
    use crate::{
        DocumentKey, DocumentKind, KeyId, Revision, TenantId,
        keyring::Keyring,
        random::{Random, RandomnessError},
        testing::Dice,
    };

    fn key(tenant: &str, kind: DocumentKind, id: &[u8]) -> DocumentKey {
        DocumentKey::new(TenantId::new(tenant).unwrap(), kind, id)
    }

    fn with_random<T>(seed: u64, body: impl FnOnce(&mut Random<'_>) -> T) -> T {
        use rand_core::TryRng as _;
        let mut dice = Dice::new(seed);
        let mut fill = |dst: &mut [u8]| {
            dice.try_fill_bytes(dst)
                .map_err(|never| -> RandomnessError { match never {} })
        };
        body(&mut Random::new(&mut fill))
    }

    #[test]
    fn derives_as_rfc_5869_appendix_a_1() {
        let root = [
            0x07, 0x77, 0x09, 0x36, 0x2c, 0x2e, 0x32, 0xdf, 0x0d, 0xdc, 0x3f, 0x0d, 0xc4, 0x7b,
            0xba, 0x63, 0x90, 0xb6, 0xc7, 0x3b, 0xb5, 0x0f, 0x9c, 0x31, 0x22, 0xec, 0x84, 0x4a,
            0xd7, 0xc2, 0xb3, 0xe5,
        ];
        let derived: [u8; 42] = [
            0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f, 0x64, 0xd0, 0x36,
            0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56,
            0xec, 0xc4, 0xc5, 0xbf, 0x34, 0x00, 0x72, 0x08, 0xd5, 0xb8, 0x87, 0x18, 0x58, 0x65,
        ];
        let info: [&[u8]; 2] = [
            &[0xf0, 0xf1, 0xf2],
            &[0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9],
        ];
        assert_eq!(*derive::<42>(&root, &info), derived);
    }

    #[test]
    fn a_key_of_the_same_number_opens_nothing_with_other_roots() {
        let (ring, other) = (
            Keyring::generate(&mut Dice::new(1)).unwrap(),
            Keyring::generate(&mut Dice::new(2)).unwrap(),
        );
        let (number, others) = (ring.active().to_string(), other.active().to_string());
        let mistaken = Keyring::parse(&other.danger_export().replace(&others, &number)).unwrap();
        assert_eq!(mistaken.active(), ring.active());
        let (home, revision) = (key("acme", DocumentKind::Account, b"1"), Revision::new(1));
        let sealed = with_random(3, |random| {
            seal_document(ring.sealing().unwrap(), &home, revision, b"plain", random).unwrap()
        });
        let opened = open_document(&mistaken, &home, revision, &sealed);
        assert_eq!(opened.unwrap_err(), OpenError::Damaged);
    }

    #[test]
    fn a29_document_opens_only_in_its_place() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let home = key("acme", DocumentKind::Account, b"1");
        let revision = Revision::new(7);
        let sealed = with_random(2, |random| {
            seal_document(ring.sealing().unwrap(), &home, revision, b"plain", random).unwrap()
        });
        let (id, plain) = open_document(&ring, &home, revision, &sealed).unwrap();
        assert_eq!((id, plain.as_slice()), (ring.active(), b"plain".as_slice()));
        let elsewhere = [
            (key("acme", DocumentKind::Account, b"01"), 7),
            (key("acme", DocumentKind::Gate, b"1"), 7),
            (key("acm", DocumentKind::Account, b"1"), 7),
            (home.clone(), 6),
            (home.clone(), 8),
        ];
        for (place, revision) in elsewhere {
            let opened = open_document(&ring, &place, Revision::new(revision), &sealed);
            assert_eq!(opened.unwrap_err(), OpenError::Damaged);
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many openings for an interpreter")]
    fn a29_every_changed_bit_and_every_cut_is_refused() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let home = key("acme", DocumentKind::Account, b"1");
        let sealed = with_random(2, |random| {
            seal_document(
                ring.sealing().unwrap(),
                &home,
                Revision::new(1),
                b"plain",
                random,
            )
            .unwrap()
        });
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert!(open_document(&ring, &home, Revision::new(1), &changed).is_err());
            }
            assert!(open_document(&ring, &home, Revision::new(1), &sealed[..at]).is_err());
        }
    }

    #[test]
    fn constant_time_documents() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let (home, revision) = (key("acme", DocumentKind::Account, b"1"), Revision::new(7));
        let mut sealed = with_random(2, |random| {
            seal_document(ring.sealing().unwrap(), &home, revision, b"plain", random).unwrap()
        });
        let root = &ring.sealing().unwrap().data;
        hide(root.as_slice());
        let (_, plain) = open_document(&ring, &home, revision, &sealed).unwrap();
        // REVEALED: what was sealed, by the test.
        assert_eq!(plain.as_slice(), b"plain");
        for at in [20, sealed.len() - 1] {
            sealed[at] ^= 1;
            let opened = open_document(&ring, &home, revision, &sealed);
            assert_eq!(opened.unwrap_err(), OpenError::Damaged);
            sealed[at] ^= 1;
        }
    }

    #[test]
    fn unknown_key_and_newer_format_are_told_apart() {
        let ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let home = key("acme", DocumentKind::Policy, b"");
        let mut sealed: Vec<u8> = with_random(2, |random| {
            seal_document(
                ring.sealing().unwrap(),
                &home,
                Revision::new(1),
                b"",
                random,
            )
            .unwrap()
        });
        sealed[1..5].copy_from_slice(&[0, 0, 0, 9]);
        let opened = open_document(&ring, &home, Revision::new(1), &sealed);
        assert_eq!(opened.unwrap_err(), OpenError::UnknownKey(KeyId::new(9)));
        sealed[0] = FORMAT + 1;
        let opened = open_document(&ring, &home, Revision::new(1), &sealed);
        assert_eq!(opened.unwrap_err(), OpenError::NewerFormat);
    }

    #[test]
    fn event_opens_only_at_its_place_in_the_chain() {
        let home = key("acme", DocumentKind::Account, b"1");
        let sealed = with_random(2, |random| {
            seal_event(&[5; 32], &home, 3, b"event", random).unwrap()
        });
        assert_eq!(
            open_event(&[5; 32], &home, 3, &sealed).unwrap().as_slice(),
            b"event"
        );
        assert_eq!(&tag_of(&sealed), sealed.last_chunk().unwrap());
        assert!(open_event(&[5; 32], &home, 4, &sealed).is_err());
        assert!(open_event(&[6; 32], &home, 3, &sealed).is_err());
        let other = key("acme", DocumentKind::Account, b"2");
        assert!(open_event(&[5; 32], &other, 3, &sealed).is_err());
    }
}

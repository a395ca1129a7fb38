//! Known answers of the cryptography underneath, read from `/vectors`; their origins are in `docs/test-vectors.md`.
//!
//! The crates are called as the core calls them. Where a text has the eight bytes of a counter, the core's own HMAC
//! computes it too, by way of a code.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, Nonce, Tag},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use mfakit_core::{Algorithm, Counter, Digits, Hotp, Secret};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

macro_rules! vectors {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../vectors/",
            $name,
            ".json"
        )))
        .unwrap()
    };
}

#[test]
fn rfc_2202_section_3() {
    let file = vectors!("rfc2202-section-3");
    assert_eq!(rows(&file).len(), 7);
    for row in rows(&file) {
        assert_mac("SHA1", row, true);
    }
    assert_eq!(counter_sized(&file, |_| "SHA1"), 1);
}

#[test]
fn rfc_4231_section_4() {
    let file = vectors!("rfc4231-section-4");
    assert_eq!(rows(&file).len(), 14);
    for row in rows(&file) {
        assert_mac(text(&row["algorithm"]), row, true);
    }
    assert_eq!(counter_sized(&file, |row| text(&row["algorithm"])), 2);
}

#[test]
fn wycheproof_hmac() {
    let file = vectors!("wycheproof-hmac");
    assert_eq!(rows(&file).len(), 518);
    for row in rows(&file) {
        assert_mac(
            text(&row["algorithm"]),
            row,
            row["valid"].as_bool().unwrap(),
        );
    }
    assert_eq!(counter_sized(&file, |row| text(&row["algorithm"])), 3);
}

#[test]
fn wycheproof_aes_256_gcm() {
    let file = vectors!("wycheproof-aes-256-gcm");
    assert_eq!(rows(&file).len(), 66);
    let mut refused = 0;
    for row in rows(&file) {
        let cipher = Aes256Gcm::new_from_slice(&bytes(&row["key_hex"])).unwrap();
        let nonce = Nonce::<Aes256Gcm>::try_from(&*bytes(&row["nonce_hex"])).unwrap();
        let tag = Tag::<Aes256Gcm>::try_from(&*bytes(&row["tag_hex"])).unwrap();
        let associated = bytes(&row["associated_hex"]);

        let mut text = bytes(&row["cipher_hex"]);
        let opened =
            cipher.decrypt_inout_detached(&nonce, &associated, text.as_mut_slice().into(), &tag);
        if row["valid"] == false {
            assert!(opened.is_err(), "{row}");
            refused += 1;
            continue;
        }
        assert!(opened.is_ok(), "{row}");
        assert_eq!(text, bytes(&row["plain_hex"]), "{row}");
        let made = cipher
            .encrypt_inout_detached(&nonce, &associated, text.as_mut_slice().into())
            .unwrap();
        assert_eq!((text, made), (bytes(&row["cipher_hex"]), tag), "{row}");
    }
    assert!(refused > 20);
}

#[test]
fn rfc_5869_appendix_a() {
    let file = vectors!("rfc5869-appendix-a");
    assert_eq!(rows(&file).len(), 3);
    for row in rows(&file) {
        let (extracted, hkdf) =
            Hkdf::<Sha256>::extract(Some(&bytes(&row["salt_hex"])), &bytes(&row["secret_hex"]));
        assert_eq!(extracted.to_vec(), bytes(&row["extracted_hex"]));
        let expected = bytes(&row["expanded_hex"]);
        let info = bytes(&row["info_hex"]);
        let mut expanded = vec![0; expected.len()];
        hkdf.expand(&info, &mut expanded).unwrap();
        assert_eq!(expanded, expected);
        // From a key that was extracted before, and with the info in parts: as documents and tokens are sealed.
        expanded.fill(0);
        let (start, end) = info.split_at(info.len() / 2);
        Hkdf::<Sha256>::from_prk(&extracted)
            .unwrap()
            .expand_multi_info(&[start, end], &mut expanded)
            .unwrap();
        assert_eq!(expanded, expected);
    }
}

#[test]
fn rfc_7914_section_11() {
    let file = vectors!("rfc7914-section-11");
    assert_eq!(rows(&file).len(), 2);
    for row in rows(&file) {
        let expected = bytes(&row["derived_hex"]);
        let mut derived = vec![0; expected.len()];
        pbkdf2::pbkdf2::<Hmac<Sha256>>(
            text(&row["password_ascii"]).as_bytes(),
            text(&row["salt_ascii"]).as_bytes(),
            row["rounds"].as_u64().unwrap().try_into().unwrap(),
            &mut derived,
        )
        .unwrap();
        assert_eq!(derived, expected);
    }
}

fn rows(file: &Value) -> &Vec<Value> {
    file["vectors"].as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    let (pairs, rest) = text(value).as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    pairs
        .iter()
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The MAC of the row is that of its text, or is not if it is invalid.
fn assert_mac(algorithm: &str, row: &Value, valid: bool) {
    let expected = bytes(&row["mac_hex"]);
    let (key, text) = (bytes(&row["key_hex"]), bytes(&row["text_hex"]));
    let is_right = match algorithm {
        "SHA1" => verify::<Hmac<Sha1>>(&key, &text, &expected),
        "SHA256" => verify::<Hmac<Sha256>>(&key, &text, &expected),
        "SHA512" => verify::<Hmac<Sha512>>(&key, &text, &expected),
        _ => false,
    };
    assert_eq!(is_right, valid, "{algorithm} {row}");
}

fn verify<M: Mac + KeyInit>(key: &[u8], text: &[u8], expected: &[u8]) -> bool {
    let mut mac = <M as KeyInit>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.verify_truncated_left(expected).is_ok()
}

/// Checks the core's own HMAC on each row with a text of eight bytes, a key that is taken as a secret and a whole MAC:
/// the code of that counter is what RFC 4226 §5.3 makes of the MAC. Returns how many there were.
fn counter_sized<'a>(file: &'a Value, algorithm: impl Fn(&'a Value) -> &'a str) -> usize {
    let mut checked = 0;
    for row in rows(file) {
        let name = algorithm(row);
        let algorithm = Algorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.key_uri_name() == name)
            .unwrap();
        let (Ok(counter), Ok(secret), mac) = (
            <[u8; 8]>::try_from(bytes(&row["text_hex"])),
            Secret::import(&bytes(&row["key_hex"])),
            bytes(&row["mac_hex"]),
        ) else {
            continue;
        };
        if row["valid"] == false || mac.len() != algorithm.output_len() {
            continue;
        }
        let offset = usize::from(mac.last().unwrap() & 0xf);
        let number = u32::from_be_bytes(*mac[offset..].first_chunk().unwrap()) & 0x7fff_ffff;
        let code = Hotp::new(secret, algorithm, Digits::EIGHT)
            .generate(Counter::new(u64::from_be_bytes(counter)));
        assert_eq!(
            *code.expose(),
            format!("{:08}", number % 100_000_000),
            "{row}"
        );
        checked += 1;
    }
    checked
}

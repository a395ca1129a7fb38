//! Base32 as people have it: the bytes are those of an independent reading, and a secret is written and read back.
#![no_main]
#![expect(clippy::expect_used, reason = "a finding is a panic")]

use libfuzzer_sys::fuzz_target;
use mfakit_core::{Base32Decoded, Base32Note, Secret};

fuzz_target!(|text: &str| {
    let Ok(decoded) = Base32Decoded::read(text) else {
        return;
    };
    let (bytes, leftover) = by_the_bit(text);
    assert_eq!(decoded.expose_secret(), bytes);
    assert_eq!(
        decoded.notes().contains(Base32Note::LeftoverBits),
        leftover != 0
    );
    if let Ok(secret) = Secret::import(&bytes) {
        let (again, notes) =
            Secret::from_base32_noting(&secret.to_base32()).expect("what is written is read");
        assert_eq!(again.expose_secret(), bytes);
        assert!(notes.is_empty());
    }
});

/// The bytes of a text that is known to be readable, and the bits that are left over.
fn by_the_bit(text: &str) -> (Vec<u8>, u32) {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for c in text.chars().filter(char::is_ascii_alphanumeric) {
        let value = c.to_digit(36).expect("a letter or a digit");
        // A to Z are 10 to 35 of base 36, and 0 to 25 of Base32.
        bits = bits << 5 | if value >= 10 { value - 10 } else { value + 24 };
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.extend(u8::try_from(bits >> count));
            bits &= (1 << count) - 1;
        }
    }
    (bytes, bits)
}

//! An authenticator app: RFC 6238 with SHA-1, six digits, thirty seconds, written apart from the engine.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

pub(crate) const PERIOD: i64 = 30;

/// The app on a person's phone.
#[derive(Clone)]
pub(crate) struct Authenticator {
    secret: Vec<u8>,
}

impl Authenticator {
    /// Takes the key as the setup page shows it.
    pub(crate) fn typed(key: &str) -> Self {
        let key = key.replace(' ', "");
        let secret = base32::decode(base32::Alphabet::Rfc4648 { padding: false }, &key).unwrap();
        assert_eq!(secret.len(), 20);
        Self { secret }
    }

    /// The code shown at this time.
    pub(crate) fn code_at(&self, seconds: i64) -> String {
        self.code(seconds / PERIOD)
    }

    /// The code of a time step.
    pub(crate) fn code(&self, step: i64) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.secret).unwrap();
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        let word: [u8; 4] = hash[at..at + 4].try_into().unwrap();
        let number = u32::from_be_bytes(word) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }

    /// Six digits that are right at no time within five minutes.
    pub(crate) fn wrong_code_at(&self, seconds: i64) -> String {
        let step = seconds / PERIOD;
        let near: Vec<_> = (step - 10..=step + 10)
            .map(|step| self.code(step))
            .collect();
        (0..)
            .map(|number: u32| format!("{number:06}"))
            .find(|code| !near.contains(code))
            .unwrap()
    }
}

#[test]
fn a_known_answer_of_rfc_6238() {
    // The seed "12345678901234567890" at 59 seconds; the RFC prints eight digits, 94287082.
    let app = Authenticator::typed("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    assert_eq!(app.code_at(59), "287082");
}

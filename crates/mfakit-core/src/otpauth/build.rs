//! Writing an `otpauth://` URI.

use alloc::string::String;
use core::fmt::{Display, Write as _};

use zeroize::Zeroizing;

use super::{DEFAULT_DIGITS, DEFAULT_PERIOD, KeyUriAlgorithm, MovingFactor, OtpAuthUri, percent};
use crate::base32;

/// More than the text of a URI that is always the same, with the longest numbers.
const FIXED_LEN: usize = 112;

impl OtpAuthUri {
    /// The URI.
    ///
    /// # Security
    /// It contains the shared secret: no log, no error message and no address bar may see it.
    #[must_use]
    pub fn to_uri(&self) -> Zeroizing<String> {
        let mut uri = Zeroizing::new(String::with_capacity(self.room()));
        uri.push_str(match self.moving_factor {
            MovingFactor::Time { .. } => "otpauth://totp/",
            MovingFactor::Counter { .. } => "otpauth://hotp/",
        });
        match &self.issuer {
            Some(issuer) => {
                percent::encode(&mut uri, issuer);
                uri.push(':');
            }
            // A colon in the name is not to be read as the end of an issuer.
            None if self.account.contains(':') => uri.push(':'),
            None => {}
        }
        percent::encode(&mut uri, &self.account);
        uri.push_str("?secret=");
        uri.push_str(&base32::encode(&self.secret));
        if let Some(issuer) = &self.issuer {
            push(&mut uri, "issuer", issuer);
        }
        if self.defaults_written || self.algorithm != KeyUriAlgorithm::Sha1 {
            push(&mut uri, "algorithm", self.algorithm.name());
        }
        if self.defaults_written || self.digits != DEFAULT_DIGITS {
            push_number(&mut uri, "digits", self.digits);
        }
        match self.moving_factor {
            MovingFactor::Time { period } if self.defaults_written || period != DEFAULT_PERIOD => {
                push_number(&mut uri, "period", period);
            }
            MovingFactor::Time { .. } => {}
            // The key URI format requires it, 0 or not.
            MovingFactor::Counter { counter } => push_number(&mut uri, "counter", counter),
        }
        for (name, value) in self.kept_aside() {
            push(&mut uri, name, value);
        }
        uri
    }

    /// Room for the whole URI, so that it never moves and leaves a copy behind.
    pub(super) fn room(&self) -> usize {
        let issuer = self.issuer().map_or(0, str::len).saturating_mul(2);
        let kept_aside = self
            .kept_aside()
            .map(|(name, value)| name.len().saturating_add(value.len()).saturating_add(1))
            .fold(0, usize::saturating_add);
        issuer
            .saturating_add(self.account.len())
            .saturating_add(kept_aside)
            .saturating_mul("%20".len())
            .saturating_add(base32::encoded_len(self.secret.len()))
            .saturating_add(FIXED_LEN)
    }
}

fn push(uri: &mut String, name: &str, value: &str) {
    uri.push('&');
    percent::encode(uri, name);
    uri.push('=');
    percent::encode(uri, value);
}

fn push_number(uri: &mut String, name: &str, number: impl Display) {
    // Writing to a `String` does not fail.
    let _ = write!(uri, "&{name}={number}");
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use crate::{
        AccountName, Algorithm, Counter, Digits, Hotp, Issuer, OtpAuthUri, Period, Secret, Totp,
    };

    fn uri(issuer: &str, account: &str, totp: &Totp) -> OtpAuthUri {
        OtpAuthUri::totp(
            &Issuer::new(issuer).unwrap(),
            &AccountName::new(account).unwrap(),
            totp,
        )
    }

    fn totp(algorithm: Algorithm, digits: Digits, period: u16) -> Totp {
        let secret = Secret::import(b"12345678901234567890").unwrap();
        Totp::new(secret, algorithm, digits, Period::new(period).unwrap())
    }

    #[test]
    fn issuer_is_prefix_and_parameter_and_defaults_are_left_out() {
        let plain = totp(Algorithm::Sha1, Digits::SIX, 30);
        assert_eq!(
            uri("Acme & Söhne", "anna+b@example.com", &plain)
                .to_uri()
                .as_str(),
            "otpauth://totp/Acme%20%26%20S%C3%B6hne:anna%2Bb%40example.com\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%26%20S%C3%B6hne"
        );
    }

    #[test]
    fn parameters_are_written_where_they_differ_or_on_request() {
        let other = totp(Algorithm::Sha256, Digits::EIGHT, 60);
        assert_eq!(
            uri("A", "b", &other).to_uri().as_str(),
            "otpauth://totp/A:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A\
             &algorithm=SHA256&digits=8&period=60"
        );
        let plain = totp(Algorithm::Sha1, Digits::SIX, 30);
        assert_eq!(
            uri("A", "b", &plain)
                .with_defaults_written()
                .to_uri()
                .as_str(),
            "otpauth://totp/A:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_counter_is_always_written() {
        let secret = Secret::import(b"12345678901234567890").unwrap();
        let uri = OtpAuthUri::hotp(
            &Issuer::new("A").unwrap(),
            &AccountName::new("b").unwrap(),
            &Hotp::new(secret, Algorithm::Sha1, Digits::SIX),
            Counter::ZERO,
        );
        assert_eq!(
            uri.to_uri().as_str(),
            "otpauth://hotp/A:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A&counter=0"
        );
    }

    #[test]
    fn without_an_issuer_a_colon_begins_only_a_name_that_holds_one() {
        for (given, written) in [
            ("otpauth://totp/:anna", "otpauth://totp/anna"),
            ("otpauth://totp/:anna:b", "otpauth://totp/:anna%3Ab"),
        ] {
            let uri = OtpAuthUri::parse(&format!("{given}?secret=ME")).unwrap();
            assert_eq!(uri.issuer(), None);
            assert_eq!(uri.to_uri().as_str(), format!("{written}?secret=ME"));
        }
    }

    #[test]
    fn the_text_never_moves_while_it_is_written() {
        let longest = Totp::new(
            Secret::import(&[0xff; 128]).unwrap(),
            Algorithm::Sha512,
            Digits::EIGHT,
            Period::new(120).unwrap(),
        );
        let uri = uri(&"ü".repeat(32), &"ü".repeat(127), &longest).with_defaults_written();
        assert_eq!(uri.to_uri().capacity(), uri.room());
        let mut other: String = "otpauth://hotp/?secret=ME&counter=18446744073709551615".into();
        other.push_str("&algorithm=SHA224&digits=10&issuer=%01&%02=%03&%04&");
        let other = OtpAuthUri::parse(&other).unwrap().with_defaults_written();
        assert_eq!(other.to_uri().capacity(), other.room());
    }

    #[test]
    fn a28_debug_shows_no_secret() {
        let shown = format!(
            "{:?}",
            uri("Acme", "anna", &totp(Algorithm::Sha1, Digits::SIX, 30))
        );
        assert!(shown.contains("anna"));
        assert!(!shown.contains("GEZD"), "{shown}");
        assert!(!shown.contains("1234"), "{shown}");
    }
}

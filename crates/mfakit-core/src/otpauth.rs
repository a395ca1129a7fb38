//! `otpauth://` URIs (the key URI format of Google Authenticator): how a secret gets into an app.
//!
//! What is built:
//!
//! ```abnf
//! uri        = "otpauth://totp/" label "?secret=" 1*base32 "&issuer=" text *parameter
//! label      = text ":" text                       ; issuer and account name, both as in crate `text` types: no colon
//! parameter  = "&algorithm=" ("SHA1" / "SHA256" / "SHA512") / "&digits=" ("6" / "7" / "8") / "&period=" 1*DIGIT
//! text       = 1*(unreserved / "%" 2HEXDIG)        ; RFC 3986 §2.3; a space is %20, since some apps show a "+" as it is
//! base32     = %x41-5A / %x32-37                   ; RFC 4648 §6 without padding
//! ```
//!
//! The issuer stands both before the label's colon and as a parameter, with the same text: old apps read the one,
//! new apps the other. Parameters that have their default are left out unless asked for: the QR code is smaller
//! and scans from farther away, and every app assumes the same defaults.

use alloc::string::String;
use core::fmt::{self, Write as _};

use zeroize::Zeroizing;

use crate::{AccountName, Issuer, Secret, Totp, TotpParameters, base32};

/// What an authenticator app needs to know to show codes.
///
/// # Security
/// It holds the shared secret and shows it only in [`to_uri`](Self::to_uri). Make the QR code where the URI is made,
/// never with somebody else's service.
pub struct OtpAuthUri {
    issuer: Issuer,
    account: AccountName,
    secret: Secret,
    parameters: TotpParameters,
    defaults_written: bool,
}

impl OtpAuthUri {
    /// The URI that sets up `totp` in an app, under the names that the app will show.
    #[must_use]
    pub fn totp(issuer: &Issuer, account: &AccountName, totp: &Totp) -> Self {
        Self {
            issuer: issuer.clone(),
            account: account.clone(),
            secret: totp.secret().duplicate(),
            parameters: totp.parameters(),
            defaults_written: false,
        }
    }

    /// Writes algorithm, digits and period even where they have their default, for an app that needs to see them.
    #[must_use]
    pub fn with_defaults_written(mut self) -> Self {
        self.defaults_written = true;
        self
    }

    /// The URI.
    ///
    /// # Security
    /// It contains the shared secret: no log, no error message and no address bar may see it.
    #[must_use]
    pub fn to_uri(&self) -> Zeroizing<String> {
        let (issuer, account) = (self.issuer.as_str(), self.account.as_str());
        let mut uri = Zeroizing::new(String::with_capacity(self.room()));

        uri.push_str("otpauth://totp/");
        push_encoded(&mut uri, issuer);
        uri.push(':');
        push_encoded(&mut uri, account);
        uri.push_str("?secret=");
        uri.push_str(&self.secret.to_base32());
        uri.push_str("&issuer=");
        push_encoded(&mut uri, issuer);

        let TotpParameters {
            algorithm,
            digits,
            period,
        } = self.parameters;
        let default = TotpParameters::default();
        if self.defaults_written || algorithm != default.algorithm {
            uri.push_str("&algorithm=");
            uri.push_str(algorithm.key_uri_name());
        }
        if self.defaults_written || digits != default.digits {
            push_number(&mut uri, "&digits=", digits.get().into());
        }
        if self.defaults_written || period != default.period {
            push_number(&mut uri, "&period=", period.seconds());
        }
        uri
    }

    /// Room for the whole URI, so that it never moves and leaves a copy behind.
    fn room(&self) -> usize {
        let texts = self
            .issuer
            .as_str()
            .len()
            .saturating_mul(2)
            .saturating_add(self.account.as_str().len());
        texts
            .saturating_mul("%20".len())
            .saturating_add(base32::encoded_len(self.secret.expose_secret().len()))
            .saturating_add(FIXED_LEN)
    }
}

impl fmt::Debug for OtpAuthUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtpAuthUri")
            .field("issuer", &self.issuer)
            .field("account", &self.account)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

/// `text`, with everything but the unreserved characters of RFC 3986 §2.3 percent-encoded (§2.1).
fn push_encoded(uri: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            uri.push(char::from(byte));
        } else {
            uri.push('%');
            for digit in [byte >> 4, byte & 0xf] {
                uri.extend(char::from_digit(digit.into(), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
    }
}

fn push_number(uri: &mut String, name: &str, number: u16) {
    uri.push_str(name);
    // Writing to a `String` does not fail.
    let _ = write!(uri, "{number}");
}

/// More than the longest text of a URI that is always the same, with its numbers.
const FIXED_LEN: usize = 96;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::OtpAuthUri;
    use crate::{AccountName, Algorithm, Digits, Issuer, Period, Secret, Totp};

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
    fn the_text_never_moves_while_it_is_written() {
        let longest = Totp::new(
            Secret::import(&[0xff; 128]).unwrap(),
            Algorithm::Sha512,
            Digits::EIGHT,
            Period::new(120).unwrap(),
        );
        let uri = uri(&"ü".repeat(32), &"ü".repeat(127), &longest).with_defaults_written();
        assert_eq!(uri.to_uri().capacity(), uri.room());
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

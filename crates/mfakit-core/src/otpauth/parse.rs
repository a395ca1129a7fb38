//! Reading an `otpauth://` URI, from whatever site or app it comes.
//!
//! ```abnf
//! text       = *WSP uri *WSP                       ; white space of any kind, at most 4,096 bytes in all
//! uri        = "otpauth://" type ["/" label] ["?" parameter *("&" parameter)]
//! type       = "totp" / "hotp"                     ; in any case, as the scheme and the parameters' names
//! label      = *(%x01-3E / %x40-10FFFF)            ; up to the first "?"; a raw "#" and "/" belong to it
//! parameter  = [name ["=" value]]
//! name       = *(%x01-25 / %x27-3C / %x3E-10FFFF)  ; no "&", no "="
//! value      = *(%x01-25 / %x27-10FFFF)            ; no "&"
//! ```
//!
//! Where projects differ, this is what is done:
//!
//! - The label is percent-decoded once, then split at its first colon, whether that was literal or `%3A`. If the label
//!   begins with the issuer parameter and a colon, what follows is the account name, so that an issuer may hold
//!   colons. Spaces before the account name are dropped, as the key URI format allows them there.
//! - `+` is a plus in the label and a space in parameters, as browsers write forms.
//! - The issuer parameter wins over the label's: apps that know both show the parameter.
//! - An algorithm is read as what it says, in any spelling; an unknown one is refused and never taken for SHA-1,
//!   since the app would show codes that no verifier accepts.
//! - A number is ASCII digits and nothing else: no sign, no fraction, no exponent.
//! - A parameter that occurs twice with different values is refused: readers take the first or the last of them,
//!   and a URI must not mean two things.
//! - Parameters that are not of the format are kept aside and written again: `image`, `lock`, `encoder` and others.

use alloc::{string::String, vec::Vec};
use core::str::FromStr;

use zeroize::Zeroizing;

use super::{
    DEFAULT_DIGITS, DEFAULT_PERIOD, KeyUriAlgorithm, MAX_URI_LEN, MovingFactor, OtpAuthNote,
    OtpAuthUri, ParseUriError,
    percent::{self, Plus},
};
use crate::Base32Decoded;

impl OtpAuthUri {
    /// Reads a URI as sites and apps write it; what had to be tolerated is in [`notes`](Self::notes).
    ///
    /// # Errors
    /// [`ParseUriError`], naming what is at fault and repeating nothing.
    pub fn parse(text: &str) -> Result<Self, ParseUriError> {
        if text.len() > MAX_URI_LEN {
            return Err(ParseUriError::TooLong);
        }
        let mut notes = Notes::default();
        let uri = text.trim();
        notes.add_if(uri.len() < text.len(), OtpAuthNote::SurroundingWhiteSpace);
        notes.add_if(uri.chars().any(is_raw), OtpAuthNote::RawCharacter);

        let (kind, label, query) = split(uri, &mut notes)?;
        let mut parameters = Parameters::read(query, &mut notes)?;

        let secret = parameters
            .take("secret")
            .ok_or(ParseUriError::MissingSecret)?;
        let secret = Base32Decoded::read(&secret).map_err(ParseUriError::Secret)?;
        if secret.expose_secret().is_empty() {
            return Err(ParseUriError::MissingSecret);
        }
        for note in secret.notes().iter() {
            notes.add(OtpAuthNote::Secret(note));
        }

        let issuer = parameters.take("issuer");
        let (issuer, account) = names(&percent::decode(label, Plus::Plus)?, issuer, &mut notes);

        let algorithm = match parameters.take("algorithm") {
            Some(name) => algorithm(&name, &mut notes)?,
            None => KeyUriAlgorithm::Sha1,
        };
        let digits = match parameters.take("digits") {
            Some(text) => number(&text, &mut notes)
                .filter(|digits| (1..=10).contains(digits))
                .ok_or(ParseUriError::Digits)?,
            None => DEFAULT_DIGITS,
        };
        let moving_factor = match kind {
            Kind::Totp => MovingFactor::Time {
                period: match parameters.take("period") {
                    Some(text) => number(&text, &mut notes)
                        .filter(|&period| period > 0)
                        .ok_or(ParseUriError::Period)?,
                    None => DEFAULT_PERIOD,
                },
            },
            Kind::Hotp => MovingFactor::Counter {
                counter: match parameters.take("counter") {
                    Some(text) => number(&text, &mut notes).ok_or(ParseUriError::Counter)?,
                    None => {
                        notes.add(OtpAuthNote::MissingCounter);
                        0
                    }
                },
            },
        };
        Ok(Self {
            issuer,
            account,
            secret: Zeroizing::new(secret.expose_secret().into()),
            algorithm,
            digits,
            moving_factor,
            kept_aside: parameters.rest(&mut notes),
            notes: notes.0,
            defaults_written: false,
        })
    }
}

#[cfg(feature = "migration")]
impl OtpAuthUri {
    /// An account that an app exported: its name is the label, and is read as one.
    pub(crate) fn exported(
        name: &str,
        issuer: &str,
        secret: Zeroizing<Vec<u8>>,
        algorithm: KeyUriAlgorithm,
        digits: u8,
        moving_factor: MovingFactor,
    ) -> Self {
        let mut notes = Notes::default();
        let (issuer, account) = exported_names(name, issuer, &mut notes);
        Self {
            issuer,
            account,
            secret,
            algorithm,
            digits,
            moving_factor,
            kept_aside: Vec::new(),
            notes: notes.0,
            defaults_written: false,
        }
    }

    /// Issuer and account name of an account that an app exported.
    pub(crate) fn exported_names(name: &str, issuer: &str) -> (Option<String>, String) {
        exported_names(name, issuer, &mut Notes::default())
    }
}

#[cfg(feature = "migration")]
fn exported_names(name: &str, issuer: &str, notes: &mut Notes) -> (Option<String>, String) {
    // An empty issuer is how the format says that there is none.
    let issuer = Some(issuer).filter(|issuer| !issuer.is_empty());
    names(
        name,
        issuer.map(|issuer| Zeroizing::new(issuer.into())),
        notes,
    )
}

#[derive(Clone, Copy)]
enum Kind {
    Totp,
    Hotp,
}

/// What was tolerated so far, each thing once.
#[derive(Default)]
struct Notes(Vec<OtpAuthNote>);

impl Notes {
    fn add(&mut self, note: OtpAuthNote) {
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    fn add_if(&mut self, condition: bool, note: OtpAuthNote) {
        if condition {
            self.add(note);
        }
    }
}

/// Whether RFC 3986 §2 has no place for the character.
fn is_raw(c: char) -> bool {
    let of_a_uri = c.is_ascii_graphic()
        && !matches!(
            c,
            '"' | '#' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}'
        );
    !of_a_uri
}

/// Type, label and parameters, still encoded.
fn split<'a>(uri: &'a str, notes: &mut Notes) -> Result<(Kind, &'a str, &'a str), ParseUriError> {
    let (scheme, rest) = uri.split_once("://").ok_or(ParseUriError::Scheme)?;
    if !scheme.eq_ignore_ascii_case("otpauth") {
        return Err(ParseUriError::Scheme);
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    let is_lower_case = |text: &str| !text.contains(|c: char| c.is_ascii_uppercase());
    notes.add_if(
        !(is_lower_case(scheme) && is_lower_case(kind)),
        OtpAuthNote::LetterCase,
    );
    let kind = if kind.eq_ignore_ascii_case("totp") {
        Kind::Totp
    } else if kind.eq_ignore_ascii_case("hotp") {
        Kind::Hotp
    } else {
        return Err(ParseUriError::Type);
    };
    Ok((kind, label, query))
}

const KNOWN: [&str; 6] = [
    "secret",
    "issuer",
    "algorithm",
    "digits",
    "period",
    "counter",
];

/// Names and values, decoded, in the order in which they stand.
struct Parameters(Vec<(Zeroizing<String>, Zeroizing<String>)>);

impl Parameters {
    fn read(query: &str, notes: &mut Notes) -> Result<Self, ParseUriError> {
        let mut parameters = Self(Vec::new());
        if query.is_empty() {
            return Ok(parameters);
        }
        for parameter in query.split('&') {
            if parameter.is_empty() {
                notes.add(OtpAuthNote::EmptyParameter);
                continue;
            }
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            notes.add_if(parameter.contains('+'), OtpAuthNote::PlusAsSpace);
            let name = percent::decode(name, Plus::Space)?;
            let value = percent::decode(value, Plus::Space)?;
            let known = KNOWN.iter().find(|known| name.eq_ignore_ascii_case(known));
            notes.add_if(
                known.is_some_and(|known| *known != name.as_str()),
                OtpAuthNote::LetterCase,
            );
            match parameters.find(&name) {
                Some((_, first)) if *first == value => notes.add(OtpAuthNote::RepeatedParameter),
                Some(_) => return Err(ParseUriError::RepeatedParameter),
                None => parameters.0.push((name, value)),
            }
        }
        Ok(parameters)
    }

    fn find(&self, name: &str) -> Option<&(Zeroizing<String>, Zeroizing<String>)> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// The value of a parameter of the format, which is then no longer among the rest.
    fn take(&mut self, name: &str) -> Option<Zeroizing<String>> {
        let place = self
            .0
            .iter()
            .position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(self.0.remove(place).1)
    }

    fn rest(self, notes: &mut Notes) -> Vec<(String, String)> {
        let rest = self.0.into_iter();
        rest.map(|(name, value)| {
            let of_the_format = ["period", "counter"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known));
            notes.add(if of_the_format {
                OtpAuthNote::UnusedParameter
            } else {
                OtpAuthNote::UnknownParameter
            });
            (name.as_str().into(), value.as_str().into())
        })
        .collect()
    }
}

/// Issuer and account name, from the decoded label and the issuer parameter.
fn names(
    label: &str,
    parameter: Option<Zeroizing<String>>,
    notes: &mut Notes,
) -> (Option<String>, String) {
    notes.add_if(label.is_empty(), OtpAuthNote::MissingLabel);
    let parameter = parameter.as_deref().map(String::as_str);
    notes.add_if(parameter == Some(""), OtpAuthNote::EmptyIssuer);
    let parameter = parameter.filter(|issuer| !issuer.is_empty());

    let after_parameter = parameter
        .and_then(|issuer| label.strip_prefix(issuer))
        .and_then(|rest| rest.strip_prefix(':'));
    let (prefix, account) = match (parameter, after_parameter, label.split_once(':')) {
        (Some(issuer), Some(account), _) => (issuer, account),
        (_, _, Some((prefix, account))) => (prefix, account),
        (_, _, None) => ("", label),
    };
    notes.add_if(
        !prefix.is_empty() && parameter.is_some_and(|issuer| issuer != prefix),
        OtpAuthNote::IssuerMismatch,
    );
    let issuer = parameter
        .or(Some(prefix))
        .filter(|issuer| !issuer.is_empty());
    (
        issuer.map(Into::into),
        account.trim_start_matches(' ').into(),
    )
}

/// An algorithm by its name: letters and digits count, their case does not, and `HMAC` before them says nothing new.
fn algorithm(name: &str, notes: &mut Notes) -> Result<KeyUriAlgorithm, ParseUriError> {
    let mut plain = String::new();
    for c in name.chars() {
        match c {
            '-' | '_' | ' ' => {}
            c if c.is_ascii_alphanumeric() => plain.push(c.to_ascii_uppercase()),
            _ => return Err(ParseUriError::Algorithm),
        }
    }
    let plain = plain.strip_prefix("HMAC").unwrap_or(&plain);
    let algorithm = KeyUriAlgorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name() == plain)
        .ok_or(ParseUriError::Algorithm)?;
    notes.add_if(name != algorithm.name(), OtpAuthNote::AlgorithmSpelling);
    Ok(algorithm)
}

fn number<T: FromStr>(text: &str, notes: &mut Notes) -> Option<T> {
    // `from_str` would take a sign.
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = text.parse().ok()?;
    notes.add_if(
        text.len() > 1 && text.starts_with('0'),
        OtpAuthNote::LeadingZeros,
    );
    Some(number)
}

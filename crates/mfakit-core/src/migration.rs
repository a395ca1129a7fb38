//! `otpauth-migration://` URIs: the QR codes that Google Authenticator shows when it exports its accounts.
//!
//! ```abnf
//! text   = *WSP "otpauth-migration://offline?data=" data *WSP      ; at most 4,096 bytes
//! data   = *(base64 / "%" 2HEXDIG)                                 ; RFC 4648 §4 or §5, with or without padding
//! ```
//!
//! The app writes standard Base64 percent-encoded. Tools that copy the text often leave a raw `+`, which is a `+` here and
//! not a space, or turn it into a space, which is read back as a `+`.
//!
//! Inside is a protobuf message, which Google has not published; its fields are known from the app:
//!
//! - payload: 1 accounts, 2 version (1 or 2), 3 number of QR codes, 4 which of them this is, 5 a random number that all
//!   of them share and that may be negative
//! - account: 1 secret, 2 name, 3 issuer, 4 algorithm (1 SHA-1, 2 SHA-256, 3 SHA-512, 4 MD5), 5 digits (1 six, 2 eight),
//!   6 type (1 HOTP, 2 TOTP), 7 counter; version 2 adds 8, an id, which is not read
//!
//! The format has no period: it is 30 seconds. Nothing is dropped in silence: an account that can't be read is there as a
//! [`MigrationEntryError`] with its names.

use alloc::{string::String, vec::Vec};
use core::fmt;

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost::Message as _;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    KeyUriAlgorithm, MovingFactor, OtpAuthUri, ParseUriError,
    otpauth::{DEFAULT_PERIOD, MAX_URI_LEN, percent},
};

/// One QR code of an export.
#[derive(Debug)]
pub struct MigrationExport {
    entries: Vec<Result<OtpAuthUri, MigrationEntryError>>,
    batch: Batch,
}

/// Which QR code of an export this is; a large export takes several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// A number that all QR codes of an export share.
    pub id: i32,
    /// Which of them this is, from 0.
    pub index: i32,
    /// How many there are.
    pub size: i32,
}

impl MigrationExport {
    /// Reads the text of one QR code.
    ///
    /// # Errors
    /// [`ParseMigrationError`], naming what is at fault and repeating nothing. An account that can't be read is no error
    /// of the whole: it is among the [`entries`](Self::entries).
    pub fn parse(text: &str) -> Result<Self, ParseMigrationError> {
        if text.len() > MAX_URI_LEN {
            return Err(ParseMigrationError::TooLong);
        }
        let mut payload = Payload::decode(&**bytes(data(text.trim())?)?)
            .map_err(|_| ParseMigrationError::Payload)?;
        // Version 0 is a field left out, as some tools do.
        if !(0..=2).contains(&payload.version) {
            return Err(ParseMigrationError::Version);
        }
        let accounts = core::mem::take(&mut payload.accounts);
        Ok(Self {
            entries: accounts.into_iter().map(entry).collect(),
            batch: Batch {
                id: payload.batch_id,
                index: payload.batch_index,
                size: payload.batch_size,
            },
        })
    }

    /// Every account of this QR code, in its order.
    pub fn entries(&self) -> &[Result<OtpAuthUri, MigrationEntryError>] {
        &self.entries
    }

    /// Every account, by value.
    #[must_use = "an account that can't be read is among them"]
    pub fn into_entries(self) -> Vec<Result<OtpAuthUri, MigrationEntryError>> {
        self.entries
    }

    /// Which QR code of the export this is.
    #[must_use]
    pub const fn batch(&self) -> Batch {
        self.batch
    }
}

/// Why a text is not an export; nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseMigrationError {
    /// It is longer than 4,096 bytes.
    TooLong,
    /// It does not start with `otpauth-migration://offline?`.
    Scheme,
    /// It has not exactly one parameter `data`, or its percent-encoding is broken.
    Data,
    /// The data are not Base64.
    Base64,
    /// The data are not the protobuf message that they should be.
    Payload,
    /// The version is neither 1 nor 2.
    Version,
}

impl fmt::Display for ParseMigrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a migration uri takes at most 4096 bytes",
            Self::Scheme => "a migration uri starts with `otpauth-migration://offline?`",
            Self::Data => "a migration uri has one parameter `data`",
            Self::Base64 => "the data of the migration uri must be valid base64",
            Self::Payload => "the data of the migration uri are damaged",
            Self::Version => "the version of the migration uri is not known",
        })
    }
}

impl core::error::Error for ParseMigrationError {}

/// An account of an export that can't be read, by the names that the app shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationEntryError {
    /// The site's name, if it has one.
    pub issuer: Option<String>,
    /// The person's name.
    pub account: String,
    /// What is at fault.
    pub fault: MigrationFault,
}

impl fmt::Display for MigrationEntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            MigrationFault::MissingSecret => "an exported account has no secret",
            MigrationFault::Algorithm => "the algorithm of an exported account is not known",
            MigrationFault::Digits => "the digits of an exported account are not known",
            MigrationFault::Type => "the type of an exported account is not known",
            MigrationFault::Counter => "the counter of an exported account is negative",
            MigrationFault::Nul => "a name of an exported account holds a nul character",
        })
    }
}

impl core::error::Error for MigrationEntryError {}

/// What is at fault with an account of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigrationFault {
    /// There is no secret.
    MissingSecret,
    /// The algorithm is unspecified or unknown; it is never taken for SHA-1.
    Algorithm,
    /// The number of digits is unspecified or unknown.
    Digits,
    /// It is unspecified or unknown whether codes change with time or with a counter.
    Type,
    /// The counter is negative.
    Counter,
    /// A name holds a NUL.
    Nul,
}

#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
struct Payload {
    #[prost(message, repeated, tag = "1")]
    accounts: Vec<Account>,
    #[prost(int32, tag = "2")]
    version: i32,
    #[prost(int32, tag = "3")]
    batch_size: i32,
    #[prost(int32, tag = "4")]
    batch_index: i32,
    #[prost(int32, tag = "5")]
    batch_id: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
struct Account {
    #[prost(bytes = "vec", tag = "1")]
    secret: Vec<u8>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    issuer: String,
    #[prost(int32, tag = "4")]
    algorithm: i32,
    #[prost(int32, tag = "5")]
    digits: i32,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(int64, tag = "7")]
    counter: i64,
}

impl Drop for Account {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// `prost` asks for it, since it may name a message in an error; errors of ours never hold one.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payload(..)")
    }
}

/// As for [`Payload`].
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(..)")
    }
}

/// The value of the parameter `data`, still encoded.
fn data(uri: &str) -> Result<&str, ParseMigrationError> {
    let (scheme, rest) = uri.split_once("://").ok_or(ParseMigrationError::Scheme)?;
    let (host, query) = rest.split_once('?').ok_or(ParseMigrationError::Scheme)?;
    let host = host.strip_suffix('/').unwrap_or(host);
    if !scheme.eq_ignore_ascii_case("otpauth-migration") || !host.eq_ignore_ascii_case("offline") {
        return Err(ParseMigrationError::Scheme);
    }
    let mut found = query
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("data"));
    match (found.next(), found.next()) {
        (Some((_, data)), None) => Ok(data),
        _ => Err(ParseMigrationError::Data),
    }
}

fn bytes(data: &str) -> Result<Zeroizing<Vec<u8>>, ParseMigrationError> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let mut text = percent::decode(data, percent::Plus::Plus).map_err(|error| match error {
        ParseUriError::Nul => ParseMigrationError::Base64,
        _ => ParseMigrationError::Data,
    })?;
    let standard: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.bytes()
            .map(|byte| match byte {
                b'-' | b' ' => b'+',
                b'_' => b'/',
                byte => byte,
            })
            .collect(),
    );
    text.zeroize();
    // Room for all of it, so that the bytes never move and leave a copy behind.
    let mut bytes = Zeroizing::new(alloc::vec![0; standard.len()]);
    let len = LENIENT
        .decode_slice(standard.as_slice(), &mut bytes)
        .map_err(|_| ParseMigrationError::Base64)?;
    bytes.truncate(len);
    Ok(bytes)
}

fn entry(mut account: Account) -> Result<OtpAuthUri, MigrationEntryError> {
    let secret = Zeroizing::new(core::mem::take(&mut account.secret));
    match read(&account) {
        Ok((algorithm, digits, moving_factor)) if !secret.is_empty() => Ok(OtpAuthUri::exported(
            &account.name,
            &account.issuer,
            secret,
            algorithm,
            digits,
            moving_factor,
        )),
        read => {
            let (issuer, name) = OtpAuthUri::exported_names(&account.name, &account.issuer);
            Err(MigrationEntryError {
                issuer,
                account: name,
                fault: read.err().unwrap_or(MigrationFault::MissingSecret),
            })
        }
    }
}

fn read(account: &Account) -> Result<(KeyUriAlgorithm, u8, MovingFactor), MigrationFault> {
    let algorithm = match account.algorithm {
        1 => KeyUriAlgorithm::Sha1,
        2 => KeyUriAlgorithm::Sha256,
        3 => KeyUriAlgorithm::Sha512,
        4 => KeyUriAlgorithm::Md5,
        _ => return Err(MigrationFault::Algorithm),
    };
    let digits = match account.digits {
        1 => 6,
        2 => 8,
        _ => return Err(MigrationFault::Digits),
    };
    let moving_factor = match account.kind {
        1 => MovingFactor::Counter {
            counter: u64::try_from(account.counter).map_err(|_| MigrationFault::Counter)?,
        },
        2 => MovingFactor::Time {
            period: DEFAULT_PERIOD,
        },
        _ => return Err(MigrationFault::Type),
    };
    if account.name.contains('\0') || account.issuer.contains('\0') {
        return Err(MigrationFault::Nul);
    }
    Ok((algorithm, digits, moving_factor))
}

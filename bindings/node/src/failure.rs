//! Why a call has no answer: the one place where errors are mapped.

use core::{error::Error as StdError, fmt::Write as _};

use mfakit::{
    Error, KeyringChangeError, KeyringError, Outcome as _, TextError, Unavailable,
    keyring_file::KeyringFileError,
};
use mfakit_connect::ConnectError;
use napi::Status;

use crate::json::Object;

/// What `lib/errors.cts` makes an error of.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    /// In `snake_case`; the code of the error is this in capitals, behind `ERR_MFA_`.
    name: &'static str,
    message: String,
    key: Option<u32>,
}

/// Which class the error is of.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// `MfaError`.
    Busy,
    /// `MfaError`.
    Unavailable,
    /// `MfaError`.
    Misuse,
    /// `MfaError`: a text is not what it is taken for.
    Text,
    /// `TypeError`, named after the argument.
    Value,
    /// `RangeError`, named after the argument.
    Range,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Misuse => "misuse",
            Self::Text => "text",
            Self::Value => "value",
            Self::Range => "range",
        }
    }
}

impl Failure {
    const fn new(kind: Kind, name: &'static str, message: String) -> Self {
        Self {
            kind,
            name,
            message,
            key: None,
        }
    }

    /// An argument is none that can be meant; `name` is the argument's.
    pub(crate) fn value(name: &'static str, why: impl ToString) -> Self {
        Self::new(Kind::Value, name, why.to_string())
    }

    /// A number is outside of what it can be.
    pub(crate) fn range(name: &'static str, why: impl ToString) -> Self {
        Self::new(Kind::Range, name, why.to_string())
    }

    /// A text is not what it is taken for; nothing of it is repeated.
    pub(crate) fn text(name: &'static str, why: &dyn StdError) -> Self {
        Self::new(Kind::Text, name, chain(why))
    }

    /// What was closed or used up is used again.
    pub(crate) fn closed() -> Self {
        let message = "the engine, or what was passed, is closed or used up".to_owned();
        Self::new(Kind::Misuse, "closed", message)
    }

    /// A defect of this library.
    pub(crate) fn internal() -> Self {
        let message = "the call ended without an answer; this is a defect of mfakit".to_owned();
        Self::new(Kind::Unavailable, "internal", message)
    }

    /// The operating system had no randomness to give.
    pub(crate) fn randomness() -> Self {
        Unavailable::Randomness.into()
    }

    /// Writes the fields of the error.
    pub(crate) fn write(&self, to: &mut Object<'_>) {
        to.text("kind", self.kind.name());
        to.text("name", self.name);
        to.text("message", &self.message);
        if let Some(key) = self.key {
            to.number("keyId", key);
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Busy => Kind::Busy,
            Error::Unavailable(_) => Kind::Unavailable,
            // An error of a kind that only a newer core knows does not come from a person either.
            _ => Kind::Misuse,
        };
        let mut failure = Self::new(kind, error.outcome(), chain(&error));
        if let Error::Unavailable(Unavailable::UnknownKey(key)) = error {
            failure.key = Some(key.number());
        }
        failure
    }
}

impl From<Unavailable> for Failure {
    fn from(unavailable: Unavailable) -> Self {
        Error::from(unavailable).into()
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match &error {
            ConnectError::Url(why) => Self::value("store", why),
            _ => Self::new(Kind::Unavailable, "store_open", chain(&error)),
        }
    }
}

impl From<TextError> for Failure {
    fn from(error: TextError) -> Self {
        Self::value(error.what, error)
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        Self::text("keyring", &error)
    }
}

impl From<KeyringChangeError> for Failure {
    fn from(error: KeyringChangeError) -> Self {
        Self::new(Kind::Misuse, "keyring_change", chain(&error))
    }
}

impl From<KeyringFileError> for Failure {
    fn from(error: KeyringFileError) -> Self {
        match error {
            KeyringFileError::Keyring(error) => error.into(),
            KeyringFileError::Change(error) => error.into(),
            error => Self::new(Kind::Unavailable, "keyring_file", chain(&error)),
        }
    }
}

impl From<Failure> for napi::Error {
    /// For synchronous calls: the message of the native error is what `lib/errors.cts` reads.
    fn from(failure: Failure) -> Self {
        let mut text = String::new();
        Object::write(&mut text, |to| failure.write(to));
        Self::new(Status::GenericFailure, text)
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

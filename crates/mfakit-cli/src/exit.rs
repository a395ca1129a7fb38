//! How a command ends.

use core::{error::Error, fmt};
use std::{io, process::ExitCode};

use mfakit_connect::ConnectError;

/// The exit code of a command: stable, and the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// It is done, or the answer is yes.
    pub const DONE: Self = Self(0);
    /// The answer is no: the code is wrong, there was nothing to do, the audit trail is not whole.
    pub const NO: Self = Self(1);
    /// The command or what was given to it is not valid. Nothing was done.
    pub const USAGE: Self = Self(2);
    /// It was not confirmed. Nothing was done.
    pub const NOT_CONFIRMED: Self = Self(3);
    /// The store or the keyring did not open. Nothing was done.
    pub const NOT_OPENED: Self = Self(4);
    /// There was no answer: the store failed or was busy. What was asked for may be done or not; look before you repeat it.
    pub const NO_ANSWER: Self = Self(5);
    /// A file, the input or the output could not be read or written.
    pub const INPUT_OUTPUT: Self = Self(6);
    /// Nobody reads the output any more, as when a program ends by SIGPIPE.
    pub const PIPE: Self = Self(141);

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// Why a command is not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer is no; what there is to say was said.
    No,
    /// The answer is no, for this reason.
    Because(String),
    /// clap's own words, several lines.
    Usage(String),
    /// What was given is not valid.
    Input(String),
    NotConfirmed(&'static str),
    Open(String),
    Engine(String),
    Io(String),
    Pipe,
}

impl Failure {
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::No | Self::Because(_) => Exit::NO,
            Self::Usage(_) | Self::Input(_) => Exit::USAGE,
            Self::NotConfirmed(_) => Exit::NOT_CONFIRMED,
            Self::Open(_) => Exit::NOT_OPENED,
            Self::Engine(_) => Exit::NO_ANSWER,
            Self::Io(_) => Exit::INPUT_OUTPUT,
            Self::Pipe => Exit::PIPE,
        }
    }

    /// The stable name, for programs.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::No | Self::Because(_) => "no",
            Self::Usage(_) | Self::Input(_) => "usage",
            Self::NotConfirmed(_) => "not_confirmed",
            Self::Open(_) => "not_opened",
            Self::Engine(_) => "no_answer",
            Self::Io(_) => "input_output",
            Self::Pipe => "pipe",
        }
    }

    /// What was given is not valid, as `error` says.
    pub(crate) fn input(error: impl Error + 'static) -> Self {
        Self::Input(chain(&error))
    }

    /// A file of this name could not be read or written.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::Io(format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No | Self::Pipe => Ok(()),
            Self::NotConfirmed(text) => f.write_str(text),
            Self::Because(text)
            | Self::Usage(text)
            | Self::Input(text)
            | Self::Open(text)
            | Self::Engine(text)
            | Self::Io(text) => f.write_str(text),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Pipe,
            _ => Self::Io(error.to_string()),
        }
    }
}

impl From<mfakit::Error> for Failure {
    fn from(error: mfakit::Error) -> Self {
        match error {
            mfakit::Error::Misuse(mfakit::Misuse::UnknownTenant) => {
                Self::Input("there is no such tenant in this store".to_owned())
            }
            mfakit::Error::Misuse(misuse) => Self::input(misuse),
            _ => Self::Engine(chain(&error)),
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Url(error) => Self::input(error),
            _ => Self::Open(chain(&error)),
        }
    }
}

impl From<mfakit::keyring_file::KeyringFileError> for Failure {
    fn from(error: mfakit::keyring_file::KeyringFileError) -> Self {
        Self::Open(chain(&error))
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let further = error.to_string();
        // Some errors say what their cause says.
        if !text.ends_with(&further) {
            text.push_str(": ");
            text.push_str(&further);
        }
        cause = error.source();
    }
    text
}

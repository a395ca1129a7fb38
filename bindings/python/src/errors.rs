//! The one place where an error or a refusal of the library becomes an exception.

use core::fmt;

use mfakit::{
    Charged, Error, Locked, Mismatch, Outcome, Replayed, ReplayedCode, Unavailable, UnixTime, Void,
};
use mfakit_core::Declined;
use pyo3::{exceptions::PyRuntimeError, prelude::*, types::PyDict};

use crate::{
    python::{error_class, member},
    time::{maybe_to_python, to_python},
};

/// An argument that nothing can be done with.
pub(crate) fn invalid(py: Python<'_>, message: impl fmt::Display) -> PyErr {
    plain(py, "InvalidError", "invalid_argument", &message.to_string())
}

/// An error of the engine, by its class and stable name.
pub(crate) fn engine_error(py: Python<'_>, error: Error) -> PyErr {
    let class = match error {
        Error::Busy => "BusyError",
        Error::Misuse(_) => "MisuseError",
        // An error of a kind that only a newer core knows lets nobody in either.
        _ => "UnavailableError",
    };
    plain(py, class, error.outcome(), &error.to_string())
}

/// A reason for which no answer could be given.
pub(crate) fn unavailable(py: Python<'_>, why: Unavailable) -> PyErr {
    engine_error(py, Error::Unavailable(why))
}

/// The stable name of such a reason.
pub(crate) fn fault_name(fault: Unavailable) -> &'static str {
    Error::Unavailable(fault).outcome()
}

/// A password attempt is passed to `sign_in` a second time.
pub(crate) fn used_attempt(py: Python<'_>) -> PyErr {
    let message = "a password attempt is good for one sign-in";
    plain(py, "MisuseError", "misuse_used_attempt", message)
}

/// The process is not the one that opened the engine.
pub(crate) fn forked(py: Python<'_>) -> PyErr {
    plain(
        py,
        "ForkedError",
        "misuse_forked",
        "the process was forked after an engine was opened; open engines in the child alone, after the fork",
    )
}

/// A keyring can't be read or changed.
pub(crate) fn keyring(py: Python<'_>, code: &str, message: impl fmt::Display) -> PyErr {
    plain(py, "KeyringError", code, &message.to_string())
}

/// A store can't be opened.
pub(crate) fn store_open(py: Python<'_>, message: impl fmt::Display) -> PyErr {
    plain(py, "StoreOpenError", "store_open", &message.to_string())
}

/// A refusal that has a code and no more.
pub(crate) fn refused(py: Python<'_>, class: &str, code: &str, message: &str) -> PyErr {
    plain(py, class, code, message)
}

pub(crate) fn mismatched(py: Python<'_>, mismatch: Mismatch) -> PyErr {
    let (code, message, charged) = match mismatch.charged {
        Charged::Yes => ("mismatch", "the code is wrong", true),
        Charged::NotACode => (
            "not_a_code",
            "what was typed has not the shape of a code",
            false,
        ),
    };
    raise(py, "CodeMismatchError", code, message, |data| {
        data.set_item("attempts_left", mismatch.attempts_left)?;
        data.set_item("charged", charged)
    })
}

pub(crate) fn replayed(py: Python<'_>, replayed: Replayed) -> PyErr {
    let code = match replayed.what {
        ReplayedCode::Otp => "replayed_otp",
        ReplayedCode::BackupCode => "replayed_backup_code",
    };
    raise(
        py,
        "CodeReplayedError",
        code,
        "the code was used before",
        |data| {
            data.set_item("what", member(py, "ReplayedCode", replayed.what.name())?)?;
            data.set_item("retry_after", replayed.wait_seconds)
        },
    )
}

/// Two codes of a token that were used; it says no time.
pub(crate) fn replayed_pair(py: Python<'_>) -> PyErr {
    raise(
        py,
        "CodeReplayedError",
        "replayed_otp",
        "the codes were used before",
        |data| {
            data.set_item(
                "what",
                member(py, "ReplayedCode", ReplayedCode::Otp.name())?,
            )?;
            data.set_item("retry_after", 0)
        },
    )
}

pub(crate) fn locked(py: Python<'_>, lock: Locked, now: UnixTime) -> PyErr {
    let until = lock_end(lock);
    raise(
        py,
        "LockedError",
        "locked",
        "the account is locked",
        |data| {
            data.set_item("until", maybe_to_python(py, until)?)?;
            data.set_item("retry_after", until.map(|until| now.seconds_until(until)))?;
            data.set_item("reason", member(py, "LockReason", lock.reason.name())?)
        },
    )
}

/// When a lock ends by itself.
pub(crate) const fn lock_end(lock: Locked) -> Option<UnixTime> {
    match lock.end {
        mfakit::LockEnd::At(until) => Some(until),
        mfakit::LockEnd::Hard => None,
    }
}

/// The gate of a password is locked.
pub(crate) fn gate_locked(py: Python<'_>, until: UnixTime, now: UnixTime) -> PyErr {
    let message = "passwords of the account are not looked at for a time";
    raise(py, "LockedError", "locked", message, |data| {
        data.set_item("until", to_python(py, until)?)?;
        data.set_item("retry_after", now.seconds_until(until))?;
        data.set_item("reason", py.None())
    })
}

pub(crate) fn void(py: Python<'_>, why: Void) -> PyErr {
    let message = "the ticket or assertion is good for nothing; the person signs in again";
    reasoned(
        py,
        "VoidError",
        &format!("void_{}", why.name()),
        message,
        why,
    )
}

pub(crate) fn step_up(py: Python<'_>, why: Void) -> PyErr {
    let message = "the session needs a second factor, shown anew";
    reasoned(py, "StepUpError", "step_up", message, why)
}

pub(crate) fn declined(py: Python<'_>, what: Declined) -> PyErr {
    let (code, message) = match what {
        Declined::OneCode => (
            "declined_one_code",
            "one code is not enough; a backup code or two consecutive codes are",
        ),
        Declined::TwoCodes => (
            "declined_two_codes",
            "the policy takes no two consecutive codes",
        ),
    };
    plain(py, "DeclinedError", code, message)
}

pub(crate) fn exemption(
    py: Python<'_>,
    code: &str,
    message: &str,
    latest: Option<UnixTime>,
) -> PyErr {
    raise(py, "ExemptionError", code, message, |data| {
        data.set_item("latest", maybe_to_python(py, latest)?)
    })
}

/// Nothing that this version of the package knows.
pub(crate) fn unknown_answer() -> PyErr {
    PyRuntimeError::new_err("the answer is of a kind that this version does not know")
}

fn reasoned(py: Python<'_>, class: &str, code: &str, message: &str, why: Void) -> PyErr {
    raise(py, class, code, message, |data| {
        data.set_item("reason", member(py, "VoidReason", why.name())?)
    })
}

fn plain(py: Python<'_>, class: &str, code: &str, message: &str) -> PyErr {
    raise(py, class, code, message, |_| Ok(()))
}

fn raise(
    py: Python<'_>,
    class: &str,
    code: &str,
    message: &str,
    fill: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>,
) -> PyErr {
    let make = || {
        let data = PyDict::new(py);
        data.set_item("code", code)?;
        fill(&data)?;
        error_class(py, class)?.call((message,), Some(&data))
    };
    match make() {
        Ok(error) => PyErr::from_value(error),
        // Such as no memory.
        Err(error) => error,
    }
}

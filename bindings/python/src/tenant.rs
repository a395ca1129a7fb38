//! One tenant of an engine, and what stands for a place in its calls.

use std::sync::{Mutex, PoisonError};

use mfakit::FirstFactor;
use pyo3::{Borrowed, exceptions::PyTypeError, intern, prelude::*};

use crate::{
    arguments::{Account, Named, account_text},
    clock::EngineClock,
    errors::used_attempt,
};

/// What calls need beside the library's tenant.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) clock: EngineClock,
    pub(crate) needs_runtime: bool,
}

/// One tenant, whose calls wait.
#[pyclass(frozen, module = "mfakit")]
pub(crate) struct Tenant {
    pub(crate) inner: mfakit::Tenant,
    pub(crate) host: Host,
}

/// One tenant, whose calls are awaited.
#[pyclass(frozen, module = "mfakit")]
pub(crate) struct AsyncTenant {
    pub(crate) inner: mfakit::Tenant,
    pub(crate) host: Host,
}

/// A password attempt that was charged; good for one `sign_in`.
#[pyclass(frozen, module = "mfakit")]
pub(crate) struct PasswordAttempt(Mutex<Option<mfakit::PasswordAttempt>>, mfakit::AccountId);

impl PasswordAttempt {
    pub(crate) fn new(attempt: mfakit::PasswordAttempt) -> Self {
        let account = attempt.account().clone();
        Self(Mutex::new(Some(attempt)), account)
    }
}

#[pymethods]
impl PasswordAttempt {
    #[getter]
    fn account<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        account_text(py, &self.1)
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle_of_live("an object of mfakit")
    }
    const fn __repr__(&self) -> &'static str {
        "PasswordAttempt(..)"
    }
}

/// A first factor that was right: an attempt, or the record `ExternalFactor`.
pub(crate) struct First(pub(crate) FirstFactor);

impl<'py> FromPyObject<'_, 'py> for First {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        if let Ok(attempt) = object.cast::<PasswordAttempt>() {
            let mut place = attempt
                .get()
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            return match place.take() {
                Some(attempt) => Ok(Self(FirstFactor::Password(attempt))),
                None => Err(used_attempt(py)),
            };
        }
        let class = crate::python::results(py)?.getattr(intern!(py, "ExternalFactor"))?;
        if !object.is_instance(&class)? {
            return Err(PyTypeError::new_err(
                "a first factor is a `PasswordAttempt` or an `ExternalFactor`",
            ));
        }
        let account = object
            .getattr(intern!(py, "account"))?
            .extract::<Account>()?;
        let means = object
            .getattr(intern!(py, "means"))?
            .extract::<Option<Named<mfakit::ExternalMeans>>>()?;
        Ok(Self(match means {
            Some(means) => FirstFactor::external_by(means.0, account.0),
            None => FirstFactor::external(account.0),
        }))
    }
}

/// A place in a rotation.
#[pyclass(frozen, module = "mfakit")]
pub(crate) struct RotationCursor(pub(crate) mfakit::RotationCursor);

impl RotationCursor {
    pub(crate) const fn new(cursor: mfakit::RotationCursor) -> Self {
        Self(cursor)
    }
}

#[pymethods]
impl RotationCursor {
    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle_of_live("an object of mfakit")
    }
    const fn __repr__(&self) -> &'static str {
        "RotationCursor(..)"
    }
}

/// Where a rotation goes on.
pub(crate) struct After(pub(crate) mfakit::RotationCursor);

impl<'py> FromPyObject<'_, 'py> for After {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.cast::<RotationCursor>() {
            Ok(cursor) => Ok(Self(cursor.get().0.clone())),
            Err(_) => Err(PyTypeError::new_err(
                "`after` is the `next` of a RotationPage",
            )),
        }
    }
}

/// What kind of hardware token it is: a `TOTP` or a `HOTP` with its counter.
pub(crate) struct Hardware(pub(crate) mfakit::Secret, pub(crate) mfakit::TokenKind);

impl Hardware {
    pub(crate) fn read(
        py: Python<'_>,
        token: &Bound<'_, PyAny>,
        next_counter: Option<u64>,
    ) -> PyResult<Self> {
        if let Ok(totp) = token.cast::<crate::totp::Totp>() {
            if next_counter.is_some() {
                return Err(crate::errors::invalid(py, "a TOTP has no counter"));
            }
            let totp = &totp.get().0;
            let kind = mfakit::TokenKind::Totp(totp.parameters());
            return Ok(Self(totp.secret().duplicate(), kind));
        }
        let Ok(hotp) = token.cast::<crate::hotp::Hotp>() else {
            return Err(PyTypeError::new_err("a token is a `TOTP` or a `HOTP`"));
        };
        let hotp = &hotp.get().0;
        let kind = mfakit::TokenKind::Hotp {
            algorithm: hotp.algorithm(),
            digits: hotp.digits(),
            next_counter: mfakit::Counter::new(next_counter.unwrap_or_default()),
        };
        Ok(Self(hotp.secret().duplicate(), kind))
    }
}

/// Which devices: one by its id, or all.
pub(crate) fn which(device: Option<mfakit::DeviceId>) -> mfakit::WhichDevices {
    device.map_or(mfakit::WhichDevices::All, mfakit::WhichDevices::One)
}

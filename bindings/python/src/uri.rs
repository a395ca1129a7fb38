//! `otpauth` URIs.

use mfakit_core::{Counter, ErrorCorrection, MovingFactor, OtpAuthUri as Core, QrCode as CoreQr};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyString, PyTuple, PyType},
};

use crate::{
    arguments::{Bounds, Whole},
    errors::invalid,
    hotp::Hotp,
    python::member,
    qr::QrCode,
    text::Typed,
    totp::Totp,
};

#[pyclass(frozen, module = "mfakit")]
pub(crate) struct OtpAuthUri(Core);

impl OtpAuthUri {
    pub(crate) const fn new(uri: Core) -> Self {
        Self(uri)
    }
}

#[pymethods]
impl OtpAuthUri {
    #[classmethod]
    #[pyo3(signature = (text, /))]
    fn parse(_class: &Bound<'_, PyType>, py: Python<'_>, text: Typed) -> PyResult<Self> {
        Core::parse(&text.0)
            .map(Self)
            .map_err(|error| invalid(py, error))
    }

    #[classmethod]
    #[pyo3(signature = (totp, /, *, issuer, account))]
    fn for_totp(
        _class: &Bound<'_, PyType>,
        totp: &Bound<'_, Totp>,
        issuer: Bounds<mfakit::Issuer>,
        account: Bounds<mfakit::AccountName>,
    ) -> Self {
        Self(Core::totp(&issuer.0, &account.0, &totp.get().0))
    }

    #[classmethod]
    #[pyo3(signature = (hotp, /, *, issuer, account, counter))]
    fn for_hotp(
        _class: &Bound<'_, PyType>,
        hotp: &Bound<'_, Hotp>,
        issuer: Bounds<mfakit::Issuer>,
        account: Bounds<mfakit::AccountName>,
        counter: Whole<u64>,
    ) -> Self {
        let counter = Counter::new(counter.0);
        Self(Core::hotp(&issuer.0, &account.0, &hotp.get().0, counter))
    }

    fn with_defaults_written(&self, py: Python<'_>) -> PyResult<Self> {
        // Read anew, since a URI can't be copied: each copy of a secret is asked for.
        let copy = Core::parse(&self.0.to_uri()).map_err(|error| invalid(py, error))?;
        Ok(Self(copy.with_defaults_written()))
    }

    fn reveal<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, &self.0.to_uri())
    }

    fn reveal_secret<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.expose_secret())
    }

    fn to_totp(&self, py: Python<'_>) -> PyResult<Totp> {
        self.0
            .to_totp()
            .map(Totp)
            .map_err(|error| invalid(py, error))
    }

    fn to_hotp(&self, py: Python<'_>) -> PyResult<(Hotp, u64)> {
        let (hotp, counter) = self.0.to_hotp().map_err(|error| invalid(py, error))?;
        Ok((Hotp(hotp), counter.number()))
    }

    fn qr(&self, py: Python<'_>) -> PyResult<QrCode> {
        CoreQr::encode(&self.0.to_uri(), ErrorCorrection::Medium)
            .map(QrCode)
            .map_err(|error| invalid(py, error))
    }

    #[getter]
    fn issuer(&self) -> Option<&str> {
        self.0.issuer()
    }

    #[getter]
    fn account(&self) -> &str {
        self.0.account()
    }

    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let kind = match self.0.moving_factor() {
            MovingFactor::Time { .. } => "totp",
            MovingFactor::Counter { .. } => "hotp",
        };
        member(py, "AuthenticatorKind", kind)
    }

    #[getter]
    fn algorithm(&self) -> &'static str {
        self.0.algorithm().name()
    }

    #[getter]
    fn digits(&self) -> u8 {
        self.0.digits()
    }

    #[getter]
    fn period(&self) -> Option<u32> {
        match self.0.moving_factor() {
            MovingFactor::Time { period } => Some(period),
            MovingFactor::Counter { .. } => None,
        }
    }

    #[getter]
    fn counter(&self) -> Option<u64> {
        match self.0.moving_factor() {
            MovingFactor::Counter { counter } => Some(counter),
            MovingFactor::Time { .. } => None,
        }
    }

    #[getter]
    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.notes().iter().map(|note| note.name()))
    }

    #[getter]
    fn kept_aside<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.kept_aside().collect::<Vec<_>>())
    }

    fn __repr__(&self) -> &'static str {
        match self.0.moving_factor() {
            MovingFactor::Time { .. } => "OtpAuthUri(totp, ..)",
            MovingFactor::Counter { .. } => "OtpAuthUri(hotp, ..)",
        }
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("OtpAuthUri")
    }
}

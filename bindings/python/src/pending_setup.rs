//! A setup that waits for its first code.

use mfakit::PendingSetup as Core;
use pyo3::{prelude::*, types::PyString};

use crate::{errors::invalid, qr::QrCode, time::to_python};

#[pyclass(frozen, module = "mfakit")]
pub(crate) struct PendingSetup(Core);

impl PendingSetup {
    pub(crate) const fn new(setup: Core) -> Self {
        Self(setup)
    }
}

#[pymethods]
impl PendingSetup {
    fn reveal_uri<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, &self.0.uri.to_uri())
    }

    fn reveal_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, &self.0.key())
    }

    fn qr(&self, py: Python<'_>) -> PyResult<QrCode> {
        self.0.qr().map(QrCode).map_err(|error| invalid(py, error))
    }

    #[getter]
    fn issuer(&self) -> &str {
        self.0.issuer.as_str()
    }

    #[getter]
    fn account_name(&self) -> &str {
        self.0.account_name.as_str()
    }

    #[getter]
    const fn attempts_left(&self) -> u32 {
        self.0.attempts_left
    }

    #[getter]
    fn expires<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, self.0.expires)
    }

    fn __repr__(&self) -> String {
        format!("PendingSetup(.., attempts_left={})", self.0.attempts_left)
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("PendingSetup")
    }
}

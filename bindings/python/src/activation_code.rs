//! An activation code, shown once.

use pyo3::{prelude::*, types::PyString};

#[pyclass(frozen, module = "mfakit")]
pub(crate) struct ActivationCode(mfakit::ActivationCode);

impl ActivationCode {
    pub(crate) const fn new(code: mfakit::ActivationCode) -> Self {
        Self(code)
    }
}

#[pymethods]
impl ActivationCode {
    #[getter]
    fn handle(&self) -> String {
        self.0.handle().to_string()
    }

    fn reveal<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, &self.0.expose())
    }

    fn __repr__(&self) -> &'static str {
        "ActivationCode(..)"
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("ActivationCode")
    }
}

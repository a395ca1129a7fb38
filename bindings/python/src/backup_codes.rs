//! Backup codes, shown once.

use pyo3::{prelude::*, types::PyTuple};

#[pyclass(frozen, module = "mfakit")]
pub(crate) struct BackupCodes(mfakit::BackupCodes);

impl BackupCodes {
    pub(crate) const fn new(codes: mfakit::BackupCodes) -> Self {
        Self(codes)
    }
}

#[pymethods]
impl BackupCodes {
    fn reveal<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.iter())
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("BackupCodes({} codes)", self.0.len())
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("BackupCodes")
    }
}

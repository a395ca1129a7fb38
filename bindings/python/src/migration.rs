//! Google Authenticator's export.

use mfakit_core::{MigrationEntryError, MigrationExport as Core};
use pyo3::{
    prelude::*,
    types::{PyTuple, PyType},
};

use crate::{errors::invalid, text::Typed, uri::OtpAuthUri};

#[pyclass(frozen, module = "mfakit")]
pub(crate) struct MigrationExport {
    batch: (i32, i32, i32),
    uris: Vec<Py<OtpAuthUri>>,
    faults: Vec<String>,
}

#[pymethods]
impl MigrationExport {
    #[classmethod]
    #[pyo3(signature = (text, /))]
    fn parse(_class: &Bound<'_, PyType>, py: Python<'_>, text: Typed) -> PyResult<Self> {
        let export = Core::parse(&text.0).map_err(|error| invalid(py, error))?;
        let batch = export.batch();
        let (mut uris, mut faults) = (Vec::new(), Vec::new());
        for entry in export.into_entries() {
            match entry {
                Ok(uri) => uris.push(Py::new(py, OtpAuthUri::new(uri))?),
                Err(error) => faults.push(fault_text(&error)),
            }
        }
        Ok(Self {
            batch: (batch.id, batch.index, batch.size),
            uris,
            faults,
        })
    }

    #[getter]
    const fn batch_id(&self) -> i32 {
        self.batch.0
    }

    #[getter]
    const fn batch_index(&self) -> i32 {
        self.batch.1
    }

    #[getter]
    const fn batch_size(&self) -> i32 {
        self.batch.2
    }

    #[getter]
    fn uris<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.uris.iter().map(|uri| uri.clone_ref(py)))
    }

    #[getter]
    fn faults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.faults)
    }

    fn __repr__(&self) -> String {
        let (read, not) = (self.uris.len(), self.faults.len());
        format!("MigrationExport({read} uris, {not} faults)")
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("MigrationExport")
    }
}

fn fault_text(error: &MigrationEntryError) -> String {
    error.to_string()
}

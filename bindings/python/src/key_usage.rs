//! Which keys are used, and how often.

use mfakit::{KeyId, KeyUsage as Core};
use pyo3::{prelude::*, types::PyTuple};

use crate::{
    arguments::Whole,
    python::record,
    time::{Instant, maybe_to_python},
};

#[pyclass(frozen, module = "mfakit")]
pub(crate) struct KeyUsage(Core);

impl KeyUsage {
    pub(crate) const fn new(usage: Core) -> Self {
        Self(usage)
    }
}

#[pymethods]
impl KeyUsage {
    #[getter]
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let keys = self.0.keys.iter().map(|key| {
            record!(
                py,
                KeyDocuments(key.key.number(), key.active, key.documents)
            )
        });
        PyTuple::new(py, keys.collect::<PyResult<Vec<_>>>()?)
    }

    #[getter]
    const fn unknown(&self) -> u64 {
        self.0.unknown
    }

    #[getter]
    const fn token_lifetime(&self) -> u32 {
        self.0.token_lifetime
    }

    #[pyo3(signature = (key, *, replaced))]
    fn unused_from<'py>(
        &self,
        py: Python<'py>,
        key: Whole<u32>,
        replaced: Instant,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        maybe_to_python(py, self.0.unused_from(KeyId::new(key.0), replaced.0))
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle_of_live("an object of mfakit")
    }

    fn __repr__(&self) -> String {
        let documents: u64 = self.0.keys.iter().map(|key| key.documents).sum();
        let keys = self.0.keys.len();
        format!(
            "KeyUsage({keys} keys, {documents} documents, unknown={})",
            self.0.unknown
        )
    }
}

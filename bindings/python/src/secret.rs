//! A shared secret.

use mfakit_core::Secret as Core;
use pyo3::{
    prelude::*,
    types::{PyBytes, PyString, PyType},
};
use subtle::ConstantTimeEq as _;

use crate::{
    arguments::{Bytes, Named},
    errors::{invalid, unavailable},
    python::member,
    text::Typed,
};

#[pyclass(frozen, module = "mfakit")]
pub(crate) struct Secret(pub(crate) Core);

#[pymethods]
impl Secret {
    #[classmethod]
    #[pyo3(signature = (*, algorithm = Named(mfakit::Algorithm::Sha1)), text_signature = "($cls, *, algorithm='SHA1')")]
    fn generate(
        _class: &Bound<'_, PyType>,
        py: Python<'_>,
        algorithm: Named<mfakit::Algorithm>,
    ) -> PyResult<Self> {
        Core::generate(algorithm.0, &mut getrandom::SysRng)
            .map(Self)
            .map_err(|_| unavailable(py, mfakit::Unavailable::Randomness))
    }

    #[classmethod]
    #[pyo3(signature = (text, /))]
    fn from_base32(_class: &Bound<'_, PyType>, py: Python<'_>, text: Typed) -> PyResult<Self> {
        Core::from_base32(&text.0)
            .map(Self)
            .map_err(|error| invalid(py, error))
    }

    #[classmethod]
    #[pyo3(signature = (data, /))]
    fn from_bytes(_class: &Bound<'_, PyType>, py: Python<'_>, data: Bytes) -> PyResult<Self> {
        Core::import(&data.0)
            .map(Self)
            .map_err(|error| invalid(py, error))
    }

    #[getter]
    fn strength<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(py, "Strength", self.0.strength().name())
    }

    fn reveal_base32<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, &self.0.to_base32())
    }

    fn reveal_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.expose_secret())
    }

    fn __len__(&self) -> usize {
        self.0.expose_secret().len()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        // The lengths are not secret; the bytes are compared in constant time.
        other.cast::<Self>().is_ok_and(|other| {
            let (mine, theirs) = (self.0.expose_secret(), other.get().0.expose_secret());
            mine.ct_eq(theirs).into()
        })
    }

    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'_, PyAny>) -> Bound<'py, Self> {
        slf
    }

    fn __repr__(&self) -> String {
        format!("Secret({} bytes)", self.0.expose_secret().len())
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("Secret")
    }
}

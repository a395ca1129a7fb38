//! QR codes.

use mfakit_core::{ErrorCorrection, ModulePixels, QrCode as Core};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyString},
};

use crate::{
    arguments::{Named, Whole},
    errors::invalid,
    text::Typed,
};

#[pyclass(frozen, module = "mfakit")]
pub(crate) struct QrCode(pub(crate) Core);

#[pymethods]
impl QrCode {
    #[new]
    #[pyo3(signature = (text, *, level = Named(ErrorCorrection::Medium)), text_signature = "(text, *, level='medium')")]
    fn new(py: Python<'_>, text: Typed, level: Named<ErrorCorrection>) -> PyResult<Self> {
        Core::encode(&text.0, level.0)
            .map(Self)
            .map_err(|error| invalid(py, error))
    }

    #[getter]
    fn size(&self) -> usize {
        self.0.size()
    }

    #[pyo3(signature = (*, title = None))]
    fn svg<'py>(&self, py: Python<'py>, title: Option<Typed>) -> Bound<'py, PyString> {
        let svg = match title {
            Some(title) => self.0.svg_with_title(&title.0),
            None => self.0.svg(),
        };
        PyString::new(py, &svg)
    }

    #[pyo3(signature = (*, pixels = Whole(8)), text_signature = "($self, *, pixels=8)")]
    fn png<'py>(&self, py: Python<'py>, pixels: Whole<u8>) -> PyResult<Bound<'py, PyBytes>> {
        let pixels = ModulePixels::new(pixels.0).map_err(|error| invalid(py, error))?;
        Ok(PyBytes::new(py, &self.0.png(pixels)))
    }

    fn terminal<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, &self.0.terminal())
    }

    fn is_dark(&self, x: Whole<u64>, y: Whole<u64>) -> bool {
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        self.0.is_dark(place(x.0), place(y.0))
    }

    fn _repr_svg_<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, &self.0.svg())
    }

    fn __repr__(&self) -> String {
        format!("QrCode({0} x {0})", self.0.size())
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("QrCode")
    }
}

//! Texts: what a person may have typed, whatever it is made of.

use pyo3::{Borrowed, exceptions::PyTypeError, prelude::*, types::PyString};
use zeroize::Zeroizing;

use crate::token::{Assertion, Ticket};

/// A text as a browser sent it, wiped when it is dropped.
///
/// Python's texts may hold lone surrogates, which JSON can bring about; they become U+FFFD, so that the text is not
/// what it should be and no error either.
pub(crate) struct Typed(pub(crate) Zeroizing<String>);

impl<'py> FromPyObject<'_, 'py> for Typed {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = object
            .cast::<PyString>()
            .map_err(|_| PyTypeError::new_err("a code or token is a `str`"))?;
        Ok(Self(Zeroizing::new(text.to_string_lossy().into_owned())))
    }
}

/// A ticket or an assertion: the object itself, or its text as it came back.
pub(crate) struct Presented(pub(crate) Zeroizing<String>);

impl<'py> FromPyObject<'_, 'py> for Presented {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(ticket) = object.cast::<Ticket>() {
            return Ok(Self(ticket.get().text()));
        }
        if let Ok(assertion) = object.cast::<Assertion>() {
            return Ok(Self(assertion.get().text()));
        }
        let text = object.cast::<PyString>().map_err(|_| {
            PyTypeError::new_err("what is presented is a `Ticket`, an `Assertion` or a `str`")
        })?;
        Ok(Self(Zeroizing::new(text.to_string_lossy().into_owned())))
    }
}

impl Presented {
    /// What the library takes.
    pub(crate) fn with<'a>(&'a self, binding: Option<&'a Vec<u8>>) -> mfakit::Presented<'a> {
        let presented = mfakit::Presented::new(&*self.0);
        match binding {
            Some(binding) => presented.bound_to(binding),
            None => presented,
        }
    }
}

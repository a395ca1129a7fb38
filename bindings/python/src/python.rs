//! The Python side of the package: its records, its enums and its errors, found once and kept.

use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyTuple},
};

/// A record of `mfakit._results` with these fields, in their order.
pub(crate) fn make_record<'py>(
    py: Python<'py>,
    name: &Bound<'py, pyo3::types::PyString>,
    fields: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    results(py)?.getattr(name)?.call1(fields)
}

/// Makes a record: `record!(py, Name(field, ...))`.
macro_rules! record {
    ($py:expr, $name:ident($($field:expr),* $(,)?)) => {
        $crate::python::make_record($py, ::pyo3::intern!($py, stringify!($name)), ($($field,)*))
    };
}
pub(crate) use record;

/// The module of results.
pub(crate) fn results(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    module(py, &MODULE, "mfakit._results")
}

/// The class of an error, by its name in `mfakit._errors`.
pub(crate) fn error_class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    module(py, &MODULE, "mfakit._errors")?.getattr(name)
}

/// A record of what crosses the line to a store, from `mfakit._store`.
pub(crate) fn store_class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    module(py, &MODULE, "mfakit._store")?.getattr(name)
}

/// The member of an enum with this stable name.
pub(crate) fn member<'py>(py: Python<'py>, class: &str, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    static MEMBERS: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let members = MEMBERS
        .get_or_init(py, || PyDict::new(py).unbind())
        .bind(py);
    let key = PyTuple::new(py, [class, name])?;
    if let Some(member) = members.get_item(&key)? {
        return Ok(member);
    }
    let member = module(py, &MODULE, "mfakit._enums")?
        .getattr(class)?
        .call1((name,))?;
    members.set_item(key, &member)?;
    Ok(member)
}

/// Refuses to pickle an object that holds a secret.
pub(crate) fn refuse_pickle<T>(what: &str) -> PyResult<T> {
    Err(pyo3::exceptions::PyTypeError::new_err(format!(
        "{what} holds a secret and is not pickled; keep what `reveal()` gives where secrets are kept"
    )))
}

/// Refuses to pickle what lives in this process, or stands for something that does.
pub(crate) fn refuse_pickle_of_live<T>(what: &str) -> PyResult<T> {
    Err(pyo3::exceptions::PyTypeError::new_err(format!(
        "{what} is not pickled"
    )))
}

fn module<'py>(
    py: Python<'py>,
    cell: &'static PyOnceLock<Py<PyModule>>,
    name: &str,
) -> PyResult<Bound<'py, PyModule>> {
    Ok(cell
        .get_or_try_init(py, || PyModule::import(py, name).map(Bound::unbind))?
        .bind(py)
        .clone())
}

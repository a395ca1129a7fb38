//! The conformance suite of the library, over a store written in Python.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use mfakit::Store;
use mfakit_store::testkit::{Fixture, cases};
use pyo3::{exceptions::PyAssertionError, prelude::*};

use crate::{errors::invalid, process::enter, python_store::PythonStore};

/// A store under test.
struct PythonFixture {
    store: PythonStore,
    object: Py<PyAny>,
    reopen: Option<Py<PyAny>>,
}

impl Fixture for PythonFixture {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn reopen(self) -> Option<Self> {
        let reopen = self.reopen?;
        let object = self.object;
        drop(self.store);
        Python::attach(|py| {
            let again = reopen.call1(py, (object,));
            #[expect(clippy::panic, reason = "a case that fails panics")]
            match again {
                Ok(again) => Some(Self::new(again.bind(py), Some(reopen))),
                Err(error) => panic!("the store did not open again: {error}"),
            }
        })
    }
}

impl PythonFixture {
    fn new(object: &Bound<'_, PyAny>, reopen: Option<Py<PyAny>>) -> Self {
        Self {
            store: PythonStore::new(object),
            object: object.clone().unbind(),
            reopen,
        }
    }
}

/// The names of the cases.
#[pyfunction]
pub(crate) fn conformance_cases() -> Vec<&'static str> {
    cases::<PythonFixture>()
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

/// Runs one case over a store that `make_store` gives; an `AssertionError` says what went wrong.
#[pyfunction]
#[pyo3(signature = (case, make_store, *, reopen = None))]
pub(crate) fn run_conformance_case(
    py: Python<'_>,
    case: String,
    make_store: Py<PyAny>,
    reopen: Option<Py<PyAny>>,
) -> PyResult<()> {
    enter(py)?;
    let found = cases::<PythonFixture>()
        .into_iter()
        .find(|(name, _)| *name == case);
    let (_, run) = found.ok_or_else(|| invalid(py, "there is no such case"))?;
    let first = make_store.call0(py)?;
    let open = || {
        Python::attach(|py| {
            let reopen = reopen.as_ref().map(|it| it.clone_ref(py));
            PythonFixture::new(first.bind(py), reopen)
        })
    };
    let ended = py.detach(|| catch_unwind(AssertUnwindSafe(|| run(&open))));
    ended.map_err(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("the case failed");
        PyAssertionError::new_err(format!("{case}: {said}"))
    })
}

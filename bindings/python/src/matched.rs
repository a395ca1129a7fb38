//! What a right code matched.

use pyo3::prelude::*;

/// A right code of a time-based authenticator.
#[pyclass(frozen, eq, hash, get_all, module = "mfakit")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Match {
    pub(crate) step: u64,
    pub(crate) delta: i16,
}

#[pymethods]
impl Match {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("step", "delta")
    }
    const fn __bool__(&self) -> bool {
        true
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle_of_live("an object of mfakit")
    }

    fn __repr__(&self) -> String {
        format!("Match(step={}, delta={})", self.step, self.delta)
    }
}

/// A right code of a counter-based authenticator.
#[pyclass(frozen, eq, hash, get_all, module = "mfakit")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct CounterMatch {
    pub(crate) counter: u64,
    pub(crate) next_counter: Option<u64>,
}

#[pymethods]
impl CounterMatch {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("counter", "next_counter")
    }
    const fn __bool__(&self) -> bool {
        true
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle_of_live("an object of mfakit")
    }

    fn __repr__(&self) -> String {
        let next = match self.next_counter {
            Some(next) => next.to_string(),
            None => "None".to_owned(),
        };
        format!(
            "CounterMatch(counter={}, next_counter={next})",
            self.counter
        )
    }
}

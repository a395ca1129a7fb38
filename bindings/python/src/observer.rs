//! An observer written in Python.

use mfakit::{Observation, Observer};
use pyo3::prelude::*;

use crate::python::record;

/// Calls a function of Python with each observation.
pub(crate) struct PythonObserver(pub(crate) Py<PyAny>);

impl Observer for PythonObserver {
    fn observed(&self, observation: &Observation) {
        // None while the interpreter goes down.
        Python::try_attach(|py| {
            let told = record!(
                py,
                Observation(
                    observation.operation.name(),
                    observation.outcome,
                    observation.class.name(),
                    observation.rounds,
                    observation.elapsed.as_secs_f64(),
                )
            )
            .and_then(|record| self.0.bind(py).call1((record,)));
            if let Err(error) = told {
                // What was committed is answered, whatever becomes of its observation.
                error.write_unraisable(py, Some(self.0.bind(py)));
            }
        });
    }
}

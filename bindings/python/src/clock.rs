//! Clocks: the system's, and one that tests set.

use alloc::sync::Arc;

use mfakit::{Clock, ManualClock as Core, SystemClock, UnixTime};
use pyo3::prelude::*;

use crate::{arguments::Whole, time::Instant};

/// A clock that stands still until it is set.
#[pyclass(frozen, module = "mfakit")]
pub(crate) struct ManualClock(Core);

#[pymethods]
impl ManualClock {
    #[new]
    #[pyo3(signature = (now, /))]
    fn new(now: Instant) -> Self {
        Self(Core::starting_at(now.0))
    }

    #[pyo3(signature = (now, /))]
    fn set(&self, now: Instant) {
        self.0.set(now.0);
    }

    #[pyo3(signature = (seconds, /))]
    fn advance(&self, seconds: Whole<u32>) {
        self.0.advance(seconds.0);
    }

    fn now(&self) -> i64 {
        self.0.now().seconds()
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle_of_live("an object of mfakit")
    }

    fn __repr__(&self) -> String {
        format!("ManualClock({})", self.0.now().seconds())
    }
}

/// The clock an engine goes by, shared with what says how long a lock lasts.
#[derive(Clone)]
pub(crate) struct EngineClock(Arc<dyn Clock>);

impl EngineClock {
    pub(crate) fn new(manual: Option<&Bound<'_, ManualClock>>) -> Self {
        match manual {
            Some(clock) => Self(Arc::new(clock.get().0.clone())),
            None => Self(Arc::new(SystemClock::default())),
        }
    }
}

impl Clock for EngineClock {
    fn now(&self) -> UnixTime {
        self.0.now()
    }
}

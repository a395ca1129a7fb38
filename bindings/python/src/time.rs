//! Times: seconds since 1970 or an aware `datetime` in, an aware `datetime` out.

use mfakit::UnixTime;
use pyo3::{
    Borrowed,
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyBool, PyDateTime, PyFloat, PyInt, PyTzInfo},
};

use crate::errors::invalid;

/// A point in time, as Python writes it.
pub(crate) struct Instant(pub(crate) UnixTime);

impl<'py> FromPyObject<'_, 'py> for Instant {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        if object.is_instance_of::<PyInt>() && !object.is_instance_of::<PyBool>() {
            return match object.extract::<i64>() {
                Ok(seconds) => Ok(Self(UnixTime::from_seconds(seconds))),
                Err(_) => Err(invalid(py, "a time is a number of seconds below 2^63")),
            };
        }
        if let Ok(seconds) = object.cast::<PyFloat>() {
            return from_float(py, seconds.value());
        }
        if let Ok(time) = object.cast::<PyDateTime>() {
            if time.call_method0(intern!(py, "utcoffset"))?.is_none() {
                return Err(invalid(
                    py,
                    "a `datetime` without a time zone means different times in different places; give it one",
                ));
            }
            return from_float(py, time.call_method0(intern!(py, "timestamp"))?.extract()?);
        }
        Err(PyTypeError::new_err(
            "a time is a number of seconds since 1970 or an aware `datetime`",
        ))
    }
}

fn from_float(py: Python<'_>, seconds: f64) -> PyResult<Instant> {
    if !(-MAX_FLOAT..MAX_FLOAT).contains(&seconds) {
        return Err(invalid(
            py,
            "a time is a finite number of seconds below 2^53",
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^53")]
    let whole = seconds.floor() as i64;
    Ok(Instant(UnixTime::from_seconds(whole)))
}

/// Now, by the system's clock.
pub(crate) fn now() -> UnixTime {
    use mfakit::Clock as _;
    mfakit::SystemClock::default().now()
}

/// The time as an aware `datetime`; what no `datetime` can say is the nearest it can.
pub(crate) fn to_python(py: Python<'_>, time: UnixTime) -> PyResult<Bound<'_, PyAny>> {
    let seconds = time.seconds().clamp(FIRST, LAST);
    let utc = PyTzInfo::utc(py)?;
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    let time = PyDateTime::from_timestamp(py, seconds as f64, Some(&utc))?;
    Ok(time.into_any())
}

/// The same of a time that there may be.
pub(crate) fn maybe_to_python(
    py: Python<'_>,
    time: Option<UnixTime>,
) -> PyResult<Option<Bound<'_, PyAny>>> {
    time.map(|time| to_python(py, time)).transpose()
}

/// The first second of the year 1, and the last of the year 9999.
const FIRST: i64 = -62_135_596_800;
const LAST: i64 = 253_402_300_799;
/// Beyond 2^53 a float does not tell seconds apart.
const MAX_FLOAT: f64 = 9_007_199_254_740_992.0;

//! One-time passwords by a counter (RFC 4226).

use mfakit_core::{Code, Counter, Hotp as Core, LookAhead};
use pyo3::{prelude::*, types::PyString};

use crate::{
    arguments::{DigitsOf, Named, SecretOf, Whole, resync_window},
    errors::invalid,
    matched::CounterMatch,
    python::member,
    secret::Secret,
    text::Typed,
};

#[pyclass(frozen, module = "mfakit", name = "HOTP")]
pub(crate) struct Hotp(pub(crate) Core);

#[pymethods]
impl Hotp {
    #[new]
    #[pyo3(signature = (secret, *, digits = DigitsOf::SIX, algorithm = Named(mfakit::Algorithm::Sha1)), text_signature = "(secret, *, digits=6, algorithm='SHA1')")]
    fn new(secret: SecretOf, digits: DigitsOf, algorithm: Named<mfakit::Algorithm>) -> Self {
        Self(Core::new(secret.0, algorithm.0, digits.0))
    }

    #[pyo3(signature = (*, counter))]
    fn generate<'py>(&self, py: Python<'py>, counter: Whole<u64>) -> Bound<'py, PyString> {
        PyString::new(py, &self.0.generate(Counter::new(counter.0)).expose())
    }

    #[pyo3(signature = (code, *, next_counter, look_ahead = None))]
    fn verify(
        &self,
        py: Python<'_>,
        code: Typed,
        next_counter: Whole<u64>,
        look_ahead: Option<Whole<u8>>,
    ) -> PyResult<Option<CounterMatch>> {
        let look_ahead = match look_ahead {
            Some(counters) => LookAhead::new(counters.0).map_err(|error| invalid(py, error))?,
            None => LookAhead::DEFAULT,
        };
        let Ok(code) = Code::parse(&code.0, self.0.digits()) else {
            return Ok(None);
        };
        let accepted = self
            .0
            .verify(&code, Counter::new(next_counter.0), look_ahead);
        Ok(accepted.ok().map(matched))
    }

    #[pyo3(signature = (first, second, *, next_counter, window = None))]
    fn resynchronize(
        &self,
        py: Python<'_>,
        first: Typed,
        second: Typed,
        next_counter: Whole<u64>,
        window: Option<Whole<u16>>,
    ) -> PyResult<Option<CounterMatch>> {
        let window = resync_window(py, window)?;
        let digits = self.0.digits();
        let (Ok(first), Ok(second)) = (
            Code::parse(&first.0, digits),
            Code::parse(&second.0, digits),
        ) else {
            return Ok(None);
        };
        let next = Counter::new(next_counter.0);
        let accepted = self.0.resynchronize(&first, &second, next, window);
        Ok(accepted.ok().map(matched))
    }

    #[getter]
    fn secret(&self) -> Secret {
        Secret(self.0.secret().duplicate())
    }

    #[getter]
    fn digits(&self) -> u8 {
        self.0.digits().get()
    }

    #[getter]
    fn algorithm<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(py, "Algorithm", self.0.algorithm().key_uri_name())
    }

    fn __repr__(&self) -> String {
        format!(
            "HOTP(Secret(..), digits={}, algorithm='{}')",
            self.0.digits().get(),
            self.0.algorithm().key_uri_name()
        )
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("HOTP")
    }
}

fn matched(accepted: mfakit_core::AcceptedCounter) -> CounterMatch {
    let counter = accepted.counter().number();
    CounterMatch {
        counter,
        next_counter: accepted.into_next_counter().map(Counter::number),
    }
}

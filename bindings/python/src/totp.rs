//! One-time passwords by the time (RFC 6238).

use mfakit_core::{Code, Totp as Core, UnixTime, Window};
use pyo3::{prelude::*, types::PyString};

use crate::{
    arguments::{DigitsOf, Named, PeriodOf, SecretOf, Step, WindowOf, resync_window},
    errors::invalid,
    matched::Match,
    python::member,
    secret::Secret,
    text::Typed,
    time::{Instant, now},
};

#[pyclass(frozen, module = "mfakit", name = "TOTP")]
pub(crate) struct Totp(pub(crate) Core);

#[pymethods]
impl Totp {
    #[new]
    #[pyo3(signature = (secret, *, digits = DigitsOf::SIX, period = PeriodOf::THIRTY, algorithm = Named(mfakit::Algorithm::Sha1)), text_signature = "(secret, *, digits=6, period=30, algorithm='SHA1')")]
    fn new(
        secret: SecretOf,
        digits: DigitsOf,
        period: PeriodOf,
        algorithm: Named<mfakit::Algorithm>,
    ) -> Self {
        Self(Core::new(secret.0, algorithm.0, digits.0, period.0))
    }

    #[pyo3(signature = (*, at = None))]
    fn generate<'py>(
        &self,
        py: Python<'py>,
        at: Option<Instant>,
    ) -> PyResult<Bound<'py, PyString>> {
        let code = self
            .0
            .generate(time(at))
            .ok_or_else(|| invalid(py, "there is no code for a time before 1970"))?;
        Ok(PyString::new(py, &code.expose()))
    }

    #[pyo3(signature = (code, *, at = None, window = WindowOf(Window::DEFAULT), last_accepted = None), text_signature = "($self, code, *, at=None, window=1, last_accepted=None)")]
    fn verify(
        &self,
        code: Typed,
        at: Option<Instant>,
        window: WindowOf,
        last_accepted: Option<Step>,
    ) -> Option<Match> {
        let code = Code::parse(&code.0, self.0.parameters().digits).ok()?;
        let last = last_accepted.map(|step| step.0);
        let accepted = self.0.verify(&code, time(at), window.0, last).ok()?;
        let delta = i16::from(accepted.delta());
        Some(Match {
            step: accepted.into_step().number(),
            delta,
        })
    }

    #[pyo3(signature = (first, second, *, at = None, window = None, last_accepted = None))]
    fn resynchronize(
        &self,
        py: Python<'_>,
        first: Typed,
        second: Typed,
        at: Option<Instant>,
        window: Option<crate::arguments::Whole<u16>>,
        last_accepted: Option<Step>,
    ) -> PyResult<Option<Match>> {
        let window = resync_window(py, window)?;
        let digits = self.0.parameters().digits;
        let (Ok(first), Ok(second)) = (
            Code::parse(&first.0, digits),
            Code::parse(&second.0, digits),
        ) else {
            return Ok(None);
        };
        let last = last_accepted.map(|step| step.0);
        let found = self
            .0
            .resynchronize(&first, &second, time(at), window, last);
        Ok(found.ok().map(|found| {
            let delta = found.delta();
            Match {
                step: found.into_step().number(),
                delta,
            }
        }))
    }

    #[pyo3(signature = (*, at = None))]
    fn time_step(&self, at: Option<Instant>) -> Option<u64> {
        self.0
            .time_step(time(at))
            .map(mfakit_core::TimeStep::number)
    }

    #[pyo3(signature = (*, at = None))]
    fn remaining_seconds(&self, at: Option<Instant>) -> u16 {
        self.0.remaining_seconds(time(at))
    }

    #[pyo3(signature = (*, at = None, last_accepted = None))]
    fn seconds_until_fresh(&self, at: Option<Instant>, last_accepted: Option<Step>) -> u64 {
        self.0
            .seconds_until_fresh(time(at), last_accepted.map(|step| step.0))
    }

    #[getter]
    fn secret(&self) -> Secret {
        Secret(self.0.secret().duplicate())
    }

    #[getter]
    fn digits(&self) -> u8 {
        self.0.parameters().digits.get()
    }

    #[getter]
    fn period(&self) -> u16 {
        self.0.parameters().period.seconds()
    }

    #[getter]
    fn algorithm<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(
            py,
            "Algorithm",
            self.0.parameters().algorithm.key_uri_name(),
        )
    }

    fn __repr__(&self) -> String {
        let parameters = self.0.parameters();
        format!(
            "TOTP(Secret(..), digits={}, period={}, algorithm='{}')",
            parameters.digits.get(),
            parameters.period.seconds(),
            parameters.algorithm.key_uri_name()
        )
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("TOTP")
    }
}

fn time(at: Option<Instant>) -> UnixTime {
    at.map_or_else(now, |at| at.0)
}

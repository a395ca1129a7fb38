//! TOTP (RFC 6238): codes that change with time.
//!
//! Not supported: a T0 other than 1970, periods and digits beyond what [`Period`] and [`Digits`] hold.

use core::{fmt, ops::RangeInclusive};

use crate::{
    Algorithm, Code, Digits, Period, Secret, TimeStep, UnixTime, VerifyError, Window,
    mac::Mac,
    scan::{Answers, Found},
};

/// What prover and verifier of TOTP agree on beside the secret.
///
/// The default is SHA-1, 6 digits, 30 seconds: other values are ignored by some apps, which then show wrong codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "RFC 6238 has no further parameters, T0 being fixed"
)]
pub struct TotpParameters {
    /// The hash under the HMAC.
    pub algorithm: Algorithm,
    /// How long a code is.
    pub digits: Digits,
    /// How long a time step lasts.
    pub period: Period,
}

impl Default for TotpParameters {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Sha1,
            digits: Digits::SIX,
            period: Period::THIRTY,
        }
    }
}

/// One TOTP authenticator, keyed and ready: six block compressions verify a code in a window of one step either way.
pub struct Totp {
    secret: Secret,
    parameters: TotpParameters,
    mac: Mac,
}

impl Totp {
    /// The authenticator with this secret.
    #[must_use]
    pub fn new(secret: Secret, algorithm: Algorithm, digits: Digits, period: Period) -> Self {
        Self::with_parameters(
            secret,
            TotpParameters {
                algorithm,
                digits,
                period,
            },
        )
    }

    /// The authenticator with this secret and these parameters.
    #[must_use]
    pub fn with_parameters(secret: Secret, parameters: TotpParameters) -> Self {
        let mac = Mac::new(parameters.algorithm, &secret);
        Self {
            secret,
            parameters,
            mac,
        }
    }

    /// Verifies one code straight from the secret: like [`with_parameters`](Self::with_parameters) and then
    /// [`verify`](Self::verify), without an allocation.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_once(
        secret: &Secret,
        parameters: TotpParameters,
        code: &Code,
        at: UnixTime,
        window: Window,
        last_accepted: Option<TimeStep>,
    ) -> Result<Accepted, VerifyError> {
        Mac::once(parameters.algorithm, secret, |mac| {
            verify(mac, parameters, code, at, window, last_accepted)
        })
    }

    /// The code at a time, or `None` before 1970, where there is no time step.
    #[must_use]
    pub fn generate(&self, at: UnixTime) -> Option<Code> {
        let step = TimeStep::at(at, self.parameters.period)?;
        Some(Code::from_truncated(
            self.mac.truncated(step.number()),
            self.parameters.digits,
        ))
    }

    /// Checks a code against the time steps of the window around `at`.
    ///
    /// `last_accepted` is the highest step this authenticator was ever accepted at, `None` if it never was.
    /// Every step at or below it is refused, not only the very one that was used (RFC 6238 §5.2; CVE-2021-43177).
    /// If the code is right for several steps, the latest one counts, so that the code is used up for all of them.
    ///
    /// The whole window is computed, whatever matches: neither the time this takes nor what it allocates, which is
    /// nothing, tells which step matched.
    ///
    /// # Security
    /// [`Accepted`] names the step to store, and it must be stored before anybody is let in, by a write that succeeds
    /// only if no higher step was stored meanwhile. Otherwise the code works twice.
    ///
    /// # Errors
    /// [`VerifyError::Replayed`] if the code is right, but only for steps that are used up;
    /// [`VerifyError::Mismatch`] if it is right for no step of the window, or `at` is before 1970.
    pub fn verify(
        &self,
        code: &Code,
        at: UnixTime,
        window: Window,
        last_accepted: Option<TimeStep>,
    ) -> Result<Accepted, VerifyError> {
        verify(&self.mac, self.parameters, code, at, window, last_accepted)
    }

    /// The time step at a time, or `None` before 1970.
    #[must_use]
    pub fn time_step(&self, at: UnixTime) -> Option<TimeStep> {
        TimeStep::at(at, self.parameters.period)
    }

    /// The time step after the one at `at`, or `None` before 1970.
    #[must_use]
    pub fn next_step(&self, at: UnixTime) -> Option<TimeStep> {
        self.time_step(at)?.next()
    }

    /// How many seconds the code shown at `at` stays: 1 to the period.
    #[must_use]
    pub fn remaining_seconds(&self, at: UnixTime) -> u16 {
        let period = self.parameters.period.seconds();
        let elapsed = at
            .seconds()
            .checked_rem_euclid(i64::from(period))
            .and_then(|elapsed| u16::try_from(elapsed).ok())
            .unwrap_or(0);
        period.saturating_sub(elapsed)
    }

    /// How many seconds a person must wait for a code that is not used up: 0 if the one shown now is fresh.
    #[must_use]
    pub fn seconds_until_fresh(&self, at: UnixTime, last_accepted: Option<TimeStep>) -> u64 {
        match last_accepted.map(TimeStep::next) {
            None => 0,
            Some(None) => u64::MAX,
            Some(Some(fresh)) => at.seconds_until(fresh.start(self.parameters.period)),
        }
    }

    /// The shared secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The parameters.
    #[must_use]
    pub const fn parameters(&self) -> TotpParameters {
        self.parameters
    }

    pub(crate) const fn mac(&self) -> &Mac {
        &self.mac
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Totp")
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

/// Proof that a code was right for a time step that was not used up.
///
/// It can be neither made nor copied outside this crate.
#[derive(Debug)]
#[must_use = "a code that was accepted works again until its step is stored"]
pub struct Accepted {
    now: TimeStep,
    step: TimeStep,
}

impl Accepted {
    /// The step the code was for.
    #[must_use]
    pub const fn step(&self) -> TimeStep {
        self.step
    }

    /// The step the code was for, to be stored as the last accepted one.
    #[must_use]
    pub const fn into_step(self) -> TimeStep {
        self.step
    }

    /// How many steps the authenticator is ahead of the verifier's clock; negative if it is behind (RFC 6238 §6).
    #[must_use]
    pub fn delta(&self) -> i8 {
        let delta = i128::from(self.step.number()).wrapping_sub(self.now.number().into());
        // INVARIANT: no window is wider than an i8.
        i8::try_from(delta).unwrap_or(0)
    }
}

fn verify(
    mac: &Mac,
    parameters: TotpParameters,
    code: &Code,
    at: UnixTime,
    window: Window,
    last_accepted: Option<TimeStep>,
) -> Result<Accepted, VerifyError> {
    let Some(now) = TimeStep::at(at, parameters.period) else {
        return Err(VerifyError::Mismatch);
    };
    let steps = window.around(now);
    let mut answers = Answers::with(Accepted { now, step: now });
    let answers = answers.written();
    let found = scan(mac, parameters.digits, code, steps, last_accepted);
    found.answer(answers, |accepted| accepted.step.number_mut())
}

/// Not inlined, so that its instructions can be counted: they are the same, whatever matches.
#[inline(never)]
fn scan(
    mac: &Mac,
    digits: Digits,
    code: &Code,
    steps: RangeInclusive<u64>,
    last_accepted: Option<TimeStep>,
) -> Found {
    // Not secret: the time, the window, the last accepted step. Secret: the codes, and which step matches.
    let mut found = Found::nothing();
    mac.for_each(steps, |step, truncated| {
        let is_fresh = last_accepted < Some(TimeStep::new(step));
        found.note(step, code.is_of(truncated, digits), is_fresh);
    });
    found
}

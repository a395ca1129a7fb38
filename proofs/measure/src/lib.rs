//! What the programs share: an authenticator, and the codes whose checks are to cost the same.

#![forbid(unsafe_code)]

use mfakit_core::{
    Accepted, Algorithm, Code, Digits, Period, Secret, SecretError, TimeStep, Totp, UnixTime,
    VerifyError, Window,
};

/// The time of every check, in the middle of a step.
pub const NOW: UnixTime = UnixTime::from_seconds(1_800_000_015);
/// Its step.
pub const STEP: u64 = 60_000_000;

/// A code by the step it is for, and whether that step is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the cases below are all there are"
)]
pub struct Case {
    /// What the case is called.
    pub name: &'static str,
    /// The step the code is for; `None` for a code of no step in the window.
    pub step: Option<u64>,
    /// Whether all steps of the window are used up.
    pub used: bool,
}

/// Every way a check in a window of one step either way can go.
pub const CASES: [Case; 8] = [
    case("no step", None, false),
    case("the step before", Some(STEP - 1), false),
    case("the current step", Some(STEP), false),
    case("the step after", Some(STEP + 1), false),
    case("no step, all used", None, true),
    case("replay of the step before", Some(STEP - 1), true),
    case("replay of the current step", Some(STEP), true),
    case("replay of the step after", Some(STEP + 1), true),
];

const fn case(name: &'static str, step: Option<u64>, used: bool) -> Case {
    Case { name, step, used }
}

impl Case {
    /// The code of this case; `other` tells codes of no step from one another.
    #[must_use]
    pub fn code(&self, totp: &Totp, other: u64) -> Option<Code> {
        // Within a window of steps far away that no case uses.
        let step = self.step.unwrap_or(STEP + 1000 + other % 1_000_000);
        totp.generate(TimeStep::new(step).start(Period::THIRTY))
    }

    /// The last accepted step of this case.
    #[must_use]
    pub fn last_accepted(&self) -> Option<TimeStep> {
        Some(TimeStep::new(if self.used { STEP + 1 } else { STEP - 2 }))
    }

    /// Whether `answer` is that of this case.
    #[must_use]
    pub fn expects(&self, answer: Result<Accepted, VerifyError>) -> bool {
        let answer = answer.map(|accepted| accepted.into_step().number());
        match (self.step, self.used) {
            (None, _) => answer == Err(VerifyError::Mismatch),
            (Some(_), true) => answer == Err(VerifyError::Replayed),
            (Some(step), false) => answer == Ok(step),
        }
    }
}

/// An authenticator of six digits and 30 seconds, whose secret is made of `seed`.
///
/// # Errors
/// None: the secret has 20 bytes.
pub fn authenticator(algorithm: Algorithm, seed: u8) -> Result<Totp, SecretError> {
    let secret = Secret::import(&core::array::from_fn::<u8, 20, _>(|place| {
        seed.wrapping_mul(31)
            .wrapping_add(u8::try_from(place).unwrap_or(0))
    }))?;
    Ok(Totp::new(secret, algorithm, Digits::SIX, Period::THIRTY))
}

/// One check with the key prepared.
///
/// # Errors
/// As [`Totp::verify`].
#[inline(never)]
pub fn prepared(totp: &Totp, code: &Code, last: Option<TimeStep>) -> Result<Accepted, VerifyError> {
    totp.verify(code, NOW, Window::DEFAULT, last)
}

/// One check from the secret.
///
/// # Errors
/// As [`Totp::verify_once`].
#[inline(never)]
pub fn from_secret(
    totp: &Totp,
    code: &Code,
    last: Option<TimeStep>,
) -> Result<Accepted, VerifyError> {
    let (secret, parameters) = (totp.secret(), totp.parameters());
    Totp::verify_once(secret, parameters, code, NOW, Window::DEFAULT, last)
}

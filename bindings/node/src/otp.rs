//! One-time passwords: synchronous, since a call takes less than handing it to another thread.
//!
//! What JavaScript passes and gets are numbers and texts, which cost least: the parameters in one number, the window in
//! another, and the match as a third, which `lib/totp.cts` takes apart.

use mfakit::{Algorithm, Counter, Digits, Period, Secret, TotpParameters, UnixTime};
use mfakit_core::{Code, Hotp, LookAhead, ResyncWindow, TimeStep, Totp, VerifyError, Window};
use napi::bindgen_prelude::BigInt;
use napi_derive::napi;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    failure::Failure,
    secret::{NativeSecret, algorithm_of},
};

/// One authenticator that goes by time, keyed and ready.
#[napi]
pub struct NativeTotp {
    totp: Totp,
}

#[napi]
impl NativeTotp {
    /// The authenticator with this secret and these parameters.
    ///
    /// # Errors
    /// If a parameter is outside of what it can be.
    #[napi(constructor, catch_unwind)]
    pub fn new(secret: &NativeSecret, parameters: u32) -> napi::Result<Self> {
        let parameters = parameters_of(parameters)?;
        let totp = Totp::with_parameters(secret.secret().duplicate(), parameters);
        Ok(Self { totp })
    }

    /// The code at a time, or `null` before 1970.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn generate(&self, at: f64) -> Option<String> {
        let code = self.totp.generate(time(at))?;
        Some(code.expose().to_string())
    }

    /// The matched step and its distance, packed; or why there is none, below 0.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn verify(&self, mut typed: String, at: f64, window: u32, after: f64) -> f64 {
        let TotpParameters { digits, .. } = self.totp.parameters();
        let found = with_code(&typed, digits, window, |code, window| {
            let accepted = self.totp.verify(code, time(at), window, step(after))?;
            Ok(packed(accepted.delta().into(), accepted.into_step()))
        });
        typed.zeroize();
        found
    }

    /// The same for two consecutive codes.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn resynchronize(
        &self,
        first: String,
        second: String,
        at: f64,
        window: u32,
        after: f64,
    ) -> f64 {
        let (first, second) = (Zeroizing::new(first), Zeroizing::new(second));
        let TotpParameters { digits, .. } = self.totp.parameters();
        let Some(window) = resync_window(window) else {
            return WINDOW;
        };
        let codes = (Code::parse(&first, digits), Code::parse(&second, digits));
        let (Ok(first), Ok(second)) = codes else {
            return MISMATCH;
        };
        let found = self
            .totp
            .resynchronize(&first, &second, time(at), window, step(after));
        match found {
            Ok(found) => packed(found.delta(), found.into_step()),
            Err(why) => missed(why),
        }
    }

    /// For how many seconds the code shown at a time stays.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn remaining_seconds(&self, at: f64) -> u32 {
        self.totp.remaining_seconds(time(at)).into()
    }

    /// For how many seconds a person waits for a code that is not used up.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn seconds_until_fresh(&self, at: f64, after: f64) -> f64 {
        self.totp.seconds_until_fresh(time(at), step(after)) as f64
    }
}

/// Verifies a code straight from a secret, without an object for either.
#[napi(catch_unwind)]
#[must_use]
pub fn verify_totp(
    secret: &NativeSecret,
    parameters: u32,
    typed: String,
    at: f64,
    window: u32,
    after: f64,
) -> f64 {
    let typed = Zeroizing::new(typed);
    once(secret.secret(), parameters, &typed, at, window, after)
}

/// The same from a secret in Base32.
#[napi(catch_unwind)]
#[must_use]
pub fn verify_totp_base32(
    secret: String,
    parameters: u32,
    typed: String,
    at: f64,
    window: u32,
    after: f64,
) -> f64 {
    let (text, typed) = (Zeroizing::new(secret), Zeroizing::new(typed));
    Secret::from_base32(&text).map_or(SECRET, |secret| {
        once(&secret, parameters, &typed, at, window, after)
    })
}

fn once(secret: &Secret, parameters: u32, typed: &str, at: f64, window: u32, after: f64) -> f64 {
    let Ok(parameters) = parameters_of(parameters) else {
        return PARAMETERS;
    };
    with_code(typed, parameters.digits, window, |code, window| {
        let verified = Totp::verify_once(secret, parameters, code, time(at), window, step(after));
        verified.map(|accepted| packed(accepted.delta().into(), accepted.into_step()))
    })
}

/// One authenticator that counts, keyed and ready.
#[napi]
pub struct NativeHotp {
    hotp: Hotp,
}

#[napi]
impl NativeHotp {
    /// The authenticator with this secret and these parameters; the period among them is not looked at.
    ///
    /// # Errors
    /// If a parameter is outside of what it can be.
    #[napi(constructor, catch_unwind)]
    pub fn new(secret: &NativeSecret, parameters: u32) -> napi::Result<Self> {
        let (algorithm, digits) = (algorithm_of(parameters & 0xff)?, digits_of(parameters)?);
        let hotp = Hotp::new(secret.secret().duplicate(), algorithm, digits);
        Ok(Self { hotp })
    }

    /// The code at a counter.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn generate(&self, counter: BigInt) -> String {
        let code = self.hotp.generate(count(&counter));
        code.expose().to_string()
    }

    /// The matched counter, or `null`.
    ///
    /// # Errors
    /// If the look-ahead is out of range.
    #[napi(catch_unwind)]
    pub fn verify(
        &self,
        typed: String,
        next: BigInt,
        look_ahead: u32,
    ) -> napi::Result<Option<BigInt>> {
        let typed = Zeroizing::new(typed);
        let look_ahead = u8::try_from(look_ahead).unwrap_or(u8::MAX);
        let look_ahead =
            LookAhead::new(look_ahead).map_err(|error| Failure::range("lookAhead", error))?;
        let Ok(code) = Code::parse(&typed, self.hotp.digits()) else {
            return Ok(None);
        };
        let verified = self.hotp.verify(&code, count(&next), look_ahead);
        Ok(verified.ok().map(|it| it.counter().number().into()))
    }

    /// The counter of the second of two consecutive codes, or `null`.
    ///
    /// # Errors
    /// If the window is out of range.
    #[napi(catch_unwind)]
    pub fn resynchronize(
        &self,
        first: String,
        second: String,
        next: BigInt,
        window: u32,
    ) -> napi::Result<Option<BigInt>> {
        let (first, second) = (Zeroizing::new(first), Zeroizing::new(second));
        let window = resync_window(window).ok_or_else(|| {
            Failure::range(
                "window",
                "a window to resynchronize has at most 120 counters",
            )
        })?;
        let digits = self.hotp.digits();
        let codes = (Code::parse(&first, digits), Code::parse(&second, digits));
        let (Ok(first), Ok(second)) = codes else {
            return Ok(None);
        };
        let found = self
            .hotp
            .resynchronize(&first, &second, count(&next), window);
        Ok(found.ok().map(|it| it.counter().number().into()))
    }
}

impl NativeTotp {
    pub(crate) const fn totp(&self) -> &Totp {
        &self.totp
    }

    pub(crate) const fn of(totp: Totp) -> Self {
        Self { totp }
    }
}

impl NativeHotp {
    pub(crate) const fn hotp(&self) -> &Hotp {
        &self.hotp
    }

    pub(crate) const fn of(hotp: Hotp) -> Self {
        Self { hotp }
    }
}

/// A code in the shape that is asked for, and a window, to verify by; a text without the shape matches nothing.
fn with_code(
    typed: &str,
    digits: Digits,
    window: u32,
    verify: impl FnOnce(&Code, Window) -> Result<f64, VerifyError>,
) -> f64 {
    let [past, future, ..] = window.to_le_bytes();
    let Ok(window) = Window::new(past, future) else {
        return WINDOW;
    };
    let Ok(code) = Code::parse(typed, digits) else {
        return MISMATCH;
    };
    verify(&code, window).unwrap_or_else(missed)
}

const fn missed(why: VerifyError) -> f64 {
    match why {
        VerifyError::Mismatch => MISMATCH,
        VerifyError::Replayed => REPLAYED,
    }
}

/// Algorithm, digits and period, from the lowest byte on.
fn parameters_of(packed: u32) -> Result<TotpParameters, Failure> {
    let period = u16::try_from(packed >> 16).unwrap_or(u16::MAX);
    Ok(TotpParameters {
        algorithm: algorithm_of(packed & 0xff)?,
        digits: digits_of(packed)?,
        period: Period::new(period).map_err(|error| Failure::range("period", error))?,
    })
}

fn digits_of(packed: u32) -> Result<Digits, Failure> {
    let digits = u8::try_from(packed >> 8 & 0xff).unwrap_or(u8::MAX);
    Digits::new(digits).map_err(|error| Failure::range("digits", error))
}

/// The parameters in one number.
pub(crate) fn packed_parameters(algorithm: Algorithm, digits: Digits, period: u16) -> u32 {
    u32::from(algorithm.number()) | u32::from(digits.get()) << 8 | u32::from(period) << 16
}

fn resync_window(window: u32) -> Option<ResyncWindow> {
    let window = u16::try_from(window).ok()?;
    ResyncWindow::new(window).ok()
}

/// Seconds since 1970; JavaScript has made a whole number of them, and the conversion saturates.
pub(crate) fn time(seconds: f64) -> UnixTime {
    UnixTime::from_seconds(seconds as i64)
}

/// The last accepted step; a number below 0 is none, and the conversion saturates.
fn step(number: f64) -> Option<TimeStep> {
    (number >= 0.0).then(|| TimeStep::new(number as u64))
}

/// The step times 1,024, plus its distance and 512: exact, as a time of JavaScript has fewer than 2^40 steps.
fn packed(delta: i16, step: TimeStep) -> f64 {
    (step.number() as f64).mul_add(1024.0, f64::from(delta) + 512.0)
}

fn count(number: &BigInt) -> Counter {
    Counter::new(number.get_u64().1)
}

/// The code is right for no step.
const MISMATCH: f64 = -1.0;
/// The code is right, but used up.
const REPLAYED: f64 = -2.0;
/// The window is out of range.
const WINDOW: f64 = -3.0;
/// A parameter is out of range.
const PARAMETERS: f64 = -4.0;
/// The text is no secret.
const SECRET: f64 = -5.0;

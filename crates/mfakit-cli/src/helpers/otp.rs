//! `code` and `verify`, and the secrets that they and others read.

use mfakit_core::{
    Algorithm, Code, Counter, Digits, Hotp, LookAhead, MovingFactor, OtpAuthUri, Period, Secret,
    TimeStep, Totp, VerifyError, Window,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    args::{CodeArgs, KeyArgs, ParameterArgs, VerifyArgs},
    console::Console,
    exit::Failure,
    input, when,
};

/// What makes codes.
pub(crate) enum Generator {
    Totp(Totp),
    Hotp(Hotp, Counter),
}

pub(crate) fn code(args: &CodeArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let at = args.at.unwrap_or_else(when::now);
    let (code, value) = match generator(&args.key, console)? {
        Generator::Totp(totp) => {
            let step = totp.time_step(at);
            let code = totp.generate(at).zip(step);
            let (code, step) = code.ok_or_else(before_1970)?;
            let left = totp.remaining_seconds(at);
            let value = json!({ "time_step": step.number(), "remaining_seconds": left });
            (code, value)
        }
        Generator::Hotp(hotp, counter) => {
            let value = json!({ "counter": counter.number() });
            (hotp.generate(counter), value)
        }
    };
    let text = code.expose();
    let mut value = value;
    if let Value::Object(fields) = &mut value {
        fields.insert("code".to_owned(), Value::from(text.as_str()));
    }
    console.answer(&value, &text)
}

pub(crate) fn verify(args: &VerifyArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let generator = generator(&args.key, console)?;
    let typed = match &args.danger_code_in_arguments {
        Some(code) => Zeroizing::new(code.clone()),
        None => input::line("code", console)?,
    };
    let verdict = match generator {
        Generator::Totp(totp) => verify_totp(&totp, &typed, args)?,
        Generator::Hotp(hotp, counter) => verify_hotp(&hotp, counter, &typed, args)?,
    };
    match verdict {
        Ok((value, sentence)) => console.answer(&value, &sentence),
        Err(why) => {
            let (name, sentence) = match why {
                Some(VerifyError::Replayed) => ("replayed", "no: this code was used before"),
                _ => ("mismatch", "no: this code is wrong"),
            };
            console.answer(&json!({ "verified": false, "why": name }), sentence)?;
            Err(Failure::No)
        }
    }
}

/// What a right code says, or why it is none; without a reason where it has not the form of one.
type Verdict = Result<(Value, String), Option<VerifyError>>;

fn verify_totp(totp: &Totp, typed: &str, args: &VerifyArgs) -> Result<Verdict, Failure> {
    let at = args.at.unwrap_or_else(when::now);
    totp.time_step(at).ok_or_else(before_1970)?;
    let window = match args.window {
        Some(steps) => Window::new(steps, steps).map_err(Failure::input)?,
        None => Window::DEFAULT,
    };
    let Ok(code) = Code::parse(typed, totp.parameters().digits) else {
        return Ok(Err(None));
    };
    let last = args.last_step.map(TimeStep::new);
    Ok(totp
        .verify(&code, at, window, last)
        .map(|accepted| {
            let (step, delta) = (accepted.step().number(), accepted.delta());
            let value = json!({ "verified": true, "time_step": step, "delta": delta });
            (value, format!("yes: time step {step}, {}", off(delta)))
        })
        .map_err(Some))
}

fn off(delta: i8) -> String {
    let steps = match delta.unsigned_abs() {
        1 => "1 step".to_owned(),
        many => format!("{many} steps"),
    };
    match delta {
        0 => "the current one".to_owned(),
        1.. => format!("{steps} ahead"),
        _ => format!("{steps} behind"),
    }
}

fn verify_hotp(
    hotp: &Hotp,
    counter: Counter,
    typed: &str,
    args: &VerifyArgs,
) -> Result<Verdict, Failure> {
    if args.last_step.is_some() {
        let text = "a code that goes by count has no time step: its counter says what was used";
        return Err(Failure::Input(text.to_owned()));
    }
    let ahead = match args.window {
        Some(counters) => LookAhead::new(counters).map_err(Failure::input)?,
        None => LookAhead::DEFAULT,
    };
    let Ok(code) = Code::parse(typed, hotp.digits()) else {
        return Ok(Err(None));
    };
    Ok(hotp
        .verify(&code, counter, ahead)
        .map(|accepted| {
            let counter = accepted.counter().number();
            let value = json!({ "verified": true, "counter": counter });
            (value, format!("yes: counter {counter}"))
        })
        .map_err(Some))
}

/// The secret or URI that the arguments lead to, with its parameters.
pub(crate) fn generator(args: &KeyArgs, console: &mut Console<'_>) -> Result<Generator, Failure> {
    let text = match (&args.danger_secret_in_arguments, &args.secret_file) {
        (Some(text), _) => Zeroizing::new(text.clone()),
        (None, Some(path)) => input::from_file(path, "secret or URI", console)?,
        (None, None) => input::line("secret or URI", console)?,
    };
    if is_uri(&text) {
        of_uri(&text, &args.parameters)
    } else {
        let secret = Secret::from_base32(&text).map_err(Failure::input)?;
        of_secret(secret, &args.parameters)
    }
}

fn is_uri(text: &str) -> bool {
    text.get(..SCHEME.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
}

fn of_uri(text: &str, args: &ParameterArgs) -> Result<Generator, Failure> {
    let uri = OtpAuthUri::parse(text).map_err(Failure::input)?;
    let said = args.algorithm.is_some() || args.digits.is_some() || args.period.is_some();
    if said {
        let text = "the URI says its algorithm, digits and period; leave the options out";
        return Err(Failure::Input(text.to_owned()));
    }
    match (uri.moving_factor(), args.counter) {
        (MovingFactor::Time { .. }, None) => {
            Ok(Generator::Totp(uri.to_totp().map_err(Failure::input)?))
        }
        (MovingFactor::Time { .. }, Some(_)) => {
            let text = "the URI is of codes that go by time, which have no counter";
            Err(Failure::Input(text.to_owned()))
        }
        // The counter of a URI is where its codes began, and not where they are.
        (MovingFactor::Counter { .. }, said) => {
            let (hotp, counter) = uri.to_hotp().map_err(Failure::input)?;
            Ok(Generator::Hotp(hotp, said.map_or(counter, Counter::new)))
        }
    }
}

/// A secret with the parameters of the arguments.
pub(crate) fn of_secret(secret: Secret, args: &ParameterArgs) -> Result<Generator, Failure> {
    let algorithm = args.algorithm.unwrap_or(Algorithm::Sha1);
    let digits = match args.digits {
        Some(digits) => Digits::new(digits).map_err(Failure::input)?,
        None => Digits::SIX,
    };
    if let Some(counter) = args.counter {
        let hotp = Hotp::new(secret, algorithm, digits);
        return Ok(Generator::Hotp(hotp, Counter::new(counter)));
    }
    let period = match args.period {
        Some(seconds) => Period::new(seconds).map_err(Failure::input)?,
        None => Period::THIRTY,
    };
    Ok(Generator::Totp(Totp::new(
        secret, algorithm, digits, period,
    )))
}

fn before_1970() -> Failure {
    Failure::Input("there are no codes for times before 1970".to_owned())
}

const SCHEME: &str = "otpauth:";

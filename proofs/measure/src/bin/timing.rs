//! Measures whether the time of a check tells how it goes, by the method of dudect (Reparaz, Balasch, Verbauwhede,
//! "Dude, is my code constant time?", 2017).
//!
//!     timing [SAMPLES [FILTER]]
//!
//! For each case, checks of that case and of another are timed in random order, with one of
//! sixteen secrets each, and Welch's t-test says whether their mean times differ: over all samples, and over those below
//! each of 100 percentiles, since what a busy machine adds to a few samples hides small differences in the rest. Above
//! 4.5 in size they do differ. One control, a comparison that stops early, has to be found. Exits with 1 otherwise.
//!
//! What is timed is the public `verify`, from the code to the whole answer, which is not looked at until the clock has
//! stopped.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use core::hint::black_box;
use std::{process::ExitCode, time::Instant};

use mfakit_core::{Accepted, Algorithm, Code, TimeStep, Totp, VerifyError};
use mfakit_measure::{CASES, Case, authenticator, from_secret, prepared};

const SAMPLES: usize = 1_000_000;
const LIMIT: f64 = 4.5;

type Check = fn(&Totp, &Code, Option<TimeStep>) -> Result<Accepted, VerifyError>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let samples = arguments.next().map(|it| it.parse());
    let Ok(samples) = samples.unwrap_or(Ok(SAMPLES)) else {
        eprintln!("SAMPLES is a number");
        return ExitCode::from(2);
    };
    let filter = arguments.next().unwrap_or_default();
    let secrets = (1..=16).map(|seed| authenticator(Algorithm::Sha1, seed));
    let Ok(totps) = secrets.collect::<Result<Vec<Totp>, _>>() else {
        return ExitCode::FAILURE;
    };
    let mut dice = Dice(1);
    let mut good = true;

    let t = early_exit(samples, &mut dice);
    println!("t = {t:+9.2}  control: a comparison that stops early");
    good &= t.abs() > LIMIT;
    let checks: [(&str, Check); 2] = [("prepared", prepared), ("from secret", from_secret)];
    let [none, before, current, after, none_used, replays @ ..] = CASES;
    let [_, replay, _] = replays;
    let pairs = [
        (before, current),
        (after, current),
        (none, none),
        (none_used, none_used),
        (current, none),
        (current, replay),
        (none, none_used),
    ];
    let pairs = pairs
        .into_iter()
        .chain(replays.map(|replay| (replay, none_used)));
    for ((name, check), pair) in checks
        .into_iter()
        .flat_map(|check| pairs.clone().map(move |pair| (check, pair)))
    {
        let (left, right) = pair;
        let right_name = if left == right { "others" } else { right.name };
        let name = format!("{name}: {} against {right_name}", left.name);
        if name.contains(&filter) {
            let t = compare(&totps, check, pair, samples, &mut dice);
            println!("t = {t:+9.2}  {name}");
            good &= t.abs() < LIMIT;
        }
    }
    println!("{samples} samples each; the limit is {LIMIT}");
    ExitCode::from(u8::from(!good))
}

/// One case against another. Of no step there are many codes: on the left it is always the same one, on the right
/// always another.
fn compare(
    totps: &[Totp],
    check: Check,
    (left, right): (Case, Case),
    samples: usize,
    dice: &mut Dice,
) -> f64 {
    let inputs = (0..samples).filter_map(|_| {
        let is_left = dice.roll() & 1 == 0;
        let chosen = if is_left { left } else { right };
        let totp = totps.get(usize::try_from(dice.roll() % 16).ok()?)?;
        let other = if is_left { 0 } else { dice.roll() };
        let last = chosen.last_accepted();
        Some((is_left, totp, chosen.code(totp, other)?, last))
    });
    let inputs: Vec<(bool, &Totp, Code, Option<TimeStep>)> = inputs.collect();
    let times = inputs.iter().map(|(is_left, totp, code, last)| {
        let (time, _) = time(|| check(black_box(totp), black_box(code), black_box(*last)));
        (*is_left, time)
    });
    largest_t(&times.collect::<Vec<_>>())
}

/// Equal texts against texts that differ at the first byte.
fn early_exit(samples: usize, dice: &mut Dice) -> f64 {
    let right = [7_u8; 256];
    let mut wrong = right;
    wrong[0] = 8;
    let times = (0..samples).map(|_| {
        let left = dice.roll() & 1 == 0;
        let text = if left { &right } else { &wrong };
        let same = || {
            let mut pairs = black_box(text).iter().zip(black_box(&right));
            pairs.all(|(one, other)| black_box(one) == other)
        };
        (left, time(same).0)
    });
    largest_t(&times.collect::<Vec<_>>())
}

fn time<T>(action: impl Fn() -> T) -> (f64, T) {
    let started = Instant::now();
    let answer = black_box(action());
    (started.elapsed().as_secs_f64() * 1e9, answer)
}

/// The t of largest size, over all samples and below each percentile.
fn largest_t(times: &[(bool, f64)]) -> f64 {
    let mut sorted: Vec<f64> = times.iter().map(|(_, time)| *time).collect();
    sorted.sort_by(f64::total_cmp);
    let mut limits: Vec<f64> = (1..=100)
        .filter_map(|part| {
            // As dudect has it: closer together towards the slow end.
            let below = 1.0 - 0.5_f64.powf(10.0 * f64::from(part) / 100.0);
            sorted.get(index(below, sorted.len())).copied()
        })
        .collect();
    limits.push(f64::INFINITY);
    let of_each = limits.into_iter().map(|limit| t_below(times, limit));
    of_each.fold(
        0.0,
        |largest: f64, t| if t.abs() > largest.abs() { t } else { largest },
    )
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place among a million samples"
)]
fn index(part: f64, len: usize) -> usize {
    (part * len as f64) as usize
}

/// Welch's t of the samples below a limit; 0 where there are too few to say.
fn t_below(times: &[(bool, f64)], limit: f64) -> f64 {
    let mut sums = [Moments::default(), Moments::default()];
    for (left, time) in times.iter().filter(|(_, time)| *time < limit) {
        let [one, other] = &mut sums;
        (if *left { one } else { other }).add(*time);
    }
    let [left, right] = sums;
    if left.count < 1000.0 || right.count < 1000.0 {
        return 0.0;
    }
    let error = (left.variance() / left.count + right.variance() / right.count).sqrt();
    if error > 0.0 {
        (left.mean - right.mean) / error
    } else {
        0.0
    }
}

/// Count, mean and squared distances of samples, kept up to date by Welford's method.
#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, sample: f64) {
        self.count += 1.0;
        let distance = sample - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (sample - self.mean);
    }

    fn variance(&self) -> f64 {
        self.squares / (self.count - 1.0)
    }
}

/// Which class comes next, and which wrong code (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

//! One TOTP verification, SHA-1, 6 digits, a window of one step either way: ours beside others', and beside the hash
//! alone.
//!
//! `verify_hit` presents the code of the current step, `verify_miss` one of the right shape that matches no step.
//! `floor_6_blocks` is what three steps cost at least with a prepared key: two block compressions each. From the
//! secret, keying costs two more: `floor_8_blocks`. Parsing the typed text is part of every verification, since
//! the others parse in the same call.
//!
//! Not measured: other processors than the one at hand, other algorithms, and a cold cache.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that can't start must not look like one that ran"
)]
#![allow(
    missing_docs,
    reason = "the macros of criterion write public functions"
)]

use core::{hint::black_box, slice};

use criterion::{Criterion, criterion_group, criterion_main};
use latchkey::totp::{TotpParams, TotpSecret};
use mfakit_core::{
    Algorithm, Code, Digits, Period, Secret, TimeStep, Totp, TotpParameters, UnixTime, VerifyError,
    Window,
};
use time::OffsetDateTime;

const KEY: [u8; 20] = *b"12345678901234567890";
/// The first second of a step, so that libreauth's clock, which runs on, stays in it.
const NOW: i64 = 1_800_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Match,
    Mismatch,
}

fn verify(c: &mut Criterion) {
    let codes = codes_around_now();
    let [_, current, _] = &codes;
    let wrong = (0..)
        .map(|number: u32| format!("{number:06}"))
        .find(|code| !codes.contains(code))
        .unwrap_or_default();
    group(c, "verify_hit", current, Expected::Match);
    group(c, "verify_miss", &wrong, Expected::Mismatch);
}

fn group(c: &mut Criterion, name: &str, typed: &str, expected: Expected) {
    let mut group = c.benchmark_group(name);

    let blocks = Blocks::new();
    group.bench_function("floor_6_blocks", |b| b.iter(|| blocks.six()));
    group.bench_function("floor_8_blocks", |b| b.iter(|| blocks.eight()));

    let prepared = totp();
    let at = UnixTime::from_seconds(NOW);
    let prepared = |typed: &str| {
        let code = Code::parse(black_box(typed), Digits::SIX).map_err(|_| VerifyError::Mismatch)?;
        let accepted = black_box(&prepared).verify(
            &code,
            black_box(at),
            black_box(Window::DEFAULT),
            black_box(None),
        )?;
        Ok::<_, VerifyError>(accepted.into_step())
    };
    assert_eq!(prepared(typed).ok(), step(expected));
    group.bench_function("mfakit_prepared", |b| b.iter(|| prepared(typed)));

    let secret = secret();
    let from_secret = |typed: &str| {
        let code = Code::parse(black_box(typed), Digits::SIX).map_err(|_| VerifyError::Mismatch)?;
        let accepted = Totp::verify_once(
            black_box(&secret),
            black_box(TotpParameters::default()),
            &code,
            black_box(at),
            black_box(Window::DEFAULT),
            black_box(None),
        )?;
        Ok::<_, VerifyError>(accepted.into_step())
    };
    assert_eq!(from_secret(typed).ok(), step(expected));
    group.bench_function("mfakit_from_secret", |b| b.iter(|| from_secret(typed)));

    let other = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_secret(KEY)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .build_noncompliant();
    let totp_rs = |typed| black_box(&other).check(black_box(typed), black_box(1_800_000_000));
    assert_eq!(totp_rs(typed).is_some(), expected == Expected::Match);
    group.bench_function("totp_rs", |b| b.iter(|| totp_rs(typed)));

    let key = TotpSecret::from_bytes(KEY.to_vec()).expect("20 bytes");
    let at = OffsetDateTime::from_unix_timestamp(NOW).expect("a time before the year 10000");
    let latchkey = |typed| {
        latchkey::totp::verify(
            black_box(&key),
            black_box(typed),
            black_box(None),
            black_box(at),
            black_box(TotpParams::default()),
        )
    };
    assert_eq!(latchkey(typed).is_ok(), expected == Expected::Match);
    group.bench_function("latchkey", |b| b.iter(|| latchkey(typed)));

    let other = libreauth::oath::TOTPBuilder::new()
        .key(&KEY)
        .timestamp(NOW)
        .tolerance(1)
        .finalize()
        .expect("a key");
    let libreauth = |typed: &str| black_box(&other).is_valid(black_box(typed));
    assert_eq!(libreauth(typed), expected == Expected::Match);
    group.bench_function("libreauth", |b| b.iter(|| libreauth(typed)));

    group.finish();
}

/// What any implementation has to compute, from kept states, and nothing around it.
struct Blocks {
    inner: [u32; 5],
    outer: [u32; 5],
    block: [u8; 64],
}

impl Blocks {
    fn new() -> Self {
        Self {
            inner: black_box([1; 5]),
            outer: black_box([2; 5]),
            block: black_box([3; 64]),
        }
    }

    fn six(&self) -> u32 {
        (0..3)
            .map(|_| {
                // The outer hash reads the inner one: the two can't run at once.
                let inner = self.compressed(self.inner);
                let [number, ..] = self.compressed(inner);
                number
            })
            .fold(0, |sum, number| sum ^ number)
    }

    fn eight(&self) -> u32 {
        let keyed = Self {
            inner: self.compressed(self.inner),
            outer: self.compressed(self.outer),
            block: self.block,
        };
        keyed.six()
    }

    fn compressed(&self, state: [u32; 5]) -> [u32; 5] {
        let mut state = black_box(state);
        sha1::block_api::compress(&mut state, slice::from_ref(black_box(&self.block)));
        state
    }
}

fn secret() -> Secret {
    Secret::import(&KEY).expect("20 bytes")
}

fn totp() -> Totp {
    Totp::new(secret(), Algorithm::Sha1, Digits::SIX, Period::THIRTY)
}

/// The step that a verification answers with.
fn step(expected: Expected) -> Option<TimeStep> {
    let now = TimeStep::at(UnixTime::from_seconds(NOW), Period::THIRTY);
    now.filter(|_| expected == Expected::Match)
}

fn codes_around_now() -> [String; 3] {
    [-30, 0, 30].map(|seconds| {
        let at = UnixTime::from_seconds(NOW + seconds);
        let code = totp().generate(at).expect("a time after 1970");
        code.expose().as_str().to_owned()
    })
}

criterion_group!(benches, verify);
criterion_main!(benches);

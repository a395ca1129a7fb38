//! Verifications through the engine on each store, beside the bare database doing the same; and stores that grow.
//!
//! `stores/postgres`, `stores/redis` and `stores/sqlite` compare: see the files of these names. `scale` fills stores
//! and measures what grows with them: see `stores/scale.rs`; it runs only where its name is given.
//!
//! Numbers in the environment, with what is usual: `MFAKIT_BENCH_ROWS`, how many accounts lie around those that verify
//! (1,000,000), `MFAKIT_BENCH_PEOPLE`, how many do (2,048), `MFAKIT_BENCH_ROUNDS`, how often the two take turns (5),
//! `MFAKIT_BENCH_CALLERS`, how many call at once (`1,8,32` or `1,8,64`). Where `MFAKIT_BENCH_HOLD` is 1, what takes long
//! to fill waits for a line of input before it measures.
//! Every answer is asserted.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and one that can't start must not look like one that ran"
)]

extern crate alloc;

#[path = "stores/people.rs"]
mod people;
#[path = "stores/postgres.rs"]
mod postgres;
#[path = "stores/redis.rs"]
mod redis_bench;
#[path = "stores/rows.rs"]
mod rows;
#[path = "stores/scale.rs"]
mod scale;
#[path = "../../crates/mfakit-store/tests/support/server.rs"]
mod server;
#[path = "stores/sqlite.rs"]
mod sqlite;

use core::time::Duration;
use std::env;

/// How large a run is.
#[derive(Clone, Copy)]
struct Size {
    /// Accounts that lie around.
    rows: u64,
    /// Accounts that verify.
    people: usize,
    /// How often the two take turns.
    rounds: usize,
    /// One run of few, to see that it works.
    test: bool,
}

impl Size {
    /// How many call at once: `MFAKIT_BENCH_CALLERS`, or as usual.
    fn callers(self, usual: &[usize]) -> Vec<usize> {
        if self.test {
            return vec![2];
        }
        env::var("MFAKIT_BENCH_CALLERS").map_or(usual.to_vec(), |callers| {
            callers.split(',').map(|it| it.parse().unwrap()).collect()
        })
    }
}

fn main() {
    // `cargo test` asks whether it runs, `cargo bench` how fast.
    let test = env::args().any(|argument| argument == "--test");
    let filters: Vec<_> = env::args()
        .skip(1)
        .filter(|it| !it.starts_with("--"))
        .collect();
    let named = |name: &str| filters.iter().any(|filter| name.contains(filter.as_str()));
    let chosen = |name: &str| filters.is_empty() || named(name);
    let size = if test {
        Size {
            rows: 100,
            people: 4,
            rounds: 1,
            test,
        }
    } else {
        Size {
            rows: number("MFAKIT_BENCH_ROWS", 1_000_000),
            people: usize::try_from(number("MFAKIT_BENCH_PEOPLE", 2_048)).unwrap(),
            rounds: usize::try_from(number("MFAKIT_BENCH_ROUNDS", 5)).unwrap(),
            test,
        }
    };
    if chosen("stores/postgres") {
        postgres::compare(size);
        println!("Success");
    }
    if chosen("stores/redis") {
        redis_bench::compare(size);
        println!("Success");
    }
    if chosen("stores/sqlite") {
        sqlite::compare(size);
        println!("Success");
    }
    if test || named("scale/postgres") {
        scale::postgres(test);
        println!("Success");
    }
    if test || named("scale/redis") {
        scale::redis(test);
        println!("Success");
    }
    if test || named("scale/sqlite") {
        scale::sqlite(test);
        println!("Success");
    }
}

/// A number from the environment.
fn number(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |number| number.parse().unwrap())
}

/// Waits for a line of input, if the environment says so: the machine can be made quiet after the filling.
fn hold() {
    if number("MFAKIT_BENCH_HOLD", 0) == 1 {
        println!("filled; measures after a line of input");
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
}

fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn rate(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / time.as_secs_f64()
}

/// Prints a row of a comparison.
fn tell(name: &str, callers: usize, engine: &[f64], raw: &[f64], beside: &str) {
    let (engine, raw) = (median(engine), median(raw));
    println!(
        "{name}/{callers}: engine {engine:.0}/s, {beside} {raw:.0}/s, ratio {:.2}",
        engine / raw
    );
}

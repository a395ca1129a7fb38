//! Measures the CPU time of a sign-in with its verification on the store in memory, with 64 in flight: what the bindings
//! to other languages do too, and are compared with.
//!
//! ```text
//! cargo run --release -p interop --bin in_flight -- ROUNDS [IN_FLIGHT]
//! ```
//!
//! With one in flight, nothing is handed to another thread.
//! Each person signs in once in a round and verifies a code of their own, so that nobody waits for anybody. CPU time is that of
//! the whole process (Linux), in microseconds for each person.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement that fails has nothing to say"
)]

extern crate alloc;

use alloc::sync::Arc;
use std::{env, fs, time::Instant};

use getrandom::SysRng;
use mfakit::{
    AccountId, AccountName, Administrator, Confirmation, Decision, Engine, FirstFactor, Issuer,
    Keyring, Label, ManualClock, MemoryStore, Policy, SetupStart, SignIn, Tenant, TenantId,
    UnixTime, Verification,
};
use mfakit_core::Totp;
use tokio::task::JoinSet;

const PERSONS: u32 = 512;
/// Of a clock tick of Linux, in microseconds.
const TICK: f64 = 10_000.0;

struct Person {
    account: AccountId,
    totp: Totp,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let rounds: u32 = env::args().nth(1).map_or(64, |text| text.parse().unwrap());
    let in_flight: usize = env::args().nth(2).map_or(64, |text| text.parse().unwrap());
    let clock = ManualClock::starting_at(UnixTime::from_seconds(1_800_000_000));
    let keyring = Keyring::generate(&mut SysRng).unwrap();
    let engine = Engine::builder(MemoryStore::new(), keyring)
        .clock(clock.clone())
        .build();
    let by = Administrator::new("bench", "bench").unwrap();
    let policy = Policy::new(Issuer::new("Acme").unwrap());
    let acme = TenantId::new("acme").unwrap();
    let _ = engine.create_tenant(&acme, policy, &by).await.unwrap();
    let mfa = engine.tenant_of(acme);
    let mut persons = Vec::new();
    for number in 0..PERSONS {
        let account = AccountId::new(format!("person {number}")).unwrap();
        persons.push(Arc::new(enrolled(&mfa, account, &clock).await));
    }
    round(&mfa, &persons, &clock, in_flight).await;
    let (started, before) = (Instant::now(), ticks());
    for _ in 0..rounds {
        round(&mfa, &persons, &clock, in_flight).await;
    }
    let (wall, cpu) = (started.elapsed(), ticks() - before);
    let done = f64::from(rounds) * f64::from(PERSONS);
    println!(
        "rust cpu {:.1} wall {:.1}",
        cpu * TICK / done,
        wall.as_secs_f64() * 1e6 / done
    );
}

async fn enrolled(mfa: &Tenant, account: AccountId, clock: &ManualClock) -> Person {
    let first = FirstFactor::external(account.clone());
    let Decision::Setup(setup) = mfa.sign_in(first, SignIn::new()).await.unwrap() else {
        panic!("no setup is asked for");
    };
    let (name, label) = (
        AccountName::new("anna").unwrap(),
        Label::new("Phone").unwrap(),
    );
    let SetupStart::Pending(pending) = mfa.begin_setup(&setup.ticket, &name, &label).await.unwrap()
    else {
        panic!("no setup was begun");
    };
    let totp = pending.uri.to_totp().unwrap();
    let code = totp.generate(mfakit::Clock::now(clock)).unwrap().expose();
    let Confirmation::Confirmed(confirmed) = mfa.confirm_setup(&setup.ticket, &code).await.unwrap()
    else {
        panic!("the first code was not right");
    };
    let _ = mfa
        .acknowledge_backup_codes(&confirmed.assertion)
        .await
        .unwrap();
    Person { account, totp }
}

/// Everybody signs in and verifies, so many at a time.
async fn round(mfa: &Tenant, persons: &[Arc<Person>], clock: &ManualClock, in_flight: usize) {
    clock.advance(30);
    let now = mfakit::Clock::now(clock);
    if in_flight == 1 {
        for person in persons {
            pair(mfa, person, now).await;
        }
        return;
    }
    let mut waiting = persons.iter();
    let mut running = JoinSet::new();
    loop {
        while running.len() < in_flight
            && let Some(person) = waiting.next()
        {
            let (mfa, person) = (mfa.clone(), Arc::clone(person));
            running.spawn(async move { pair(&mfa, &person, now).await });
        }
        match running.join_next().await {
            Some(ended) => ended.unwrap(),
            None => break,
        }
    }
}

/// One person signs in and verifies.
async fn pair(mfa: &Tenant, person: &Person, now: UnixTime) {
    let first = FirstFactor::external(person.account.clone());
    let Decision::Challenge(challenge) = mfa.sign_in(first, SignIn::new()).await.unwrap() else {
        panic!("no code is asked for");
    };
    let code = person.totp.generate(now).unwrap().expose();
    let answer = mfa.verify(&challenge.ticket, &code).await.unwrap();
    // One code in a million is that of the step before.
    assert!(matches!(
        answer,
        Verification::Verified(_) | Verification::Replayed(_)
    ));
}

/// CPU time of this process so far, user and system, in clock ticks.
fn ticks() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the program, in brackets, may hold spaces.
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    [11, 12]
        .iter()
        .map(|&place: &usize| fields[place].parse::<f64>().unwrap())
        .sum()
}

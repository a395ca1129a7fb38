//! Shows: an account is the same from every language. The tests of the Python and the Node package run it beside their
//! own, on one database with one keyring.
//!
//! ```text
//! interop set-up URL KEYRING TENANT ACCOUNT SECONDS
//!     makes the store and the tenant where they are not there, sets the person up at that time, and prints a line each:
//!     `secret BASE32`, `backup CODE` for each backup code, `assertion TOKEN`
//! interop verify URL KEYRING TENANT ACCOUNT SECONDS SECRET BACKUP
//!     signs the person in twice, by a code of the secret and by the backup code, and prints `verified otp` and
//!     `verified backup_code`; a second use of either is refused
//! ```
//!
//! The times are arguments, so that a test need not wait for the next code. It ends with 1 and a line on the error
//! output if anything else comes of it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line"
)]

use core::error::Error;
use std::{env, process::ExitCode};

use mfakit::{
    AccountId, AccountName, Administrator, Confirmation, Decision, Engine, FirstFactor, Issuer,
    Label, ManualClock, Policy, Secret, SetupStart, SignIn, Tenant, TenantId, Ticket, UnixTime,
    Verification, keyring_file,
};
use mfakit_connect::{ConnectOptions, StoreUrl};
use mfakit_core::Totp;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("interop: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [act, url, keyring, tenant, account, seconds, rest @ ..] = arguments.as_slice() else {
        return Err("what to do? The head of the source says it".into());
    };
    let at = UnixTime::from_seconds(seconds.parse()?);
    let store = ConnectOptions::new()
        .migrating()
        .open(&StoreUrl::parse(url)?)
        .await?;
    let engine = Engine::builder(store, keyring_file::open_or_create(keyring)?)
        .clock(ManualClock::starting_at(at))
        .build();
    let by = Administrator::new("interop", "test of the languages")?;
    let policy = Policy::new(Issuer::new("Acme")?);
    // Whichever language comes first makes the tenant.
    let _ = engine
        .create_tenant(&TenantId::new(tenant)?, policy, &by)
        .await?;
    let mfa = engine.tenant(tenant)?;
    let account = AccountId::new(account)?;
    match (*act, rest) {
        ("set-up", []) => set_up(&mfa, account, at).await,
        ("verify", [secret, backup]) => {
            let totp = Totp::with_parameters(Secret::from_base32(secret)?, <_>::default());
            let code = totp.generate(at).ok_or("a time before 1970")?.expose();
            once(&mfa, &account, &code).await?;
            once(&mfa, &account, backup).await
        }
        _ => Err("there is no such thing to do, or not with so many arguments".into()),
    }
}

async fn set_up(mfa: &Tenant, account: AccountId, at: UnixTime) -> Result<(), Box<dyn Error>> {
    let decision = mfa.sign_in(FirstFactor::external(account), SignIn::new());
    let Decision::Setup(setup) = decision.await? else {
        return Err("no setup is asked for".into());
    };
    let (name, label) = (AccountName::new("anna")?, Label::new("Phone")?);
    let SetupStart::Pending(pending) = mfa.begin_setup(&setup.ticket, &name, &label).await? else {
        return Err("no setup was begun".into());
    };
    let totp = pending.uri.to_totp()?;
    let code = totp.generate(at).ok_or("a time before 1970")?.expose();
    let Confirmation::Confirmed(confirmed) = mfa.confirm_setup(&setup.ticket, &code).await? else {
        return Err("the first code was not right".into());
    };
    println!("secret {}", *totp.secret().to_base32());
    for code in confirmed.backup_codes.iter().flat_map(|codes| codes.iter()) {
        println!("backup {code}");
    }
    println!("assertion {}", confirmed.assertion.as_str());
    // They count as stored, so that the next sign-in makes no new ones.
    let _ = mfa.acknowledge_backup_codes(&confirmed.assertion).await?;
    Ok(())
}

/// Signs in by a code, and shows that it is used up.
async fn once(mfa: &Tenant, account: &AccountId, typed: &str) -> Result<(), Box<dyn Error>> {
    let ticket = challenge(mfa, account).await?;
    match mfa.verify(&ticket, typed).await? {
        Verification::Verified(verified) => println!("verified {}", verified.basis.name()),
        other => return Err(format!("not verified: {other:?}").into()),
    }
    let again = challenge(mfa, account).await?;
    match mfa.verify(&again, typed).await? {
        Verification::Replayed(_) => Ok(()),
        other => Err(format!("a used code is not refused as such: {other:?}").into()),
    }
}

async fn challenge(mfa: &Tenant, account: &AccountId) -> Result<Ticket, Box<dyn Error>> {
    let first = FirstFactor::external(account.clone());
    match mfa.sign_in(first, SignIn::new()).await? {
        Decision::Challenge(challenge) => Ok(challenge.ticket),
        other => Err(format!("no code is asked for: {other:?}").into()),
    }
}

//! Runs one attempt after the other on an engine, for callgrind to count the slow hashes of each.
//!
//!     hashes
//!
//! `scripts/check hashes` runs it, tells callgrind to write down the calls after each [`attempt`], and compares the
//! calls of PBKDF2 with the number printed here, in order: `NUMBER name`. One hash for each attempt with a code that has
//! one, right or wrong; none for what is refused before it is looked at.
#![expect(clippy::print_stdout, reason = "a program that says what it ran")]

use core::error::Error;
use std::process::ExitCode;

use mfakit::{
    AccountId, AccountName, ActivationLifetime, Actor, Administrator, Confirmation, Decision,
    Engine, FirstFactor, Issuer, Label, ManualClock, MemoryStore, Policy, Presented, Redemption,
    Requirement, Setting, SetupStart, SignIn, TenantId, UnixTime, Verification,
    blocking::{self, Tenant},
};
use mfakit_core::{Keyring, Secret, Totp, TotpParameters};

const CODES: u32 = 6;

fn main() -> ExitCode {
    match verification().and_then(|()| activation()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Callgrind writes down the calls after each call of this.
#[inline(never)]
fn attempt<T>(hashes: u32, name: &str, action: impl FnOnce() -> T) -> T {
    println!("{hashes} {name}");
    action()
}

fn verification() -> Result<(), Box<dyn Error>> {
    let (tenant, clock) = tenant()?;
    let sign_in = || {
        let first = FirstFactor::external(AccountId::new("7").map_err(|_| "no id")?);
        Ok::<_, Box<dyn Error>>(tenant.sign_in(first, SignIn::new())?)
    };
    let Decision::Setup(setup) = sign_in()? else {
        return Err("no setup".into());
    };
    let ticket = Presented::new(&setup.ticket);
    let (name, label) = (AccountName::new("anna")?, Label::new("Phone")?);
    let started = attempt(0, "a setup that begins", || {
        tenant.begin_setup(ticket, &name, &label)
    })?;
    let SetupStart::Pending(pending) = started else {
        return Err("no pending setup".into());
    };
    let app = Totp::with_parameters(
        Secret::from_base32(&pending.key())?,
        TotpParameters::default(),
    );
    let code = |seconds: u32| {
        let at = mfakit::Clock::now(&clock).saturating_add(seconds);
        app.generate(at)
            .map(|code| code.expose().as_str().to_owned())
    };
    let first = code(0).ok_or("no code")?;
    let confirmed = attempt(CODES, "a setup confirmed, with its new codes", || {
        tenant.confirm_setup(ticket, &first)
    })?;
    let Confirmation::Confirmed(confirmed) = confirmed else {
        return Err("not confirmed".into());
    };
    let codes: Vec<String> = confirmed
        .backup_codes
        .iter()
        .flat_map(|codes| codes.iter().map(String::from).collect::<Vec<_>>())
        .collect();
    let session = Presented::new(&confirmed.assertion);
    let _ = attempt(0, "the codes acknowledged", || {
        tenant.acknowledge_backup_codes(session)
    })?;

    let Decision::Challenge(challenge) = sign_in()? else {
        return Err("no challenge".into());
    };
    let old = challenge.ticket;
    let verify = |hashes: u32, name: &str, ticket: &mfakit::Ticket, typed: &str| {
        attempt(hashes, name, || {
            tenant.verify(Presented::new(ticket), typed)
        })
    };
    let fresh = code(30).ok_or("no code")?;
    let right = codes.first().ok_or("no backup code")?;
    let [wrong, absent] = ["1-0000-0000-0000-0000", "F-0000-0000-0000-0000"];

    expect(
        verify(0, "a text that is no code", &old, "hello")?,
        "mismatch",
    )?;
    expect(verify(1, "a right backup code", &old, right)?, "verified")?;
    expect(verify(0, "a ticket that is spent", &old, right)?, "void")?;
    let Decision::Challenge(challenge) = sign_in()? else {
        return Err("no challenge".into());
    };
    let ticket = challenge.ticket;
    expect(
        verify(1, "a backup code that is used up", &ticket, right)?,
        "replayed",
    )?;
    expect(
        verify(1, "a wrong backup code", &ticket, wrong)?,
        "mismatch",
    )?;
    expect(
        verify(1, "a backup code of no slot", &ticket, absent)?,
        "mismatch",
    )?;
    expect(
        verify(0, "a one-time password replayed", &ticket, &first)?,
        "replayed",
    )?;
    expect(
        verify(0, "a wrong one-time password", &ticket, "000000")?,
        "mismatch",
    )?;
    expect(
        verify(1, "the wrong code before the lock", &ticket, wrong)?,
        "locked",
    )?;
    for typed in [wrong, right.as_str(), fresh.as_str()] {
        expect(
            verify(0, "any code under the lock", &ticket, typed)?,
            "locked",
        )?;
    }
    Ok(())
}

fn activation() -> Result<(), Box<dyn Error>> {
    let (tenant, _) = tenant()?;
    let (purpose, by) = (Label::new("backup service")?, admin()?);
    let server = Actor::new("server 12")?;
    let issue = || tenant.issue_activation(&purpose, ActivationLifetime::POLICY, &by);
    let issued = attempt(1, "an activation code issued", issue)?;
    let spare = attempt(1, "another one issued", issue)?;
    let code = issued.code.expose();
    let redeem = |hashes: u32, name: &str, typed: &str, good: bool| {
        let answer = attempt(hashes, name, || {
            tenant.redeem_activation(typed, &purpose, &server)
        })?;
        match (answer, good) {
            (Redemption::Redeemed(_), true) | (Redemption::ActivationFailed, false) => Ok(()),
            _ => Err(Box::<dyn Error>::from(format!("{name}: another answer"))),
        }
    };
    redeem(0, "a text that is no activation code", "hello", false)?;
    redeem(
        0,
        "an activation code that is too long",
        &code.replace('-', "0"),
        false,
    )?;
    redeem(
        1,
        "an activation code of no installation",
        "7K3M9-QXA4C-1VY0Z-B8HDJ-5RTED",
        false,
    )?;
    redeem(1, "a right activation code", &code, true)?;
    redeem(1, "an activation code that is used up", &code, false)?;
    let _ = tenant.revoke_activation(spare.handle, &by)?;
    redeem(
        1,
        "an activation code that is revoked",
        &spare.code.expose(),
        false,
    )
}

fn expect(answer: Verification, expected: &str) -> Result<(), Box<dyn Error>> {
    let name = match answer {
        Verification::Verified(_) => "verified",
        Verification::Mismatch(_) => "mismatch",
        Verification::Replayed(_) => "replayed",
        Verification::Locked(_) => "locked",
        Verification::Declined(_) => "declined",
        Verification::Void(_) => "void",
    };
    if name == expected {
        Ok(())
    } else {
        Err(format!("{name} where {expected} was to come").into())
    }
}

fn tenant() -> Result<(Tenant, ManualClock), Box<dyn Error>> {
    let keyring = Keyring::generate(&mut getrandom::SysRng)?;
    let clock = ManualClock::starting_at(UnixTime::from_seconds(1_800_000_000));
    let engine = Engine::builder(MemoryStore::new(), keyring)
        .clock(clock.clone())
        .build();
    let engine = blocking::Engine::from(engine);
    let policy = Policy::new(Issuer::new("Seaside Library")?)
        .with_requirement(Requirement::Required)
        .with(Setting::BackupCodes, CODES)?;
    let id = TenantId::new("acme")?;
    let _ = engine.create_tenant(&id, policy, &admin()?)?;
    Ok((engine.tenant("acme")?, clock))
}

fn admin() -> Result<Administrator, Box<dyn Error>> {
    Ok(Administrator::new("root", "first start")?)
}

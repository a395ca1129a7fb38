//! A year of guessing at one account, by somebody who has the password, and the owner who lives beside it.
//!
//! Luck is left out: every guess is wrong, and its chance is the number of codes that are live at that moment
//! in a million. So the chance of the year is exact, and the same each time.

use mfakit::{
    Algorithm, BackupCodesRenewal, Clock as _, Counter, Decision, Declined, Digits,
    IdentityVerified, LockEnd, Presented, Profile, Setting, TokenBinding, TokenKind, UnixTime,
    Verification,
};
use mfakit_core::{Hotp, Secret, TimeStep, Totp};

use crate::{
    support::{bind, next_two_codes, status, timed, two_codes, under},
    world::{World, admin},
};

/// How the attacker goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// At every instant at which the account is open, day and night.
    Always,
    /// So few between two sign-ins of the owner that nothing ever locks.
    BelowTheFirstLock,
    /// So few between two sign-ins of the owner that only time is needed to go on.
    BelowTheHardLock,
    /// The same, with several tickets in turn, guesses at backup codes and used codes among the others.
    Mixed,
}

/// What the attacker guesses at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// One app.
    OneApp,
    /// Five authenticators, one of which counts: as many live codes as the policy allows.
    Full,
}

/// What a year came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Guesses at one code that were looked at.
    pub(crate) guesses: u32,
    /// Days on which the owner got in.
    pub(crate) owner_days: u32,
    /// The chance that a guess was right.
    pub(crate) chance: f64,
    /// Whether one code was not enough any more in the end.
    pub(crate) year_spent: bool,
}

struct Siege {
    world: World,
    app: Totp,
    tokens: Vec<Totp>,
    counting: Option<Hotp>,
    backup: Vec<String>,
    /// The last step of the app that the owner used.
    last_step: TimeStep,
    last_code: String,
    tickets: Vec<String>,
    guesses: u32,
    /// Guesses since the owner was last in.
    in_a_row: u32,
    /// The chance that no guess so far was right.
    none_right: f64,
}

/// Besieges an account for 365 days; the owner signs in every day, or never.
pub(crate) fn besiege(
    profile: Profile,
    account: Account,
    strategy: Strategy,
    owner_comes: bool,
) -> Outcome {
    let mut siege = Siege::new(profile, account);
    let start = siege.world.clock.now();
    let mut owner_days = 0;
    for day in 0..365 {
        // The owner comes at another time of the day each day.
        let morning = start.saturating_add(day * DAY + 30_000 + day * 7_919 % 20_000);
        siege.guess_until(morning, strategy);
        if owner_comes {
            siege.let_owner_in();
            owner_days += 1;
        }
    }
    siege.guess_until(start.saturating_add(365 * DAY), strategy);
    Outcome {
        guesses: siege.guesses,
        owner_days,
        chance: 1.0 - siege.none_right,
        year_spent: status(&siege.world).year_budget_spent,
    }
}

impl Siege {
    fn new(profile: Profile, account: Account) -> Self {
        let world = under(profile);
        let (app, backup) = world.set_up();
        let (mut tokens, mut counting) = (vec![], None);
        if account == Account::Full {
            for seed in 1..=3 {
                assert!(matches!(
                    bind(&world, timed(), seed),
                    TokenBinding::Bound(_)
                ));
                tokens.push(Totp::with_parameters(secret(seed), app.parameters()));
            }
            let (algorithm, digits) = (Algorithm::Sha1, Digits::SIX);
            let kind = TokenKind::Hotp {
                algorithm,
                digits,
                next_counter: Counter::ZERO,
            };
            assert!(matches!(bind(&world, kind, 4), TokenBinding::Bound(_)));
            counting = Some(Hotp::new(secret(4), algorithm, digits));
        }
        let last_step = app.time_step(world.clock.now()).unwrap();
        let last_code = world.code(&app);
        Self {
            world,
            app,
            tokens,
            counting,
            backup,
            last_step,
            last_code,
            tickets: vec![],
            guesses: 0,
            in_a_row: 0,
            none_right: 1.0,
        }
    }

    /// Guesses by the strategy, until `end`.
    fn guess_until(&mut self, end: UnixTime, strategy: Strategy) {
        let policy = self.world.tenant.policy().unwrap();
        let most = match strategy {
            Strategy::Always => u32::MAX,
            Strategy::BelowTheFirstLock => policy.get(Setting::LockAfter) - 1,
            Strategy::BelowTheHardLock | Strategy::Mixed => policy.get(Setting::HardLockAfter) - 1,
        };
        while self.world.clock.now() < end && self.in_a_row < most {
            match self.guess(strategy) {
                // Who was asked for more than one code tries two, once a day.
                Next::Tomorrow => break,
                Next::At(then) => self.world.clock.set(then.min(end)),
            }
        }
        self.world.clock.set(end.max(self.world.clock.now()));
    }

    /// One guess, and when the next one is worth it.
    fn guess(&mut self, strategy: Strategy) -> Next {
        let now = self.world.clock.now();
        let tickets = if strategy == Strategy::Mixed { 5 } else { 1 };
        while self.tickets.len() < tickets {
            match self.world.sign_in() {
                Decision::Challenge(challenge) => {
                    self.tickets.insert(0, challenge.ticket.as_str().into());
                }
                Decision::Deny(lock) => return Next::after(lock.end),
                other => panic!("{other:?}"),
            }
        }
        let ticket = self.tickets.pop().unwrap();
        let (live, wrong) = self.live_and_wrong();
        let kind = if strategy == Strategy::Mixed {
            self.in_a_row % 7
        } else {
            0
        };
        let outcome = match kind {
            3 => self.world.verify(&ticket, "0123456789ABCDEFG"),
            5 => self.world.verify(&ticket, &self.last_code),
            _ => self.world.verify(&ticket, &wrong),
        };
        match outcome {
            Verification::Void(_) => return Next::At(now),
            Verification::Declined(Declined::OneCode) => {
                self.guess_two(&ticket, &wrong);
                return Next::Tomorrow;
            }
            Verification::Verified(_) => panic!("a wrong code is right"),
            Verification::Mismatch(_) | Verification::Locked(_) | Verification::Replayed(_) => {}
            Verification::Declined(Declined::TwoCodes) => panic!("one code was typed"),
        }
        self.in_a_row += 1;
        if kind != 3 && kind != 5 {
            self.guesses += 1;
            self.none_right *= 1.0 - f64::from(live) / 1e6;
        }
        if strategy == Strategy::Mixed && !matches!(outcome, Verification::Locked(_)) {
            self.tickets.insert(0, ticket);
        }
        match outcome {
            Verification::Locked(lock) => Next::after(lock.end),
            _ => Next::At(now.saturating_add(1)),
        }
    }

    fn guess_two(&mut self, ticket: &str, wrong: &str) {
        match two_codes(&self.world, ticket, wrong, wrong) {
            Verification::Mismatch(_) | Verification::Locked(_) => {
                self.in_a_row += 1;
                let apps = 2 + self.tokens.len();
                self.none_right *= 1.0 - f64::from(u32::try_from(apps).unwrap()) * 241.0 / 1e12;
            }
            Verification::Declined(Declined::TwoCodes) | Verification::Void(_) => {}
            other => panic!("{other:?}"),
        }
    }

    /// How many codes are right now, and one that is not and was not.
    fn live_and_wrong(&self) -> (u32, String) {
        let (policy, now) = (self.world.tenant.policy().unwrap(), self.world.clock.now());
        let today = self.app.time_step(now).unwrap().number();
        let past = u64::from(policy.get(Setting::WindowPast));
        let window = today - past..=today + u64::from(policy.get(Setting::WindowFuture));
        let (mut live, mut shown) = (0, vec![self.last_code.clone()]);
        for app in core::iter::once(&self.app).chain(&self.tokens) {
            let period = app.parameters().period;
            for step in window.clone() {
                let used = core::ptr::eq(app, &self.app) && step <= self.last_step.number();
                live += u32::from(!used);
                let code = app.generate(TimeStep::new(step).start(period)).unwrap();
                shown.push(code.expose().as_str().into());
            }
        }
        if let Some(token) = &self.counting {
            for counter in 0..=u64::from(policy.get(Setting::HotpLookAhead)) {
                live += 1;
                let code = token.generate(Counter::new(counter));
                shown.push(code.expose().as_str().into());
            }
        }
        let wrong = (0..).map(|n| format!("{n:06}"));
        let wrong = wrong.into_iter().find(|code| !shown.contains(code));
        (live, wrong.unwrap())
    }

    /// The owner signs in, whatever the attacker has done; an administrator helps where nobody else can.
    fn let_owner_in(&mut self) {
        let challenge = loop {
            match self.world.sign_in() {
                Decision::Challenge(challenge) => break challenge,
                Decision::Deny(lock) => match lock.end {
                    LockEnd::At(until) => self.world.clock.set(until),
                    LockEnd::Hard => {
                        let by = admin("she came by");
                        let account = &self.world.account;
                        let tenant = &self.world.tenant;
                        let _ = tenant.unlock(account, &by, IdentityVerified::Yes).unwrap();
                    }
                },
                other => panic!("{other:?}"),
            }
        };
        let ticket = challenge.ticket.as_str();
        let mut outcome = if challenge.takes_one_code {
            self.world.verify(ticket, &self.world.code(&self.app))
        } else {
            let (first, second) = next_two_codes(&self.world, &self.app);
            two_codes(&self.world, ticket, &first, &second)
        };
        if matches!(outcome, Verification::Declined(_)) {
            let code = self.backup.pop().unwrap();
            outcome = self.world.verify(ticket, &code);
        }
        let Verification::Verified(verified) = outcome else {
            panic!("the owner is not in: {outcome:?}")
        };
        self.last_step = self.app.time_step(self.world.clock.now()).unwrap();
        self.last_code = self.world.code(&self.app);
        self.in_a_row = 0;
        self.tickets.clear();
        if verified.backup_codes_low {
            let session = Presented::new(&verified.assertion).bound_to(b"session");
            let renewal = self.world.tenant.regenerate_backup_codes(session).unwrap();
            let BackupCodesRenewal::Renewed(renewed) = renewal else {
                panic!("{renewal:?}")
            };
            self.backup = renewed.backup_codes.iter().map(String::from).collect();
            let shown = Presented::new(&renewed.assertion).bound_to(b"session");
            let _ = self.world.tenant.acknowledge_backup_codes(shown).unwrap();
        }
    }
}

/// When to guess again.
enum Next {
    At(UnixTime),
    /// Not before the owner was there.
    Tomorrow,
}

impl Next {
    const fn after(end: LockEnd) -> Self {
        match end {
            LockEnd::At(until) => Self::At(until),
            LockEnd::Hard => Self::Tomorrow,
        }
    }
}

fn secret(seed: u8) -> Secret {
    Secret::import(&[seed; 20]).unwrap()
}

const DAY: u32 = 86_400;

//! A person with an app and a list of backup codes, and everything they were ever given.

use mfakit_core::{
    AccountId, AccountName, Administrator, Code, Confirmation, Decision, FirstFactor, Flow, Label,
    Presented, Secret, SetupStart, SignIn, Standing, TimeStep, Totp, TotpParameters, UnixTime,
    Verification,
};

use crate::{Answer, Attempt, World};

/// A person, and what they hold.
#[derive(Debug)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    app: Option<Totp>,
    backup: Vec<String>,
    tickets: Vec<String>,
    sessions: Vec<String>,
}

#[expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test panics to fail"
)]
impl Person {
    /// Somebody who has nothing yet.
    #[must_use]
    pub fn new(account: &str) -> Self {
        Self {
            account: AccountId::new(account).expect("an account id"),
            app: None,
            backup: vec![],
            tickets: vec![],
            sessions: vec![],
        }
    }

    /// The flow of a sign-in after the first factor.
    #[must_use]
    pub fn sign_in(&self, world: &World) -> Flow<Decision> {
        let (keyring, tenant) = world.names();
        let first = FirstFactor::external(self.account.clone());
        Flow::sign_in(keyring, tenant, first, SignIn::new())
    }

    /// The flow that presents a code with the ticket of this number.
    #[must_use]
    pub fn verify(&self, world: &World, ticket: usize, typed: &str) -> Flow<Verification> {
        let (keyring, tenant) = world.names();
        let text = self.tickets.get(ticket).map_or("", String::as_str);
        Flow::verify(keyring, tenant, Presented::new(text), typed)
    }

    /// The flow of an administrator's reset.
    #[must_use]
    pub fn reset(&self, world: &World) -> Flow<()> {
        let (keyring, tenant) = world.names();
        let by = Administrator::new("root", "a test").expect("an administrator");
        Flow::reset(keyring, tenant, self.account.clone(), by)
    }

    /// The flow that checks the session of this number.
    #[must_use]
    pub fn check(&self, world: &World, session: usize) -> Flow<Standing> {
        let (keyring, tenant) = world.names();
        let text = self.sessions.get(session).map_or("", String::as_str);
        Flow::check_assertion(keyring, tenant, Presented::new(text))
    }

    /// Keeps what a sign-in gave, and says what it answered.
    pub fn keep_decision(&mut self, decision: &Decision) -> Answer {
        match decision {
            Decision::Challenge(challenge) => {
                self.tickets.push(challenge.ticket.as_str().to_owned());
                Answer::Challenge
            }
            Decision::Setup(_) => Answer::Setup,
            Decision::Deny(_) => Answer::Locked,
            Decision::Allow(_) => panic!("nobody is let in without a factor: {decision:?}"),
        }
    }

    /// Keeps what a verification gave, and says what it answered.
    pub fn keep_verification(&mut self, verification: &Verification) -> Answer {
        match verification {
            Verification::Verified(verified) => {
                self.sessions.push(verified.assertion.as_str().to_owned());
                Answer::Verified
            }
            Verification::Replayed(_) => Answer::Replayed,
            Verification::Mismatch(_) => Answer::Mismatch,
            Verification::Locked(_) => Answer::Locked,
            Verification::Void(void) => Answer::Void(*void),
            Verification::Declined(_) => Answer::Declined,
        }
    }

    /// Sets up with a ticket, on a store that is well, and acknowledges; the step that the setup spent.
    pub fn set_up(&mut self, world: &mut World, ticket: &str) -> u64 {
        let (keyring, tenant) = world.names();
        let name = AccountName::new("anna").expect("a name");
        let label = Label::new("Phone").expect("a label");
        let begin = Flow::begin_setup(keyring, tenant, Presented::new(ticket), name, label);
        let pending = match world.run(begin) {
            Ok(SetupStart::Pending(pending)) => pending,
            other => panic!("{other:?}"),
        };
        let secret = Secret::from_base32(&pending.key()).expect("a secret");
        let app = Totp::with_parameters(secret, TotpParameters::default());
        let step = app.time_step(world.now).expect("a time after 1970");
        let code = app.generate(world.now).expect("a code").expose();
        let (keyring, tenant) = world.names();
        let confirm = Flow::confirm_setup(keyring, tenant, Presented::new(ticket), &code);
        let confirmed = match world.run(confirm) {
            Ok(Confirmation::Confirmed(confirmed)) => confirmed,
            other => panic!("{other:?}"),
        };
        let codes = confirmed.backup_codes.expect("backup codes");
        self.backup = codes.iter().map(String::from).collect();
        self.app = Some(app);
        let assertion = confirmed.assertion.as_str().to_owned();
        let (keyring, tenant) = world.names();
        let acknowledge =
            Flow::acknowledge_backup_codes(keyring, tenant, Presented::new(&assertion));
        assert!(
            matches!(world.run(acknowledge), Ok(Standing::Current(_))),
            "not acknowledged"
        );
        self.sessions.push(assertion);
        step.number()
    }

    /// How many tickets they hold.
    #[must_use]
    pub const fn tickets(&self) -> usize {
        self.tickets.len()
    }

    /// How many sessions they hold.
    #[must_use]
    pub const fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// The code of the step this many steps from now, as typed and as the rules see it.
    #[must_use]
    pub fn code(&self, now: UnixTime, steps: i64) -> Option<(String, Attempt)> {
        let app = self.app.as_ref()?;
        let at = UnixTime::from_seconds(now.seconds() + steps * 30);
        self.typed(now, &app.generate(at)?)
    }

    /// A code that is right for no step of the window.
    #[must_use]
    pub fn wrong_code(&self, now: UnixTime) -> Option<(String, Attempt)> {
        let digits = self.app.as_ref()?.parameters().digits;
        (0..4_u32)
            .filter_map(|n| Code::parse(&format!("{n:06}"), digits).ok())
            .filter_map(|code| self.typed(now, &code))
            .find(|(_, attempt)| *attempt == Attempt::Otp(vec![]))
    }

    /// The backup code of this slot.
    #[must_use]
    pub fn backup_code(&self, slot: usize) -> Option<(String, Attempt)> {
        Some((self.backup.get(slot)?.clone(), Attempt::Backup(slot)))
    }

    /// A code, with the steps of the window it is right for.
    fn typed(&self, now: UnixTime, code: &Code) -> Option<(String, Attempt)> {
        let app = self.app.as_ref()?;
        let today = app.time_step(now)?.number();
        let period = app.parameters().period;
        let shown = |step: &u64| {
            let there = app.generate(TimeStep::new(*step).start(period));
            there.is_some_and(|there| *there.expose() == *code.expose())
        };
        let steps = (today - 1..=today + 1).filter(shown).collect();
        Some((code.expose().as_str().to_owned(), Attempt::Otp(steps)))
    }
}

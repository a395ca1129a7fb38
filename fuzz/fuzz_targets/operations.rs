//! A list of operations on one account, each answer compared with a small model of replay and throttling.
#![no_main]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fuzz target panics to fail"
)]

use libfuzzer_sys::fuzz_target;
use mfakit_core::{
    AccountName, Administrator, Code, Confirmation, Decision, FirstFactor, Flow, Label, Presented,
    Secret, SetupStart, SignIn, Standing, TimeStep, Totp, TotpParameters, UnixTime, Verification,
    Void,
};
use mfakit_fuzz::{Expected, Model, World};

fuzz_target!(|data: &[u8]| {
    let mut person = Person::new();
    for pair in data.chunks_exact(2).take(200) {
        person.act(pair[0], pair[1]);
    }
});

/// A person with an app and a list of backup codes, and everything they were ever given.
struct Person {
    world: World,
    life: Option<Life>,
    tickets: Vec<Ticket>,
    lives: u32,
    sessions: Vec<(u32, String)>,
}

/// What was set up last.
struct Life {
    app: Totp,
    backup: Vec<String>,
    model: Model,
}

struct Ticket {
    text: String,
    life: u32,
    issued: i64,
    spent: bool,
}

impl Person {
    fn new() -> Self {
        Self {
            world: World::new(1),
            life: None,
            tickets: vec![],
            lives: 0,
            sessions: vec![],
        }
    }

    fn now(&self) -> i64 {
        self.world.now.seconds()
    }

    fn act(&mut self, what: u8, how: u8) {
        match what % 8 {
            0 => self.world.now = self.world.now.saturating_add(u32::from(how)),
            1 => self.world.now = self.world.now.saturating_add(u32::from(how) * 3_600),
            2 => self.sign_in(),
            3 | 4 => self.verify_otp(how),
            5 => self.verify_backup(how),
            6 => self.verify_wrong(how),
            _ if how < 16 => self.reset(),
            _ => self.check_session(how),
        }
    }

    fn sign_in(&mut self) {
        let (keyring, tenant) = self.world.names();
        let first = FirstFactor::external(self.world.account.clone());
        let decision = self
            .world
            .run(Flow::sign_in(keyring, tenant, first, SignIn::new()))
            .unwrap();
        let now = self.now();
        match (decision, &self.life) {
            (Decision::Challenge(challenge), Some(life)) => {
                assert!(!life.model.is_locked(now));
                let text = challenge.ticket.as_str().to_owned();
                self.tickets.push(Ticket {
                    text,
                    life: self.lives,
                    issued: now,
                    spent: false,
                });
            }
            (Decision::Deny(_), Some(life)) => assert!(life.model.is_locked(now)),
            (Decision::Setup(setup), None) => self.set_up(setup.ticket.as_str()),
            (other, _) => panic!("{other:?}"),
        }
    }

    fn set_up(&mut self, ticket: &str) {
        let (keyring, tenant) = self.world.names();
        let (name, label) = (
            AccountName::new("anna").unwrap(),
            Label::new("Phone").unwrap(),
        );
        let begin = Flow::begin_setup(keyring, tenant, Presented::new(ticket), name, label);
        let SetupStart::Pending(pending) = self.world.run(begin).unwrap() else {
            panic!("no setup")
        };
        let secret = Secret::from_base32(&pending.key()).unwrap();
        let app = Totp::with_parameters(secret, TotpParameters::default());
        let code = app.generate(self.world.now).unwrap().expose();
        let (keyring, tenant) = self.world.names();
        let confirm = Flow::confirm_setup(keyring, tenant, Presented::new(ticket), &code);
        let Confirmation::Confirmed(confirmed) = self.world.run(confirm).unwrap() else {
            panic!("not confirmed")
        };
        self.lives += 1;
        let backup = confirmed
            .backup_codes
            .unwrap()
            .iter()
            .map(String::from)
            .collect();
        let step = app.time_step(self.world.now).unwrap().number();
        self.life = Some(Life {
            app,
            backup,
            model: Model::set_up(step),
        });
        let assertion = confirmed.assertion.as_str().to_owned();
        let (keyring, tenant) = self.world.names();
        let acknowledge =
            Flow::acknowledge_backup_codes(keyring, tenant, Presented::new(&assertion));
        assert!(matches!(
            self.world.run(acknowledge).unwrap(),
            Standing::Current(_)
        ));
        self.sessions.push((self.lives, assertion));
    }

    /// The code of a step near now.
    fn verify_otp(&mut self, how: u8) {
        let Some(life) = &self.life else { return };
        let offset = i64::from(how % 7) - 3;
        let at = UnixTime::from_seconds(self.now() + offset * 30);
        let typed = life.app.generate(at).unwrap();
        self.present_otp(&typed, how / 7);
    }

    /// A code that is right for no step of the window.
    fn verify_wrong(&mut self, how: u8) {
        let Some(life) = &self.life else { return };
        let digits = life.app.parameters().digits;
        let wrong = (0..4_u32)
            .map(|n| Code::parse(&format!("{n:06}"), digits).unwrap())
            .find(|code| self.matching(code).is_empty());
        self.present_otp(&wrong.unwrap(), how);
    }

    /// Steps of the window for which a code is right.
    fn matching(&self, code: &Code) -> Vec<u64> {
        let Some(life) = &self.life else {
            return vec![];
        };
        let now = life.app.time_step(self.world.now).unwrap().number();
        let period = life.app.parameters().period;
        let shown = |step: &u64| {
            let at = TimeStep::new(*step).start(period);
            *life.app.generate(at).unwrap().expose() == *code.expose()
        };
        (now - 1..=now + 1).filter(shown).collect()
    }

    fn present_otp(&mut self, code: &Code, ticket: u8) {
        let (steps, now) = (self.matching(code), self.now());
        self.present(ticket, &code.expose(), |model| model.otp(&steps, now));
    }

    fn verify_backup(&mut self, how: u8) {
        let Some(life) = &self.life else { return };
        let slot = usize::from(how) % life.backup.len();
        let (typed, now) = (life.backup[slot].clone(), self.now());
        self.present(how / 10, &typed, |model| model.backup(slot, now));
    }

    fn present(&mut self, ticket: u8, typed: &str, expect: impl FnOnce(&mut Model) -> Expected) {
        let (keyring, tenant) = self.world.names();
        let count = self.tickets.len();
        if count == 0 {
            return;
        }
        // Mostly the newest tickets: old ones are void.
        let place = count - 1 - usize::from(ticket) % count.min(8);
        let now = self.now();
        let ticket = &mut self.tickets[place];
        let flow = Flow::verify(keyring, tenant, Presented::new(&ticket.text), typed);
        let outcome = self.world.run(flow).unwrap();
        let void = if ticket.life != self.lives || self.life.is_none() {
            Some(Void::Superseded)
        } else if now >= ticket.issued + 300 {
            Some(Void::Expired)
        } else if ticket.spent {
            Some(Void::Spent)
        } else {
            None
        };
        if let Some(expected) = void {
            let Verification::Void(void) = outcome else {
                panic!("{outcome:?}, not {expected:?}")
            };
            // A ticket that was spent and forgotten has expired.
            assert_eq!(void, expected);
            return;
        }
        let Some(life) = self.life.as_mut() else {
            return;
        };
        let expected = expect(&mut life.model);
        let got = match outcome {
            Verification::Verified(verified) => {
                ticket.spent = true;
                self.sessions
                    .push((self.lives, verified.assertion.as_str().to_owned()));
                Expected::Verified
            }
            Verification::Replayed(_) => Expected::Replayed,
            Verification::Mismatch(_) => Expected::Mismatch,
            Verification::Locked(_) => Expected::Locked,
            Verification::Void(void) => panic!("{void:?}, not {expected:?}"),
        };
        assert_eq!(got, expected);
    }

    fn reset(&mut self) {
        let (keyring, tenant) = self.world.names();
        let by = Administrator::new("root", "fuzzing").unwrap();
        self.world
            .run(Flow::reset(keyring, tenant, self.world.account.clone(), by))
            .unwrap();
        self.life = None;
        self.lives += 1;
    }

    fn check_session(&mut self, how: u8) {
        let count = self.sessions.len();
        if count == 0 {
            return;
        }
        let (life, text) = self.sessions[count - 1 - usize::from(how) % count].clone();
        let (keyring, tenant) = self.world.names();
        let flow = Flow::<Standing>::check_assertion(keyring, tenant, Presented::new(&text));
        let standing = self.world.run(flow).unwrap();
        if matches!(standing, Standing::Current(_)) {
            assert!(
                life == self.lives && self.life.is_some(),
                "a session outlived its factors"
            );
        }
    }
}

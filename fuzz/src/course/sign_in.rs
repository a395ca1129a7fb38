//! From the password to a code: what people do to get in.

use mfakit_core::{
    AccountId, AccountName, Confirmation, Deferment, FirstFactor, Flow, Gate, Secret, SetupStart,
    SignIn, UnixTime, Verification,
};

use crate::{Answer, First, Op, People, Person, Turn, World};

use super::{
    Course, SESSION, account, label, present,
    reading::{locked, mismatch},
};

impl Course {
    pub(super) fn of_sign_in(op: &Op, turn: Turn, people: &mut People, world: &World) -> Self {
        let (keyring, tenant) = world.names();
        match op {
            Op::BeginPassword { who } => {
                let (who, account) = (*who, account(people, *who));
                let flow = Flow::begin_password(keyring, tenant, account);
                Self::taking(flow, move |people, gate| {
                    if let Some(Gate::Refused(refusal)) = gate {
                        return Answer::Paused(refusal.until.seconds());
                    }
                    // Whoever reads it first takes the attempt.
                    if let Some(Gate::Proceed(attempt)) = gate.take() {
                        people.persons[who].attempt = Some(attempt);
                    }
                    Answer::Proceed
                })
            }
            Op::SignIn {
                who,
                first,
                demand,
                device,
            } => {
                let (who, person) = (*who, &mut people.persons[*who]);
                let attempt = match first {
                    First::Password => person.attempt.take().map(FirstFactor::from),
                    First::External => None,
                };
                let external = FirstFactor::external(person.account.clone());
                let mut request = SignIn::new().binding(SESSION);
                if *demand {
                    request = request.demand_factor();
                }
                if let Some(cookie) = device {
                    request = request.device(person.cookie(*cookie));
                }
                let first = attempt.unwrap_or(external);
                let flow = Flow::sign_in(keyring, tenant, first, request);
                Self::new(flow, move |people, decision| {
                    people.persons[who].take_decision(decision)
                })
            }
            Op::Defer(by) => {
                let flow = present(people, world, *by, Flow::defer);
                let of = by.of;
                Self::new(flow, move |people, deferment| match deferment {
                    Deferment::Allow(allowed) => {
                        let session = allowed.assertion.as_str();
                        Person::keep(&mut people.persons[of].sessions, session);
                        Answer::Allow {
                            basis: allowed.basis,
                            may_set_up: allowed.may_set_up,
                        }
                    }
                    Deferment::Refused => Answer::Refused,
                    Deferment::Locked(lock) => locked(*lock),
                    Deferment::Void(void) => Answer::Void(*void),
                })
            }
            Op::BeginSetup(by) => {
                let label = label("app", people.persons[by.of].apps.len());
                let name = AccountName::new("anna").expect("a name");
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::begin_setup(keyring, tenant, token, name, label)
                });
                let of = by.of;
                Self::new(flow, move |people, start| match start {
                    SetupStart::Pending(pending) => Answer::Pending {
                        app: people.persons[of]
                            .app_with(Secret::from_base32(&pending.key()).expect("a secret")),
                        tries_left: pending.attempts_left,
                        expires: pending.expires.seconds(),
                    },
                    SetupStart::TooManyAuthenticators => Answer::TooMany,
                    SetupStart::Locked(lock) => locked(*lock),
                    SetupStart::Void(void) => Answer::Void(*void),
                    other => panic!("{other:?}"),
                })
            }
            Op::ConfirmSetup(by, typed) => {
                let typed = people.persons[by.of].text_of(typed);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::confirm_setup(keyring, tenant, token, &typed)
                });
                let of = by.of;
                Self::new(flow, move |people, confirmation| match confirmation {
                    Confirmation::Confirmed(confirmed) => {
                        let person = &mut people.persons[of];
                        Person::keep(&mut person.sessions, confirmed.assertion.as_str());
                        Answer::Confirmed {
                            codes: person.keep_codes(confirmed.backup_codes.as_ref()),
                        }
                    }
                    Confirmation::Mismatch(it) => mismatch(*it),
                    Confirmation::NoPendingSetup => Answer::NoPendingSetup,
                    Confirmation::Locked(lock) => locked(*lock),
                    Confirmation::Void(void) => Answer::Void(*void),
                    other => panic!("{other:?}"),
                })
            }
            Op::Verify {
                by,
                typed,
                remember,
            } => {
                let typed = people.persons[by.of].text_of(typed);
                let device = label("device", turn.number);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    if *remember {
                        Flow::verify_and_remember(keyring, tenant, token, &typed, device)
                    } else {
                        Flow::verify(keyring, tenant, token, &typed)
                    }
                });
                Self::verification(flow, by.of)
            }
            Op::Resynchronize {
                by,
                which,
                at,
                consecutive,
            } => {
                let (one, two) = people.persons[by.of].pair(*which, *at, *consecutive);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::resynchronize(keyring, tenant, token, &one, &two)
                });
                Self::verification(flow, by.of)
            }
            Op::Settle { who } => {
                let flow = Flow::settle_sign_ins(keyring, tenant, account(people, *who));
                Self::new(flow, |_, settlement| Answer::Settled {
                    half: settlement.half_sign_ins,
                    open_until: settlement.open_until.map(UnixTime::seconds),
                })
            }
            _ => {
                let nobody = AccountId::new("nobody").expect("an account id");
                Self::new(Flow::begin_decoy(keyring, tenant, nobody), |_, &()| {
                    Answer::Done
                })
            }
        }
    }

    fn verification(flow: Flow<Verification>, of: usize) -> Self {
        Self::new(flow, move |people, verification| match verification {
            Verification::Verified(verified) => people.persons[of].take_verified(verified),
            Verification::Replayed(replayed) => Answer::Replayed(replayed.what),
            Verification::Mismatch(it) => mismatch(*it),
            Verification::Locked(lock) => locked(*lock),
            Verification::Void(void) => Answer::Void(*void),
            Verification::Declined(what) => Answer::Declined(*what),
        })
    }
}

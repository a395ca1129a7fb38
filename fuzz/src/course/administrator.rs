//! What administrators do to accounts.

use mfakit_core::{
    AccountStatus, Declined, ExemptionEnd, Flow, ReplayedCode, Resynchronization, TokenBinding,
    UnixTime,
};

use crate::{Answer, App, Ends, Op, People, Person, Turn, World};

use super::{
    Course, account, admin, label,
    reading::{exemption, locked, mismatch, repair, requirement, revocation, summary, unlocking},
    token,
};

impl Course {
    pub(super) fn of_administrator(
        op: &Op,
        turn: Turn,
        people: &mut People,
        world: &World,
    ) -> Self {
        let (keyring, tenant) = world.names();
        match op {
            Op::Erase { who } => {
                let flow = Flow::erase(keyring, tenant, account(people, *who), admin());
                Self::new(flow, |_, &()| Answer::Done)
            }
            Op::Reset { who } => {
                let flow = Flow::reset(keyring, tenant, account(people, *who), admin());
                Self::new(flow, |_, &()| Answer::Done)
            }
            Op::ResynchronizeOf {
                who,
                which,
                at,
                consecutive,
            } => {
                let (one, two) = people.persons[*who].pair(*which, *at, *consecutive);
                let account = account(people, *who);
                let flow = Flow::resynchronize_of(keyring, tenant, account, &one, &two, admin());
                Self::new(flow, |_, it| match it {
                    Resynchronization::Resynchronized(_) => Answer::Resynchronized,
                    Resynchronization::Mismatch(it) => mismatch(*it),
                    Resynchronization::Replayed => Answer::Replayed(ReplayedCode::Otp),
                    Resynchronization::NoFactor => Answer::NoFactor,
                    Resynchronization::Locked(lock) => locked(*lock),
                    Resynchronization::Declined => Answer::Declined(Declined::TwoCodes),
                })
            }
            Op::PasswordChanged { who, session } => {
                let (who, account) = (*who, account(people, *who));
                let text = session.map(|by| (people.text(by), by.presented));
                let token = text.as_ref().map(|(text, how)| token(text, *how));
                let flow = Flow::password_changed(keyring, tenant, account, token);
                Self::new(flow, move |people, successor| {
                    if let Some(assertion) = successor {
                        Person::keep(&mut people.persons[who].sessions, assertion.as_str());
                    }
                    Answer::Changed {
                        session: successor.is_some(),
                    }
                })
            }
            Op::Unlock { who, identity } => {
                let account = account(people, *who);
                let flow = Flow::unlock(keyring, tenant, account, admin(), *identity);
                Self::new(flow, |_, it| unlocking(*it))
            }
            Op::UnlockPassword { who } => {
                let account = account(people, *who);
                let flow = Flow::unlock_password(keyring, tenant, account, admin());
                Self::new(flow, |_, it| unlocking(*it))
            }
            Op::BindToken { who, token } => {
                let person = &mut people.persons[*who];
                if *token == person.tokens.len() {
                    person.tokens.push(App::bought(*token, turn.number));
                    person.presses.push(0);
                }
                let app = &person.tokens[*token];
                let (secret, kind) = (app.secret().duplicate(), app.kind());
                let (account, name) = (person.account.clone(), label("token", *token));
                let flow = Flow::bind_token(keyring, tenant, account, secret, kind, name, admin());
                Self::new(flow, |_, binding| match binding {
                    TokenBinding::Bound(_) => Answer::Bound,
                    TokenBinding::TooManyAuthenticators => Answer::TooMany,
                    TokenBinding::SecondCounter => Answer::SecondCounter,
                    TokenBinding::AlreadyBound => Answer::AlreadyBound,
                })
            }
            Op::Exempt { who, end } => {
                let end = match end {
                    Ends::At(at) => ExemptionEnd::At(UnixTime::from_seconds(*at)),
                    Ends::Never => ExemptionEnd::Open,
                };
                let account = account(people, *who);
                let flow = Flow::exempt(keyring, tenant, account, end, admin());
                Self::new(flow, |_, it| exemption(*it))
            }
            Op::EndExemption { who } => {
                let flow = Flow::end_exemption(keyring, tenant, account(people, *who), admin());
                Self::new(flow, |_, it| exemption(*it))
            }
            Op::Require { who } => {
                let flow = Flow::require(keyring, tenant, account(people, *who), admin());
                Self::new(flow, |_, it| requirement(*it))
            }
            Op::EndRequirement { who } => {
                let account = account(people, *who);
                let flow = Flow::end_requirement(keyring, tenant, account, admin());
                Self::new(flow, |_, it| requirement(*it))
            }
            Op::RevokeDevicesOf { who, which } => {
                let (account, which) = (account(people, *who), people.persons[*who].which(*which));
                let flow = Flow::revoke_devices_of(keyring, tenant, account, which, admin());
                Self::new(flow, |_, it| revocation(*it))
            }
            Op::RepairClock { who } => {
                let account = who.map(|who| account(people, who));
                let flow = Flow::repair_clock(keyring, tenant, account, admin());
                Self::new(flow, |_, it| repair(*it))
            }
            Op::Status { who } => {
                let (who, account) = (*who, account(people, *who));
                let flow = Flow::<Vec<AccountStatus>>::status(keyring, tenant, vec![account]);
                Self::new(flow, move |people, status| {
                    let status = status.first().expect("a status");
                    people.persons[who].learn(status);
                    Answer::Status(summary(status))
                })
            }
            other => panic!("{other:?} is no operation of an administrator"),
        }
    }
}

//! What people do who are in.

use mfakit_core::{BackupCodesRenewal, FactorChange, Flow, Label, Renaming, StepUp};

use crate::{Answer, Op, People, Person, Which, World};

use super::{
    Course, present,
    reading::{challenged, locked, revocation, told},
};

impl Course {
    pub(super) fn of_session(op: &Op, people: &People, world: &World) -> Self {
        match op {
            Op::Acknowledge(by) => Self::new(
                present(people, world, *by, Flow::acknowledge_backup_codes),
                |_, standing| told(standing),
            ),
            Op::Check(by, demand) => Self::new(
                present(people, world, *by, |keyring, tenant, token| {
                    Flow::check_assertion_for(keyring, tenant, token, *demand)
                }),
                |_, standing| told(standing),
            ),
            Op::StepUp(by) => {
                let of = by.of;
                let flow = present(people, world, *by, Flow::step_up);
                Self::new(flow, move |people, step_up| match step_up {
                    StepUp::Challenge(challenge) => {
                        let ticket = challenge.ticket.as_str();
                        Person::keep(&mut people.persons[of].tickets, ticket);
                        challenged(challenge)
                    }
                    StepUp::NoFactor => Answer::NoFactor,
                    StepUp::Locked(lock) => locked(*lock),
                    StepUp::Void(void) => Answer::Void(*void),
                })
            }
            Op::Regenerate(by) => {
                let of = by.of;
                let flow = present(people, world, *by, Flow::regenerate_backup_codes);
                Self::new(flow, move |people, renewal| match renewal {
                    BackupCodesRenewal::Renewed(renewed) => {
                        let person = &mut people.persons[of];
                        person.keep_codes(Some(&renewed.backup_codes));
                        Person::keep(&mut person.sessions, renewed.assertion.as_str());
                        Answer::Renewed
                    }
                    BackupCodesRenewal::Locked(lock) => locked(*lock),
                    BackupCodesRenewal::Void(void) => Answer::Void(*void),
                })
            }
            Op::Rename(by, which) => {
                let id = people.persons[by.of].factor_id(*which);
                let name = match which {
                    Some(Which::Own(place)) => format!("app {place} renamed"),
                    Some(Which::Bound(place)) => format!("token {place} renamed"),
                    None => "nothing".to_owned(),
                };
                let name = Label::new(&name).expect("a label");
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::rename_authenticator(keyring, tenant, token, id, name)
                });
                Self::new(flow, |_, renaming| match renaming {
                    Renaming::Renamed => Answer::Renamed,
                    Renaming::NoSuchAuthenticator => Answer::NoSuch,
                    Renaming::Locked(lock) => locked(*lock),
                    Renaming::Void(void) => Answer::Void(*void),
                })
            }
            Op::Remove(by, which) => {
                let id = people.persons[by.of].factor_id(*which);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::remove_authenticator(keyring, tenant, token, id)
                });
                Self::factor_change(flow, by.of)
            }
            Op::RevokeDevices(by, which) => {
                let which = people.persons[by.of].which(*which);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::revoke_devices(keyring, tenant, token, which)
                });
                Self::new(flow, |_, it| revocation(*it))
            }
            Op::Disable(by) => {
                Self::factor_change(present(people, world, *by, Flow::disable), by.of)
            }
            other => panic!("{other:?} is no operation of a session"),
        }
    }

    fn factor_change(flow: Flow<FactorChange>, of: usize) -> Self {
        Self::new(flow, move |people, change| match change {
            FactorChange::Changed(changed) => {
                let session = changed.assertion.as_str();
                Person::keep(&mut people.persons[of].sessions, session);
                Answer::Changed { session: true }
            }
            FactorChange::NoSuchAuthenticator => Answer::NoSuch,
            FactorChange::Required => Answer::Required,
            FactorChange::Locked(lock) => locked(*lock),
            FactorChange::Void(void) => Answer::Void(*void),
        })
    }
}

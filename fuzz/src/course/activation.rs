//! The installation of a service, and its activation code.

use mfakit_core::{
    ActivationCode, ActivationLifetime, Actor, Flow, Label, Redemption, Reissue, Revocation,
};

use crate::{Answer, Op, People, World};

use super::{
    Course, admin,
    reading::{repair, state_name},
};

impl Course {
    pub(super) fn of_activation(op: &Op, people: &People, world: &mut World) -> Self {
        let (keyring, tenant) = world.names();
        let handle = |known| {
            let known = people.installation.as_ref().filter(|_| known);
            known.map_or_else(|| elsewhere().handle(), |(handle, _)| *handle)
        };
        match op {
            Op::Issue { seconds } => {
                let lifetime = ActivationLifetime::at_most(*seconds).expect("a lifetime");
                let (purpose, by, dice) = (purpose(true), admin(), world.dice());
                let flow = Flow::issue_activation(keyring, tenant, purpose, lifetime, by, dice);
                let Ok(flow) = flow;
                Self::new(flow, |people, issued| {
                    let codes = vec![issued.code.expose().to_string()];
                    people.installation = Some((issued.handle, codes));
                    Answer::Issued
                })
            }
            Op::Reissue { known } => {
                let (handle, lifetime) = (handle(*known), ActivationLifetime::POLICY);
                let flow = Flow::reissue_activation(keyring, tenant, handle, lifetime, admin());
                Self::new(flow, |people, reissue| match reissue {
                    Reissue::Reissued(replaced) => {
                        let code = replaced.issued.code.expose().to_string();
                        if let Some((_, codes)) = &mut people.installation {
                            codes.push(code);
                        }
                        Answer::Reissued {
                            old: state_name(&replaced.old),
                        }
                    }
                    Reissue::Unknown => Answer::Unknown,
                })
            }
            Op::Revoke { known } => {
                let flow = Flow::revoke_activation(keyring, tenant, handle(*known), admin());
                Self::new(flow, |_, revocation| match revocation {
                    Revocation::Revoked => Answer::Revoked { count: 1 },
                    Revocation::AlreadyRevoked => Answer::AlreadyRevoked,
                    Revocation::AlreadyRedeemed(_) => Answer::AlreadyRedeemed,
                    Revocation::Unknown => Answer::Unknown,
                })
            }
            Op::Redeem {
                code,
                right_purpose,
            } => {
                let codes = people.installation.as_ref().map(|(_, codes)| codes);
                let typed = code.and_then(|code| codes?.get(code).map(String::as_str));
                let redeemer = Actor::new("server 12").expect("an actor");
                let flow = Flow::redeem_activation(
                    keyring,
                    tenant,
                    typed.unwrap_or(ELSEWHERE),
                    purpose(*right_purpose),
                    redeemer,
                );
                Self::new(flow, |_, redemption| match redemption {
                    Redemption::Redeemed(_) => Answer::Redeemed,
                    Redemption::ActivationFailed => Answer::ActivationFailed,
                })
            }
            Op::RepairCode => {
                let handle = handle(true);
                let flow = Flow::repair_activation_clock(keyring, tenant, handle, admin());
                Self::new(flow, |_, it| repair(*it))
            }
            _ => {
                let handles = vec![handle(true)];
                let flow = Flow::activation_status(keyring, tenant, handles);
                Self::new(flow, |_, status| match &status[0].record {
                    Some(record) => Answer::Code {
                        state: state_name(&record.state),
                        tries_left: record.tries_left,
                    },
                    None => Answer::Unknown,
                })
            }
        }
    }
}

fn purpose(right: bool) -> Label {
    Label::new(if right { "backup service" } else { "printer" }).expect("a label")
}

/// The code of no installation.
fn elsewhere() -> ActivationCode {
    ActivationCode::parse(ELSEWHERE).expect("an activation code")
}

const ELSEWHERE: &str = "7K3M9-QXA4C-1VY0Z-B8HDJ-5RTED";

//! What the tests of activation codes share: a service, a server, and everything done to one code.

#![allow(dead_code, reason = "each test uses a part of it")]

use mfakit::{
    ActivationCode, ActivationHandle, ActivationLifetime, ActivationRefusal, ActivationState,
    Actor, AuditQuery, Error, EventKind, IssuedActivation, Label, Redemption, Reissue, Replaced,
    Revocation, Setting,
};

use crate::world::{World, admin};

/// How many wrong codes there are, and how many tasks race.
pub(crate) const TASKS: usize = 64;

pub(crate) fn backup_service() -> Label {
    Label::new("backup service").unwrap()
}

pub(crate) fn server() -> Actor {
    Actor::new("server 12").unwrap()
}

pub(crate) fn issue(world: &World) -> IssuedActivation {
    let (purpose, by) = (backup_service(), admin("a new server"));
    let issued = world
        .tenant
        .issue_activation(&purpose, ActivationLifetime::POLICY, &by);
    issued.unwrap()
}

pub(crate) fn text(issued: &IssuedActivation) -> String {
    issued.code.expose().to_string()
}

pub(crate) fn try_redeem(world: &World, typed: &str) -> Result<Redemption, Error> {
    world
        .tenant
        .redeem_activation(typed, &backup_service(), &server())
}

pub(crate) fn redeem(world: &World, typed: &str) -> Redemption {
    try_redeem(world, typed).unwrap()
}

/// Whether the code was good; every refusal looks the same.
pub(crate) fn is_redeemed(redemption: &Redemption) -> bool {
    match redemption {
        Redemption::Redeemed(_) => true,
        Redemption::ActivationFailed => {
            assert_eq!(redemption.name(), "activation_failed");
            false
        }
    }
}

pub(crate) fn reissue(world: &World, handle: ActivationHandle) -> Replaced {
    let by = admin("installed again");
    let answer = world
        .tenant
        .reissue_activation(handle, ActivationLifetime::POLICY, &by);
    match answer.unwrap() {
        Reissue::Reissued(replaced) => replaced,
        Reissue::Unknown => panic!("unknown"),
    }
}

pub(crate) fn revoke(world: &World, handle: ActivationHandle) -> Revocation {
    let by = admin("never mind");
    world.tenant.revoke_activation(handle, &by).unwrap()
}

pub(crate) fn state(world: &World, handle: ActivationHandle) -> (ActivationState, u32) {
    let status = world.tenant.activation_status(&[handle]).unwrap();
    let record = status[0].record.clone().unwrap();
    (record.state, record.tries_left)
}

/// Codes for the same installation that were never issued, each with a check symbol that fits.
pub(crate) fn wrong_codes(right: &str) -> Vec<String> {
    const SYMBOLS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let plain = right.replace('-', "");
    let (kept, _) = plain.split_at(22);
    let ends = SYMBOLS
        .chars()
        .flat_map(|a| SYMBOLS.chars().map(move |b| (a, b)));
    let texts = ends.flat_map(|(a, b)| SYMBOLS.chars().map(move |c| format!("{kept}{a}{b}{c}")));
    texts
        .filter(|text| ActivationCode::parse(text).is_ok() && *text != plain)
        .take(TASKS)
        .collect()
}

/// What the audit trail tells of one event: name of the kind, why refused, who.
pub(crate) type Told = (String, Option<ActivationRefusal>, String);

/// The newest events of the installation, oldest first: name of the kind, why refused, who.
pub(crate) fn story(world: &World, handle: ActivationHandle) -> Vec<Told> {
    let page = world.tenant.events(AuditQuery::newest(100)).unwrap();
    let mut story: Vec<_> = page
        .entries
        .iter()
        .filter(|entry| entry.activation == Some(handle))
        .map(|entry| {
            assert_eq!(entry.account, None);
            let event = entry.event.as_ref().unwrap();
            let refusal = match event.kind {
                EventKind::ActivationRefused { refusal } => Some(refusal),
                _ => None,
            };
            let actor = event.actor.as_ref().unwrap().as_str().to_owned();
            (event.kind.name().to_owned(), refusal, actor)
        })
        .collect();
    story.reverse();
    story
}

pub(crate) fn set(world: &World, setting: Setting, value: u32) {
    let policy = world.tenant.policy().unwrap();
    let policy = policy.with(setting, value).unwrap();
    let _ = world.tenant.set_policy(policy, &admin("a test")).unwrap();
}

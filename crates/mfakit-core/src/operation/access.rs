//! What an account needs by the policy of the day, and whether what a session rests on is enough for it.

use crate::{
    Basis, DeviceId, Policy, Requirement, Setting, UnixTime, document::account::AccountDocument,
};

/// What is required of this account.
pub(super) fn requirement(policy: &Policy, account: Option<&AccountDocument>) -> Requirement {
    match policy.requirement() {
        // What is required of a single user is stronger than what is left to everybody.
        Requirement::Optional if account.is_some_and(|account| account.required) => {
            Requirement::Required
        }
        requirement => requirement,
    }
}

/// Whether an exemption lets this account in.
pub(super) fn is_exempt(policy: &Policy, account: Option<&AccountDocument>, now: UnixTime) -> bool {
    account
        .and_then(|account| account.exemption.as_ref())
        .is_some_and(|exemption| exemption.is_in_force(policy, now))
}

/// Whether a session that rests on `basis` is enough today: what was, when the person signed in, may be too little.
pub(super) fn suffices(
    basis: Basis,
    device: Option<DeviceId>,
    policy: &Policy,
    account: Option<&AccountDocument>,
    now: UnixTime,
) -> bool {
    let requirement = requirement(policy, account);
    match basis {
        Basis::Otp | Basis::BackupCode => true,
        _ if requirement == Requirement::Off => true,
        Basis::NotRequired => false,
        Basis::NotSetUp => requirement == Requirement::Optional,
        Basis::Exempt => is_exempt(policy, account, now),
        // A device that was revoked, has expired or is no longer allowed ends the sessions that rest on it.
        Basis::Remembered => account
            .zip(device)
            .is_some_and(|(account, device)| account.devices.contains(device, policy, now)),
        Basis::Deferred => {
            requirement == Requirement::Optional || !is_overdue(policy, account, now)
        }
    }
}

/// Whether a factor is required of this account that it does not have, and the setup can't be put off any more.
pub(super) fn is_setup_overdue(policy: &Policy, account: &AccountDocument, now: UnixTime) -> bool {
    let grace = policy.get(Setting::SetupDeadline) > 0 && policy.get(Setting::SetupSkips) > 0;
    let can_wait = match account.rollout.as_ref() {
        Some(rollout) => rollout.deferral(policy, now).is_some(),
        // Who has not signed in under the requirement yet is granted all of it.
        None => grace,
    };
    requirement(policy, Some(account)) == Requirement::Required
        && !account.has_factor()
        && !is_exempt(policy, Some(account), now)
        && !can_wait
}

/// Whether the deadline of the first setup has passed, by the policy of the day.
fn is_overdue(policy: &Policy, account: Option<&AccountDocument>, now: UnixTime) -> bool {
    let rollout = account.and_then(|account| account.rollout.as_ref());
    policy.get(Setting::SetupSkips) == 0
        || rollout.is_none_or(|rollout| rollout.deadline(policy) <= now)
}

//! What an account needs by the policy of the day, and whether what a session rests on is enough for it.

use crate::{Basis, Policy, Requirement, UnixTime, document::account::AccountDocument};

/// What is required of this account.
pub(super) const fn requirement(policy: &Policy, _: Option<&AccountDocument>) -> Requirement {
    policy.requirement()
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
    }
}

//! What an administrator does to one account.

use mfakit::{
    AccountId, Administrator, Error, ExemptionChange, ExemptionEnd, IdentityVerified, Outcome,
    RequirementChange, UnixTime, Unlocking, blocking::Tenant,
};
use serde_json::{Value, json};

use crate::{
    admin::desk::{self, Desk, administrator, confirm},
    args::Account,
    console::Console,
    exit::Failure,
    text, when,
};

pub(crate) fn reset(args: &Account, console: &mut Console<'_>) -> Result<(), Failure> {
    act(
        args,
        "Remove all factors of",
        Tenant::reset,
        |()| Ok("has no factors any more; setup starts anew".to_owned()),
        console,
    )
}

pub(crate) fn erase(args: &Account, console: &mut Console<'_>) -> Result<(), Failure> {
    act(
        args,
        "Remove everything about",
        Tenant::erase,
        |()| Ok("is erased".to_owned()),
        console,
    )
}

/// Which lock is lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unlock {
    Password,
    Factor(IdentityVerified),
}

impl Unlock {
    pub(crate) const fn of(identity_verified: bool, password: bool) -> Self {
        match (password, identity_verified) {
            (true, _) => Self::Password,
            (false, true) => Self::Factor(IdentityVerified::Yes),
            (false, false) => Self::Factor(IdentityVerified::No),
        }
    }
}

pub(crate) fn unlock(
    args: &Account,
    how: Unlock,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let question = match how {
        Unlock::Password => "Have the password looked at again of",
        Unlock::Factor(IdentityVerified::Yes) => "Lift the lock and clear the failures of",
        Unlock::Factor(IdentityVerified::No) => "Lift the lock, a hard one with all factors, of",
    };
    act(
        args,
        question,
        |tenant, account, by| match how {
            Unlock::Password => tenant.unlock_password(account, by),
            Unlock::Factor(identity) => tenant.unlock(account, by, identity),
        },
        |unlocking| match unlocking {
            Unlocking::NotLocked => Err("was not locked".to_owned()),
            Unlocking::Lifted => Ok("is unlocked; the failures still count".to_owned()),
            Unlocking::FailuresCleared => {
                Ok("is unlocked, and the failures are cleared".to_owned())
            }
            Unlocking::FactorsRemoved => {
                Ok("is unlocked and has no factors any more; setup starts anew".to_owned())
            }
        },
        console,
    )
}

pub(crate) fn exempt(
    args: &Account,
    until: Option<UnixTime>,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let end = until.map_or(ExemptionEnd::Open, ExemptionEnd::At);
    act(
        args,
        "Waive the second factor of",
        |tenant, account, by| tenant.exempt(account, end, by),
        exemption,
        console,
    )
}

pub(crate) fn end_exemption(args: &Account, console: &mut Console<'_>) -> Result<(), Failure> {
    act(
        args,
        "End the exemption of",
        Tenant::end_exemption,
        |answer| match answer {
            ExemptionChange::Changed => Ok("is not exempt any more".to_owned()),
            other => exemption(other),
        },
        console,
    )
}

fn exemption(answer: ExemptionChange) -> Result<String, String> {
    let latest = |latest| format!("The latest is {}.", when::shown(latest));
    match answer {
        ExemptionChange::Changed => Ok("is exempt".to_owned()),
        ExemptionChange::NotExempt => Err("is not exempt".to_owned()),
        ExemptionChange::EndsInThePast => Err("was not exempted: the end is over".to_owned()),
        ExemptionChange::TooLong { latest: end } => Err(format!(
            "was not exempted: the policy has shorter ones. {}",
            latest(end)
        )),
        ExemptionChange::EndNeeded { latest: end } => Err(format!(
            "was not exempted: the policy wants an end (--until). {}",
            latest(end)
        )),
        _ => Err("was not exempted".to_owned()),
    }
}

pub(crate) fn require(args: &Account, console: &mut Console<'_>) -> Result<(), Failure> {
    act(
        args,
        "Require a second factor of",
        Tenant::require,
        |answer| match answer {
            RequirementChange::Changed => Ok("has to have a second factor".to_owned()),
            RequirementChange::Unchanged => Err("had to have one already".to_owned()),
        },
        console,
    )
}

pub(crate) fn end_requirement(args: &Account, console: &mut Console<'_>) -> Result<(), Failure> {
    act(
        args,
        "Leave it to the policy whether there has to be a second factor of",
        Tenant::end_requirement,
        |answer| match answer {
            RequirementChange::Changed => Ok("goes by the policy".to_owned()),
            RequirementChange::Unchanged => Err("went by the policy already".to_owned()),
        },
        console,
    )
}

/// Asks, acts, and says what came of it: yes as a sentence about the account, or no as one.
pub(crate) fn act<A: Outcome>(
    args: &Account,
    question: &str,
    call: impl FnOnce(&Tenant, &AccountId, &Administrator) -> Result<A, Error>,
    says: impl FnOnce(A) -> Result<String, String>,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let id = desk::account(&args.account)?;
    let by = administrator(&args.by)?;
    let shown = text::shown(&desk::shown(&id));
    let of = text::shown(&args.tenant.tenant);
    let (desk, tenant) = Desk::of_tenant(&args.tenant, console)?;
    confirm(&args.by, &format!("{question} {shown} in {of}?"), console)?;
    let answer = desk.told(call(&tenant, &id, &by), console)?;
    let value = outcome(answer.outcome(), &id);
    match says(answer) {
        Ok(sentence) => console.answer(&value, &format!("{shown} {sentence}.")),
        Err(sentence) => {
            let end = if sentence.ends_with('.') { "" } else { "." };
            console.answer(&value, &format!("{shown} {sentence}{end}"))?;
            Err(Failure::No)
        }
    }
}

fn outcome(outcome: &str, account: &AccountId) -> Value {
    json!({ "outcome": outcome, "account": desk::shown(account) })
}

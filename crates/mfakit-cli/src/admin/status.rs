//! `status`, and what is said of an account elsewhere.

use mfakit::{
    AccountId, AccountStatus, Administrator, ExemptionEnd, LockEnd, Locked, Outcome as _,
};
use serde_json::{Value, json};

use crate::{
    admin::desk::{self, Desk},
    args::TenantArgs,
    console::Console,
    exit::Failure,
    text, when,
};

pub(crate) fn status(
    accounts: &[String],
    args: &TenantArgs,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let ids: Vec<AccountId> = accounts
        .iter()
        .map(|account| desk::account(account))
        .collect::<Result<_, _>>()?;
    let (desk, tenant) = Desk::of_tenant(args, console)?;
    for some in ids.chunks(AT_ONCE) {
        for status in desk.told(tenant.status(some), console)? {
            if console.json() {
                console.object(&as_value(&status))?;
            } else {
                told(&status, console)?;
            }
        }
    }
    Ok(())
}

/// An account for programs; times are seconds since 1970.
pub(crate) fn as_value(status: &AccountStatus) -> Value {
    if let Some(fault) = status.fault {
        return json!({
            "account": desk::shown(&status.account),
            "fault": fault_name(fault),
        });
    }
    let authenticators: Vec<Value> = status
        .authenticators
        .iter()
        .map(|it| {
            json!({
                "id": it.id.to_string(),
                "kind": it.kind.name(),
                "strength": it.strength.name(),
                "label": it.label.as_str(),
                "bound_at": it.bound_at.seconds(),
            })
        })
        .collect();
    let devices: Vec<Value> = status.devices.iter().map(device).collect();
    let exemption = status.exemption.as_ref().map(|it| {
        json!({
            "granted_at": it.granted_at.seconds(),
            "end": end(it.end),
            "by": by(&it.by),
        })
    });
    json!({
        "account": desk::shown(&status.account),
        "authenticators": authenticators,
        "setup_pending": status.setup_pending,
        "backup_codes_left": status.backup_codes_left,
        "backup_codes_low": status.backup_codes_low,
        "backup_codes_acknowledged": status.backup_codes_acknowledged,
        "lock": status.lock.map(lock),
        "failure_budget_spent": status.failure_budget_spent,
        "year_budget_spent": status.year_budget_spent,
        "exemption": exemption,
        "required": status.required,
        "devices": devices,
        "setup_due_at": status.setup_due_at.map(mfakit::UnixTime::seconds),
        "overdue": status.overdue,
        "erased": status.erased,
        "fault": null,
    })
}

pub(crate) fn device(device: &mfakit::DeviceStatus) -> Value {
    json!({
        "id": device.id.to_string(),
        "label": device.label.as_str(),
        "created_at": device.created_at.seconds(),
        "used_at": device.used_at.seconds(),
        "expires": device.expires.seconds(),
    })
}

fn lock(locked: Locked) -> Value {
    let until = match locked.end {
        LockEnd::At(end) => Value::from(end.seconds()),
        LockEnd::Hard => Value::Null,
    };
    json!({
        "hard": locked.end == LockEnd::Hard,
        "until": until,
        "reason": locked.reason.name(),
    })
}

/// The end of an exemption; null where it has none.
fn end(end: ExemptionEnd) -> Value {
    match end {
        ExemptionEnd::At(end) => end.seconds().into(),
        ExemptionEnd::Open => Value::Null,
    }
}

fn by(by: &Administrator) -> Value {
    json!({ "actor": by.actor.as_str(), "reason": by.reason.as_str() })
}

/// The stable name of why something can't be read.
pub(crate) fn fault_name(fault: mfakit::Unavailable) -> &'static str {
    Err::<(), _>(mfakit::Error::Unavailable(fault)).outcome()
}

/// An account for people, in several lines.
fn told(status: &AccountStatus, console: &mut Console<'_>) -> Result<(), Failure> {
    console.line(&text::shown(&desk::shown(&status.account)))?;
    let mut field = |name: &str, value: String| console.line(&format!("  {name:<14}{value}"));
    if let Some(fault) = status.fault {
        return field("state", desk::fault(&fault));
    }
    field("state", states(status).join(", "))?;
    for it in &status.authenticators {
        let weak = match it.strength {
            mfakit::Strength::Strong => "",
            mfakit::Strength::Weak => ", its secret is short",
        };
        let label = text::shown(it.label.as_str());
        let bound = when::shown(it.bound_at);
        field(
            "authenticator",
            format!("{label} ({}), since {bound}{weak}", it.kind.name()),
        )?;
    }
    if !status.authenticators.is_empty() {
        let stored = match status.backup_codes_acknowledged {
            true => "",
            false => ", not confirmed as stored",
        };
        field(
            "backup codes",
            format!("{} left{stored}", status.backup_codes_left),
        )?;
    }
    if let Some(exemption) = &status.exemption {
        let until = match exemption.end {
            ExemptionEnd::At(end) => format!("until {}", when::shown(end)),
            ExemptionEnd::Open => "without an end".to_owned(),
        };
        let (actor, reason) = (exemption.by.actor.as_str(), exemption.by.reason.as_str());
        let (actor, reason) = (text::shown(actor), text::shown(reason));
        field("exempt", format!("{until}, by {actor}: {reason}"))?;
    }
    for it in &status.devices {
        let (label, expires) = (text::shown(it.label.as_str()), when::shown(it.expires));
        field("device", format!("{label}, until {expires}"))?;
    }
    if let Some(due) = status.setup_due_at {
        field("setup due", when::shown(due))?;
    }
    Ok(())
}

/// What an account is, in words.
pub(crate) fn states(status: &AccountStatus) -> Vec<String> {
    let mut states = Vec::new();
    let mut say = |holds: bool, text: &str| {
        if holds {
            states.push(text.to_owned());
        }
    };
    say(status.erased, "erased");
    say(
        !status.erased && status.authenticators.is_empty(),
        "not set up",
    );
    say(!status.authenticators.is_empty(), "set up");
    say(status.setup_pending, "setup pending");
    say(status.required, "required");
    say(status.overdue, "overdue");
    say(status.backup_codes_low, "few backup codes");
    say(status.failure_budget_spent, "many failures in 30 days");
    say(status.year_budget_spent, "many failures in a year");
    say(status.exemption.is_some(), "exempt");
    if let Some(locked) = status.lock {
        states.push(match locked.end {
            LockEnd::At(end) => format!("locked until {}", when::shown(end)),
            LockEnd::Hard => "locked until an administrator acts".to_owned(),
        });
    }
    states
}

/// As many as the engine answers at once.
const AT_ONCE: usize = 100;

//! `activation`.

use mfakit::{
    ActivationAct, ActivationHandle, ActivationLifetime, ActivationQuery, ActivationState,
    ActivationStatus, Actor, IssuedActivation, Label, Outcome as _, Redemption, Reissue,
    Revocation,
};
use serde_json::{Value, json};

use crate::{
    admin::{
        desk::{self, Desk, administrator, confirm},
        status::fault_name,
    },
    args::{ActivationCommand, LifetimeArgs, TenantArgs},
    console::Console,
    exit::Failure,
    input,
    table::Table,
    text, when,
};

pub(crate) fn activation(
    command: &ActivationCommand,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    match command {
        ActivationCommand::Issue {
            purpose,
            lifetime,
            tenant,
            by,
        } => {
            let purpose = Label::new(purpose).map_err(Failure::input)?;
            let lifetime = life(lifetime)?;
            let by = administrator(by)?;
            let (desk, tenant) = Desk::of_tenant(tenant, console)?;
            let issued = desk.told(tenant.issue_activation(&purpose, lifetime, &by), console)?;
            show_once(&issued, issued.outcome(), None, console)
        }
        ActivationCommand::Reissue {
            handle,
            lifetime,
            tenant,
            by,
        } => {
            let handle = parse(handle)?;
            let lifetime = life(lifetime)?;
            let administrator = administrator(by)?;
            let (desk, tenant) = Desk::of_tenant(tenant, console)?;
            let question = format!("Issue a new code for {handle}, and make the old one void?");
            confirm(by, &question, console)?;
            let answer = tenant.reissue_activation(handle, lifetime, &administrator);
            let answer = desk.told(answer, console)?;
            let outcome = answer.outcome();
            match answer {
                Reissue::Reissued(replaced) => {
                    show_once(&replaced.issued, outcome, Some(&replaced.old), console)
                }
                Reissue::Unknown => unknown(handle, console),
            }
        }
        ActivationCommand::Revoke { handle, tenant, by } => {
            let handle = parse(handle)?;
            let administrator = administrator(by)?;
            let (desk, tenant) = Desk::of_tenant(tenant, console)?;
            confirm(by, &format!("Make the code of {handle} void?"), console)?;
            let answer = desk.told(tenant.revoke_activation(handle, &administrator), console)?;
            revoked(handle, &answer, console)
        }
        ActivationCommand::List { tenant } => list(tenant, console),
        ActivationCommand::Redeem {
            purpose,
            redeemer,
            tenant,
        } => redeem(purpose, redeemer, tenant, console),
    }
}

fn show_once(
    issued: &IssuedActivation,
    outcome: &str,
    old: Option<&ActivationState>,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let code = issued.code.expose();
    if console.json() {
        let mut value = json!({
            "outcome": outcome,
            "handle": issued.handle.to_string(),
            "code": code.as_str(),
            "expires": issued.expires.seconds(),
        });
        if let (Value::Object(fields), Some(old)) = (&mut value, old) {
            fields.insert("old".to_owned(), state(old));
        }
        return console.object(&value);
    }
    console.line(&code)?;
    let (handle, expires) = (issued.handle, when::shown(issued.expires));
    console.note(&format!(
        "this code is shown this once; it is good until {expires}, and its handle is {handle}"
    ));
    if let Some(ActivationState::Redeemed(act)) = old {
        console.note(&format!(
            "the code before was redeemed {}: end what it let in",
            told(act)
        ));
    }
    Ok(())
}

fn revoked(
    handle: ActivationHandle,
    answer: &Revocation,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let value = json!({ "outcome": answer.outcome(), "handle": handle.to_string() });
    let sentence = match answer {
        Revocation::Revoked => return console.answer(&value, &format!("{handle} is void.")),
        Revocation::AlreadyRevoked => format!("{handle} was void already."),
        Revocation::AlreadyRedeemed(act) => {
            format!("{handle} was redeemed {}: end what it let in.", told(act))
        }
        Revocation::Unknown => return unknown(handle, console),
    };
    console.answer(&value, &sentence)?;
    Err(Failure::No)
}

fn unknown(handle: ActivationHandle, console: &mut Console<'_>) -> Result<(), Failure> {
    let value = json!({ "outcome": "unknown", "handle": handle.to_string() });
    console.answer(&value, &format!("Nothing was ever issued for {handle}."))?;
    Err(Failure::No)
}

fn redeem(
    purpose: &str,
    redeemer: &str,
    tenant: &TenantArgs,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let purpose = Label::new(purpose).map_err(Failure::input)?;
    let redeemer = Actor::new(redeemer).map_err(Failure::input)?;
    let typed = input::line("activation code", console)?;
    let (desk, tenant) = Desk::of_tenant(tenant, console)?;
    let answer = desk.told(
        tenant.redeem_activation(&typed, &purpose, &redeemer),
        console,
    )?;
    let name = answer.name();
    match answer {
        Redemption::Redeemed(redeemed) => {
            let handle = redeemed.handle.to_string();
            let value = json!({
                "outcome": name,
                "handle": handle,
                "purpose": redeemed.purpose.as_str(),
                "issued": by(&redeemed.issued),
            });
            console.answer(&value, &format!("{handle} is activated."))
        }
        Redemption::ActivationFailed => {
            let sentence =
                "The activation failed. The audit trail says why; the code has to be issued anew.";
            console.answer(&json!({ "outcome": name }), sentence)?;
            Err(Failure::No)
        }
    }
}

fn list(args: &TenantArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let (desk, tenant) = Desk::of_tenant(args, console)?;
    let mut query = ActivationQuery::first(PAGE);
    let mut table = Table::new([
        "HANDLE",
        "PURPOSE",
        "STATE",
        "ISSUED",
        "UNTIL",
        "TRIES LEFT",
    ]);
    loop {
        let page = desk.told(tenant.activations(query), console)?;
        for status in &page.entries {
            table.row(console, cells(status), || as_value(status))?;
        }
        match page.next {
            Some(next) => query = ActivationQuery::first(PAGE).after(next),
            None => return table.end(console, "No activation code."),
        }
    }
}

fn cells(status: &ActivationStatus) -> [String; 6] {
    let handle = status.handle.to_string();
    let Some(record) = &status.record else {
        let why = status
            .fault
            .map_or_else(|| "none".to_owned(), |it| desk::fault(&it));
        let none = String::new;
        return [handle, none(), why, none(), none(), none()];
    };
    let state = match &record.state {
        ActivationState::Redeemed(act) | ActivationState::Revoked(act) => {
            format!("{} {}", record.state.name(), told(act))
        }
        state => state.name().to_owned(),
    };
    [
        handle,
        record.purpose.as_str().to_owned(),
        state,
        told(&record.issued),
        when::shown(record.expires),
        record.tries_left.to_string(),
    ]
}

fn as_value(status: &ActivationStatus) -> Value {
    let handle = status.handle.to_string();
    let fault = status.fault.map(fault_name);
    match &status.record {
        Some(record) => json!({
            "handle": handle,
            "purpose": record.purpose.as_str(),
            "state": state(&record.state),
            "issued": by(&record.issued),
            "expires": record.expires.seconds(),
            "tries_left": record.tries_left,
            "fault": fault,
        }),
        None => json!({ "handle": handle, "fault": fault }),
    }
}

fn state(state: &ActivationState) -> Value {
    match state {
        ActivationState::Redeemed(act) | ActivationState::Revoked(act) => {
            json!({ "name": state.name(), "by": act.by.as_str(), "at": act.at.seconds() })
        }
        _ => json!({ "name": state.name() }),
    }
}

fn by(act: &ActivationAct) -> Value {
    json!({ "by": act.by.as_str(), "at": act.at.seconds() })
}

fn told(act: &ActivationAct) -> String {
    format!(
        "{} by {}",
        when::shown(act.at),
        text::shown(act.by.as_str())
    )
}

pub(crate) fn parse(handle: &str) -> Result<ActivationHandle, Failure> {
    ActivationHandle::parse(handle).map_err(Failure::input)
}

fn life(args: &LifetimeArgs) -> Result<ActivationLifetime, Failure> {
    match args.lifetime.as_str() {
        "policy" => Ok(ActivationLifetime::POLICY),
        "binding" => Ok(ActivationLifetime::BINDING),
        "text" => Ok(ActivationLifetime::TEXT_OR_VOICE),
        "mail" => Ok(ActivationLifetime::MAIL),
        "post" => Ok(ActivationLifetime::POST),
        seconds => {
            let seconds = seconds.parse().map_err(|_| {
                Failure::Input(
                    "a lifetime is policy, binding, text, mail, post, or seconds".to_owned(),
                )
            })?;
            ActivationLifetime::at_most(seconds).map_err(Failure::input)
        }
    }
}

const PAGE: u32 = 100;

//! `policy`.

use mfakit::{
    Issuer, Outcome as _, Policy, PolicyChange, PolicyError, Profile, Requirement, Setting,
    blocking::Tenant,
};
use serde_json::{Map, Value, json};

use crate::{
    admin::desk::{Desk, administrator, confirm},
    args::{By, PolicyCommand, TenantArgs, requirement},
    console::Console,
    exit::Failure,
    table::Table,
    text,
};

pub(crate) fn policy(command: &PolicyCommand, console: &mut Console<'_>) -> Result<(), Failure> {
    match command {
        PolicyCommand::Show { tenant } => show(tenant, console),
        PolicyCommand::Set {
            changes,
            tenant,
            by,
        } => change(tenant, by, |policy| changed(policy, changes), console),
        PolicyCommand::Profile {
            profile,
            tenant,
            by,
        } => change(tenant, by, |policy| started_from(*profile, policy), console),
    }
}

fn show(args: &TenantArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let (desk, tenant) = Desk::of_tenant(args, console)?;
    let policy = desk.told(tenant.policy(), console)?;
    if console.json() {
        return console.object(&as_value(&policy));
    }
    console.line(&format!(
        "issuer       {}",
        text::shown(policy.issuer().as_str())
    ))?;
    console.line(&format!("requirement  {}", policy.requirement().name()))?;
    console.line(&format!("profile      {}", policy.based_on().name()))?;
    console.line("")?;
    let mut table = Table::new(["SETTING", "VALUE", "DEFAULT", "RANGE", ""]);
    for setting in Setting::ALL {
        let (min, max) = setting.range();
        let fixed = policy
            .based_on()
            .fixes(*setting)
            .map_or("", |_| "fixed by the profile");
        let cells = [
            setting.name().to_owned(),
            policy.get(*setting).to_string(),
            setting.default_value().to_string(),
            format!("{min} to {max}"),
            fixed.to_owned(),
        ];
        table.row(console, cells, || Value::Null)?;
    }
    table.end(console, "")
}

fn as_value(policy: &Policy) -> Value {
    let settings: Map<String, Value> = Setting::ALL
        .iter()
        .map(|setting| {
            let (min, max) = setting.range();
            let value = json!({
                "value": policy.get(*setting),
                "default": setting.default_value(),
                "min": min,
                "max": max,
                "fixed": policy.based_on().fixes(*setting).is_some(),
            });
            (setting.name().to_owned(), value)
        })
        .collect();
    json!({
        "issuer": policy.issuer().as_str(),
        "requirement": policy.requirement().name(),
        "profile": policy.based_on().name(),
        "settings": settings,
    })
}

fn change(
    args: &TenantArgs,
    by: &By,
    change: impl FnOnce(Policy) -> Result<Policy, Failure>,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let administrator = administrator(by)?;
    let (desk, tenant) = Desk::of_tenant(args, console)?;
    let before = desk.told(tenant.policy(), console)?;
    let after = change(before.clone())?;
    let differences = differences(&before, &after);
    if differences.is_empty() {
        console.answer(&json!({ "outcome": "unchanged" }), "Nothing to change.")?;
        return Err(Failure::No);
    }
    let list = differences.join(", ");
    let question = format!(
        "Change the policy of {}: {list}.",
        text::shown(&args.tenant)
    );
    confirm(by, &question, console)?;
    store(&desk, &tenant, after, &administrator, &list, console)
}

fn store(
    desk: &Desk,
    tenant: &Tenant,
    policy: Policy,
    by: &mfakit::Administrator,
    list: &str,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let answer = desk.told(tenant.set_policy(policy, by), console)?;
    let value = json!({ "outcome": answer.outcome() });
    match answer {
        PolicyChange::Changed => console.answer(&value, &format!("Changed: {list}.")),
        PolicyChange::Stale => {
            let sentence = "Somebody else changed the policy at the same moment. Look again.";
            console.answer(&value, sentence)?;
            Err(Failure::No)
        }
    }
}

fn differences(before: &Policy, after: &Policy) -> Vec<String> {
    let mut list = Vec::new();
    let mut differ = |name: &str, from: String, to: String| {
        if from != to {
            list.push(format!(
                "{name} from {} to {}",
                text::shown(&from),
                text::shown(&to)
            ));
        }
    };
    let name = |policy: &Policy| policy.issuer().as_str().to_owned();
    differ("issuer", name(before), name(after));
    let name = |policy: &Policy| policy.requirement().name().to_owned();
    differ("requirement", name(before), name(after));
    let name = |policy: &Policy| policy.based_on().name().to_owned();
    differ("profile", name(before), name(after));
    for setting in Setting::ALL {
        let value = |policy: &Policy| policy.get(*setting).to_string();
        differ(setting.name(), value(before), value(after));
    }
    list
}

/// The values of a profile under the name and the requirement of a policy.
fn started_from(profile: Profile, policy: Policy) -> Result<Policy, Failure> {
    let fresh = Policy::profile(profile, policy.issuer().clone());
    // One by one into the policy that was read, so that it replaces that one alone.
    if policy.based_on() == profile {
        let values = Setting::ALL.iter().map(|it| (*it, fresh.get(*it)));
        return with_all(policy, values.collect());
    }
    Ok(fresh.with_requirement(policy.requirement()))
}

/// What a person asks to be changed.
enum Wish {
    Setting(Setting, u32),
    Requirement(Requirement),
    Issuer(Issuer),
}

fn changed(mut policy: Policy, changes: &[String]) -> Result<Policy, Failure> {
    let mut settings = Vec::new();
    for change in changes {
        match wish(change)? {
            Wish::Setting(setting, value) => settings.push((setting, value)),
            Wish::Requirement(requirement) => policy = policy.with_requirement(requirement),
            Wish::Issuer(issuer) => policy = policy.with_issuer(issuer),
        }
    }
    with_all(policy, settings)
}

fn wish(text: &str) -> Result<Wish, Failure> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| Failure::Input(format!("`{text}` is not NAME=VALUE")))?;
    match name {
        "requirement" => requirement(value)
            .map(Wish::Requirement)
            .map_err(Failure::Input),
        "issuer" => Issuer::new(value).map(Wish::Issuer).map_err(Failure::input),
        _ => {
            let setting = Setting::ALL.iter().find(|it| it.name() == name);
            let setting = *setting.ok_or_else(|| {
                Failure::Input(format!(
                    "there is no setting `{name}`; `mfakit policy show` lists them"
                ))
            })?;
            let (min, max) = setting.range();
            let default = setting.default_value();
            let number = value.parse().ok().filter(|it| (min..=max).contains(it));
            let number = number.ok_or_else(|| {
                Failure::Input(format!(
                    "`{name}` takes {min} to {max}; the default is {default}"
                ))
            })?;
            Ok(Wish::Setting(setting, number))
        }
    }
}

/// The policy with all of these. Some are allowed only after others, whatever the order in which they were said.
fn with_all(mut policy: Policy, mut settings: Vec<(Setting, u32)>) -> Result<Policy, Failure> {
    while !settings.is_empty() {
        let mut refused: Option<PolicyError> = None;
        let waiting = settings.len();
        let mut left = Vec::new();
        for (setting, value) in settings {
            match policy.clone().with(setting, value) {
                Ok(next) => policy = next,
                Err(error) => {
                    refused = Some(error);
                    left.push((setting, value));
                }
            }
        }
        if let (true, Some(error)) = (left.len() == waiting, refused) {
            return Err(Failure::input(error));
        }
        settings = left;
    }
    Ok(policy)
}

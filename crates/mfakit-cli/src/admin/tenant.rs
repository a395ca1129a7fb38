//! `tenant`.

use mfakit::{Issuer, Outcome as _, Policy, TenantCreation, TenantId};
use serde_json::json;

use crate::{
    admin::desk::{Desk, administrator},
    args::TenantCommand,
    console::Console,
    exit::Failure,
    text,
};

pub(crate) fn tenant(command: &TenantCommand, console: &mut Console<'_>) -> Result<(), Failure> {
    match command {
        TenantCommand::Create {
            name,
            issuer,
            profile,
            requirement,
            place,
            by,
        } => {
            let id = TenantId::new(name).map_err(Failure::input)?;
            let issuer = Issuer::new(issuer).map_err(Failure::input)?;
            let by = administrator(by)?;
            let policy = Policy::profile(*profile, issuer).with_requirement(*requirement);
            let desk = Desk::open(place, console)?;
            let created = desk.told(desk.engine.create_tenant(&id, policy, &by), console)?;
            let value = json!({ "outcome": created.outcome(), "tenant": id.as_str() });
            let shown = text::shown(id.as_str());
            match created {
                TenantCreation::Created => console.answer(&value, &format!("{shown} is created.")),
                TenantCreation::Exists => {
                    console.answer(
                        &value,
                        &format!("{shown} is there already, and was left as it is."),
                    )?;
                    Err(Failure::No)
                }
            }
        }
        TenantCommand::List { place } => {
            let desk = Desk::open(place, console)?;
            let mut after: Option<TenantId> = None;
            loop {
                let page = desk.told(desk.engine.tenants(after.as_ref(), PAGE), console)?;
                for tenant in &page {
                    let value = json!({ "tenant": tenant.as_str() });
                    console.answer(&value, &text::shown(tenant.as_str()))?;
                }
                match page.last() {
                    Some(last) => after = Some(last.clone()),
                    None => return Ok(()),
                }
            }
        }
    }
}

const PAGE: u32 = 100;

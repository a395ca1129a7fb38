//! `devices`.

use mfakit::{DeviceId, DeviceRevocation, WhichDevices};

use crate::{
    admin::{
        account::act,
        desk::{self, Desk},
        status,
    },
    args::DevicesCommand,
    console::Console,
    exit::{Failure, chain},
    table::Table,
    when,
};

pub(crate) fn devices(command: &DevicesCommand, console: &mut Console<'_>) -> Result<(), Failure> {
    match command {
        DevicesCommand::List { account, tenant } => {
            let id = desk::account(account)?;
            let (desk, tenant) = Desk::of_tenant(tenant, console)?;
            let mut table = Table::new(["ID", "LABEL", "REMEMBERED", "USED", "UNTIL"]);
            for account in desk.told(tenant.status(&[id]), console)? {
                if let Some(fault) = account.fault {
                    return Err(Failure::Engine(chain(&fault)));
                }
                for device in &account.devices {
                    let cells = [
                        device.id.to_string(),
                        device.label.as_str().to_owned(),
                        when::shown(device.created_at),
                        when::shown(device.used_at),
                        when::shown(device.expires),
                    ];
                    table.row(console, cells, || status::device(device))?;
                }
            }
            table.end(console, "No device is remembered.")
        }
        DevicesCommand::Revoke {
            account, device, ..
        } => {
            let which = match device {
                Some(text) => WhichDevices::One(DeviceId::parse(text).ok_or_else(|| {
                    Failure::Input(
                        "this is not the id of a device, as `mfakit devices list` shows it"
                            .to_owned(),
                    )
                })?),
                None => WhichDevices::All,
            };
            let question = match which {
                WhichDevices::One(_) => "Forget a device of",
                WhichDevices::All => "Forget all devices of",
            };
            act(
                account,
                question,
                |tenant, account, by| tenant.revoke_devices_of(account, which, by),
                |answer| match answer {
                    DeviceRevocation::Revoked { count } if count > 0 => {
                        Ok(format!("has {count} fewer remembered devices"))
                    }
                    _ => Err("has no such device".to_owned()),
                },
                console,
            )
        }
    }
}

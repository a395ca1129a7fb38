//! Commands that work on a store.

mod account;
mod activation;
mod audit;
mod csv;
mod desk;
mod devices;
mod keys;
mod list;
mod policy;
mod status;
mod store;
mod tenant;
mod trail;

use crate::{args::AdminCommand, console::Console, exit::Failure};

pub(crate) fn administer(command: AdminCommand, console: &mut Console<'_>) -> Result<(), Failure> {
    match command {
        AdminCommand::Tenant(command) => tenant::tenant(&command, console),
        AdminCommand::Policy(command) => policy::policy(&command, console),
        AdminCommand::Status { accounts, tenant } => status::status(&accounts, &tenant, console),
        AdminCommand::List(args) => list::list(&args, console),
        AdminCommand::Reset(args) => account::reset(&args, console),
        AdminCommand::Erase(args) => account::erase(&args, console),
        AdminCommand::Unlock {
            account,
            identity_verified,
            password,
        } => {
            let how = account::Unlock::of(identity_verified, password);
            account::unlock(&account, how, console)
        }
        AdminCommand::Exempt { account, until } => account::exempt(&account, until, console),
        AdminCommand::EndExemption(args) => account::end_exemption(&args, console),
        AdminCommand::Require(args) => account::require(&args, console),
        AdminCommand::EndRequirement(args) => account::end_requirement(&args, console),
        AdminCommand::Devices(command) => devices::devices(&command, console),
        AdminCommand::Activation(command) => activation::activation(&command, console),
        AdminCommand::Audit(command) => audit::audit(&command, console),
        AdminCommand::Keys(command) => keys::keys(&command, console),
        AdminCommand::Store(command) => store::store(&command, console),
    }
}

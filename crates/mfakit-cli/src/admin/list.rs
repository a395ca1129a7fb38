//! `list`.

use mfakit::{AccountCount, AccountQuery, PasswordLockQuery};
use serde_json::json;

use crate::{
    admin::{
        desk::{self, Desk},
        status::{as_value, fault_name, states},
    },
    args::ListArgs,
    console::Console,
    exit::Failure,
    table::Table,
    when,
};

pub(crate) fn list(args: &ListArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    if args.count {
        count(args, console)
    } else if args.password_locks {
        password_locks(args, console)
    } else {
        accounts(args, console)
    }
}

fn accounts(args: &ListArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let (desk, tenant) = Desk::of_tenant(&args.tenant, console)?;
    let first = match args.state {
        Some(state) => AccountQuery::first(PAGE).only(state),
        None => AccountQuery::first(PAGE),
    };
    let mut query = first.clone();
    let mut table = Table::new([
        "ACCOUNT",
        "AUTHENTICATORS",
        "BACKUP CODES",
        "DEVICES",
        "STATE",
    ]);
    loop {
        let page = desk.told(tenant.accounts(query), console)?;
        for status in &page.entries {
            let cells = match status.fault {
                Some(fault) => [
                    desk::shown(&status.account),
                    String::new(),
                    String::new(),
                    String::new(),
                    desk::fault(&fault),
                ],
                None => [
                    desk::shown(&status.account),
                    status.authenticators.len().to_string(),
                    status.backup_codes_left.to_string(),
                    status.devices.len().to_string(),
                    states(status).join(", "),
                ],
            };
            table.row(console, cells, || as_value(status))?;
        }
        match page.next {
            Some(next) => query = first.clone().after(next),
            None => return table.end(console, "No account."),
        }
    }
}

fn count(args: &ListArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let (desk, tenant) = Desk::of_tenant(&args.tenant, console)?;
    let mut count = AccountCount::new();
    while !count.is_done() {
        let counted = tenant.count_accounts(&mut count);
        desk.told(counted, console)?;
    }
    let summary = count.summary();
    let counts = [
        ("accounts", summary.accounts),
        ("not_set_up", summary.not_set_up),
        ("set_up", summary.set_up),
        ("setup_pending", summary.setup_pending),
        ("overdue", summary.overdue),
        ("locked", summary.locked),
        ("hard_locked", summary.hard_locked),
        ("exempt", summary.exempt),
        ("few_backup_codes", summary.few_backup_codes),
        ("unreadable", summary.unreadable),
        ("erased", summary.erased),
        ("passwords_locked", summary.passwords_locked),
        ("passwords_unreadable", summary.passwords_unreadable),
    ];
    if console.json() {
        let object = counts.map(|(name, count)| (name.to_owned(), count.into()));
        return console.object(&serde_json::Value::Object(object.into_iter().collect()));
    }
    for (name, count) in counts {
        console.line(&format!("{:<22}{count}", name.replace('_', " ")))?;
    }
    Ok(())
}

fn password_locks(args: &ListArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let (desk, tenant) = Desk::of_tenant(&args.tenant, console)?;
    let mut query = PasswordLockQuery::first(PAGE);
    let mut table = Table::new(["ACCOUNT", "PASSWORD NOT LOOKED AT UNTIL"]);
    loop {
        let page = desk.told(tenant.password_locks(query), console)?;
        for lock in &page.entries {
            let until = match (lock.until, lock.fault) {
                (_, Some(fault)) => desk::fault(&fault),
                (Some(until), None) => when::shown(until),
                (None, None) => String::new(),
            };
            table.row(console, [desk::shown(&lock.account), until], || {
                json!({
                    "account": desk::shown(&lock.account),
                    "until": lock.until.map(mfakit::UnixTime::seconds),
                    "fault": lock.fault.map(fault_name),
                })
            })?;
        }
        match page.next {
            Some(next) => query = PasswordLockQuery::first(PAGE).after(next),
            None => return table.end(console, "No password is locked."),
        }
    }
}

const PAGE: u32 = 100;

//! `keys`.

use std::path::Path;

use mfakit::{
    KeyId, KeyUsage, KeyringReplacement, RotationQuery,
    blocking::Tenant,
    keyring_file::{self, KeyringFileError},
};
use serde_json::json;

use crate::{
    admin::desk::{Desk, administrator, confirm},
    args::{KeysCommand, Place, RotateArgs},
    console::Console,
    exit::Failure,
    table::Table,
    text, when,
};

pub(crate) fn keys(command: &KeysCommand, console: &mut Console<'_>) -> Result<(), Failure> {
    match command {
        KeysCommand::New { keyring } => new(&keyring.path, console),
        KeysCommand::Add { keyring } => {
            let (_, key) = keyring_file::add_key(&keyring.path)?;
            let value = json!({ "outcome": "added", "key": key.number() });
            let sentence = format!(
                "Key {key} is there, and does not seal yet: bring the file to every machine first."
            );
            console.answer(&value, &sentence)
        }
        KeysCommand::Activate { key, keyring, yes } => {
            ask(*yes, &format!("Seal with key {key} from now on?"), console)?;
            keyring_file::activate_key(&keyring.path, *key)?;
            let value = json!({ "outcome": "activated", "key": key.number() });
            console.answer(
                &value,
                &format!("Key {key} seals in programs that read the file from now on."),
            )
        }
        KeysCommand::Rotate(args) => rotate(args, console),
        KeysCommand::Retire {
            key,
            replaced,
            place,
            yes,
        } => retire(*key, *replaced, place, *yes, console),
        KeysCommand::Status { place } => {
            let desk = Desk::open(place, console)?;
            let usage = desk.told(desk.engine.key_usage(), console)?;
            status(&usage, console)
        }
    }
}

fn ask(yes: bool, question: &str, console: &mut Console<'_>) -> Result<(), Failure> {
    if yes {
        Ok(())
    } else {
        console.confirm(question)
    }
}

fn new(path: &Path, console: &mut Console<'_>) -> Result<(), Failure> {
    match keyring_file::open(path) {
        Err(KeyringFileError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
        // Whatever is there is not ours to replace.
        _ => {
            let text = format!(
                "{}: there is a file, and it was left as it is",
                path.display()
            );
            return Err(Failure::Because(text));
        }
    }
    let keyring = keyring_file::open_or_create(path)?;
    let value = json!({ "outcome": "created", "key": keyring.active().number() });
    console.answer(&value, "The keyring is made. Keep a copy apart from copies of the database: without it every second factor is lost.")
}

fn status(usage: &KeyUsage, console: &mut Console<'_>) -> Result<(), Failure> {
    let mut table = Table::new(["KEY", "DOCUMENTS", ""]);
    for key in &usage.keys {
        let active = if key.active { "seals" } else { "" };
        let cells = [
            key.key.to_string(),
            key.documents.to_string(),
            active.to_owned(),
        ];
        table.row(
            console,
            cells,
            || json!({ "key": key.key.number(), "documents": key.documents, "active": key.active }),
        )?;
    }
    if usage.unknown > 0 {
        let cells = [
            "not in the keyring".to_owned(),
            usage.unknown.to_string(),
            "do not open".to_owned(),
        ];
        table.row(
            console,
            cells,
            || json!({ "key": null, "documents": usage.unknown, "active": false }),
        )?;
    }
    table.end(console, "The keyring has no key.")?;
    if usage.unknown > 0 {
        Err(Failure::No)
    } else {
        Ok(())
    }
}

fn rotate(args: &RotateArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let by = administrator(&args.by)?;
    let desk = Desk::open(&args.place, console)?;
    let question = "Seal everything anew that another key than the active one sealed?";
    confirm(&args.by, question, console)?;
    let mut failed = false;
    match &args.tenant {
        Some(name) if !args.all_tenants => {
            let tenant = desk.engine.tenant(name).map_err(Failure::input)?;
            failed |= rotate_one(&desk, &tenant, name, &by, console)?;
        }
        _ => {
            let mut after = None;
            loop {
                let page = desk.told(desk.engine.tenants(after.as_ref(), PAGE), console)?;
                let Some(last) = page.last() else { break };
                after = Some(last.clone());
                for tenant in page {
                    let name = tenant.as_str();
                    let tenant = desk.engine.tenant(name).map_err(Failure::input)?;
                    failed |= rotate_one(&desk, &tenant, name, &by, console)?;
                }
            }
        }
    }
    if failed { Err(Failure::No) } else { Ok(()) }
}

/// Goes through a tenant, and says whether something was left that does not open.
fn rotate_one(
    desk: &Desk,
    tenant: &Tenant,
    name: &str,
    by: &mfakit::Administrator,
    console: &mut Console<'_>,
) -> Result<bool, Failure> {
    let mut query = RotationQuery::first(PAGE);
    let (mut resealed, mut failed) = (0_u64, 0_u64);
    let left = loop {
        let page = desk.told(tenant.rotate_keys(query, by), console)?;
        resealed = resealed.saturating_add(page.resealed.into());
        for failure in &page.failed {
            failed = failed.saturating_add(1);
            let document = &failure.document;
            let id = document.id.escape_ascii();
            let why = crate::exit::chain(&failure.error);
            console.note(&format!("{} {id}: {why}", document.kind.number()));
        }
        console.progress(resealed, resealed.saturating_add(page.left));
        match page.next {
            Some(next) => query = RotationQuery::first(PAGE).after(next),
            None => break page.left,
        }
    };
    let value = json!({
        "outcome": "rotated",
        "tenant": name,
        "resealed": resealed,
        "failed": failed,
        "left": left,
    });
    let name = text::shown(name);
    console.answer(
        &value,
        &format!("{name}: {resealed} sealed anew, {failed} failed, {left} left."),
    )?;
    Ok(failed > 0 || left > 0)
}

fn retire(
    key: KeyId,
    replaced: mfakit::UnixTime,
    place: &Place,
    yes: bool,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let desk = Desk::open(place, console)?;
    let usage = desk.told(desk.engine.key_usage(), console)?;
    let Some(unused) = usage.unused_from(key, replaced) else {
        let text = format!("key {key} is still needed, or is not there: see `mfakit keys status`");
        return Err(Failure::Because(text));
    };
    if unused > when::now() {
        let text = format!(
            "sessions that key {key} sealed go on until {}",
            when::shown(unused)
        );
        return Err(Failure::Because(text));
    }
    ask(
        yes,
        &format!("Take key {key} out of the keyring, for good?"),
        console,
    )?;
    // The engine first: it refuses where a document still needs the key, and the file then still has it.
    let mut keyring = keyring_file::open(&place.keyring.path)?;
    keyring.retire(key).map_err(Failure::input)?;
    match desk.told(desk.engine.replace_keyring(keyring), console)? {
        KeyringReplacement::Replaced => {
            keyring_file::retire_key(&place.keyring.path, key)?;
            let value = json!({ "outcome": "retired", "key": key.number() });
            console.answer(&value, &format!("Key {key} is gone from the file."))
        }
        _ => Err(Failure::Because(format!(
            "key {key} is still needed: see `mfakit keys status`"
        ))),
    }
}

const PAGE: u32 = 100;

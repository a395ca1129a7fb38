//! `store`.

use mfakit_connect::migrations;
use serde_json::json;

use crate::{admin::desk::Opened, args::StoreCommand, console::Console, exit::Failure, text};

pub(crate) fn store(command: &StoreCommand, console: &mut Console<'_>) -> Result<(), Failure> {
    match command {
        StoreCommand::Migrate { store } => {
            let opened = Opened::find(store, console)?;
            let options = opened.options();
            opened.runtime.block_on(options.migrate(&opened.url))?;
            done(&opened, "migrated", "is up to date", console)
        }
        StoreCommand::Check { store } => {
            let opened = Opened::find(store, console)?;
            let options = opened.options();
            opened.runtime.block_on(options.check(&opened.url))?;
            done(&opened, "checked", "opens and answers", console)
        }
        StoreCommand::Sql { store } => {
            let opened = Opened::find(store, console)?;
            let steps = migrations(&opened.url);
            if steps.is_empty() {
                let name = opened.url.backend().name();
                let text = format!(
                    "a store of the kind `{name}` has no SQL to apply: use `mfakit store migrate`"
                );
                return Err(Failure::Because(text));
            }
            for step in steps {
                let value = json!({ "number": step.number, "sql": step.sql });
                let sql = text::lines(&step.sql);
                console.answer(&value, &format!("BEGIN;\n{}\nCOMMIT;", sql.trim_end()))?;
            }
            Ok(())
        }
    }
}

fn done(
    opened: &Opened,
    name: &str,
    sentence: &str,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let place = opened.url.to_string();
    let value = json!({
        "outcome": name,
        "backend": opened.url.backend().name(),
        "store": place,
    });
    console.answer(&value, &format!("{place} {sentence}."))
}

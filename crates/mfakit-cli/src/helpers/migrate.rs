//! `migrate`.

use alloc::collections::BTreeSet;
use std::{fs::File, io::BufReader};

use mfakit_core::{MigrationEntryError, MigrationExport};
use serde_json::json;

use crate::{args::MigrateArgs, console::Console, exit::Failure, input, text};

pub(crate) fn migrate(args: &MigrateArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let mut file = match &args.file {
        Some(path) => {
            let opened = File::open(path).map_err(|error| Failure::file(path, &error))?;
            Some(BufReader::new(opened))
        }
        None => None,
    };
    let mut parts = Parts::default();
    let mut lost = false;
    let mut lines = 0_u64;
    loop {
        let line = match &mut file {
            Some(file) => input::next_line(file)?,
            None => input::next_line(console.input())?,
        };
        let Some(line) = line else { break };
        if line.is_empty() {
            continue;
        }
        lines = lines.saturating_add(1);
        let export = MigrationExport::parse(&line)
            .map_err(|error| Failure::Input(format!("QR code {lines}: {error}")))?;
        parts.note(&export);
        for entry in export.entries() {
            match entry {
                Ok(uri) => {
                    let uri = uri.to_uri();
                    console.answer(&json!({ "uri": uri.as_str() }), &uri)?;
                }
                Err(error) => {
                    lost = true;
                    left_out(error, console)?;
                }
            }
        }
    }
    if lines == 0 {
        return Err(Failure::Input("the input has no export in it".to_owned()));
    }
    for missing in parts.missing() {
        lost = true;
        console.note(&missing);
    }
    if lost { Err(Failure::No) } else { Ok(()) }
}

fn left_out(error: &MigrationEntryError, console: &mut Console<'_>) -> Result<(), Failure> {
    if console.json() {
        return console.object(&json!({
            "error": error.to_string(),
            "issuer": error.issuer,
            "account": error.account,
        }));
    }
    let issuer = error.issuer.as_deref().unwrap_or_default();
    let (issuer, account) = (text::shown(issuer), text::shown(&error.account));
    console.note(&format!("left out `{issuer}` `{account}`: {error}"));
    Ok(())
}

/// Which QR codes of which exports were there.
#[derive(Default)]
struct Parts {
    seen: BTreeSet<(i32, i32)>,
    exports: BTreeSet<(i32, i32)>,
}

impl Parts {
    fn note(&mut self, export: &MigrationExport) {
        let batch = export.batch();
        self.seen.insert((batch.id, batch.index));
        self.exports.insert((batch.id, batch.size));
    }

    /// A sentence for each export of which a QR code is missing.
    fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (id, size) in &self.exports {
            // The number is the export's own, and may be anything.
            let there = self.seen.range((*id, 0)..(*id, (*size).max(0))).count();
            let size = usize::try_from(*size).unwrap_or_default();
            if there < size {
                missing.push(format!(
                    "of {size} QR codes of an export, {there} were there"
                ));
            }
        }
        missing
    }
}

//! `audit`.

use core::time::Duration;
use std::{
    io::{BufWriter, Write as _},
    thread,
};

use mfakit::{
    AccountId, AccountQuery, ActivationQuery, AuditEntry, AuditQuery, AuditSubject, AuditVerdict,
    Outcome as _, Pruning, blocking::Tenant,
};
use serde_json::json;

use crate::{
    admin::{
        activation, csv,
        desk::{self, Desk, administrator, confirm},
        trail,
    },
    args::{AuditCommand, AuditFormat, PruneArgs, ShowArgs, SubjectArgs, TenantArgs},
    console::Console,
    exit::Failure,
    output::{self, Existing},
    table::Table,
    text, when,
};

pub(crate) fn audit(command: &AuditCommand, console: &mut Console<'_>) -> Result<(), Failure> {
    match command {
        AuditCommand::Show(args) if args.follow => follow(args, console),
        AuditCommand::Show(args) => show(args, console),
        AuditCommand::Verify { subject, tenant } => verify(subject, tenant, console),
        AuditCommand::Export {
            format,
            output,
            tenant,
        } => {
            let (desk, tenant) = Desk::of_tenant(tenant, console)?;
            let existing = match output.force {
                true => Existing::Replace,
                false => Existing::Keep,
            };
            match &output.output {
                None => export(&desk, &tenant, *format, &mut Sink::Console, console),
                Some(path) => {
                    let file = BufWriter::new(output::create(path, existing)?);
                    let mut sink = Sink::File(file);
                    export(&desk, &tenant, *format, &mut sink, console)?;
                    sink.close()
                }
            }
        }
        AuditCommand::Prune(args) => prune(args, console),
    }
}

/// Which entries are shown.
struct Filter<'a> {
    account: Option<AccountId>,
    event: Option<&'a str>,
}

impl<'a> Filter<'a> {
    fn of(args: &'a ShowArgs) -> Result<Self, Failure> {
        let account = args.account.as_deref().map(desk::account).transpose()?;
        let event = args.event.as_deref();
        Ok(Self { account, event })
    }

    fn takes(&self, entry: &AuditEntry) -> bool {
        let named = |name| {
            entry
                .event
                .as_ref()
                .is_some_and(|it| it.kind.name() == name)
        };
        let whose = self.account.as_ref();
        whose.is_none_or(|it| entry.account.as_ref() == Some(it)) && self.event.is_none_or(named)
    }
}

const COLUMNS: [&str; 4] = ["WHEN", "WHOSE", "WHAT", "BY WHOM AND WHY"];

fn show(args: &ShowArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let filter = Filter::of(args)?;
    let (desk, tenant) = Desk::of_tenant(&args.tenant, console)?;
    let mut table = Table::new(COLUMNS);
    let mut left = args.limit;
    let mut query = AuditQuery::newest(PAGE);
    while left > 0 {
        let page = desk.told(tenant.events(query), console)?;
        for entry in page.entries.iter().filter(|entry| filter.takes(entry)) {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(1);
            table.row(console, trail::cells(entry), || trail::as_value(entry))?;
        }
        match page.next {
            Some(next) => query = AuditQuery::newest(PAGE).after(next),
            None => break,
        }
    }
    table.end(console, "No event.")
}

/// Shows what happens from now on, until nobody reads it any more.
fn follow(args: &ShowArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let filter = Filter::of(args)?;
    let (desk, tenant) = Desk::of_tenant(&args.tenant, console)?;
    let newest = desk.told(tenant.events(AuditQuery::newest(1)), console)?;
    let mut cursor = newest.entries.first().map(|entry| entry.position);
    let mut table = Table::new(COLUMNS);
    console.note("following; interrupt to end");
    loop {
        let page = desk.told(tenant.events(AuditQuery::feed(cursor, PAGE)), console)?;
        cursor = page.cursor;
        for entry in page.entries.iter().filter(|entry| filter.takes(entry)) {
            table.row(console, trail::cells(entry), || trail::as_value(entry))?;
        }
        table.page(console)?;
        console.flush()?;
        if page.next.is_none() {
            thread::sleep(BETWEEN_LOOKS);
        }
    }
}

/// Where an export goes.
enum Sink {
    Console,
    File(BufWriter<std::fs::File>),
}

impl Sink {
    fn write(&mut self, line: &str, console: &mut Console<'_>) -> Result<(), Failure> {
        match self {
            Self::Console => console.write(line.as_bytes()),
            Self::File(file) => Ok(file.write_all(line.as_bytes())?),
        }
    }

    /// An export that was not stored whole is none.
    fn close(self) -> Result<(), Failure> {
        if let Self::File(mut file) = self {
            file.flush()?;
            file.get_ref().sync_all()?;
        }
        Ok(())
    }
}

fn export(
    desk: &Desk,
    tenant: &Tenant,
    format: AuditFormat,
    sink: &mut Sink,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    if matches!(format, AuditFormat::Csv) {
        sink.write(&csv::record(&trail::HEADING), console)?;
    }
    let mut query = AuditQuery::oldest(PAGE);
    loop {
        let page = desk.told(tenant.events(query), console)?;
        for entry in &page.entries {
            let line = match format {
                AuditFormat::Csv => trail::record(entry),
                AuditFormat::Json => text::json(&trail::as_value(entry)) + "\n",
            };
            sink.write(&line, console)?;
        }
        match page.next {
            Some(next) => query = AuditQuery::oldest(PAGE).after(next),
            None => return Ok(()),
        }
    }
}

/// How many trails were checked, and how many are not whole.
#[derive(Default)]
struct Tally {
    whole: u64,
    broken: u64,
    events: u64,
}

fn verify(
    subject: &SubjectArgs,
    args: &TenantArgs,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let (desk, tenant) = Desk::of_tenant(args, console)?;
    let mut tally = Tally::default();
    if subject.all {
        every(&desk, &tenant, &mut tally, console)?;
        let Tally {
            whole,
            broken,
            events,
        } = tally;
        let value = json!({ "whole": whole, "broken": broken, "events": events });
        let sentence = format!("{whole} trails with {events} events are whole, {broken} are not.");
        console.answer(&value, &sentence)?;
    } else {
        let one = one(subject)?;
        let verdict = desk.told(tenant.verify_audit(one.clone()), console)?;
        say(&one, verdict, &mut tally, console)?;
        if let AuditVerdict::Whole { events } = verdict {
            let value = told(&one, verdict);
            console.answer(&value, &format!("The trail is whole: {events} events."))?;
        }
    }
    if tally.broken > 0 {
        Err(Failure::No)
    } else {
        Ok(())
    }
}

fn one(args: &SubjectArgs) -> Result<AuditSubject, Failure> {
    if let Some(account) = &args.account {
        return Ok(AuditSubject::Account(desk::account(account)?));
    }
    if let Some(account) = &args.passwords {
        return Ok(AuditSubject::Passwords(desk::account(account)?));
    }
    match &args.activation {
        Some(handle) => Ok(AuditSubject::Activation(activation::parse(handle)?)),
        None => Ok(AuditSubject::Policy),
    }
}

fn every(
    desk: &Desk,
    tenant: &Tenant,
    tally: &mut Tally,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let mut check = |subject: AuditSubject, console: &mut Console<'_>| {
        let verdict = desk.told(tenant.verify_audit(subject.clone()), console)?;
        say(&subject, verdict, tally, console)
    };
    check(AuditSubject::Policy, console)?;
    let mut query = AccountQuery::first(PAGE);
    loop {
        let page = desk.told(tenant.accounts(query), console)?;
        for status in page.entries {
            check(AuditSubject::Account(status.account.clone()), console)?;
            check(AuditSubject::Passwords(status.account), console)?;
        }
        match page.next {
            Some(next) => query = AccountQuery::first(PAGE).after(next),
            None => break,
        }
    }
    let mut query = ActivationQuery::first(PAGE);
    loop {
        let page = desk.told(tenant.activations(query), console)?;
        for status in page.entries {
            check(AuditSubject::Activation(status.handle), console)?;
        }
        match page.next {
            Some(next) => query = ActivationQuery::first(PAGE).after(next),
            None => return Ok(()),
        }
    }
}

/// Counts a verdict, and says it where the trail is not whole.
fn say(
    subject: &AuditSubject,
    verdict: AuditVerdict,
    tally: &mut Tally,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let (sequence, what) = match verdict {
        AuditVerdict::Whole { events } => {
            tally.whole = tally.whole.saturating_add(1);
            tally.events = tally.events.saturating_add(events);
            return Ok(());
        }
        AuditVerdict::Incomplete { sequence } => (sequence, "is missing"),
        AuditVerdict::Broken { sequence } => (sequence, "is altered, or should not be there"),
    };
    tally.broken = tally.broken.saturating_add(1);
    let sentence = format!("{}: event {sequence} {what}.", named(subject));
    console.answer(&told(subject, verdict), &sentence)
}

fn told(subject: &AuditSubject, verdict: AuditVerdict) -> serde_json::Value {
    let (events, sequence) = match verdict {
        AuditVerdict::Whole { events } => (Some(events), None),
        AuditVerdict::Incomplete { sequence } | AuditVerdict::Broken { sequence } => {
            (None, Some(sequence))
        }
    };
    json!({
        "subject": subject.name(),
        "id": id(subject),
        "outcome": verdict.outcome(),
        "events": events,
        "sequence": sequence,
    })
}

fn id(subject: &AuditSubject) -> Option<String> {
    match subject {
        AuditSubject::Account(account) | AuditSubject::Passwords(account) => {
            Some(desk::shown(account))
        }
        AuditSubject::Activation(handle) => Some(handle.to_string()),
        _ => None,
    }
}

fn named(subject: &AuditSubject) -> String {
    match id(subject) {
        Some(id) => format!("{} of {}", subject.name(), text::shown(&id)),
        None => subject.name().to_owned(),
    }
}

fn prune(args: &PruneArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let by = administrator(&args.by)?;
    let (desk, tenant) = Desk::of_tenant(&args.tenant, console)?;
    let (name, before) = (text::shown(&args.tenant.tenant), when::shown(args.before));
    let question = format!("Remove the events of {name} from before {before}, for good?");
    confirm(&args.by, &question, console)?;
    let mut run = Pruning::before(args.before);
    while !run.is_done() {
        let pruned = tenant.prune_events(&mut run, &by);
        desk.told(pruned, console)?;
    }
    let report = run.report();
    let value = json!({
        "outcome": "pruned",
        "documents": report.documents,
        "events": report.events,
        "broken": report.broken,
        "unavailable": report.unavailable,
    });
    let sentence = format!(
        "{} events of {} trails are gone; {} trails are not whole and {} could not be read, and were left as they are.",
        report.events, report.documents, report.broken, report.unavailable
    );
    console.answer(&value, &sentence)?;
    if report.broken > 0 || report.unavailable > 0 {
        return Err(Failure::No);
    }
    Ok(())
}

const PAGE: u32 = 100;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

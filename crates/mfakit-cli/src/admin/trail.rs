//! Entries of the audit trail, as they are shown and exported.

use mfakit::{AuditEntry, EventField};
use serde_json::{Map, Value, json};

use crate::{admin::csv, admin::desk, text, when};

/// The names of what `record` gives.
pub(crate) const HEADING: [&str; 11] = [
    "position",
    "id",
    "at",
    "account",
    "activation",
    "event",
    "fields",
    "text",
    "actor",
    "reason",
    "fault",
];

/// An entry for programs; times are seconds since 1970.
pub(crate) fn as_value(entry: &AuditEntry) -> Value {
    let event = entry.event.as_ref();
    json!({
        "position": entry.position,
        "id": entry.id.to_string(),
        "at": event.map(|it| it.at.seconds()),
        "account": entry.account.as_ref().map(desk::shown),
        "activation": entry.activation.map(|it| it.to_string()),
        "event": event.map(|it| it.kind.name()),
        "fields": event.map(fields),
        "actor": event.and_then(|it| it.actor.as_ref()).map(mfakit::Actor::as_str),
        "reason": event.and_then(|it| it.reason.as_ref()).map(mfakit::Reason::as_str),
        "fault": entry.fault.map(|it| it.name()),
    })
}

fn fields(event: &mfakit::Event) -> Value {
    let fields: Map<String, Value> = event
        .kind
        .fields()
        .into_iter()
        .map(|(name, field)| (name.to_owned(), value(field)))
        .collect();
    fields.into()
}

fn value(field: EventField<'_>) -> Value {
    match field {
        EventField::Text(text) => text.into(),
        EventField::Number(number) => number.into(),
        EventField::Time(time) => time.seconds().into(),
        EventField::Changes(changes) => changes
            .iter()
            .map(|it| json!({ "setting": it.setting.name(), "from": it.from, "to": it.to }))
            .collect(),
        _ => Value::Null,
    }
}

/// An entry as a record of comma-separated values.
pub(crate) fn record(entry: &AuditEntry) -> String {
    let event = entry.event.as_ref();
    let said = |text: Option<String>| text.unwrap_or_default();
    let cells = [
        entry.position.to_string(),
        entry.id.to_string(),
        said(event.map(|it| when::shown(it.at))),
        said(entry.account.as_ref().map(desk::shown)),
        said(entry.activation.map(|it| it.to_string())),
        said(event.map(|it| it.kind.name().to_owned())),
        said(event.map(|it| text::json(&fields(it)))),
        said(event.map(|it| it.kind.to_string())),
        said(actor(entry)),
        said(reason(entry)),
        said(entry.fault.map(|it| it.name().to_owned())),
    ];
    csv::record(&cells.each_ref().map(String::as_str))
}

/// An entry as a row for people: when, whose, what, by whom and why.
pub(crate) fn cells(entry: &AuditEntry) -> [String; 4] {
    let whose = match (&entry.account, entry.activation) {
        (Some(account), _) => desk::shown(account),
        (None, Some(handle)) => handle.to_string(),
        (None, None) => String::new(),
    };
    let (at, what) = match (&entry.event, entry.fault) {
        (Some(event), None) => (when::shown(event.at), event.kind.to_string()),
        (Some(event), Some(fault)) => {
            let text = format!("{} ({})", event.kind, fault.name());
            (when::shown(event.at), text)
        }
        (None, fault) => {
            let fault = fault.map_or("unreadable", |it| it.name());
            (
                String::new(),
                format!("An event that does not open: {fault}."),
            )
        }
    };
    let by = match (actor(entry), reason(entry)) {
        (Some(actor), Some(reason)) => format!("{actor}: {reason}"),
        (actor, reason) => actor.or(reason).unwrap_or_default(),
    };
    [at, whose, what, by]
}

fn actor(entry: &AuditEntry) -> Option<String> {
    let actor = entry.event.as_ref()?.actor.as_ref()?;
    Some(actor.as_str().to_owned())
}

fn reason(entry: &AuditEntry) -> Option<String> {
    let reason = entry.event.as_ref()?.reason.as_ref()?;
    Some(reason.as_str().to_owned())
}

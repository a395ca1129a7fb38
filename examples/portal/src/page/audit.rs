//! What happened, and what people were told of it.

use askama::Template;

use crate::{
    audit_filter::{AuditFilter, Group},
    page::Frame,
    people::Person,
    when::When,
};

/// Who did what, when, why.
#[derive(Template)]
#[template(path = "audit.html")]
pub(crate) struct AuditPage {
    pub(crate) frame: Frame,
    pub(crate) filter: FilterForm,
    pub(crate) entries: Vec<AuditRow>,
    /// The position after which older entries follow.
    pub(crate) older: Option<String>,
    pub(crate) is_first: bool,
}

/// The filter, as the form shows it.
pub(crate) struct FilterForm {
    /// Number, name, and whether it is chosen.
    pub(crate) people: Vec<(i64, String, bool)>,
    /// Name, text, and whether it is chosen.
    pub(crate) groups: Vec<(&'static str, &'static str, bool)>,
    pub(crate) actor: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) shows_all: bool,
    /// The filter as part of an address, with `&` before each field.
    pub(crate) query: String,
}

impl FilterForm {
    pub(crate) fn of(filter: &AuditFilter, people: &[Person], groups: &[Group]) -> Self {
        let mut query = String::new();
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                query.push_str(&format!("&{name}={}", in_address(value)));
            }
        };
        let person = filter.person.map(|person| person.number().to_string());
        add("person", &person.unwrap_or_default());
        add("what", filter.group.map_or("", Group::code));
        add("by", &filter.actor);
        add("from", &filter.from);
        add("to", &filter.to);
        Self {
            people: people
                .iter()
                .map(|person| {
                    let (id, name) = (person.id, person.name.clone());
                    (id.number(), name, filter.person == Some(id))
                })
                .collect(),
            groups: groups
                .iter()
                .map(|group| (group.code(), group.text(), filter.group == Some(*group)))
                .collect(),
            actor: filter.actor.clone(),
            from: filter.from.clone(),
            to: filter.to.clone(),
            shows_all: filter.shows_all(),
            query,
        }
    }
}

/// A value as part of an address (RFC 3986 §2.3): everything but letters, digits and `-` is escaped.
fn in_address(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

/// One entry.
pub(crate) struct AuditRow {
    /// What it is about; none if it is about the organization.
    pub(crate) account: Option<String>,
    /// What happened; none if the entry can't be read.
    pub(crate) event: Option<AuditEvent>,
}

/// What happened.
pub(crate) struct AuditEvent {
    pub(crate) at: When,
    pub(crate) what: String,
    /// The administrator; none if the person did it.
    pub(crate) actor: Option<String>,
    pub(crate) reason: Option<String>,
}

/// Whether the list is whole.
#[derive(Template)]
#[template(path = "check.html")]
pub(crate) struct CheckPage {
    pub(crate) frame: Frame,
    pub(crate) all_whole: bool,
    pub(crate) rows: Vec<CheckRow>,
}

/// One part of it.
pub(crate) struct CheckRow {
    pub(crate) what: String,
    pub(crate) is_whole: bool,
    pub(crate) text: String,
}

/// The outbox.
#[derive(Template)]
#[template(path = "mail.html")]
pub(crate) struct MailPage {
    pub(crate) frame: Frame,
    pub(crate) mails: Vec<MailRow>,
    pub(crate) older: Option<i64>,
    pub(crate) is_first: bool,
}

/// A mail.
pub(crate) struct MailRow {
    pub(crate) to: String,
    pub(crate) sent: When,
    pub(crate) subject: String,
    pub(crate) body: String,
}

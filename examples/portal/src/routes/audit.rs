//! The audit list: read with filters, exported, and checked for gaps.

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::channel::{Channel, Sender};
use mfakit::{
    AccountId, ActivationQuery, AuditEntry, AuditQuery, AuditSubject, AuditVerdict, Error,
};

use crate::{
    access::Permission,
    audit_file::Format,
    audit_filter::{AuditFilter, Group},
    failure::Failure,
    guard::{Asked, Place, Staff, Visit},
    page::{AuditEvent, AuditPage, AuditRow, CheckPage, CheckRow, FilterForm, Frame, show},
    people::Person,
    portal::Portal,
    when::When,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    visitor.require(Permission::SeeAudit)?;
    let filter = AuditFilter::read(&query).map_err(|_| Failure::NotFound)?;
    let before = query.maybe("before")?;
    let position = before
        .map(str::parse)
        .transpose()
        .map_err(|_| Failure::NotFound)?;
    let (entries, older) = find(&portal, &filter, position).await?;
    let people = portal.people().all().await?;
    let page = AuditPage {
        frame: Frame::inside(&visitor, AUDIT),
        entries: entries.iter().map(|entry| row(entry, &people)).collect(),
        older: older.map(|position| position.to_string()),
        is_first: before.is_none(),
        filter: FilterForm::of(&filter, &people, &Group::ALL),
    };
    show(StatusCode::OK, &page)
}

/// The filtered list as a file, oldest first, sent while it is read: however long it is, it takes little memory.
pub(super) async fn export(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    visitor.require(Permission::SeeAudit)?;
    let filter = AuditFilter::read(&query).map_err(|_| Failure::NotFound)?;
    let format = Format::of(query.one("format")?).ok_or(Failure::NotFound)?;
    let people = portal.people().all().await?;
    let (kind, name) = (format.content_type(), format.file_name());
    let disposition = format!("attachment; filename=\"{name}\"");
    let (mut sender, body) = Channel::<Bytes, Error>::new(1);
    tokio::spawn(async move {
        // A file that breaks off is told from a whole one by the browser, since its end is missing.
        if let Err(Stopped::Engine(error)) =
            write(&portal, &filter, format, &people, &mut sender).await
        {
            let _ = Failure::from(error);
            sender.abort(error);
        }
    });
    let disposition = HeaderValue::try_from(disposition).map_err(|_| Failure::Form)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::new(body)).into_response())
}

/// Whether the trail of everybody, of the policy and of every service is whole.
pub(super) async fn check(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
) -> Result<Response, Failure> {
    visitor.require(Permission::SeeAudit)?;
    let mut rows = vec![verdict(&portal, "The policy".to_owned(), AuditSubject::Policy).await?];
    for person in portal.people().all().await? {
        let (account, name) = (person.account(), &person.name);
        let subject = AuditSubject::Account(account.clone());
        rows.push(verdict(&portal, format!("{name}: second factor"), subject).await?);
        let subject = AuditSubject::Passwords(account);
        rows.push(verdict(&portal, format!("{name}: passwords"), subject).await?);
    }
    let mut query = ActivationQuery::first(READ);
    loop {
        let page = portal.mfa().activations(query).await?;
        for status in &page.entries {
            let subject = AuditSubject::Activation(status.handle);
            rows.push(verdict(&portal, format!("Service {}", status.handle), subject).await?);
        }
        let Some(next) = page.next else { break };
        query = ActivationQuery::first(READ).after(next);
    }
    let page = CheckPage {
        frame: Frame::inside(&visitor, AUDIT),
        all_whole: rows.iter().all(|row| row.is_whole),
        rows,
    };
    show(StatusCode::OK, &page)
}

async fn verdict(
    portal: &Portal,
    what: String,
    subject: AuditSubject,
) -> Result<CheckRow, Failure> {
    let (is_whole, text) = match portal.mfa().verify_audit(subject).await? {
        AuditVerdict::Whole { events: 0 } => (true, "nothing has happened".to_owned()),
        AuditVerdict::Whole { events: 1 } => (true, "1 entry, whole".to_owned()),
        AuditVerdict::Whole { events } => (true, format!("{events} entries, whole")),
        AuditVerdict::Broken { sequence } => (
            false,
            format!("altered, or missing, from entry {sequence} on"),
        ),
        AuditVerdict::Incomplete { sequence } => {
            (false, format!("entries are missing after entry {sequence}"))
        }
    };
    Ok(CheckRow {
        what,
        is_whole,
        text,
    })
}

/// The newest entries that the filter shows, and where to go on; a page looks at a bounded number of entries.
async fn find(
    portal: &Portal,
    filter: &AuditFilter,
    mut position: Option<u64>,
) -> Result<(Vec<AuditEntry>, Option<u64>), Failure> {
    let mut found = Vec::new();
    for _ in 0..PAGES_READ {
        // As many as still fit, so that the next page begins where this one ends.
        let wanted = if filter.shows_all() {
            SHOWN.saturating_sub(u32::try_from(found.len()).unwrap_or(SHOWN))
        } else {
            READ
        };
        let mut query = AuditQuery::newest(wanted);
        if let Some(position) = position {
            query = query.after(position);
        }
        let page = portal.mfa().events(query).await?;
        for entry in page.entries {
            if found.len() == usize::try_from(SHOWN).unwrap_or(usize::MAX) {
                return Ok((found, position));
            }
            position = Some(entry.position);
            if filter.shows(&entry) {
                found.push(entry);
            }
        }
        position = page.next;
        if position.is_none() || found.len() == usize::try_from(SHOWN).unwrap_or(usize::MAX) {
            return Ok((found, position));
        }
    }
    Ok((found, position))
}

/// Why a file was not written to its end.
enum Stopped {
    Engine(Error),
    /// The browser went away.
    Reader,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

async fn write(
    portal: &Portal,
    filter: &AuditFilter,
    format: Format,
    people: &[Person],
    sender: &mut Sender<Bytes, Error>,
) -> Result<(), Stopped> {
    let mut query = AuditQuery::oldest(READ);
    let mut text = format.head().to_owned();
    let mut is_first = true;
    loop {
        let page = portal.mfa().events(query).await?;
        for entry in page.entries.iter().filter(|entry| filter.shows(entry)) {
            let name = entry
                .account
                .as_ref()
                .map(|account| name_of(account, people));
            format.write(&mut text, entry, name.as_deref(), is_first);
            is_first = false;
        }
        if page.next.is_none() {
            text.push_str(format.tail());
        }
        let sent = sender.send_data(Bytes::from(core::mem::take(&mut text)));
        sent.await.map_err(|_| Stopped::Reader)?;
        let Some(next) = page.next else {
            return Ok(());
        };
        query = AuditQuery::oldest(READ).after(next);
    }
}

fn row(entry: &AuditEntry, people: &[Person]) -> AuditRow {
    let about = match (&entry.account, &entry.activation) {
        (Some(account), _) => Some(name_of(account, people)),
        (None, Some(handle)) => Some(format!("service {handle}")),
        (None, None) => None,
    };
    AuditRow {
        account: about,
        event: entry.event.as_ref().map(|event| AuditEvent {
            at: When::exactly(event.at),
            what: event.kind.to_string(),
            actor: event.actor.as_ref().map(|actor| actor.as_str().to_owned()),
            reason: event
                .reason
                .as_ref()
                .map(|reason| reason.as_str().to_owned()),
        }),
    }
}

fn name_of(account: &AccountId, people: &[Person]) -> String {
    let person = people.iter().find(|person| person.account() == *account);
    person.map_or_else(
        || "somebody unknown".to_owned(),
        |person| person.name.clone(),
    )
}

const AUDIT: Place = "/audit";
/// Entries on one page.
const SHOWN: u32 = 25;
/// Entries read at once.
const READ: u32 = 100;
/// How often, for one page: with a filter that hides nearly everything, a page may be short and still have older ones.
const PAGES_READ: u32 = 20;

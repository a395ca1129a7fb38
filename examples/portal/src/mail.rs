//! Mails: what the engine's events lead to. They go into a table that the portal shows, in the place of a mail server.
//!
//! The events are followed as a feed: each is read at least once, and the mail of one that is read again is there
//! already, since it carries the event's id. Mails and cursor are stored in one transaction.

use mfakit::{AuditEntry, AuditQuery, Event, EventKind, UnixTime};

use crate::{
    database::{Database, DatabaseError},
    failure::Failure,
    people::{Person, PersonId},
    portal::{Portal, SITE_NAME},
    when::When,
};

/// A mail that was sent.
pub(crate) struct Mail {
    /// Its place in the table.
    pub(crate) number: i64,
    pub(crate) to: String,
    pub(crate) sent: UnixTime,
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// The table of mails, how far the feed was read, and whom to ask the engine about later.
#[derive(Clone)]
pub(crate) struct Mails {
    database: Database,
}

impl Mails {
    pub(crate) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Notes that a person was asked for a code: if none follows, the engine is to be asked about it.
    pub(crate) async fn expect_code(
        &self,
        person: PersonId,
        now: UnixTime,
    ) -> Result<(), DatabaseError> {
        let ask_at = now.saturating_add(A_WHILE).seconds();
        self.ask_again(person, Some(ask_at), true).await
    }

    /// The newest mails, before the one with this number.
    pub(crate) async fn newest(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Mail>, DatabaseError> {
        self.database
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT mails.rowid, people.name, sent, subject, body \
                         FROM mails JOIN people ON people.id = mails.person \
                         WHERE mails.rowid < ?1 ORDER BY mails.rowid DESC LIMIT ?2",
                    )?
                    .query_map((before.unwrap_or(i64::MAX), limit), |row| {
                        Ok(Mail {
                            number: row.get(0)?,
                            to: row.get(1)?,
                            sent: UnixTime::from_seconds(row.get(2)?),
                            subject: row.get(3)?,
                            body: row.get(4)?,
                        })
                    })?
                    .collect()
            })
            .await
    }

    async fn ask_again(
        &self,
        person: PersonId,
        at: Option<i64>,
        unless_earlier: bool,
    ) -> Result<(), DatabaseError> {
        self.database
            .run(move |connection| {
                let (id, at) = (person.number(), at);
                match at {
                    None => connection.execute("DELETE FROM half_sign_ins WHERE person = ?1", [id]),
                    Some(at) => connection.execute(
                        "INSERT INTO half_sign_ins (person, ask_at) VALUES (?1, ?2) ON CONFLICT DO UPDATE \
                         SET ask_at = excluded.ask_at WHERE NOT ?3",
                        (id, at, unless_earlier),
                    ),
                }
                .map(drop)
            })
            .await
    }

    async fn due(&self, now: UnixTime) -> Result<Vec<PersonId>, DatabaseError> {
        self.database
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT person FROM half_sign_ins WHERE ask_at <= ?1 LIMIT 100",
                    )?
                    .query_map([now.seconds()], |row| row.get(0).map(PersonId::from_number))?
                    .collect()
            })
            .await
    }

    async fn cursor(&self) -> Result<Option<u64>, DatabaseError> {
        self.database
            .run(|connection| {
                let mut found = connection.prepare_cached("SELECT cursor FROM feed")?;
                let mut rows = found.query_map([], |row| row.get::<_, Option<i64>>(0))?;
                let cursor = rows.next().transpose()?.flatten();
                Ok(cursor.map(i64::unsigned_abs))
            })
            .await
    }

    /// Keeps the mails of a page and the place behind it, both or neither.
    async fn keep(
        &self,
        mails: Vec<(String, PersonId, UnixTime, String, String)>,
        cursor: Option<u64>,
    ) -> Result<(), DatabaseError> {
        // Positions are below 2^63, by the store's contract.
        let cursor = cursor.map(|cursor| i64::try_from(cursor).unwrap_or(i64::MAX));
        self.database
            .run(move |connection| {
                let keeping = connection.transaction()?;
                for (event, person, sent, subject, body) in &mails {
                    keeping.execute(
                        "INSERT INTO mails (event, person, sent, subject, body) VALUES (?1, ?2, ?3, ?4, ?5) \
                         ON CONFLICT DO NOTHING",
                        (event, person.number(), sent.seconds(), subject, body),
                    )?;
                }
                // Two followers at once read the same page; the later one does not put the place back.
                keeping.execute(
                    "INSERT INTO feed (one, cursor) VALUES (1, ?1) ON CONFLICT DO UPDATE \
                     SET cursor = max(coalesce(cursor, 0), excluded.cursor) WHERE excluded.cursor IS NOT NULL",
                    [cursor],
                )?;
                keeping.commit()
            })
            .await
    }
}

/// Asks the engine about right passwords that no code followed, then sends what its events lead to.
pub(crate) async fn send_all(portal: &Portal) -> Result<(), Failure> {
    let mails = portal.mails();
    for person in mails.due(portal.now()).await? {
        let account = person.account();
        let settlement = portal.mfa().settle_sign_ins(&account).await?;
        let again = settlement.open_until.map(UnixTime::seconds);
        mails.ask_again(person, again, false).await?;
    }
    let people = portal.people().all().await?;
    loop {
        let feed = AuditQuery::feed(mails.cursor().await?, PAGE);
        let page = portal.mfa().events(feed).await?;
        let written = page
            .entries
            .iter()
            .filter_map(|entry| write(entry, &people));
        mails.keep(written.collect(), page.cursor).await?;
        if page.next.is_none() {
            return Ok(());
        }
    }
}

/// The mail that an event leads to, if the person must be told.
fn write(
    entry: &AuditEntry,
    people: &[Person],
) -> Option<(String, PersonId, UnixTime, String, String)> {
    let event = entry.event.as_ref()?;
    let account = entry.account.as_ref()?;
    let person = people.iter().find(|person| person.account() == *account)?;
    if !event.kind.must_be_told() {
        return None;
    }
    let subject = format!("{SITE_NAME}: {}", subject(&event.kind));
    let body = body(event, &person.name);
    Some((entry.id.to_string(), person.id, event.at, subject, body))
}

fn subject(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::AuthenticatorBound { .. } | EventKind::TokenBound { .. } => {
            "an authenticator was added"
        }
        EventKind::AuthenticatorRemoved { .. } => "an authenticator was removed",
        EventKind::BackupCodesIssued { .. } => "you have new backup codes",
        EventKind::BackupCodeAccepted { .. } => "a backup code was used",
        EventKind::Reset | EventKind::FactorsRemoved | EventKind::Disabled => {
            "your second factor was removed"
        }
        EventKind::DeviceRemembered { .. } => "a device is remembered",
        EventKind::Exempted { .. } => "no code is asked of you for now",
        EventKind::HalfSignIn { .. } => "your password was typed, and no code followed",
        EventKind::HardLocked | EventKind::FailureBudgetSpent | EventKind::YearBudgetSpent => {
            "somebody is guessing your codes"
        }
        EventKind::FailuresCleared => "your sign-in was unlocked",
        EventKind::SucceededAfterFailures { .. } => "a sign-in after several wrong codes",
        EventKind::PasswordChanged => "your password was changed",
        _ => "something changed about your sign-in",
    }
}

/// No link in it, and nothing that a thief of the mail could use.
fn body(event: &Event, name: &str) -> String {
    let (by, known) = match &event.actor {
        Some(actor) => (
            format!("By: {}, an administrator\n", actor.as_str()),
            "If you asked for that",
        ),
        None => (String::new(), "If that was you"),
    };
    format!(
        "Hello {name},\n\n{}\n{by}When: {}\n\n{known}, there is nothing to do. If not, tell an administrator of the \
         {SITE_NAME} at once, in person or by a phone number you know, and change your password.",
        event.kind,
        When::exactly(event.at).text
    )
}

const PAGE: u32 = 100;
/// Longer than a ticket lives, so that one question is enough.
const A_WHILE: u32 = 10 * 60;

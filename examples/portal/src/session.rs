//! Sessions: a random cookie in the browser, a row on the server.

use core::fmt;

use mfakit::{Presented, UnixTime};
use rusqlite::{Connection, OptionalExtension, Row, types::Type};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    database::{Database, DatabaseError},
    notice::Notice,
    people::{self, Person, PersonId},
};

/// The 256 random bits that a browser shows as its cookie.
///
/// It changes whenever the session rises (password right, signed in), so that an id planted in a browser before is
/// worth nothing after.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionId([u8; ID_LEN]);

impl SessionId {
    /// A new one.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut id = [0; ID_LEN];
        getrandom::fill(&mut id)?;
        Ok(Self(id))
    }

    /// The id in a cookie: 64 lower-case hexadecimal digits, or nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut id = [0; ID_LEN];
        let digits = text.as_bytes();
        if digits.len() != ID_LEN * 2 {
            return None;
        }
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = pair else { return None };
            *byte = hex_value(*high)? << 4 | hex_value(*low)?;
        }
        Some(Self(id))
    }

    /// The id as a cookie's value.
    pub(crate) fn cookie_value(&self) -> String {
        hex(&self.0)
    }

    /// The token that every form of this session carries against cross-site request forgery.
    ///
    /// It is derived from the secret id, so strangers who only look at the sign-in page cost no row.
    pub(crate) fn form_token(&self) -> String {
        hex(&self.hash(b"portal form token"))
    }

    /// Whether a form carries this session's token; in constant time, the token is secret.
    pub(crate) fn is_form_token(&self, text: &str) -> bool {
        self.form_token().as_bytes().ct_eq(text.as_bytes()).into()
    }

    fn row_key(&self) -> [u8; 32] {
        self.hash(b"portal session row")
    }

    fn hash(&self, purpose: &[u8]) -> [u8; 32] {
        Sha256::new()
            .chain_update(purpose)
            .chain_update(self.0)
            .finalize()
            .into()
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

/// What ties the engine's tickets and assertions to one sign-in: random bytes, made when the password was right.
///
/// It stays on the server and, unlike the id, the same until sign-out, so that a ticket of one sign-in is good for
/// nothing in another, whoever's it is.
#[derive(Clone)]
pub(crate) struct Binding([u8; ID_LEN]);

impl Binding {
    /// A new one.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; ID_LEN];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes, for the engine.
    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A ticket or assertion as this sign-in presents it.
    pub(crate) fn present<'a>(&'a self, token: &'a str) -> Presented<'a> {
        Presented::new(token).bound_to(&self.0)
    }
}

/// How far a session got, with the engine's token for it.
pub(crate) enum Stage {
    /// The password was right; the ticket wants a code.
    Challenge(Zeroizing<String>),
    /// The password was right; the ticket wants a setup, which may be put off.
    Setup(Zeroizing<String>, Option<Later>),
    /// Signed in, as long as the engine says so of this assertion.
    In(Zeroizing<String>),
}

/// How long a setup may be put off, as the engine said at the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Later {
    /// When it is due.
    pub(crate) until: UnixTime,
    /// How often it may be put off before that.
    pub(crate) skips_left: u32,
}

/// A session's row.
pub(crate) struct Session {
    pub(crate) person: Person,
    pub(crate) binding: Binding,
    pub(crate) stage: Stage,
}

/// The table of sessions.
#[derive(Clone)]
pub(crate) struct Sessions {
    database: Database,
}

impl Sessions {
    pub(crate) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The session with this id, unless it has ended.
    pub(crate) async fn find(
        &self,
        id: &SessionId,
        now: UnixTime,
    ) -> Result<Option<Session>, DatabaseError> {
        let key = id.row_key();
        self.database
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT people.id, people.name, people.role, people.mark, sessions.step, \
                         sessions.token, sessions.binding, sessions.later_until, sessions.later_skips \
                         FROM sessions JOIN people ON people.id = sessions.person \
                         WHERE id_hash = ?1 AND expires > ?2",
                    )?
                    .query_row((key, now.seconds()), |row| {
                        Ok(Session {
                            person: people::person(row)?,
                            stage: stage(row)?,
                            binding: Binding(row.get(6)?),
                        })
                    })
                    .optional()
            })
            .await
    }

    /// Puts the session `new` in the place of `old`, which is gone for good.
    pub(crate) async fn replace(
        &self,
        old: &SessionId,
        new: &SessionId,
        person: PersonId,
        binding: &Binding,
        stage: &Stage,
        now: UnixTime,
    ) -> Result<(), DatabaseError> {
        let (old, new, binding) = (old.row_key(), new.row_key(), binding.0);
        let (step, token) = stage.columns();
        let token = Zeroizing::new(token.to_owned());
        let later = stage.later();
        let later = (
            later.map(|later| later.until.seconds()),
            later.map(|later| later.skips_left),
        );
        let end = now.saturating_add(stage.lasts());
        self.database
            .run(move |connection| {
                let changing = connection.transaction()?;
                changing.execute("DELETE FROM sessions WHERE expires <= ?1", [now.seconds()])?;
                delete(&changing, &old)?;
                changing.execute(
                    "INSERT INTO sessions \
                     (id_hash, person, binding, step, token, expires, later_until, later_skips) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    (
                        new,
                        person.number(),
                        binding,
                        step,
                        token.as_str(),
                        end.seconds(),
                        later.0,
                        later.1,
                    ),
                )?;
                changing.commit()
            })
            .await
    }

    /// Ends the session.
    pub(crate) async fn end(&self, id: &SessionId) -> Result<(), DatabaseError> {
        let key = id.row_key();
        self.database
            .run(move |connection| delete(connection, &key))
            .await
    }

    /// Leaves a notice for the session's next page.
    pub(crate) async fn leave(&self, id: &SessionId, notice: Notice) -> Result<(), DatabaseError> {
        let key = id.row_key();
        self.database
            .run(move |connection| {
                connection
                    .execute(
                        "UPDATE sessions SET notice = ?2 WHERE id_hash = ?1",
                        (key, notice.code()),
                    )
                    .map(drop)
            })
            .await
    }

    /// Takes the notice, if there is one.
    pub(crate) async fn take_notice(
        &self,
        id: &SessionId,
    ) -> Result<Option<Notice>, DatabaseError> {
        let key = id.row_key();
        self.database
            .run(move |connection| {
                let code: Option<String> = connection
                    .prepare_cached("SELECT notice FROM sessions WHERE id_hash = ?1")?
                    .query_row([key], |row| row.get(0))
                    .optional()?
                    .flatten();
                if code.is_some() {
                    connection.execute(
                        "UPDATE sessions SET notice = NULL WHERE id_hash = ?1",
                        [key],
                    )?;
                }
                Ok(code.as_deref().and_then(Notice::from_code))
            })
            .await
    }
}

impl Stage {
    fn columns(&self) -> (&'static str, &str) {
        match self {
            Self::Challenge(ticket) => (CHALLENGE, ticket),
            Self::Setup(ticket, _) => (SETUP, ticket),
            Self::In(assertion) => (IN, assertion),
        }
    }

    const fn later(&self) -> Option<Later> {
        match self {
            Self::Setup(_, later) => *later,
            Self::Challenge(_) | Self::In(_) => None,
        }
    }

    /// How long the portal keeps the row, in seconds. The engine's tickets and assertions end by themselves.
    const fn lasts(&self) -> u32 {
        match self {
            Self::Challenge(_) | Self::Setup(..) => 60 * 60,
            // A working day, at most, in front of one browser.
            Self::In(_) => 12 * 60 * 60,
        }
    }
}

fn stage(row: &Row<'_>) -> rusqlite::Result<Stage> {
    let step: String = row.get(4)?;
    let token = Zeroizing::new(row.get(5)?);
    match step.as_str() {
        CHALLENGE => Ok(Stage::Challenge(token)),
        SETUP => {
            let later = row.get::<_, Option<i64>>(7)?.zip(row.get(8)?);
            let later = later.map(|(until, skips_left)| Later {
                until: UnixTime::from_seconds(until),
                skips_left,
            });
            Ok(Stage::Setup(token, later))
        }
        IN => Ok(Stage::In(token)),
        _ => Err(rusqlite::Error::FromSqlConversionFailure(
            4,
            Type::Text,
            "no such step".into(),
        )),
    }
}

fn delete(connection: &Connection, key: &[u8; 32]) -> rusqlite::Result<()> {
    connection
        .execute("DELETE FROM sessions WHERE id_hash = ?1", [key])
        .map(drop)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for value in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(value.into(), 16));
        }
        text
    })
}

const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

const ID_LEN: usize = 32;
const CHALLENGE: &str = "challenge";
const SETUP: &str = "setup";
const IN: &str = "in";

#[cfg(test)]
mod tests {
    use super::SessionId;

    #[test]
    fn a_cookie_reads_back_and_has_one_spelling() {
        let id = SessionId::generate().unwrap();
        let text = id.cookie_value();
        assert!(SessionId::parse(&text) == Some(id));
        assert!(SessionId::parse(&"A".repeat(64)).is_none());
        assert!(SessionId::parse(&"a".repeat(63)).is_none());
        assert!(SessionId::parse(&"é".repeat(32)).is_none());
        assert!(SessionId::parse("").is_none());
    }

    #[test]
    fn a_form_token_belongs_to_one_session() {
        let (one, two) = (
            SessionId::generate().unwrap(),
            SessionId::generate().unwrap(),
        );
        assert!(one.is_form_token(&one.form_token()));
        assert!(!one.is_form_token(&two.form_token()));
        assert!(!one.is_form_token(""));
        assert!(!one.is_form_token(&one.cookie_value()));
    }

    #[test]
    fn the_id_stays_out_of_debug_output() {
        let id = SessionId::generate().unwrap();
        assert_eq!(format!("{id:?}"), "SessionId(..)");
    }
}

//! The people of the organization: name, role, password hash.

use mfakit::{AccountId, Mark};
use rusqlite::{OptionalExtension, Row, types::Type};

use crate::{
    access::Role,
    database::{Database, DatabaseError},
};

/// A person's number, given once and never again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PersonId(i64);

impl PersonId {
    /// The number in canonical decimal text, or nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number: i64 = text.parse().ok()?;
        (number.to_string() == text).then_some(Self(number))
    }

    /// The person with this number in the database.
    pub(crate) const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    pub(crate) const fn number(self) -> i64 {
        self.0
    }

    /// The engine's name for the person with this number.
    #[expect(
        clippy::expect_used,
        reason = "a decimal number has 1 to 20 bytes, and an account id takes 1 to 128"
    )]
    pub(crate) fn account(self) -> AccountId {
        AccountId::new(self.0.to_string()).expect("a number is an account id")
    }
}

/// A person of the organization.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    /// What is typed to sign in; unique, lower case.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// How far the engine's document of the person had come when it was last looked at: an older one is a sign
    /// that somebody put it back.
    pub(crate) mark: Mark,
}

impl Person {
    /// The person as the engine knows them: by the number, which never passes to somebody else.
    pub(crate) fn account(&self) -> AccountId {
        self.id.account()
    }
}

/// The table of people.
#[derive(Clone)]
pub(crate) struct People {
    database: Database,
}

impl People {
    pub(crate) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The person with this login name, in any case, and their password hash.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<(Person, String)>, DatabaseError> {
        let name = name.trim().to_lowercase();
        self.database
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT id, name, role, mark, password_hash FROM people WHERE name = ?1",
                    )?
                    .query_row([name], |row| Ok((person(row)?, row.get(4)?)))
                    .optional()
            })
            .await
    }

    /// The person with this number.
    pub(crate) async fn get(&self, id: PersonId) -> Result<Option<Person>, DatabaseError> {
        self.database
            .run(move |connection| {
                connection
                    .prepare_cached("SELECT id, name, role, mark FROM people WHERE id = ?1")?
                    .query_row([id.number()], person)
                    .optional()
            })
            .await
    }

    /// Remembers how far the engine's document of a person has come; what is remembered never falls.
    pub(crate) async fn remember(&self, person: &Person, mark: Mark) -> Result<(), DatabaseError> {
        if mark <= person.mark {
            return Ok(());
        }
        let id = person.id;
        // Below 2^63, by its contract.
        let mark = i64::try_from(mark.number()).unwrap_or(i64::MAX);
        self.database
            .run(move |connection| {
                connection
                    .prepare_cached("UPDATE people SET mark = ?2 WHERE id = ?1 AND mark < ?2")?
                    .execute((id.number(), mark))
                    .map(drop)
            })
            .await
    }

    /// Everybody, by name.
    pub(crate) async fn all(&self) -> Result<Vec<Person>, DatabaseError> {
        self.database
            .run(|connection| {
                connection
                    .prepare_cached("SELECT id, name, role, mark FROM people ORDER BY name")?
                    .query_map([], person)?
                    .collect()
            })
            .await
    }

    /// Whether there is nobody yet.
    pub(crate) fn is_empty(&self) -> rusqlite::Result<bool> {
        self.database.run_here(|connection| {
            connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM people)", [], |row| {
                row.get(0)
            })
        })
    }

    /// Adds people with their password hashes: all, or none.
    pub(crate) fn add(&self, people: &[(&str, Role, String)]) -> rusqlite::Result<()> {
        self.database.run_here(|connection| {
            let adding = connection.transaction()?;
            for (name, role, hash) in people {
                adding.execute(
                    "INSERT INTO people (name, role, password_hash) VALUES (?1, ?2, ?3)",
                    (name, role.code(), hash),
                )?;
            }
            adding.commit()
        })
    }
}

/// The first four columns as a person.
pub(crate) fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    let code: String = row.get(2)?;
    let role = Role::ALL.into_iter().find(|role| role.code() == code);
    Ok(Person {
        id: PersonId(row.get(0)?),
        name: row.get(1)?,
        role: role.ok_or_else(|| {
            rusqlite::Error::FromSqlConversionFailure(2, Type::Text, "no such role".into())
        })?,
        mark: Mark::new(row.get::<_, i64>(3)?.unsigned_abs()),
    })
}

#[cfg(test)]
mod tests {
    use super::PersonId;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(PersonId::parse("7"), Some(PersonId(7)));
        for text in ["", "07", "+7", " 7", "7 ", "٧", "99999999999999999999"] {
            assert_eq!(PersonId::parse(text), None, "{text:?}");
        }
    }
}

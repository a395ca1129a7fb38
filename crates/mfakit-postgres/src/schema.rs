//! The schema: its name, and the numbered migrations that make its tables and functions.

use core::{error::Error, fmt};

/// The name of the schema that holds the tables: `mfakit` unless told otherwise.
///
/// It is 1 to 63 ASCII letters, digits and underscores, does not begin with a digit or with `pg_`, and is
/// case-sensitive: statements quote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaName(String);

impl SchemaName {
    /// The longest name, in bytes: PostgreSQL cuts longer ones.
    pub const MAX_LEN: usize = 63;

    /// The schema called `name`.
    ///
    /// # Errors
    /// [`SchemaNameError`] if `name` is not as said above.
    pub fn new(name: &str) -> Result<Self, SchemaNameError> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let starts_well = name
            .bytes()
            .next()
            .is_some_and(|first| !first.is_ascii_digit());
        // PostgreSQL keeps names beginning with `pg_` for itself.
        if starts_well
            && name.len() <= Self::MAX_LEN
            && name.bytes().all(word)
            && !name.to_ascii_lowercase().starts_with("pg_")
        {
            Ok(Self(name.into()))
        } else {
            Err(SchemaNameError)
        }
    }

    /// The name as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `sql` with the quoted name in each place that asks for it.
    pub(crate) fn fill_in(&self, sql: &str) -> String {
        // The name holds neither a quote nor a dollar, so this is safe between quotes and in a function's body too.
        sql.replace("{schema}", &format!("\"{}\"", self.0))
    }
}

impl Default for SchemaName {
    fn default() -> Self {
        Self("mfakit".into())
    }
}

/// The name is not one that a schema of mfakit may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaNameError;

impl fmt::Display for SchemaNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a schema name takes 1 to 63 letters, digits and underscores, and begins with neither a digit nor `pg_`",
        )
    }
}

impl Error for SchemaNameError {}

/// One step of the schema, for those who apply migrations with tools of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// Its number: 1 for the first, then one more with each.
    pub number: u32,
    /// Its statements, to be run in one transaction, in a schema that exists. They keep the number themselves.
    pub sql: String,
}

/// All migrations, in order. Applied, they are never edited, only added to.
#[must_use]
pub fn migrations(schema: &SchemaName) -> Vec<Migration> {
    (1..)
        .zip(MIGRATIONS)
        .map(|(number, sql)| Migration {
            number,
            sql: schema.fill_in(sql),
        })
        .collect()
}

/// How many migrations this version knows.
pub(crate) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_documents_and_events.sql"),
    include_str!("../migrations/0002_events_by_position.sql"),
];

#[cfg(test)]
mod tests {
    use super::{SchemaName, known, migrations};

    #[test]
    fn names_are_words() {
        for good in ["mfakit", "_", "A1", "mfa_2", &"x".repeat(63)] {
            assert_eq!(SchemaName::new(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "1a",
            "pg_mfa",
            "PG_mfa",
            "a b",
            "a\"b",
            "a'b",
            "a$b",
            "a.b",
            "a;b",
            "a\0",
            "ä",
            "{schema}",
            &"x".repeat(64),
        ] {
            let refused = SchemaName::new(bad).unwrap_err();
            assert!(refused.to_string().starts_with("a schema name takes"));
        }
    }

    #[test]
    fn migrations_are_numbered_and_name_the_schema() {
        let schema = SchemaName::new("Acme").unwrap();
        let migrations = migrations(&schema);
        assert_eq!(migrations.len(), usize::try_from(known()).unwrap());
        for (number, migration) in (1..).zip(migrations) {
            assert_eq!(migration.number, number);
            assert!(!migration.sql.contains("{schema}"));
            let kept = format!("INSERT INTO \"Acme\".migrations (number) VALUES ({number});");
            assert!(migration.sql.ends_with(&format!("{kept}\n")));
        }
    }
}

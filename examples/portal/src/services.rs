//! Services that were installed: the machine each runs on, and the hash of the key it was given in return for its code.

use mfakit::{ActivationHandle, UnixTime};
use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    database::{Database, DatabaseError},
    failure::Failure,
};

/// The table of services.
#[derive(Clone)]
pub(crate) struct Services {
    database: Database,
}

impl Services {
    pub(crate) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Lets a service in: a new key, shown this once. An earlier key of the same installation is void.
    pub(crate) async fn install(
        &self,
        handle: &ActivationHandle,
        machine: &str,
        now: UnixTime,
    ) -> Result<Zeroizing<String>, Failure> {
        let mut random = Zeroizing::new([0_u8; 32]);
        getrandom::fill(&mut *random)?;
        let mut key = Zeroizing::new(String::with_capacity(PREFIX.len() + 64));
        key.push_str(PREFIX);
        for byte in random.iter() {
            for digit in [byte >> 4, byte & 15] {
                key.extend(char::from_digit(digit.into(), 16));
            }
        }
        let (handle, machine, hash) = (handle.to_string(), machine.to_owned(), hash(&key));
        self.database
            .run(move |connection| {
                connection.execute(
                    "INSERT INTO services (handle, machine, key_hash, installed) VALUES (?1, ?2, ?3, ?4) \
                     ON CONFLICT (handle) DO UPDATE SET machine = excluded.machine, \
                     key_hash = excluded.key_hash, installed = excluded.installed",
                    (handle, machine, hash, now.seconds()),
                )
            })
            .await?;
        Ok(key)
    }

    /// Takes a key back that was given for a code which was replaced at the same moment.
    pub(crate) async fn withdraw(&self, key: &str) -> Result<(), DatabaseError> {
        let hash = hash(key);
        self.database
            .run(move |connection| {
                connection
                    .execute("DELETE FROM services WHERE key_hash = ?1", [hash])
                    .map(drop)
            })
            .await
    }

    /// Shuts out the service that was installed under this handle, if there is one.
    pub(crate) async fn end(&self, handle: &ActivationHandle) -> Result<(), DatabaseError> {
        let handle = handle.to_string();
        self.database
            .run(move |connection| {
                connection
                    .execute("DELETE FROM services WHERE handle = ?1", [handle])
                    .map(drop)
            })
            .await
    }

    /// The machine whose service has this key.
    pub(crate) async fn machine(&self, key: &str) -> Result<Option<String>, DatabaseError> {
        // Found by the hash of 256 random bits, so the time of the search tells nothing about a key.
        let hash = hash(key);
        self.database
            .run(move |connection| {
                connection
                    .prepare_cached("SELECT machine FROM services WHERE key_hash = ?1")?
                    .query_row([hash], |row| row.get(0))
                    .optional()
            })
            .await
    }
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"portal service key")
        .chain_update(key)
        .finalize()
        .into()
}

/// By it a key that got into a log or a repository is found.
const PREFIX: &str = "seaside_service_";

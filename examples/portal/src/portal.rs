//! The portal: the engine, its own tables, and how both are opened.

use alloc::sync::Arc;
use core::fmt;
use std::{fs, io, os::unix::fs::DirBuilderExt, path::Path};

use axum::Router;
use mfakit::{
    Administrator, Assertion, Clock, Engine, Issuer, Policy, Tenant, TenantId, UnixTime,
    keyring_file::{self, KeyringFileError},
};
use mfakit_connect::{ConnectError, ConnectOptions, StoreUrl};
use mfakit_sqlite::SqliteStore;

use crate::{
    access::Role,
    database::Database,
    failure::Failure,
    mail::{self, Mails},
    password::{self, FirstPassword, Passwords},
    people::{People, PersonId},
    routes,
    services::Services,
    session::{Binding, SessionId, Sessions, Stage},
    site::{Origin, Site},
};

/// The portal of the Seaside Library; clones share everything.
#[derive(Clone)]
pub struct Portal {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    mfa: Tenant,
    clock: Box<dyn Clock>,
    passwords: Passwords,
    people: People,
    sessions: Sessions,
    mails: Mails,
    services: Services,
    site: Site,
}

/// A portal that was opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct Started {
    /// The portal.
    pub portal: Portal,
    /// The passwords of the first people; empty at every later start.
    pub first_passwords: Vec<FirstPassword>,
}

impl Portal {
    /// Opens the data folder, or makes it with everything in it.
    ///
    /// The folder holds `mfa.db` (the engine's, unless `store` names another place), `keyring` (its keys, readable by the
    /// owner only) and `portal.db` (people, password hashes, sessions). `origin` is the public address, where a proxy
    /// serves it.
    ///
    /// # Errors
    /// [`StartError`], naming the file.
    pub async fn open(
        folder: &Path,
        store: Option<StoreUrl>,
        origin: Option<Origin>,
        clock: impl Clock + Clone + 'static,
    ) -> Result<Started, StartError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(StartError::Folder)?;
        let engine = open_engine(folder, store, clock.clone()).await?;
        let tenant = TenantId::new(TENANT).map_err(StartError::setting)?;
        let founder = Administrator::new("portal", "first start").map_err(StartError::setting)?;
        // Required for everybody, as the profile says. Nothing happens if the organization is there.
        let policy = Policy::new(Issuer::new(SITE_NAME).map_err(StartError::setting)?);
        engine
            .create_tenant(&tenant, policy, &founder)
            .await
            .map_err(StartError::Engine)?;
        let database = Database::open(&folder.join("portal.db")).map_err(StartError::Database)?;
        let people = People::new(database.clone());
        let first_passwords = add_first_people(&people)?;
        let shared = Shared {
            mfa: engine.tenant(TENANT).map_err(StartError::setting)?,
            engine,
            clock: Box::new(clock),
            passwords: Passwords::prepare().map_err(StartError::setting)?,
            people,
            mails: Mails::new(database.clone()),
            services: Services::new(database.clone()),
            sessions: Sessions::new(database),
            site: Site::new(origin),
        };
        Ok(Started {
            portal: Self {
                shared: Arc::new(shared),
            },
            first_passwords,
        })
    }

    /// The pages.
    pub fn router(&self) -> Router {
        routes::router(self.clone())
    }

    /// Sends what is to be told to people by now, and asks the engine about sign-ins that stopped half-way.
    ///
    /// To be called again and again; any number of processes may. What went wrong is reported on standard error, and
    /// the next call makes up for it.
    pub async fn send_mails(&self) {
        // Reported where it arose.
        let _ = mail::send_all(self).await;
    }

    /// The engine the portal uses.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// The organization's second factors.
    pub(crate) fn mfa(&self) -> &Tenant {
        &self.shared.mfa
    }

    /// Lets a session rise: a new one with a new id takes the place of `old`.
    pub(crate) async fn rise(
        &self,
        old: &SessionId,
        person: PersonId,
        binding: &Binding,
        stage: &Stage,
    ) -> Result<SessionId, Failure> {
        let new = SessionId::generate()?;
        self.sessions()
            .replace(old, &new, person, binding, stage, self.now())
            .await?;
        Ok(new)
    }

    /// Lets a session rise to signed in, with the assertion it rests on from now on.
    pub(crate) async fn enter(
        &self,
        old: &SessionId,
        person: PersonId,
        binding: &Binding,
        assertion: &Assertion,
    ) -> Result<SessionId, Failure> {
        let stage = Stage::In(assertion.as_str().to_owned().into());
        self.rise(old, person, binding, &stage).await
    }

    /// This instant.
    pub(crate) fn now(&self) -> UnixTime {
        self.shared.clock.now()
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.shared.passwords
    }

    pub(crate) fn people(&self) -> &People {
        &self.shared.people
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.shared.sessions
    }

    pub(crate) fn mails(&self) -> &Mails {
        &self.shared.mails
    }

    pub(crate) fn services(&self) -> &Services {
        &self.shared.services
    }

    pub(crate) fn site(&self) -> &Site {
        &self.shared.site
    }
}

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portal")
            .field("site", &self.shared.site)
            .finish_non_exhaustive()
    }
}

async fn open_engine(
    folder: &Path,
    store: Option<StoreUrl>,
    clock: impl Clock + 'static,
) -> Result<Engine, StartError> {
    let (database, keyring) = (folder.join("mfa.db"), folder.join("keyring"));
    // A new keyring would open nothing of an old database: better to stop than to lock everybody out. With a database
    // elsewhere the engine says so itself, when it can't open the organization's policy.
    if store.is_none() && database.exists() && !keyring.exists() {
        return Err(StartError::KeyringGone);
    }
    let keyring = keyring_file::open_or_create(&keyring).map_err(StartError::Keyring)?;
    let builder = match store {
        None => {
            let store = SqliteStore::open(&database);
            let store =
                store.map_err(|error| StartError::Store("mfa.db".to_owned(), error.into()))?;
            Engine::builder(store, keyring)
        }
        Some(url) => {
            let failed = |error: ConnectError| StartError::Store(url.to_string(), error.into());
            // An installation with more than one machine migrates when it is deployed, not at each start.
            let migrating = ConnectOptions::new().migrate(&url);
            migrating.await.map_err(failed)?;
            let store = ConnectOptions::new().open(&url).await.map_err(failed)?;
            Engine::builder(store, keyring)
        }
    };
    Ok(builder.clock(clock).build())
}

fn add_first_people(people: &People) -> Result<Vec<FirstPassword>, StartError> {
    if !people.is_empty().map_err(StartError::Database)? {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    let mut passwords = Vec::new();
    for (name, role) in FIRST_PEOPLE {
        let password = password::generate().map_err(StartError::setting)?;
        let hash = password::hash(&password).map_err(StartError::setting)?;
        rows.push((name, role, hash));
        passwords.push(FirstPassword::new(name, role.title(), password));
    }
    people.add(&rows).map_err(StartError::Database)?;
    Ok(passwords)
}

/// Why the portal could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder could not be made.
    Folder(io::Error),
    /// The keyring could not be read or made.
    Keyring(KeyringFileError),
    /// The engine's database is there, its keyring is not.
    KeyringGone,
    /// The engine's database, of this name, could not be opened.
    Store(String, Box<dyn core::error::Error + Send + Sync>),
    /// The engine gave no answer.
    Engine(mfakit::Error),
    /// The portal's own database could not be opened.
    Database(rusqlite::Error),
    /// Something the portal needs of the operating system or of its own settings.
    Setting(Box<dyn core::error::Error + Send + Sync>),
}

impl StartError {
    fn setting(error: impl core::error::Error + Send + Sync + 'static) -> Self {
        Self::Setting(Box::new(error))
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(error) => write!(f, "the data folder could not be made: {error}"),
            Self::Keyring(error) => write!(f, "the file `keyring`: {error}"),
            Self::KeyringGone => f.write_str(
                "the file `keyring` is gone, and without it nothing in `mfa.db` can be read; put it back, \
                 or start with a new folder",
            ),
            Self::Store(name, error) => write!(f, "the database `{name}`: {error}"),
            Self::Engine(error) => write!(f, "the engine: {error}"),
            Self::Database(error) => write!(f, "the file `portal.db`: {error}"),
            Self::Setting(error) => write!(f, "{error}"),
        }
    }
}

impl core::error::Error for StartError {}

/// The organization in the engine's words.
const TENANT: &str = "seaside-library";
/// The organization in people's words; authenticator apps show it as the issuer.
pub(crate) const SITE_NAME: &str = "Seaside Library";
const FIRST_PEOPLE: [(&str, Role); 3] = [
    ("admin", Role::Administrator),
    ("it", Role::ItAdministrator),
    ("user", Role::User),
];

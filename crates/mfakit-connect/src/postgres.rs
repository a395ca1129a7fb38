//! `postgres:` URLs: the driver's configuration, TLS that verifies, and a pool.

use alloc::{borrow::Cow, sync::Arc, vec::Vec};
use core::{fmt, num::NonZeroU16, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use mfakit_postgres::{Migration, OpenError, PostgresOptions, SchemaName, migrations};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_postgres::{
    Config, NoTls,
    config::{Host, SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    ConnectError, StoreUrlError,
    query::{Name, flag, parameters, text},
    roots::{Roots, system_roots},
};

/// What a `postgres:` URL says.
#[derive(Clone)]
pub(crate) struct PostgresUrl {
    config: Config,
    tls: Tls,
    schema: SchemaName,
    pool_size: Option<NonZeroU16>,
    unnamed_statements: bool,
}

/// Whether and how the server is verified.
#[derive(Clone, PartialEq, Eq)]
enum Tls {
    /// A socket of this machine, or what the URL asks for.
    None,
    Verified(Roots),
}

impl PostgresUrl {
    /// Reads what stands behind `postgres:`.
    pub(crate) fn parse(rest: &str) -> Result<Self, StoreUrlError> {
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        // A second `@` is one of the password: the driver would take the rest of the password for a host or a database,
        // look for it on the network, and we would show it.
        let at_signs = place.bytes().filter(|byte| *byte == b'@').count();
        if !place.starts_with("//") || place.contains('#') || at_signs > 1 {
            return Err(StoreUrlError::Malformed);
        }
        let mut ours = Ours::default();
        // What is the driver's goes on to the driver, which looks for the first `@` in the whole of it.
        let mut url = alloc::format!("postgres:{place}?");
        for (name, value) in parameters(query, OURS, DRIVERS)? {
            match name {
                Name::Ours(name) => ours.set(name, value)?,
                Name::Drivers(name) => {
                    let value = value.replace('@', "%40");
                    url.push_str(&alloc::format!("{name}={value}&"));
                }
            }
        }
        // Its error may show a part of the text, so it is not kept.
        let mut config: Config = url
            .trim_end_matches(['?', '&'])
            .parse()
            .map_err(|_| StoreUrlError::Malformed)?;
        let tls = ours.tls(only_sockets(&config)?)?;
        config.ssl_mode(match tls {
            Tls::None => SslMode::Disable,
            Tls::Verified(_) => SslMode::Require,
        });
        // What answers from a standby may be old, and can't be written to.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("mfakit");
        }
        Ok(Self {
            config,
            tls,
            schema: ours.schema.unwrap_or_default(),
            pool_size: ours.pool_size,
            unnamed_statements: ours.unnamed_statements.unwrap_or_default(),
        })
    }

    /// A pool that connects when it is first used.
    pub(crate) fn pool(&self, pool_size: NonZeroU16) -> Result<Pool, ConnectError> {
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let config = self.config.clone();
        let manager = match &self.tls {
            Tls::None => Manager::from_config(config, NoTls, recycling),
            Tls::Verified(roots) => {
                let roots = match roots {
                    Roots::System => system_roots()?,
                    Roots::File(path) => crate::roots::roots_in(path)?,
                };
                let tls = MakeRustlsConnect::new(client(roots)?);
                Manager::from_config(config, tls, recycling)
            }
        };
        let pool = Pool::builder(manager)
            .max_size(self.pool_size.unwrap_or(pool_size).get().into())
            .runtime(Runtime::Tokio1)
            .build();
        Ok(pool.map_err(|source| OpenError::Connect {
            source: Box::new(source),
        })?)
    }

    /// How the store is opened over the pool.
    pub(crate) fn options(&self) -> PostgresOptions {
        let options = PostgresOptions::new().schema(self.schema.clone());
        if self.unnamed_statements {
            options.unnamed_statements()
        } else {
            options
        }
    }

    pub(crate) fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    pub(crate) fn migrations(&self) -> Vec<Migration> {
        migrations(&self.schema)
    }
}

/// Where the server is and who we are to it; no password and no parameter.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{}@", user.escape_debug())?;
        }
        let ports = self.config.get_ports();
        for (number, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            let host = match host {
                Host::Tcp(name) => Cow::Borrowed(name.as_str()),
                #[cfg(unix)]
                Host::Unix(folder) => folder.to_string_lossy(),
            };
            write!(f, "{comma}{}", host.escape_debug())?;
            // One port is that of all hosts.
            if let Some(port) = ports.get(number).or_else(|| ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        match self.config.get_dbname() {
            Some(name) => write!(f, "/{}", name.escape_debug()),
            None => Ok(()),
        }
    }
}

/// The parameters that are read here.
#[derive(Default)]
struct Ours {
    mode: Option<Mode>,
    roots: Option<Roots>,
    schema: Option<SchemaName>,
    pool_size: Option<NonZeroU16>,
    read_write: bool,
    unnamed_statements: Option<bool>,
}

enum Mode {
    Disable,
    Verify,
}

impl Ours {
    fn set(&mut self, name: &'static str, value: &str) -> Result<(), StoreUrlError> {
        let takes = |takes| StoreUrlError::Parameter { name, takes };
        let value = text(name, value)?;
        let again = match name {
            "sslmode" => self.mode.replace(mode(&value)?).is_some(),
            "sslrootcert" => self.roots.replace(Roots::named(&value)?).is_some(),
            "schema" => {
                let schema = SchemaName::new(&value)
                    .map_err(|_| takes("1 to 63 letters, digits and underscores"))?;
                self.schema.replace(schema).is_some()
            }
            "pool_size" => {
                let number = value.parse().ok().filter(|size| *size <= MAX_POOL_SIZE);
                let number = number.ok_or_else(|| takes("a number from 1 to 1000"))?;
                self.pool_size.replace(number).is_some()
            }
            "target_session_attrs" => match &*value {
                "read-write" => core::mem::replace(&mut self.read_write, true),
                _ => return Err(takes("`read-write`, which is so in any case")),
            },
            _ => self
                .unnamed_statements
                .replace(flag(name, &value)?)
                .is_some(),
        };
        if again {
            return Err(StoreUrlError::RepeatedParameter { name });
        }
        Ok(())
    }

    fn tls(&self, only_sockets: bool) -> Result<Tls, StoreUrlError> {
        match (&self.mode, &self.roots) {
            (Some(Mode::Disable), Some(_)) => Err(StoreUrlError::RootsWithoutTls),
            (Some(Mode::Disable), None) => Ok(Tls::None),
            // As for libpq: nobody sits between a socket's two ends.
            _ if only_sockets => Ok(Tls::None),
            (_, roots) => Ok(Tls::Verified(roots.clone().unwrap_or(Roots::System))),
        }
    }
}

fn mode(value: &str) -> Result<Mode, StoreUrlError> {
    match value {
        "disable" => Ok(Mode::Disable),
        "require" | "verify-full" => Ok(Mode::Verify),
        _ => match WEAK_MODES.iter().find(|weak| **weak == value) {
            Some(mode) => Err(StoreUrlError::WeakTls { mode }),
            None => Err(StoreUrlError::Parameter {
                name: "sslmode",
                takes: "`verify-full`, `require` or `disable`",
            }),
        },
    }
}

/// TLS that verifies chain and name. The provider is named, since an application may have linked two.
fn client(roots: RootCertStore) -> Result<ClientConfig, ConnectError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectError::Roots {
            source: Box::new(error),
        })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Whether all hosts are sockets of this machine.
fn only_sockets(config: &Config) -> Result<bool, StoreUrlError> {
    let hosts = config.get_hosts();
    let tcp = |host: &&Host| matches!(host, Host::Tcp(_));
    let over_network = hosts.iter().filter(tcp).count();
    // An address alone has no name to verify, and an address beside a socket is a mistake.
    match (hosts.len(), over_network) {
        (0, _) => Err(StoreUrlError::NoHost),
        (_, 0) if config.get_hostaddrs().is_empty() => Ok(true),
        (all, some) if all == some => Ok(false),
        _ => Err(StoreUrlError::MixedHosts),
    }
}

const OURS: &[&str] = &[
    "pool_size",
    "schema",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
    "unnamed_statements",
];
/// Those of tokio-postgres that are not read here.
const DRIVERS: &[&str] = &[
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "tcp_user_timeout",
    "user",
];
const WEAK_MODES: &[&str] = &["allow", "prefer", "verify-ca"];
const MAX_POOL_SIZE: NonZeroU16 = NonZeroU16::new(1000).unwrap();
/// Without one the driver waits as long as the operating system does, which is minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

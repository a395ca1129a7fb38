//! `redis:`, `rediss:` and `redis+unix:` URLs: the driver's client, and TLS that verifies.

use alloc::string::String;
use core::{fmt, net::IpAddr};
use std::fs;

use mfakit_redis::{KeyPrefix, OpenError, RedisOptions};
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, TlsCertificates};
use rustls::crypto::{CryptoProvider, ring};

use crate::{
    ConnectError, StoreUrlError,
    query::{Name, flag, parameters, text},
    roots::{Roots, roots_in},
};

/// What a URL of Redis says.
#[derive(Clone)]
pub(crate) struct RedisUrl {
    connection: ConnectionInfo,
    roots: Roots,
    prefix: KeyPrefix,
    whole_tenants: bool,
}

impl RedisUrl {
    /// Reads what stands behind the scheme and its colon.
    pub(crate) fn parse(scheme: &str, rest: &str) -> Result<Self, StoreUrlError> {
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        // To the driver `#insecure` means a certificate of anybody.
        if !place.starts_with("//") || rest.contains('#') {
            return Err(StoreUrlError::Malformed);
        }
        let (mut ours, mut theirs) = (Ours::default(), String::new());
        let drivers = if scheme == "redis+unix" { DRIVERS } else { &[] };
        for (name, value) in parameters(query, OURS, drivers)? {
            match name {
                Name::Ours(name) => ours.set(name, value)?,
                Name::Drivers(name) => theirs.push_str(&alloc::format!("&{name}={value}")),
            }
        }
        // Its error may show a part of the text, so it is not kept.
        let connection = alloc::format!("{scheme}:{place}?{theirs}")
            .into_connection_info()
            .map_err(|_| StoreUrlError::Malformed)?;
        ours.check(connection.addr())?;
        Ok(Self {
            connection,
            roots: ours.roots.unwrap_or(Roots::System),
            prefix: ours.prefix.unwrap_or_default(),
            whole_tenants: ours.whole_tenants.unwrap_or_default(),
        })
    }

    /// A client, which connects when the store is opened.
    pub(crate) fn client(&self) -> Result<Client, ConnectError> {
        let connection = self.connection.clone();
        let root_cert = match &self.roots {
            _ if !is_tls(connection.addr()) => None,
            Roots::System => None,
            Roots::File(path) => {
                // The driver takes a file without certificates, and then trusts nobody without saying why.
                roots_in(path)?;
                let read = fs::read(path);
                Some(read.map_err(|error| ConnectError::Roots {
                    source: Box::new(error),
                })?)
            }
        };
        if is_tls(connection.addr()) && CryptoProvider::get_default().is_none() {
            // The driver asks for the provider of the process, and panics where two are linked and none was chosen. Who
            // was faster has chosen.
            let _ = ring::default_provider().install_default();
        }
        let client = if root_cert.is_some() {
            let certificates = TlsCertificates {
                client_tls: None,
                root_cert,
            };
            Client::build_with_tls(connection, certificates)
        } else {
            Client::open(connection)
        };
        Ok(client.map_err(|source| OpenError::Connect {
            source: Box::new(source),
        })?)
    }

    /// How the store is opened with the client.
    pub(crate) fn options(&self) -> RedisOptions {
        let options = RedisOptions::new().prefix(self.prefix.clone());
        if self.whole_tenants {
            options.whole_tenants()
        } else {
            options
        }
    }

    pub(crate) fn has_password(&self) -> bool {
        self.connection.redis_settings().password().is_some()
    }
}

/// Where the server is and who we are to it; no password and no parameter.
impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.connection.redis_settings();
        let user = settings.username().unwrap_or_default().escape_debug();
        let at = if settings.username().is_some() {
            "@"
        } else {
            ""
        };
        let db = settings.db();
        match self.connection.addr() {
            ConnectionAddr::Tcp(host, port) => {
                write!(f, "redis://{user}{at}{}:{port}/{db}", host.escape_debug())
            }
            ConnectionAddr::TcpTls { host, port, .. } => {
                write!(f, "rediss://{user}{at}{}:{port}/{db}", host.escape_debug())
            }
            ConnectionAddr::Unix(path) => {
                write!(f, "redis+unix://{}", path.to_string_lossy().escape_debug())
            }
            // The driver may learn others.
            _ => f.write_str("redis:"),
        }
    }
}

/// The parameters that are read here.
#[derive(Default)]
struct Ours {
    prefix: Option<KeyPrefix>,
    roots: Option<Roots>,
    plain: bool,
    whole_tenants: Option<bool>,
}

impl Ours {
    fn set(&mut self, name: &'static str, value: &str) -> Result<(), StoreUrlError> {
        let takes = |takes| StoreUrlError::Parameter { name, takes };
        let value = text(name, value)?;
        let again = match name {
            "prefix" => {
                let prefix = KeyPrefix::new(&value)
                    .map_err(|_| takes("1 to 64 letters, digits, and of `_-.:`"))?;
                self.prefix.replace(prefix).is_some()
            }
            "sslrootcert" => self.roots.replace(Roots::named(&value)?).is_some(),
            "tls" => match &*value {
                "disable" => core::mem::replace(&mut self.plain, true),
                _ => return Err(takes("`disable`; TLS is what `rediss:` says")),
            },
            _ => self.whole_tenants.replace(flag(name, &value)?).is_some(),
        };
        if again {
            return Err(StoreUrlError::RepeatedParameter { name });
        }
        Ok(())
    }

    fn check(&self, address: &ConnectionAddr) -> Result<(), StoreUrlError> {
        if (self.plain && is_tls(address)) || (self.roots.is_some() && !is_tls(address)) {
            return Err(StoreUrlError::RootsWithoutTls);
        }
        match address {
            ConnectionAddr::Tcp(host, _) if !self.plain && !is_here(host) => {
                Err(StoreUrlError::PlainText)
            }
            _ => Ok(()),
        }
    }
}

fn is_tls(address: &ConnectionAddr) -> bool {
    matches!(address, ConnectionAddr::TcpTls { .. })
}

/// Whether the host is this machine.
fn is_here(host: &str) -> bool {
    let address = |host: &str| host.parse().ok();
    host == "localhost" || address(host).is_some_and(|it: IpAddr| it.is_loopback())
}

const OURS: &[&str] = &["prefix", "sslrootcert", "tls", "whole_tenants"];
/// What the driver reads of the URL of a socket; elsewhere these stand before the `?`.
const DRIVERS: &[&str] = &["db", "pass", "user"];

//! Who may vouch for a server.

#[cfg(feature = "postgres")]
use alloc::string::ToString as _;
use core::error::Error;
use std::path::{Path, PathBuf};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::{ConnectError, StoreUrlError};

/// Who may vouch for the server.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Roots {
    System,
    File(PathBuf),
}

impl Roots {
    /// What `sslrootcert` says.
    pub(crate) fn named(value: &str) -> Result<Self, StoreUrlError> {
        match value {
            "" => Err(StoreUrlError::Parameter {
                name: "sslrootcert",
                takes: "the path of a PEM file, or `system`",
            }),
            "system" => Ok(Self::System),
            path => Ok(Self::File(path.into())),
        }
    }
}

/// The roots of the operating system; those that can't be read are left out, and vouch for nobody.
#[cfg(feature = "postgres")]
pub(crate) fn system_roots() -> Result<RootCertStore, ConnectError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added > 0 {
        return Ok(roots);
    }
    let first = found.errors.into_iter().next();
    let source = first.map_or_else(|| "the system has none".to_string(), |it| it.to_string());
    Err(ConnectError::Roots {
        source: source.into(),
    })
}

/// The certificates of a file: each of them counts, so one that can't be read is an error.
pub(crate) fn roots_in(path: &Path) -> Result<RootCertStore, ConnectError> {
    let failed = |source: Box<dyn Error + Send + Sync>| ConnectError::Roots { source };
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| failed(Box::new(error)))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| failed(Box::new(error)))?;
        roots
            .add(certificate)
            .map_err(|error| failed(Box::new(error)))?;
    }
    if roots.is_empty() {
        return Err(failed("the file has none".into()));
    }
    Ok(roots)
}

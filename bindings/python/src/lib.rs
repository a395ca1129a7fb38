//! The native half of the Python package `mfakit`: conversions between Python and the Rust library, and no rule.
//!
//! Results, errors and enums are written in Python, in the package beside this; here are the types that hold secrets,
//! the engine, and the bridges to Python's threads and event loops.

extern crate alloc;

mod activation_code;
mod answer;
mod arguments;
mod backup_codes;
mod calls;
mod clock;
mod command_line;
mod engine;
mod errors;
mod hotp;
mod key_usage;
mod keyring;
mod matched;
mod migration;
mod observer;
mod pending_setup;
mod policy;
mod process;
mod promise;
mod python;
mod python_store;
mod qr;
mod secret;
mod store;
mod tenant;
mod testkit;
mod text;
mod time;
mod token;
mod totp;
mod uri;
mod wait;

/// What `mfakit._mfakit` offers; `mfakit` offers it again by name.
#[pyo3::pymodule(gil_used = false)]
mod _mfakit {
    #[pymodule_export]
    use crate::activation_code::ActivationCode;
    #[pymodule_export]
    use crate::backup_codes::BackupCodes;
    #[pymodule_export]
    use crate::clock::ManualClock;
    #[pymodule_export]
    use crate::command_line::command_line;
    #[pymodule_export]
    use crate::engine::{AsyncEngine, Engine};
    #[pymodule_export]
    use crate::hotp::Hotp;
    #[pymodule_export]
    use crate::key_usage::KeyUsage;
    #[pymodule_export]
    use crate::keyring::Keyring;
    #[pymodule_export]
    use crate::matched::{CounterMatch, Match};
    #[pymodule_export]
    use crate::migration::MigrationExport;
    #[pymodule_export]
    use crate::pending_setup::PendingSetup;
    #[pymodule_export]
    use crate::policy::{Policy, settings};
    #[pymodule_export]
    use crate::promise::close_runtime;
    #[pymodule_export]
    use crate::qr::QrCode;
    #[pymodule_export]
    use crate::secret::Secret;
    #[pymodule_export]
    use crate::store::{
        MemoryStore, NativeStore, PostgresStore, RedisStore, SqliteStore, migrate_store, open_store,
    };
    #[pymodule_export]
    use crate::tenant::{AsyncTenant, PasswordAttempt, RotationCursor, Tenant};
    #[pymodule_export]
    use crate::testkit::{conformance_cases, run_conformance_case};
    #[pymodule_export]
    use crate::token::{Assertion, DeviceToken, Ticket};
    #[pymodule_export]
    use crate::totp::Totp;
    #[pymodule_export]
    use crate::uri::OtpAuthUri;

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        use pyo3::types::{PyAnyMethods as _, PyModuleMethods as _};
        // Threads of the runtime are out before the interpreter ends.
        let close = module.getattr("close_runtime")?;
        module
            .py()
            .import("atexit")?
            .call_method1("register", (close,))?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

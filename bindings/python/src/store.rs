//! Stores of ours, opened by a path or a URL.

use alloc::sync::Arc;
use core::num::NonZeroU16;
use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use mfakit::Store as Trait;
use mfakit_connect::{Backend, ConnectError, ConnectOptions, StoreUrl};
use pyo3::{exceptions::PyTypeError, prelude::*};

use crate::{
    arguments::Whole,
    errors::{invalid, store_open},
    process::enter,
    python_store::PythonStore,
    text::Typed,
    wait::wait,
};

/// A store of ours: what all of them have in common.
#[pyclass(frozen, subclass, module = "mfakit")]
pub(crate) struct NativeStore {
    inner: Arc<dyn Trait>,
    backend: &'static str,
    needs_runtime: bool,
    /// A SQLite file, which has another handle for threads that block.
    file: Option<File>,
}

/// The handles on a file: one for all engines whose callers block, opened with the first of them.
struct File {
    store: Arc<mfakit_sqlite::SqliteStore>,
    blocking: Mutex<Option<Arc<mfakit_sqlite::SqliteStore>>>,
}

impl File {
    fn blocking(&self) -> Result<Arc<mfakit_sqlite::SqliteStore>, mfakit_sqlite::OpenError> {
        let mut handle = self.blocking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*handle {
            return Ok(Arc::clone(handle));
        }
        let opened = Arc::new(self.store.blocking()?);
        Ok(Arc::clone(handle.insert(opened)))
    }
}

/// Who calls an engine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A thread that waits.
    Blocks,
    /// An event loop.
    Awaits,
}

#[pymethods]
impl NativeStore {
    #[getter]
    const fn backend(&self) -> &'static str {
        self.backend
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle_of_live("an object of mfakit")
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(format!("{}(..)", slf.get_type().name()?))
    }
}

/// A store that ends with the process.
#[pyclass(frozen, extends = NativeStore, module = "mfakit")]
pub(crate) struct MemoryStore;

#[pymethods]
impl MemoryStore {
    #[new]
    fn new(py: Python<'_>) -> PyResult<PyClassInitializer<Self>> {
        enter(py)?;
        let store = NativeStore {
            inner: Arc::new(mfakit::MemoryStore::new()),
            backend: Backend::Memory.name(),
            needs_runtime: false,
            file: None,
        };
        Ok(PyClassInitializer::from(store).add_subclass(Self))
    }
}

/// A SQLite file.
#[pyclass(frozen, extends = NativeStore, module = "mfakit")]
pub(crate) struct SqliteStore;

#[pymethods]
impl SqliteStore {
    #[new]
    #[pyo3(signature = (path, /, *, must_exist = false))]
    fn new(py: Python<'_>, path: PathBuf, must_exist: bool) -> PyResult<PyClassInitializer<Self>> {
        enter(py)?;
        let mut options = mfakit_sqlite::SqliteOptions::new();
        if must_exist {
            options = options.must_exist();
        }
        let opened = py.detach(|| options.open(path));
        let file = Arc::new(opened.map_err(|error| store_open(py, chain(&error)))?);
        let store = NativeStore {
            inner: Arc::<mfakit_sqlite::SqliteStore>::clone(&file),
            backend: Backend::Sqlite.name(),
            needs_runtime: false,
            file: Some(File {
                store: file,
                blocking: Mutex::new(None),
            }),
        };
        Ok(PyClassInitializer::from(store).add_subclass(Self))
    }
}

macro_rules! by_url {
    ($name:ident, $backend:expr, $doc:literal) => {
        #[doc = $doc]
        #[pyclass(frozen, extends = NativeStore, module = "mfakit")]
        pub(crate) struct $name;

        #[pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = (url, /, *, migrate = false, pool_size = None))]
            fn new(
                py: Python<'_>,
                url: Typed,
                migrate: bool,
                pool_size: Option<Whole<u16>>,
            ) -> PyResult<PyClassInitializer<Self>> {
                let store = open(py, &url.0, Some($backend), migrate, pool_size)?;
                Ok(PyClassInitializer::from(store).add_subclass(Self))
            }
        }
    };
}

by_url!(
    PostgresStore,
    Backend::Postgres,
    "A database in PostgreSQL."
);
by_url!(
    RedisStore,
    Backend::Redis,
    "A server or a cluster of Redis."
);

/// Opens the store that the URL names.
#[pyfunction]
#[pyo3(signature = (url, /, *, migrate = false, pool_size = None))]
pub(crate) fn open_store(
    py: Python<'_>,
    url: Typed,
    migrate: bool,
    pool_size: Option<Whole<u16>>,
) -> PyResult<NativeStore> {
    open(py, &url.0, None, migrate, pool_size)
}

/// Makes or brings up to date what the store at this URL needs.
#[pyfunction]
#[pyo3(signature = (url, /))]
pub(crate) fn migrate_store(py: Python<'_>, url: Typed) -> PyResult<()> {
    open(py, &url.0, None, true, None).map(drop)
}

fn open(
    py: Python<'_>,
    url: &str,
    expected: Option<Backend>,
    migrate: bool,
    pool_size: Option<Whole<u16>>,
) -> PyResult<NativeStore> {
    let url = StoreUrl::parse(url).map_err(|error| invalid(py, error))?;
    let backend = url.backend();
    if expected.is_some_and(|expected| expected != backend) {
        let message = format!("the URL is of a `{}` store", backend.name());
        return Err(invalid(py, message));
    }
    enter(py)?;
    let mut options = ConnectOptions::new();
    if migrate {
        options = options.migrating();
    }
    if let Some(size) = pool_size {
        let size = NonZeroU16::new(size.0)
            .ok_or_else(|| invalid(py, "a pool has at least one connection"))?;
        options = options.pool_size(size);
    }
    let needs_runtime = !matches!(backend, Backend::Memory | Backend::Sqlite);
    let opened = wait(py, needs_runtime, options.open(&url))?;
    Ok(NativeStore {
        inner: opened.map_err(|error: ConnectError| store_open(py, chain(&error)))?,
        backend: backend.name(),
        needs_runtime,
        file: None,
    })
}

/// The store for an engine: one of ours, or one written in Python.
pub(crate) fn read(store: &Bound<'_, PyAny>, caller: Caller) -> PyResult<(Arc<dyn Trait>, bool)> {
    if let Ok(native) = store.cast::<NativeStore>() {
        let native = native.get();
        if let (Some(file), Caller::Blocks) = (&native.file, caller) {
            let opened = store.py().detach(|| file.blocking());
            let handle = opened.map_err(|error| store_open(store.py(), chain(&error)))?;
            return Ok((handle, native.needs_runtime));
        }
        return Ok((Arc::clone(&native.inner), native.needs_runtime));
    }
    for method in [
        "load",
        "commit",
        "scan",
        "count",
        "events",
        "tenants",
        "prune_events",
    ] {
        if !store.hasattr(method)? {
            return Err(PyTypeError::new_err(format!(
                "a store has a method `{method}`; this is none"
            )));
        }
    }
    Ok((Arc::new(PythonStore::new(store)), false))
}

/// What an error says and what its causes say, in one line.
fn chain(error: &dyn core::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

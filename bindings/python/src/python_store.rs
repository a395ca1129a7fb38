//! A store written in Python, as the library's trait.
//!
//! A store with plain methods is called in the thread that waits, which holds Python's lock for the call: that of the
//! caller under `Engine`, one of the runtime's under `AsyncEngine`. One with coroutines runs on the event loop that
//! awaits the call, and under `Engine` on a loop of its own.

mod convert;

use core::cell::RefCell;

use mfakit::{DocumentKey, Store, TenantId};
use mfakit_core::{Commit, CommitOutcome, StoreError, StoredDocument, StoredEvent};
use mfakit_store::{EventQuery, ScanQuery, ScanRow, StoreFuture, check_commit, check_keys};
use pyo3::{exceptions::PyException, intern, prelude::*};

use self::convert as to;
use crate::{
    process::runtime,
    promise::{Inside, awaited},
    python::store_class,
};

/// A Python object with the methods of a store.
pub(crate) struct PythonStore(Py<PyAny>);

impl PythonStore {
    pub(crate) fn new(store: &Bound<'_, PyAny>) -> Self {
        Self(store.clone().unbind())
    }

    /// Calls a method, awaits what it gives if that is awaitable, and reads the answer.
    async fn call<T: Send + 'static>(
        &self,
        method: &'static str,
        otherwise: StoreError,
        arguments: impl FnOnce(Python<'_>) -> PyResult<Vec<Py<PyAny>>> + Send + 'static,
        read: fn(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Result<T, StoreError> {
        let Some(store) = Python::try_attach(|py| self.0.clone_ref(py)) else {
            return Err(StoreError::Unavailable);
        };
        let call = move || {
            Python::attach(|py| {
                let arguments = pyo3::types::PyTuple::new(py, arguments(py)?)?;
                Ok(store.bind(py).call_method1(method, arguments)?.unbind())
            })
        };
        let called: PyResult<Py<PyAny>> = if tokio::runtime::Handle::try_current().is_ok() {
            // Not in a thread that others are driven by.
            let Some(inside) = Inside::enter() else {
                return Err(StoreError::Unavailable);
            };
            let called = runtime().spawn_blocking(move || inside.attach(|_| call()));
            match called.await {
                Ok(Some(called)) => called,
                _ => return Err(otherwise),
            }
        } else {
            call()
        };
        let answered = match called {
            Ok(answer) => finish(answer).await,
            Err(error) => Err(error),
        };
        Python::attach(|py| {
            let answer = answered.and_then(|answer| read(answer.bind(py)));
            answer.map_err(|error| failure(py, error, otherwise))
        })
    }
}

/// What an awaitable gives, or the answer itself.
async fn finish(answer: Py<PyAny>) -> PyResult<Py<PyAny>> {
    let future = Python::attach(|py| -> PyResult<_> {
        let answer = answer.bind(py);
        if !answer.hasattr(intern!(py, "__await__"))? {
            return Ok(None);
        }
        awaited(py, answer).map(Some)
    })?;
    match future {
        Some(future) => future.await,
        None => Ok(answer),
    }
}

/// What an exception says about the store; one that says nothing is reported and is a failure all the same.
fn failure(py: Python<'_>, error: PyErr, otherwise: StoreError) -> StoreError {
    for (class, failure) in [
        ("StoreUnavailable", StoreError::Unavailable),
        ("StoreUnclear", StoreError::Unclear),
        ("StoreCorrupt", StoreError::Corrupt),
        ("StoreRefused", StoreError::Refused),
    ] {
        if store_class(py, class).is_ok_and(|class| error.matches(py, class).unwrap_or(false)) {
            return failure;
        }
    }
    if error.is_instance_of::<PyException>(py) {
        let told = store_class(py, "report").and_then(|report| report.call1((error.value(py),)));
        if let Err(error) = told {
            error.write_unraisable(py, None);
        }
    } else {
        // Ctrl-C and the like are not the store's: they go on in whoever waits.
        INTERRUPT.with_borrow_mut(|interrupt| *interrupt = Some(error));
    }
    otherwise
}

thread_local! {
    static INTERRUPT: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// The interrupt that came while a store was called in this thread.
pub(crate) fn take_interrupt() -> Option<PyErr> {
    INTERRUPT.take()
}

impl Store for PythonStore {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(async move {
            check_keys(keys)?;
            let (count, keys) = (keys.len(), keys.to_vec());
            let arguments = move |py: Python<'_>| Ok(vec![to::keys(py, &keys)?.unbind()]);
            let documents = self
                .call("load", StoreError::Unavailable, arguments, to::documents)
                .await?;
            match documents.len() == count {
                true => Ok(documents),
                false => Err(StoreError::Corrupt),
            }
        })
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        Box::pin(async move {
            check_commit(commit)?;
            let commit = commit.clone();
            let arguments = move |py: Python<'_>| Ok(vec![to::commit(py, &commit)?.unbind()]);
            let stored = self
                .call("commit", StoreError::Unclear, arguments, to::truth)
                .await?;
            Ok(match stored {
                true => CommitOutcome::Committed,
                false => CommitOutcome::Conflict,
            })
        })
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(async move {
            query.check()?;
            let query = query.clone();
            let arguments = move |py: Python<'_>| Ok(vec![to::scan_query(py, &query)?.unbind()]);
            self.call("scan", StoreError::Unavailable, arguments, to::rows)
                .await
        })
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            query.check()?;
            let query = query.clone();
            let arguments = move |py: Python<'_>| Ok(vec![to::scan_query(py, &query)?.unbind()]);
            self.call("count", StoreError::Unavailable, arguments, to::number)
                .await
        })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        Box::pin(async move {
            query.check()?;
            let query = query.clone();
            let arguments = move |py: Python<'_>| Ok(vec![to::event_query(py, &query)?.unbind()]);
            self.call("events", StoreError::Unavailable, arguments, to::events)
                .await
        })
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        Box::pin(async move {
            if limit == 0 {
                return Err(StoreError::Refused);
            }
            let after = after.map(|after| after.as_str().to_owned());
            let arguments = move |py: Python<'_>| {
                Ok(vec![
                    after.into_pyobject(py)?.into_any().unbind(),
                    limit.into_pyobject(py)?.into_any().unbind(),
                ])
            };
            self.call("tenants", StoreError::Unavailable, arguments, to::tenants)
                .await
        })
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            check_keys(core::slice::from_ref(key))?;
            let key = key.clone();
            let arguments = move |py: Python<'_>| {
                Ok(vec![
                    to::key(py, &key)?.unbind(),
                    before.into_pyobject(py)?.into_any().unbind(),
                ])
            };
            self.call("prune_events", StoreError::Unclear, arguments, to::number)
                .await
        })
    }
}

//! What belongs to one process: its number, and the runtime that drives connections.

use core::sync::atomic::{AtomicU32, Ordering};
use std::{process, sync::OnceLock};

use pyo3::prelude::*;
use tokio::runtime::Runtime;

use crate::errors::forked;

/// The process in which an engine or a store was first opened; 0 for none yet.
static OPENED_IN: AtomicU32 = AtomicU32::new(0);

/// Notes that an engine or a store is opened in this process.
///
/// A child that was forked off a process with open stores has their locks and none of their threads. It is told so,
/// instead of waiting for ever or taking a file for unlocked.
pub(crate) fn enter(py: Python<'_>) -> PyResult<()> {
    let here = process::id();
    let before = OPENED_IN
        .compare_exchange(0, here, Ordering::AcqRel, Ordering::Acquire)
        .unwrap_or_else(|other| other);
    if before != 0 && before != here {
        return Err(forked(py));
    }
    Ok(())
}

/// Whether this is the process in which an engine was opened.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    if OPENED_IN.load(Ordering::Acquire) == process::id() {
        Ok(())
    } else {
        Err(forked(py))
    }
}

/// The runtime for connections and for calls of asyncio; its threads start with the first call.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        // Two: they wait more than they work.
        builder.worker_threads(2).thread_name("mfakit").enable_all();
        #[expect(
            clippy::expect_used,
            reason = "a process that can start no thread can do nothing here"
        )]
        builder.build().expect("threads start")
    })
}

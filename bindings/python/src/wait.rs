//! Waiting for the library in the calling thread.

use alloc::{sync::Arc, task::Wake};
use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::thread::{self, Thread};

use pyo3::prelude::*;

use crate::{process::runtime, python_store::take_interrupt};

/// Drives `future` in this thread, detached from Python, and looks for signals while it waits.
///
/// Nothing is handed to another thread: a store in memory answers in the first poll, and a store written in Python is
/// called in the thread of its caller. A signal whose handler raises, as Ctrl-C does, drops the future.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    needs_runtime: bool,
    future: impl Future<Output = T> + Send,
) -> PyResult<T> {
    let mut future = pin!(future);
    let first = py.detach(|| {
        let _runtime = needs_runtime.then(|| runtime().enter());
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    });
    if let Some(interrupt) = take_interrupt() {
        return Err(interrupt);
    }
    if let Poll::Ready(answer) = first {
        return Ok(answer);
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        let polled = py.detach(|| {
            let _runtime = needs_runtime.then(|| runtime().enter());
            let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
            if polled.is_pending() {
                thread::park_timeout(UNTIL_SIGNALS);
            }
            polled
        });
        if let Some(interrupt) = take_interrupt() {
            return Err(interrupt);
        }
        if let Poll::Ready(answer) = polled {
            return Ok(answer);
        }
        py.check_signals()?;
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// How long a signal may have to wait.
const UNTIL_SIGNALS: Duration = Duration::from_millis(100);

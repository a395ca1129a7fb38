//! Between asyncio and the runtime: a future of ours as one of the running loop's, and an awaitable of Python's as ours.
//!
//! A thread of the runtime enters Python once for each call, at its end. At the end of the interpreter no thread may
//! come in: it would be ended where it stands. So the module waits at exit for the calls that are under way, and
//! then lets none in.

use core::{
    future::Future,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};
use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

use futures_channel::oneshot;
use pyo3::{exceptions::PyRuntimeError, intern, prelude::*, sync::PyOnceLock};
use tokio::task::AbortHandle;

use crate::{process::runtime, python::store_class};

tokio::task_local! {
    /// The event loop that awaits the call.
    static LOOP: Py<PyAny>;
}

/// Starts `work` on the runtime; what `convert` makes of its answer comes to the running event loop.
pub(crate) fn promise<'py, A: Send + 'static>(
    py: Python<'py>,
    work: impl Future<Output = A> + Send + 'static,
    convert: impl FnOnce(Python<'_>, A) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    static RUNNING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let running = RUNNING.import(py, "asyncio", "get_running_loop")?;
    let events = running.call0()?;
    let promised = events.call_method0(intern!(py, "create_future"))?;
    let inside =
        Inside::enter().ok_or_else(|| PyRuntimeError::new_err("the interpreter is ending"))?;
    let (held, events) = (promised.clone().unbind(), events.unbind());
    let scope = events.clone_ref(py);
    let task = runtime().spawn(async move {
        let inside = inside;
        let answer = LOOP.scope(scope, work).await;
        inside.attach(|py| {
            let settled = settle(py, &events, &held, convert(py, answer));
            if let Err(error) = settled {
                // The loop was closed, so that nobody awaits it any more.
                drop(error);
            }
            drop((events, held));
        });
    });
    let cancel = Cancel(task.abort_handle());
    promised.call_method1(intern!(py, "add_done_callback"), (cancel,))?;
    Ok(promised)
}

fn settle(
    py: Python<'_>,
    events: &Py<PyAny>,
    promised: &Py<PyAny>,
    answer: PyResult<Py<PyAny>>,
) -> PyResult<()> {
    let (value, error) = match answer {
        Ok(value) => (value, py.None()),
        Err(error) => (py.None(), error.into_value(py).into_any()),
    };
    let call = store_class(py, "settle")?;
    let name = intern!(py, "call_soon_threadsafe");
    events.call_method1(py, name, (call, promised, value, error))?;
    Ok(())
}

/// Ends the work when asyncio cancels what awaits it.
#[pyclass(frozen)]
struct Cancel(AbortHandle);

#[pymethods]
impl Cancel {
    fn __call__(&self, promised: &Bound<'_, PyAny>) -> PyResult<()> {
        if promised
            .call_method0(intern!(promised.py(), "cancelled"))?
            .is_truthy()?
        {
            self.0.abort();
        }
        Ok(())
    }
}

/// Awaits what a store written in Python answered: on the loop that awaits the call, or on one of our own.
pub(crate) fn awaited(
    py: Python<'_>,
    awaitable: &Bound<'_, PyAny>,
) -> PyResult<impl Future<Output = PyResult<Py<PyAny>>> + Send + use<>> {
    let events = match LOOP.try_with(|events| events.clone_ref(py)) {
        Ok(events) => events,
        Err(_) => store_class(py, "own_loop")?.call0()?.unbind(),
    };
    let (sender, receiver) = oneshot::channel();
    let done = Done(Mutex::new(Some(sender)));
    store_class(py, "schedule")?.call1((awaitable, events, done))?;
    Ok(async move {
        match receiver.await {
            Ok(answer) => answer,
            Err(_) => Err(PyRuntimeError::new_err("the event loop ended")),
        }
    })
}

/// Takes what came of an awaitable.
#[pyclass(frozen)]
struct Done(Mutex<Option<oneshot::Sender<PyResult<Py<PyAny>>>>>);

#[pymethods]
impl Done {
    fn __call__(&self, ended: &Bound<'_, PyAny>) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            let answer = ended.call_method0(intern!(ended.py(), "result"));
            // Who waited may have gone.
            let _ = sender.send(answer.map(Bound::unbind));
        }
    }
}

static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);
static CLOSED: AtomicBool = AtomicBool::new(false);

/// A piece of work that will enter Python from a thread of the runtime.
pub(crate) struct Inside;

impl Inside {
    /// One more, unless the interpreter is ending.
    pub(crate) fn enter() -> Option<Self> {
        UNDER_WAY.fetch_add(1, Ordering::SeqCst);
        let inside = Self;
        (!CLOSED.load(Ordering::SeqCst)).then_some(inside)
    }

    /// Enters Python, unless nobody may any more.
    pub(crate) fn attach<T>(&self, work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
        match CLOSED.load(Ordering::SeqCst) {
            true => None,
            false => Python::try_attach(work),
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits for what is under way, for two seconds at most, and lets nothing in after it. Called at exit.
#[pyfunction]
pub(crate) fn close_runtime(py: Python<'_>) {
    py.detach(|| {
        let patience = Instant::now() + Duration::from_secs(2);
        while UNDER_WAY.load(Ordering::SeqCst) > 0 && Instant::now() < patience {
            thread::sleep(Duration::from_millis(1));
        }
        CLOSED.store(true, Ordering::SeqCst);
        // Whoever looked just before is inside by now, and leaves.
        thread::sleep(Duration::from_millis(1));
    });
}

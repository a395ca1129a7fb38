//! The port to one thread of JavaScript: calls go in one by one, answers come out in batches.
//!
//! An answer is appended to a text, and JavaScript is woken if it is not already on its way: whatever ends until it
//! comes is handed over at once. So a busy engine costs one wake-up for many calls.

use alloc::sync::Arc;
use core::{future::Future, mem, num::NonZero};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    thread::available_parallelism,
};

use napi::{
    bindgen_prelude::{Function, Unknown},
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};
use napi_derive::napi;
use tokio::{
    runtime::{Builder, Runtime},
    task::AbortHandle,
};
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    held::Shelf,
    json::{Answer, Object},
    store::Waiting,
};

/// Calls JavaScript with no argument; it does not keep the process alive.
type Wake = ThreadsafeFunction<(), Unknown<'static>, String, napi::Status, false, true>;

/// What one thread of JavaScript has open.
#[napi]
pub struct Port {
    pub(crate) shared: Arc<Shared>,
}

/// The part of a port that other threads use.
pub(crate) struct Shared {
    outbox: Mutex<Outbox>,
    wake: Wake,
    /// What JavaScript holds by a number.
    pub(crate) shelf: Mutex<Shelf>,
    /// Calls that can be given up.
    tasks: Mutex<HashMap<u32, AbortHandle>>,
    /// What stores written in JavaScript have been asked.
    pub(crate) waiting: Waiting,
}

struct Outbox {
    /// The messages of the batch to be, behind an opening bracket; empty if there is none.
    text: Zeroizing<String>,
}

#[napi]
impl Port {
    /// Opens a port; `receive` takes each batch: a JSON list of messages.
    ///
    /// # Errors
    /// If Node refuses.
    #[napi(constructor, catch_unwind)]
    pub fn new(receive: Function<'_, String, Unknown<'static>>) -> napi::Result<Self> {
        // The batch is taken when JavaScript has come, not when it is called: what ended meanwhile is in it.
        let batch = Arc::new(OnceLock::<alloc::sync::Weak<Shared>>::new());
        let taken = Arc::clone(&batch);
        let wake = receive
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .build_callback(move |_| {
                let shared = taken.get().and_then(alloc::sync::Weak::upgrade);
                Ok(shared.map_or_else(|| "[]".to_owned(), |shared| shared.take_batch()))
            })?;
        let shared = Arc::new(Shared {
            outbox: Mutex::new(Outbox {
                text: Zeroizing::default(),
            }),
            wake,
            shelf: Mutex::default(),
            tasks: Mutex::default(),
            waiting: Waiting::default(),
        });
        let _ = batch.set(Arc::downgrade(&shared));
        Ok(Self { shared })
    }

    /// Gives up a call: what it was about may be stored. It has ended when the message of its end comes.
    #[napi(catch_unwind)]
    pub fn abort(&self, call: u32) {
        if let Some(task) = locked(&self.shared.tasks).remove(&call) {
            task.abort();
        }
    }

    /// Lets go of something that is held by a number.
    #[napi(catch_unwind)]
    pub fn release(&self, held: u32) {
        let released = locked(&self.shared.shelf).take(held);
        // Closing a database takes its time, and is nothing JavaScript waits for.
        if let Some(released) = released {
            runtime().spawn_blocking(move || drop(released));
        }
    }

    /// Lets go of an engine, and tells when its store is closed: what is waited for are threads and a disk.
    #[napi(catch_unwind)]
    pub fn close(&self, call: u32, held: u32) {
        let released = locked(&self.shared.shelf).take(held);
        self.shared.spawn(call, false, async move {
            let closing = runtime().spawn_blocking(move || drop(released));
            closing.await.map_err(|_panicked| Failure::internal())
        });
    }

    /// How many things are held by a number, and how many calls are under way: for tests of leaks.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn open(&self) -> u32 {
        let held = locked(&self.shared.shelf).len() + locked(&self.shared.tasks).len();
        u32::try_from(held).unwrap_or(u32::MAX)
    }
}

impl Shared {
    /// Runs a call on threads of our own, and tells JavaScript how it ends, whatever becomes of it.
    pub(crate) fn spawn<A: Answer>(
        self: &Arc<Self>,
        call: u32,
        can_be_aborted: bool,
        work: impl Future<Output = Result<A, Failure>> + Send + 'static,
    ) {
        let mut ending = Ending {
            shared: Arc::clone(self),
            call,
            can_be_aborted,
            told: false,
        };
        let work = async move {
            let ended = work.await;
            ending.tell(ended);
        };
        if can_be_aborted {
            // Held before the task can look for itself.
            let mut tasks = locked(&self.tasks);
            let task = runtime().spawn(work);
            tasks.insert(call, task.abort_handle());
        } else {
            runtime().spawn(work);
        }
    }

    /// Sends a message that `write` writes: a JSON list whose first item says for whom it is.
    pub(crate) fn send(&self, write: impl FnOnce(&mut String)) {
        let first = {
            let mut outbox = locked(&self.outbox);
            let first = outbox.text.is_empty();
            if first {
                outbox.text.reserve(1024);
            }
            outbox.text.push(if first { '[' } else { ',' });
            write(&mut outbox.text);
            first
        };
        if first {
            // It fails only when JavaScript has ended, and nobody waits any more.
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    fn take_batch(&self) -> String {
        let mut text = mem::take(&mut *locked(&self.outbox).text);
        text.push(']');
        text
    }
}

/// Tells JavaScript how a call has ended: also if it panics, or is given up.
struct Ending {
    shared: Arc<Shared>,
    call: u32,
    can_be_aborted: bool,
    told: bool,
}

impl Ending {
    fn tell<A: Answer>(&mut self, ended: Result<A, Failure>) {
        self.told = true;
        if self.can_be_aborted {
            locked(&self.shared.tasks).remove(&self.call);
        }
        self.shared.send(|out| {
            out.push('[');
            out.push_str(&self.call.to_string());
            out.push(',');
            match ended {
                Ok(answer) => Object::write(out, |to| answer.write(to)),
                Err(failure) => {
                    out.push_str("null,");
                    Object::write(out, |to| failure.write(to));
                }
            }
            out.push(']');
        });
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.told {
            self.tell::<()>(Err(Failure::internal()));
        }
    }
}

/// The threads on which calls run, for all of the process.
#[expect(
    clippy::expect_used,
    reason = "a process that can start no thread can do nothing; the panic becomes an error in JavaScript"
)]
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        // JavaScript has a processor of its own, hashes have threads of their own, and what is left is little.
        let processors = available_parallelism().map_or(1, NonZero::get);
        Builder::new_multi_thread()
            .worker_threads(processors.saturating_sub(1).max(1))
            .enable_all()
            .thread_name("mfakit")
            .build()
            .expect("the operating system refuses threads")
    })
}

/// What a lock holds is whole between any two statements here, so that a panic elsewhere spoils nothing.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

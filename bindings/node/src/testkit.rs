//! The conformance suite of `mfakit-store`, over a store written in JavaScript.

use alloc::{borrow::ToOwned as _, sync::Arc};
use core::{any::Any, future::Future, panic::AssertUnwindSafe};
use std::panic::catch_unwind;

use mfakit_store::{
    Store,
    testkit::{Fixture, cases},
};
use napi_derive::napi;

use crate::{
    failure::Failure,
    json::{Answer, Object},
    port::{Port, runtime},
    store::ScriptStore,
};

#[napi]
impl Port {
    /// The names of the cases.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn cases(&self) -> Vec<String> {
        let cases = cases::<ScriptFixture>().into_iter();
        cases.map(|(name, _)| name.to_owned()).collect()
    }

    /// Runs a case over the store with this number; it may open `again`, another number for the same documents.
    #[napi(catch_unwind)]
    pub fn run_case(&self, call: u32, name: String, script: u32, again: Option<u32>) {
        let fixture = ScriptFixture {
            store: Arc::new(ScriptStore::new(&self.shared, script)),
            again: again.map(|again| Arc::new(ScriptStore::new(&self.shared, again))),
        };
        self.shared.spawn(call, false, async move {
            let found = cases::<ScriptFixture>()
                .into_iter()
                .find(|(it, _)| *it == name);
            let (_, case) = found.ok_or_else(|| Failure::value("name", "there is no such case"))?;
            // A case blocks its thread, and asserts by panicking.
            let case = move || catch_unwind(AssertUnwindSafe(|| case(&|| fixture.clone())));
            let ended = runtime().spawn_blocking(case).await;
            let ended = ended.map_err(|_| Failure::internal())?;
            Ok(Verdict(ended.err().map(|panic| message(&*panic))))
        });
    }
}

/// What a failed case said.
struct Verdict(Option<String>);

impl Answer for Verdict {
    fn write(&self, to: &mut Object<'_>) {
        match &self.0 {
            Some(said) => to.text("failed", said),
            None => to.null("failed"),
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the case failed").to_owned()
}

#[derive(Clone)]
struct ScriptFixture {
    store: Arc<ScriptStore>,
    again: Option<Arc<ScriptStore>>,
}

impl Fixture for ScriptFixture {
    fn store(&self) -> &dyn Store {
        &*self.store
    }

    async fn reopen(self) -> Option<Self> {
        let store = self.again?;
        Some(Self { store, again: None })
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        runtime().block_on(future)
    }
}

//! The conformance suite of `mfakit-store`, over a store written in JavaScript.

use alloc::{borrow::ToOwned as _, sync::Arc};
use core::{any::Any, future::Future, panic::AssertUnwindSafe};
use std::panic::catch_unwind;

use mfakit_store::{
    Store,
    testkit::{self, Fixture, bounds, commits, documents, events, lasting, pruning, races, scans},
};
use napi_derive::napi;

use crate::{
    failure::Failure,
    json::{Answer, Object},
    port::{Port, runtime},
    store::ScriptStore,
};

macro_rules! cases {
    (store { $($group:ident :: $case:ident)* } fixture { $($fgroup:ident :: $fcase:ident)* }) => {
        const CASES: &[&str] = &[$(stringify!($case),)* $(stringify!($fcase),)*];

        fn run(name: &str, store: ScriptFixture) {
            match name {
                $(stringify!($case) => testkit::check(async { store }, $group::$case),)*
                $(stringify!($fcase) => testkit::check_fixture(async { store }, $fgroup::$fcase),)*
                _ => {}
            }
        }
    };
}

cases! {
    store {
        bounds::refuses_commits_outside_the_bounds
        bounds::refuses_queries_outside_the_bounds
        bounds::stores_what_just_fits
        commits::conflicts_write_nothing
        commits::commits_are_whole_or_nothing
        commits::revisions_grow_by_one_and_never_repeat
        commits::documents_without_events_keep_their_chain
        commits::refuses_events_out_of_order
        commits::index_values_are_replaced
        documents::load_answers_in_the_order_of_the_keys
        documents::a5_ids_are_opaque_bytes
        documents::kinds_do_not_see_each_other
        documents::tenants_do_not_see_each_other
        documents::bodies_come_back_bit_for_bit
        events::feed_has_every_event_once_in_order
        events::newest_first_is_the_feed_reversed
        events::document_events_are_its_own
        events::positions_beyond_the_end_are_empty
        lasting::dropped_commits_are_whole_or_nothing
        lasting::commits_never_polled_do_nothing
        pruning::removes_the_oldest_and_nothing_else
        pruning::the_last_event_stays_and_the_chain_goes_on
        scans::pages_have_every_document_once
        scans::within_selects_by_index_value
        scans::count_looks_at_no_page
        scans::tenants_have_a_policy
    }
    fixture {
        lasting::everything_is_there_after_reopening
        races::one_of_64_commits_of_a_revision_is_stored
        races::commits_of_two_documents_never_mix
        races::different_documents_do_not_disturb_each_other
        races::increments_are_never_lost
        races::load_is_never_older_than_an_answer
        races::feed_is_complete_behind_its_cursor
    }
}

#[napi]
impl Port {
    /// The names of the cases.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn cases(&self) -> Vec<String> {
        CASES.iter().map(|&name| name.to_owned()).collect()
    }

    /// Runs a case over the store with this number; it may open `again`, another number for the same documents.
    #[napi(catch_unwind)]
    pub fn run_case(&self, call: u32, name: String, script: u32, again: Option<u32>) {
        let fixture = ScriptFixture {
            store: Arc::new(ScriptStore::new(&self.shared, script)),
            again: again.map(|again| Arc::new(ScriptStore::new(&self.shared, again))),
        };
        self.shared.spawn(call, false, async move {
            // A case blocks its thread, and asserts by panicking.
            let case = move || catch_unwind(AssertUnwindSafe(|| run(&name, fixture)));
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

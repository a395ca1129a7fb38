//! The conformance suite: what the contract of [`Store`] says, as tests for any store.
//!
//! ```
//! use mfakit_store::MemoryStore;
//!
//! mfakit_store::conformance!(memory, async { MemoryStore::new() });
//! # fn main() {}
//! ```
//!
//! The macro makes a module with one `#[test]` per case. The expression is a future that gives a [`Fixture`], and
//! each test evaluates it anew; every [`Store`] is a fixture by itself. The cases use tenants with random names
//! and don't look beyond them, so all tests may share one database, which need not be empty.
//!
//! A store that keeps its documents implements [`Fixture`] for a type of its own, so that the suite can close and
//! open it. One that needs a runtime hands the suite that runtime's `block_on` in the same way.
//!
//! [`FaultyStore`] is for the tests of those who use a store.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case that fails panics"
)]

use alloc::vec::Vec;
use core::future::Future;

use crate::Store;

pub mod bounds;
pub mod commits;
pub mod documents;
pub mod events;
mod faulty;
pub mod lasting;
pub mod pruning;
pub mod races;
mod samples;
pub mod scans;

pub use self::faulty::{Fault, FaultyStore, Plan};

/// A store under test, and how to run and reopen it.
pub trait Fixture: Send + Sync + Sized {
    /// The store.
    fn store(&self) -> &dyn Store;

    /// Closes the store and opens it again; `None` if it keeps nothing beyond its value.
    fn reopen(self) -> impl Future<Output = Option<Self>> {
        async { None }
    }

    /// Runs a future to its end on this thread; the suite calls it from many threads at once.
    ///
    /// A store that needs a runtime blocks on one with threads of its own: the cases block the calling thread.
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        pollster::block_on(future)
    }
}

impl<S: Store> Fixture for S {
    fn store(&self) -> &dyn Store {
        self
    }
}

/// Runs a case that asks for nothing but a store.
pub fn check<F: Fixture>(open: impl Future<Output = F>, case: impl AsyncFnOnce(&dyn Store)) {
    F::block_on(async {
        let fixture = open.await;
        case(fixture.store()).await;
    });
}

/// Runs a case that needs threads, or closes the store.
pub fn check_fixture<F: Fixture>(open: impl Future<Output = F>, case: impl FnOnce(F)) {
    case(F::block_on(open));
}

/// A case by its name, and how to run it over the fixture that a function opens.
pub type Case<F> = (&'static str, fn(&dyn Fn() -> F));

/// Every case of the suite, for a harness that is not Rust's: the cases that [`conformance!`](crate::conformance)
/// makes tests of, with the same names.
#[must_use]
pub fn cases<F: Fixture>() -> Vec<Case<F>> {
    crate::conformance_cases!(conformance @list F)
}

/// Makes a module of tests, one per case of the conformance suite, for the store that `$open` gives.
///
/// See [`testkit`](crate::testkit).
#[macro_export]
macro_rules! conformance {
    ($name:ident, $open:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "the expression may name anything around it")]
            use super::*;

            $crate::conformance_cases! { conformance @tests ($open) }
        }
    };
    (@tests ($open:expr)
        store { $($store:ident :: $store_case:ident)* }
        fixture { $($fixture:ident :: $fixture_case:ident)* }
    ) => {
        $(
            #[test]
            fn $store_case() {
                $crate::testkit::check($open, $crate::testkit::$store::$store_case);
            }
        )*
        $(
            #[test]
            fn $fixture_case() {
                $crate::testkit::check_fixture($open, $crate::testkit::$fixture::$fixture_case);
            }
        )*
    };
    (@list $type:ident
        store { $($store:ident :: $store_case:ident)* }
        fixture { $($fixture:ident :: $fixture_case:ident)* }
    ) => {
        ::std::vec![
            $((stringify!($store_case), |open: &dyn Fn() -> $type| {
                $crate::testkit::check(async { open() }, $crate::testkit::$store::$store_case);
            }),)*
            $((stringify!($fixture_case), |open: &dyn Fn() -> $type| {
                let case = $crate::testkit::$fixture::$fixture_case;
                $crate::testkit::check_fixture(async { open() }, case);
            }),)*
        ]
    };
}

/// The one list of the cases: those that ask for nothing but a store, and those that need threads or close it.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ($with:ident $($arguments:tt)*) => {
        $crate::$with! { $($arguments)*
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
                races::scans_are_complete_while_others_write
            }
        }
    };
}

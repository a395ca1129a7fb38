//! Attacks on the engine that race, fail or tamper at its store: cases for any store, as the conformance suite of
//! `mfakit-store` has them for the contract alone.
//!
//! [`processes!`] does the same for races and deaths of several processes.
//!
//! [`attacks!`] makes a module with one `#[test]` per case. The expression gives a [`Ground`], and each test
//! evaluates it anew. The cases use tenants with random names, so that all tests may share one database, which
//! need not be empty.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a case that fails panics"
)]

extern crate alloc;

use alloc::sync::Arc;

use mfakit_core::Keyring;
use mfakit_store::Store;

#[path = "../../crates/mfakit/tests/support/activation.rs"]
mod activation;
pub mod activations;
pub mod faults;
#[path = "../../crates/mfakit/tests/support/folder.rs"]
mod folder;
pub mod kills;
#[path = "../../crates/mfakit/tests/support/operations.rs"]
mod operations;
pub mod parallel;
pub mod processes;
pub mod races;
pub mod rows;
#[path = "../../crates/mfakit/tests/support/world.rs"]
mod world;

use world::World;

/// Where an attack takes place: a store, and what it needs to live.
pub trait Ground {
    /// The store, as one process of the organization opens it.
    fn store(&self) -> Arc<dyn Store>;
}

impl<S: Store + 'static> Ground for Arc<S> {
    fn store(&self) -> Arc<dyn Store> {
        Self::clone(self)
    }
}

/// A new tenant on this store.
fn world_on(store: impl Store + 'static) -> World {
    let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
    let mut name = [0; 8];
    getrandom::fill(&mut name).unwrap();
    let name = format!("attacked-{:016x}", u64::from_be_bytes(name));
    World::in_tenant(store, keyring, &name)
}

/// What so many tasks are answered that do `act` at the same moment.
fn at_once<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = std::sync::Barrier::new(TASKS);
    std::thread::scope(|scope| {
        let start = |place| {
            let (barrier, act) = (&barrier, &act);
            scope.spawn(move || {
                barrier.wait();
                act(place)
            })
        };
        let tasks: Vec<_> = (0..TASKS).map(start).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    })
}

/// How many tasks race.
const TASKS: usize = activation::TASKS;

/// Makes a module of tests, one per attack, for the store of the [`Ground`] that `$open` gives.
#[macro_export]
macro_rules! attacks {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;

            $crate::attacks! { @ $open =>
                activations::a10_of_64_parallel_wrong_activation_codes_none_is_answered_for_free
                activations::a32_of_64_tasks_with_one_code_one_installs
                activations::a32_of_a_redemption_and_a_reissue_at_once_one_gets_the_open_code
                activations::a32_of_a_redemption_and_a_revocation_at_once_one_wins
                activations::a33_a_code_installs_at_most_once_whichever_call_fails
                activations::a33_a_failure_is_charged_or_not_answered_whichever_call_fails
                activations::a33_a_reissue_voids_the_old_code_or_changes_nothing_whichever_call_fails
                activations::a33_what_was_issued_can_be_redeemed_whichever_call_fails
                faults::a10_every_wrong_code_that_is_answered_is_charged_under_random_faults
                faults::a33_a_code_is_accepted_at_most_once_whichever_call_fails
                faults::a33_a_reset_is_whole_or_not_at_all_whichever_call_fails
                faults::a33_a_setup_binds_at_most_one_factor_whichever_call_fails
                faults::a33_every_operation_is_whole_or_not_at_all_whichever_call_fails
                faults::a33_no_first_step_is_free_or_open_whichever_call_fails
                parallel::a6_of_64_tasks_with_one_code_one_is_let_in
                parallel::a6_of_64_tasks_with_one_ticket_one_is_let_in
                parallel::a7_of_64_tasks_with_one_backup_code_one_is_let_in
                parallel::a7_a_backup_code_and_new_ones_at_once_have_an_order
                parallel::a10_of_64_parallel_wrong_codes_none_is_answered_for_free
                parallel::a24_of_64_deferments_at_once_as_many_succeed_as_skips_are_left
                parallel::a27_a_confirmation_and_a_reset_at_once_leave_no_session_without_its_factor
                parallel::a27_a_verification_and_a_reset_at_once_leave_nothing_of_before
                rows::a29_a_row_moved_to_another_account_does_not_open
                rows::a29_a_row_moved_to_another_tenant_does_not_open
                rows::a29_an_older_body_under_todays_revision_does_not_open
                rows::a29_an_older_row_is_noticed_by_every_token_and_the_mark
            }
        }
    };
    (@ $open:expr => $($group:ident :: $case:ident)*) => { $(
        #[test]
        fn $case() {
            $crate::$group::$case(&$open);
        }
    )* };
}

/// Makes a module of tests, one per race of two processes and one per way to die, for a store that several processes
/// share: the type `$shared`, which is [`Shared`](processes::Shared). If it has a server, a type that is
/// [`Served`](processes::Served) gives one to kill.
#[macro_export]
macro_rules! processes {
    ($name:ident, $shared:ty $(, server $served:ty)?) => {
        mod $name {
            use super::*;

            $crate::processes! { @ $shared =>
                races::a6_of_64_tasks_in_each_of_two_processes_one_is_let_in
                races::a7_of_64_tasks_with_one_backup_code_in_each_of_two_processes_one_is_let_in
                races::a27_a_confirmation_in_two_processes_and_a_reset_have_an_order
                races::a27_a_verification_in_two_processes_and_a_reset_have_an_order
                races::a32_of_64_tasks_with_one_code_in_each_of_two_processes_one_installs
                kills::a33_a_killed_process_loses_nothing_acknowledged_and_no_code_counts_twice
            }
            $(
                $crate::processes! { @ $served =>
                    kills::a33_a_killed_server_loses_nothing_acknowledged_and_no_code_counts_twice
                }
            )?
        }
    };
    (@ $shared:ty => $($group:ident :: $case:ident)*) => { $(
        #[test]
        fn $case() {
            $crate::$group::$case::<$shared>(concat!(module_path!(), "::", stringify!($case)));
        }
    )* };
}

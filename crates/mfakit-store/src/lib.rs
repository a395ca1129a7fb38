//! The storage trait of mfakit, its contract, a store in memory, and the suite that checks any store.
//!
//! [`Store`] is the one trait a database implements for mfakit, and its documentation is the contract. [`MemoryStore`]
//! implements it without a database.
//!
//! # Features
//! - `testkit`: the conformance suite, for the tests of any store, and a store that fails by plan.
#![forbid(unsafe_code)]

extern crate alloc;

mod check;
mod memory;
mod shared;
mod store;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use crate::check::{check_commit, check_keys, check_limit};
pub use crate::memory::MemoryStore;
pub use crate::store::{EventOrder, EventQuery, ScanQuery, ScanRow, Store, StoreFuture};

//! The storage trait of mfakit, its contract, a store in memory, and the suite that checks any store.
#![forbid(unsafe_code)]

extern crate alloc;

mod check;
mod memory;
mod store;

pub use crate::check::{check_commit, check_keys};
pub use crate::memory::MemoryStore;
pub use crate::store::{EventOrder, EventQuery, ScanQuery, ScanRow, Store, StoreFuture};

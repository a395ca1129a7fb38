//! The storage trait of mfakit and its contract.
#![forbid(unsafe_code)]

extern crate alloc;

mod store;

pub use crate::store::{EventOrder, EventQuery, ScanQuery, ScanRow, Store, StoreFuture};

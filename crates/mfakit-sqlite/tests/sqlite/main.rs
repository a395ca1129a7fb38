//! The SQLite store keeps the contract, on good days and bad ones.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

extern crate alloc;

mod conformance;
mod failures;
mod opening;
mod processes;
mod support;

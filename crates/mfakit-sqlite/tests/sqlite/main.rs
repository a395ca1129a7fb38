//! The SQLite store keeps the contract, on good days and bad ones.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

mod blocking;
mod conformance;
#[path = "../../../mfakit-store/tests/support/deaths.rs"]
mod deaths;
mod failures;
mod opening;
mod processes;
#[path = "../../../mfakit-store/tests/support/samples.rs"]
mod samples;
#[path = "../../../mfakit-store/tests/support/server.rs"]
mod server;
mod support;

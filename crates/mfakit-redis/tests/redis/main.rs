//! The Redis store keeps the contract, on good days and bad ones.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

mod cluster;
mod conformance;
#[path = "../../../mfakit-store/tests/support/deaths.rs"]
mod deaths;
mod failures;
mod feed;
mod opening;
mod processes;
mod pruning;
#[path = "../../../mfakit-store/tests/support/samples.rs"]
mod samples;
#[path = "../../../mfakit-store/tests/support/server.rs"]
mod server;
mod support;
#[cfg(feature = "tls")]
mod tls;

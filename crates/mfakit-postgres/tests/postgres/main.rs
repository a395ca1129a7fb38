//! The PostgreSQL store keeps the contract, on good days and bad ones.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

mod bouncer;
mod conformance;
mod failures;
mod feed;
mod hot;
mod opening;
mod processes;
mod pruning;
mod server;
mod support;
mod tls;

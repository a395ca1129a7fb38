//! The command line as it is run: the real program, its output and its exit codes.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

#[path = "../../../mfakit-store/tests/support/server.rs"]
mod server;

mod accounts;
mod activation;
mod audit;
mod codes;
mod confirmation;
mod guide;
mod hostile;
mod keys;
mod lists;
mod secrets;
mod shop;
mod stores;
mod uris;

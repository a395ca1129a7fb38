//! Stores by URL: what is a URL, and that each leads to a store that works.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

extern crate alloc;

#[path = "../../../mfakit-store/tests/support/server.rs"]
mod server;

mod memory;
mod postgres;
mod redis;
mod sqlite;
mod support;
mod tls;
mod urls;

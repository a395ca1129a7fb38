//! The portal over real connections, with a clock that the tests move.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where something is not as it must be"
)]

extern crate alloc;

mod authenticator;
mod browser;
mod crash;
mod crash_services;
mod hostile;
mod installs;
mod mails;
mod own;
mod program;
mod site;
mod staff;
mod story;
mod visitors;

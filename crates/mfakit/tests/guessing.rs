//! How far guessing gets, by somebody who has the password: the budget of a year, and the chance that is left.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "guessing/budget.rs"]
mod budget;
#[path = "guessing/siege.rs"]
mod siege;
#[path = "guessing/support.rs"]
mod support;
#[path = "support/world.rs"]
mod world;
#[path = "guessing/year.rs"]
mod year;

//! What fuzz targets and model tests share: a store in a map that fails when it is told to, randomness that
//! repeats, people with apps, and a small model of the rules.

#![forbid(unsafe_code)]
#![allow(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "for the tests of this package alone"
)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test panics to fail"
)]

extern crate alloc;

mod course;
mod coverage;
#[path = "../../crates/mfakit-core/src/testing.rs"]
mod dice;
mod draw;
mod explorer;
mod forge;
mod history;
mod model;
mod op;
mod people;
pub mod scene;
mod world;

pub use course::{Ask, Course};
pub use coverage::Coverage;
pub use dice::Dice;
pub use explorer::{Clock, Explorer, State};
pub use forge::Forger;
pub use history::History;
pub use model::Model;
pub use op::{
    Answer, Bearer, Cookie, Ends, First, Lock, Op, Paper, Presented, Summary, Turn, Typed, Which,
    WhichDevice,
};
pub use people::{App, People, Person};
pub use world::{Defect, Failure, Fate, RULES, Rules, World};

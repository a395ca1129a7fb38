//! What fuzz targets and model tests share: a store in a map that fails when it is told to, randomness that
//! repeats, a person with an app, and a small model of the rules.

#![forbid(unsafe_code)]

extern crate alloc;

mod dice;
mod history;
mod model;
mod person;
mod world;

pub use dice::Dice;
pub use history::History;
pub use model::{Answer, Attempt, Model};
pub use person::Person;
pub use world::{Defect, Failure, Fate, World};

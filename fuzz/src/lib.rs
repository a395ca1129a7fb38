//! What the fuzz targets share: a store in a map, randomness that repeats, and a driver of flows.

#![forbid(unsafe_code)]

extern crate alloc;

mod dice;
mod model;
mod world;

pub use dice::Dice;
pub use model::{Expected, Model};
pub use world::World;

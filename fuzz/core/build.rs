//! Sets `cfg(fuzzing)` for this package alone, as cargo-fuzz does for a whole build: one round for each hash.
//!
//! It is no feature of `mfakit-core`, so that nobody can turn it on for what they release.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cfg=fuzzing");
}

//! A folder of a test, gone when the test is over.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

pub(crate) struct Folder {
    path: PathBuf,
    made: bool,
}

impl Folder {
    /// A new folder.
    pub(crate) fn new() -> Self {
        let mut suffix = [0; 8];
        getrandom::fill(&mut suffix).unwrap();
        let path = env::temp_dir().join(format!("mfakit-{:016x}", u64::from_le_bytes(suffix)));
        fs::create_dir(&path).unwrap();
        Self { path, made: true }
    }

    /// The folder of another process, which is left in place.
    pub(crate) const fn at(path: PathBuf) -> Self {
        Self { path, made: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.made {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

//! A folder per test, and what goes wrong in it.

use core::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

use rusqlite::Connection;

/// A folder that is gone when the test is.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("sqlite-{}-{number}", process::id()));
        // One of an earlier process with the same id may have been left behind.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("mfa.db")
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// While it is there a document is written, and then its event finds no table.
pub(crate) struct NoEvents(Connection);

impl NoEvents {
    pub(crate) fn on(folder: &Folder) -> Self {
        let other = Connection::open(folder.file()).unwrap();
        other
            .execute_batch("ALTER TABLE events RENAME TO elsewhere")
            .unwrap();
        Self(other)
    }

    /// Needs the write lock, and does not wait for it.
    pub(crate) fn end(self) {
        self.0.busy_timeout(Duration::ZERO).unwrap();
        self.0
            .execute_batch("ALTER TABLE elsewhere RENAME TO events")
            .unwrap();
    }
}

//! Finding the file, telling whether it is ours, and making it.
//!
//! SQLite locks a file with POSIX locks, which a process loses when it closes any descriptor of the file. So
//! nothing here opens an existing file but SQLite itself.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
};

use core::{
    hash::{BuildHasher as _, Hasher as _},
    time::Duration,
};
use std::hash::RandomState;

use rusqlite::{Connection, OpenFlags};

use crate::{
    OpenError,
    connection::{Durability, open_writer},
    schema,
};

/// The absolute path without links, so that neither a change of the working folder nor a name that is special to
/// SQLite (`:memory:`, `file:...`) leads elsewhere.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    let followed = || match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => path.canonicalize(),
        _ => {
            let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            let folder = match path.parent() {
                Some(folder) if folder != Path::new("") => folder,
                _ => Path::new("."),
            };
            Ok(folder.canonicalize()?.join(name))
        }
    };
    followed().map_err(|source| OpenError::Path { source })
}

/// Whether a file stands there; if so, it is ours.
pub(crate) fn is_there(path: &Path) -> Result<bool, OpenError> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {
            if application_id(path)? == schema::APPLICATION_ID {
                Ok(true)
            } else {
                Err(OpenError::Foreign)
            }
        }
        Ok(_) => Err(OpenError::Foreign),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(OpenError::Path { source }),
    }
}

/// Makes the database under another name and moves it into place whole, unless one is there by then.
///
/// So no process ever sees a database half made, and the file is its owner's from its first byte on.
pub(crate) fn create(
    path: &Path,
    durability: Durability,
    patience: Duration,
) -> Result<(), OpenError> {
    // SQLite would replay the log of a lost database into the new one.
    for log in ["-wal", "-journal"] {
        if exists(&with_suffix(path, log))? {
            // Another process may have created both since the caller looked.
            return if exists(path)? {
                Ok(())
            } else {
                Err(OpenError::LeftoverLog)
            };
        }
    }
    let draft = Draft::create(path).map_err(|source| OpenError::Create { source })?;
    let mut connection = open_writer(&draft.path, durability, patience)?;
    schema::migrate(&mut connection)?;
    // The last connection to close moves the log into the file and removes it.
    connection.close().map_err(|(_, error)| error)?;
    draft
        .link_to(path)
        .map_err(|source| OpenError::Create { source })
}

/// The application id in the header of an existing file, which is neither locked nor changed.
#[cfg(unix)]
fn application_id(path: &Path) -> Result<u32, OpenError> {
    use std::os::unix::ffi::OsStrExt as _;

    // `immutable` keeps SQLite from locks, logs and recovery. What it may overlook, a log, never holds a new id:
    // the id is written once, before the file gets its name.
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match char::from(*byte) {
            plain if plain.is_ascii_alphanumeric() || "/._-".contains(plain) => uri.push(plain),
            _ => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(uri, flags)?;
    Ok(connection.pragma_query_value(None, "application_id", |row| row.get(0))?)
}

/// The application id in the header of an existing file.
#[cfg(not(unix))]
fn application_id(path: &Path) -> Result<u32, OpenError> {
    use std::io::Read as _;

    // No POSIX locks here to lose. The header of the file format: its name in 16 bytes, the id from byte 68 on.
    let mut header = [0; 72];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) if header.starts_with(b"SQLite format 3\0") => {
            Ok(header.last_chunk().copied().map_or(0, u32::from_be_bytes))
        }
        Ok(()) => Err(OpenError::Foreign),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(OpenError::Foreign),
        Err(source) => Err(OpenError::Path { source }),
    }
}

/// A new file beside the one to be, removed when dropped.
struct Draft {
    path: PathBuf,
}

impl Draft {
    fn create(path: &Path) -> io::Result<Self> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let draft = Self {
            path: with_suffix(path, &format!(".{:016x}.new", random())),
        };
        options.open(&draft.path)?;
        Ok(draft)
    }

    /// Gives the file its name, for good; does nothing if the name is taken.
    ///
    /// A rename would replace what another process just put there, a link does not.
    fn link_to(&self, path: &Path) -> io::Result<()> {
        match fs::hard_link(&self.path, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            linked => linked?,
        }
        // The name is part of what a commit must survive.
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            // What is left behind is harmless, and there is nobody to tell.
            let _ = fs::remove_file(with_suffix(&self.path, suffix));
        }
    }
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path.file_name().unwrap_or(OsStr::new("")));
    name.push(suffix);
    path.with_file_name(name)
}

fn exists(path: &Path) -> Result<bool, OpenError> {
    path.try_exists()
        .map_err(|source| OpenError::Path { source })
}

/// A number that another process hardly draws; a name that is taken is an error, not a danger.
fn random() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{fs, path::PathBuf};

    use super::{random, resolve, with_suffix};

    /// A path of its own among the operating system's temporary files.
    pub(crate) fn path(name: &str) -> PathBuf {
        let name = format!("mfakit-sqlite-{name}-{:016x}.db", random());
        resolve(&std::env::temp_dir().join(name)).unwrap()
    }

    #[test]
    fn a_taken_name_is_kept() {
        let path = path("taken");
        fs::write(&path, b"first").unwrap();
        let draft = super::Draft::create(&path).unwrap();
        let draft_path = draft.path.clone();
        draft.link_to(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        drop(draft);
        assert!(!draft_path.exists());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn suffixes_go_behind_the_whole_name() {
        let path = with_suffix("/a.b/c.db".as_ref(), "-wal");
        assert_eq!(path, PathBuf::from("/a.b/c.db-wal"));
    }
}

//! The keyring in a file of its own, readable by its owner only.

use core::fmt;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use getrandom::SysRng;
use mfakit_core::{Keyring, KeyringError};
use rand_core::TryRng;
use zeroize::Zeroizing;

/// Reads the keyring at `path`, or makes one there if there is none.
///
/// Call it where the database is new as well: a keyring made for a database that has lost its own opens nothing in
/// it. The file appears whole or not at all, also when several processes start at once: then all get the same keyring.
///
/// # Errors
/// [`KeyringFileError`] if the file can't be read or made, can be read by others (Unix), or is no keyring.
/// Nothing is ever overwritten. A crash at the very moment of making can leave a second name of the file beside it,
/// which ends in `.new` and may be removed.
///
/// # Security
/// Keep a copy apart from copies of the database: without the keyring every second factor is lost, and with both
/// a thief has everything.
pub fn open_or_create(path: impl AsRef<Path>) -> Result<Keyring, KeyringFileError> {
    let path = path.as_ref();
    match open(path) {
        Err(KeyringFileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
            create(path)?;
            open(path)
        }
        opened => opened,
    }
}

/// Reads the keyring at `path`.
///
/// # Errors
/// [`KeyringFileError`], as for [`open_or_create`].
pub fn open(path: impl AsRef<Path>) -> Result<Keyring, KeyringFileError> {
    let mut file = File::open(path)?;
    refuse_others(&file)?;
    // Reserved whole, so that growing leaves no copy behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_FILE_LEN));
    // One byte more than allowed, so that a longer file is refused and not cut.
    let limit = u64::try_from(MAX_FILE_LEN).unwrap_or(u64::MAX);
    Read::by_ref(&mut file)
        .take(limit)
        .read_to_string(&mut text)?;
    if text.len() >= MAX_FILE_LEN {
        return Err(KeyringFileError::TooLong);
    }
    Keyring::parse(&text).map_err(KeyringFileError::Keyring)
}

/// Writes a fresh keyring beside `path` and links it there; losing the race to another process is fine.
fn create(path: &Path) -> Result<(), KeyringFileError> {
    let mut suffix = [0; 8];
    SysRng
        .try_fill_bytes(&mut suffix)
        .map_err(|_| KeyringFileError::Randomness)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{:016x}.new", u64::from_le_bytes(suffix)));
    let draft = PathBuf::from(draft);
    let made = write_draft(&draft).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    });
    let removed = fs::remove_file(&draft);
    made?;
    removed?;
    sync_folder(path)?;
    Ok(())
}

fn write_draft(draft: &Path) -> Result<(), KeyringFileError> {
    let keyring = Keyring::generate(&mut SysRng).map_err(|_| KeyringFileError::Randomness)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(draft)?;
    file.write_all(keyring.danger_export().as_bytes())?;
    file.sync_all()?;
    Ok(())
}

/// Makes the new name survive a crash of the machine.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(unix)]
fn refuse_others(file: &File) -> Result<(), KeyringFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(KeyringFileError::ReadableByOthers);
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the twin of the Unix function")]
fn refuse_others(_: &File) -> Result<(), KeyringFileError> {
    Ok(())
}

/// Why there is no keyring from this file.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyringFileError {
    /// The file can't be read or made.
    Io(io::Error),
    /// Others than its owner may read the file.
    ReadableByOthers,
    /// The file is no keyring.
    Keyring(KeyringError),
    /// The file is longer than any keyring.
    TooLong,
    /// The operating system gave no randomness.
    Randomness,
}

impl fmt::Display for KeyringFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Io(_) => "the keyring file can't be read or made",
            Self::ReadableByOthers => {
                "the keyring file can be read by others than its owner; take their rights away (mode 600)"
            }
            Self::Keyring(_) => "the keyring file does not fit its format",
            Self::TooLong => "the keyring file is longer than any keyring",
            Self::Randomness => "the operating system gave no randomness",
        })
    }
}

impl core::error::Error for KeyringFileError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(source) => Some(source),
            Self::Keyring(source) => Some(source),
            Self::ReadableByOthers | Self::TooLong | Self::Randomness => None,
        }
    }
}

impl From<io::Error> for KeyringFileError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Far above the longest keyring.
const MAX_FILE_LEN: usize = 16 * 1024;

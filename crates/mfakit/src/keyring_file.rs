//! The keyring in a file of its own, readable by its owner only.

use core::fmt;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use getrandom::SysRng;
use mfakit_core::{KeyId, Keyring, KeyringChangeError, KeyringError};
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

/// Adds a fresh key to the keyring at `path`, and says its number. It opens from now on, and seals nothing yet.
///
/// As every change of the file, it is whole or not at all: the new content is written beside it, under the name that
/// ends in `.next`, read back, and renamed. Comments in the file are not kept.
///
/// # Errors
/// [`KeyringFileError`]; the file is as it was, but for [`KeyringFileError::Io`], after which it may have changed: look
/// before you repeat it.
///
/// # Security
/// Copy the file to where its copies are kept before the key is made active: what it seals opens with nothing else.
pub fn add_key(path: impl AsRef<Path>) -> Result<(Keyring, KeyId), KeyringFileError> {
    change(path.as_ref(), |keyring| keyring.add_key(&mut SysRng))
}

/// Makes a key of the keyring at `path` the one that seals.
///
/// # Errors
/// As [`add_key`].
pub fn activate_key(path: impl AsRef<Path>, key: KeyId) -> Result<Keyring, KeyringFileError> {
    let (keyring, ()) = change(path.as_ref(), |keyring| keyring.activate(key))?;
    Ok(keyring)
}

/// Takes a key that is not active out of the keyring at `path`.
///
/// # Errors
/// As [`add_key`].
///
/// # Security
/// What the key has sealed opens no more: see [`Engine::key_usage`](crate::Engine::key_usage) first.
pub fn retire_key(path: impl AsRef<Path>, key: KeyId) -> Result<Keyring, KeyringFileError> {
    let (keyring, ()) = change(path.as_ref(), |keyring| keyring.retire(key))?;
    Ok(keyring)
}

/// Replaces the keyring at `path` by a changed one.
fn change<T>(
    path: &Path,
    change: impl FnOnce(&mut Keyring) -> Result<T, KeyringChangeError>,
) -> Result<(Keyring, T), KeyringFileError> {
    // A link goes on pointing where it does.
    let path = fs::canonicalize(path)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(".next");
    let draft = PathBuf::from(draft);
    // Made before the keyring is read, and by one alone: of two changes at once, neither undoes the other.
    let file = new_file(&draft).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => KeyringFileError::ChangeUnderWay,
        _ => KeyringFileError::Io(error),
    })?;
    let changed = (|| {
        let mut keyring = open(&path)?;
        let told = change(&mut keyring).map_err(KeyringFileError::Change)?;
        keep_owner(&path, &file)?;
        write(file, &keyring)?;
        let written = open(&draft)?;
        fs::rename(&draft, &path)?;
        Ok((written, told))
    })();
    match changed {
        Ok(changed) => {
            sync_folder(&path)?;
            Ok(changed)
        }
        Err(error) => {
            let _ = fs::remove_file(&draft);
            Err(error)
        }
    }
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
    write(new_file(draft)?, &keyring)?;
    Ok(())
}

/// A file that was not there, and that its owner alone may read.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write(mut file: File, keyring: &Keyring) -> io::Result<()> {
    file.write_all(keyring.danger_export().as_bytes())?;
    file.sync_all()
}

/// Makes the new name survive a crash of the machine.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// An operator who may do everything changes the file, and the application still has to read it.
#[cfg(unix)]
fn keep_owner(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let owner = fs::metadata(path)?.uid();
    if file.metadata()?.uid() != owner {
        fchown(file, Some(owner), None)?;
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the twin of the Unix function")]
fn keep_owner(_: &Path, _: &File) -> io::Result<()> {
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
    /// The keyring can't be changed in this way.
    Change(KeyringChangeError),
    /// There is a file that ends in `.next` beside it: the file is being changed by somebody else, or was when a
    /// machine stopped. In the second case remove it; the keyring is as it was.
    ChangeUnderWay,
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
            Self::Change(_) => "the keyring can't be changed in this way",
            Self::ChangeUnderWay => {
                "the keyring file is being changed; if nobody is at it, remove the file beside it that ends in `.next`"
            }
        })
    }
}

impl core::error::Error for KeyringFileError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(source) => Some(source),
            Self::Keyring(source) => Some(source),
            Self::Change(source) => Some(source),
            Self::ReadableByOthers | Self::TooLong | Self::Randomness | Self::ChangeUnderWay => {
                None
            }
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

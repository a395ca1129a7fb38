//! Files that a command writes.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use crate::{console::Console, exit::Failure};

/// Whether a file that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

/// A file that its owner alone may read, also where another one is replaced.
pub(crate) fn create(path: &Path, existing: Existing) -> Result<File, Failure> {
    let opened = match existing {
        Existing::Keep => new(path),
        Existing::Replace => replaced(path),
    };
    opened.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::Io(format!(
            "{}: there is such a file; --force replaces it",
            path.display()
        )),
        _ => Failure::file(path, &error),
    })
}

fn new(path: &Path) -> io::Result<File> {
    private().create_new(true).open(path)
}

fn replaced(path: &Path) -> io::Result<File> {
    // A new one in its place: who has the old one open, or by another name, does not see what is written.
    if fs::symlink_metadata(path).is_ok_and(|it| it.is_file()) {
        fs::remove_file(path)?;
        return new(path);
    }
    // A link leads where its owner wants it, and a device has its rights from others.
    let file = private().create(true).truncate(false).open(path)?;
    if file.metadata()?.is_file() {
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        file.set_len(0)?;
    }
    Ok(file)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes to a new file, or to the output where none is named.
pub(crate) fn write(
    path: Option<&Path>,
    existing: Existing,
    bytes: &[u8],
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let Some(path) = path else {
        return console.write(bytes);
    };
    let mut file = create(path, existing)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| Failure::file(path, &error))
}

//! Files that a command writes.

use std::{
    fs::OpenOptions,
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

/// A new file that its owner alone may read.
pub(crate) fn create(path: &Path, existing: Existing) -> Result<std::fs::File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    match existing {
        Existing::Keep => options.create_new(true),
        Existing::Replace => options.create(true).truncate(true),
    };
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::Io(format!(
            "{}: there is such a file; --force replaces it",
            path.display()
        )),
        _ => Failure::file(path, &error),
    })
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

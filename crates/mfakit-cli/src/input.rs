//! Secrets and other text from standard input, a file, or where it was asked for an argument.

use std::{
    fs::File,
    io::{BufRead, Read},
    path::Path,
};

use zeroize::Zeroizing;

use crate::{console::Console, exit::Failure};

/// One line of standard input, without its end.
pub(crate) fn line(what: &str, console: &mut Console<'_>) -> Result<Zeroizing<String>, Failure> {
    if console.terminals().input {
        console.note(&format!("{what}, which is seen as you type it:"));
    }
    let line = next_line(console.input())?;
    line.ok_or_else(|| Failure::Input(format!("standard input has no {what}")))
}

/// The next line of the input; `None` at its end.
pub(crate) fn next_line(input: &mut dyn BufRead) -> Result<Option<Zeroizing<String>>, Failure> {
    // Reserved whole, so that growing leaves no copy behind.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
    let most = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
    let read = input.take(most).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if read >= MAX_LINE && line.last() != Some(&b'\n') {
        return Err(Failure::Input(format!(
            "a line has at most {MAX_LINE} bytes"
        )));
    }
    text(&line).map(Some)
}

/// The first line of a file; `-` is standard input.
pub(crate) fn from_file(
    path: &Path,
    what: &str,
    console: &mut Console<'_>,
) -> Result<Zeroizing<String>, Failure> {
    if path == Path::new("-") {
        return line(what, console);
    }
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_LINE));
    let most = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
    file.take(most)
        .read_to_end(&mut content)
        .map_err(|error| Failure::file(path, &error))?;
    let first = content.split(|byte| *byte == b'\n').next();
    let first = text(first.unwrap_or_default())?;
    if first.is_empty() || content.len() >= MAX_LINE {
        return Err(Failure::Input(format!(
            "{}: the first line is to hold the {what}",
            path.display()
        )));
    }
    Ok(first)
}

fn text(line: &[u8]) -> Result<Zeroizing<String>, Failure> {
    let text = core::str::from_utf8(line)
        .map_err(|_| Failure::Input("the input is not text in UTF-8".to_owned()))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// More than the longest URI of an export, which is 4,096 bytes.
const MAX_LINE: usize = 16 * 1024;

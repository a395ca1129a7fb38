//! The command line of mfakit, for `python -m mfakit`.

use std::ffi::OsString;

use mfakit_cli::Console;
use pyo3::prelude::*;

/// Runs one command on the streams of the process, and answers its exit code.
#[pyfunction]
#[pyo3(signature = (arguments, /))]
pub(crate) fn command_line(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| mfakit_cli::run(arguments, &mut Console::of_process()).code())
}

//! The command line of mfakit. Everything is in the library, so that other programs can offer it too.
#![forbid(unsafe_code)]

use std::{env, process::ExitCode};

use mfakit_cli::Console;

fn main() -> ExitCode {
    mfakit_cli::run(env::args_os(), &mut Console::of_process()).into()
}

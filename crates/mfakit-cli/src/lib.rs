//! The command line of mfakit, as a library: `mfakit` is this and nothing else.
//!
//! ```
//! use mfakit_cli::{Console, Exit, run};
//!
//! let (mut input, mut output, mut errors) = (&b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n"[..], vec![], vec![]);
//! let mut console = Console::new(&mut input, &mut output, &mut errors);
//! let exit = run(["mfakit", "code", "--digits", "8", "--at", "@59"], &mut console);
//! assert_eq!(exit, Exit::DONE);
//! drop(console);
//! assert_eq!(output, b"94287082\n");
//! ```
//!
//! The guide `docs/guides/command-line.md` says what there is, with examples; `mfakit help` says it too.
//!
//! # What it promises
//! - Secrets come from standard input or a file. From arguments, where other users of the machine see them, only where
//!   `--danger-secret-in-arguments` asks for it.
//! - The output holds a secret only where that is what the command is for: its help says so.
//! - What people wrote, such as labels and reasons, reaches a terminal with its control characters escaped.
//! - With `--json`, each line of the output is one JSON object, with the names that the core calls stable.
//! - Lists are read and written page by page, however long they are.
//! - [`Exit`] says how it ended.
//!
//! # MSRV
//! Rust 1.88.
#![forbid(unsafe_code)]

extern crate alloc;

mod admin;
mod args;
mod console;
mod exit;
mod helpers;
mod input;
mod output;
mod table;
mod text;
mod when;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _, error::ErrorKind};

pub use crate::console::{Console, Terminals};
pub use crate::exit::Exit;

use crate::{
    args::{Cli, Command},
    exit::Failure,
};

/// Runs one command, as `mfakit` does; the first argument is the name of the program.
pub fn run<A: Into<OsString>>(
    args: impl IntoIterator<Item = A>,
    console: &mut Console<'_>,
) -> Exit {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let ended = match Cli::try_parse_from(&args) {
        Ok(cli) => {
            console.set_json(cli.json);
            perform(cli.command, console)
        }
        Err(error) => {
            // Arguments that can't be read still say how to be answered.
            let mut options = args.iter().take_while(|arg| *arg != "--");
            console.set_json(options.any(|arg| arg == "--json"));
            help_or_usage(&error, console)
        }
    };
    // What could not be written was not said, so a command that seems to have worked has not.
    let ended = ended.and_then(|()| console.flush());
    match ended {
        Ok(()) => Exit::DONE,
        Err(failure) => console.fail(&failure),
    }
}

fn perform(command: Command, console: &mut Console<'_>) -> Result<(), Failure> {
    match command {
        Command::Code(args) => helpers::otp::code(&args, console),
        Command::Verify(args) => helpers::otp::verify(&args, console),
        Command::Uri(args) => helpers::uri::uri(&args, console),
        Command::Qr(args) => helpers::qr::qr(&args, console),
        Command::Secret(args) => helpers::uri::secret(&args, console),
        Command::Migrate(args) => helpers::migrate::migrate(&args, console),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "mfakit", &mut script);
            console.write(&script)
        }
        Command::Admin(command) => admin::administer(command, console),
    }
}

/// What clap has to say: help and version are asked for, everything else is a mistake.
fn help_or_usage(error: &clap::Error, console: &mut Console<'_>) -> Result<(), Failure> {
    let text = text::lines(&error.render().to_string());
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => console.write(text.as_bytes()),
        _ => Err(Failure::Usage(text)),
    }
}

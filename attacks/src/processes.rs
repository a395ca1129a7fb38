//! Stores that several processes share, and the second process of a test.
//!
//! A test that needs another process starts this very program again, with only itself to run and a word in the
//! environment that makes it play the other part.

use alloc::sync::Arc;
use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use mfakit::keyring_file;
use mfakit_store::Store;

use crate::{folder::Folder, world::World};

/// A store that every process opens which knows where it is.
pub trait Shared: Sized {
    /// What it is called in the tables of `scripts/soak`.
    const NAME: &'static str;

    /// A new one.
    fn new() -> Self;

    /// Where it is, on one line.
    fn address(&self) -> String;

    /// Opens it, as each process of the organization does.
    fn open(address: &str) -> Arc<dyn Store>;
}

/// A store with a server of its own, which can be killed.
pub trait Served: Shared {
    /// Kills every process of the server at once.
    fn kill(&mut self);

    /// Starts it again, and lets it recover.
    fn start(&mut self);
}

/// A shared store, and the folder that holds the keyring.
pub(crate) struct Site<S> {
    pub(crate) shared: S,
    folder: Folder,
}

impl<S: Shared> Site<S> {
    pub(crate) fn new() -> Self {
        Self {
            shared: S::new(),
            folder: Folder::new(),
        }
    }

    pub(crate) fn part(&self) -> Part {
        Part {
            address: self.shared.address(),
            folder: self.folder.path().to_owned(),
            word: String::new(),
        }
    }
}

/// What a process knows that takes part in a test.
pub(crate) struct Part {
    address: String,
    folder: PathBuf,
    /// What the test tells the other process at its start.
    pub(crate) word: String,
}

impl Part {
    /// That of the other process, if this is the other process.
    pub(crate) fn of_other() -> Option<Self> {
        let part = env::var(PART).ok()?;
        let mut lines = part.lines();
        let mut line = || lines.next().unwrap_or_default().to_owned();
        Some(Self {
            address: line(),
            folder: line().into(),
            word: line(),
        })
    }

    pub(crate) fn store<S: Shared>(&self) -> Arc<dyn Store> {
        S::open(&self.address)
    }

    /// The world on this store, which may exist already.
    pub(crate) fn world(&self, store: &Arc<dyn Store>) -> World {
        let path: &Path = &self.folder.join("keyring");
        let keyring = keyring_file::open_or_create(path).unwrap();
        World::with(Arc::clone(store), keyring)
    }

    /// Starts the other process, which runs the test of this name.
    pub(crate) fn start(&self, test: &str) -> Other {
        self.start_with(test, "")
    }

    /// The same, with a word for it.
    pub(crate) fn start_with(&self, test: &str, word: &str) -> Other {
        // The path of a test begins with its program.
        let (_, test) = test.split_once("::").unwrap();
        let mut child = Command::new(env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(
                PART,
                format!("{}\n{}\n{word}", self.address, self.folder.display()),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Other {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }
}

/// The other process.
pub(crate) struct Other {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Other {
    pub(crate) fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
        input.flush().unwrap();
    }

    /// The next line it says; none if it has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // A line that death has cut says nothing.
            if let Some((_, said)) = line.split_once(MARK)
                && let Some(said) = said.strip_suffix('\n')
            {
                return Some(said.to_owned());
            }
        }
    }

    /// Kills it; gives what it said before.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        core::iter::from_fn(|| self.hear()).collect()
    }

    /// Lets it end, in order.
    pub(crate) fn end(mut self) {
        drop(self.input.take());
        while self.hear().is_some() {}
        assert!(self.child.wait().unwrap().success());
    }
}

/// Says a line to the first process, before this returns.
#[expect(
    clippy::print_stdout,
    reason = "standard output is the line to the first process"
)]
pub(crate) fn say(line: &str) {
    let text = format!("\n{MARK}{line}\n");
    print!("{text}");
    std::io::stdout().flush().unwrap();
}

/// Prints a row of a table that `scripts/soak` shows.
#[expect(clippy::print_stdout, reason = "a soak reads it")]
pub(crate) fn row(cells: &[&str]) {
    println!("\n| {} |", cells.join(" | "));
}

/// How often a test repeats itself: a few times, or as often as `scripts/soak` says.
pub(crate) fn rounds(name: &str, usual: u32) -> u32 {
    env::var(name).map_or(usual, |rounds| rounds.parse().unwrap())
}

/// What makes a process the other one: lines with address, folder and word.
const PART: &str = "MFAKIT_TEST_PART";
/// The test harness writes lines of its own, and may begin one before ours.
const MARK: &str = "said: ";

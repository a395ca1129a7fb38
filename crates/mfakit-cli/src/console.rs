//! Where a command reads and writes.

use std::io::{self, BufRead, IsTerminal as _, Write};

use serde_json::{Value, json};

use crate::{
    exit::{Exit, Failure},
    text,
};

/// The three streams of a command.
#[expect(missing_debug_implementations, reason = "streams have nothing to show")]
pub struct Console<'a> {
    input: Stream<'a, dyn BufRead + 'a>,
    output: Stream<'a, dyn Write + 'a>,
    errors: Stream<'a, dyn Write + 'a>,
    terminals: Terminals,
    json: bool,
}

/// A stream of the caller, or of the process.
enum Stream<'a, T: ?Sized> {
    Theirs(&'a mut T),
    Ours(Box<T>),
}

impl<T: ?Sized> Stream<'_, T> {
    fn get(&mut self) -> &mut T {
        match self {
            Self::Theirs(stream) => stream,
            Self::Ours(stream) => stream,
        }
    }
}

/// Which streams are a terminal, at which a person sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Terminals {
    /// Questions are asked only of a person.
    pub input: bool,
    /// Images are not written to a terminal.
    pub output: bool,
    /// Progress is shown only to a person.
    pub errors: bool,
}

impl<'a> Console<'a> {
    /// Streams of which none is a terminal.
    pub fn new(
        input: &'a mut (dyn BufRead + 'a),
        output: &'a mut (dyn Write + 'a),
        errors: &'a mut (dyn Write + 'a),
    ) -> Self {
        Self {
            input: Stream::Theirs(input),
            output: Stream::Theirs(output),
            errors: Stream::Theirs(errors),
            terminals: Terminals::default(),
            json: false,
        }
    }

    /// The streams of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let terminals = Terminals {
            input: io::stdin().is_terminal(),
            output: io::stdout().is_terminal(),
            errors: io::stderr().is_terminal(),
        };
        Self {
            input: Stream::Ours(Box::new(io::stdin().lock())),
            // Standard output of itself writes each line apart.
            output: Stream::Ours(Box::new(io::BufWriter::new(io::stdout()))),
            errors: Stream::Ours(Box::new(io::stderr())),
            terminals,
            json: false,
        }
    }

    /// The same streams, of which these are a terminal.
    #[must_use]
    pub const fn with_terminals(mut self, terminals: Terminals) -> Self {
        self.terminals = terminals;
        self
    }

    pub(crate) const fn terminals(&self) -> Terminals {
        self.terminals
    }

    pub(crate) const fn json(&self) -> bool {
        self.json
    }

    pub(crate) const fn set_json(&mut self, json: bool) {
        self.json = json;
    }

    pub(crate) fn input(&mut self) -> &mut dyn BufRead {
        self.input.get()
    }

    /// Writes to the output as it is.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.output.get().write_all(bytes)?)
    }

    /// Writes one line of text that was made harmless.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        self.write(line.as_bytes())?;
        self.write(b"\n")
    }

    /// Writes one JSON object in one line.
    pub(crate) fn object(&mut self, value: &Value) -> Result<(), Failure> {
        self.line(&text::json(value))
    }

    /// The one answer of a command: `value` for programs, `sentence` for people.
    pub(crate) fn answer(&mut self, value: &Value, sentence: &str) -> Result<(), Failure> {
        if self.json {
            self.object(value)
        } else {
            self.line(sentence)
        }
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.output.get().flush()?)
    }

    /// Tells people something beside the output; whether it arrives matters to nobody.
    pub(crate) fn note(&mut self, note: &str) {
        let _ = writeln!(self.errors.get(), "mfakit: {note}");
    }

    /// Shows how far it is, to a person.
    pub(crate) fn progress(&mut self, done: u64, all: u64) {
        if !self.terminals.errors {
            return;
        }
        let filled = done.saturating_mul(WIDTH).checked_div(all).unwrap_or(WIDTH);
        let bar: String = (0..WIDTH)
            .map(|place| if place < filled { '#' } else { '.' })
            .collect();
        let end = if done >= all { "\n" } else { "" };
        let _ = write!(self.errors.get(), "\r[{bar}] {done} of {all}{end}");
        let _ = self.errors.get().flush();
    }

    /// Asks the person at the terminal; who is none is told to say it beforehand.
    pub(crate) fn confirm(&mut self, question: &str) -> Result<(), Failure> {
        if !self.terminals.input {
            return Err(Failure::NotConfirmed(
                "not confirmed: say --yes where nobody can be asked",
            ));
        }
        self.flush()?;
        write!(self.errors.get(), "{question} Type `yes`: ")?;
        self.errors.get().flush()?;
        let mut answer = String::new();
        // More than a word is no answer.
        io::Read::take(self.input(), 16).read_line(&mut answer)?;
        if answer.trim() == "yes" {
            return Ok(());
        }
        Err(Failure::NotConfirmed("not confirmed"))
    }

    /// Says why a command is not done.
    pub(crate) fn fail(&mut self, failure: &Failure) -> Exit {
        // What was said before the failure comes before it.
        let _ = self.flush();
        let text = match failure {
            // clap has its own form, made harmless already.
            Failure::Usage(text) if !self.json => text.trim_end().to_owned(),
            _ if self.json => text::json(&json!({
                "error": failure.name(),
                "message": failure.to_string().trim_end(),
            })),
            Failure::No | Failure::Pipe => String::new(),
            _ => format!("mfakit: {}", text::shown(&failure.to_string())),
        };
        let silent = matches!(failure, Failure::No | Failure::Pipe) || text.is_empty();
        if !silent {
            let _ = writeln!(self.errors.get(), "{text}");
        }
        failure.exit()
    }
}

/// Of the bar of a progress, in characters.
const WIDTH: u64 = 30;

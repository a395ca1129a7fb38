//! `portal-install`: the service-install wizard for a shell. Redeems an activation code once and keeps the service's key.
//!
//! ```console
//! $ portal-install --portal http://127.0.0.1:8080 --machine nas --key-file agent.key
//! Activation code: 7K3M9-QXA4C-1VY0Z-B8HDJ-5RTED
//! ```

#![forbid(unsafe_code)]

use core::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use std::{
    ffi::OsString,
    fs::OpenOptions,
    io::{self, BufRead, IsTerminal, Read, Write},
    net::TcpStream,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use lexopt::{Arg, Parser, ValueExt};
use mfakit::ActivationCode;
use portal::REDEEM;
use zeroize::Zeroizing;

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1)) {
        Ok(text) => {
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(problem) => {
            let _ = writeln!(io::stderr(), "portal-install: {problem}");
            problem.exit_code()
        }
    }
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<String, Problem> {
    let Some(options) = Options::read(arguments)? else {
        return Ok(USAGE.to_owned());
    };
    // Before the code is used up: a key that can't be kept would be lost with it.
    let mut file = create(&options.key_file)?;
    let outcome = redeem(&options).and_then(|key| {
        let written = file
            .write_all(key.as_bytes())
            .and_then(|()| file.sync_all());
        written.map_err(|error| Problem::File(options.key_file.clone(), error))
    });
    if let Err(problem) = outcome {
        // Made by this run, and empty.
        let _ = std::fs::remove_file(&options.key_file);
        return Err(problem);
    }
    Ok(format!(
        "Installed. The service's key is in `{}`.\n",
        options.key_file.display()
    ))
}

fn redeem(options: &Options) -> Result<Zeroizing<String>, Problem> {
    let code = ask_for_code()?;
    // What is mistyped is not sent.
    ActivationCode::parse(&code).map_err(|_| Problem::Mistyped)?;
    let mut body = Zeroizing::new(String::with_capacity(512));
    body.push_str("machine=");
    escape(&options.machine, &mut body);
    body.push_str("&activation_code=");
    escape(&code, &mut body);
    let answer = send(options.portal, &body).map_err(Problem::Unreachable)?;
    let (head, text) = answer.split_once("\r\n\r\n").ok_or(Problem::Answer)?;
    match head.split(' ').nth(1) {
        Some("200") if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Zeroizing::new(text.to_owned()))
        }
        Some("403") => Err(Problem::Refused),
        Some("422") => Err(Problem::Machine),
        _ => Err(Problem::Answer),
    }
}

/// One line of standard input; on the command line it would stand in the list of processes and in the shell's history.
fn ask_for_code() -> Result<Zeroizing<String>, Problem> {
    if io::stdin().is_terminal() {
        let _ = io::stderr().write_all(b"Activation code: ");
    }
    let mut line = Zeroizing::new(String::with_capacity(LONGEST_LINE));
    let limit = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
    let read = io::stdin().lock().take(limit).read_line(&mut line);
    read.map_err(|_| Problem::Mistyped)?;
    Ok(Zeroizing::new(line.trim().to_owned()))
}

/// A request of HTTP/1.1 (RFC 9112) and the whole answer.
fn send(portal: SocketAddr, body: &str) -> io::Result<Zeroizing<String>> {
    let mut stream = TcpStream::connect_timeout(&portal, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let head = format!(
        "POST {REDEEM} HTTP/1.1\r\nHost: {portal}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = Zeroizing::new(String::with_capacity(LONGEST_ANSWER));
    let limit = u64::try_from(LONGEST_ANSWER).unwrap_or(u64::MAX);
    stream.take(limit).read_to_string(&mut answer)?;
    Ok(answer)
}

/// Makes the file of the key, for its owner alone. One that is there is left alone: it may be a key in use.
fn create(path: &Path) -> Result<std::fs::File, Problem> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let opened = options.open(path);
    opened.map_err(|error| Problem::File(path.to_owned(), error))
}

fn escape(text: &str, form: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            form.push(char::from(byte));
        } else {
            form.push_str(&format!("%{byte:02X}"));
        }
    }
}

struct Options {
    portal: SocketAddr,
    machine: String,
    key_file: PathBuf,
}

impl Options {
    /// What the command line says; none if it asks for help.
    fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Self>, Problem> {
        let (mut portal, mut machine, mut key_file) = (None, None, None);
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("portal") => portal = Some(parser.value()?.parse_with(address)?),
                Arg::Long("machine") => machine = Some(parser.value()?.string()?),
                Arg::Long("key-file") => key_file = Some(PathBuf::from(parser.value()?)),
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        match (portal, machine, key_file) {
            (Some(portal), Some(machine), Some(key_file)) => Ok(Some(Self {
                portal,
                machine,
                key_file,
            })),
            _ => Err(Problem::Missing),
        }
    }
}

/// The portal on this machine. A code is a secret, and this example speaks no TLS: to anywhere else it sends none.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let place = text.strip_prefix("http://").ok_or(HERE_ONLY)?;
    let place = place.strip_suffix('/').unwrap_or(place);
    let address: SocketAddr = place.parse().map_err(|_| HERE_ONLY)?;
    let is_here = match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_loopback(),
    };
    is_here.then_some(address).ok_or(HERE_ONLY)
}

/// Why nothing was installed.
#[derive(Debug)]
enum Problem {
    Usage(lexopt::Error),
    Missing,
    File(PathBuf, io::Error),
    Mistyped,
    Machine,
    Refused,
    Unreachable(io::Error),
    Answer,
}

impl Problem {
    fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Refused => 1,
            Self::Usage(_) | Self::Missing | Self::Mistyped | Self::Machine => 2,
            Self::File(..) | Self::Unreachable(_) | Self::Answer => 3,
        })
    }
}

impl From<lexopt::Error> for Problem {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(error) => write!(f, "{error}\n\n{USAGE}"),
            Self::Missing => write!(
                f,
                "--portal, --machine and --key-file are all needed\n\n{USAGE}"
            ),
            Self::File(path, error) if error.kind() == io::ErrorKind::AlreadyExists => write!(
                f,
                "`{}` is there already; no code was used. Move it away, or name another file",
                path.display()
            ),
            Self::File(path, error) => write!(f, "`{}`: {error}", path.display()),
            Self::Mistyped => f.write_str(
                "that is no activation code: a character is wrong or missing, or two are swapped. \
                 Nothing was sent, so this did not count",
            ),
            Self::Machine => f.write_str("the name of the machine takes one line of at most 128 bytes"),
            Self::Refused => f.write_str(
                "failed to authenticate: the code was used or replaced, is too old, or is meant for something else. \
                 Each works once; for a reinstall ask an administrator for a new one",
            ),
            Self::Unreachable(error) => write!(
                f,
                "the portal did not answer: {error}. If it breaks off here, the code may be used up: \
                 then ask an administrator for a new one"
            ),
            Self::Answer => f.write_str(
                "the portal answered something else. The code may be used up: then ask an administrator for a new one",
            ),
        }
    }
}

const USAGE: &str = "\
Redeems an activation code, once, and keeps the key that the service gets in return.

Usage: portal-install --portal http://127.0.0.1:8080 --machine NAME --key-file FILE

  --portal URL     the portal on this machine
  --machine NAME   by which the audit list names the machine
  --key-file FILE  where the key goes; must not be there yet
  -h, --help       print this

The activation code is read from standard input.
It exits with 0 when the service is installed, 1 when the code was refused, 2 when something was mistyped,
and 3 when the portal or the file could not be used.
";
const HERE_ONLY: &str = "it takes the portal on this machine, such as `http://127.0.0.1:8080`";
const LONGEST_LINE: usize = 256;
const LONGEST_ANSWER: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(20);

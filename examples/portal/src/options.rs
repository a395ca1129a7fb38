//! The command line. Read with `lexopt`: one file without dependencies, and kept up; `pico-args` is as small and rests.

use core::{fmt, net::SocketAddr};
use std::{ffi::OsString, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt};
use mfakit_connect::StoreUrl;

use crate::site::Origin;

/// What the command line asks for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Options {
    /// Serve the portal.
    #[non_exhaustive]
    Serve {
        /// Where everything is kept.
        data: PathBuf,
        /// Where the engine keeps what it knows, if not in a SQLite file of the folder.
        store: Option<StoreUrl>,
        /// Where to listen; port 0 takes a free one.
        listen: SocketAddr,
        /// The public address, where a proxy serves it.
        origin: Option<Origin>,
    },
    /// Explain the options.
    Help,
}

impl Options {
    /// Reads the arguments that follow the program's name.
    ///
    /// # Errors
    /// [`OptionsError`], for a person to read.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, OptionsError> {
        let mut data = PathBuf::from("portal-data");
        let mut store = None;
        let mut listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let mut origin = None;
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("data") => data = parser.value()?.into(),
                Arg::Long("store") => {
                    store = Some(parser.value()?.parse_with(StoreUrl::parse)?);
                }
                Arg::Long("listen") => listen = parser.value()?.parse()?,
                Arg::Long("origin") => {
                    origin = Some(parser.value()?.parse_with(Origin::parse)?);
                }
                Arg::Short('h') | Arg::Long("help") => return Ok(Self::Help),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(Self::Serve {
            data,
            store,
            listen,
            origin,
        })
    }
}

/// The command line made no sense.
#[derive(Debug)]
pub struct OptionsError(lexopt::Error);

impl From<lexopt::Error> for OptionsError {
    fn from(error: lexopt::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for OptionsError {}

/// What `--help` prints.
pub const USAGE: &str = "\
A web portal with passwords and a second factor.

Usage: portal [--data DIR] [--store URL] [--listen ADDRESS] [--origin URL]

  --data DIR        where everything is kept; made if it is not there (default: ./portal-data)
  --store URL       where second factors are kept: sqlite:PATH, postgres://..., rediss://...
                    (default: a SQLite file in the folder)
  --listen ADDRESS  address and port (default: 127.0.0.1:8080); port 0 takes a free one
  --origin URL      the public address, if a proxy in front serves the portal; with https,
                    cookies are marked Secure
  -h, --help        print this
";

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, path::Path};

    use super::Options;

    fn read(arguments: &[&str]) -> Result<Options, String> {
        Options::read(arguments.iter().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn without_options_the_defaults_hold() {
        let Options::Serve {
            data,
            store,
            listen,
            origin,
        } = read(&[]).unwrap()
        else {
            panic!("help was not asked for");
        };
        assert_eq!(data, Path::new("portal-data"));
        assert_eq!(listen.to_string(), "127.0.0.1:8080");
        assert_eq!(origin, None);
        assert!(store.is_none());
    }

    #[test]
    fn options_are_read() {
        let read_all = read(&[
            "--data=d",
            "--listen",
            "[::1]:0",
            "--origin",
            "https://p.example",
            "--store=postgres://db/portal",
        ]);
        let Options::Serve {
            data,
            store,
            listen,
            origin,
        } = read_all.unwrap()
        else {
            panic!("help was not asked for");
        };
        assert_eq!(data, Path::new("d"));
        assert_eq!(listen.to_string(), "[::1]:0");
        assert!(origin.is_some());
        assert!(store.is_some());
        assert!(matches!(read(&["-h"]), Ok(Options::Help)));
    }

    #[test]
    fn mistakes_are_named() {
        for (arguments, message) in [
            (vec!["--port", "1"], "invalid option '--port'"),
            (vec!["--data"], "missing argument for option '--data'"),
            (vec!["extra"], "unexpected argument \"extra\""),
        ] {
            assert_eq!(read(&arguments).unwrap_err(), message);
        }
        assert!(read(&["--listen", "8080"]).is_err());
        assert!(read(&["--origin", "p.example"]).is_err());
        assert!(read(&["--store", "mysql://db/portal"]).is_err());
    }
}

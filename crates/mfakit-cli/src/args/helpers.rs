//! Arguments of the commands that need no store.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use mfakit::{Algorithm, UnixTime};

use crate::when;

/// Where a secret comes from, and what it is for.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Read the secret or URI from the first line of this file; without it, from standard input.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "danger_secret_in_arguments"
    )]
    pub(crate) secret_file: Option<PathBuf>,

    /// The secret or URI itself. Other users of this machine see arguments, and shells keep them.
    #[arg(long, value_name = "SECRET")]
    pub(crate) danger_secret_in_arguments: Option<String>,

    #[command(flatten)]
    pub(crate) parameters: ParameterArgs,
}

/// What a secret alone does not say. A URI says it itself.
#[derive(Debug, Args)]
pub(crate) struct ParameterArgs {
    /// The hash: sha1, sha256 or sha512 [default: sha1].
    #[arg(long, value_parser = algorithm)]
    pub(crate) algorithm: Option<Algorithm>,

    /// Digits of a code: 6 to 8 [default: 6].
    #[arg(long)]
    pub(crate) digits: Option<u8>,

    /// Seconds for which a code is good [default: 30].
    #[arg(long, value_name = "SECONDS", conflicts_with = "counter")]
    pub(crate) period: Option<u16>,

    /// The counter of a code that goes by count (HOTP), not by time.
    #[arg(long)]
    pub(crate) counter: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct CodeArgs {
    #[command(flatten)]
    pub(crate) key: KeyArgs,

    /// The time to go by: `2027-01-31T12:00:00Z`, or `@` and seconds since 1970 [default: now].
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    pub(crate) at: Option<UnixTime>,
}

/// The code is the next line of standard input, behind that of the secret where both come from there.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) key: KeyArgs,

    /// The code itself, which other users of this machine see.
    #[arg(long, value_name = "CODE")]
    pub(crate) danger_code_in_arguments: Option<String>,

    /// The time to go by [default: now].
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    pub(crate) at: Option<UnixTime>,

    /// Time steps before and after the current one that are looked at, or counters ahead [default: 1, or 10 ahead].
    #[arg(long, value_name = "STEPS")]
    pub(crate) window: Option<u8>,

    /// The time step of the last accepted code: that one and those before are replays.
    #[arg(long, value_name = "STEP", conflicts_with = "counter")]
    pub(crate) last_step: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UriCommand {
    /// Say what a URI holds, and what in it is not as the format has it.
    Parse {
        /// Read the URI from the first line of this file; without it, from standard input.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,

        /// Print the secret too.
        #[arg(long)]
        show_secret: bool,
    },
    /// Make a URI of a secret (the output holds the secret).
    Build(UriBuildArgs),
}

#[derive(Debug, Args)]
pub(crate) struct UriBuildArgs {
    /// The name of the site.
    #[arg(long)]
    pub(crate) issuer: String,

    /// The name of the person at the site.
    #[arg(long)]
    pub(crate) account: String,

    /// Make a new secret, and read none.
    #[arg(long, conflicts_with_all = ["secret_file", "danger_secret_in_arguments"])]
    pub(crate) new_secret: bool,

    #[command(flatten)]
    pub(crate) key: KeyArgs,
}

#[derive(Debug, Args)]
pub(crate) struct QrArgs {
    /// Read the text from the first line of this file; without it, from standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// How to draw it.
    #[arg(long, value_enum, default_value = "terminal")]
    pub(crate) format: QrFormat,

    /// How much of it may be damaged.
    #[arg(long, value_enum, default_value = "medium")]
    pub(crate) level: QrLevel,

    /// Pixels of a module's side, in PNG.
    #[arg(long, default_value_t = 8)]
    pub(crate) pixels: u8,
}

/// Where a command writes what it makes.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Write to this new file, which its owner alone may read.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Replace the file if it is there.
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum QrFormat {
    Terminal,
    Svg,
    Png,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum QrLevel {
    Low,
    Medium,
    Quartile,
    High,
}

#[derive(Debug, Args)]
pub(crate) struct SecretCommand {
    #[command(flatten)]
    pub(crate) secret: SecretArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SecretArgs {
    /// The hash it is for, which says how long it is.
    #[arg(long, value_parser = algorithm, default_value = "sha1")]
    pub(crate) algorithm: Algorithm,
}

/// Each line of the input is the text of one QR code, `otpauth-migration://...`.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Read from this file; without it, from standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    let named = |it: &Algorithm| it.key_uri_name().eq_ignore_ascii_case(text);
    let found = Algorithm::ALL.into_iter().find(named);
    found.ok_or_else(|| "the hashes are sha1, sha256 and sha512".to_owned())
}

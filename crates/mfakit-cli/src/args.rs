//! What can be typed.

mod admin;
mod helpers;

use clap::{Parser, Subcommand};

pub(crate) use self::admin::{
    Account, ActivationCommand, AdminCommand, AuditCommand, AuditFormat, By, DevicesCommand,
    KeysCommand, LifetimeArgs, ListArgs, Place, PolicyCommand, PruneArgs, RotateArgs, ShowArgs,
    StoreArgs, StoreCommand, SubjectArgs, TenantArgs, TenantCommand, requirement,
};
pub(crate) use self::helpers::{
    CodeArgs, KeyArgs, MigrateArgs, ParameterArgs, QrArgs, QrFormat, QrLevel, SecretCommand,
    UriBuildArgs, UriCommand, VerifyArgs,
};

/// Second factors at hand: codes and key URIs, and the administration of any store of mfakit.
#[derive(Debug, Parser)]
#[command(name = "mfakit", version, propagate_version = true, after_help = EXITS)]
pub(crate) struct Cli {
    /// Answer in JSON: one object in each line.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the one-time password of a secret or URI (the output is a secret for as long as it is good).
    Code(CodeArgs),
    /// Check a one-time password against a secret or URI.
    Verify(VerifyArgs),
    /// Read and write `otpauth://` URIs.
    #[command(subcommand)]
    Uri(UriCommand),
    /// Draw a URI as a QR code (the output holds the secret).
    Qr(QrArgs),
    /// Print a new shared secret (the output is the secret).
    Secret(SecretCommand),
    /// Turn an export of Google Authenticator into `otpauth://` URIs (the output holds the secrets).
    Migrate(MigrateArgs),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    #[command(flatten)]
    Admin(AdminCommand),
}

const EXITS: &str = "\
Exit codes:
  0    done, or yes
  1    no: a wrong code, nothing to do, an audit trail that is not whole
  2    the command or what was given to it is not valid
  3    not confirmed
  4    the store or the keyring did not open
  5    no answer from the store; look before you repeat what changes something
  6    a file, the input or the output could not be read or written
  141  nobody reads the output any more";

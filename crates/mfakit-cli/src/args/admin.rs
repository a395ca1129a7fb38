//! Arguments of the commands that work on a store.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use mfakit::{AccountState, KeyId, Profile, Requirement, UnixTime};

use crate::{args::helpers::OutputArgs, when};

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The URL of the store: `sqlite:PATH`, `postgres://...`, `rediss://...`. One with a password belongs into the
    /// environment or a file, since other users of this machine see arguments.
    #[arg(long, value_name = "URL", env = "MFAKIT_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,

    /// Read the URL of the store from the first line of this file.
    #[arg(long, value_name = "FILE", env = "MFAKIT_STORE_FILE")]
    pub(crate) store_file: Option<PathBuf>,

    /// Take a password in --store.
    #[arg(long)]
    pub(crate) danger_secret_in_arguments: bool,
}

/// Which keyring.
#[derive(Debug, Args)]
pub(crate) struct KeyringArgs {
    /// The file of the keyring.
    #[arg(long = "keyring", value_name = "FILE", env = "MFAKIT_KEYRING")]
    pub(crate) path: PathBuf,
}

/// Which store, opened by which keyring.
#[derive(Debug, Args)]
pub(crate) struct Place {
    #[command(flatten)]
    pub(crate) store: StoreArgs,

    #[command(flatten)]
    pub(crate) keyring: KeyringArgs,
}

/// Which tenant of which store.
#[derive(Debug, Args)]
pub(crate) struct TenantArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// The tenant.
    #[arg(long, value_name = "NAME", env = "MFAKIT_TENANT")]
    pub(crate) tenant: String,
}

/// Who acts and why, which the audit trail keeps.
#[derive(Debug, Args)]
pub(crate) struct By {
    /// Who acts.
    #[arg(long, value_name = "NAME", env = "MFAKIT_ACTOR")]
    pub(crate) actor: String,

    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,

    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// An account, and who acts on it.
#[derive(Debug, Args)]
pub(crate) struct Account {
    /// The id of the account: a text, or `hex:` and bytes in hexadecimal.
    pub(crate) account: String,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Create and list tenants.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Read and change what a tenant demands.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Say everything of some accounts but their secrets.
    Status {
        /// The ids of the accounts.
        #[arg(required = true)]
        accounts: Vec<String>,
        #[command(flatten)]
        tenant: TenantArgs,
    },
    /// List accounts, all or those in one state.
    List(ListArgs),
    /// Remove all factors of an account, so that its person sets up anew.
    Reset(Account),
    /// Remove everything about a person, as when they leave.
    Erase(Account),
    /// Lift the lock of an account.
    Unlock {
        #[command(flatten)]
        account: Account,
        /// You made sure who asks, as carefully as when the factor was set up: failures are cleared. Without it, they
        /// still count, and a hard lock takes the factors along.
        #[arg(long, conflicts_with = "password")]
        identity_verified: bool,
        /// Lift the lock of the password, not that of the second factor.
        #[arg(long)]
        password: bool,
    },
    /// Waive the second factor for an account.
    Exempt {
        #[command(flatten)]
        account: Account,
        /// When it ends: `2027-01-31` or `2027-01-31T12:00:00Z`. Without it, never, where the policy allows that.
        #[arg(long, value_name = "TIME", value_parser = when::parse)]
        until: Option<UnixTime>,
    },
    /// End an exemption.
    EndExemption(Account),
    /// Require a second factor of an account, whatever the policy leaves open.
    Require(Account),
    /// End such a requirement.
    EndRequirement(Account),
    /// List and revoke remembered devices.
    #[command(subcommand)]
    Devices(DevicesCommand),
    /// Activation codes for the installation of services.
    #[command(subcommand)]
    Activation(ActivationCommand),
    /// Read, check, export and prune the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The keyring and the rotation of its keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Make, migrate and check the store itself.
    #[command(subcommand)]
    Store(StoreCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Create a tenant with its first policy.
    Create {
        /// Its name.
        name: String,
        /// The name of the site, as authenticator apps show it.
        #[arg(long)]
        issuer: String,
        /// The profile its policy starts from.
        #[arg(long, value_parser = profile, default_value = "default")]
        profile: Profile,
        /// Whether a second factor is needed.
        #[arg(long, value_parser = requirement, default_value = "required")]
        requirement: Requirement,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        by: By,
    },
    /// List the tenants.
    List {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show every setting with its default and its range.
    Show {
        #[command(flatten)]
        tenant: TenantArgs,
    },
    /// Change settings.
    Set {
        /// `NAME=VALUE` of a setting, `requirement=off|optional|required`, or `issuer=TEXT`.
        #[arg(required = true, value_name = "NAME=VALUE")]
        changes: Vec<String>,
        #[command(flatten)]
        tenant: TenantArgs,
        #[command(flatten)]
        by: By,
    },
    /// Start anew from a profile; requirement and issuer stay.
    Profile {
        /// default, nist-aal2, asvs-strict or pci.
        #[arg(value_parser = profile)]
        profile: Profile,
        #[command(flatten)]
        tenant: TenantArgs,
        #[command(flatten)]
        by: By,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only accounts in this state, such as locked, not_set_up or few_backup_codes.
    #[arg(long, value_parser = state)]
    pub(crate) state: Option<AccountState>,

    /// Count the accounts in every state, in one pass.
    #[arg(long, conflicts_with_all = ["state", "password_locks"])]
    pub(crate) count: bool,

    /// List whose password is not looked at for a time.
    #[arg(long, conflicts_with = "state")]
    pub(crate) password_locks: bool,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevicesCommand {
    /// List the remembered devices of an account.
    List {
        /// The id of the account.
        account: String,
        #[command(flatten)]
        tenant: TenantArgs,
    },
    /// Revoke one, or all.
    #[command(group = ArgGroup::new("which").required(true).args(["device", "all"]))]
    Revoke {
        #[command(flatten)]
        account: Account,
        /// The id of the device.
        #[arg(long, value_name = "ID")]
        device: Option<String>,
        /// Every device of the account.
        #[arg(long)]
        all: bool,
    },
}

/// How long an activation code lives.
#[derive(Debug, Args)]
pub(crate) struct LifetimeArgs {
    /// policy, binding, text, mail, post (as long as NIST SP 800-63B-4 allows for that way), or seconds.
    #[arg(long, default_value = "policy")]
    pub(crate) lifetime: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ActivationCommand {
    /// Issue a code (the output is the code, this once).
    Issue {
        /// What it installs.
        #[arg(long)]
        purpose: String,
        #[command(flatten)]
        lifetime: LifetimeArgs,
        #[command(flatten)]
        tenant: TenantArgs,
        #[command(flatten)]
        by: By,
    },
    /// Issue a new code for an installation; the old one is void (the output is the code, this once).
    Reissue {
        /// The handle of the installation.
        handle: String,
        #[command(flatten)]
        lifetime: LifetimeArgs,
        #[command(flatten)]
        tenant: TenantArgs,
        #[command(flatten)]
        by: By,
    },
    /// Make a code void.
    Revoke {
        /// The handle of the installation.
        handle: String,
        #[command(flatten)]
        tenant: TenantArgs,
        #[command(flatten)]
        by: By,
    },
    /// List the codes, without what it takes to redeem them.
    List {
        #[command(flatten)]
        tenant: TenantArgs,
    },
    /// Redeem a code, which is a line of standard input.
    Redeem {
        /// What is being installed.
        #[arg(long)]
        purpose: String,
        /// Who redeems it, as the audit trail names the machine.
        #[arg(long, value_name = "NAME")]
        redeemer: String,
        #[command(flatten)]
        tenant: TenantArgs,
    },
}

/// What a trail is of.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("subject").required(true))]
pub(crate) struct SubjectArgs {
    /// The second factor of this account.
    #[arg(long, group = "subject", value_name = "ID")]
    pub(crate) account: Option<String>,

    /// The password attempts of this account.
    #[arg(long, group = "subject", value_name = "ID")]
    pub(crate) passwords: Option<String>,

    /// The policy.
    #[arg(long, group = "subject")]
    pub(crate) policy: bool,

    /// The activation code of this installation.
    #[arg(long, group = "subject", value_name = "HANDLE")]
    pub(crate) activation: Option<String>,

    /// The policy, every account that is listed with its passwords, and every activation code.
    #[arg(long, group = "subject")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// How many entries at most, from the newest on.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: u64,

    /// Only what happened to this account; everything is read for it.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,

    /// Only events of this name, such as reset.
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<String>,

    /// Go on with what happens from now on, until interrupted; shows nothing older.
    #[arg(long, conflicts_with = "limit")]
    pub(crate) follow: bool,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PruneArgs {
    /// Events from before this time go, at least 31 days ago.
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    pub(crate) before: UnixTime,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AuditFormat {
    /// RFC 4180, with texts that a spreadsheet would run made harmless.
    Csv,
    /// One object in each line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Show the newest entries, or follow what happens.
    Show(ShowArgs),
    /// Check that no event is missing, altered or added.
    Verify {
        #[command(flatten)]
        subject: SubjectArgs,
        #[command(flatten)]
        tenant: TenantArgs,
    },
    /// Write the whole trail, oldest first.
    Export {
        /// The form.
        #[arg(long, value_enum)]
        format: AuditFormat,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        tenant: TenantArgs,
    },
    /// Let old events go; the trail still checks.
    Prune(PruneArgs),
}

/// Which tenants a rotation goes over.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("tenants").required(true).args(["tenant", "all_tenants"]))]
pub(crate) struct RotateArgs {
    /// The tenant.
    #[arg(long, value_name = "NAME", env = "MFAKIT_TENANT")]
    pub(crate) tenant: Option<String>,

    /// Every tenant of the store.
    #[arg(long)]
    pub(crate) all_tenants: bool,

    #[command(flatten)]
    pub(crate) place: Place,

    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a keyring, in a new file that its owner alone may read.
    New {
        #[command(flatten)]
        keyring: KeyringArgs,
    },
    /// Add a fresh key, which opens and does not seal yet.
    Add {
        #[command(flatten)]
        keyring: KeyringArgs,
    },
    /// Make a key the one that seals, once every machine has it.
    Activate {
        /// The number of the key.
        #[arg(value_parser = key)]
        key: KeyId,
        #[command(flatten)]
        keyring: KeyringArgs,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Seal everything anew that another key than the active one sealed.
    Rotate(RotateArgs),
    /// Take a key out that nothing needs any more.
    Retire {
        /// The number of the key.
        #[arg(value_parser = key)]
        key: KeyId,
        /// When the last machine stopped to seal with it.
        #[arg(long, value_name = "TIME", value_parser = when::parse)]
        replaced: UnixTime,
        #[command(flatten)]
        place: Place,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Say how many documents each key has sealed.
    Status {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Make what is missing, file or schema, and apply the migrations that are missing.
    Migrate {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Ask whether the store opens and keeps what it has to.
    Check {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Print the migrations, for those who apply them with tools of their own.
    Sql {
        #[command(flatten)]
        store: StoreArgs,
    },
}

fn profile(text: &str) -> Result<Profile, String> {
    let found = Profile::ALL.iter().find(|it| it.name() == text);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = Profile::ALL.iter().map(|it| it.name()).collect();
        format!("the profiles are {}", names.join(", "))
    })
}

pub(crate) fn requirement(text: &str) -> Result<Requirement, String> {
    [
        Requirement::Off,
        Requirement::Optional,
        Requirement::Required,
    ]
    .into_iter()
    .find(|it| it.name() == text)
    .ok_or_else(|| "a requirement is off, optional or required".to_owned())
}

fn state(text: &str) -> Result<AccountState, String> {
    let found = AccountState::ALL.iter().find(|it| it.name() == text);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = AccountState::ALL.iter().map(|it| it.name()).collect();
        format!("the states are {}", names.join(", "))
    })
}

fn key(text: &str) -> Result<KeyId, String> {
    text.parse()
        .map(KeyId::new)
        .map_err(|_| "a key has a number, as `mfakit keys status` shows it".to_owned())
}

//! What JavaScript asks for: an operation with its arguments, as `lib/tenant.cts` and `lib/engine.cts` write them.

use mfakit::{Administrator, Presented};
use serde::Deserialize;

use crate::{
    failure::Failure,
    text::{Big, Bytes, Text},
};

/// A ticket or an assertion as it came back, and the session it came from.
#[derive(Debug, Deserialize)]
pub(crate) struct Token {
    token: Text,
    #[serde(default)]
    binding: Option<Bytes>,
}

impl Token {
    pub(crate) fn presented(&self) -> Presented<'_> {
        let presented = Presented::new(self.token.as_str());
        match &self.binding {
            Some(binding) => presented.bound_to(binding.as_slice()),
            None => presented,
        }
    }
}

/// Who acts on somebody else's factor, and why.
#[derive(Debug, Deserialize)]
pub(crate) struct By {
    actor: String,
    reason: String,
}

impl By {
    pub(crate) fn read(&self) -> Result<Administrator, Failure> {
        Ok(Administrator::new(&self.actor, &self.reason)?)
    }
}

/// A first factor that is not a password.
#[derive(Debug, Deserialize)]
pub(crate) struct External {
    pub(crate) account: Bytes,
    pub(crate) means: Option<String>,
}

/// Whose events are meant.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Subject {
    Account(Bytes),
    Passwords(Bytes),
    Activation(String),
    Policy,
}

/// A hardware token's parameters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenParameters {
    pub(crate) kind: String,
    pub(crate) algorithm: String,
    pub(crate) digits: u32,
    pub(crate) period: Option<u32>,
    pub(crate) next_counter: Option<Big>,
}

/// A call of a tenant by a person, or by the host for one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Request {
    Policy {},
    BeginPassword {
        account: Bytes,
    },
    BeginDecoy {},
    SignIn {
        attempt: Option<u32>,
        external: Option<External>,
        device: Option<Text>,
        binding: Option<Bytes>,
        #[serde(default)]
        demand_factor: bool,
        not_older_than: Option<Big>,
    },
    BeginSetup {
        session: Token,
        account_name: String,
        label: String,
    },
    ConfirmSetup {
        session: Token,
        typed: Text,
    },
    Verify {
        session: Token,
        typed: Text,
        remember: Option<String>,
    },
    Resynchronize {
        session: Token,
        first: Text,
        second: Text,
    },
    RevokeDevices {
        session: Token,
        device: Option<String>,
    },
    Defer {
        session: Token,
    },
    CheckAssertion {
        session: Token,
        demand: Option<String>,
    },
    AcknowledgeBackupCodes {
        session: Token,
    },
    StepUp {
        session: Token,
    },
    RegenerateBackupCodes {
        session: Token,
    },
    RenameAuthenticator {
        session: Token,
        authenticator: String,
        label: String,
    },
    RemoveAuthenticator {
        session: Token,
        authenticator: String,
    },
    Disable {
        session: Token,
    },
    PasswordChanged {
        account: Bytes,
        session: Option<Token>,
    },
    SettleSignIns {
        account: Bytes,
    },
    RedeemActivation {
        typed: Text,
        purpose: String,
        redeemer: String,
    },
    Admin(Box<AdminRequest>),
}

/// A call of a tenant by an administrator.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum AdminRequest {
    SetPolicy {
        policy: u32,
        by: By,
    },
    Reset {
        account: Bytes,
        by: By,
    },
    Erase {
        account: Bytes,
        by: By,
    },
    Unlock {
        account: Bytes,
        identity_verified: bool,
        by: By,
    },
    UnlockPassword {
        account: Bytes,
        by: By,
    },
    BindToken {
        account: Bytes,
        token: TokenParameters,
        label: String,
        by: By,
    },
    Exempt {
        account: Bytes,
        until: Option<i64>,
        by: By,
    },
    EndExemption {
        account: Bytes,
        by: By,
    },
    Require {
        account: Bytes,
        by: By,
    },
    EndRequirement {
        account: Bytes,
        by: By,
    },
    RevokeDevicesOf {
        account: Bytes,
        device: Option<String>,
        by: By,
    },
    RepairClock {
        account: Option<Bytes>,
        by: By,
    },
    ResynchronizeOf {
        account: Bytes,
        first: Text,
        second: Text,
        by: By,
    },
    Status {
        accounts: Vec<Bytes>,
    },
    Accounts {
        limit: u32,
        state: Option<String>,
        after: Option<Bytes>,
    },
    CountAccounts {},
    PasswordLocks {
        limit: u32,
        after: Option<Bytes>,
    },
    Events {
        order: String,
        after: Option<Big>,
        limit: u32,
    },
    VerifyAudit {
        subject: Subject,
    },
    PruneEvents {
        before: i64,
        subject: Option<Subject>,
        by: By,
    },
    RotateKeys {
        limit: u32,
        after: Option<u32>,
        by: By,
    },
    KeyUsage {},
    IssueActivation {
        purpose: String,
        lifetime: Option<u32>,
        by: By,
    },
    ReissueActivation {
        handle: String,
        lifetime: Option<u32>,
        by: By,
    },
    RevokeActivation {
        handle: String,
        by: By,
    },
    RepairActivationClock {
        handle: String,
        by: By,
    },
    ActivationStatus {
        handles: Vec<String>,
    },
    Activations {
        limit: u32,
        after: Option<String>,
    },
}

/// A call of the engine, or before there is one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum EngineRequest {
    Open {
        /// The URL; none if `script` names a store written in JavaScript.
        store: Option<Text>,
        script: Option<u32>,
        /// Whether the store is made, or brought up to date, if it is not there.
        #[serde(default)]
        migrate: bool,
        keyring: u32,
        clock: Option<u32>,
        /// The number by which the observer is told of; none if there is no observer.
        observer: Option<u32>,
    },
    CreateTenant {
        engine: u32,
        tenant: String,
        policy: u32,
        by: By,
    },
    Tenants {
        engine: u32,
        after: Option<String>,
        limit: u32,
    },
    KeyUsage {
        engine: u32,
    },
    ReplaceKeyring {
        engine: u32,
        keyring: u32,
    },
    KeyringFile {
        path: String,
        act: FileAct,
    },
}

/// What to do with the file of a keyring.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FileAct {
    Open {},
    OpenOrCreate {},
    Add {},
    Activate(u32),
    Retire(u32),
}

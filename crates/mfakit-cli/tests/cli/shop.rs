//! The program, a folder of its own, and a store with people in it.

use core::sync::atomic::{AtomicU32, Ordering};
use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use mfakit::{
    AccountId, AccountName, Allowed, Confirmation, Decision, Engine, FirstFactor, Label, Presented,
    SetupStart, SignIn, Verification, blocking,
};
use mfakit_connect::{ConnectOptions, StoreUrl};
use mfakit_core::{OtpAuthUri, UnixTime};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::server::shared_postgres;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_mfakit");

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The output of a command that is done.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!((self.code, &*self.err), (0, ""), "{self:?}");
        self.out
    }

    /// The one object of a command that is done.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let out = self.done();
        assert_eq!(out.lines().count(), 1, "{out}");
        serde_json::from_str(&out).unwrap()
    }

    /// The objects of a command that is done.
    #[track_caller]
    pub(crate) fn lines(self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap();
        self.done().lines().map(read).collect()
    }

    /// The error of a command that ended with this code and said nothing else.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!((self.code, &*self.out), (code, ""), "{self:?}");
        self.err
    }

    /// The answer of a command whose answer is no.
    #[track_caller]
    pub(crate) fn no(self) -> String {
        assert_eq!((self.code, &*self.err), (1, ""), "{self:?}");
        self.out
    }
}

/// Runs the program without an environment that would say anything.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(args).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("MFAKIT_") {
            command.env_remove(name);
        }
    }
    command
}

pub(crate) fn mfakit(args: &[&str]) -> Ran {
    Ran::of(command(args).output().unwrap())
}

/// Runs a command with this on its standard input.
pub(crate) fn fed(command: &mut Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Ran::of(child.wait_with_output().unwrap())
}

/// Runs the program with this on its standard input.
pub(crate) fn mfakit_fed(args: &[&str], input: &str) -> Ran {
    fed(&mut command(args), input)
}

/// A folder that goes with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("mfakit-cli-{}-{number}", std::process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The tenant `acme` in a store of its own, administered by the program.
pub(crate) struct Shop {
    pub(crate) folder: Folder,
    pub(crate) url: String,
    pub(crate) keyring: String,
}

impl Shop {
    pub(crate) fn sqlite() -> Self {
        let folder = Folder::new();
        let url = format!("sqlite:{}", folder.path().join("mfa.db").display());
        Self::at(folder, url)
    }

    /// In a schema of its own, on the server that the tests share.
    pub(crate) fn postgres() -> Self {
        let folder = Folder::new();
        let schema = folder.path().file_name().unwrap().to_str().unwrap();
        let schema = schema.replace('-', "_");
        let drop = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
        runtime().block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&shared_postgres(), tokio_postgres::NoTls)
                    .await
                    .unwrap();
            tokio::spawn(connection);
            client.batch_execute(&drop).await.unwrap();
        });
        let parameters = shared_postgres().replace(' ', "&");
        Self::at(folder, format!("postgres:///?{parameters}&schema={schema}"))
    }

    fn at(folder: Folder, url: String) -> Self {
        let keyring = folder.path().join("keyring").to_str().unwrap().to_owned();
        let shop = Self {
            folder,
            url,
            keyring,
        };
        shop.run(&["keys", "new"]).done();
        shop.run(&["store", "migrate"]).done();
        let create = [
            "tenant", "create", "acme", "--issuer", "Acme", "--reason", "start",
        ];
        shop.run(&create).done();
        shop
    }

    /// The program, with an environment that says where the store is and who acts.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command
            .env("MFAKIT_STORE", &self.url)
            .env("MFAKIT_KEYRING", &self.keyring)
            .env("MFAKIT_TENANT", "acme")
            .env("MFAKIT_ACTOR", "root");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    pub(crate) fn fed(&self, args: &[&str], input: &str) -> Ran {
        fed(&mut self.command(args), input)
    }

    /// Runs a command that changes something, and says yes.
    pub(crate) fn act(&self, args: &[&str]) -> Ran {
        let mut args = args.to_vec();
        args.extend(["--reason", "as asked", "--yes"]);
        self.run(&args)
    }

    /// The engine that the application would have, as long as the runtime is there.
    pub(crate) fn application(&self) -> (Runtime, blocking::Tenant) {
        let runtime = runtime();
        let url = StoreUrl::parse(&self.url).unwrap();
        let store = runtime.block_on(ConnectOptions::new().open(&url)).unwrap();
        let keyring = mfakit::keyring_file::open(&self.keyring).unwrap();
        let engine = blocking::Engine::from(Engine::builder(store, keyring).build());
        let tenant = engine.tenant("acme").unwrap();
        (runtime, tenant)
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

fn now() -> UnixTime {
    use mfakit::Clock as _;
    mfakit::SystemClock::default().now()
}

pub(crate) fn sign_in(tenant: &blocking::Tenant, account: &AccountId) -> Decision {
    let first = FirstFactor::external(account.clone());
    tenant.sign_in(first, SignIn::new()).unwrap()
}

/// Sets up an authenticator, and gives what its app was shown.
pub(crate) fn set_up(tenant: &blocking::Tenant, account: &str, label: &str) -> OtpAuthUri {
    let id = AccountId::new(account).unwrap();
    let ticket = match sign_in(tenant, &id) {
        Decision::Setup(setup) => setup.ticket.as_str().to_owned(),
        Decision::Allow(Allowed { assertion, .. }) => assertion.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    let name = AccountName::new(account).unwrap();
    let label = Label::new(label).unwrap();
    let SetupStart::Pending(pending) = tenant
        .begin_setup(Presented::new(&ticket), &name, &label)
        .unwrap()
    else {
        panic!("no setup");
    };
    let code = pending.uri.to_totp().unwrap().generate(now()).unwrap();
    let confirmed = tenant
        .confirm_setup(Presented::new(&ticket), &code.expose())
        .unwrap();
    assert!(matches!(confirmed, Confirmation::Confirmed(_)));
    pending.uri
}

/// Types wrong codes until the account is locked.
pub(crate) fn lock(tenant: &blocking::Tenant, account: &str) {
    let id = AccountId::new(account).unwrap();
    for _ in 0..20 {
        let Decision::Challenge(challenge) = sign_in(tenant, &id) else {
            return;
        };
        // Of five backup codes that nobody made, none is right.
        let code = "AAAA-AAAA-AAAA-AAAA";
        if let Verification::Locked(_) = tenant.verify(&challenge.ticket, code).unwrap() {
            return;
        }
        let wrong = tenant.verify(&challenge.ticket, "000000").unwrap();
        assert!(!matches!(wrong, Verification::Verified(_)));
    }
    panic!("never locked");
}

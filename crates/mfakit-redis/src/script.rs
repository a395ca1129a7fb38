//! The scripts, and one call of a script.

use alloc::sync::Arc;
use std::sync::LazyLock;

use redis::Cmd;

use crate::keys::slot;

/// A script, sent whole once for each server and then called by its digest.
pub(crate) struct Script {
    source: &'static str,
    digest: LazyLock<String>,
}

macro_rules! scripts {
    ($($name:ident $file:literal)*) => { $(
        pub(crate) static $name: Script = Script {
            source: include_str!(concat!("scripts/", $file, ".lua")),
            digest: LazyLock::new(|| {
                let script = redis::Script::new(include_str!(concat!("scripts/", $file, ".lua")));
                script.get_hash().to_owned()
            }),
        };
    )* };
}

scripts! {
    ANNOUNCE "announce"
    CHAIN "chain"
    CLOCK "clock"
    COMMIT "commit"
    COUNT "count"
    ENLIST "enlist"
    LOAD "load"
    PAGE "page"
    PRUNE "prune"
    REGISTER "register"
    SCAN "scan"
    TENANTS "tenants"
    VERSION "version"
}

impl Script {
    /// The command that gives the server the script.
    pub(crate) fn load(&self) -> Cmd {
        let mut command = redis::cmd("SCRIPT");
        command.arg("LOAD").arg(self.source);
        command
    }

    /// A call with these keys and arguments.
    pub(crate) fn call(&'static self, keys: Vec<Vec<u8>>, arguments: Vec<Vec<u8>>) -> Call {
        let size = |parts: &[Vec<u8>]| parts.iter().map(Vec::len).sum::<usize>();
        let mut call = self.begin(keys.len(), arguments.len(), size(&keys) + size(&arguments));
        for part in keys.iter().chain(&arguments) {
            call.add(part);
        }
        call
    }

    /// A call that so many keys are added to, and then so many arguments, of so many bytes together.
    pub(crate) fn begin(&'static self, keys: usize, arguments: usize, size: usize) -> Call {
        let mut command = Cmd::with_capacity(3 + keys + arguments, 64 + size);
        command.arg("EVALSHA").arg(self.digest.as_str()).arg(keys);
        Call {
            script: self,
            slot: None,
            command: Arc::new(command),
        }
    }
}

/// One call of a script. On a cluster its keys are in one slot.
pub(crate) struct Call {
    pub(crate) script: &'static Script,
    slot: Option<u16>,
    command: Arc<Cmd>,
}

impl Call {
    /// Adds a key or an argument; a call has a key, and it is the first.
    pub(crate) fn add(&mut self, part: &[u8]) {
        self.slot.get_or_insert_with(|| slot(part));
        // Nobody shares a call that is being made.
        if let Some(command) = Arc::get_mut(&mut self.command) {
            command.arg(part);
        }
    }

    /// Adds a number as text.
    pub(crate) fn add_number(&mut self, number: usize) {
        if let Some(command) = Arc::get_mut(&mut self.command) {
            command.arg(number);
        }
    }

    pub(crate) fn command(&self) -> Arc<Cmd> {
        Arc::clone(&self.command)
    }

    /// The slot of its keys.
    pub(crate) fn slot(&self) -> u16 {
        self.slot.unwrap_or(0)
    }
}

//! The scripts, and one call of a script.

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
    pub(crate) const fn call(&'static self, keys: Vec<Vec<u8>>, arguments: Vec<Vec<u8>>) -> Call {
        Call {
            script: self,
            keys,
            arguments,
        }
    }
}

/// One call of a script. On a cluster its keys are in one slot.
pub(crate) struct Call {
    pub(crate) script: &'static Script,
    keys: Vec<Vec<u8>>,
    arguments: Vec<Vec<u8>>,
}

impl Call {
    pub(crate) fn command(&self) -> Cmd {
        let size = |parts: &[Vec<u8>]| parts.iter().map(Vec::len).sum::<usize>();
        let mut command = Cmd::with_capacity(
            3 + self.keys.len() + self.arguments.len(),
            64 + size(&self.keys) + size(&self.arguments),
        );
        command
            .arg("EVALSHA")
            .arg(self.script.digest.as_str())
            .arg(self.keys.len());
        for part in self.keys.iter().chain(&self.arguments) {
            command.arg(part.as_slice());
        }
        command
    }

    /// The slot of its keys; every call has a key.
    pub(crate) fn slot(&self) -> u16 {
        self.keys.first().map_or(0, |key| slot(key))
    }
}

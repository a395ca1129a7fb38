//! What operations answer, as the fields of objects: the names are those of the crate `mfakit`, in `camelCase`, and
//! the kinds are the stable names of outcomes, with what has variants told in a field of its own.

mod lists;
mod sessions;

use mfakit::{
    BackupCodes, ClockRepair, Engine, ExemptionChange, Gate, Keyring, KeyringReplacement, Locked,
    Mismatch, Observation, Outcome as _, Policy, PolicyChange, RequirementChange, Setting,
    TenantCreation, UnixTime, Unlocking, Void,
};

use crate::{
    failure::Failure,
    held::Held,
    json::{self, Answer, Object},
    keyring,
    port::{Shared, locked},
};

pub(crate) use self::lists::UsageAt;
pub(crate) use self::lists::{cursor_page, kind_name};

/// An answer, on its way to JavaScript.
pub(crate) type Answered = Box<dyn Answer + Send>;

/// An answer, boxed.
pub(crate) fn answered(answer: impl Answer + Send + 'static) -> Result<Answered, Failure> {
    Ok(Box::new(answer))
}

impl Answer for Answered {
    fn write(&self, to: &mut Object<'_>) {
        (**self).write(to);
    }
}

/// A lock in force: its end, and what led to it.
pub(crate) fn write_lock(to: &mut Object<'_>, lock: &Locked) {
    let end = match lock.end {
        mfakit::LockEnd::At(end) => Some(end),
        mfakit::LockEnd::Hard => None,
    };
    to.time_or_null("until", end);
    to.text("reason", lock.reason.name());
}

fn locked_out(to: &mut Object<'_>, lock: &Locked) {
    to.text("kind", "locked");
    write_lock(to, lock);
}

fn void(to: &mut Object<'_>, why: Void) {
    to.text("kind", "void");
    to.text("reason", why.name());
}

fn mismatch(to: &mut Object<'_>, mismatch: &Mismatch) {
    to.text("kind", "mismatch");
    to.number("attemptsLeft", mismatch.attempts_left);
    to.flag("charged", mismatch.charged == mfakit::Charged::Yes);
}

fn backup_codes(to: &mut Object<'_>, key: &str, codes: Option<&BackupCodes>) {
    match codes {
        Some(codes) => to.list(key, codes.iter(), json::text),
        None => to.null(key),
    }
}

/// Something that JavaScript holds by a number from now on.
pub(crate) struct HeldAt(u32);

impl HeldAt {
    pub(crate) fn hold(shared: &Shared, held: Held) -> Self {
        Self(locked(&shared.shelf).hold(held))
    }

    pub(crate) fn engine(shared: &Shared, engine: Engine) -> Self {
        Self::hold(shared, Held::Engine(engine))
    }
}

impl Answer for HeldAt {
    fn write(&self, to: &mut Object<'_>) {
        to.number("held", self.0);
    }
}

/// A keyring that JavaScript holds, with the numbers of its keys.
pub(crate) struct KeyringAt {
    held: u32,
    ids: Vec<u32>,
    active: u32,
}

impl KeyringAt {
    pub(crate) fn hold(shared: &Shared, keyring: Keyring) -> Self {
        let (ids, active) = keyring::numbers(&keyring);
        let held = locked(&shared.shelf).hold(Held::Keyring(keyring));
        Self { held, ids, active }
    }
}

impl Answer for KeyringAt {
    fn write(&self, to: &mut Object<'_>) {
        to.number("held", self.held);
        keyring::write_numbers(to, &self.ids, self.active);
    }
}

/// A policy that JavaScript holds, with what it says.
pub(crate) struct PolicyAt {
    held: u32,
    policy: Policy,
}

impl PolicyAt {
    pub(crate) fn hold(shared: &Shared, policy: Policy) -> Self {
        let held = locked(&shared.shelf).hold(Held::Policy(policy.clone()));
        Self { held, policy }
    }
}

impl Answer for PolicyAt {
    fn write(&self, to: &mut Object<'_>) {
        to.number("held", self.held);
        to.text("issuer", self.policy.issuer().as_str());
        to.text("requirement", self.policy.requirement().name());
        to.text("profile", self.policy.based_on().name());
        to.object("settings", |to| {
            for &setting in Setting::ALL {
                to.number(&camel(setting.name()), self.policy.get(setting));
            }
        });
    }
}

/// What the gate for passwords said; an attempt stays with us.
pub(crate) enum GateAt {
    Proceed(u32),
    Refused(UnixTime),
}

impl GateAt {
    pub(crate) fn hold(shared: &Shared, gate: Gate) -> Self {
        match gate {
            Gate::Proceed(attempt) => {
                Self::Proceed(locked(&shared.shelf).hold(Held::Attempt(attempt)))
            }
            Gate::Refused(refusal) => Self::Refused(refusal.until),
        }
    }
}

impl Answer for GateAt {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Proceed(held) => {
                to.text("kind", "proceed");
                to.number("held", *held);
            }
            Self::Refused(until) => {
                to.text("kind", "locked");
                to.time("until", *until);
            }
        }
    }
}

impl Answer for Observation {
    fn write(&self, to: &mut Object<'_>) {
        to.text("operation", &camel(self.operation.name()));
        to.text("outcome", self.outcome);
        to.text("class", self.class.name());
        to.number("rounds", self.rounds);
        let micros = u32::try_from(self.elapsed.as_micros()).unwrap_or(u32::MAX);
        to.number("elapsedMicroseconds", micros);
    }
}

/// Answers that are told by their stable name alone.
macro_rules! named {
    ($($type:ty)*) => {$(
        impl Answer for $type {
            fn write(&self, to: &mut Object<'_>) {
                to.text("kind", self.outcome());
            }
        }
    )*};
}

named! { Unlocking RequirementChange PolicyChange TenantCreation ClockRepair }

impl Answer for ExemptionChange {
    fn write(&self, to: &mut Object<'_>) {
        to.text("kind", self.outcome());
        if let Self::TooLong { latest } | Self::EndNeeded { latest } = self {
            to.time("latest", *latest);
        }
    }
}

impl Answer for KeyringReplacement {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::KeyInUse { key, documents } => {
                to.text("kind", "key_in_use");
                to.number("keyId", key.number());
                to.number("documents", lists::small(*documents));
            }
            Self::KeySeals { key } => {
                to.text("kind", "key_seals");
                to.number("keyId", key.number());
            }
            Self::OtherKey { key } => {
                to.text("kind", "other_key");
                to.number("keyId", key.number());
            }
            _ => to.text("kind", "replaced"),
        }
    }
}

impl Answer for Vec<mfakit::TenantId> {
    fn write(&self, to: &mut Object<'_>) {
        to.list("tenants", self, |out, tenant| {
            json::text(out, tenant.as_str());
        });
    }
}

/// A stable name as JavaScript writes names: `window_past_steps` as `windowPastSteps`.
pub(crate) fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            camel.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    camel
}

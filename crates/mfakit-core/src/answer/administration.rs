//! What came of what an administrator did.

use crate::{DeviceId, Locked, UnixTime, Void};

/// The answer to `require` and `end_requirement`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum RequirementChange {
    /// It is so from now on.
    Changed,
    /// It was so already; nothing was changed.
    Unchanged,
}

/// Whether a tenant was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum TenantCreation {
    /// It was made.
    Created,
    /// It existed; nothing was changed.
    Exists,
}

/// Whether there was anything to repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum ClockRepair {
    /// Times ahead of the clock were set right.
    Repaired,
    /// No time was ahead of the clock; nothing was changed.
    NothingAhead,
}

/// Whether a policy was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a stale policy replaces nothing"]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum PolicyChange {
    /// It was replaced.
    Changed,
    /// Somebody else has changed the policy since it was read: read it again.
    Stale,
}

/// Which remembered devices are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum WhichDevices {
    /// This one.
    One(DeviceId),
    /// Every device of the account.
    All,
}

/// The answer to `revoke_devices` and `revoke_devices_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a device that was not revoked is still good"]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum DeviceRevocation {
    /// They are revoked, and sessions that rest on them have ended.
    Revoked {
        /// How many.
        count: u32,
    },
    /// The account remembers no such device.
    NoSuchDevice,
    /// The account is locked; an administrator may all the same.
    Locked(Locked),
    /// The assertion is good for nothing, too old, or rests on no factor; an administrator needs none.
    Void(Void),
}

/// When an exemption ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum ExemptionEnd {
    /// It lapses by itself at this instant.
    At(UnixTime),
    /// It ends when an administrator ends it.
    Open,
}

/// The answer to `exempt` and `end_exemption`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an exemption that the policy does not allow is not granted"]
#[non_exhaustive]
pub enum ExemptionChange {
    /// It was granted, or ended.
    Changed,
    /// The account has no exemption to end.
    NotExempt,
    /// Not granted: it would end before it begins.
    EndsInThePast,
    /// Not granted: the policy allows none so long.
    TooLong {
        /// When it would have to end.
        latest: UnixTime,
    },
    /// Not granted: the policy allows none without an end.
    EndNeeded {
        /// When it would have to end.
        latest: UnixTime,
    },
}

//! The devices of an account that are remembered, oldest first.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq;

use crate::{
    AccountId, DeviceId, DeviceStatus, Label, Policy, Setting, TenantId, UnixTime, codec,
    device::DeviceSecret, document::account::Epoch,
};

#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Device {
    #[cbor(n(0), with = "minicbor::bytes")]
    id: [u8; 8],
    /// SHA-256 over account, epoch and secret; 256 random bits need no slow hash.
    #[cbor(n(1), with = "minicbor::bytes")]
    hash: [u8; 32],
    #[cbor(n(2), with = "codec::label")]
    pub(crate) label: Label,
    #[cbor(n(3), with = "codec::time")]
    created: UnixTime,
    /// Set when it was created, and extended by nothing.
    #[cbor(n(4), with = "codec::time")]
    pub(crate) expires: UnixTime,
    /// When it was last used, to within a day.
    #[cbor(n(5), with = "codec::time")]
    used: UnixTime,
}

impl Device {
    pub(crate) const fn id(&self) -> DeviceId {
        DeviceId::new(self.id)
    }

    /// Whether its last use was recorded so long ago that this one is worth a write.
    pub(crate) fn is_use_worth_a_write(&self, now: UnixTime) -> bool {
        self.used.saturating_add(USE_RECORDED_EVERY_SECONDS) <= now
    }

    /// When it ends by the policy of the day: one that grants fewer days holds for devices that exist, and one that
    /// grants more after it brings none back.
    fn ends(&self, policy: &Policy) -> UnixTime {
        if policy.has_outlived_device(self.created) {
            return self.created;
        }
        let days = policy.days(Setting::RememberDays);
        self.expires.min(self.created.saturating_add(days))
    }
}

#[derive(Default, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Devices(#[n(0)] Vec<Device>);

impl Devices {
    /// Those that count at `now`, by the policy of the day: not expired, and among the newest it allows.
    pub(crate) fn live(&self, policy: &Policy, now: UnixTime) -> impl Iterator<Item = &Device> {
        let most = usize::try_from(policy.get(Setting::RememberedDevices)).unwrap_or(usize::MAX);
        let older = self.0.len().saturating_sub(most);
        let newest = self.0.iter().skip(older);
        newest.filter(move |device| now < device.ends(policy))
    }

    /// The device that counts and was given this secret.
    pub(crate) fn find(
        &self,
        presented: &DeviceSecret,
        hash: &[u8; 32],
        policy: &Policy,
        now: UnixTime,
    ) -> Option<&Device> {
        // The id is not secret. The hashes are compared in constant time over their fixed length.
        let mut live = self.live(policy, now);
        // REVEALED: whether they are the same, which is the answer.
        live.find(|device| device.id() == presented.id)
            .filter(|device| bool::from(device.hash.ct_eq(hash)))
    }

    /// Whether this device still counts.
    pub(crate) fn contains(&self, id: DeviceId, policy: &Policy, now: UnixTime) -> bool {
        self.live(policy, now).any(|device| device.id() == id)
    }

    /// Remembers one more; the oldest make room, and their names are returned.
    pub(crate) fn remember(
        &mut self,
        secret: &DeviceSecret,
        place: (&TenantId, &AccountId, Epoch),
        label: Label,
        policy: &Policy,
        now: UnixTime,
    ) -> Vec<Label> {
        self.forget_expired(policy, now);
        let (tenant, account, epoch) = place;
        self.0.push(Device {
            id: *secret.id.as_bytes(),
            hash: secret.hash(tenant, account, epoch),
            label,
            created: now,
            expires: now.saturating_add(policy.days(Setting::RememberDays)),
            used: now,
        });
        let most = usize::try_from(policy.get(Setting::RememberedDevices)).unwrap_or(usize::MAX);
        let older = self.0.len().saturating_sub(most);
        let dropped = self.0.drain(..older);
        dropped.map(|device| device.label).collect()
    }

    pub(crate) fn note_use(&mut self, id: DeviceId, now: UnixTime) {
        if let Some(device) = self.0.iter_mut().find(|device| device.id() == id) {
            device.used = now;
        }
    }

    /// Removes one, and returns its name.
    pub(crate) fn remove(&mut self, id: DeviceId) -> Option<Label> {
        let index = self.0.iter().position(|device| device.id() == id)?;
        Some(self.0.remove(index).label)
    }

    /// The name of one.
    pub(crate) fn label(&self, id: DeviceId) -> Option<&Label> {
        let device = self.0.iter().find(|device| device.id() == id)?;
        Some(&device.label)
    }

    pub(crate) fn clear(&mut self) {
        self.0 = Vec::new();
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// What lists show.
    pub(crate) fn status(&self, policy: &Policy, now: UnixTime) -> Vec<DeviceStatus> {
        let status = |device: &Device| DeviceStatus {
            id: device.id(),
            label: device.label.clone(),
            created_at: device.created,
            used_at: device.used,
            expires: device.ends(policy),
        };
        self.live(policy, now).map(status).collect()
    }

    /// Drops what counts no more; it needs no event, as it tells nobody anything new.
    pub(crate) fn forget_expired(&mut self, policy: &Policy, now: UnixTime) {
        self.0.retain(|device| now < device.ends(policy));
    }
}

/// A sign-in by a remembered device is to cost one load, so that its last use is recorded once a day.
const USE_RECORDED_EVERY_SECONDS: u32 = 86_400;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use mfakit_memcheck::hide;

    use super::{Device, Devices};
    use crate::{Issuer, Label, Policy, Setting, UnixTime, device::DeviceSecret};

    #[test]
    fn constant_time_device_tokens() {
        let policy = Policy::new(Issuer::new("Example").unwrap());
        let policy = policy.with(Setting::RememberDays, 30).unwrap();
        let (created, now) = (UnixTime::from_seconds(1000), UnixTime::from_seconds(2000));
        let devices = Devices(vec![Device {
            id: [7; 8],
            hash: [9; 32],
            label: Label::new("Laptop").unwrap(),
            created,
            expires: created.saturating_add(86_400),
            used: created,
        }]);
        hide(&devices.0[0].hash);
        let secret = DeviceSecret::new([7; 8], [1; 32]);
        let mut nearly = [9; 32];
        nearly[31] = 8;
        for (hash, right) in [([9; 32], true), (nearly, false), ([0; 32], false)] {
            let found = devices.find(&secret, &hash, &policy, now);
            // REVEALED: the answer, by the test.
            assert_eq!(found.is_some(), right);
        }
    }
}

//! The policy document: one per tenant. A tenant without one does not exist.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};

use crate::{
    Issuer, Policy, Profile, Requirement, Setting, UnixTime, codec,
    document::{Document, Meta},
};

#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct PolicyDocument {
    #[n(0)]
    meta: Meta,
    #[cbor(n(1), with = "codec::issuer")]
    issuer: Issuer,
    #[cbor(n(2), with = "codec::requirement")]
    requirement: Requirement,
    /// Every setting by its number, ascending: a default that changes later changes no tenant.
    #[n(3)]
    settings: Vec<Entry>,
    #[cbor(n(4), with = "codec::profile")]
    profile: Profile,
    /// Devices that were remembered before count no more, for however long the policy remembers now.
    #[cbor(n(12), with = "codec::opt_time", has_nil)]
    devices_from: Option<UnixTime>,
}

#[derive(Encode, Decode)]
struct Entry {
    #[n(0)]
    number: u8,
    #[n(1)]
    value: u32,
}

impl PolicyDocument {
    pub(crate) fn new(meta: Meta, policy: &Policy) -> Self {
        let settings = Setting::ALL
            .iter()
            .map(|setting| Entry {
                number: setting.number(),
                value: policy.get(*setting),
            })
            .collect();
        Self {
            meta,
            issuer: policy.issuer().clone(),
            requirement: policy.requirement(),
            settings,
            profile: policy.based_on(),
            devices_from: None,
        }
    }

    /// Takes another policy on, in the place of `before`.
    pub(crate) fn replace(&mut self, policy: &Policy, before: &Policy, now: UnixTime) {
        self.end_devices(policy, before, now);
        let Self {
            issuer,
            requirement,
            settings,
            profile,
            ..
        } = self;
        *issuer = policy.issuer().clone();
        *requirement = policy.requirement();
        *profile = policy.based_on();
        for (entry, setting) in settings.iter_mut().zip(Setting::ALL) {
            entry.value = policy.get(*setting);
        }
    }

    /// More days bring no device back that had ended under fewer, and no document of an account is at hand here.
    /// So the policy itself keeps from when on devices count: those from before had ended by now.
    fn end_devices(&mut self, policy: &Policy, before: &Policy, now: UnixTime) {
        let days = before.days(Setting::RememberDays);
        if policy.days(Setting::RememberDays) > days {
            // One that ends in this very second has ended; where none was remembered, one of this second is newer.
            let ended = now.saturating_sub(days.saturating_sub(1));
            self.devices_from = self.devices_from.max(Some(ended));
        }
    }

    /// A clock that was ahead is set right: nothing has ended in time to come.
    pub(crate) fn clamp(&mut self, now: UnixTime) {
        self.devices_from = self.devices_from.map(|from| from.min(now));
    }

    /// The policy; `None` if a value is outside its range or not what the profile fixes, which no version ever wrote.
    pub(crate) fn policy(&self) -> Option<Policy> {
        let policy = Policy::profile(self.profile, self.issuer.clone());
        let mut policy = policy
            .with_requirement(self.requirement)
            .with_devices_from(self.devices_from);
        if self.settings.len() != Setting::ALL.len() {
            return None;
        }
        for (entry, setting) in self.settings.iter().zip(Setting::ALL) {
            if entry.number != setting.number() {
                return None;
            }
            policy.set_unchecked(*setting, entry.value)?;
        }
        policy.check().ok()?;
        Some(policy)
    }
}

impl Document for PolicyDocument {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    fn is_sound(&self) -> bool {
        self.policy().is_some()
    }
}

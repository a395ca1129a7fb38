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
    /// Every setting there was when it was written, by its number, ascending: a default that changes later changes
    /// no tenant.
    #[n(3)]
    settings: Vec<Entry>,
    #[cbor(n(4), with = "codec::profile")]
    profile: Profile,
    /// Devices that were remembered before count no more, for however long the policy remembers now.
    #[cbor(n(12), with = "codec::opt_time", has_nil)]
    devices_from: Option<UnixTime>,
    /// What the document says, once it was read.
    #[cbor(skip)]
    read: Option<Policy>,
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
        Self {
            meta,
            issuer: policy.issuer().clone(),
            requirement: policy.requirement(),
            settings: entries(policy),
            profile: policy.based_on(),
            devices_from: None,
            read: None,
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
            read,
            ..
        } = self;
        *read = None;
        *issuer = policy.issuer().clone();
        *requirement = policy.requirement();
        *profile = policy.based_on();
        *settings = entries(policy);
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
        self.read = None;
    }

    /// The policy; `None` if a setting is not known, or a value is outside its range or not what the profile fixes.
    ///
    /// A setting that is younger than the document has the value of the profile.
    pub(crate) fn policy(&self) -> Option<Policy> {
        self.read.clone().or_else(|| self.convert())
    }

    fn convert(&self) -> Option<Policy> {
        let policy = Policy::profile(self.profile, self.issuer.clone());
        let mut policy = policy
            .with_requirement(self.requirement)
            .with_devices_from(self.devices_from);
        let mut entries = self.settings.iter().peekable();
        for setting in Setting::ALL {
            if let Some(entry) = entries.next_if(|entry| entry.number == setting.number()) {
                policy.set_unchecked(*setting, entry.value)?;
            }
        }
        if entries.next().is_some() {
            return None;
        }
        policy.check().ok()?;
        Some(policy)
    }
}

fn entries(policy: &Policy) -> Vec<Entry> {
    let settings = Setting::ALL.iter();
    settings
        .map(|setting| Entry {
            number: setting.number(),
            value: policy.get(*setting),
        })
        .collect()
}

impl Document for PolicyDocument {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    fn is_sound(&mut self) -> bool {
        self.read = self.convert();
        self.read.is_some()
    }
}

#[cfg(test)]
mod tests {
    use rand_core::TryRng as _;

    use super::{Entry, PolicyDocument};
    use crate::{
        Issuer, Policy, Profile, RandomnessError, Setting, UnixTime, document::Meta,
        random::Random, testing::Dice,
    };

    fn document() -> PolicyDocument {
        let mut dice = Dice::new(1);
        let mut fill = |dst: &mut [u8]| dice.try_fill_bytes(dst).map_err(|_| RandomnessError);
        let meta = Meta::new(UnixTime::from_seconds(0), &mut Random::new(&mut fill)).unwrap();
        let policy = Policy::profile(Profile::Pci, Issuer::new("Acme").unwrap());
        PolicyDocument::new(meta, &policy)
    }

    #[test]
    fn a_setting_that_is_younger_has_the_value_of_the_profile() {
        for left_out in 0..Setting::ALL.len() {
            let mut document = document();
            let whole = document.policy().unwrap();
            let _ = document.settings.remove(left_out);
            assert_eq!(document.policy(), Some(whole.clone()));
            document.replace(&whole, &whole, UnixTime::from_seconds(0));
            assert_eq!(document.settings.len(), Setting::ALL.len());
        }
    }

    #[test]
    fn a_setting_that_is_not_known_or_not_in_its_place_is_refused() {
        let unknown = Entry {
            number: 255,
            value: 1,
        };
        let mut with_unknown = document();
        with_unknown.settings.push(unknown);
        assert_eq!(with_unknown.policy(), None);
        let mut swapped = document();
        swapped.settings.swap(3, 4);
        assert_eq!(swapped.policy(), None);
        let mut twice = document();
        let again = Entry {
            number: twice.settings[0].number,
            value: twice.settings[0].value,
        };
        twice.settings.insert(1, again);
        assert_eq!(twice.policy(), None);
    }
}

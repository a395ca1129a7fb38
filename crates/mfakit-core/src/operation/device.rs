//! Remembered devices: made by a verified sign-in that asks for it, revoked by the person or an administrator.

use alloc::sync::Arc;

use crate::{
    AccountId, Administrator, DeviceRevocation, DeviceToken, Error, Event, EventKind, Flow,
    Keyring, Label, Misuse, Operation, Policy, Presented, Setting, TenantId, WhichDevices,
    desk::Desk,
    device::DeviceSecret,
    flow::{Decide, Needs},
    operation::owner::{Owner, Refused},
    random::Random,
};

impl Flow<DeviceRevocation> {
    /// Revokes devices of the person whose assertion this is; it is to be fresh, and to rest on a factor.
    #[must_use]
    pub fn revoke_devices(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
        which: WhichDevices,
    ) -> Self {
        let owner = Owner::new(presented);
        Self::new(
            Operation::RevokeDevices,
            tenant,
            keyring,
            Revoke { owner, which },
        )
    }

    /// Revokes devices of an account, by an administrator.
    #[must_use]
    pub fn revoke_devices_of(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        which: WhichDevices,
        by: Administrator,
    ) -> Self {
        Self::new(
            Operation::RevokeDevicesOf,
            tenant,
            keyring,
            RevokeOf { account, which, by },
        )
    }
}

/// Remembers a device after a right code, if the policy allows any; the account is being changed already.
pub(super) fn remember(
    desk: &mut Desk<'_>,
    id: &AccountId,
    label: &Label,
    policy: &Policy,
    random: &mut Random<'_>,
) -> Result<Option<DeviceToken>, Error> {
    if policy.get(Setting::RememberDays) == 0 {
        return Ok(None);
    }
    let (tenant, now) = (desk.tenant, desk.now);
    let secret = DeviceSecret::new(random.array()?, random.array()?);
    let remembered = desk.event(EventKind::DeviceRemembered {
        label: label.clone(),
        until: now.saturating_add(policy.days(Setting::RememberDays)),
    });
    let slot = desk.account()?;
    let account = slot.changing().ok_or(Misuse::OutOfStep)?;
    let place = (tenant, id, account.epoch);
    let dropped = account
        .devices
        .remember(&secret, place, label.clone(), policy, now);
    slot.also(remembered);
    for label in dropped {
        let event = desk.event(EventKind::DeviceDropped { label });
        desk.account()?.also(event);
    }
    Ok(Some(secret.token()))
}

struct Revoke {
    owner: Owner,
    which: WhichDevices,
}

impl Decide<DeviceRevocation> for Revoke {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, DeviceRevocation> {
        let opened = self.owner.open(keyring, tenant);
        opened.map_err(DeviceRevocation::Void)
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        _: &mut Random<'_>,
    ) -> Result<DeviceRevocation, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        match self.owner.may_change(desk.account()?, &policy, now)? {
            Ok(()) => revoke(desk, self.which, |desk, kind| desk.event(kind)),
            Err(Refused::Void(void)) => Ok(DeviceRevocation::Void(void)),
            Err(Refused::Locked(lock)) => Ok(DeviceRevocation::Locked(lock)),
        }
    }
}

struct RevokeOf {
    account: AccountId,
    which: WhichDevices,
    by: Administrator,
}

impl Decide<DeviceRevocation> for RevokeOf {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, DeviceRevocation> {
        Ok(Needs::account(self.account.clone()))
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        _: &mut Random<'_>,
    ) -> Result<DeviceRevocation, Error> {
        desk.policy()?;
        revoke(desk, self.which, |desk, kind| desk.act(kind, &self.by))
    }
}

/// Revokes what is there; sessions that rest on it end with it.
fn revoke(
    desk: &mut Desk<'_>,
    which: WhichDevices,
    event: impl FnOnce(&Desk<'_>, EventKind) -> Event,
) -> Result<DeviceRevocation, Error> {
    let devices = desk.account()?.get().map(|account| &account.devices);
    let (count, kind) = match (devices, which) {
        (None, _) => return Ok(DeviceRevocation::NoSuchDevice),
        (Some(devices), WhichDevices::All) => {
            let count = devices.count();
            (count, EventKind::DevicesRevoked { count })
        }
        (Some(devices), WhichDevices::One(id)) => match devices.label(id) {
            Some(label) => (
                1,
                EventKind::DeviceRevoked {
                    label: label.clone(),
                },
            ),
            None => return Ok(DeviceRevocation::NoSuchDevice),
        },
    };
    if count == 0 {
        return Ok(DeviceRevocation::NoSuchDevice);
    }
    let event = event(desk, kind);
    let account = desk.account()?.change(event).ok_or(Misuse::OutOfStep)?;
    match which {
        WhichDevices::All => account.devices.clear(),
        WhichDevices::One(id) => drop(account.devices.remove(id)),
    }
    Ok(DeviceRevocation::Revoked { count })
}

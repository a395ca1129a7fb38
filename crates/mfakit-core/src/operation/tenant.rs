//! The tenant: created explicitly with its first policy, which an administrator may replace.

use alloc::sync::Arc;

use crate::{
    Administrator, Error, EventKind, Flow, Keyring, Misuse, Operation, Policy, PolicyChange,
    Profile, TenantCreation, TenantId,
    desk::{Clock, Desk},
    document::{Meta, policy::PolicyDocument},
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<TenantCreation> {
    /// Creates a tenant with its first policy; a tenant that exists is left as it is.
    #[must_use]
    pub fn create_tenant(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        policy: Policy,
        by: Administrator,
    ) -> Self {
        Self::new(
            Operation::CreateTenant,
            tenant,
            keyring,
            Create { policy, by },
        )
    }
}

impl Flow<Policy> {
    /// Reads the policy.
    #[must_use]
    pub fn policy(keyring: Arc<Keyring>, tenant: TenantId) -> Self {
        Self::new(Operation::Policy, tenant, keyring, Read)
    }
}

impl Flow<PolicyChange> {
    /// Replaces the policy; it is in force at the next decision. One that was read from an older policy replaces nothing.
    #[must_use]
    pub fn set_policy(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        policy: Policy,
        by: Administrator,
    ) -> Self {
        Self::new(
            Operation::SetPolicy,
            tenant,
            keyring,
            Replace { policy, by },
        )
    }
}

struct Create {
    policy: Policy,
    by: Administrator,
}

impl Decide<TenantCreation> for Create {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, TenantCreation> {
        Ok(Needs::default())
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<TenantCreation, Error> {
        if desk.policy.get().is_some() {
            return Ok(TenantCreation::Exists);
        }
        let requirement = self.policy.requirement();
        let event = desk.act(EventKind::TenantCreated { requirement }, &self.by);
        let meta = Meta::new(desk.now, random)?;
        desk.policy
            .create(PolicyDocument::new(meta, &self.policy), event);
        tell_profile(desk, &self.policy, Profile::Default, &self.by);
        Ok(TenantCreation::Created)
    }
}

struct Read;

impl Decide<Policy> for Read {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Policy> {
        Ok(Needs {
            clock: Clock::AsGiven,
            ..Needs::default()
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Policy, Error> {
        Ok(desk.policy()?.read_from(desk.policy.revision()))
    }

    fn may_write(&self) -> bool {
        false
    }
}

struct Replace {
    policy: Policy,
    by: Administrator,
}

impl Decide<PolicyChange> for Replace {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, PolicyChange> {
        Ok(Needs::default())
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<PolicyChange, Error> {
        let before = desk.policy()?;
        if !self.policy.may_replace(desk.policy.revision()) {
            return Ok(PolicyChange::Stale);
        }
        let kind = EventKind::PolicyChanged {
            requirement: self.policy.requirement(),
            changes: self.policy.changes_from(&before),
        };
        let (now, event) = (desk.now, desk.act(kind, &self.by));
        let document = desk.policy.change(event).ok_or(Misuse::UnknownTenant)?;
        document.replace(&self.policy, &before, now);
        tell_issuer(desk, &self.policy, &before, &self.by);
        tell_profile(desk, &self.policy, before.based_on(), &self.by);
        Ok(PolicyChange::Changed)
    }
}

/// What apps show as the site's name is part of the policy, and no setting.
fn tell_issuer(desk: &mut Desk<'_>, policy: &Policy, before: &Policy, by: &Administrator) {
    if policy.issuer() != before.issuer() {
        let issuer = policy.issuer().clone();
        let event = desk.act(EventKind::IssuerChanged { issuer }, by);
        desk.policy.also(event);
    }
}

/// A profile fixes values, so that choosing another one is told even where no value differs.
fn tell_profile(desk: &mut Desk<'_>, policy: &Policy, before: Profile, by: &Administrator) {
    let profile = policy.based_on();
    if profile != before {
        let event = desk.act(EventKind::ProfileChosen { profile }, by);
        desk.policy.also(event);
    }
}

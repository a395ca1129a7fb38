//! What administrators do to accounts and to the policy, each act with who and why.

use mfakit_core::{
    AccountId, AccountStatus, Administrator, ClockRepair, DeviceRevocation, Error, ExemptionChange,
    ExemptionEnd, Flow, IdentityVerified, Label, Policy, PolicyChange, RequirementChange, Secret,
    TokenBinding, TokenKind, Unlocking, WhichDevices,
};

use crate::tenant::Tenant;

impl Tenant {
    /// Replaces the policy; it is in force at the next decision.
    ///
    /// A policy from [`policy`](Self::policy) replaces only the one it was read from, so that two administrators do
    /// not undo each other's change.
    ///
    /// # Errors
    /// [`Error`]; then the policy may be the old or the new one.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether
    /// somebody else has changed the policy since it was read.
    pub async fn set_policy(
        &self,
        policy: Policy,
        by: &Administrator,
    ) -> Result<PolicyChange, Error> {
        let flow = Flow::set_policy(self.engine.keyring(), self.id.clone(), policy, by.clone());
        self.engine.drive(flow).await
    }

    /// Erases everything personal about an account, its password attempts and the content of its audit trail too, in
    /// one commit, and makes all its sessions and open sign-ins void.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may have happened, and may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: nothing but
    /// that it is done, whether there was anything to erase or not.
    ///
    /// The host decides who may call it. What stays is the account's id, and how often it was changed. A copy of the
    /// store from before, together with the keyring, still tells what was erased since. Who signs in under the id
    /// later is a person without a factor.
    pub async fn erase(&self, account: &AccountId, by: &Administrator) -> Result<(), Error> {
        let (keyring, account) = (self.engine.keyring(), account.clone());
        self.engine
            .drive(Flow::erase(keyring, self.id.clone(), account, by.clone()))
            .await
    }

    /// Lifts the lock that wrong codes have led to. Without a verified identity a hard lock ends with the factors
    /// removed, and after any other the failures still count; the failures of 30 days count in any case.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may have happened, and may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether there
    /// was a lock, and what it took away.
    ///
    /// The host decides who may call it, and [`IdentityVerified::Yes`] says that the person was identified as
    /// carefully as when the factor was bound.
    pub async fn unlock(
        &self,
        account: &AccountId,
        by: &Administrator,
        identity: IdentityVerified,
    ) -> Result<Unlocking, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        let flow = Flow::unlock(keyring, id, account, by.clone(), identity);
        self.engine.drive(flow).await
    }

    /// Opens the gate that wrong passwords have locked, and clears their count.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether there
    /// was a lock.
    pub async fn unlock_password(
        &self,
        account: &AccountId,
        by: &Administrator,
    ) -> Result<Unlocking, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        let flow = Flow::unlock_password(keyring, id, account, by.clone());
        self.engine.drive(flow).await
    }

    /// Binds a hardware token by the secret its maker tells, 10 to 128 bytes. Its codes count at once; the account's
    /// sessions and open sign-ins are void.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may be bound: look at the account's status before repeating it.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether there
    /// is room for it, and whether its secret is bound already.
    ///
    /// The host decides who may call it, and whoever calls it knows the secret: keep no list of secrets after this.
    pub async fn bind_token(
        &self,
        account: &AccountId,
        secret: Secret,
        kind: TokenKind,
        label: &Label,
        by: &Administrator,
    ) -> Result<TokenBinding, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        let (label, by) = (label.clone(), by.clone());
        let flow = Flow::bind_token(keyring, id, account, secret, kind, label, by);
        self.engine.drive(flow).await
    }

    /// Removes every factor of an account in one commit, and makes all its sessions and open sign-ins void.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may have happened, and may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: nothing but
    /// that it is done: no secret, whether there was a factor or not.
    ///
    /// The host decides who may call it. It returns no secret: setup happens in the person's own session.
    pub async fn reset(&self, account: &AccountId, by: &Administrator) -> Result<(), Error> {
        let (keyring, account) = (self.engine.keyring(), account.clone());
        self.engine
            .drive(Flow::reset(keyring, self.id.clone(), account, by.clone()))
            .await
    }

    /// Lets a person in without a second factor until `end`; an exemption from before is replaced.
    ///
    /// It lapses by itself. A policy that becomes stricter holds for exemptions that exist.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may be granted.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether the
    /// policy allows it, and how long.
    ///
    /// The host decides who may call it. An exempt person signs in with the first factor alone.
    pub async fn exempt(
        &self,
        account: &AccountId,
        end: ExemptionEnd,
        by: &Administrator,
    ) -> Result<ExemptionChange, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        self.engine
            .drive(Flow::exempt(keyring, id, account, end, by.clone()))
            .await
    }

    /// Ends an exemption; sessions that rest on it end with it.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may have ended, and may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether there
    /// was one.
    pub async fn end_exemption(
        &self,
        account: &AccountId,
        by: &Administrator,
    ) -> Result<ExemptionChange, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        self.engine
            .drive(Flow::end_exemption(keyring, id, account, by.clone()))
            .await
    }

    /// Requires a second factor of one account, where the policy leaves it to the person.
    ///
    /// A policy that asks nobody asks this person neither, and an exemption goes before it.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may be so, and may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether it was
    /// so already.
    pub async fn require(
        &self,
        account: &AccountId,
        by: &Administrator,
    ) -> Result<RequirementChange, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        self.engine
            .drive(Flow::require(keyring, id, account, by.clone()))
            .await
    }

    /// Takes the requirement of one account back; what the policy demands of everybody stays.
    ///
    /// # Errors
    /// As [`require`](Self::require).
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether it was
    /// so already.
    pub async fn end_requirement(
        &self,
        account: &AccountId,
        by: &Administrator,
    ) -> Result<RequirementChange, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        self.engine
            .drive(Flow::end_requirement(keyring, id, account, by.clone()))
            .await
    }

    /// Revokes remembered devices of an account.
    ///
    /// # Errors
    /// As [`revoke_devices`](Self::revoke_devices).
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: how many
    /// devices there were.
    pub async fn revoke_devices_of(
        &self,
        account: &AccountId,
        which: WhichDevices,
        by: &Administrator,
    ) -> Result<DeviceRevocation, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        self.engine
            .drive(Flow::revoke_devices_of(
                keyring,
                id,
                account,
                which,
                by.clone(),
            ))
            .await
    }

    /// Sets times right that a clock ahead of its time has written: those of one account, or of the tenant's policy.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether a time
    /// was ahead.
    ///
    /// Set the clock right first. All sessions of a repaired account are void, and codes that were used while the
    /// clock was ahead could be used again when their time comes.
    pub async fn repair_clock(
        &self,
        account: Option<&AccountId>,
        by: &Administrator,
    ) -> Result<ClockRepair, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let flow = Flow::repair_clock(keyring, id, account.cloned(), by.clone());
        self.engine.drive(flow).await
    }

    /// What each account has, in the order given; at most 100 at once.
    ///
    /// # Errors
    /// [`Error`]; more than 100 are [`Misuse::TooMany`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: everything
    /// about an account but its secrets.
    pub async fn status(&self, accounts: &[AccountId]) -> Result<Vec<AccountStatus>, Error> {
        let flow = Flow::status(self.engine.keyring(), self.id.clone(), accounts.to_vec());
        self.engine.drive(flow).await
    }
}

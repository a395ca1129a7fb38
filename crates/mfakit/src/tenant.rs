//! The handle of one tenant, where every call starts.

mod activation;
mod admin;
mod audit;
mod list;
mod prune;
mod resynchronize;
mod rotation;
mod settle;

use mfakit_core::{
    AccountId, AccountName, Assertion, AuthenticatorId, BackupCodesRenewal, Confirmation, Decision,
    Deferment, Demand, DeviceRevocation, Error, FactorChange, FirstFactor, Flow, Gate, Label,
    Operation, Policy, Presented, Renaming, SetupStart, SignIn, Standing, StepUp, TenantId,
    Verification, WhichDevices,
};
use rand_core::TryRng as _;

use crate::{engine::Engine, observe::Watch};

pub use self::activation::{ActivationPage, ActivationQuery};
pub use self::audit::{AuditPage, AuditQuery};
pub use self::list::{
    AccountCount, AccountPage, AccountQuery, PasswordLockPage, PasswordLockQuery,
};
pub use self::prune::{PruneReport, Pruning};
pub use self::rotation::{ResealFailure, RotationCursor, RotationPage, RotationQuery};

/// One tenant of an engine. A ticket or an assertion of another tenant is good for nothing here.
#[derive(Debug, Clone)]
pub struct Tenant {
    engine: Engine,
    id: TenantId,
}

impl Tenant {
    pub(crate) const fn new(engine: Engine, id: TenantId) -> Self {
        Self { engine, id }
    }

    /// The tenant's id.
    #[must_use]
    pub const fn id(&self) -> &TenantId {
        &self.id
    }

    /// The policy in force.
    ///
    /// # Errors
    /// [`Error`]; a tenant that was not created is [`Misuse::UnknownTenant`], here and in every other call.
    ///
    /// # Security
    /// Without the host: nothing, since only the host can call it; with it: the policy.
    pub async fn policy(&self) -> Result<Policy, Error> {
        self.engine
            .drive(Flow::policy(self.engine.keyring(), self.id.clone()))
            .await
    }

    /// Charges a password attempt, before anything is hashed, and says whether to evaluate the password.
    ///
    /// A right password gives the attempt back in [`sign_in`](Self::sign_in); a wrong one leaves it charged.
    ///
    /// # Errors
    /// [`Error`]; do not evaluate the password then.
    ///
    /// # Security
    /// Without the password: whether the gate is locked, which wrong passwords of anybody bring about; with it: the
    /// same.
    ///
    /// While the gate is locked nothing is written, so a guesser can't renew the lock. It locks for a time only.
    pub async fn begin_password(&self, account: &AccountId) -> Result<Gate, Error> {
        let (keyring, account) = (self.engine.keyring(), account.clone());
        self.engine
            .drive(Flow::begin_password(keyring, self.id.clone(), account))
            .await
    }

    /// For a login name that nobody has: costs the load of [`begin_password`](Self::begin_password), creates nothing.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the password: nothing; with it: nothing.
    pub async fn begin_decoy(&self) -> Result<(), Error> {
        let mut watch = self.engine.watch(Operation::BeginDecoy);
        let ended = self.load_for_nobody(&mut watch).await;
        watch.end(ended)
    }

    async fn load_for_nobody(&self, watch: &mut Watch<'_>) -> Result<(), Error> {
        let mut id = [0; 16];
        let drawn = getrandom::SysRng.try_fill_bytes(&mut id);
        drawn.map_err(|_| Error::Unavailable(mfakit_core::Unavailable::Randomness))?;
        // Sixteen bytes are an account id; nobody has a random one.
        let Ok(account) = AccountId::new(id) else {
            return Ok(());
        };
        let flow = Flow::begin_decoy(self.engine.keyring(), self.id.clone(), account);
        self.engine.run(flow, watch).await
    }

    /// Decides what follows the first factor, which was right.
    ///
    /// # Errors
    /// [`Error`]; nobody is in then. [`Error::Busy`] also where the password or the factors were changed while the
    /// password was being hashed: the person signs in again.
    ///
    /// # Security
    /// Without a right first factor: nothing, since the host calls it only after one; with one: whether a code is
    /// asked for, how many backup codes are left, whether a setup is due, or until when the account is locked.
    ///
    /// Call it for every way to sign in, and open a session with nothing but the assertion it leads to.
    pub async fn sign_in(
        &self,
        first: impl Into<FirstFactor>,
        request: SignIn,
    ) -> Result<Decision, Error> {
        let (keyring, first) = (self.engine.keyring(), first.into());
        self.engine
            .drive(Flow::sign_in(keyring, self.id.clone(), first, request))
            .await
    }

    /// Begins a setup, or shows the pending one again to the ticket or assertion that began it.
    ///
    /// A ticket sets up the first factor only. Where a factor exists, a fresh assertion that rests on one is needed.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without a good ticket or assertion: that it is void, and why; with one: the shared secret of a setup of its
    /// own; never that of an authenticator that counts.
    pub async fn begin_setup(
        &self,
        presented: impl Into<Presented<'_>>,
        account_name: &AccountName,
        label: &Label,
    ) -> Result<SetupStart, Error> {
        let (keyring, name, label) = (self.engine.keyring(), account_name.clone(), label.clone());
        let flow = Flow::begin_setup(keyring, self.id.clone(), presented.into(), name, label);
        self.engine.drive(flow).await
    }

    /// Confirms the pending setup with its first code, as typed; that code is spent by it.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] the setup may be confirmed, and the person signs in.
    ///
    /// # Security
    /// Without a good ticket or assertion: that it is void, and why; with one: whether the code is right, how many
    /// tries are left, and after a right one the backup codes, once.
    pub async fn confirm_setup(
        &self,
        presented: impl Into<Presented<'_>>,
        typed: &str,
    ) -> Result<Confirmation, Error> {
        let keyring = self.engine.keyring();
        let flow = Flow::confirm_setup(keyring, self.id.clone(), presented.into(), typed);
        self.engine.drive(flow).await
    }

    /// Verifies what a person typed, a code or a backup code.
    ///
    /// # Errors
    /// [`Error`]; nobody is in then, and after [`Error::Unavailable`] the code may be used up.
    ///
    /// # Security
    /// Without a good ticket: that it is void, and why; with one: whether the code is right or was used, how many
    /// tries are left, or until when the account is locked.
    pub async fn verify(
        &self,
        presented: impl Into<Presented<'_>>,
        typed: &str,
    ) -> Result<Verification, Error> {
        let keyring = self.engine.keyring();
        let flow = Flow::verify(keyring, self.id.clone(), presented.into(), typed);
        self.engine.drive(flow).await
    }

    /// Verifies two consecutive codes of an authenticator that has left the window, as a token does whose clock is
    /// off or whose button was pressed too often. Both are used up, and a wrong pair is charged like a wrong code.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    ///
    /// # Security
    /// Without a good ticket: that it is void, and why; with one: what `verify` tells, of both codes together.
    pub async fn resynchronize(
        &self,
        presented: impl Into<Presented<'_>>,
        first: &str,
        second: &str,
    ) -> Result<Verification, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let flow = Flow::resynchronize(keyring, id, presented.into(), first, second);
        self.engine.drive(flow).await
    }

    /// The same, and remembers the device after a right code: [`Verified::device`](crate::Verified) is for its
    /// cookie, and `SignIn::device` takes it the next time. Where the policy remembers none, it is as [`verify`](Self::verify).
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    ///
    /// # Security
    /// Without a good ticket: that it is void, and why; with one: what `verify` tells, and after a right code the
    /// device token.
    ///
    /// Call it only where the person ticked that this device is their own.
    pub async fn verify_and_remember(
        &self,
        presented: impl Into<Presented<'_>>,
        typed: &str,
        device: &Label,
    ) -> Result<Verification, Error> {
        let (keyring, id, device) = (self.engine.keyring(), self.id.clone(), device.clone());
        let flow = Flow::verify_and_remember(keyring, id, presented.into(), typed, device);
        self.engine.drive(flow).await
    }

    /// Revokes remembered devices of the person whose assertion this is; it is to be fresh, and to rest on a factor.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] they may be revoked, and it may be repeated.
    ///
    /// # Security
    /// Without a good assertion: that it is void, and why; with one: whether there was such a device, if the
    /// assertion is fresh and rests on a factor.
    pub async fn revoke_devices(
        &self,
        presented: impl Into<Presented<'_>>,
        which: WhichDevices,
    ) -> Result<DeviceRevocation, Error> {
        let keyring = self.engine.keyring();
        let flow = Flow::revoke_devices(keyring, self.id.clone(), presented.into(), which);
        self.engine.drive(flow).await
    }

    /// Puts the setup off for this sign-in, if the decision said it may be; spends a skip and the ticket.
    ///
    /// # Errors
    /// [`Error`]; nobody is in then, and after [`Error::Unavailable`] the skip may be spent.
    ///
    /// # Security
    /// Without a good ticket: that it is void, and why; with one: whether the setup may be put off, or until when
    /// the account is locked.
    pub async fn defer(&self, presented: impl Into<Presented<'_>>) -> Result<Deferment, Error> {
        let keyring = self.engine.keyring();
        self.engine
            .drive(Flow::defer(keyring, self.id.clone(), presented.into()))
            .await
    }

    /// Checks a session's assertion against today's epoch and policy: one load, for every request.
    ///
    /// # Errors
    /// [`Error`]; the request is not served then.
    ///
    /// # Security
    /// Without a good assertion: that it is void, and why; with one: whose session it is, on what it rests, and
    /// when it ends.
    pub async fn check_assertion(
        &self,
        presented: impl Into<Presented<'_>>,
    ) -> Result<Standing, Error> {
        let keyring = self.engine.keyring();
        let flow = Flow::check_assertion(keyring, self.id.clone(), presented.into());
        self.engine.drive(flow).await
    }

    /// Records that the person has stored the backup codes.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without a good assertion: that it is void, and why; with one: where the session stands.
    pub async fn acknowledge_backup_codes(
        &self,
        presented: impl Into<Presented<'_>>,
    ) -> Result<Standing, Error> {
        let keyring = self.engine.keyring();
        let flow = Flow::acknowledge_backup_codes(keyring, self.id.clone(), presented.into());
        self.engine.drive(flow).await
    }

    /// Checks a session's assertion, and whether it is enough for what this request demands.
    ///
    /// # Errors
    /// [`Error`]; the request is not served then.
    ///
    /// # Security
    /// Without a good assertion: that it is void, and why; with one: the same, and whether it is enough.
    pub async fn check_assertion_for(
        &self,
        presented: impl Into<Presented<'_>>,
        demand: Demand,
    ) -> Result<Standing, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let flow = Flow::check_assertion_for(keyring, id, presented.into(), demand);
        self.engine.drive(flow).await
    }

    /// A ticket to verify, for a session that is good but not for what is asked; `verify` gives a fresh assertion.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without a good assertion: that it is void, and why; with one: how many backup codes are left, that there is
    /// no factor, or until when the account is locked.
    pub async fn step_up(&self, presented: impl Into<Presented<'_>>) -> Result<StepUp, Error> {
        let flow = Flow::step_up(self.engine.keyring(), self.id.clone(), presented.into());
        self.engine.drive(flow).await
    }

    /// Makes new backup codes; the ones before are void. It needs a fresh assertion that rests on a second factor.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] the old codes may be void, and the call is made again.
    ///
    /// # Security
    /// Without a good assertion: that it is void, and why; with one: the new backup codes, once, if it is fresh and
    /// rests on a factor.
    pub async fn regenerate_backup_codes(
        &self,
        presented: impl Into<Presented<'_>>,
    ) -> Result<BackupCodesRenewal, Error> {
        let keyring = self.engine.keyring();
        let flow = Flow::regenerate_backup_codes(keyring, self.id.clone(), presented.into());
        self.engine.drive(flow).await
    }

    /// Gives an authenticator of the assertion's account another name. It needs a fresh assertion.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without a good assertion: that it is void, and why; with one: whether there is such an authenticator, if it
    /// is fresh and rests on a factor.
    pub async fn rename_authenticator(
        &self,
        presented: impl Into<Presented<'_>>,
        authenticator: AuthenticatorId,
        label: &Label,
    ) -> Result<Renaming, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let (presented, label) = (presented.into(), label.clone());
        let flow = Flow::rename_authenticator(keyring, id, presented, authenticator, label);
        self.engine.drive(flow).await
    }

    /// Removes an authenticator of the assertion's account, and makes all its other sessions void. It needs a fresh
    /// assertion that rests on a second factor.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may be removed, and the person signs in.
    ///
    /// # Security
    /// Without a good assertion: that it is void, and why; with one: whether there was such an authenticator and
    /// whether one must stay, if it is fresh and rests on a factor.
    pub async fn remove_authenticator(
        &self,
        presented: impl Into<Presented<'_>>,
        authenticator: AuthenticatorId,
    ) -> Result<FactorChange, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let flow = Flow::remove_authenticator(keyring, id, presented.into(), authenticator);
        self.engine.drive(flow).await
    }

    /// Removes every factor of the assertion's account, and makes all its other sessions void. It needs a fresh
    /// assertion that rests on a second factor, and a policy that does not require one.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] they may be removed, and the person signs in.
    ///
    /// # Security
    /// Without a good assertion: that it is void, and why; with one: whether a factor is required, if it is fresh
    /// and rests on a factor.
    pub async fn disable(
        &self,
        presented: impl Into<Presented<'_>>,
    ) -> Result<FactorChange, Error> {
        let flow = Flow::disable(self.engine.keyring(), self.id.clone(), presented.into());
        self.engine.drive(flow).await
    }

    /// Makes everything void that was issued to `account` before the host changed its password. Factors stay.
    ///
    /// `session` is that of the person who changed it, if there is one; the answer is its next assertion, or none if
    /// it was not good for this account. The change is made in any case.
    ///
    /// # Errors
    /// [`Error`]; then call it again, until the sessions from before are void.
    ///
    /// # Security
    /// Without the host: nothing, since only the host can call it; with it: whether the session that was passed
    /// goes on.
    pub async fn password_changed(
        &self,
        account: &AccountId,
        session: Option<Presented<'_>>,
    ) -> Result<Option<Assertion>, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        let flow = Flow::password_changed(keyring, id, account, session);
        self.engine.drive(flow).await
    }
}

const MAX_PAGE: u32 = 100;

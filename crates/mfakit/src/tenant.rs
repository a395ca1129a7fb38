//! The handle of one tenant, where every call starts.

mod activation;

use mfakit_core::{
    AccountId, AccountName, AccountStatus, Administrator, Assertion, AuditEntry, AuditSubject,
    AuditVerdict, AuthenticatorId, BackupCodesRenewal, ClockRepair, Confirmation, Decision,
    Deferment, Demand, DeviceRevocation, Error, ExemptionChange, ExemptionEnd, FactorChange,
    FirstFactor, Flow, Gate, IdentityVerified, Label, Misuse, Policy, PolicyChange, Presented,
    Renaming, RequirementChange, Secret, SetupStart, SignIn, Standing, StepUp, StoredEvent,
    TenantId, TokenBinding, TokenKind, Unlocking, Verification, WhichDevices,
};
use mfakit_store::{EventOrder, EventQuery};
use rand_core::TryRng as _;

use crate::engine::Engine;

pub use self::activation::{ActivationPage, ActivationQuery};

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
    pub async fn policy(&self) -> Result<Policy, Error> {
        self.engine
            .drive(Flow::policy(self.engine.keyring(), self.id.clone()))
            .await
    }

    /// Replaces the policy; it is in force at the next decision.
    ///
    /// A policy from [`policy`](Self::policy) replaces only the one it was read from, so that two administrators do
    /// not undo each other's change.
    ///
    /// # Errors
    /// [`Error`]; then the policy may be the old or the new one.
    pub async fn set_policy(
        &self,
        policy: Policy,
        by: &Administrator,
    ) -> Result<PolicyChange, Error> {
        let flow = Flow::set_policy(self.engine.keyring(), self.id.clone(), policy, by.clone());
        self.engine.drive(flow).await
    }

    /// Charges a password attempt, before anything is hashed, and says whether to evaluate the password.
    ///
    /// A right password gives the attempt back in [`sign_in`](Self::sign_in); a wrong one leaves it charged.
    ///
    /// # Errors
    /// [`Error`]; do not evaluate the password then.
    ///
    /// # Security
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
    pub async fn begin_decoy(&self) -> Result<(), Error> {
        let mut id = [0; 16];
        let drawn = getrandom::SysRng.try_fill_bytes(&mut id);
        drawn.map_err(|_| Error::Unavailable(mfakit_core::Unavailable::Randomness))?;
        // Sixteen bytes are an account id; nobody has a random one.
        let Ok(account) = AccountId::new(id) else {
            return Ok(());
        };
        let keyring = self.engine.keyring();
        self.engine
            .drive(Flow::begin_decoy(keyring, self.id.clone(), account))
            .await
    }

    /// Decides what follows the first factor, which was right.
    ///
    /// # Errors
    /// [`Error`]; nobody is in then. [`Error::Busy`] also where the password or the factors were changed while the
    /// password was being hashed: the person signs in again.
    ///
    /// # Security
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
    pub async fn step_up(&self, presented: impl Into<Presented<'_>>) -> Result<StepUp, Error> {
        let flow = Flow::step_up(self.engine.keyring(), self.id.clone(), presented.into());
        self.engine.drive(flow).await
    }

    /// Makes new backup codes; the ones before are void. It needs a fresh assertion that rests on a second factor.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] the old codes may be void, and the call is made again.
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
    pub async fn password_changed(
        &self,
        account: &AccountId,
        session: Option<Presented<'_>>,
    ) -> Result<Option<Assertion>, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        let flow = Flow::password_changed(keyring, id, account, session);
        self.engine.drive(flow).await
    }

    /// Erases everything personal about an account, its password attempts and the content of its audit trail too, in
    /// one commit, and makes all its sessions and open sign-ins void.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may have happened, and may be repeated.
    ///
    /// # Security
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
    pub async fn status(&self, accounts: &[AccountId]) -> Result<Vec<AccountStatus>, Error> {
        let flow = Flow::status(self.engine.keyring(), self.id.clone(), accounts.to_vec());
        self.engine.drive(flow).await
    }

    /// Reads a page of the audit trail.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn events(&self, query: AuditQuery) -> Result<AuditPage, Error> {
        if query.limit == 0 || query.limit > MAX_PAGE {
            return Err(Misuse::PageSize.into());
        }
        // One more than is returned tells whether there is a page after this one.
        let mut stored =
            EventQuery::new(self.id.clone(), query.order, query.limit.saturating_add(1));
        if let Some(after) = query.after {
            stored = stored.after(after);
        }
        let mut events = self.engine.store().events(&stored).await?;
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let more = events.len() > limit;
        events.truncate(limit);
        let next = events.last().filter(|_| more).map(|event| event.position);
        let flow = Flow::open_events(self.engine.keyring(), self.id.clone(), events);
        Ok(AuditPage {
            entries: self.engine.drive(flow).await?,
            next,
        })
    }

    /// Checks that the events of `subject` are all there, unchanged and in order, and that its document was not put
    /// back to an older state.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn verify_audit(&self, subject: AuditSubject) -> Result<AuditVerdict, Error> {
        let mut tries = 0;
        loop {
            let events = self.events_of(&subject).await?;
            let (keyring, id) = (self.engine.keyring(), self.id.clone());
            let flow = Flow::verify_audit(keyring, id, subject.clone(), events);
            let verdict = self.engine.drive(flow).await?;
            tries += 1;
            // Something may have been committed after the events were read.
            if !matches!(verdict, AuditVerdict::Incomplete { .. }) || tries == AUDIT_TRIES {
                return Ok(verdict);
            }
        }
    }

    async fn events_of(&self, subject: &AuditSubject) -> Result<Vec<StoredEvent>, Error> {
        let key = Flow::audit_key(&self.id, subject);
        let query =
            EventQuery::new(self.id.clone(), EventOrder::OldestFirst, MAX_PAGE).document(key);
        let mut events: Vec<StoredEvent> = Vec::new();
        loop {
            let after = events.last().map(|event| event.position);
            let page = after.map_or_else(|| query.clone(), |after| query.clone().after(after));
            let page = self.engine.store().events(&page).await?;
            if page.is_empty() {
                return Ok(events);
            }
            events.extend(page);
        }
    }
}

/// Which part of the audit trail to read.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct AuditQuery {
    order: EventOrder,
    after: Option<u64>,
    limit: u32,
}

impl AuditQuery {
    /// The newest `limit` entries, newest first; at most 100.
    pub const fn newest(limit: u32) -> Self {
        Self {
            order: EventOrder::NewestFirst,
            after: None,
            limit,
        }
    }

    /// The oldest `limit` entries, oldest first; at most 100.
    pub const fn oldest(limit: u32) -> Self {
        Self {
            order: EventOrder::OldestFirst,
            after: None,
            limit,
        }
    }

    /// The page that follows `next` of the page before.
    pub const fn after(mut self, next: u64) -> Self {
        self.after = Some(next);
        self
    }
}

/// A page of the audit trail.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuditPage {
    /// The entries, in the order asked for.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins, if there is one.
    pub next: Option<u64>,
}

const MAX_PAGE: u32 = 100;
const AUDIT_TRIES: u32 = 3;

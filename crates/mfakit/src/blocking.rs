//! The same engine for programs without async: each call waits in its thread.

use core::future::Future;

use mfakit_core::{
    AccountId, AccountName, AccountStatus, ActivationHandle, ActivationLifetime, ActivationStatus,
    Actor, Administrator, Assertion, AuditSubject, AuditVerdict, AuthenticatorId,
    BackupCodesRenewal, ClockRepair, Confirmation, Decision, Deferment, Demand, DeviceRevocation,
    Error, ExemptionChange, ExemptionEnd, FactorChange, FirstFactor, Gate, IdentityVerified,
    IssuedActivation, Keyring, Label, Policy, PolicyChange, Presented, Redemption, Reissue,
    Renaming, RequirementChange, Resynchronization, Revocation, Secret, Settlement, SetupStart,
    SignIn, Standing, StepUp, TenantCreation, TenantId, TenantIdError, TokenBinding, TokenKind,
    Unlocking, Verification, WhichDevices,
};

use crate::engine::{KeyUsage, KeyringReplacement};
use crate::tenant::{
    AccountCount, AccountPage, AccountQuery, ActivationPage, ActivationQuery, AuditPage,
    AuditQuery, PasswordLockPage, PasswordLockQuery, Pruning, RotationPage, RotationQuery,
};

/// The engine, waiting in the caller's thread. It drives the same flows on the same store as [`crate::Engine`].
///
/// Not for use inside an async task: it would hold up the executor.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: crate::Engine,
}

impl From<crate::Engine> for Engine {
    fn from(inner: crate::Engine) -> Self {
        Self { inner }
    }
}

impl Engine {
    /// Creates a tenant with its first policy; a tenant that exists is left as it is.
    ///
    /// # Errors
    /// As [`crate::Engine::create_tenant`].
    pub fn create_tenant(
        &self,
        tenant: &TenantId,
        policy: Policy,
        by: &Administrator,
    ) -> Result<TenantCreation, Error> {
        wait(self.inner.create_tenant(tenant, policy, by))
    }

    /// The tenant named `tenant`.
    ///
    /// # Errors
    /// As [`crate::Engine::tenant`].
    pub fn tenant(&self, tenant: &str) -> Result<Tenant, TenantIdError> {
        Ok(Tenant {
            inner: self.inner.tenant(tenant)?,
        })
    }
}

/// The keys of a blocking engine.
impl Engine {
    /// Replaces the keyring, unless that would leave documents that no key opens.
    ///
    /// # Errors
    /// As [`crate::Engine::replace_keyring`].
    pub fn replace_keyring(&self, new: Keyring) -> Result<KeyringReplacement, Error> {
        wait(self.inner.replace_keyring(new))
    }

    /// Replaces the keyring without looking at anything.
    ///
    /// # Security
    /// As [`crate::Engine::danger_replace_keyring`].
    pub fn danger_replace_keyring(&self, new: Keyring) {
        self.inner.danger_replace_keyring(new);
    }

    /// How many documents each key of the keyring has sealed, over all tenants.
    ///
    /// # Errors
    /// As [`crate::Engine::key_usage`].
    pub fn key_usage(&self) -> Result<KeyUsage, Error> {
        wait(self.inner.key_usage())
    }

    /// Lists tenants: at most `limit` of them that come behind `after`.
    ///
    /// # Errors
    /// As [`crate::Engine::tenants`].
    pub fn tenants(&self, after: Option<&TenantId>, limit: u32) -> Result<Vec<TenantId>, Error> {
        wait(self.inner.tenants(after, limit))
    }
}

/// One tenant of a blocking engine.
#[derive(Debug, Clone)]
pub struct Tenant {
    inner: crate::Tenant,
}

macro_rules! waiting {
    ($($name:ident $(<$life:lifetime>)? ($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Tenant {$(
            #[doc = concat!("As [`", stringify!($name), "`](crate::Tenant::", stringify!($name), ") of the async tenant.")]
            ///
            /// # Errors
            /// As there.
            pub fn $name $(<$life>)? (&self $(, $argument: $type)*) -> Result<$answer, Error> {
                wait(self.inner.$name($($argument),*))
            }
        )*}
    };
}

waiting! {
    policy() -> Policy;
    set_policy(policy: Policy, by: &Administrator) -> PolicyChange;
    begin_password(account: &AccountId) -> Gate;
    begin_decoy() -> ();
    settle_sign_ins(account: &AccountId) -> Settlement;
    sign_in(first: impl Into<FirstFactor>, request: SignIn) -> Decision;
    begin_setup<'a>(presented: impl Into<Presented<'a>>, account_name: &AccountName, label: &Label) -> SetupStart;
    confirm_setup<'a>(presented: impl Into<Presented<'a>>, typed: &str) -> Confirmation;
    verify<'a>(presented: impl Into<Presented<'a>>, typed: &str) -> Verification;
    check_assertion<'a>(presented: impl Into<Presented<'a>>) -> Standing;
    acknowledge_backup_codes<'a>(presented: impl Into<Presented<'a>>) -> Standing;
    reset(account: &AccountId, by: &Administrator) -> ();
    exempt(account: &AccountId, end: ExemptionEnd, by: &Administrator) -> ExemptionChange;
    end_exemption(account: &AccountId, by: &Administrator) -> ExemptionChange;
    defer<'a>(presented: impl Into<Presented<'a>>) -> Deferment;
    require(account: &AccountId, by: &Administrator) -> RequirementChange;
    end_requirement(account: &AccountId, by: &Administrator) -> RequirementChange;
    verify_and_remember<'a>(presented: impl Into<Presented<'a>>, typed: &str, device: &Label) -> Verification;
    revoke_devices<'a>(presented: impl Into<Presented<'a>>, which: WhichDevices) -> DeviceRevocation;
    revoke_devices_of(account: &AccountId, which: WhichDevices, by: &Administrator) -> DeviceRevocation;
    repair_clock(account: Option<&AccountId>, by: &Administrator) -> ClockRepair;
    status(accounts: &[AccountId]) -> Vec<AccountStatus>;
    events(query: AuditQuery) -> AuditPage;
    verify_audit(subject: AuditSubject) -> AuditVerdict;
    issue_activation(purpose: &Label, lifetime: ActivationLifetime, by: &Administrator) -> IssuedActivation;
    reissue_activation(handle: ActivationHandle, lifetime: ActivationLifetime, by: &Administrator) -> Reissue;
    revoke_activation(handle: ActivationHandle, by: &Administrator) -> Revocation;
    redeem_activation(typed: &str, purpose: &Label, redeemer: &Actor) -> Redemption;
    repair_activation_clock(handle: ActivationHandle, by: &Administrator) -> ClockRepair;
    activation_status(handles: &[ActivationHandle]) -> Vec<ActivationStatus>;
    activations(query: ActivationQuery) -> ActivationPage;
    check_assertion_for<'a>(presented: impl Into<Presented<'a>>, demand: Demand) -> Standing;
    step_up<'a>(presented: impl Into<Presented<'a>>) -> StepUp;
    regenerate_backup_codes<'a>(presented: impl Into<Presented<'a>>) -> BackupCodesRenewal;
    rename_authenticator<'a>(presented: impl Into<Presented<'a>>, authenticator: AuthenticatorId, label: &Label) -> Renaming;
    remove_authenticator<'a>(presented: impl Into<Presented<'a>>, authenticator: AuthenticatorId) -> FactorChange;
    resynchronize<'a>(presented: impl Into<Presented<'a>>, first: &str, second: &str) -> Verification;
    bind_token(account: &AccountId, secret: Secret, kind: TokenKind, label: &Label, by: &Administrator) -> TokenBinding;
    resynchronize_of(account: &AccountId, first: &str, second: &str, by: &Administrator) -> Resynchronization;
    disable<'a>(presented: impl Into<Presented<'a>>) -> FactorChange;
    password_changed(account: &AccountId, session: Option<Presented<'_>>) -> Option<Assertion>;
    erase(account: &AccountId, by: &Administrator) -> ();
    unlock(account: &AccountId, by: &Administrator, identity: IdentityVerified) -> Unlocking;
    unlock_password(account: &AccountId, by: &Administrator) -> Unlocking;
    rotate_keys(query: RotationQuery, by: &Administrator) -> RotationPage;
    key_usage() -> KeyUsage;
    accounts(query: AccountQuery) -> AccountPage;
    count_accounts(count: &mut AccountCount) -> ();
    password_locks(query: PasswordLockQuery) -> PasswordLockPage;
    prune_events(run: &mut Pruning, by: &Administrator) -> ();
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}

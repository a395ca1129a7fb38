//! What an account has, as administrators read it, or its owner.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    AccountId, AccountStatus, AuthenticatorStatus, Flow, Keyring, Operation, Policy, Setting,
    TenantId, UnixTime,
    document::{account::AccountDocument, slot::Slot},
    flow::Needs,
    operation::{access, each::Each},
};

impl Flow<Vec<AccountStatus>> {
    /// The most accounts one call takes.
    pub const MAX_ACCOUNTS: usize = Each::<AccountId, AccountStatus>::MOST;

    /// What each account has, in the order given; at most [`MAX_ACCOUNTS`](Self::MAX_ACCOUNTS).
    #[must_use]
    pub fn status(keyring: Arc<Keyring>, tenant: TenantId, accounts: Vec<AccountId>) -> Self {
        let each = Each {
            ids: accounts,
            needs: |accounts| Needs {
                accounts,
                ..Needs::default()
            },
            answer: |desk, policy, ids| {
                let slots = ids.iter().zip(&desk.accounts);
                let status = slots.map(|(id, slot)| account_status(id, slot, policy, desk.now));
                status.collect()
            },
        };
        Self::new(Operation::Status, tenant, keyring, each)
    }
}

pub(super) fn account_status(
    id: &AccountId,
    slot: &Slot<AccountDocument>,
    policy: &Policy,
    now: UnixTime,
) -> AccountStatus {
    let account = slot.get();
    let authenticators = account.map_or(&[][..], |account| &account.authenticators);
    let few = policy.get(Setting::BackupCodesLow);
    AccountStatus {
        account: id.clone(),
        authenticators: authenticators
            .iter()
            .map(|it| AuthenticatorStatus {
                id: it.id,
                kind: it.kind(),
                strength: it.parameters.secret.strength(),
                label: it.label.clone(),
                bound_at: it.bound_at,
            })
            .collect(),
        setup_pending: account.is_some_and(|account| {
            account
                .pending
                .as_ref()
                .is_some_and(|pending| now < pending.expires)
        }),
        backup_codes_left: account.map_or(0, AccountDocument::backup_codes_left),
        backup_codes_low: account
            .is_some_and(|account| account.has_factor() && account.backup_codes_left() <= few),
        backup_codes_acknowledged: account
            .is_some_and(|account| account.backup.as_ref().is_some_and(|set| set.acknowledged)),
        lock: account.and_then(|account| account.throttle.lock(now)),
        failure_budget_spent: account.is_some_and(|account| {
            let limits = account.limits(policy);
            account.throttle.has_spent_budget(&limits, now)
        }),
        year_budget_spent: account.is_some_and(|account| !account.takes_one_code(policy, now)),
        exemption: account.and_then(|account| account.exemption.as_ref()?.status(policy, now)),
        required: account.is_some_and(|account| account.required),
        devices: account.map_or_else(Vec::new, |account| account.devices.status(policy, now)),
        setup_due_at: account
            .filter(|_| policy.get(Setting::SetupDeadline) > 0)
            .and_then(|account| Some(account.rollout.as_ref()?.deadline(policy))),
        fault: slot.fault(),
        overdue: account.is_some_and(|account| {
            !account.is_tombstone() && access::is_setup_overdue(policy, account, now)
        }),
        erased: account.is_some_and(AccountDocument::is_tombstone),
    }
}

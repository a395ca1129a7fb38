//! Lists and counts over all accounts of a tenant: a page of rows, as a store scans them, is opened and looked at.
//!
//! The state of an account stands in its document and nowhere else, so a list is made by opening documents. A page of
//! rows is bounded; whoever wants all of them goes from page to page.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    AccountId, AccountState, AccountStatus, AccountSummary, DocumentKey, DocumentKind, Error, Flow,
    Keyring, Misuse, Operation, PasswordLock, Policy, StoredDocument, TenantId,
    desk::{Clock, Desk, Unreadable},
    document::{Document, account::AccountDocument, gate::GateDocument, slot::Slot},
    flow::{Decide, Needs},
    operation::status::account_status,
    random::Random,
};

impl Flow<AccountSummary> {
    /// The most rows one call takes.
    pub const MAX_ROWS: usize = 1_000;

    /// Counts `rows`, which are documents of accounts, on top of `so_far`.
    #[must_use]
    pub fn count_accounts(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        rows: Vec<(AccountId, StoredDocument)>,
        so_far: AccountSummary,
    ) -> Self {
        let read = move |desk: &Desk<'_>, policy: &Policy, rows: &Rows| {
            let mut summary = so_far;
            for account in statuses(desk, policy, rows)? {
                summary.add(&account);
            }
            Ok(summary)
        };
        Self::new(
            Operation::CountAccounts,
            tenant,
            keyring,
            ReadRows { rows, read },
        )
    }

    /// Counts `rows`, which are documents of password attempts, on top of `so_far`.
    #[must_use]
    pub fn count_passwords(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        rows: Vec<(AccountId, StoredDocument)>,
        so_far: AccountSummary,
    ) -> Self {
        let read = move |desk: &Desk<'_>, _: &Policy, rows: &Rows| {
            let mut summary = so_far;
            for lock in locks(desk, rows)? {
                summary.add_password(&lock);
            }
            Ok(summary)
        };
        Self::new(
            Operation::CountAccounts,
            tenant,
            keyring,
            ReadRows { rows, read },
        )
    }
}

impl Flow<Vec<AccountStatus>> {
    /// Those of `rows`, which are documents of accounts, that are in the state asked for, in their order; without one
    /// all that are not erased.
    #[must_use]
    pub fn accounts(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        rows: Vec<(AccountId, StoredDocument)>,
        only: Option<AccountState>,
    ) -> Self {
        let read = move |desk: &Desk<'_>, policy: &Policy, rows: &Rows| {
            let mut statuses = statuses(desk, policy, rows)?;
            statuses.retain(|account| only.map_or(!account.erased, |state| account.is(state)));
            Ok(statuses)
        };
        Self::new(
            Operation::Accounts,
            tenant,
            keyring,
            ReadRows { rows, read },
        )
    }
}

impl Flow<Vec<PasswordLock>> {
    /// Those of `rows`, which are documents of password attempts, that are locked or do not open, in their order.
    #[must_use]
    pub fn password_locks(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        rows: Vec<(AccountId, StoredDocument)>,
    ) -> Self {
        let read = |desk: &Desk<'_>, _: &Policy, rows: &Rows| locks(desk, rows);
        Self::new(
            Operation::PasswordLocks,
            tenant,
            keyring,
            ReadRows { rows, read },
        )
    }
}

type Rows = Vec<(AccountId, StoredDocument)>;

struct ReadRows<R> {
    rows: Rows,
    read: R,
}

impl<A, R> Decide<A> for ReadRows<R>
where
    R: Fn(&Desk<'_>, &Policy, &Rows) -> Result<A, Error> + Send,
{
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, A> {
        Ok(Needs {
            clock: Clock::AsGiven,
            ..Needs::default()
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<A, Error> {
        let policy = desk.policy()?;
        if self.rows.len() > Flow::<AccountSummary>::MAX_ROWS {
            return Err(Misuse::TooMany.into());
        }
        (self.read)(desk, &policy, &self.rows)
    }

    fn may_write(&self) -> bool {
        false
    }

    fn is_heavy(&self) -> bool {
        self.rows.len() > LIGHT
    }
}

fn statuses(desk: &Desk<'_>, policy: &Policy, rows: &Rows) -> Result<Vec<AccountStatus>, Error> {
    let status = |(id, stored): &(AccountId, StoredDocument)| {
        let slot: Slot<AccountDocument> = open(desk, DocumentKind::Account, id, stored)?;
        Ok(account_status(id, &slot, policy, desk.now))
    };
    rows.iter().map(status).collect()
}

fn locks(desk: &Desk<'_>, rows: &Rows) -> Result<Vec<PasswordLock>, Error> {
    let lock = |(id, stored): &(AccountId, StoredDocument)| {
        let slot: Slot<GateDocument> = match open(desk, DocumentKind::Gate, id, stored) {
            Ok(slot) => slot,
            Err(error) => return Some(Err(error)),
        };
        let until = slot.get().and_then(|gate| gate.locked_until(desk.now));
        let fault = slot.fault();
        (until.is_some() || fault.is_some()).then(|| {
            Ok(PasswordLock {
                account: id.clone(),
                until,
                fault,
            })
        })
    };
    rows.iter().filter_map(lock).collect()
}

fn open<D: Document>(
    desk: &Desk<'_>,
    kind: DocumentKind,
    id: &AccountId,
    stored: &StoredDocument,
) -> Result<Slot<D>, Error> {
    let key = DocumentKey::new(desk.tenant.clone(), kind, id.as_bytes());
    let stored = Some(stored.clone());
    Ok(Slot::open_as(
        Unreadable::Listed,
        desk.keyring,
        key,
        stored,
    )?)
}

/// So many documents are opened within a millisecond.
const LIGHT: usize = 100;

#[cfg(test)]
mod tests {
    use alloc::{sync::Arc, vec, vec::Vec};

    use crate::{
        AccountId, Flow, Keyring, PasswordLock, Revision, StoredDocument, TenantId, testing::Dice,
    };

    #[test]
    fn a_page_of_many_documents_is_heavy() {
        let keyring = Arc::new(Keyring::generate(&mut Dice::new(1)).unwrap());
        let account = AccountId::new("7").unwrap();
        let row = (account, StoredDocument::new(Revision::new(1), Vec::new()));
        for (rows, heavy) in [(100, false), (500, true)] {
            let (keyring, tenant) = (Arc::clone(&keyring), TenantId::new("acme").unwrap());
            let flow =
                Flow::<Vec<PasswordLock>>::password_locks(keyring, tenant, vec![row.clone(); rows]);
            assert_eq!(flow.is_heavy(), heavy);
        }
    }
}

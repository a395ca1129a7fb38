//! Accounts by their state, listed and counted.

use crate::{AccountId, AccountStatus, LockEnd, Unavailable, UnixTime};

/// A state by which accounts are listed; an account can be in several.
///
/// Who has never signed in has no document, and is in no list: the host knows the names of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountState {
    /// There is no authenticator.
    NotSetUp,
    /// There is an authenticator.
    SetUp,
    /// A setup waits for its first code.
    SetupPending,
    /// A second factor is required and there is none, and the setup can't be put off any more.
    Overdue,
    /// Locked for a time.
    Locked,
    /// Locked until an administrator acts.
    HardLocked,
    /// Exempt from the second factor.
    Exempt,
    /// Set up, with so few backup codes left that the person is to be told.
    FewBackupCodes,
    /// The stored state does not open.
    Unreadable,
    /// Erased, and nothing has come since: no person, and in no other list.
    Erased,
}

impl AccountStatus {
    /// Whether the account is in this state.
    #[must_use]
    pub const fn is(&self, state: AccountState) -> bool {
        let has_factor = !self.authenticators.is_empty();
        match state {
            AccountState::NotSetUp => !has_factor && self.fault.is_none() && !self.erased,
            AccountState::SetUp => has_factor,
            AccountState::SetupPending => self.setup_pending,
            AccountState::Overdue => self.overdue,
            AccountState::Locked => {
                matches!(&self.lock, Some(lock) if matches!(lock.end, LockEnd::At(_)))
            }
            AccountState::HardLocked => {
                matches!(&self.lock, Some(lock) if matches!(lock.end, LockEnd::Hard))
            }
            AccountState::Exempt => self.exemption.is_some(),
            AccountState::FewBackupCodes => self.backup_codes_low,
            AccountState::Unreadable => self.fault.is_some(),
            AccountState::Erased => self.erased,
        }
    }
}

/// How many accounts are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AccountSummary {
    /// All accounts that have a document, but for those erased.
    pub accounts: u64,
    /// In [`AccountState::NotSetUp`].
    pub not_set_up: u64,
    /// In [`AccountState::SetUp`].
    pub set_up: u64,
    /// In [`AccountState::SetupPending`].
    pub setup_pending: u64,
    /// In [`AccountState::Overdue`].
    pub overdue: u64,
    /// In [`AccountState::Locked`].
    pub locked: u64,
    /// In [`AccountState::HardLocked`].
    pub hard_locked: u64,
    /// In [`AccountState::Exempt`].
    pub exempt: u64,
    /// In [`AccountState::FewBackupCodes`].
    pub few_backup_codes: u64,
    /// In [`AccountState::Unreadable`].
    pub unreadable: u64,
    /// In [`AccountState::Erased`]; not among [`accounts`](Self::accounts).
    pub erased: u64,
    /// Persons whose password is not looked at for a time, whether they have an account document or not.
    pub passwords_locked: u64,
    /// Persons whose password attempts do not open.
    pub passwords_unreadable: u64,
}

impl AccountSummary {
    /// Counts one more account.
    pub(crate) fn add(&mut self, account: &AccountStatus) {
        let mut count = |state: AccountState, total: fn(&mut Self) -> &mut u64| {
            let total = total(self);
            *total = total.saturating_add(u64::from(account.is(state)));
        };
        count(AccountState::NotSetUp, |it| &mut it.not_set_up);
        count(AccountState::SetUp, |it| &mut it.set_up);
        count(AccountState::SetupPending, |it| &mut it.setup_pending);
        count(AccountState::Overdue, |it| &mut it.overdue);
        count(AccountState::Locked, |it| &mut it.locked);
        count(AccountState::HardLocked, |it| &mut it.hard_locked);
        count(AccountState::Exempt, |it| &mut it.exempt);
        count(AccountState::FewBackupCodes, |it| &mut it.few_backup_codes);
        count(AccountState::Unreadable, |it| &mut it.unreadable);
        count(AccountState::Erased, |it| &mut it.erased);
        self.accounts = self.accounts.saturating_add(u64::from(!account.erased));
    }

    /// Counts one more person by the password attempts.
    pub(crate) fn add_password(&mut self, lock: &PasswordLock) {
        let total = if lock.fault.is_some() {
            &mut self.passwords_unreadable
        } else {
            &mut self.passwords_locked
        };
        *total = total.saturating_add(1);
    }
}

/// A person whose password is not looked at for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasswordLock {
    /// Whose it is.
    pub account: AccountId,
    /// When passwords are evaluated again; none if that can't be read.
    pub until: Option<UnixTime>,
    /// Why the stored state can't be read, if so.
    pub fault: Option<Unavailable>,
}

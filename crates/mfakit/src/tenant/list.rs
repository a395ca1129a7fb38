//! The accounts of a tenant by their state: listed in pages, and counted.
//!
//! A list looks at every account of the tenant, since no state stands outside of the sealed documents. Each call looks
//! at a bounded number of them, so a page can be shorter than asked for, or empty, and still have a next one.

use mfakit_core::{
    AccountId, AccountState, AccountStatus, AccountSummary, DocumentKind, Error, Flow, Misuse,
    Operation, PasswordLock, StoredDocument,
};
use mfakit_store::{ScanQuery, ScanRow};

use crate::{
    observe::Watch,
    tenant::{MAX_PAGE, Tenant},
};

impl Tenant {
    /// Reads a page of the accounts of the tenant, in an order of the store's own.
    ///
    /// Who has never signed in is in no list: there is no document of them, and the host knows the names of all. An
    /// account that does not open is listed with its fault, and is in the state [`AccountState::Unreadable`] alone.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: who has, and
    /// who lacks, which second factor.
    pub async fn accounts(&self, query: AccountQuery) -> Result<AccountPage, Error> {
        let mut watch = self.engine.watch(Operation::Accounts);
        let ended = self.page_of_accounts(query, &mut watch).await;
        watch.end(ended)
    }

    async fn page_of_accounts(
        &self,
        query: AccountQuery,
        watch: &mut Watch<'_>,
    ) -> Result<AccountPage, Error> {
        check_page(query.limit)?;
        // A list of all takes what it looks at; one by state looks at more than it will show.
        let looked_at = if query.only.is_some() {
            ROWS
        } else {
            query.limit
        };
        let rows = self
            .rows(DocumentKind::Account, query.after, looked_at)
            .await?;
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let end = rows.next;
        let flow = Flow::accounts(keyring, id, rows.rows, query.only);
        let mut entries = self.engine.run(flow, watch).await?;
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let cut = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().map(|entry| entry.account.clone());
        let next = if cut { last } else { end };
        Ok(AccountPage { entries, next })
    }

    /// Counts some more accounts of the tenant, in all states at once: call it until [`AccountCount::is_done`].
    ///
    /// # Errors
    /// [`Error`]; what was counted before stays, and the call may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: how many accounts
    /// are in which state.
    pub async fn count_accounts(&self, count: &mut AccountCount) -> Result<(), Error> {
        let mut watch = self.engine.watch(Operation::CountAccounts);
        let ended = self.count_some(count, &mut watch).await;
        watch.end(ended)
    }

    async fn count_some(
        &self,
        count: &mut AccountCount,
        watch: &mut Watch<'_>,
    ) -> Result<(), Error> {
        let (kind, after) = match &count.stage {
            Stage::Accounts(after) => (DocumentKind::Account, after.clone()),
            Stage::Passwords(after) => (DocumentKind::Gate, after.clone()),
            Stage::Done => return Ok(()),
        };
        let Rows { rows, next } = self.rows(kind, after, ROWS).await?;
        let (keyring, id, so_far) = (self.engine.keyring(), self.id.clone(), count.summary);
        let (flow, stage) = match count.stage {
            Stage::Accounts(_) => {
                let stage = Stage::Accounts(next.clone());
                let stage = if next.is_some() {
                    stage
                } else {
                    Stage::Passwords(None)
                };
                (Flow::count_accounts(keyring, id, rows, so_far), stage)
            }
            Stage::Passwords(_) | Stage::Done => {
                let stage = Stage::Passwords(next.clone());
                let stage = if next.is_some() { stage } else { Stage::Done };
                (Flow::count_passwords(keyring, id, rows, so_far), stage)
            }
        };
        count.summary = self.engine.run(flow, watch).await?;
        count.stage = stage;
        Ok(())
    }

    /// Reads a page of the persons whose password is not looked at for a time, in an order of the store's own, or whose
    /// password attempts do not open.
    ///
    /// Password attempts live apart from accounts, so somebody can be here who never had a second factor.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: at whose passwords
    /// somebody guesses.
    pub async fn password_locks(
        &self,
        query: PasswordLockQuery,
    ) -> Result<PasswordLockPage, Error> {
        let mut watch = self.engine.watch(Operation::PasswordLocks);
        let ended = self.page_of_password_locks(query, &mut watch).await;
        watch.end(ended)
    }

    async fn page_of_password_locks(
        &self,
        query: PasswordLockQuery,
        watch: &mut Watch<'_>,
    ) -> Result<PasswordLockPage, Error> {
        check_page(query.limit)?;
        let rows = self.rows(DocumentKind::Gate, query.after, ROWS).await?;
        let end = rows.next;
        let flow = Flow::password_locks(self.engine.keyring(), self.id.clone(), rows.rows);
        let mut entries = self.engine.run(flow, watch).await?;
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let cut = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().map(|entry| entry.account.clone());
        let next = if cut { last } else { end };
        Ok(PasswordLockPage { entries, next })
    }

    async fn rows(
        &self,
        kind: DocumentKind,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Rows, Error> {
        let mut after = after.map(|it| it.as_bytes().to_vec());
        loop {
            let mut scan = ScanQuery::new(self.id.clone(), kind, limit);
            if let Some(after) = after {
                scan = scan.after(after);
            }
            let found = self.engine.store().scan(&scan).await?;
            let full = u32::try_from(found.len()).unwrap_or(u32::MAX) >= limit;
            after = found.last().map(|row| row.id.clone());
            // An id that no account has is none that was ever written.
            let known = |row: ScanRow| Some((AccountId::new(&row.id).ok()?, row.document));
            let rows: Vec<_> = found.into_iter().filter_map(known).collect();
            if full && rows.is_empty() {
                continue;
            }
            let last = rows.last().filter(|_| full);
            let next = last.map(|(account, _)| account.clone());
            return Ok(Rows { rows, next });
        }
    }
}

/// A page of documents.
struct Rows {
    rows: Vec<(AccountId, StoredDocument)>,
    /// The last of them, if there may be more.
    next: Option<AccountId>,
}

/// Which accounts to list.
#[derive(Debug, Clone)]
#[must_use]
pub struct AccountQuery {
    only: Option<AccountState>,
    after: Option<AccountId>,
    limit: u32,
}

impl AccountQuery {
    /// The first accounts, at most `limit` of them, which is at most 100; those erased are left out.
    pub const fn first(limit: u32) -> Self {
        Self {
            only: None,
            after: None,
            limit,
        }
    }

    /// Only accounts in this state.
    pub const fn only(mut self, state: AccountState) -> Self {
        self.only = Some(state);
        self
    }

    /// The page that follows `next` of the page before.
    pub fn after(mut self, next: AccountId) -> Self {
        self.after = Some(next);
        self
    }
}

/// A page of the list of accounts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AccountPage {
    /// The accounts.
    pub entries: Vec<AccountStatus>,
    /// Where the next page begins, if there is more to look at; this page may have no entries then.
    pub next: Option<AccountId>,
}

/// A count of the accounts of a tenant that is under way.
#[derive(Debug, Clone, Default)]
#[must_use = "it counts nothing by itself"]
pub struct AccountCount {
    summary: AccountSummary,
    stage: Stage,
}

impl AccountCount {
    /// A count that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was counted so far.
    #[must_use]
    pub const fn summary(&self) -> &AccountSummary {
        &self.summary
    }

    /// Whether everything was counted.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }
}

/// What is counted next: first the accounts, then the password attempts, each after the one named.
#[derive(Debug, Clone)]
enum Stage {
    Accounts(Option<AccountId>),
    Passwords(Option<AccountId>),
    Done,
}

impl Default for Stage {
    fn default() -> Self {
        Self::Accounts(None)
    }
}

/// Which part of the list of password locks to read.
#[derive(Debug, Clone)]
#[must_use]
pub struct PasswordLockQuery {
    after: Option<AccountId>,
    limit: u32,
}

impl PasswordLockQuery {
    /// The first `limit` persons; at most 100.
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// The page that follows `next` of the page before.
    pub fn after(mut self, next: AccountId) -> Self {
        self.after = Some(next);
        self
    }
}

/// A page of the list of password locks.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PasswordLockPage {
    /// The persons.
    pub entries: Vec<PasswordLock>,
    /// Where the next page begins, if there is more to look at; this page may have no entries then.
    pub next: Option<AccountId>,
}

fn check_page(limit: u32) -> Result<(), Misuse> {
    if limit == 0 || limit > MAX_PAGE {
        return Err(Misuse::PageSize);
    }
    Ok(())
}

/// How many documents one call looks at.
const ROWS: u32 = 500;

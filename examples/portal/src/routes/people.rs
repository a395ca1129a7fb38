//! The list of people, by the state of their second factor.

use alloc::collections::BTreeMap;

use axum::{extract::State, http::StatusCode, response::Response};
use mfakit::{AccountId, AccountState, AccountStatus, PasswordLock, PasswordLockQuery};

use crate::{
    access::Permission,
    failure::Failure,
    guard::{Asked, PEOPLE, Staff, Visit},
    page::{FilterLink, Frame, PeoplePage, PersonRow, show},
    people::Person,
    portal::Portal,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    visitor.require(Permission::SeePeople)?;
    let show_only = Filter::of(query.maybe("show")?.unwrap_or_default())?;
    let notice = portal.sessions().take_notice(&visitor.id).await?;
    let people = portal.people().all().await?;
    let states = states_of(&portal, &people).await?;
    let locks = password_locks(&portal).await?;
    let rows = people
        .iter()
        .zip(&states)
        .map(|(person, state)| {
            let lock = locks.get(&person.account());
            PersonRow::of(person, state.as_ref(), lock, person.id == visitor.person.id)
        })
        .zip(&states)
        .filter(|(row, state)| show_only.shows(state.as_ref(), row.password_locked.is_some()))
        .map(|(row, _)| row)
        .collect();
    let page = PeoplePage {
        frame: Frame::inside(&visitor, PEOPLE),
        notice: notice.map(crate::notice::Notice::text),
        filters: Filter::ALL
            .iter()
            .map(|filter| FilterLink {
                code: filter.code(),
                text: filter.text(),
                is_here: *filter == show_only,
            })
            .collect(),
        people: rows,
    };
    show(StatusCode::OK, &page)
}

/// The state of each of these people, in their order.
pub(super) async fn states_of(
    portal: &Portal,
    people: &[Person],
) -> Result<Vec<Option<AccountStatus>>, Failure> {
    let accounts: Vec<_> = people.iter().map(Person::account).collect();
    let mut found = BTreeMap::new();
    for some in accounts.chunks(AT_ONCE) {
        for state in portal.mfa().status(some).await? {
            found.insert(state.account.clone(), state);
        }
    }
    Ok(accounts
        .iter()
        .map(|account| found.remove(account))
        .collect())
}

/// Whose passwords are not looked at for a time.
pub(super) async fn password_locks(
    portal: &Portal,
) -> Result<BTreeMap<AccountId, PasswordLock>, Failure> {
    let mut locks = BTreeMap::new();
    let mut query = PasswordLockQuery::first(PAGE);
    loop {
        let page = portal.mfa().password_locks(query).await?;
        for lock in page.entries {
            locks.insert(lock.account.clone(), lock);
        }
        let Some(next) = page.next else {
            return Ok(locks);
        };
        query = PasswordLockQuery::first(PAGE).after(next);
    }
}

/// Who is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filter {
    Everybody,
    NotSetUp,
    Overdue,
    Locked,
    Exempt,
    FewCodes,
}

impl Filter {
    const ALL: [Self; 6] = [
        Self::Everybody,
        Self::NotSetUp,
        Self::Overdue,
        Self::Locked,
        Self::Exempt,
        Self::FewCodes,
    ];

    fn of(code: &str) -> Result<Self, Failure> {
        let found = Self::ALL.into_iter().find(|filter| filter.code() == code);
        found.ok_or(Failure::NotFound)
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Everybody => "",
            Self::NotSetUp => "not-set-up",
            Self::Overdue => "overdue",
            Self::Locked => "locked",
            Self::Exempt => "exempt",
            Self::FewCodes => "few-codes",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Everybody => "Everybody",
            Self::NotSetUp => "Not set up",
            Self::Overdue => "Overdue",
            Self::Locked => "Locked",
            Self::Exempt => "Exempt",
            Self::FewCodes => "Few codes",
        }
    }

    fn shows(self, state: Option<&AccountStatus>, password_locked: bool) -> bool {
        let is = |wanted| state.is_some_and(|state| state.is(wanted));
        match self {
            Self::Everybody => true,
            Self::NotSetUp => is(AccountState::NotSetUp),
            Self::Overdue => is(AccountState::Overdue),
            Self::Locked => {
                is(AccountState::Locked) || is(AccountState::HardLocked) || password_locked
            }
            Self::Exempt => is(AccountState::Exempt),
            Self::FewCodes => is(AccountState::FewBackupCodes),
        }
    }
}

/// The most that one call of the engine takes.
const AT_ONCE: usize = 100;
const PAGE: u32 = 100;

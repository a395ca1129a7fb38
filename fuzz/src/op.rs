//! What can be done, and what is answered: the words that the flows and the model share.

use mfakit_core::{Basis, Declined, Demand, IdentityVerified, ReplayedCode, Void};

use crate::People;

/// An operation. Whoever bears a ticket or a session is named by it; an administrator names an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the operations are documented where they are defined"
)]
pub enum Op {
    ReadPolicy,
    SetPolicy {
        rules: usize,
        /// Whether it replaces only the policy that was read last.
        from_read: bool,
    },
    BeginPassword {
        who: usize,
    },
    BeginDecoy,
    Settle {
        who: usize,
    },
    SignIn {
        who: usize,
        first: First,
        demand: bool,
        device: Option<Cookie>,
    },
    Defer(Bearer),
    BeginSetup(Bearer),
    ConfirmSetup(Bearer, Typed),
    Verify {
        by: Bearer,
        typed: Typed,
        remember: bool,
    },
    Resynchronize {
        by: Bearer,
        which: Which,
        /// The moving factor of the first code.
        at: u64,
        /// Whether the second code is the one that follows.
        consecutive: bool,
    },
    Acknowledge(Bearer),
    Check(Bearer, Demand),
    StepUp(Bearer),
    Regenerate(Bearer),
    Rename(Bearer, Option<Which>),
    Remove(Bearer, Option<Which>),
    Disable(Bearer),
    RevokeDevices(Bearer, WhichDevice),
    RevokeDevicesOf {
        who: usize,
        which: WhichDevice,
    },
    PasswordChanged {
        who: usize,
        session: Option<Bearer>,
    },
    Erase {
        who: usize,
    },
    Reset {
        who: usize,
    },
    ResynchronizeOf {
        who: usize,
        which: Which,
        at: u64,
        consecutive: bool,
    },
    Unlock {
        who: usize,
        identity: IdentityVerified,
    },
    UnlockPassword {
        who: usize,
    },
    BindToken {
        who: usize,
        token: usize,
    },
    Exempt {
        who: usize,
        end: Ends,
    },
    EndExemption {
        who: usize,
    },
    Require {
        who: usize,
    },
    EndRequirement {
        who: usize,
    },
    RepairClock {
        who: Option<usize>,
    },
    Status {
        who: usize,
    },
    Issue {
        seconds: u32,
    },
    Reissue {
        known: bool,
    },
    Revoke {
        known: bool,
    },
    Redeem {
        /// A code of the installation; none for a code of an installation that there is not.
        code: Option<usize>,
        right_purpose: bool,
    },
    RepairCode,
    CodeStatus,
}

/// When an operation is done, and which it is.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// The clock.
    pub now: i64,
    /// The number of the operation: names what comes of it.
    pub number: u32,
}

/// How the first factor was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// Elsewhere.
    External,
    /// By the password attempt that is open.
    Password,
}

/// What comes as a remembered device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The device token that the person got this many ago.
    Own(usize),
    /// No device token.
    Odd,
}

/// Somebody who presents a ticket or a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// Whose it is.
    pub of: usize,
    /// What.
    pub paper: Paper,
    /// How.
    pub presented: Presented,
}

/// What is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// The ticket that the person got this many ago.
    Ticket(usize),
    /// The session that the person got this many ago.
    Session(usize),
    /// No token.
    Nothing,
}

/// Where a token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// Where it was given out.
    Rightly,
    /// In another session.
    InAnotherSession,
    /// In another tenant.
    InAnotherTenant,
}

/// Which authenticator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Which {
    /// The one that the person set up as this one.
    Own(usize),
    /// The token that an administrator has bound as this one.
    Bound(usize),
}

/// Which remembered device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichDevice {
    /// The one that the operation of this number has remembered.
    One(u32),
    /// All.
    All,
}

/// What is typed for a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// Six digits.
    Code(String),
    /// A backup code, by the set it is of and its slot there.
    Backup(usize, usize),
    /// Neither.
    Shapeless,
}

/// When an exemption ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Then.
    At(i64),
    /// Never by itself.
    Never,
}

/// A lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Until then.
    Until(i64),
    /// Until an administrator acts.
    Hard,
}

/// What is answered, as far as the rules decide it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the answers are documented where they are defined"
)]
pub enum Answer {
    Done,
    Stale,
    Proceed,
    Paused(i64),
    Settled {
        half: u32,
        open_until: Option<i64>,
    },
    Allow {
        basis: Basis,
        may_set_up: bool,
    },
    Challenge {
        left: u32,
        one_code: bool,
    },
    Setup {
        may_defer: Option<(i64, u32)>,
    },
    Locked(Lock),
    Refused,
    Void(Void),
    Pending {
        app: usize,
        tries_left: u32,
        expires: i64,
    },
    TooMany,
    Confirmed {
        codes: bool,
    },
    NoPendingSetup,
    Mismatch {
        left: u32,
        charged: bool,
    },
    Verified {
        basis: Basis,
        left: u32,
        budget_spent: bool,
        year_spent: bool,
        codes: bool,
        device: bool,
    },
    Replayed(ReplayedCode),
    Declined(Declined),
    Resynchronized,
    Current {
        basis: Basis,
        may_set_up: bool,
        to_acknowledge: bool,
    },
    StepUp(Void),
    NoFactor,
    Renewed,
    Renamed,
    NoSuch,
    Required,
    Changed {
        session: bool,
    },
    Revoked {
        count: u32,
    },
    NotLocked,
    Lifted,
    FailuresCleared,
    FactorsRemoved,
    Bound,
    SecondCounter,
    AlreadyBound,
    Unchanged,
    NotExempt,
    EndsInThePast,
    TooLong {
        latest: i64,
    },
    EndNeeded {
        latest: i64,
    },
    Repaired,
    NothingAhead,
    Status(Summary),
    Issued,
    Reissued {
        old: &'static str,
    },
    Unknown,
    AlreadyRevoked,
    AlreadyRedeemed,
    Redeemed,
    ActivationFailed,
    Code {
        state: &'static str,
        tries_left: u32,
    },
    /// No answer: the clock is behind.
    ClockBehind,
    /// No answer: something came in between.
    Busy,
}

/// What the status of an account tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in the status of an account")]
pub struct Summary {
    pub factors: usize,
    pub pending: bool,
    pub codes_left: u32,
    pub acknowledged: bool,
    pub lock: Option<Lock>,
    pub budget_spent: bool,
    pub year_spent: bool,
    pub exempt: bool,
    pub required: bool,
    pub devices: usize,
    pub due_at: Option<i64>,
}

impl Op {
    /// Whose papers it takes, where somebody else's don't do.
    pub(crate) const fn person(&self) -> Option<usize> {
        match self {
            Self::SignIn { who, .. } | Self::BeginPassword { who } => Some(*who),
            Self::Defer(by)
            | Self::BeginSetup(by)
            | Self::ConfirmSetup(by, _)
            | Self::Verify { by, .. }
            | Self::Resynchronize { by, .. }
            | Self::Acknowledge(by)
            | Self::Check(by, _)
            | Self::StepUp(by)
            | Self::Regenerate(by) => Some(by.of),
            _ => None,
        }
    }

    /// The same operation with the papers and the device that it took when people held what they hold in
    /// `before`, though they have more of them now.
    #[must_use]
    pub fn again(&self, before: &People, now: &People) -> Self {
        let mut again = self.clone();
        let by = match &mut again {
            Self::Defer(by)
            | Self::BeginSetup(by)
            | Self::ConfirmSetup(by, _)
            | Self::Verify { by, .. }
            | Self::Resynchronize { by, .. }
            | Self::Acknowledge(by)
            | Self::Check(by, _)
            | Self::StepUp(by)
            | Self::Regenerate(by)
            | Self::Rename(by, _)
            | Self::Remove(by, _)
            | Self::Disable(by)
            | Self::RevokeDevices(by, _)
            | Self::PasswordChanged {
                session: Some(by), ..
            } => by,
            Self::SignIn {
                who,
                device: Some(Cookie::Own(ago)),
                ..
            } => {
                let (before, now) = (&before.persons[*who], &now.persons[*who]);
                *ago += now.cookies.len() - before.cookies.len();
                return again;
            }
            _ => return again,
        };
        let (before, now) = (&before.persons[by.of], &now.persons[by.of]);
        match &mut by.paper {
            Paper::Ticket(ago) => *ago += now.tickets.len() - before.tickets.len(),
            Paper::Session(ago) => *ago += now.sessions.len() - before.sessions.len(),
            Paper::Nothing => {}
        }
        again
    }

    /// The name of the operation.
    #[must_use]
    pub fn name(&self) -> String {
        first_word(&format!("{self:?}"))
    }
}

impl Answer {
    /// The name of the outcome, with what it rests on or why it is refused.
    #[must_use]
    pub fn name(&self) -> String {
        let word = first_word(&format!("{self:?}"));
        match self {
            Self::Allow { basis, .. }
            | Self::Verified { basis, .. }
            | Self::Current { basis, .. } => {
                format!("{word} {basis:?}")
            }
            Self::Void(void) | Self::StepUp(void) => format!("{word} {void:?}"),
            Self::Replayed(what) => format!("{word} {what:?}"),
            Self::Declined(what) => format!("{word} {what:?}"),
            Self::Challenge { one_code, .. } if !one_code => format!("{word} beyond the year"),
            Self::Settled { half: 0, .. } => format!("{word} nothing"),
            Self::Reissued { old } => format!("{word} {old}"),
            Self::Code { state, .. } => format!("{word} {state}"),
            _ => word,
        }
    }
}

fn first_word(text: &str) -> String {
    let end = text.find([' ', '(', '{']).unwrap_or(text.len());
    text.chars().take(end).collect()
}

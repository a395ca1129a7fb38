//! Verification: a code or a backup code, as typed, against the account of the ticket.
//!
//! Nothing typed is looked at before [`Challenged`] has let it pass, nor one code where too many of the year were wrong. What a code does, right or wrong, is done here
//! for a resynchronization too, so that none of them is free.

use alloc::{string::String, sync::Arc};

use zeroize::Zeroizing;

use crate::{
    Accepted, AccountId, BackupCode, Basis, Charged, Code, Declined, Error, Event, EventKind, Flow,
    Keyring, Label, LockEnd, Locked, Mismatch, Misuse, Operation, Policy, Presented, Replayed,
    ReplayedCode, Setting, TenantId, TimeStep, Totp, TotpParameters, UnixTime, Verification,
    Verified, VerifyError, Window,
    backup::{self, BackupMatch},
    claims::TicketClaims,
    desk::Desk,
    document::account::{AccountDocument, Authenticator, Parameters},
    flow::{Decide, Needs},
    operation::{challenge::Challenged, device, matching::Position, setup::issue_backup_codes},
    random::Random,
};

impl Flow<Verification> {
    /// Verifies what a person typed, a code or a backup code.
    #[must_use]
    pub fn verify(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
        typed: &str,
    ) -> Self {
        Self::new(
            Operation::Verify,
            tenant,
            keyring,
            Verify::new(presented, typed, None),
        )
    }

    /// The same, and remembers the device after a right code, where the policy allows it.
    #[must_use]
    pub fn verify_and_remember(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
        typed: &str,
        device: Label,
    ) -> Self {
        Self::new(
            Operation::VerifyAndRemember,
            tenant,
            keyring,
            Verify::new(presented, typed, Some(device)),
        )
    }
}

/// What was typed. Its text is kept, since the digits of a code depend on the authenticator.
pub(super) struct Typed {
    text: Zeroizing<String>,
    backup: Option<BackupCode>,
}

impl Typed {
    pub(super) fn new(text: &str) -> Self {
        // A longer text has no shape; its beginning, one character too long, has none either.
        let kept = text.chars().take(Code::MAX_TEXT_LEN.saturating_add(1));
        // Reserved whole, so that growing leaves no copy behind.
        let mut held = Zeroizing::new(String::with_capacity(text.len().min(MAX_HELD_LEN)));
        held.extend(kept);
        Self {
            text: held,
            backup: BackupCode::parse(text),
        }
    }

    pub(super) fn code(&self, parameters: &Parameters) -> Option<Code> {
        Code::parse(&self.text, parameters.digits).ok()
    }
}

struct Verify {
    challenged: Challenged,
    typed: Typed,
    /// The name of the device that is to be remembered.
    device: Option<Label>,
}

impl Verify {
    fn new(presented: Presented<'_>, typed: &str, device: Option<Label>) -> Self {
        Self {
            challenged: Challenged::new(presented),
            typed: Typed::new(typed),
            device,
        }
    }
}

/// What the typed text turned out to be.
enum Finding {
    /// The next code of the authenticator with this index.
    Otp { index: usize, position: Position },
    /// The backup code of the slot with this index.
    Backup { index: usize },
    /// A used code of the authenticator with this index.
    ReplayedOtp { index: usize },
    /// A used backup code.
    ReplayedBackup,
    /// A wrong code.
    Mismatch,
}

impl Decide<Verification> for Verify {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Verification> {
        self.challenged.open(keyring, tenant)
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<Verification, Error> {
        let (policy, now, clock) = (desk.policy()?, desk.now, desk.clock);
        let shaped = |account: &AccountDocument| has_shape(account, &self.typed);
        if let Some(refusal) = self.challenged.refusal(desk, &policy, shaped)? {
            return Ok(refusal);
        }
        let (id, claims) = self.challenged.opened()?;
        let account = desk.account()?.get().ok_or(Misuse::OutOfStep)?;
        if self.typed.backup.is_none() && !account.takes_one_code(&policy, now) {
            return Ok(Verification::Declined(Declined::OneCode));
        }
        let mut verification = match find(account, &self.typed, &policy, clock) {
            Finding::Otp { index, position } => {
                accept_otp(desk, id, claims, index, position, &policy, random)
            }
            Finding::Backup { index } => accept_backup(desk, id, claims, index, &policy, random),
            Finding::ReplayedOtp { index } => refuse_replay(desk, index, &policy),
            Finding::ReplayedBackup => {
                // Whoever has a ticket has typed this code in another sign-in: nothing honest sends it twice.
                let replayed = Replayed {
                    what: ReplayedCode::BackupCode,
                    wait_seconds: 0,
                };
                let kind = EventKind::BackupCodeReplayed;
                charge(desk, &policy, kind, |_| Verification::Replayed(replayed))
            }
            Finding::Mismatch => charge(desk, &policy, EventKind::CodeMismatch, |attempts_left| {
                Verification::Mismatch(Mismatch {
                    attempts_left,
                    charged: Charged::Yes,
                })
            }),
        }?;
        if let (Some(label), Verification::Verified(verified)) = (&self.device, &mut verification) {
            verified.device = device::remember(desk, id, label, &policy, random)?;
        }
        Ok(verification)
    }

    /// A backup code costs a hash. That new ones may be made after a right one-time password is left out of
    /// account: it happens once in a while, and the others would pay for it at every sign-in.
    fn is_heavy(&self) -> bool {
        self.typed.backup.is_some()
    }
}

/// The window of the policy, in time steps.
pub(super) fn validation_window(policy: &Policy) -> Window {
    let steps = |setting| u8::try_from(policy.get(setting)).unwrap_or(0);
    Window::new(steps(Setting::WindowPast), steps(Setting::WindowFuture)).unwrap_or_default()
}

fn has_shape(account: &AccountDocument, typed: &Typed) -> bool {
    let is_code = |it: &Authenticator| typed.code(&it.parameters).is_some();
    typed.backup.is_some() || account.authenticators.iter().any(is_code)
}

/// Tries every authenticator, without stopping at the first that fits, or the one slot of a backup code.
fn find(account: &AccountDocument, typed: &Typed, policy: &Policy, now: UnixTime) -> Finding {
    if let Some(code) = &typed.backup {
        let Some(set) = &account.backup else {
            return Finding::Mismatch;
        };
        return match backup::find(code, &set.slots, set.rounds) {
            BackupMatch::Fresh(index) => Finding::Backup { index },
            BackupMatch::Used => Finding::ReplayedBackup,
            BackupMatch::None => Finding::Mismatch,
        };
    }
    let mut finding = Finding::Mismatch;
    for (index, authenticator) in account.authenticators.iter().enumerate() {
        let Some(code) = typed.code(&authenticator.parameters) else {
            continue;
        };
        match authenticator.verify(&code, now, policy) {
            Ok(position) if !matches!(finding, Finding::Otp { .. }) => {
                finding = Finding::Otp { index, position };
            }
            Err(VerifyError::Replayed) if matches!(finding, Finding::Mismatch) => {
                finding = Finding::ReplayedOtp { index };
            }
            Ok(_) | Err(_) => {}
        }
    }
    finding
}

fn accept_otp(
    desk: &mut Desk<'_>,
    id: &AccountId,
    claims: &TicketClaims,
    index: usize,
    position: Position,
    policy: &Policy,
    random: &mut Random<'_>,
) -> Result<Verification, Error> {
    let label = desk
        .account()?
        .get()
        .and_then(|account| account.authenticators.get(index));
    let label: Label = label.ok_or(Misuse::OutOfStep)?.label.clone();
    let event = desk.event(EventKind::CodeAccepted { label });
    let account = desk.account()?.change(event).ok_or(Misuse::OutOfStep)?;
    if let Some(authenticator) = account.authenticators.get_mut(index) {
        authenticator.advance(position);
    }
    succeed(desk, id, claims, Basis::Otp, policy, random)
}

fn accept_backup(
    desk: &mut Desk<'_>,
    id: &AccountId,
    claims: &TicketClaims,
    index: usize,
    policy: &Policy,
    random: &mut Random<'_>,
) -> Result<Verification, Error> {
    let left = desk
        .account()?
        .get()
        .map_or(0, AccountDocument::backup_codes_left);
    let event = desk.event(EventKind::BackupCodeAccepted {
        left: left.saturating_sub(1),
    });
    let account = desk.account()?.change(event).ok_or(Misuse::OutOfStep)?;
    let slot = account
        .backup
        .as_mut()
        .and_then(|set| set.slots.get_mut(index));
    slot.ok_or(Misuse::OutOfStep)?.used = true;
    succeed(desk, id, claims, Basis::BackupCode, policy, random)
}

/// What every right code does: it spends the ticket, clears the failures, and answers with an assertion.
pub(super) fn succeed(
    desk: &mut Desk<'_>,
    id: &AccountId,
    claims: &TicketClaims,
    basis: Basis,
    policy: &Policy,
    random: &mut Random<'_>,
) -> Result<Verification, Error> {
    let now = desk.now;
    let event = desk.event(EventKind::BackupCodesIssued {
        count: policy.get(Setting::BackupCodes),
    });
    let failures = desk.account()?.get();
    let count = failures.map_or(0, |account| account.throttle.failures());
    let suspicious = desk.event(EventKind::SucceededAfterFailures { count });
    let slot = desk.account()?;
    // Backup codes that were never acknowledged may never have been seen.
    let make_anew = slot
        .get()
        .is_some_and(AccountDocument::backup_codes_unacknowledged);
    if make_anew {
        slot.also(event);
    }
    // Whoever guessed right after a lock is told from the owner by the owner alone.
    if count >= policy.get(Setting::LockAfter) {
        slot.also(suspicious);
    }
    let account = slot.changing().ok_or(Misuse::OutOfStep)?;
    account
        .spent
        .spend(claims.common.id, claims.common.issued, claims.expires, now);
    account.throttle.succeed();
    if let Some(number) = claims.asked {
        account.answer(number);
    }
    let new_backup_codes = if make_anew {
        Some(issue_backup_codes(account, policy, random)?)
    } else {
        None
    };
    let backup_codes_left = account.backup_codes_left();
    let limits = account.limits(policy);
    let failure_budget_spent = account.throttle.has_spent_budget(&limits, now);
    let year_budget_spent = account.throttle.has_spent_year(&limits, now);
    let shown = desk.shown_set(make_anew);
    let assertion = desk
        .issuance(id, claims.common.origin())?
        .assertion(basis, shown, random)?;
    Ok(Verification::Verified(Verified {
        assertion,
        basis,
        backup_codes_left,
        backup_codes_low: backup_codes_left <= policy.get(Setting::BackupCodesLow),
        failure_budget_spent,
        year_budget_spent,
        new_backup_codes,
        device: None,
    }))
}

/// A used code: free a few times, since a form is sent twice by accident, then charged.
fn refuse_replay(
    desk: &mut Desk<'_>,
    index: usize,
    policy: &Policy,
) -> Result<Verification, Error> {
    let clock = desk.clock;
    let event = desk.event(EventKind::CodeReplayed);
    let slot = desk.account()?;
    let authenticator = slot
        .get()
        .and_then(|account| account.authenticators.get(index));
    let authenticator = authenticator.ok_or(Misuse::OutOfStep)?;
    let replayed = Replayed {
        what: ReplayedCode::Otp,
        wait_seconds: authenticator.wait_seconds(clock),
    };
    if authenticator.replays >= policy.get(Setting::FreeReplays) {
        return charge(desk, policy, EventKind::CodeReplayed, |_| {
            Verification::Replayed(replayed)
        });
    }
    let account = slot.change(event).ok_or(Misuse::OutOfStep)?;
    if let Some(authenticator) = account.authenticators.get_mut(index) {
        authenticator.replays = authenticator.replays.saturating_add(1);
    }
    Ok(Verification::Replayed(replayed))
}

/// Charges a failure of this kind; a lock that follows is the answer, else `open` makes it of the attempts left.
pub(super) fn charge(
    desk: &mut Desk<'_>,
    policy: &Policy,
    kind: EventKind,
    open: impl FnOnce(u32) -> Verification,
) -> Result<Verification, Error> {
    let event = desk.event(kind);
    let charged = charge_as(desk, policy, event)?;
    Ok(charged.map_or_else(Verification::Locked, open))
}

/// Charges a failure that `event` tells of: the attempts left, or the lock that follows.
pub(super) fn charge_as(
    desk: &mut Desk<'_>,
    policy: &Policy,
    event: Event,
) -> Result<Result<u32, Locked>, Error> {
    let now = desk.now;
    let budget_spent = desk.event(EventKind::FailureBudgetSpent);
    let year_spent = desk.event(EventKind::YearBudgetSpent);
    let slot = desk.account()?;
    let account = slot.change(event).ok_or(Misuse::OutOfStep)?;
    let (limits, throttle) = (account.limits(policy), &mut account.throttle);
    let was_spent = throttle.has_spent_budget(&limits, now);
    let year_was_spent = throttle.has_spent_year(&limits, now);
    let lock = throttle.charge(&limits, now);
    let attempts_left = throttle.attempts_left(&limits, now);
    let is_spent = throttle.has_spent_budget(&limits, now);
    let year_is_spent = throttle.has_spent_year(&limits, now);
    if !was_spent && is_spent {
        slot.also(budget_spent);
    }
    if !year_was_spent && year_is_spent {
        slot.also(year_spent);
    }
    let Some(lock) = lock else {
        return Ok(Ok(attempts_left));
    };
    let event = desk.event(match lock.end {
        LockEnd::At(until) => EventKind::Locked { until },
        LockEnd::Hard => EventKind::HardLocked,
    });
    desk.account()?.also(event);
    Ok(Err(lock))
}

impl Parameters {
    /// Verifies `code` at `now`; the secret is used where it lies, without a copy.
    pub(super) fn verify(
        &self,
        code: &Code,
        now: UnixTime,
        window: Window,
        last: Option<TimeStep>,
    ) -> Result<Accepted, VerifyError> {
        let Self {
            algorithm,
            digits,
            period,
            ..
        } = *self;
        let parameters = TotpParameters {
            algorithm,
            digits,
            period,
        };
        Totp::verify_once(&self.secret, parameters, code, now, window, last)
    }
}

/// One character more than a code can have, of four bytes each.
const MAX_HELD_LEN: usize = 4 * (Code::MAX_TEXT_LEN + 1);

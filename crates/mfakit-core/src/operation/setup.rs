//! Setup: a pending secret that counts for nothing, and the code that confirms it.

use alloc::sync::Arc;

use crate::{
    AccountId, AccountName, Algorithm, AuthenticatorId, Basis, Charged, Confirmation, Confirmed,
    Digits, Error, EventKind, Flow, Keyring, Label, Mismatch, Operation, OtpAuthUri, PendingSetup,
    Period, Policy, Presented, Secret, Setting, SetupStart, TenantId, Totp, Unavailable, UnixTime,
    Void,
    answer::Redacted,
    backup,
    claims::{Authority, Origin, Presentation, TicketPurpose},
    desk::Desk,
    document::{
        Meta,
        account::{
            AccountDocument, Authenticator, BackupSet, Parameters, PendingSetup as StoredSetup,
        },
        slot::Slot,
    },
    flow::{Decide, Needs},
    operation::{
        access, check_epoch, check_standing, check_ticket, refuse_anomaly,
        verify::{Typed, validation_window},
    },
    random::Random,
};

impl Flow<SetupStart> {
    /// Begins a setup, or shows the pending one again to the ticket that began it.
    ///
    /// A setup ticket begins the first factor only; where a factor exists, a fresh assertion of one is needed.
    #[must_use]
    pub fn begin_setup(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
        account_name: AccountName,
        label: Label,
    ) -> Self {
        let holder = Holder::new(presented);
        Self::new(
            Operation::BeginSetup,
            tenant,
            keyring,
            Begin {
                holder,
                account_name,
                label,
            },
        )
    }
}

impl Flow<Confirmation> {
    /// Confirms the pending setup with its first code, as typed.
    #[must_use]
    pub fn confirm_setup(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
        typed: &str,
    ) -> Self {
        let holder = Holder::new(presented);
        let typed = Typed::new(typed);
        Self::new(
            Operation::ConfirmSetup,
            tenant,
            keyring,
            Confirm { holder, typed },
        )
    }
}

/// Who may set up: the presented token, opened once.
struct Holder {
    presentation: Presentation,
    opened: Option<(AccountId, Authority)>,
}

impl Holder {
    fn new(presented: Presented<'_>) -> Self {
        Self {
            presentation: presented.into(),
            opened: None,
        }
    }

    fn open(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<AccountId, Void> {
        let authority = match self.presentation.open(keyring, tenant)? {
            Authority::Ticket(claims) => {
                let opened = Authority::Ticket(claims);
                Authority::Ticket(opened.into_ticket(TicketPurpose::Setup)?)
            }
            assertion @ Authority::Assertion(_) => assertion,
        };
        let account = authority.common().account()?;
        self.opened = Some((account.clone(), authority));
        Ok(account)
    }

    /// Whether the holder may set up now.
    fn check(
        &self,
        slot: &Slot<AccountDocument>,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        let (_, authority) = self.opened.as_ref().ok_or(Refusal::Void(Void::Unknown))?;
        let common = authority.common();
        refuse_anomaly(common, slot, now).map_err(Refusal::Unavailable)?;
        let account = slot.get();
        let has_factor = account.is_some_and(AccountDocument::has_factor);
        // Whoever has begun a setup may finish it within its own lifetime: installing an app takes a while.
        let begun = account.and_then(|account| account.pending.as_ref());
        let begun = begun.is_some_and(|it| it.begun_by == common.id && now < it.expires);
        let void = match authority {
            // A password alone never touches an account that has a factor.
            Authority::Ticket(_) if has_factor => Err(Void::Superseded),
            Authority::Ticket(claims) if begun => check_epoch(&claims.common, slot),
            Authority::Ticket(claims) => check_ticket(claims, slot, policy, now),
            Authority::Assertion(claims) => {
                check_standing(claims, slot, policy, now).and_then(|()| {
                    let (basis, device) = (claims.basis()?, claims.device());
                    if !access::suffices(basis, device, policy, account, now) {
                        return Err(Void::Insufficient);
                    }
                    if has_factor && !claims.basis()?.is_two_factor() {
                        return Err(Void::Insufficient);
                    }
                    if now < claims.fresh_until(policy) || begun {
                        Ok(())
                    } else {
                        Err(Void::Stale)
                    }
                })
            }
        };
        void.map_err(Refusal::Void)?;
        match account.and_then(|account| account.throttle.lock(now)) {
            Some(lock) => Err(Refusal::Locked(lock)),
            None => Ok(()),
        }
    }

    const fn authority(&self) -> Result<&(AccountId, Authority), Error> {
        match &self.opened {
            Some(opened) => Ok(opened),
            None => Err(Error::Misuse(crate::Misuse::OutOfStep)),
        }
    }
}

/// Why a holder may not set up.
enum Refusal {
    Void(Void),
    Locked(crate::Locked),
    Unavailable(Unavailable),
}

struct Begin {
    holder: Holder,
    account_name: AccountName,
    label: Label,
}

impl Decide<SetupStart> for Begin {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, SetupStart> {
        self.holder
            .open(keyring, tenant)
            .map(Needs::account)
            .map_err(SetupStart::Void)
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<SetupStart, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let event = desk.event(EventKind::SetupStarted {
            label: self.label.clone(),
        });
        let slot = desk.account()?;
        match self.holder.check(slot, &policy, now) {
            Ok(()) => {}
            Err(Refusal::Void(void)) => return Ok(SetupStart::Void(void)),
            Err(Refusal::Locked(lock)) => return Ok(SetupStart::Locked(lock)),
            Err(Refusal::Unavailable(unavailable)) => return Err(unavailable.into()),
        }
        let bound = slot.get().map_or(0, |account| account.authenticators.len());
        if u32::try_from(bound).unwrap_or(u32::MAX) >= policy.get(Setting::Authenticators) {
            return Ok(SetupStart::TooManyAuthenticators);
        }
        let begun_by = self.holder.authority()?.1.common().id;
        // A page that is loaded again shows the same secret.
        let pending = slot.get().and_then(|account| account.pending.as_ref());
        if let Some(pending) = pending.filter(|it| it.begun_by == begun_by && now < it.expires) {
            return Ok(SetupStart::Pending(self.show(pending, &policy)));
        }
        let pending = StoredSetup {
            parameters: parameters(&policy, random)?,
            label: self.label.clone(),
            begun_by,
            expires: now.saturating_add(policy.get(Setting::SetupLifetime)),
            tries_left: policy.get(Setting::SetupTries),
        };
        let answer = SetupStart::Pending(self.show(&pending, &policy));
        if slot.get().is_none() {
            let document = AccountDocument::new(Meta::new(now, random)?, random)?;
            slot.create(document, event).pending = Some(pending);
        } else if let Some(account) = slot.change(event) {
            account.pending = Some(pending);
        }
        Ok(answer)
    }
}

impl Begin {
    fn show(&self, pending: &StoredSetup, policy: &Policy) -> PendingSetup {
        let Parameters {
            secret,
            algorithm,
            digits,
            period,
        } = &pending.parameters;
        let totp = Totp::new(secret.duplicate(), *algorithm, *digits, *period);
        PendingSetup {
            key: Redacted(pending.parameters.secret.to_base32()),
            uri: OtpAuthUri::totp(policy.issuer(), &self.account_name, &totp),
            issuer: policy.issuer().clone(),
            account_name: self.account_name.clone(),
            attempts_left: pending.tries_left,
            expires: pending.expires,
        }
    }
}

struct Confirm {
    holder: Holder,
    typed: Typed,
}

impl Decide<Confirmation> for Confirm {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Confirmation> {
        self.holder
            .open(keyring, tenant)
            .map(Needs::account)
            .map_err(Confirmation::Void)
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<Confirmation, Error> {
        let (policy, now, clock) = (desk.policy()?, desk.now, desk.clock);
        let slot = desk.account()?;
        match self.holder.check(slot, &policy, now) {
            Ok(()) => {}
            Err(Refusal::Void(void)) => return Ok(Confirmation::Void(void)),
            Err(Refusal::Locked(lock)) => return Ok(Confirmation::Locked(lock)),
            Err(Refusal::Unavailable(unavailable)) => return Err(unavailable.into()),
        }
        let (account, authority) = self.holder.authority()?;
        let common = authority.common();
        let pending = slot.get().and_then(|account| account.pending.as_ref());
        let Some(pending) = pending.filter(|it| it.begun_by == common.id && now < it.expires)
        else {
            return Ok(Confirmation::NoPendingSetup);
        };
        let tries_left = pending.tries_left;
        let Some(code) = self.typed.code(&pending.parameters) else {
            let charged = Charged::NotACode;
            return Ok(Confirmation::Mismatch(Mismatch {
                attempts_left: tries_left,
                charged,
            }));
        };
        let window = validation_window(&policy);
        match pending.parameters.verify(&code, clock, window, None) {
            Ok(accepted) => {
                let origin = common.origin();
                let step = accepted.into_step();
                bind(desk, account, step, &policy, origin, random)
            }
            Err(_) => Ok(refuse(desk, tries_left)?),
        }
    }

    fn is_heavy(&self) -> bool {
        true
    }
}

/// A wrong code costs one of the setup's own tries; the last one ends the setup.
fn refuse(desk: &mut Desk<'_>, tries_left: u32) -> Result<Confirmation, Error> {
    let attempts_left = tries_left.saturating_sub(1);
    let last = attempts_left == 0;
    let kind = if last {
        EventKind::SetupFailed
    } else {
        EventKind::SetupCodeMismatch
    };
    let event = desk.event(kind);
    if let Some(account) = desk.account()?.change(event) {
        if last {
            account.pending = None;
        } else if let Some(pending) = account.pending.as_mut() {
            pending.tries_left = attempts_left;
        }
    }
    if last {
        return Ok(Confirmation::NoPendingSetup);
    }
    Ok(Confirmation::Mismatch(Mismatch {
        attempts_left,
        charged: Charged::Yes,
    }))
}

/// Turns the pending setup into an authenticator; its first code is spent by that (RFC 6238 §5.2).
fn bind(
    desk: &mut Desk<'_>,
    account: &AccountId,
    step: crate::TimeStep,
    policy: &Policy,
    origin: Origin,
    random: &mut Random<'_>,
) -> Result<Confirmation, Error> {
    let now = desk.now;
    let slot = desk.account()?;
    let label = slot
        .get()
        .and_then(|account| Some(account.pending.as_ref()?.label.clone()));
    let Some(label) = label else {
        return Ok(Confirmation::NoPendingSetup);
    };
    let event = desk.event(EventKind::AuthenticatorBound {
        label: label.clone(),
    });
    let issued = desk.event(EventKind::BackupCodesIssued {
        count: policy.get(Setting::BackupCodes),
    });
    let slot = desk.account()?;
    let mut backup_codes = None;
    if let Some(document) = slot.change(event)
        && let Some(pending) = document.pending.take()
    {
        document.authenticators.push(Authenticator {
            parameters: pending.parameters,
            label,
            bound_at: now,
            last_step: step,
            replays: 0,
            id: AuthenticatorId::generate(random)?,
            next_counter: None,
            drift: 0,
        });
        document.throttle.succeed();
        document.end_rollout(now);
        document.raise_epoch(random)?;
        // Codes that the person has stored stay good when a second authenticator comes; those of a time without a
        // factor are nobody's.
        let first = document.authenticators.len() == 1;
        if first || document.backup.as_ref().is_none_or(|set| !set.acknowledged) {
            backup_codes = Some(issue_backup_codes(document, policy, random)?);
        }
    }
    if backup_codes.is_some() {
        slot.also(issued);
    }
    let shown = desk.shown_set(backup_codes.is_some());
    let assertion = desk
        .issuance(account, origin)?
        .assertion(Basis::Otp, shown, random)?;
    Ok(Confirmation::Confirmed(Confirmed {
        assertion,
        backup_codes,
    }))
}

/// Makes a set of backup codes; an older one is void.
pub(super) fn issue_backup_codes(
    document: &mut AccountDocument,
    policy: &Policy,
    random: &mut Random<'_>,
) -> Result<crate::BackupCodes, Error> {
    let count = u8::try_from(policy.get(Setting::BackupCodes)).unwrap_or(u8::MAX);
    let (codes, slots) = backup::generate(count, backup::ROUNDS, random)?;
    document.backup = Some(BackupSet {
        rounds: backup::ROUNDS,
        acknowledged: false,
        slots,
        id: random.array()?,
    });
    Ok(codes)
}

/// The parameters of a new authenticator, with a fresh secret.
fn parameters(policy: &Policy, random: &mut Random<'_>) -> Result<Parameters, Error> {
    let damaged = Error::Unavailable(Unavailable::NewerFormat);
    let number = |setting| policy.get(setting);
    let digits = u8::try_from(number(Setting::Digits))
        .ok()
        .and_then(|n| Digits::new(n).ok());
    let period = u16::try_from(number(Setting::Period))
        .ok()
        .and_then(|n| Period::new(n).ok());
    // Other algorithms are ignored by widespread apps, which would then show codes that never match.
    let algorithm = Algorithm::Sha1;
    Ok(Parameters {
        secret: Secret::generate(algorithm, random)?,
        algorithm,
        digits: digits.ok_or(damaged)?,
        period: period.ok_or(damaged)?,
    })
}

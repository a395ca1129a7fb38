//! The decision after the first factor: the table of the design, row by row.

use alloc::sync::Arc;

use crate::{
    Allowed, Basis, Challenge, Decision, DeviceId, Error, EventKind, FirstFactor, Flow, Keyring,
    Label, Mark, Misuse, Operation, Policy, Requirement, Setting, SetupRequired, TenantId,
    UnixTime,
    claims::{BindingHash, Issuance, Origin, TicketPurpose},
    desk::Desk,
    device::DeviceSecret,
    document::{Meta, account::AccountDocument},
    flow::{Decide, Needs},
    operation::{access, is_of_today, refuse_rollback},
    random::Random,
};

/// What the host knows of a sign-in.
#[derive(Clone, Default)]
#[must_use]
pub struct SignIn {
    binding: Option<BindingHash>,
    demand: bool,
    mark: Option<Mark>,
    device: Presence,
}

/// What came as a remembered device.
#[derive(Clone, Default)]
enum Presence {
    #[default]
    Nothing,
    /// Something that is no device token of ours.
    Odd,
    Device(DeviceSecret),
}

impl SignIn {
    /// A sign-in about which the host says nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds ticket and assertion to these bytes: who presents them must present the same.
    ///
    /// The assertion that follows a ticket carries the binding of the ticket, and is presented with it as long as it
    /// lives. So a host that gives a session a new id when the person is in does not bind to the id: it draws random
    /// bytes for the sign-in, keeps them in the session on the server, and takes them along to the new id.
    pub fn binding(mut self, binding: &[u8]) -> Self {
        self.binding = Some(BindingHash::of(binding));
        self
    }

    /// Demands a second factor for this sign-in, whatever the policy says; a host may demand more, never less.
    pub const fn demand_factor(mut self) -> Self {
        self.demand = true;
        self
    }

    /// The device token that the browser sent, as it came; one that is not good is ignored, with an event.
    ///
    /// # Security
    /// Keep it in a cookie of its own, `HttpOnly`, `Secure` and `SameSite`, until the device expires.
    pub fn device(mut self, token: impl AsRef<str>) -> Self {
        let secret = DeviceSecret::parse(token.as_ref());
        self.device = secret.map_or(Presence::Odd, Presence::Device);
        self
    }

    /// Refuses a store that knows less of the account than `mark` does, as after a rollback.
    pub const fn not_older_than(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
    }
}

impl core::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SignIn")
            .field("demand", &self.demand)
            .finish_non_exhaustive()
    }
}

impl Flow<Decision> {
    /// Decides what follows the first factor, which was right.
    #[must_use]
    pub fn sign_in(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        first: FirstFactor,
        request: SignIn,
    ) -> Self {
        Self::new(
            Operation::SignIn,
            tenant,
            keyring,
            SignInDecision { first, request },
        )
    }
}

struct SignInDecision {
    first: FirstFactor,
    request: SignIn,
}

impl Decide<Decision> for SignInDecision {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Decision> {
        let account = self.first.account().clone();
        let gates = match &self.first {
            FirstFactor::Password(_) => alloc::vec![account.clone()],
            FirstFactor::External { .. } => alloc::vec![],
        };
        Ok(Needs {
            gates,
            ..Needs::account(account)
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, random: &mut Random<'_>) -> Result<Decision, Error> {
        let policy = desk.policy()?;
        if let FirstFactor::Password(attempt) = &self.first {
            if attempt.tenant != *desk.tenant {
                return Err(Misuse::ForeignAttempt.into());
            }
            // The password was changed, or the factors, while it was being hashed: what was right may be no more.
            if !is_of_today(attempt.epoch, desk.account()?) {
                return Err(Error::Busy);
            }
            give_back(desk)?;
        }
        let (now, tenant) = (desk.now, desk.tenant);
        let slot = desk.account()?;
        if let Some(mark) = self.request.mark {
            refuse_rollback(mark, slot)?;
        }
        if let Some(lock) = slot.get().and_then(|account| account.throttle.lock(now)) {
            return Ok(Decision::Deny(lock));
        }
        let row = self.row(tenant, slot.get(), &policy, now);
        match row {
            Row::Allow { basis, may_set_up } => {
                let issuance = self.issuance(desk)?;
                Ok(Decision::Allow(Allowed {
                    assertion: issuance.assertion(basis, None, random)?,
                    basis,
                    may_set_up,
                }))
            }
            Row::Remembered { device, noted } => {
                if let Some(label) = noted {
                    let event = desk.event(EventKind::DeviceUsed { label });
                    if let Some(account) = desk.account()?.change(event) {
                        account.devices.note_use(device, now);
                    }
                }
                let issuance = self.issuance(desk)?;
                Ok(Decision::Allow(Allowed {
                    assertion: issuance.remembered(device, random)?,
                    basis: Basis::Remembered,
                    may_set_up: false,
                }))
            }
            Row::Challenge {
                backup_codes_left,
                takes_one_code,
                refused,
            } => {
                if refused {
                    let event = desk.event(EventKind::DeviceRefused);
                    if let Some(account) = desk.account()?.change(event) {
                        account.devices.forget_expired(&policy, now);
                    }
                }
                let asked = self.ask(desk, &policy)?;
                let issuance = self.issuance(desk)?;
                Ok(Decision::Challenge(Challenge {
                    ticket: issuance.ticket_asked_for(asked, &policy, random)?,
                    backup_codes_left,
                    takes_one_code,
                }))
            }
            Row::Setup => self.require_setup(desk, &policy, random),
        }
    }
}

/// A row of the decision table, for an account that is open.
enum Row {
    Allow {
        basis: Basis,
        may_set_up: bool,
    },
    Remembered {
        device: DeviceId,
        /// The device's name, if its use is recorded.
        noted: Option<Label>,
    },
    Challenge {
        backup_codes_left: u32,
        takes_one_code: bool,
        /// Whether what was sent as a device is none.
        refused: bool,
    },
    Setup,
}

impl SignInDecision {
    /// The first row that fits. A demand of the host leaves the rows that ask for a factor.
    fn row(
        &self,
        tenant: &TenantId,
        account: Option<&AccountDocument>,
        policy: &Policy,
        now: UnixTime,
    ) -> Row {
        let demand = self.request.demand;
        let has_factor = account.is_some_and(AccountDocument::has_factor);
        let requirement = if demand {
            Requirement::Required
        } else {
            access::requirement(policy, account)
        };
        if requirement == Requirement::Off {
            return Row::Allow {
                basis: Basis::NotRequired,
                may_set_up: false,
            };
        }
        if !demand && access::is_exempt(policy, account, now) {
            return Row::Allow {
                basis: Basis::Exempt,
                may_set_up: !has_factor,
            };
        }
        if let Some(account) = account.filter(|account| account.has_factor()) {
            // Where no device is good for anything, none is looked at.
            let looked_at = !demand && policy.get(Setting::RememberDays) > 0;
            let found = match &self.request.device {
                Presence::Device(secret) if looked_at => {
                    let hash = secret.hash(tenant, self.first.account(), account.epoch);
                    account.devices.find(secret, &hash, policy, now)
                }
                Presence::Device(_) | Presence::Odd | Presence::Nothing => None,
            };
            if let Some(device) = found {
                let worth = device.is_use_worth_a_write(now);
                return Row::Remembered {
                    device: device.id(),
                    noted: worth.then(|| device.label.clone()),
                };
            }
            return Row::Challenge {
                backup_codes_left: account.backup_codes_left(),
                takes_one_code: account.takes_one_code(policy, now),
                refused: looked_at && !matches!(self.request.device, Presence::Nothing),
            };
        }
        if requirement == Requirement::Optional {
            return Row::Allow {
                basis: Basis::NotSetUp,
                may_set_up: true,
            };
        }
        Row::Setup
    }

    /// Setup now, or put off until the deadline, which counts from the first sign-in under the requirement.
    fn require_setup(
        &self,
        desk: &mut Desk<'_>,
        policy: &Policy,
        random: &mut Random<'_>,
    ) -> Result<Decision, Error> {
        let now = desk.now;
        let grace = policy.get(Setting::SetupDeadline) > 0 && policy.get(Setting::SetupSkips) > 0;
        if self.request.demand || !grace {
            let issuance = self.issuance(desk)?;
            let ticket = issuance.ticket(TicketPurpose::Setup, policy, random)?;
            let may_defer = None;
            return Ok(Decision::Setup(SetupRequired { ticket, may_defer }));
        }
        let event = desk.event(EventKind::RolloutBegun);
        let slot = desk.account()?;
        if slot.get().is_none() {
            let document = AccountDocument::new(Meta::new(now, random)?, random)?;
            slot.create(document, event).begin_rollout(now);
        } else if slot.get().is_some_and(|account| account.rollout.is_none())
            && let Some(account) = slot.change(event)
        {
            account.begin_rollout(now);
        }
        let rollout = slot.get().and_then(|account| account.rollout.as_ref());
        let may_defer = rollout.and_then(|rollout| rollout.deferral(policy, now));
        let issuance = self.issuance(desk)?;
        let ticket = if may_defer.is_some() {
            issuance.deferrable_ticket(policy, random)?
        } else {
            issuance.ticket(TicketPurpose::Setup, policy, random)?
        };
        Ok(Decision::Setup(SetupRequired { ticket, may_defer }))
    }

    /// After a password, the gate notes that a code is asked for, so that it shows if none follows; it is written in
    /// any case then. Other first factors have no gate, and a sign-in by them writes nothing.
    fn ask(&self, desk: &mut Desk<'_>, policy: &Policy) -> Result<Option<u32>, Error> {
        let FirstFactor::Password(_) = self.first else {
            return Ok(None);
        };
        let now = desk.now;
        let accepted = desk.event(EventKind::PasswordAccepted);
        let answered = desk.account()?.get().map(AccountDocument::answered);
        let slot = desk.gate()?;
        if !slot.is_changed() {
            // Another sign-in at the same time has cleared the attempts already.
            let _ = slot.change(accepted);
        }
        let gate = slot.changing();
        Ok(gate.map(|gate| gate.ask(policy, answered.as_ref(), now)))
    }

    fn issuance<'b>(&'b self, desk: &'b Desk<'_>) -> Result<Issuance<'b>, Error> {
        let origin = Origin {
            binding: self.request.binding.clone(),
            means: self.first.means(),
        };
        desk.issuance(self.first.account(), origin)
    }
}

/// The password was right: its attempt, and those before it, count no more.
fn give_back(desk: &mut Desk<'_>) -> Result<(), Error> {
    let now = desk.now;
    let event = desk.event(EventKind::PasswordAccepted);
    let slot = desk.gate()?;
    if slot.get().is_some_and(|gate| gate.is_charged())
        && let Some(gate) = slot.change(event)
    {
        gate.clear(now);
    }
    Ok(())
}

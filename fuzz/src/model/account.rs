//! One account: who is let in, and what administrators do to it.

use mfakit_core::{Basis, Demand, IdentityVerified, Requirement, Void};

use crate::{Answer, Cookie, Ends, Lock, Op, Person, Rules, Summary, Which, WhichDevice};

use super::{
    gate::{Answered, Gate},
    papers::{Grant, Hand, Token, What},
    throttle::{Limits, Throttle},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Account {
    pub(super) seen: Option<i64>,
    pub(super) gate: Gate,
    pub(super) answered: Answered,
    pub(super) hand: Hand,
    pub(super) factors: Vec<Factor>,
    pub(super) pending: Option<Pending>,
    pub(super) backup: Option<Backup>,
    pub(super) throttle: Throttle,
    devices: Vec<Device>,
    exemption: Option<Exemption>,
    rollout: Option<Rollout>,
    required: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Factor {
    pub(super) which: Which,
    /// Whether it counts; else it goes by time.
    pub(super) counts: bool,
    /// The last accepted time step, or the next counter.
    pub(super) place: u64,
    pub(super) replays: u32,
    pub(super) drift: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pending {
    /// None if nobody has seen its key.
    pub(super) app: Option<usize>,
    pub(super) begun_by: u32,
    pub(super) expires: i64,
    pub(super) tries_left: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Backup {
    /// None if nobody has seen the codes.
    pub(super) set: Option<usize>,
    pub(super) used: [bool; 10],
    pub(super) acknowledged: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Device {
    number: u32,
    created: i64,
    expires: i64,
    used: i64,
    /// Whether it had ended when a policy began to remember for longer.
    ended: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Exemption {
    granted: i64,
    until: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Rollout {
    begun: i64,
    /// None if nothing can be put off any more.
    skips: Option<u32>,
}

/// One operation on one account.
pub(super) struct Case<'a> {
    pub(super) rules: &'static Rules,
    /// The time that does not go back.
    pub(super) now: i64,
    /// The clock, by which codes go.
    pub(super) clock: i64,
    pub(super) number: u32,
    pub(super) account: &'a mut Account,
    pub(super) person: &'a Person,
    pub(super) wrote: bool,
    pub(super) grant: Option<Grant>,
}

impl Account {
    pub(super) fn requirement(&self, rules: &Rules) -> Requirement {
        match rules.requirement {
            Requirement::Optional if self.required => Requirement::Required,
            requirement => requirement,
        }
    }

    pub(super) fn is_exempt(&self, rules: &Rules, now: i64) -> bool {
        let Some(exemption) = &self.exemption else {
            return false;
        };
        let longest = longest(rules, exemption.granted);
        match (exemption.until, longest) {
            (Some(until), longest) => now < until.min(longest.unwrap_or(until)),
            (None, None) => true,
            // Without an end, where one is needed: the limit in days is its end, if there is one.
            (None, Some(longest)) => rules.exemption_days > 0 && now < longest,
        }
    }

    pub(super) fn has_live_device(&self, rules: &Rules, now: i64) -> bool {
        self.live(rules, now).next().is_some()
    }

    pub(super) fn limits(&self, rules: &Rules) -> Limits {
        Limits::of(&self.factors, rules)
    }

    /// Whether one code is looked at.
    pub(super) fn takes_one_code(&self, rules: &Rules, now: i64) -> bool {
        !self.throttle.has_spent_year(self.limits(rules), now)
    }

    /// A policy remembers for longer: what had ended by then stays so. In the same second nobody tells which was first.
    pub(super) fn end_devices(&mut self, before: &Rules, now: i64) {
        let days = days(before.remember_days);
        for device in &mut self.devices {
            device.ended |= device.created < now && device.created + days <= now;
        }
    }

    /// The time by which this account goes.
    pub(super) fn latest(&self, now: i64, policy_seen: i64) -> i64 {
        now.max(policy_seen).max(self.seen.unwrap_or(now))
    }

    pub(super) fn left(&self) -> u32 {
        let used = self.backup.as_ref().map(|backup| backup.used);
        used.map_or(0, |used| used.iter().map(|used| u32::from(!used)).sum())
    }

    pub(super) fn is_unacknowledged(&self) -> bool {
        self.backup.as_ref().is_some_and(|it| !it.acknowledged)
    }

    /// What was shown to nobody is known to nobody.
    pub(super) fn forget_unseen(&mut self, person: &Person) {
        if let Some(pending) = &mut self.pending {
            pending.app = pending.app.filter(|app| *app != person.apps.len());
        }
        if let Some(backup) = &mut self.backup {
            backup.set = backup.set.filter(|set| *set != person.sets.len());
        }
    }

    /// Everything issued before is void.
    pub(super) fn void(&mut self) {
        self.hand.void();
        self.devices.clear();
    }

    pub(super) fn remove_factors(&mut self) {
        self.factors.clear();
        self.pending = None;
        self.backup = None;
    }

    pub(super) fn end_rollout(&mut self, now: i64) {
        let begun = self.rollout.as_ref().map_or(now, |rollout| rollout.begun);
        self.rollout = Some(Rollout { begun, skips: None });
    }

    /// Times ahead of the clock are set right, and everything issued until then is void; whether there were any.
    pub(super) fn repair(&mut self, now: i64) -> bool {
        if self.seen.is_none_or(|seen| seen <= now + 120) {
            return false;
        }
        self.seen = Some(now);
        self.pending = None;
        self.throttle.repair(now);
        if let Some(exemption) = &mut self.exemption {
            exemption.granted = exemption.granted.min(now);
        }
        if let Some(rollout) = &mut self.rollout {
            rollout.begun = rollout.begun.min(now);
        }
        for factor in &mut self.factors {
            factor.repair(now);
        }
        self.void();
        true
    }

    pub(super) fn status(&self, rules: &Rules, clock: i64) -> Answer {
        let due_at = self.rollout.as_ref().map(|it| deadline(rules, it.begun));
        Answer::Status(Summary {
            factors: self.factors.len(),
            pending: self.pending.as_ref().is_some_and(|it| clock < it.expires),
            codes_left: self.left(),
            acknowledged: self.backup.as_ref().is_some_and(|it| it.acknowledged),
            lock: self.throttle.lock(clock),
            budget_spent: self.throttle.has_spent_budget(clock),
            year_spent: !self.takes_one_code(rules, clock),
            exempt: self.is_exempt(rules, clock),
            required: self.required,
            devices: self.live(rules, clock).count(),
            due_at: due_at.filter(|_| rules.deadline_days > 0),
        })
    }

    fn live(&self, rules: &Rules, now: i64) -> impl Iterator<Item = &Device> {
        let most = usize::try_from(rules.devices).unwrap_or(0);
        let older = self.devices.len().saturating_sub(most);
        let newest = self.devices.iter().skip(older);
        newest.filter(move |it| it.is_live(rules, now))
    }

    fn forget_expired(&mut self, rules: &Rules, now: i64) {
        self.devices.retain(|it| it.is_live(rules, now));
    }

    /// Until when the setup may be put off, and how often still.
    fn deferral(&self, rules: &Rules, now: i64) -> Option<(i64, u32)> {
        let rollout = self.rollout.as_ref()?;
        let until = deadline(rules, rollout.begun);
        let left = rules.skips.saturating_sub(rollout.skips?);
        (now < until && left > 0).then_some((until, left))
    }

    /// Whether what a session rests on is still enough.
    fn suffices(&self, basis: Basis, device: Option<u32>, rules: &Rules, now: i64) -> bool {
        let requirement = self.requirement(rules);
        if basis.is_two_factor() || requirement == Requirement::Off {
            return true;
        }
        match basis {
            Basis::NotSetUp => requirement == Requirement::Optional,
            Basis::Exempt => self.is_exempt(rules, now),
            Basis::Remembered => self.live(rules, now).any(|it| Some(it.number) == device),
            Basis::Deferred => {
                let begun = self.rollout.as_ref().map(|it| it.begun);
                let in_time = begun.is_some_and(|begun| now < deadline(rules, begun));
                requirement == Requirement::Optional || (rules.skips > 0 && in_time)
            }
            _ => false,
        }
    }
}

impl Device {
    fn is_live(&self, rules: &Rules, now: i64) -> bool {
        !self.ended && now < self.expires.min(self.created + days(rules.remember_days))
    }
}

impl Case<'_> {
    /// A token that is from a time to come shows that the clock has gone back.
    pub(super) const fn refuse_time_to_come(&self, token: Token) -> Result<(), Answer> {
        if self.now + 120 < token.issued {
            return Err(Answer::ClockBehind);
        }
        Ok(())
    }

    /// The decision after the first factor.
    pub(super) fn sign_in(&mut self, op: &Op) -> Answer {
        let Op::SignIn { demand, device, .. } = *op else {
            return Answer::Done;
        };
        let (rules, now) = (self.rules, self.now);
        if let Some(lock) = self.account.throttle.lock(now) {
            return Answer::Locked(lock);
        }
        let requirement = if demand {
            Requirement::Required
        } else {
            self.account.requirement(rules)
        };
        if requirement == Requirement::Off {
            return self.allow(Basis::NotRequired, None, false);
        }
        let has_factor = !self.account.factors.is_empty();
        if !demand && self.account.is_exempt(rules, now) {
            return self.allow(Basis::Exempt, None, !has_factor);
        }
        if has_factor {
            return self.challenge_or_remember(demand, device);
        }
        if requirement == Requirement::Optional {
            return self.allow(Basis::NotSetUp, None, true);
        }
        let mut may_defer = None;
        if !demand && rules.deadline_days > 0 && rules.skips > 0 {
            if self.account.rollout.is_none() {
                let (begun, skips) = (now, Some(0));
                self.account.rollout = Some(Rollout { begun, skips });
                self.wrote = true;
            }
            may_defer = self.account.deferral(rules, now);
        }
        self.ticket(What::Setup {
            spent: false,
            may_defer: may_defer.is_some(),
        });
        Answer::Setup { may_defer }
    }

    fn challenge_or_remember(&mut self, demand: bool, cookie: Option<Cookie>) -> Answer {
        let (rules, now) = (self.rules, self.now);
        if let Some(cookie) = cookie.filter(|_| !demand && rules.remember_days > 0) {
            let number = match cookie {
                Cookie::Own(ago) => self.account.hand.cookie(ago),
                Cookie::Odd => None,
            };
            let is_live = |it: &u32| self.account.live(rules, now).any(|live| live.number == *it);
            if let Some(number) = number.filter(is_live) {
                for device in &mut self.account.devices {
                    if device.number == number && device.used + 86_400 <= now {
                        device.used = now;
                        self.wrote = true;
                    }
                }
                return self.allow(Basis::Remembered, Some(number), false);
            }
            self.account.forget_expired(rules, now);
            self.wrote = true;
        }
        self.challenge()
    }

    fn challenge(&mut self) -> Answer {
        self.ticket(What::Verify {
            spent: false,
            asked: false,
        });
        Answer::Challenge {
            left: self.account.left(),
            one_code: self.account.takes_one_code(self.rules, self.now),
        }
    }

    fn allow(&mut self, basis: Basis, device: Option<u32>, may_set_up: bool) -> Answer {
        self.session(self.now, basis, None, device);
        Answer::Allow { basis, may_set_up }
    }

    pub(super) fn defer(&mut self, token: Token) -> Result<Answer, Answer> {
        let (rules, now) = (self.rules, self.now);
        token.check_ticket(now).map_err(Answer::Void)?;
        if !self.account.factors.is_empty() {
            return Err(Answer::Void(Void::Superseded));
        }
        self.refuse_lock()?;
        let may_defer = matches!(token.what, What::Setup { may_defer, .. } if may_defer);
        let required = self.account.requirement(rules) == Requirement::Required;
        let deferral = self.account.deferral(rules, now);
        if !may_defer || !required || deferral.is_none() {
            return Ok(Answer::Refused);
        }
        if let Some(rollout) = &mut self.account.rollout {
            rollout.skips = rollout.skips.map(|skips| skips + 1);
        }
        self.account.hand.spend(token.id);
        let pending = self.account.pending.take();
        self.account.pending = pending.filter(|pending| pending.begun_by != token.id);
        self.wrote = true;
        Ok(self.allow(Basis::Deferred, None, true))
    }

    /// What a session is worth.
    pub(super) fn check(&self, token: Token, demand: Demand) -> Result<Answer, Answer> {
        self.is_current(token)?;
        let basis = basis_of(token);
        if demand != Demand::Session && !basis.is_two_factor() {
            return Ok(Answer::StepUp(Void::Insufficient));
        }
        if demand == Demand::Fresh && self.now >= token.issued + 300 {
            return Ok(Answer::StepUp(Void::Stale));
        }
        let off = self.account.requirement(self.rules) == Requirement::Off;
        Ok(Answer::Current {
            basis,
            may_set_up: self.account.factors.is_empty() && !off,
            to_acknowledge: basis.is_two_factor() && self.account.is_unacknowledged(),
        })
    }

    pub(super) fn acknowledge(&mut self, token: Token) -> Result<Answer, Answer> {
        let standing = self.check(token, Demand::Session)?;
        let What::Session { shown, .. } = token.what else {
            return Ok(standing);
        };
        if let Some(backup) = &mut self.account.backup
            && shown.is_some()
            && backup.set == shown
            && !backup.acknowledged
        {
            backup.acknowledged = true;
            self.wrote = true;
        }
        self.check(token, Demand::Session)
    }

    pub(super) fn step_up(&mut self, token: Token) -> Result<Answer, Answer> {
        self.is_current(token)?;
        self.refuse_lock()?;
        if self.account.factors.is_empty() {
            return Ok(Answer::NoFactor);
        }
        Ok(self.challenge())
    }

    /// A session is current while it is not void, has not ended, and rests on enough.
    pub(super) fn is_current(&self, token: Token) -> Result<(), Answer> {
        let What::Session { basis, device, .. } = token.what else {
            return Err(Answer::Void(Void::WrongPurpose));
        };
        let void = if !token.current {
            Void::Superseded
        } else if self.now >= token.issued + 30 * 86_400 {
            Void::Expired
        } else if !self.account.suffices(basis, device, self.rules, self.now) {
            Void::Insufficient
        } else {
            return Ok(());
        };
        Err(Answer::Void(void))
    }

    /// Factors are changed by who has shown one a short while ago.
    pub(super) fn may_change(&self, token: Token) -> Result<(), Answer> {
        self.is_current(token)?;
        if !basis_of(token).is_two_factor() {
            return Err(Answer::Void(Void::Insufficient));
        }
        if self.now >= token.issued + 300 {
            return Err(Answer::Void(Void::Stale));
        }
        self.refuse_lock()
    }

    pub(super) fn refuse_lock(&self) -> Result<(), Answer> {
        let lock = self.account.throttle.lock(self.now);
        lock.map_or(Ok(()), |lock| Err(Answer::Locked(lock)))
    }

    pub(super) fn remember(&mut self) -> Option<u32> {
        let (rules, now) = (self.rules, self.now);
        if rules.remember_days == 0 {
            return None;
        }
        self.account.forget_expired(rules, now);
        self.account.devices.push(Device {
            number: self.number,
            created: now,
            expires: now + days(rules.remember_days),
            used: now,
            ended: false,
        });
        let most = usize::try_from(rules.devices).unwrap_or(0);
        let older = self.account.devices.len().saturating_sub(most);
        self.account.devices.drain(..older);
        Some(self.number)
    }

    pub(super) fn revoke_devices(&mut self, which: WhichDevice) -> Answer {
        let before = self.account.devices.len();
        self.account.devices.retain(|device| match which {
            WhichDevice::One(number) => device.number != number,
            WhichDevice::All => false,
        });
        let count = before - self.account.devices.len();
        if count == 0 {
            return Answer::NoSuch;
        }
        self.wrote = true;
        Answer::Revoked {
            count: u32::try_from(count).unwrap_or(0),
        }
    }

    pub(super) fn reset(&mut self) -> Answer {
        self.account.remove_factors();
        self.account.throttle = Throttle::default();
        self.account.void();
        self.wrote = true;
        Answer::Done
    }

    /// Nothing stays but what the person holds, all of it void.
    pub(super) fn erase(&mut self) -> Answer {
        self.account.void();
        *self.account = Account {
            seen: self.account.seen,
            gate: self.account.gate.clone(),
            hand: self.account.hand.clone(),
            ..Account::default()
        };
        self.wrote = true;
        Answer::Done
    }

    /// Everything is void but the factors; the session of who has changed the password goes on.
    pub(super) fn password_changed(&mut self, session: Option<Token>) -> Answer {
        let stays = session.filter(|token| {
            self.refuse_time_to_come(*token).is_ok()
                && self.is_current(*token).is_ok()
                && basis_of(*token) != Basis::Remembered
        });
        self.account.pending = None;
        self.account.void();
        self.wrote = true;
        if let Some(token) = stays {
            self.session(token.issued, basis_of(token), None, None);
        }
        Answer::Changed {
            session: stays.is_some(),
        }
    }

    pub(super) fn unlock(&mut self, identity: IdentityVerified) -> Answer {
        let Some(lock) = self.account.throttle.lock(self.now) else {
            return Answer::NotLocked;
        };
        self.wrote = true;
        match (lock, identity) {
            (_, IdentityVerified::Yes) => {
                self.account.throttle.pardon();
                Answer::FailuresCleared
            }
            (Lock::Until(_), IdentityVerified::No) => {
                self.account.throttle.lift();
                Answer::Lifted
            }
            (Lock::Hard, IdentityVerified::No) => {
                self.account.remove_factors();
                self.account.throttle.begin_anew();
                self.account.void();
                Answer::FactorsRemoved
            }
        }
    }

    pub(super) fn exempt(&mut self, end: Ends) -> Result<Answer, Answer> {
        let until = match (end, longest(self.rules, self.now)) {
            (Ends::Never, None) => None,
            (Ends::Never, Some(latest)) => return Err(Answer::EndNeeded { latest }),
            (Ends::At(until), _) if until <= self.now => return Err(Answer::EndsInThePast),
            (Ends::At(until), Some(latest)) if until > latest => {
                return Err(Answer::TooLong { latest });
            }
            (Ends::At(until), _) => Some(until),
        };
        let granted = self.now;
        self.account.exemption = Some(Exemption { granted, until });
        self.wrote = true;
        Ok(Answer::Done)
    }

    pub(super) fn end_exemption(&mut self) -> Answer {
        if self.account.exemption.take().is_none() {
            return Answer::NotExempt;
        }
        self.wrote = true;
        Answer::Done
    }

    pub(super) const fn require(&mut self, required: bool) -> Answer {
        if self.account.required == required {
            return Answer::Unchanged;
        }
        self.account.required = required;
        self.wrote = true;
        Answer::Done
    }

    pub(super) fn ticket(&mut self, what: What) {
        self.grant = Some(Grant::Paper(Token {
            id: self.number,
            issued: self.now,
            current: true,
            what,
        }));
    }

    pub(super) fn session(
        &mut self,
        issued: i64,
        basis: Basis,
        shown: Option<usize>,
        device: Option<u32>,
    ) {
        self.grant = Some(Grant::Paper(Token {
            id: self.number,
            issued,
            current: true,
            what: What::Session {
                basis,
                shown,
                device,
            },
        }));
    }
}

/// What a session rests on; a ticket rests on nothing.
pub(super) const fn basis_of(token: Token) -> Basis {
    match token.what {
        What::Session { basis, .. } => basis,
        What::Verify { .. } | What::Setup { .. } => Basis::NotRequired,
    }
}

/// When an exemption that was granted then ends at the latest: ten years on, where it needs an end and has no limit.
fn longest(rules: &Rules, granted: i64) -> Option<i64> {
    match (rules.exemption_days, rules.open_end) {
        (0, 1) => None,
        (0, _) => Some(granted + days(3_650)),
        (limit, _) => Some(granted + days(limit)),
    }
}

fn deadline(rules: &Rules, begun: i64) -> i64 {
    begun + days(rules.deadline_days)
}

fn days(days: u32) -> i64 {
    i64::from(days) * 86_400
}

//! A small model of the rules, written from the design and not from the code.
//!
//! Two accounts, the policy that administrators change, one installation with its activation code, and the clock
//! by which each of them goes. The model is told what is done and when, and says what must be answered and
//! whether that was worth a commit.

mod account;
mod activation;
mod factors;
mod gate;
mod papers;
mod throttle;

use mfakit_core::{Requirement, Void};

use crate::{Answer, Bearer, First, Op, People, Rules, Turn, world::RULES};

use self::{
    account::{Account, Case},
    activation::Code,
    papers::{Grant, Token, Want, What},
};

/// Everything, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Model {
    rules: usize,
    policy_seen: i64,
    /// Whether the policy that was read is the one in force.
    read_is_fresh: bool,
    people: [Account; 2],
    code: Option<Code>,
    /// What the last operation has given, to whom, until it is known whether that has arrived.
    granted: Option<(usize, Grant)>,
    wrote: bool,
}

impl Model {
    /// A tenant that was created at this time.
    #[must_use]
    pub fn new(now: i64) -> Self {
        Self {
            rules: 0,
            policy_seen: now,
            read_is_fresh: false,
            people: [Account::default(), Account::default()],
            code: None,
            granted: None,
            wrote: false,
        }
    }

    /// What the operation is answered by the rules; then [`keep`](Self::keep) or [`lose`](Self::lose) says
    /// whether the answer has arrived.
    pub fn apply(&mut self, op: &Op, turn: Turn, people: &People) -> Answer {
        self.granted = None;
        self.wrote = false;
        match self.judge(op, turn, people) {
            Ok(answer) | Err(answer) => answer,
        }
    }

    /// Whether the last operation has changed anything.
    #[must_use]
    pub const fn wrote(&self) -> bool {
        self.wrote
    }

    /// The answer has arrived: what it gives is in the person's hands.
    pub fn keep(&mut self) {
        match self.granted.take() {
            Some((_, Grant::Policy)) => self.read_is_fresh = true,
            Some((_, Grant::Installation(code))) => self.code = Some(code),
            Some((who, grant)) => self.people[who].hand.take(grant),
            None => {}
        }
    }

    /// Nobody has a password attempt open any more: it can't be copied, as the rest can.
    pub(crate) fn drop_attempts(&mut self) {
        for account in &mut self.people {
            account.hand.attempt = None;
        }
    }

    /// The answer is lost: whatever has happened, nobody has seen what it would have given.
    pub fn lose(&mut self, op: &Op, people: &People) {
        self.granted = None;
        if let Op::SignIn {
            who,
            first: First::Password,
            ..
        } = op
        {
            self.people[*who].hand.attempt = None;
        }
        for (account, person) in self.people.iter_mut().zip(&people.persons) {
            account.forget_unseen(person);
        }
        let codes = people.installation.as_ref();
        let codes = codes.map_or(0, |(_, codes)| codes.len());
        if let Some(code) = &mut self.code {
            code.forget_unseen(codes);
        }
    }

    /// Whether nobody who is to have a second factor was let in without: for the answer just given.
    #[must_use]
    pub fn lets_in(&self, op: &Op, answer: &Answer, now: i64) -> bool {
        let (Answer::Allow { basis, .. }, Op::SignIn { who, demand, .. }) = (answer, op) else {
            return true;
        };
        let account = &self.people[*who];
        let required = *demand || account.requirement(self.rules()) == Requirement::Required;
        !required
            || basis.is_two_factor()
            || account.is_exempt(self.rules(), account.latest(now, self.policy_seen))
            || account.has_live_device(self.rules(), account.latest(now, self.policy_seen))
    }

    fn judge(&mut self, op: &Op, turn: Turn, people: &People) -> Result<Answer, Answer> {
        match *op {
            Op::ReadPolicy => {
                self.granted = Some((0, Grant::Policy));
                Ok(Answer::Done)
            }
            Op::SetPolicy { rules, from_read } => self.set_policy(rules, from_read, turn.now),
            Op::Settle { who } => self.settle(who, turn.now),
            Op::BeginDecoy => self.time(&[], turn.now).map(|_| Answer::Done),
            Op::BeginPassword { who } => self.begin_password(who, turn.now),
            Op::UnlockPassword { who } => self.unlock_password(who, turn.now),
            Op::SignIn { who, first, .. } => self.sign_in(op, who, first, turn, people),
            Op::Erase { who } => self.erase(who, turn, people),
            Op::RepairClock { who } => self.repair(who, turn.now),
            Op::Status { who } => Ok(self.people[who].status(self.rules(), turn.now)),
            Op::Issue { .. }
            | Op::Reissue { .. }
            | Op::Revoke { .. }
            | Op::Redeem { .. }
            | Op::RepairCode
            | Op::CodeStatus => self.of_code(op, turn.now, people),
            Op::Defer(by) => self.borne(by, Want::Setup, turn, people, |case, token| {
                case.defer(token)
            }),
            Op::BeginSetup(by) => {
                self.borne(by, Want::SetupOrSession, turn, people, |case, token| {
                    case.begin_setup(token)
                })
            }
            Op::ConfirmSetup(by, ref typed) => {
                let judge = |case: &mut Case<'_>, token| case.confirm_setup(token, typed);
                self.borne(by, Want::SetupOrSession, turn, people, judge)
            }
            Op::Verify {
                by,
                ref typed,
                remember,
            } => {
                let judge = |case: &mut Case<'_>, token| case.verify(token, typed, remember);
                self.borne(by, Want::Verify, turn, people, judge)
            }
            Op::Resynchronize {
                by,
                which,
                at,
                consecutive,
            } => {
                let pair = (which, at, consecutive);
                let judge = |case: &mut Case<'_>, token| case.resynchronize(token, pair);
                self.borne(by, Want::Verify, turn, people, judge)
            }
            Op::Acknowledge(by) => self.borne(by, Want::Session, turn, people, |case, token| {
                case.acknowledge(token)
            }),
            Op::Check(by, demand) => {
                let judge = |case: &mut Case<'_>, token| case.check(token, demand);
                self.borne(by, Want::Session, turn, people, judge)
            }
            Op::StepUp(by) => self.borne(by, Want::Session, turn, people, |case, token| {
                case.step_up(token)
            }),
            Op::Regenerate(by) => self.borne(by, Want::Session, turn, people, |case, token| {
                case.regenerate(token)
            }),
            Op::Rename(by, which) => {
                let judge = |case: &mut Case<'_>, token| case.rename(token, which);
                self.borne(by, Want::Session, turn, people, judge)
            }
            Op::Remove(by, which) => {
                let judge = |case: &mut Case<'_>, token| case.remove(token, Some(which));
                self.borne(by, Want::Session, turn, people, judge)
            }
            Op::Disable(by) => {
                let judge = |case: &mut Case<'_>, token| case.remove(token, None);
                self.borne(by, Want::Session, turn, people, judge)
            }
            Op::RevokeDevices(by, which) => {
                let judge = |case: &mut Case<'_>, token| {
                    case.may_change(token)?;
                    Ok(case.revoke_devices(which))
                };
                self.borne(by, Want::Session, turn, people, judge)
            }
            Op::PasswordChanged { who, session } => {
                let session = session.and_then(|by| self.open(by, Want::Session).ok());
                self.named(who, turn, people, |case| Ok(case.password_changed(session)))
            }
            Op::RevokeDevicesOf { who, which } => {
                self.named(who, turn, people, |case| Ok(case.revoke_devices(which)))
            }
            Op::ResynchronizeOf {
                who,
                which,
                at,
                consecutive,
            } => {
                let pair = (which, at, consecutive);
                self.named(who, turn, people, |case| case.resynchronize_of(pair))
            }
            Op::Reset { who } => self.named(who, turn, people, |case| Ok(case.reset())),
            Op::Unlock { who, identity } => {
                self.named(who, turn, people, |case| Ok(case.unlock(identity)))
            }
            Op::BindToken { who, token } => {
                self.named(who, turn, people, |case| Ok(case.bind_token(token)))
            }
            Op::Exempt { who, end } => self.named(who, turn, people, |case| case.exempt(end)),
            Op::EndExemption { who } => {
                self.named(who, turn, people, |case| Ok(case.end_exemption()))
            }
            Op::Require { who } => self.named(who, turn, people, |case| Ok(case.require(true))),
            Op::EndRequirement { who } => {
                self.named(who, turn, people, |case| Ok(case.require(false)))
            }
        }
    }

    /// An operation of whoever bears a token: the account is that of the token.
    fn borne(
        &mut self,
        by: Bearer,
        want: Want,
        turn: Turn,
        people: &People,
        judge: impl FnOnce(&mut Case<'_>, Token) -> Result<Answer, Answer>,
    ) -> Result<Answer, Answer> {
        let token = self.open(by, want).map_err(Answer::Void)?;
        self.named(by.of, turn, people, |case| {
            case.refuse_time_to_come(token)?;
            judge(case, token)
        })
    }

    /// An operation on one account.
    fn named(
        &mut self,
        who: usize,
        turn: Turn,
        people: &People,
        judge: impl FnOnce(&mut Case<'_>) -> Result<Answer, Answer>,
    ) -> Result<Answer, Answer> {
        let now = self.time(&[self.people[who].seen], turn.now)?;
        self.at(who, now, turn, people, judge)
    }

    fn at(
        &mut self,
        who: usize,
        now: i64,
        turn: Turn,
        people: &People,
        judge: impl FnOnce(&mut Case<'_>) -> Result<Answer, Answer>,
    ) -> Result<Answer, Answer> {
        let mut case = Case {
            rules: self.rules(),
            now,
            clock: turn.now,
            number: turn.number,
            account: &mut self.people[who],
            person: &people.persons[who],
            wrote: false,
            grant: None,
        };
        let answer = judge(&mut case);
        let (wrote, grant) = (case.wrote, case.grant);
        self.granted = grant.map(|grant| (who, grant));
        if wrote {
            self.wrote = true;
            self.people[who].seen = Some(now);
        }
        answer
    }

    fn sign_in(
        &mut self,
        op: &Op,
        who: usize,
        first: First,
        turn: Turn,
        people: &People,
    ) -> Result<Answer, Answer> {
        let account = &mut self.people[who];
        let attempt = match first {
            First::Password => account.hand.attempt.take(),
            First::External => None,
        };
        let gate_seen = account.gate.seen.filter(|_| attempt.is_some());
        let seen = [account.seen, gate_seen];
        let now = self.time(&seen, turn.now)?;
        if let Some(current) = attempt {
            if !current {
                return Err(Answer::Busy);
            }
            self.wrote |= self.people[who].gate.give_back(now);
        }
        let answer = self.at(who, now, turn, people, |case| Ok(case.sign_in(op)))?;
        if attempt.is_some() && matches!(answer, Answer::Challenge { .. }) {
            let Account { gate, answered, .. } = &mut self.people[who];
            gate.ask(turn.number, answered, now);
            self.wrote = true;
            if let Some((_, Grant::Paper(token))) = &mut self.granted {
                token.what = What::Verify {
                    spent: false,
                    asked: true,
                };
            }
        }
        Ok(answer)
    }

    /// Whoever comes after a ticket has ended sees that no code was brought with it.
    fn settle(&mut self, who: usize, now: i64) -> Result<Answer, Answer> {
        let account = &self.people[who];
        let now = self.time(&[account.seen, account.gate.seen], now)?;
        let Account { gate, answered, .. } = &mut self.people[who];
        let half = gate.half_sign_ins(answered, now);
        if half > 0 {
            gate.forget_ended(now);
            self.wrote = true;
        }
        Ok(Answer::Settled {
            half,
            open_until: gate.open_until(now),
        })
    }

    fn erase(&mut self, who: usize, turn: Turn, people: &People) -> Result<Answer, Answer> {
        let account = &self.people[who];
        let now = self.time(&[account.seen, account.gate.seen], turn.now)?;
        self.people[who].gate.erase(now);
        self.at(who, now, turn, people, |case| Ok(case.erase()))
    }

    fn begin_password(&mut self, who: usize, now: i64) -> Result<Answer, Answer> {
        let account = &self.people[who];
        let now = self.time(&[account.seen, account.gate.seen], now)?;
        let account = &mut self.people[who];
        if let Some(until) = account.gate.locked_until(now) {
            return Ok(Answer::Paused(until));
        }
        account.gate.charge(now);
        account.gate.forget_ended(now);
        self.wrote = true;
        self.granted = Some((who, Grant::Attempt));
        Ok(Answer::Proceed)
    }

    fn unlock_password(&mut self, who: usize, now: i64) -> Result<Answer, Answer> {
        let now = self.time(&[self.people[who].gate.seen], now)?;
        let gate = &mut self.people[who].gate;
        if gate.locked_until(now).is_none() {
            return Ok(Answer::NotLocked);
        }
        self.wrote = gate.give_back(now);
        Ok(Answer::FailuresCleared)
    }

    fn set_policy(&mut self, rules: usize, from_read: bool, now: i64) -> Result<Answer, Answer> {
        let now = self.time(&[], now)?;
        if from_read && !self.read_is_fresh {
            return Ok(Answer::Stale);
        }
        let before = self.rules();
        self.rules = rules;
        if self.rules().remember_days > before.remember_days {
            for account in &mut self.people {
                account.end_devices(before, now);
            }
        }
        self.policy_seen = now;
        self.read_is_fresh = false;
        self.wrote = true;
        Ok(Answer::Changed { session: false })
    }

    /// Times ahead of the clock are set right; nothing else looks at the clock without the times seen.
    fn repair(&mut self, who: Option<usize>, now: i64) -> Result<Answer, Answer> {
        let Some(who) = who else {
            self.wrote = self.policy_seen > now + 120;
            self.read_is_fresh &= !self.wrote;
            if self.wrote {
                self.policy_seen = now;
            }
            return Ok(repaired(self.wrote));
        };
        let account = &mut self.people[who];
        let gate = account.gate.repair(now);
        self.wrote = account.repair(now) | gate;
        Ok(repaired(self.wrote))
    }

    fn open(&self, by: Bearer, want: Want) -> Result<Token, Void> {
        self.people[by.of].hand.open(by, want)
    }

    /// The time by which documents go that have seen these times: it does not go back, and a clock that is more
    /// than two minutes behind is refused.
    fn time(&self, seen: &[Option<i64>], now: i64) -> Result<i64, Answer> {
        let latest = seen.iter().copied().flatten().max();
        let latest = latest.map_or(self.policy_seen, |it| it.max(self.policy_seen));
        if now + 120 < latest {
            return Err(Answer::ClockBehind);
        }
        Ok(now.max(latest))
    }

    const fn rules(&self) -> &'static Rules {
        &RULES[self.rules]
    }
}

const fn repaired(wrote: bool) -> Answer {
    if wrote {
        Answer::Repaired
    } else {
        Answer::NothingAhead
    }
}

//! Authenticators and backup codes: bound, tried, removed.

use mfakit_core::{Basis, Declined, ReplayedCode, Requirement, Void};

use crate::{Answer, Lock, Typed, Which};

use super::{
    account::{Backup, Case, Factor, Pending, basis_of},
    papers::{Grant, Token, What},
};

/// Of which app, the moving factor of the first code, and whether the second is the one that follows.
pub(super) type Pair = (Which, u64, bool);

/// What a code turns out to be.
enum Finding {
    /// Of this factor, which moves on to that place and drift.
    Fresh(usize, u64, i64),
    /// Used before, of this factor.
    Used(usize),
    Wrong,
}

impl Factor {
    /// No time step to come is used up.
    pub(super) fn repair(&mut self, now: i64) {
        self.place = self.place.min(step(now + self.drift * 30));
    }
}

impl Case<'_> {
    pub(super) fn begin_setup(&mut self, token: Token) -> Result<Answer, Answer> {
        self.may_set_up(token)?;
        if self.account.factors.len() >= usize::try_from(self.rules.authenticators).unwrap_or(0) {
            return Ok(Answer::TooMany);
        }
        let now = self.now;
        let next = self.person.apps.len();
        let pending = self.account.pending.take();
        let mine = pending.filter(|it| it.begun_by == token.id && now < it.expires);
        self.wrote = mine.is_none();
        let mut pending = mine.unwrap_or(Pending {
            app: Some(next),
            begun_by: token.id,
            expires: now + 600,
            tries_left: 10,
        });
        let app = *pending.app.get_or_insert(next);
        let (tries_left, expires) = (pending.tries_left, pending.expires);
        self.account.pending = Some(pending);
        Ok(Answer::Pending {
            app,
            tries_left,
            expires,
        })
    }

    pub(super) fn confirm_setup(&mut self, token: Token, typed: &Typed) -> Result<Answer, Answer> {
        self.may_set_up(token)?;
        let now = self.now;
        let pending = self.account.pending.as_mut();
        let Some(pending) = pending.filter(|it| it.begun_by == token.id && now < it.expires) else {
            return Ok(Answer::NoPendingSetup);
        };
        let left = pending.tries_left;
        let Typed::Code(code) = typed else {
            return Ok(Answer::Mismatch {
                left,
                charged: false,
            });
        };
        self.wrote = true;
        let which = pending.app.map(Which::Own);
        let today = step(self.clock);
        let shows = |step: &u64| {
            let shown = which.and_then(|which| self.person.shows(which, *step));
            shown.as_ref() == Some(code)
        };
        if let Some(place) = (today - 1..=today + 1).rev().find(shows) {
            return Ok(self.bind(which, place));
        }
        pending.tries_left -= 1;
        if left == 1 {
            self.account.pending = None;
            return Ok(Answer::NoPendingSetup);
        }
        Ok(Answer::Mismatch {
            left: left - 1,
            charged: true,
        })
    }

    fn bind(&mut self, which: Option<Which>, place: u64) -> Answer {
        self.account.pending = None;
        self.account.factors.extend(which.map(|which| Factor {
            which,
            counts: false,
            place,
            replays: 0,
            drift: 0,
        }));
        self.account.throttle.succeed();
        self.account.end_rollout(self.now);
        self.account.void();
        let first = self.account.factors.len() == 1;
        let backup = self.account.backup.as_ref();
        let codes = first || backup.is_none_or(|backup| !backup.acknowledged);
        let shown = codes.then(|| self.issue_codes());
        self.session(self.now, Basis::Otp, shown, None);
        Answer::Confirmed { codes }
    }

    /// A ticket leads to the first factor alone; to others, a fresh session that rests on one.
    fn may_set_up(&self, token: Token) -> Result<(), Answer> {
        let now = self.now;
        let pending = self.account.pending.as_ref();
        let begun = pending.is_some_and(|it| it.begun_by == token.id && now < it.expires);
        let has_factor = !self.account.factors.is_empty();
        if let What::Session { .. } = token.what {
            self.is_current(token)?;
            if has_factor && !basis_of(token).is_two_factor() {
                return Err(Answer::Void(Void::Insufficient));
            }
            if now >= token.issued + 300 && !begun {
                return Err(Answer::Void(Void::Stale));
            }
        } else if has_factor || !token.current {
            return Err(Answer::Void(Void::Superseded));
        } else if !begun {
            token.check_ticket(now).map_err(Answer::Void)?;
        }
        self.refuse_lock()
    }

    pub(super) fn verify(
        &mut self,
        token: Token,
        typed: &Typed,
        remember: bool,
    ) -> Result<Answer, Answer> {
        token.check_ticket(self.now).map_err(Answer::Void)?;
        if *typed == Typed::Shapeless {
            return Err(Answer::Mismatch {
                left: self.attempts_left(),
                charged: false,
            });
        }
        self.refuse_lock()?;
        let is_one_code = !matches!(typed, Typed::Backup(..));
        if is_one_code && !self.account.takes_one_code(self.rules, self.now) {
            return Err(Answer::Declined(Declined::OneCode));
        }
        self.wrote = true;
        Ok(match typed {
            Typed::Backup(set, slot) => match &mut self.account.backup {
                Some(backup) if backup.set == Some(*set) => {
                    if core::mem::replace(&mut backup.used[*slot], true) {
                        self.fail(Answer::Replayed(ReplayedCode::BackupCode))
                    } else {
                        self.succeed(token, Basis::BackupCode, remember)
                    }
                }
                _ => self.mismatch(),
            },
            Typed::Code(code) => match self.find(code) {
                Finding::Fresh(index, place, drift) => {
                    self.advance(index, place, drift);
                    self.succeed(token, Basis::Otp, remember)
                }
                Finding::Used(index) => {
                    let replayed = Answer::Replayed(ReplayedCode::Otp);
                    let factor = &mut self.account.factors[index];
                    if factor.replays >= 2 {
                        return Ok(self.fail(replayed));
                    }
                    factor.replays += 1;
                    replayed
                }
                Finding::Wrong => self.mismatch(),
            },
            Typed::Shapeless => self.mismatch(),
        })
    }

    /// Two codes in a row lead in.
    pub(super) fn resynchronize(&mut self, token: Token, pair: Pair) -> Result<Answer, Answer> {
        token.check_ticket(self.now).map_err(Answer::Void)?;
        self.refuse_lock()?;
        if self.rules.resync == 0 {
            return Err(Answer::Declined(Declined::TwoCodes));
        }
        Ok(self.try_pair(pair, |case| case.succeed(token, Basis::Otp, false)))
    }

    /// Two codes in a row that are read out bring an authenticator back, and nobody in.
    pub(super) fn resynchronize_of(&mut self, pair: Pair) -> Result<Answer, Answer> {
        if self.rules.resync == 0 {
            return Err(Answer::Declined(Declined::TwoCodes));
        }
        if self.account.factors.is_empty() {
            return Err(Answer::NoFactor);
        }
        self.refuse_lock()?;
        Ok(self.try_pair(pair, |_| Answer::Resynchronized))
    }

    /// Two codes in a row, around the clock or ahead of the counter, where one that was typed lies as well.
    fn try_pair(
        &mut self,
        (which, at, consecutive): Pair,
        succeed: impl FnOnce(&mut Self) -> Answer,
    ) -> Answer {
        self.wrote = true;
        let today = step(self.clock);
        let window = u64::from(self.rules.resync);
        let factors = &self.account.factors;
        let place = factors.iter().position(|factor| factor.which == which);
        let Some(index) = place.filter(|_| consecutive) else {
            return self.mismatch();
        };
        let (last, counts) = (factors[index].place, factors[index].counts);
        let (looked_at, fresh) = if counts {
            (at + 2 >= last && at < last + window, at >= last)
        } else {
            (at + window >= today && at < today + window, at > last)
        };
        if !looked_at {
            return self.mismatch();
        }
        if !fresh {
            return self.fail(Answer::Replayed(ReplayedCode::Otp));
        }
        let known = factors[index].drift;
        let (place, drift) = if counts {
            (at + 2, 0)
        } else {
            // What the window takes anyway says nothing of the clock.
            let found = (at + 1).cast_signed() - today.cast_signed();
            let off = (found - known).abs();
            (at + 1, if off <= 1 { known } else { found })
        };
        self.advance(index, place, drift);
        succeed(self)
    }

    /// The first authenticator for which the code is right and unused.
    fn find(&self, code: &str) -> Finding {
        let mut found = Finding::Wrong;
        for (index, factor) in self.account.factors.iter().enumerate() {
            let shows =
                |place: &u64| self.person.shows(factor.which, *place).as_deref() == Some(code);
            let (latest, used) = if factor.counts {
                let next = factor.place;
                let ahead = u64::from(self.rules.look_ahead);
                let fresh = (next..=next + ahead).rev().find(shows);
                let used = next.checked_sub(1).is_some_and(|last| shows(&last));
                (fresh.map(|fresh| fresh + 1), used)
            } else {
                let there = step(self.clock + factor.drift * 30);
                let right: Vec<u64> = (there - 1..=there + 1).filter(shows).collect();
                let latest = right.last().copied().filter(|it| *it > factor.place);
                (latest, !right.is_empty())
            };
            match latest {
                Some(place) => return Finding::Fresh(index, place, factor.drift),
                None if used && matches!(found, Finding::Wrong) => found = Finding::Used(index),
                None => {}
            }
        }
        found
    }

    fn advance(&mut self, index: usize, place: u64, drift: i64) {
        let factor = &mut self.account.factors[index];
        factor.place = place;
        factor.drift = drift;
        factor.replays = 0;
    }

    fn succeed(&mut self, token: Token, basis: Basis, remember: bool) -> Answer {
        self.account.hand.spend(token.id);
        self.account.throttle.succeed();
        if let What::Verify { asked: true, .. } = token.what {
            self.account.answered.note(token.id);
        }
        let codes = self.account.is_unacknowledged();
        let shown = codes.then(|| self.issue_codes());
        self.session(self.now, basis, shown, None);
        let device = if remember { self.remember() } else { None };
        if let (Some(Grant::Paper(session)), Some(device)) = (&self.grant, device) {
            self.grant = Some(Grant::Device(*session, device));
        }
        Answer::Verified {
            basis,
            left: self.account.left(),
            budget_spent: self.account.throttle.has_spent_budget(self.now),
            year_spent: !self.account.takes_one_code(self.rules, self.now),
            codes,
            device: device.is_some(),
        }
    }

    fn attempts_left(&self) -> u32 {
        let limits = self.account.limits(self.rules);
        self.account.throttle.attempts_left(limits, self.now)
    }

    fn mismatch(&mut self) -> Answer {
        let lock = self.charge();
        let left = self.attempts_left();
        lock.map_or(
            Answer::Mismatch {
                left,
                charged: true,
            },
            Answer::Locked,
        )
    }

    fn fail(&mut self, open: Answer) -> Answer {
        self.charge().map_or(open, Answer::Locked)
    }

    fn charge(&mut self) -> Option<Lock> {
        let limits = self.account.limits(self.rules);
        self.account.throttle.fail(limits, self.now)
    }

    pub(super) fn regenerate(&mut self, token: Token) -> Result<Answer, Answer> {
        self.may_change(token)?;
        if self.account.factors.is_empty() {
            return Err(Answer::Void(Void::Insufficient));
        }
        let shown = self.issue_codes();
        self.session(token.issued, basis_of(token), Some(shown), None);
        self.wrote = true;
        Ok(Answer::Renewed)
    }

    pub(super) fn rename(&mut self, token: Token, which: Option<Which>) -> Result<Answer, Answer> {
        self.may_change(token)?;
        let mut factors = self.account.factors.iter();
        if !factors.any(|factor| Some(factor.which) == which) {
            return Ok(Answer::NoSuch);
        }
        self.wrote = true;
        Ok(Answer::Renamed)
    }

    /// One factor goes, or all; with the last one goes everything that stands in for it.
    pub(super) fn remove(
        &mut self,
        token: Token,
        which: Option<Option<Which>>,
    ) -> Result<Answer, Answer> {
        self.may_change(token)?;
        let required = self.account.requirement(self.rules) == Requirement::Required;
        let kept = |factor: &Factor| which.is_some_and(|which| Some(factor.which) != which);
        let left = self.account.factors.iter().filter(|it| kept(it)).count();
        if which.is_some() && left == self.account.factors.len() {
            return Ok(Answer::NoSuch);
        }
        if left == 0 && required {
            return Ok(Answer::Required);
        }
        self.account.factors.retain(kept);
        if left == 0 {
            self.account.remove_factors();
        }
        self.account.pending = None;
        self.account.void();
        self.session(token.issued, basis_of(token), None, None);
        self.wrote = true;
        Ok(Answer::Changed { session: true })
    }

    pub(super) fn bind_token(&mut self, place: usize) -> Answer {
        let which = Which::Bound(place);
        let counts = self.person.app(which).is_some_and(crate::App::counts);
        let factors = &self.account.factors;
        if factors.len() >= usize::try_from(self.rules.authenticators).unwrap_or(0) {
            return Answer::TooMany;
        }
        if counts && factors.iter().any(|factor| factor.counts) {
            return Answer::SecondCounter;
        }
        if factors.iter().any(|factor| factor.which == which) {
            return Answer::AlreadyBound;
        }
        if factors.is_empty() {
            self.account.backup = None;
        }
        self.account.factors.push(Factor {
            which,
            counts,
            place: 0,
            replays: 0,
            drift: 0,
        });
        self.account.pending = None;
        self.account.end_rollout(self.now);
        self.account.void();
        self.wrote = true;
        Answer::Bound
    }

    /// New backup codes; the number of the set.
    fn issue_codes(&mut self) -> usize {
        let set = self.person.sets.len();
        self.account.backup = Some(Backup {
            set: Some(set),
            used: [false; 10],
            acknowledged: false,
        });
        set
    }
}

/// The time step of this time.
const fn step(seconds: i64) -> u64 {
    seconds.div_euclid(30).cast_unsigned()
}

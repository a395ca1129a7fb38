//! Matching codes with a bound authenticator, whether it goes by time or counts.

use crate::{
    AuthenticatorKind, Code, Counter, Hotp, LookAhead, Policy, ResyncWindow, Setting, TimeStep,
    Totp, UnixTime, VerifyError, document::account::Authenticator,
    operation::verify::validation_window,
};

/// Where an authenticator stands once a code of it is accepted.
#[derive(Clone, Copy)]
pub(super) enum Position {
    /// At this time step, being so many steps ahead of the clock.
    Time { step: TimeStep, drift: i16 },
    /// Before this counter.
    Counter(Counter),
}

impl Authenticator {
    /// Verifies a code at `clock`.
    pub(super) fn verify(
        &self,
        code: &Code,
        clock: UnixTime,
        policy: &Policy,
    ) -> Result<Position, VerifyError> {
        let Some(next) = self.next_counter else {
            let (at, window) = (self.own_time(clock), validation_window(policy));
            let last = Some(self.last_step);
            let accepted = self.parameters.verify(code, at, window, last)?;
            // What the window has found is no drift to be kept: only two codes together say how far it is off.
            let (step, drift) = (accepted.into_step(), self.drift);
            return Ok(Position::Time { step, drift });
        };
        let look_ahead = u8::try_from(policy.get(Setting::HotpLookAhead)).ok();
        let look_ahead = look_ahead.and_then(|it| LookAhead::new(it).ok());
        let accepted =
            self.hotp()
                .verify(code, Counter::new(next), look_ahead.unwrap_or_default())?;
        // The last counter of all has none after it, and so can't be used up: it is never accepted.
        let next = accepted.into_next_counter();
        next.map(Position::Counter).ok_or(VerifyError::Mismatch)
    }

    /// Finds where two consecutive codes stand, none of them used (RFC 4226 §7.4, RFC 6238 §6).
    ///
    /// It looks around the clock, not around the drift found before: so drift can't be walked beyond the window.
    /// Where the policy's window would have taken the second code, the drift known so far stays: such a pair says no
    /// more of the clock than how late it was typed.
    pub(super) fn resynchronize(
        &self,
        first: &Code,
        second: &Code,
        clock: UnixTime,
        window: ResyncWindow,
        policy: &Policy,
    ) -> Result<Position, VerifyError> {
        let Some(next) = self.next_counter else {
            let last = Some(self.last_step);
            let found = self
                .totp()
                .resynchronize(first, second, clock, window, last)?;
            let off = found.delta().saturating_sub(self.drift);
            let taken = validation_window(policy);
            let side = if off < 0 {
                taken.past()
            } else {
                taken.future()
            };
            let is_taken = off.unsigned_abs() <= u16::from(side);
            let drift = if is_taken { self.drift } else { found.delta() };
            let step = found.into_step();
            return Ok(Position::Time { step, drift });
        };
        let next = Counter::new(next);
        let found = self.hotp().resynchronize(first, second, next, window)?;
        let next = found.into_next_counter();
        next.map(Position::Counter).ok_or(VerifyError::Mismatch)
    }

    /// Uses up the accepted code, and those before it.
    pub(super) const fn advance(&mut self, to: Position) {
        // INVARIANT: no step at or below the last one is accepted, and no counter below the next one: neither falls.
        match to {
            Position::Time { step, drift } => {
                self.last_step = step;
                self.drift = drift;
            }
            Position::Counter(next) => self.next_counter = Some(next.number()),
        }
        self.replays = 0;
    }

    /// Seconds until it shows a code that was not used.
    pub(super) fn wait_seconds(&self, clock: UnixTime) -> u32 {
        if self.next_counter.is_some() {
            // It shows the next code when its button is pressed.
            return 0;
        }
        let next = self.last_step.next();
        let start = next.map(|step| step.start(self.parameters.period));
        let wait = start.map_or(0, |start| self.own_time(clock).seconds_until(start));
        u32::try_from(wait).unwrap_or(u32::MAX)
    }

    /// The time that it goes by, when the clock says `clock`.
    pub(super) fn own_time(&self, clock: UnixTime) -> UnixTime {
        let period = u32::from(self.parameters.period.seconds());
        let seconds = u32::from(self.drift.unsigned_abs()).saturating_mul(period);
        if self.drift < 0 {
            clock.saturating_sub(seconds)
        } else {
            clock.saturating_add(seconds)
        }
    }

    pub(crate) const fn kind(&self) -> AuthenticatorKind {
        if self.next_counter.is_some() {
            AuthenticatorKind::Hotp
        } else {
            AuthenticatorKind::Totp
        }
    }

    fn totp(&self) -> Totp {
        let it = &self.parameters;
        Totp::new(it.secret.duplicate(), it.algorithm, it.digits, it.period)
    }

    fn hotp(&self) -> Hotp {
        let it = &self.parameters;
        Hotp::new(it.secret.duplicate(), it.algorithm, it.digits)
    }
}

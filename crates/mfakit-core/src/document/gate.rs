//! The gate: a person's password attempts, apart from the account, so that strangers who guess passwords
//! never contend with the owner's codes; and the codes that were asked for after a right password.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};

use crate::{
    Policy, RandomnessError, Setting, UnixTime, codec,
    desk::CLOCK_TOLERANCE_SECONDS,
    document::{Document, Meta, account::Answered},
    random::Random,
};

#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct GateDocument {
    #[n(0)]
    meta: Meta,
    /// Attempts charged since `since`.
    #[n(1)]
    attempts: u32,
    /// When the first of them was charged.
    #[cbor(n(2), with = "codec::time")]
    since: UnixTime,
    #[cbor(n(3), with = "codec::opt_time", has_nil)]
    locked_until: Option<UnixTime>,
    /// The number of the last code that was asked for.
    #[n(4)]
    asked: u32,
    /// The codes that were asked for and may still be answered, or were not looked after yet; oldest first.
    #[n(5)]
    open: Vec<Asked>,
}

/// A code that was asked for after a right password.
#[derive(Encode, Decode)]
struct Asked {
    #[n(0)]
    number: u32,
    #[cbor(n(1), with = "codec::time")]
    at: UnixTime,
    /// When its ticket ends.
    #[cbor(n(2), with = "codec::time")]
    expires: UnixTime,
    /// How many before it ended without an answer, of those for which there was no room.
    #[n(3)]
    dropped: u32,
}

impl Asked {
    /// How many codes it stands for that were asked for and not answered.
    fn unanswered(&self, answered: Option<&Answered>) -> u32 {
        let is_answered = answered.is_some_and(|answered| answered.contains(self.number));
        self.dropped.saturating_add(u32::from(!is_answered))
    }

    /// From then on no machine of the service takes its ticket, also one whose clock is behind.
    const fn ends(&self) -> UnixTime {
        self.expires.saturating_add(CLOCK_TOLERANCE_SECONDS)
    }
}

impl GateDocument {
    pub(crate) const fn new(meta: Meta, now: UnixTime) -> Self {
        Self {
            meta,
            attempts: 0,
            since: now,
            locked_until: None,
            asked: 0,
            open: Vec::new(),
        }
    }

    /// Until when no password is evaluated, if the gate is locked.
    pub(crate) fn locked_until(&self, now: UnixTime) -> Option<UnixTime> {
        self.locked_until.filter(|until| now < *until)
    }

    /// Whether an attempt is charged that a right password gives back.
    pub(crate) const fn is_charged(&self) -> bool {
        self.attempts > 0 || self.locked_until.is_some()
    }

    /// Notes that a code is asked for, and returns the number by which an answer names it.
    pub(crate) fn ask(
        &mut self,
        policy: &Policy,
        answered: Option<&Answered>,
        now: UnixTime,
    ) -> u32 {
        self.make_room(answered);
        // A gate that was put back or removed in the database counts on behind what was answered: otherwise that
        // would pass for answers to what it asks for next.
        let answered = answered.map_or(0, Answered::latest);
        self.asked = self.asked.max(answered).saturating_add(1);
        self.open.push(Asked {
            number: self.asked,
            at: now,
            expires: now.saturating_add(policy.get(Setting::TicketLifetime)),
            dropped: 0,
        });
        self.asked
    }

    /// Where too many are open, the oldest is counted with the one after it, as if nothing answered it any more.
    fn make_room(&mut self, answered: Option<&Answered>) {
        if self.open.len() < MAX_OPEN {
            return;
        }
        let oldest = self.open.remove(0);
        let dropped = oldest.unanswered(answered);
        if let Some(next) = self.open.first_mut() {
            next.dropped = next.dropped.saturating_add(dropped);
        }
    }

    /// How many of the codes that were asked for have ended without an answer, and when the last was asked for.
    pub(crate) fn unanswered(
        &self,
        answered: Option<&Answered>,
        now: UnixTime,
    ) -> Option<(u32, UnixTime)> {
        let ended = self.open.iter().filter(|it| it.ends() <= now);
        let counted = ended.map(|it| (it.unanswered(answered), it.at));
        counted
            .filter(|(count, _)| *count > 0)
            .reduce(|one, other| {
                let count = one.0.saturating_add(other.0);
                (count, one.1.max(other.1))
            })
    }

    /// Drops the codes that have ended.
    pub(crate) fn forget_ended(&mut self, now: UnixTime) {
        self.open.retain(|it| now < it.ends());
    }

    /// When the last code that may still be answered has ended.
    pub(crate) fn open_until(&self, now: UnixTime) -> Option<UnixTime> {
        self.open
            .iter()
            .map(Asked::ends)
            .filter(|it| now < *it)
            .max()
    }

    /// A clock that was ahead has written when codes were asked for: none of them is known to be open.
    pub(crate) fn forget_asked(&mut self) {
        self.open = Vec::new();
    }

    pub(crate) fn apply(&mut self, charge: GateCharge) {
        self.attempts = charge.attempts;
        self.since = charge.since;
        self.locked_until = charge.locked_until;
    }

    /// Leaves nothing personal, and a history that nobody can read.
    pub(crate) fn erase(
        &mut self,
        now: UnixTime,
        random: &mut Random<'_>,
    ) -> Result<(), RandomnessError> {
        *self = Self::new(self.meta.forget(random)?, now);
        Ok(())
    }

    pub(crate) fn clear(&mut self, now: UnixTime) {
        self.apply(GateCharge {
            attempts: 0,
            since: now,
            locked_until: None,
        });
    }
}

/// What an attempt makes of the gate.
#[derive(Clone, Copy)]
pub(crate) struct GateCharge {
    attempts: u32,
    since: UnixTime,
    pub(crate) locked_until: Option<UnixTime>,
}

impl GateCharge {
    /// One more attempt at a gate that is open.
    pub(crate) fn of_attempt(gate: Option<&GateDocument>, policy: &Policy, now: UnixTime) -> Self {
        // Attempts count together over a time; its end, and the end of a lock, start the count anew.
        let running = gate.filter(|gate| {
            gate.attempts > 0
                && now
                    < gate
                        .since
                        .saturating_add(policy.get(Setting::PasswordWindow))
                && gate.locked_until.is_none()
        });
        let (attempts, since) = running.map_or((0, now), |gate| (gate.attempts, gate.since));
        let attempts = attempts.saturating_add(1);
        let locked_until = (attempts >= policy.get(Setting::PasswordAttempts))
            .then(|| now.saturating_add(policy.get(Setting::PasswordLock)));
        Self {
            attempts,
            since,
            locked_until,
        }
    }
}

impl Document for GateDocument {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}

/// More tickets than an honest person leaves open in their lifetime.
const MAX_OPEN: usize = 16;

#[cfg(test)]
mod tests {
    use super::{GateCharge, GateDocument};
    use crate::{Issuer, Policy, UnixTime, document::Meta, random::Random, testing::Dice};
    use rand_core::TryRng as _;

    #[test]
    fn c53_attempts_are_counted_from_the_first_and_not_from_the_last_right_password() {
        let policy = Policy::new(Issuer::new("Acme").unwrap());
        let mut dice = Dice::new(1);
        let mut fill = |dst: &mut [u8]| {
            let Ok(()) = dice.try_fill_bytes(dst);
            Ok(())
        };
        let at = UnixTime::from_seconds;
        let meta = Meta::new(at(0), &mut Random::new(&mut fill)).unwrap();
        let mut gate = GateDocument::new(meta, at(0));
        gate.clear(at(0));
        // The first attempt comes 890 s after the right password, the tenth 15 minutes after it.
        for attempt in 1..=9 {
            let charge = GateCharge::of_attempt(Some(&gate), &policy, at(889 + attempt));
            assert_eq!(charge.locked_until, None);
            gate.apply(charge);
        }
        let charge = GateCharge::of_attempt(Some(&gate), &policy, at(905));
        assert_eq!(charge.locked_until, Some(at(905 + 900)));
    }
}

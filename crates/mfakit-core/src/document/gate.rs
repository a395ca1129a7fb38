//! The gate: a person's password attempts, apart from the account, so that strangers who guess passwords
//! never contend with the owner's codes.

use minicbor::{Decode, Encode};

use crate::{
    Policy, RandomnessError, Setting, UnixTime, codec,
    document::{Document, Meta},
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
}

impl GateDocument {
    pub(crate) const fn new(meta: Meta, now: UnixTime) -> Self {
        Self {
            meta,
            attempts: 0,
            since: now,
            locked_until: None,
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

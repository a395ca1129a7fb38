//! An exemption: for a time, a person is let in without a second factor.

use minicbor::{Decode, Encode};

use crate::{
    Actor, Administrator, ExemptionStatus, Policy, Reason, Setting, UnixTime, answer::ExemptionEnd,
    codec,
};

#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Exemption {
    #[cbor(n(0), with = "codec::time")]
    granted: UnixTime,
    /// When it ends; none if it has no end.
    #[cbor(n(1), with = "codec::opt_time", has_nil)]
    until: Option<UnixTime>,
    #[cbor(n(2), with = "codec::actor")]
    actor: Actor,
    #[cbor(n(3), with = "codec::reason")]
    reason: Reason,
}

impl Exemption {
    pub(crate) fn new(granted: UnixTime, end: ExemptionEnd, by: &Administrator) -> Self {
        let until = match end {
            ExemptionEnd::At(until) => Some(until),
            ExemptionEnd::Open => None,
        };
        Self {
            granted,
            until,
            actor: by.actor.clone(),
            reason: by.reason.clone(),
        }
    }

    /// Whether it lets the person in at `now`, by the policy of the day.
    pub(crate) fn is_in_force(&self, policy: &Policy, now: UnixTime) -> bool {
        match self.end(policy) {
            Some(ExemptionEnd::At(until)) => now < until,
            Some(ExemptionEnd::Open) => true,
            None => false,
        }
    }

    /// What administrators see of it, while it is in force.
    pub(crate) fn status(&self, policy: &Policy, now: UnixTime) -> Option<ExemptionStatus> {
        let end = self.end(policy)?;
        self.is_in_force(policy, now).then(|| ExemptionStatus {
            granted_at: self.granted,
            end,
            by: Administrator {
                actor: self.actor.clone(),
                reason: self.reason.clone(),
            },
        })
    }

    /// No part of it is later than a clock that was ahead has made it: it was not granted in time to come.
    pub(crate) fn clamp(&mut self, now: UnixTime) {
        self.granted = self.granted.min(now);
    }

    /// Its end by the policy of the day, which holds for exemptions that were granted before it too; none if that
    /// policy allows it at no time.
    fn end(&self, policy: &Policy) -> Option<ExemptionEnd> {
        let latest = latest_end(policy, self.granted);
        match (self.until, latest) {
            (Some(until), Some(latest)) => Some(ExemptionEnd::At(until.min(latest))),
            (Some(until), None) => Some(ExemptionEnd::At(until)),
            (None, None) => Some(ExemptionEnd::Open),
            // No end was given where one is needed: the limit in days is its end, if there is one.
            (None, Some(latest)) => {
                let limited = policy.get(Setting::ExemptionDays) > 0;
                limited.then_some(ExemptionEnd::At(latest))
            }
        }
    }
}

/// When an exemption granted then ends at the latest; none where it may have no end.
///
/// Where it may not, there is a limit in any case: an end that nobody lives to see would be none.
pub(crate) fn latest_end(policy: &Policy, granted: UnixTime) -> Option<UnixTime> {
    if may_be_open(policy) {
        return None;
    }
    let (_, most) = Setting::ExemptionDays.range();
    let days = match policy.get(Setting::ExemptionDays) {
        0 => most,
        days => days,
    };
    Some(granted.saturating_add(days.saturating_mul(SECONDS_PER_DAY)))
}

/// Whether an exemption may have no end: where there is a limit, no end would be longer.
fn may_be_open(policy: &Policy) -> bool {
    policy.get(Setting::ExemptionOpenEnd) == 1 && policy.get(Setting::ExemptionDays) == 0
}

const SECONDS_PER_DAY: u32 = 86_400;

#[cfg(test)]
mod tests {
    use super::Exemption;
    use crate::{Administrator, Issuer, Policy, Profile, Setting, UnixTime, answer::ExemptionEnd};

    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    fn exemption(end: ExemptionEnd) -> Exemption {
        Exemption::new(at(0), end, &Administrator::new("root", "no phone").unwrap())
    }

    #[test]
    fn c54_a_policy_that_became_stricter_holds_for_exemptions_that_exist() {
        let issuer = || Issuer::new("Acme").unwrap();
        let (open, pci) = (
            Policy::new(issuer()),
            Policy::profile(Profile::Pci, issuer()),
        );
        let ending = open.clone().with(Setting::ExemptionOpenEnd, 0).unwrap();
        let longest = open.clone().with(Setting::ExemptionDays, 10).unwrap();
        // Policy, end of the exemption, the first instant at which it does not count.
        let year = ExemptionEnd::At(at(365 * DAY));
        let cases = [
            (&open, ExemptionEnd::Open, i64::MAX),
            (&open, year, 365 * DAY),
            (&ending, year, 365 * DAY),
            (&ending, ExemptionEnd::Open, 0),
            // The last instants there are stand for no end, and count for none.
            (&open, ExemptionEnd::At(at(i64::MAX)), i64::MAX),
            (&ending, ExemptionEnd::At(at(i64::MAX)), 3_650 * DAY),
            (&pci, ExemptionEnd::At(at(i64::MAX)), 30 * DAY),
            (&longest, ExemptionEnd::Open, 10 * DAY),
            (&longest, year, 10 * DAY),
            (&pci, year, 30 * DAY),
            (&pci, ExemptionEnd::At(at(DAY)), DAY),
        ];
        for (policy, end, over) in cases {
            let exemption = exemption(end);
            if over > 0 {
                assert!(exemption.is_in_force(policy, at(over - 1)), "{end:?}");
                assert!(exemption.status(policy, at(over - 1)).is_some());
            }
            if over < i64::MAX {
                assert!(!exemption.is_in_force(policy, at(over)), "{end:?}");
                assert_eq!(exemption.status(policy, at(over)), None);
            }
        }
    }
}

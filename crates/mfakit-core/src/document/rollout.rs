//! How far the roll-out of a requirement has come for one person.

use minicbor::{Decode, Encode};

use crate::{Deferral, Policy, Setting, UnixTime, codec};

/// Begun once, and renewed by nothing: a reset leaves it, so that nobody gets a second time of grace.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Rollout {
    #[cbor(n(0), with = "codec::time")]
    begun: UnixTime,
    /// Sign-ins at which the setup was put off.
    #[n(1)]
    skips: u32,
}

impl Rollout {
    pub(crate) const fn new(begun: UnixTime) -> Self {
        Self { begun, skips: 0 }
    }

    /// Until when, and how often, the setup may be put off by the policy of the day; none if no more.
    pub(crate) fn deferral(&self, policy: &Policy, now: UnixTime) -> Option<Deferral> {
        let until = self.deadline(policy);
        let skips_left = policy.get(Setting::SetupSkips).saturating_sub(self.skips);
        (now < until && skips_left > 0).then_some(Deferral { until, skips_left })
    }

    /// When the setup is due, by the policy of the day.
    pub(crate) fn deadline(&self, policy: &Policy) -> UnixTime {
        self.begun
            .saturating_add(policy.days(Setting::SetupDeadline))
    }

    pub(crate) const fn skip(&mut self) {
        self.skips = self.skips.saturating_add(1);
    }

    /// Nothing can be put off any more.
    pub(crate) const fn end(&mut self) {
        self.skips = u32::MAX;
    }

    /// A clock that was ahead gives no time of grace.
    pub(crate) fn clamp(&mut self, now: UnixTime) {
        self.begun = self.begun.min(now);
    }
}

#[cfg(test)]
mod tests {
    use super::Rollout;
    use crate::{Deferral, Issuer, Policy, Setting, UnixTime};

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    #[test]
    fn a24_a_setup_is_put_off_by_the_policy_of_the_day_alone() {
        let policy = |days, skips| {
            Policy::new(Issuer::new("Acme").unwrap())
                .with(Setting::SetupDeadline, days)
                .and_then(|policy| policy.with(Setting::SetupSkips, skips))
                .unwrap()
        };
        let mut rollout = Rollout::new(at(0));
        let until = at(2 * 86_400);
        let deferral = |skips_left| Some(Deferral { until, skips_left });
        assert_eq!(rollout.deferral(&policy(2, 2), at(0)), deferral(2));
        assert_eq!(rollout.deferral(&policy(2, 2), at(2 * 86_400)), None);
        assert_eq!(rollout.deferral(&policy(0, 2), at(0)), None);
        assert_eq!(rollout.deferral(&policy(2, 0), at(0)), None);
        rollout.skip();
        assert_eq!(rollout.deferral(&policy(2, 2), at(0)), deferral(1));
        assert_eq!(rollout.deferral(&policy(2, 1), at(0)), None);
        rollout.skip();
        assert_eq!(rollout.deferral(&policy(2, 2), at(0)), None);
        assert_eq!(rollout.deferral(&policy(2, 3), at(0)), deferral(1));
        // A clock that was a year ahead made it begin in time to come.
        let mut ahead = Rollout::new(at(365 * 86_400));
        ahead.clamp(at(0));
        assert_eq!(ahead.deadline(&policy(2, 2)), until);
    }
}

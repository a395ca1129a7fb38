//! How long an activation code lives, by the way it is handed over.

use core::fmt;

use crate::{Policy, Setting};

/// How long an activation code lives: no longer than the policy says, and no longer than this.
///
/// The named ones are the longest that NIST SP 800-63B-4 allows for the way in which a code is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActivationLifetime(Option<u32>);

impl ActivationLifetime {
    /// As long as the policy says.
    pub const POLICY: Self = Self(None);
    /// Ten minutes, for a code that binds at once (§4.1.2.2).
    pub const BINDING: Self = Self(Some(600));
    /// Ten minutes, for a code sent by text message or read out by phone (§4.2.1.2).
    pub const TEXT_OR_VOICE: Self = Self(Some(600));
    /// A day, for a code sent by mail (§4.2.1.2).
    pub const MAIL: Self = Self(Some(86_400));
    /// 21 days, for a code sent by post within a country (§4.2.1.2); abroad it may be 30.
    pub const POST: Self = Self(Some(1_814_400));

    /// At most `seconds`, which are 10 minutes to 30 days.
    ///
    /// # Errors
    /// [`ActivationLifetimeError`] if it is outside that range.
    pub fn at_most(seconds: u32) -> Result<Self, ActivationLifetimeError> {
        let (min, max) = Setting::ActivationLifetime.range();
        if (min..=max).contains(&seconds) {
            Ok(Self(Some(seconds)))
        } else {
            Err(ActivationLifetimeError)
        }
    }

    /// The seconds under this policy.
    pub(crate) fn under(self, policy: &Policy) -> u32 {
        let most = policy.get(Setting::ActivationLifetime);
        self.0.map_or(most, |seconds| seconds.min(most))
    }
}

/// A lifetime was outside its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActivationLifetimeError;

impl fmt::Display for ActivationLifetimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max) = Setting::ActivationLifetime.range();
        write!(f, "an activation code lives for {min} to {max} seconds")
    }
}

impl core::error::Error for ActivationLifetimeError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{ActivationLifetime, ActivationLifetimeError};
    use crate::{Issuer, Policy, Setting};

    #[test]
    fn c27_no_lifetime_is_longer_than_its_channel_or_the_policy_allows() {
        let policy = Policy::new(Issuer::new("Acme").unwrap());
        let long = policy
            .clone()
            .with(Setting::ActivationLifetime, 2_592_000)
            .unwrap();
        let cases = [
            (ActivationLifetime::POLICY, 86_400, 2_592_000),
            (ActivationLifetime::BINDING, 600, 600),
            (ActivationLifetime::TEXT_OR_VOICE, 600, 600),
            (ActivationLifetime::MAIL, 86_400, 86_400),
            (ActivationLifetime::POST, 86_400, 1_814_400),
        ];
        for (lifetime, by_default, at_most) in cases {
            assert_eq!(lifetime.under(&policy), by_default);
            assert_eq!(lifetime.under(&long), at_most);
        }
    }

    #[test]
    fn n19_a_lifetime_outside_the_range_is_refused() {
        for seconds in [0, 599, 2_592_001, u32::MAX] {
            assert_eq!(
                ActivationLifetime::at_most(seconds),
                Err(ActivationLifetimeError)
            );
        }
        assert!(ActivationLifetime::at_most(600).is_ok());
        assert!(ActivationLifetime::at_most(2_592_000).is_ok());
        assert_eq!(
            ActivationLifetimeError.to_string(),
            "an activation code lives for 600 to 2592000 seconds"
        );
    }
}

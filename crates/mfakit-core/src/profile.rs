//! Named profiles: starting points of a policy, after the standards they are named for.

use crate::Setting;

/// Where a policy starts from. What a profile does not name has the value of [`Profile::Default`].
///
/// A profile sets values; some it fixes, and a policy that starts from it can't change those. None of them touches
/// the budgets of wrong codes in 30 and in 365 days: no clause asks for others, and the chance of a year stays below
/// 1 in 200 in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// What suits most sites.
    Default,
    /// NIST SP 800-63B-4 at AAL2: a new sign-in each day (§2.2.3), no remembered devices (§5.1), exemptions end.
    NistAal2,
    /// OWASP ASVS 5.0, read strictly: codes of the current time step only, no resynchronization (6.5.5), no
    /// remembered devices.
    AsvsStrict,
    /// PCI DSS 4: ten failures lock for half an hour (8.3.4), no way around but one that ends soon (8.5.1).
    Pci,
}

impl Profile {
    /// Every profile.
    pub const ALL: &'static [Self] = &[Self::Default, Self::NistAal2, Self::AsvsStrict, Self::Pci];

    /// The stable name: `default`, `nist-aal2`, `asvs-strict`, `pci`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::NistAal2 => "nist-aal2",
            Self::AsvsStrict => "asvs-strict",
            Self::Pci => "pci",
        }
    }

    /// The value that a policy of this profile can't change, if the profile fixes this setting.
    #[must_use]
    pub const fn fixes(self, setting: Setting) -> Option<u32> {
        match (self, setting) {
            (Self::Default, _) => None,
            (Self::NistAal2 | Self::AsvsStrict | Self::Pci, Setting::RememberDays) => Some(0),
            (Self::NistAal2 | Self::AsvsStrict | Self::Pci, _) => None,
        }
    }

    /// What the profile sets to another value than the default.
    pub(crate) const fn values(self) -> &'static [(Setting, u32)] {
        match self {
            Self::Default => &[],
            Self::NistAal2 => &[
                (Setting::AssertionLifetime, DAY),
                (Setting::ExemptionDays, 90),
                (Setting::ExemptionOpenEnd, 0),
            ],
            Self::AsvsStrict => &[
                (Setting::WindowPast, 0),
                (Setting::WindowFuture, 0),
                (Setting::ResyncWindow, 0),
                (Setting::AssertionLifetime, DAY),
                (Setting::ExemptionDays, 90),
                (Setting::ExemptionOpenEnd, 0),
            ],
            Self::Pci => &[
                (Setting::LockFirst, HALF_HOUR),
                (Setting::LockSecond, HALF_HOUR),
                (Setting::LockThird, HALF_HOUR),
                (Setting::LockFourth, HALF_HOUR),
                (Setting::LockLater, HALF_HOUR),
                (Setting::HardLockAfter, 10),
                (Setting::PasswordLock, HALF_HOUR),
                (Setting::PasswordWindow, HALF_HOUR),
                (Setting::AssertionLifetime, DAY),
                (Setting::ExemptionDays, 30),
                (Setting::ExemptionOpenEnd, 0),
            ],
        }
    }

    /// The number kept in stored documents; it never changes.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Default => 1,
            Self::NistAal2 => 2,
            Self::AsvsStrict => 3,
            Self::Pci => 4,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|profile| profile.number() == number)
    }
}

const HALF_HOUR: u32 = 1_800;
const DAY: u32 = 86_400;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::Profile;
    use crate::{Issuer, Policy, PolicyError, Requirement, Setting};

    fn policy(profile: Profile) -> Policy {
        Policy::profile(profile, Issuer::new("Acme").unwrap())
    }

    /// The rows of the table of settings in which a profile differs, column by column.
    const TABLE: &[(Setting, [u32; 4])] = &[
        (Setting::WindowPast, [1, 1, 0, 1]),
        (Setting::WindowFuture, [1, 1, 0, 1]),
        (Setting::ResyncWindow, [120, 120, 0, 120]),
        (Setting::LockAfter, [5, 5, 5, 5]),
        (Setting::LockFirst, [30, 30, 30, 1_800]),
        (Setting::LockSecond, [60, 60, 60, 1_800]),
        (Setting::LockThird, [300, 300, 300, 1_800]),
        (Setting::LockFourth, [900, 900, 900, 1_800]),
        (Setting::LockLater, [3_600, 3_600, 3_600, 1_800]),
        (Setting::HardLockAfter, [20, 20, 20, 10]),
        (Setting::FailureBudget, [100, 100, 100, 100]),
        (Setting::YearBudget, [300, 300, 300, 300]),
        (Setting::PasswordAttempts, [10, 10, 10, 10]),
        (Setting::PasswordLock, [900, 900, 900, 1_800]),
        (Setting::PasswordWindow, [900, 900, 900, 1_800]),
        (
            Setting::AssertionLifetime,
            [2_592_000, 86_400, 86_400, 86_400],
        ),
        (Setting::RememberDays, [0, 0, 0, 0]),
        (Setting::RememberedDevices, [10, 10, 10, 10]),
        (Setting::ExemptionDays, [0, 90, 90, 30]),
        (Setting::ExemptionOpenEnd, [1, 0, 0, 0]),
        (Setting::SetupDeadline, [0, 0, 0, 0]),
        (Setting::SetupSkips, [0, 0, 0, 0]),
    ];

    #[test]
    fn c37_c54_c55_each_profile_has_the_values_of_its_column() {
        for (column, &profile) in Profile::ALL.iter().enumerate() {
            let policy = policy(profile);
            assert_eq!(policy.based_on(), profile);
            assert_eq!(policy.requirement(), Requirement::Required);
            policy.check().unwrap();
            for &setting in Setting::ALL {
                let row = TABLE.iter().find(|(it, _)| *it == setting);
                let expected = row.map_or(setting.default_value(), |(_, row)| row[column]);
                assert_eq!(
                    policy.get(setting),
                    expected,
                    "{} {}",
                    profile.name(),
                    setting.name()
                );
                let (min, max) = setting.range();
                assert!((min..=max).contains(&expected));
            }
        }
    }

    #[test]
    fn c31_a_value_that_a_profile_fixes_is_refused() {
        for &profile in Profile::ALL {
            let set = policy(profile).with(Setting::RememberDays, 30);
            if profile == Profile::Default {
                assert_eq!(set.unwrap().get(Setting::RememberDays), 30);
                continue;
            }
            let setting = Setting::RememberDays;
            let error = set.unwrap_err();
            assert_eq!(error, PolicyError::Fixed { setting, profile });
            assert_eq!(
                error.to_string(),
                alloc::format!(
                    "the profile `{}` fixes `remembered_device_days`",
                    profile.name()
                )
            );
            // The value it has may be said again, and what is not fixed may be changed.
            let same = policy(profile).with(Setting::RememberDays, 0).unwrap();
            assert!(same.with(Setting::ExemptionDays, 20).is_ok());
        }
    }

    #[test]
    fn profile_numbers_read_back() {
        for &profile in Profile::ALL {
            assert_eq!(Profile::from_number(profile.number()), Some(profile));
        }
        assert_eq!(Profile::from_number(0), None);
    }
}

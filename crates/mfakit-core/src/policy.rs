//! The policy of a tenant, as data: what is required, and every number with its range.

use alloc::vec::Vec;
use core::fmt;

use crate::{AuthenticatorKind, Issuer, Profile, Revision, UnixTime, limits};

/// Whether people need a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "complete by definition")]
pub enum Requirement {
    /// Nobody is asked for a second factor, not even those who have one.
    Off,
    /// Who has a second factor is asked for it.
    Optional,
    /// Everybody is asked for it; who has none sets one up first.
    Required,
}

impl Requirement {
    /// The number kept in stored documents; it never changes.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Optional => 1,
            Self::Required => 2,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [Self::Off, Self::Optional, Self::Required]
            .into_iter()
            .find(|it| it.number() == number)
    }

    /// A stable name: `off`, `optional`, `required`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

macro_rules! settings {
    ($($number:literal $name:ident = $text:literal, $default:literal, $min:literal ..= $max:literal, $doc:literal;)*) => {
        /// A number of the policy.
        ///
        /// The default of each stands in the list of [`Setting::ALL`] with its range; a value outside is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Setting {
            $(#[doc = $doc] $name,)*
        }

        impl Setting {
            /// Every setting, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name, such as `ticket_lifetime_seconds`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The value of the profile `default`.
            #[must_use]
            pub const fn default_value(self) -> u32 {
                match self { $(Self::$name => $default,)* }
            }

            /// The smallest and the largest value.
            #[must_use]
            pub const fn range(self) -> (u32, u32) {
                match self { $(Self::$name => ($min, $max),)* }
            }

            /// The number kept in stored documents; it never changes.
            pub(crate) const fn number(self) -> u8 {
                match self { $(Self::$name => $number,)* }
            }

            pub(crate) fn from_number(number: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|setting| setting.number() == number)
            }

            const fn index(self) -> usize {
                // A fieldless enum declared in the order of `ALL`.
                #[expect(clippy::as_conversions, reason = "the discriminant of a fieldless enum")]
                { self as usize }
            }
        }
    };
}

settings! {
    1 Digits = "digits", 6, 6..=8, "Digits of new authenticators (RFC 4226 §5.3).";
    2 Period = "period_seconds", 30, 15..=120, "Time-step size of new authenticators, in seconds (RFC 6238 §5.2; NIST SP 800-63B-4 §3.1.4.1: at most 2 minutes).";
    3 WindowPast = "window_past_steps", 1, 0..=10, "Time steps before the current one that are accepted (RFC 6238 §5.2).";
    4 WindowFuture = "window_future_steps", 1, 0..=10, "Time steps after the current one that are accepted (RFC 6238 §6).";
    5 Authenticators = "authenticators_per_account", 5, 1..=10, "Authenticators one account can have.";
    6 BackupCodes = "backup_codes", 10, 6..=16, "Backup codes in a set.";
    7 BackupCodesLow = "backup_codes_low", 3, 0..=8, "The person is told when this many backup codes or fewer are left.";
    8 LockAfter = "lock_after_failures", 5, 3..=19, "Consecutive wrong codes that lead to the first lock (NIST SP 800-63B-4 §3.2.2).";
    9 LockFirst = "lock_first_seconds", 30, 10..=86_400, "Length of the first lock, in seconds.";
    10 LockSecond = "lock_second_seconds", 60, 10..=86_400, "Length of the second lock, in seconds.";
    11 LockThird = "lock_third_seconds", 300, 10..=86_400, "Length of the third lock, in seconds.";
    12 LockFourth = "lock_fourth_seconds", 900, 10..=86_400, "Length of the fourth lock, in seconds.";
    13 LockLater = "lock_later_seconds", 3_600, 10..=86_400, "Length of every later lock, in seconds.";
    14 HardLockAfter = "hard_lock_after_failures", 20, 5..=100, "Consecutive wrong codes that lock until an administrator acts (NIST SP 800-63B-4 §3.2.2: at most 100).";
    15 FailureBudget = "failures_in_30_days", 100, 20..=1_000, "Wrong codes in 30 days, not cleared by success, beyond which one try an hour is left.";
    16 PasswordAttempts = "password_attempts", 10, 3..=100, "Password attempts before the gate locks.";
    17 PasswordLock = "password_lock_seconds", 900, 60..=86_400, "Length of the gate's lock, in seconds.";
    18 PasswordWindow = "password_window_seconds", 900, 60..=86_400, "Time over which password attempts are counted, in seconds.";
    19 FreeReplays = "free_replays", 2, 0..=5, "Times a used code may be sent again, per accepted time step, before it counts as wrong.";
    20 TicketLifetime = "ticket_lifetime_seconds", 300, 60..=1_800, "Lifetime of a ticket, in seconds.";
    21 SetupLifetime = "setup_lifetime_seconds", 600, 120..=3_600, "Lifetime of a pending setup, in seconds.";
    22 SetupTries = "setup_tries", 10, 3..=20, "Wrong codes after which a pending setup dies.";
    23 AssertionFresh = "assertion_fresh_seconds", 300, 60..=3_600, "Time for which an assertion may change factors, in seconds (ASVS 7.5.1).";
    24 AssertionLifetime = "assertion_lifetime_seconds", 2_592_000, 3_600..=34_560_000, "Time after which an assertion ends, in seconds (NIST SP 800-63B-4 §2.1.3).";
    25 RememberDays = "remembered_device_days", 0, 0..=180, "Days for which a device may be remembered; 0 remembers none (NIST SP 800-63B-4 §5.1).";
    26 RememberedDevices = "remembered_devices_per_account", 10, 1..=20, "Devices that can be remembered for one account.";
    27 SetupDeadline = "setup_deadline_days", 0, 0..=90, "Days from the first sign-in under the requirement for which a setup may be put off; 0 is at once.";
    28 SetupSkips = "setup_skips", 0, 0..=20, "Sign-ins for which a setup may be put off before the deadline; 0 is none, whatever the deadline.";
    29 ExemptionDays = "exemption_days", 0, 0..=3_650, "Days an exemption may last; 0 is no limit, and any other value needs an end (PCI DSS 4 8.5.1).";
    30 ExemptionOpenEnd = "exemption_open_end", 1, 0..=1, "1 if an exemption may have no end, where `exemption_days` sets no limit; 0 if it needs one, at most 3,650 days away.";
    31 HotpLookAhead = "hotp_look_ahead", 10, 1..=50, "Counters after the next one that are accepted of a token that counts (RFC 4226 §7.4).";
    40 ActivationLifetime = "activation_lifetime_seconds", 86_400, 600..=2_592_000, "Longest lifetime of an activation code, in seconds (NIST SP 800-63B-4 §4.2.1.2: a day by mail, 30 days by post).";
    41 ActivationTries = "activation_tries", 10, 3..=20, "Failed attempts after which an activation code is void.";
    43 YearBudget = "failures_in_365_days", 300, 50..=1_000, "Wrong codes in 365 days, not cleared by success, beyond which one code is not looked at, but a backup code or two consecutive codes are; fewer where so many codes are live in an account that the chance of a year would exceed 1 in 200.";
    44 ResyncWindow = "resynchronization_window", 120, 0..=120, "Time steps before and after the current one, or counters ahead, in which two consecutive codes are looked for (RFC 4226 §7.4, RFC 6238 §6); 0 looks for none (ASVS 6.5.5).";
}

const COUNT: usize = Setting::ALL.len();

/// What a tenant demands, and every number it sets.
///
/// A policy that was read and changed replaces only the one it was read from; one made by [`Policy::new`] replaces any.
#[derive(Debug, Clone)]
pub struct Policy {
    issuer: Issuer,
    requirement: Requirement,
    profile: Profile,
    values: [u32; COUNT],
    /// The revision of the policy document it was read from.
    read_from: Option<Revision>,
    /// Devices that were remembered before had ended when the days were last raised.
    devices_from: Option<UnixTime>,
}

impl PartialEq for Policy {
    /// Whether both demand the same; where they were read from does not matter.
    fn eq(&self, other: &Self) -> bool {
        (&self.issuer, self.requirement, self.profile, self.values)
            == (
                &other.issuer,
                other.requirement,
                other.profile,
                other.values,
            )
    }
}

impl Eq for Policy {}

impl Policy {
    /// The profile `default`: required for everybody, every setting at its default.
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        Self::profile(Profile::Default, issuer)
    }

    /// A policy that starts from `profile`: required for everybody.
    #[must_use]
    pub fn profile(profile: Profile, issuer: Issuer) -> Self {
        let mut values = [0; COUNT];
        for (value, setting) in values.iter_mut().zip(Setting::ALL) {
            *value = setting.default_value();
        }
        for (setting, of_profile) in profile.values() {
            if let Some(value) = values.get_mut(setting.index()) {
                *value = *of_profile;
            }
        }
        Self {
            issuer,
            requirement: Requirement::Required,
            profile,
            values,
            read_from: None,
            devices_from: None,
        }
    }

    /// The same policy with another requirement.
    #[must_use]
    pub const fn with_requirement(mut self, requirement: Requirement) -> Self {
        self.requirement = requirement;
        self
    }

    /// The same policy with another name of the site.
    #[must_use]
    pub fn with_issuer(mut self, issuer: Issuer) -> Self {
        self.issuer = issuer;
        self
    }

    /// The same policy with `setting` at `value`.
    ///
    /// # Errors
    /// [`PolicyError`] if the value is outside its range or fixed by the profile, or if the policy as a whole would
    /// leave too much to luck.
    pub fn with(mut self, setting: Setting, value: u32) -> Result<Self, PolicyError> {
        self.set_unchecked(setting, value)
            .ok_or(PolicyError::OutOfRange { setting })?;
        self.check()?;
        Ok(self)
    }

    /// Whether a second factor is needed.
    #[must_use]
    pub const fn requirement(&self) -> Requirement {
        self.requirement
    }

    /// The profile it started from.
    #[must_use]
    pub const fn based_on(&self) -> Profile {
        self.profile
    }

    /// The site's name as authenticator apps show it.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Which version of the tenant's policy it was read from; 0 if it was not read.
    ///
    /// A form keeps it and hands it back with [`replacing`](Self::replacing).
    #[must_use]
    pub const fn version(&self) -> u64 {
        match self.read_from {
            Some(revision) => revision.number(),
            None => 0,
        }
    }

    /// The same policy, which replaces that version alone: whoever changed it in between is not undone, however long
    /// a page was open. Version 0 is none that is stored, so it replaces nothing.
    #[must_use]
    pub const fn replacing(self, version: u64) -> Self {
        self.read_from(Revision::new(version))
    }

    /// The value of a setting.
    #[must_use]
    pub fn get(&self, setting: Setting) -> u32 {
        self.values
            .get(setting.index())
            .copied()
            .unwrap_or_else(|| setting.default_value())
    }

    /// Puts `setting` to `value`, if that is in range; [`check`](Self::check) comes after the last one.
    pub(crate) fn set_unchecked(&mut self, setting: Setting, value: u32) -> Option<()> {
        let (min, max) = setting.range();
        let place = self.values.get_mut(setting.index())?;
        *place = value;
        (min..=max).contains(&value).then_some(())
    }

    pub(crate) const fn read_from(mut self, revision: Revision) -> Self {
        self.read_from = Some(revision);
        self
    }

    pub(crate) const fn with_devices_from(mut self, from: Option<UnixTime>) -> Self {
        self.devices_from = from;
        self
    }

    /// Whether a device that was remembered then had ended before the policy remembered for longer.
    pub(crate) fn has_outlived_device(&self, created: UnixTime) -> bool {
        self.devices_from.is_some_and(|from| created < from)
    }

    /// Whether it may replace the policy document at `revision`.
    pub(crate) fn may_replace(&self, revision: Revision) -> bool {
        self.read_from.is_none_or(|it| it == revision)
    }

    /// The settings in which this policy differs from the one `before`.
    pub(crate) fn changes_from(&self, before: &Self) -> Vec<SettingChange> {
        let change = |&setting: &Setting| SettingChange {
            setting,
            from: before.get(setting),
            to: self.get(setting),
        };
        Setting::ALL
            .iter()
            .map(change)
            .filter(|it| it.from != it.to)
            .collect()
    }

    /// The value of a setting that counts days, in seconds.
    pub(crate) fn days(&self, setting: Setting) -> u32 {
        self.get(setting).saturating_mul(SECONDS_PER_DAY)
    }

    /// Codes of one authenticator that are right at one moment.
    pub(crate) fn live_codes(&self, kind: AuthenticatorKind) -> u32 {
        let others = match kind {
            AuthenticatorKind::Totp => {
                let past = self.get(Setting::WindowPast);
                past.saturating_add(self.get(Setting::WindowFuture))
            }
            AuthenticatorKind::Hotp => self.get(Setting::HotpLookAhead),
        };
        others.saturating_add(1)
    }

    /// Rules that concern several settings at once, and what the profile fixes.
    pub(crate) fn check(&self) -> Result<(), PolicyError> {
        let profile = self.profile;
        for &setting in Setting::ALL {
            let fixed = profile.fixes(setting);
            if fixed.is_some_and(|fixed| fixed != self.get(setting)) {
                return Err(PolicyError::Fixed { setting, profile });
            }
        }
        // At most one authenticator of an account counts.
        let others = self.get(Setting::Authenticators).saturating_sub(1);
        let timed = self.live_codes(AuthenticatorKind::Totp);
        let last = timed.max(self.live_codes(AuthenticatorKind::Hotp));
        let live = timed.saturating_mul(others).saturating_add(last);
        if !limits::is_hard_to_guess(live, self.get(Setting::HardLockAfter)) {
            return Err(PolicyError::TooEasyToGuess);
        }
        Ok(())
    }
}

/// A setting that was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingChange {
    /// Which.
    pub setting: Setting,
    /// The value before.
    pub from: u32,
    /// The value now.
    pub to: u32,
}

impl SettingChange {
    pub(crate) const fn new(setting: Setting, from: u32, to: u32) -> Self {
        Self { setting, from, to }
    }
}

/// Why a policy was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// The value of this setting is outside its range.
    OutOfRange {
        /// The setting at fault.
        setting: Setting,
    },
    /// Live codes x hard lock / 10^6 exceeds 1/1000: narrow the window, the look-ahead, the authenticators or
    /// the hard lock. An account that was given more authenticators under an older policy locks earlier instead.
    /// More digits for new authenticators do not help, since those that exist keep theirs.
    TooEasyToGuess,
    /// The profile of the policy fixes this setting at another value.
    Fixed {
        /// The setting at fault.
        setting: Setting,
        /// The profile that fixes it.
        profile: Profile,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { setting } => {
                let (min, max) = setting.range();
                write!(f, "`{}` takes {min} to {max}", setting.name())
            }
            Self::TooEasyToGuess => f.write_str(
                "the codes accepted at one moment times `hard_lock_after_failures` exceed a thousandth of all codes",
            ),
            Self::Fixed { setting, profile } => {
                write!(f, "the profile `{}` fixes `{}`", profile.name(), setting.name())
            }
        }
    }
}

impl core::error::Error for PolicyError {}

const SECONDS_PER_DAY: u32 = 86_400;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{Policy, PolicyError, Requirement, Setting};
    use crate::Issuer;

    fn policy() -> Policy {
        Policy::new(Issuer::new("Acme").unwrap())
    }

    #[test]
    fn every_setting_keeps_its_range_and_names_itself() {
        let mut numbers = alloc::collections::BTreeSet::new();
        for &setting in Setting::ALL {
            let (min, max) = setting.range();
            assert!(
                (min..=max).contains(&setting.default_value()),
                "{}",
                setting.name()
            );
            assert_eq!(policy().get(setting), setting.default_value());
            assert!(numbers.insert(setting.number()));
            let above = policy().with(setting, max + 1).unwrap_err();
            assert_eq!(above, PolicyError::OutOfRange { setting });
            assert!(above.to_string().contains(setting.name()));
            if min > 0 {
                assert!(policy().with(setting, min - 1).is_err());
            }
            assert_eq!(policy().with(setting, min).unwrap().get(setting), min);
        }
    }

    /// Written from the table of the conformance document, not from the list above.
    const NUMBERS: [(Setting, u32, u32, u32); Setting::ALL.len()] = [
        (Setting::Digits, 6, 6, 8),
        (Setting::Period, 30, 15, 120),
        (Setting::WindowPast, 1, 0, 10),
        (Setting::WindowFuture, 1, 0, 10),
        (Setting::Authenticators, 5, 1, 10),
        (Setting::BackupCodes, 10, 6, 16),
        (Setting::BackupCodesLow, 3, 0, 8),
        (Setting::LockAfter, 5, 3, 19),
        (Setting::LockFirst, 30, 10, 24 * 60 * 60),
        (Setting::LockSecond, 60, 10, 24 * 60 * 60),
        (Setting::LockThird, 5 * 60, 10, 24 * 60 * 60),
        (Setting::LockFourth, 15 * 60, 10, 24 * 60 * 60),
        (Setting::LockLater, 60 * 60, 10, 24 * 60 * 60),
        (Setting::HardLockAfter, 20, 5, 100),
        (Setting::FailureBudget, 100, 20, 1_000),
        (Setting::PasswordAttempts, 10, 3, 100),
        (Setting::PasswordLock, 15 * 60, 60, 24 * 60 * 60),
        (Setting::PasswordWindow, 15 * 60, 60, 24 * 60 * 60),
        (Setting::FreeReplays, 2, 0, 5),
        (Setting::TicketLifetime, 5 * 60, 60, 30 * 60),
        (Setting::SetupLifetime, 10 * 60, 2 * 60, 60 * 60),
        (Setting::SetupTries, 10, 3, 20),
        (Setting::AssertionFresh, 5 * 60, 60, 60 * 60),
        (
            Setting::AssertionLifetime,
            30 * 86_400,
            60 * 60,
            400 * 86_400,
        ),
        (Setting::RememberDays, 0, 0, 180),
        (Setting::RememberedDevices, 10, 1, 20),
        (Setting::SetupDeadline, 0, 0, 90),
        (Setting::SetupSkips, 0, 0, 20),
        (Setting::ExemptionDays, 0, 0, 3_650),
        (Setting::ExemptionOpenEnd, 1, 0, 1),
        (Setting::HotpLookAhead, 10, 1, 50),
        (Setting::ActivationLifetime, 86_400, 10 * 60, 30 * 86_400),
        (Setting::ActivationTries, 10, 3, 20),
        (Setting::YearBudget, 300, 50, 1_000),
        (Setting::ResyncWindow, 120, 0, 120),
    ];

    #[test]
    fn every_setting_has_the_numbers_of_the_table() {
        for ((setting, default, min, max), listed) in NUMBERS.into_iter().zip(Setting::ALL) {
            let name = setting.name();
            assert_eq!(setting, *listed);
            assert_eq!(policy().get(setting), default, "{name}");
            assert_eq!(setting.range(), (min, max), "{name}");
        }
    }

    #[test]
    fn a14_a_policy_that_leaves_too_much_to_luck_is_refused() {
        let ahead = policy().with(Setting::HotpLookAhead, 36).unwrap();
        assert_eq!(
            ahead.with(Setting::HotpLookAhead, 38).unwrap_err(),
            PolicyError::TooEasyToGuess
        );
        let wide = policy().with(Setting::WindowPast, 7).unwrap();
        let wide = wide.with(Setting::WindowFuture, 2).unwrap_err();
        assert_eq!(wide, PolicyError::TooEasyToGuess);
        // Eight digits for new authenticators help none that exists.
        let longer = policy().with(Setting::Digits, 8).unwrap();
        assert!(longer.with(Setting::WindowPast, 10).is_err());
        let fewer = policy().with(Setting::HardLockAfter, 9).unwrap();
        let wide = fewer.with(Setting::WindowPast, 10).unwrap();
        assert!(wide.with(Setting::WindowFuture, 10).is_ok());
    }

    #[test]
    fn requirement_numbers_read_back() {
        for requirement in [
            Requirement::Off,
            Requirement::Optional,
            Requirement::Required,
        ] {
            assert_eq!(
                Requirement::from_number(requirement.number()),
                Some(requirement)
            );
        }
        assert_eq!(Requirement::from_number(3), None);
    }
}

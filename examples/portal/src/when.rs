//! Times as people read them, in UTC.

use jiff::{Timestamp, tz::TimeZone};
use mfakit::UnixTime;

/// An instant for a page: what a machine reads and what a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct When {
    /// RFC 3339, for the attribute `datetime`.
    pub(crate) machine: String,
    /// Such as `21 November 2026, 18:54:30 UTC`.
    pub(crate) text: String,
}

impl When {
    /// Day and time to the second.
    pub(crate) fn exactly(at: UnixTime) -> Self {
        Self::shown(at, "%-d %B %Y, %H:%M:%S UTC")
    }

    /// The day.
    pub(crate) fn day(at: UnixTime) -> Self {
        Self::shown(at, "%-d %B %Y")
    }

    /// The time of a day that is today.
    pub(crate) fn time(at: UnixTime) -> Self {
        Self::shown(at, "%H:%M UTC")
    }

    fn shown(at: UnixTime, format: &str) -> Self {
        match Timestamp::from_second(at.seconds()) {
            Ok(instant) => {
                let local = instant.to_zoned(TimeZone::UTC);
                Self {
                    machine: instant.to_string(),
                    text: local.strftime(format).to_string(),
                }
            }
            // Only a clock gone wild comes here.
            Err(_) => Self {
                machine: String::new(),
                text: "an unknown time".to_owned(),
            },
        }
    }
}

/// A wait as people say it: `30 seconds`, `5 minutes`, `1 hour`; never shorter than it is.
pub(crate) fn wait(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=90 => (seconds.max(1), "second"),
        91..=5400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use mfakit::UnixTime;

    use super::{When, wait};

    #[test]
    fn times_read_well() {
        let at = UnixTime::from_seconds(1_795_287_270);
        assert_eq!(When::exactly(at).text, "21 November 2026, 18:54:30 UTC");
        assert_eq!(When::day(at).text, "21 November 2026");
        assert_eq!(When::time(at).text, "18:54 UTC");
        assert_eq!(When::exactly(at).machine, "2026-11-21T18:54:30Z");
        assert_eq!(
            When::day(UnixTime::from_seconds(i64::MAX)).text,
            "an unknown time"
        );
    }

    #[test]
    fn waits_read_well() {
        for (seconds, text) in [
            (0, "1 second"),
            (1, "1 second"),
            (30, "30 seconds"),
            (90, "90 seconds"),
            (91, "2 minutes"),
            (300, "5 minutes"),
            (3600, "60 minutes"),
            (5401, "2 hours"),
        ] {
            assert_eq!(wait(seconds), text);
        }
    }
}

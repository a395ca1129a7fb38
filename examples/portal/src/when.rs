//! Times as people read them, in UTC.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
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

    /// The last whole day before an instant, as the end of something that lasts until then.
    pub(crate) fn day_before(at: UnixTime) -> Self {
        Self::day(UnixTime::from_seconds(at.seconds().saturating_sub(DAY)))
    }

    /// The day after.
    pub(crate) fn day_after(at: UnixTime) -> Self {
        Self::day(UnixTime::from_seconds(at.seconds().saturating_add(DAY)))
    }

    /// The day as a form's date field has it.
    pub(crate) fn machine_day(&self) -> String {
        self.machine.chars().take(10).collect()
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

/// The start of a day such as `2027-01-31`, in UTC.
pub(crate) fn start_of_day(text: &str) -> Option<UnixTime> {
    // The parser takes more spellings than a date field sends, and years before the first.
    let day: Date = text.parse().ok()?;
    if text.len() != 10 || day.to_string() != text {
        return None;
    }
    let start = day.to_zoned(TimeZone::UTC).ok()?;
    Some(UnixTime::from_seconds(start.timestamp().as_second()))
}

/// The instant at which that day is over.
pub(crate) fn end_of_day(text: &str) -> Option<UnixTime> {
    let start = start_of_day(text)?;
    Some(UnixTime::from_seconds(start.seconds().saturating_add(DAY)))
}

const DAY: i64 = 24 * 60 * 60;

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

    use super::{When, end_of_day, start_of_day, wait};

    #[test]
    fn days_are_read_as_a_date_field_sends_them() {
        let start = start_of_day("2027-01-15").unwrap();
        assert_eq!(When::exactly(start).text, "15 January 2027, 00:00:00 UTC");
        assert_eq!(When::day(start).machine_day(), "2027-01-15");
        let end = end_of_day("2027-01-15").unwrap();
        assert_eq!(When::day_before(end).text, "15 January 2027");
        assert_eq!(When::day_after(start).text, "16 January 2027");
        for bad in [
            "",
            "2027-02-29",
            "2027-1-5",
            "15.1.2027",
            "20270115",
            "2027-01-15T00:00",
            "+002027-01-15",
            "99999-01-01",
            "-000001-01-01",
            "２０２７-01-15",
        ] {
            assert_eq!(start_of_day(bad), None, "{bad}");
        }
        assert!(end_of_day("9998-12-31").is_some());
    }

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

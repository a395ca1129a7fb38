//! Times, as they are typed and as they are shown.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use mfakit::{Clock as _, SystemClock, UnixTime};

/// Now, by the clock of this machine.
pub(crate) fn now() -> UnixTime {
    SystemClock::default().now()
}

/// A time as RFC 3339 has it, a day (its beginning, in UTC), or `@` and the seconds since 1970.
pub(crate) fn parse(text: &str) -> Result<UnixTime, String> {
    let seconds = match text.strip_prefix('@') {
        Some(seconds) => seconds.parse().ok(),
        None => match text.parse::<Date>() {
            // A time would be read as a date too, and its time of day be lost.
            Ok(day) if !text.contains([':', 'T', 't', ' ']) => day
                .to_zoned(TimeZone::UTC)
                .ok()
                .map(|it| it.timestamp().as_second()),
            _ => text.parse::<Timestamp>().ok().map(Timestamp::as_second),
        },
    };
    seconds
        .map(UnixTime::from_seconds)
        .ok_or_else(|| "a time is `2027-01-31`, `2027-01-31T12:00:00Z` or `@1801396800`".to_owned())
}

/// RFC 3339, in UTC, to the second.
pub(crate) fn shown(at: UnixTime) -> String {
    match Timestamp::from_second(at.seconds()) {
        Ok(instant) => instant.to_string(),
        // Only a clock gone wild comes here.
        Err(_) => format!("@{}", at.seconds()),
    }
}

#[cfg(test)]
mod tests {
    use mfakit::UnixTime;

    use super::{parse, shown};

    #[test]
    fn reads_what_people_write_and_nothing_else() {
        for (text, seconds) in [
            ("@59", 59),
            ("@-1", -1),
            ("2027-01-31", 1_801_353_600),
            ("2027-01-31T12:00:00Z", 1_801_396_800),
            ("2027-01-31T13:00:00+01:00", 1_801_396_800),
            ("2027-01-31 12:00:00Z", 1_801_396_800),
        ] {
            assert_eq!(parse(text), Ok(UnixTime::from_seconds(seconds)), "{text}");
        }
        for text in [
            "",
            "@",
            "@1.5",
            "now",
            "2027",
            "2027-02-30",
            "2027-01-31T12:00:00",
            "31.1.2027",
            "@99999999999999999999",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shows_times_in_one_form() {
        assert_eq!(
            shown(UnixTime::from_seconds(1_801_396_800)),
            "2027-01-31T12:00:00Z"
        );
        assert_eq!(
            shown(UnixTime::from_seconds(i64::MAX)),
            format!("@{}", i64::MAX)
        );
    }
}

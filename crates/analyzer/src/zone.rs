//! The time zone of a report's days and printed times.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::Error;

/// A time zone of the IANA database, such as `Europe/Berlin`. The default is UTC; a site or a request can choose
/// another one.
///
/// The database is that of the machine, and the binary's own where the machine has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Its name in the IANA database.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The start of a day in this zone, in milliseconds since 1970; `None` if it is outside the supported calendar.
    ///
    /// If the clocks skip midnight, the day begins at the first moment after the gap.
    pub(crate) fn start_of(&self, day: Date) -> Option<i64> {
        let start = day.to_zoned(self.0.clone()).ok()?;
        Some(start.timestamp().as_millisecond())
    }

    /// The number of the day of a time in this zone, counted from 1970-01-01.
    pub(crate) fn day(&self, millis: i64) -> i64 {
        (millis + self.offset_ms(millis)).div_euclid(DAY_MS)
    }

    /// Local time less UTC at a time, in milliseconds. Outside the supported calendar, local time is UTC.
    pub(crate) fn offset_ms(&self, millis: i64) -> i64 {
        let offset = Timestamp::from_millisecond(millis).map_or(0, |time| self.0.to_offset(time).seconds());
        1_000 * i64::from(offset)
    }

    /// A time in ISO 8601 to the minute, with the zone's offset at that time: `2026-11-21T10:00+01:00`.
    pub(crate) fn minute(&self, millis: i64) -> String {
        match Timestamp::from_millisecond(millis) {
            Err(_) => millis.to_string(),
            Ok(time) => time.to_zoned(self.0.clone()).strftime("%Y-%m-%dT%H:%M%:z").to_string(),
        }
    }

    /// A time in ISO 8601 with the zone's offset at that time; `Z` in UTC.
    pub(crate) fn print(&self, millis: i64) -> String {
        match Timestamp::from_millisecond(millis) {
            Err(_) => millis.to_string(),
            Ok(time) if *self == Self::UTC => format!("{time:.3}"),
            Ok(time) => time
                .to_zoned(self.0.clone())
                .strftime("%Y-%m-%dT%H:%M:%S.%3f%:z")
                .to_string(),
        }
    }
}

/// The date of a day that is counted from 1970-01-01, as `2026-11-21`.
pub(crate) fn date(day: i64) -> String {
    civil(day).map_or_else(|| day.to_string(), |date| date.to_string())
}

/// The date of a day that is counted from 1970-01-01; `None` outside the supported calendar.
pub(crate) fn civil(day: i64) -> Option<Date> {
    let midnight = Timestamp::from_millisecond(day.checked_mul(DAY_MS)?).ok()?;
    Some(TimeZone::UTC.to_datetime(midnight).date())
}

/// The number of the week of a day; weeks begin on Monday (ISO 8601). 1970-01-01 was a Thursday.
pub(crate) fn week(day: i64) -> i64 {
    (day + 3).div_euclid(7)
}

/// The Monday of a week.
pub(crate) fn monday(week: i64) -> i64 {
    7 * week - 3
}

/// A day of UTC.
const DAY_MS: i64 = 86_400_000;

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl FromStr for Zone {
    type Err = Error;

    fn from_str(raw: &str) -> Result<Self, Error> {
        let raw = raw.trim();
        if raw.eq_ignore_ascii_case("UTC") {
            return Ok(Self::UTC);
        }
        TimeZone::get(raw)
            .ok()
            .filter(|zone| zone.iana_name().is_some())
            .map(Self)
            .ok_or_else(|| {
                Error::bad_param(
                    "timezone",
                    raw,
                    "a name of the IANA time zone database, such as Europe/Berlin or UTC",
                )
            })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_named_as_the_database_names_them() {
        assert_eq!("europe/berlin".parse::<Zone>().unwrap().name(), "Europe/Berlin");
        assert_eq!("utc".parse::<Zone>().unwrap(), Zone::UTC);
        for nonsense in ["", "Berlin", "+02:00", "../etc/passwd", "UTC; DROP TABLE events"] {
            let error = nonsense.parse::<Zone>().unwrap_err();
            assert!(
                error.is_request() && error.to_string().starts_with("timezone cannot be"),
                "{error}"
            );
        }
    }

    #[test]
    fn times_have_the_offset_of_their_season() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        // 2026-01-01 and 2026-07-01, both 12:00 UTC.
        assert_eq!(berlin.print(1_767_268_800_000), "2026-01-01T13:00:00.000+01:00");
        assert_eq!(berlin.print(1_782_907_200_000), "2026-07-01T14:00:00.000+02:00");
        assert_eq!(Zone::UTC.print(1_767_268_800_000), "2026-01-01T12:00:00.000Z");
        assert_eq!(berlin.print(i64::MAX), i64::MAX.to_string());
    }

    #[test]
    fn a_day_begins_when_the_clocks_go_on_where_they_skip_midnight() {
        let beirut: Zone = "Asia/Beirut".parse().unwrap();
        // On 2024-03-31 the clocks of Beirut went from midnight to one o'clock: 22:00 UTC of the day before.
        let start = beirut.start_of("2024-03-31".parse().unwrap()).unwrap();
        assert_eq!(beirut.print(start), "2024-03-31T01:00:00.000+03:00");
    }
}

//! Periods of time: hours, days, weeks or months of a time zone.

use jiff::civil::Date;

use crate::zone::{self, Zone};

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Every {
    Hour,
    Day,
    Week,
    Month,
}

const HOUR_MS: i64 = 3_600_000;

impl Every {
    pub(super) const NAMES: &[&str] = &["hour", "day", "week", "month"];

    pub(super) fn named(name: &str) -> Self {
        match name {
            "hour" => Self::Hour,
            "week" => Self::Week,
            "month" => Self::Month,
            _ => Self::Day,
        }
    }

    /// The number of the period of a time. Later periods have larger numbers; the numbers of hours are their starts, because a day
    /// may have 23 or 25 of them.
    pub(super) fn of(self, millis: i64, zone: &Zone) -> i64 {
        match self {
            Self::Hour => {
                // Offsets of time zones are not always whole hours.
                let local = millis + zone.offset_ms(millis);
                millis - local.rem_euclid(HOUR_MS)
            }
            Self::Day => zone.day(millis),
            Self::Week => zone::week(zone.day(millis)),
            Self::Month => match zone::civil(zone.day(millis)) {
                Some(date) => 12 * i64::from(date.year()) + i64::from(date.month()) - 1,
                None => 0,
            },
        }
    }

    /// The number of the next period.
    pub(super) fn next(self, period: i64, zone: &Zone) -> i64 {
        match self {
            Self::Hour => self.of(period + HOUR_MS + HOUR_MS / 2, zone),
            _ => period + 1,
        }
    }

    /// The start of a period in milliseconds since 1970; `None` outside the supported calendar.
    pub(super) fn start(self, period: i64, zone: &Zone) -> Option<i64> {
        match self {
            Self::Hour => Some(period),
            _ => zone.start_of(self.first_day(period)?),
        }
    }

    /// Its name: the date of its first day, and the time of an hour with the zone's offset.
    pub(super) fn name(self, period: i64, zone: &Zone) -> String {
        match (self, self.first_day(period)) {
            (Self::Hour, _) => zone.minute(period),
            (Self::Month, Some(day)) => day.strftime("%Y-%m").to_string(),
            (_, Some(day)) => day.to_string(),
            (_, None) => period.to_string(),
        }
    }

    fn first_day(self, period: i64) -> Option<Date> {
        match self {
            Self::Hour => None,
            Self::Day => zone::civil(period),
            Self::Week => zone::civil(zone::monday(period)),
            Self::Month => {
                let year = i16::try_from(period.div_euclid(12)).ok()?;
                Date::new(year, period.rem_euclid(12) as i8 + 1, 1).ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Zone {
        "Europe/Berlin".parse().unwrap()
    }

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    /// The hours of a day, counted from one to the next.
    fn hours_of(day: &str, next: &str) -> usize {
        let zone = berlin();
        let start = |day: &str| zone.start_of(day.parse().unwrap()).unwrap();
        let (mut hour, end) = (Every::Hour.of(start(day), &zone), start(next));
        let mut hours = 0;
        while hour < end {
            hour = Every::Hour.next(hour, &zone);
            hours += 1;
        }
        hours
    }

    #[test]
    fn days_on_which_the_clocks_change_have_23_and_25_hours() {
        assert_eq!(hours_of("2026-03-28", "2026-03-29"), 24);
        assert_eq!(hours_of("2026-03-29", "2026-03-30"), 23);
        assert_eq!(hours_of("2026-10-25", "2026-10-26"), 25);
        // Both hours from two to three are periods of their own.
        let zone = berlin();
        let names = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]
            .map(|time| Every::Hour.name(Every::Hour.of(ms(time), &zone), &zone));
        assert_eq!(names, ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]);
        let kolkata: Zone = "Asia/Kolkata".parse().unwrap();
        let hour = Every::Hour.of(ms("2026-01-01T00:10:00Z"), &kolkata);
        assert_eq!(Every::Hour.name(hour, &kolkata), "2026-01-01T05:00+05:30");
    }

    #[test]
    fn periods_are_those_of_the_time_zone() {
        let zone = berlin();
        let name = |every: Every, time| every.name(every.of(ms(time), &zone), &zone);
        // A Sunday at 23:30 in Berlin, and half an hour later.
        assert_eq!(name(Every::Day, "2026-05-31T21:30:00Z"), "2026-05-31");
        assert_eq!(name(Every::Week, "2026-05-31T21:30:00Z"), "2026-05-25");
        assert_eq!(name(Every::Month, "2026-05-31T21:30:00Z"), "2026-05");
        assert_eq!(name(Every::Day, "2026-05-31T22:00:00Z"), "2026-06-01");
        assert_eq!(name(Every::Week, "2026-05-31T22:00:00Z"), "2026-06-01");
        assert_eq!(name(Every::Month, "2026-05-31T22:00:00Z"), "2026-06");
        for every in [Every::Hour, Every::Day, Every::Week, Every::Month] {
            let period = every.of(ms("2026-12-31T12:34:56Z"), &zone);
            let start = every.start(period, &zone).unwrap();
            assert_eq!(every.of(start, &zone), period, "{every:?}");
            assert!(every.of(start - 1, &zone) < period, "{every:?}");
            assert_eq!(
                every
                    .start(every.next(period, &zone), &zone)
                    .map(|end| every.of(end - 1, &zone)),
                Some(period)
            );
        }
    }
}

//! Time ranges of reports.

use jiff::civil::Date;
use wayside_model::Timestamp;

use crate::error::Error;
use crate::zone::Zone;

/// A time range that includes `from` and excludes `to`. The default is all time.
///
/// A range determines which events are *counted*. Journeys are always read whole, so a range never changes a session's number, a
/// stage or the time in which a customer may still convert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    from: i64,
    to: i64,
}

impl Range {
    /// All time.
    pub const ALL: Self = Self {
        from: i64::MIN,
        to: i64::MAX,
    };

    /// A range from milliseconds since 1970 that includes `from` and excludes `to`.
    pub fn millis(from: i64, to: i64) -> Self {
        Self { from, to }
    }

    /// Parses both ends: a day `YYYY-MM-DD` of the zone (included at both ends), a time such as `2026-11-21T10:00:00Z`,
    /// or milliseconds since 1970 (excluded as `to`). An absent end is open.
    ///
    /// # Errors
    ///
    /// Fails if an end has another form, or if the end is before the start.
    pub fn parse(from: Option<&str>, to: Option<&str>, zone: &Zone) -> Result<Self, Error> {
        let from_ms = from.map_or(Ok(i64::MIN), |raw| parse_end("from", raw, 0, zone))?;
        let to_ms = to.map_or(Ok(i64::MAX), |raw| parse_end("to", raw, 1, zone))?;
        if let (Some(from), Some(to)) = (from, to)
            && from_ms >= to_ms
        {
            return Err(Error::bad_param("to", to, format!("after \"{from}\"")));
        }
        Ok(Self {
            from: from_ms,
            to: to_ms,
        })
    }

    /// Whether `time` is in the range.
    pub fn contains(&self, time: Timestamp) -> bool {
        (self.from..self.to).contains(&time.millis())
    }

    /// The start in milliseconds since 1970, if there is one.
    pub fn from(&self) -> Option<i64> {
        (self.from != i64::MIN).then_some(self.from)
    }

    /// The excluded end in milliseconds since 1970, if there is one.
    pub fn to(&self) -> Option<i64> {
        (self.to != i64::MAX).then_some(self.to)
    }
}

impl Default for Range {
    fn default() -> Self {
        Self::ALL
    }
}

/// One end in milliseconds since 1970. For a day, the start of the day `days_later` days after it.
fn parse_end(name: &str, raw: &str, days_later: i64, zone: &Zone) -> Result<i64, Error> {
    let raw = raw.trim();
    if let Ok(millis) = raw.parse::<i64>() {
        return Ok(millis);
    }
    let day = raw.parse::<Date>().ok().filter(|_| raw.len() == 10);
    let millis = match day {
        Some(day) => day
            .checked_add(jiff::Span::new().days(days_later))
            .ok()
            .and_then(|day| zone.start_of(day)),
        None => raw.parse::<jiff::Timestamp>().map(|time| time.as_millisecond()).ok(),
    };
    millis.ok_or_else(|| {
        Error::bad_param(
            name,
            raw,
            "a day (2026-11-21), a time (2026-11-21T10:00:00Z) or milliseconds since 1970",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: Option<&str>, to: Option<&str>, expected: (Option<i64>, Option<i64>)) {
        let range = Range::parse(from, to, &Zone::UTC).unwrap();
        assert_eq!((range.from(), range.to()), expected);
    }

    #[test]
    fn both_days_are_included() {
        let day = 86_400_000;
        check(Some("1970-01-02"), Some("1970-01-02"), (Some(day), Some(2 * day)));
        check(None, Some("1970-01-01"), (None, Some(day)));
    }

    #[test]
    fn days_follow_the_zone_and_its_summer_time() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let hours = |day: &str| {
            let range = Range::parse(Some(day), Some(day), &berlin).unwrap();
            (range.to().unwrap() - range.from().unwrap()) / 3_600_000
        };
        assert_eq!(
            ["2026-03-28", "2026-03-29", "2026-10-25"].map(hours),
            [24, 23, 25],
            "the clocks go forward on 29 March and back on 25 October"
        );
        let range = Range::parse(Some("2026-07-01"), None, &berlin).unwrap();
        assert_eq!(range.from(), Some(1_782_856_800_000), "midnight in Berlin is 22:00 UTC");
    }

    #[test]
    fn times_and_millis_are_exact() {
        check(Some("1970-01-01T00:00:01Z"), Some("2000"), (Some(1000), Some(2000)));
        check(Some("1970-01-01T02:00:00+02:00"), None, (Some(0), None));
        check(None, None, (None, None));
    }

    #[test]
    fn invalid_ends_are_refused_with_their_name() {
        for (from, to) in [
            (Some("yesterday"), None),
            (None, Some("2026-13-01")),
            (Some("2026-11-21"), Some("2026-11-20")),
            (Some("5"), Some("5")),
        ] {
            let error = Range::parse(from, to, &Zone::UTC).unwrap_err();
            assert!(error.is_request(), "{error}");
        }
        let error = Range::parse(Some("2026-2-30"), None, &Zone::UTC).unwrap_err();
        assert_eq!(
            error.to_string(),
            "from cannot be \"2026-2-30\": it must be a day (2026-11-21), a time (2026-11-21T10:00:00Z) or milliseconds since 1970"
        );
    }
}

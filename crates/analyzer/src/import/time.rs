//! Reading a row's time.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use wayside_model::{Timestamp, Value};

/// Where a row's time stands and how it is written.
#[derive(Clone, Debug)]
pub(super) struct TimeRule {
    pub(super) column: usize,
    format: TimeFormat,
    zone: TimeZone,
}

#[derive(Clone, Debug)]
enum TimeFormat {
    /// Whole or decimal units since 1970; how many milliseconds a unit has is a ratio, for microseconds are less.
    Since1970 { millis: i64, per_units: i64 },
    /// Days since 1899-12-30, as spreadsheets count them, on the clock of the mapping's zone.
    Spreadsheet,
    /// `2024-03-13T10:21:14Z`, `2024-03-13 10:21:14+01:00`, or without an offset in the mapping's zone.
    Rfc3339,
    /// Milliseconds since 1970 of a time by its type.
    Millis,
    /// By `strftime` codes.
    Pattern(String),
}

impl TimeRule {
    /// The rule for `format`; the error says what is wrong with it.
    pub(super) fn parse(column: usize, format: &str, zone: TimeZone) -> Result<Self, String> {
        let since = |millis, per_units| TimeFormat::Since1970 { millis, per_units };
        let format = match format {
            "s" => since(1_000, 1),
            "ms" => since(1, 1),
            "us" => since(1, 1_000),
            "ns" => since(1, 1_000_000),
            "spreadsheet" => TimeFormat::Spreadsheet,
            "rfc3339" => TimeFormat::Rfc3339,
            pattern if pattern.contains('%') => {
                // Formatting a sample finds codes that do not exist before a million rows fail on them.
                let sample = DateTime::constant(2000, 1, 1, 0, 0, 0, 0).to_zoned(TimeZone::UTC);
                sample
                    .and_then(|sample| strtime::format(pattern, &sample))
                    .map_err(|error| format!("{error}; see docs/import.md for the codes"))?;
                TimeFormat::Pattern(pattern.to_owned())
            }
            other => {
                return Err(format!(
                    "unknown time format {other:?}; use \"rfc3339\", \"s\", \"ms\", \"us\", \"ns\", \"spreadsheet\" or a pattern such as \"%Y-%m-%d %H:%M:%S\""
                ));
            }
        };
        Ok(Self { column, format, zone })
    }

    /// From here on values are as RFC 3339 says them, whatever the format says: the source has times of its own.
    pub(super) fn take_rfc3339(&mut self) {
        self.format = TimeFormat::Rfc3339;
    }

    /// From here on values are milliseconds since 1970, whatever the format says: the source has times of its own.
    pub(super) fn take_millis(&mut self) {
        self.format = TimeFormat::Millis;
    }

    /// A value of the rule's column for a message.
    pub(super) fn shown(&self, value: &Value) -> String {
        match self.format {
            TimeFormat::Millis => shown(&of_millis(value)),
            _ => shown(value),
        }
    }

    /// The time that `value` says; the error says why it says none.
    pub(super) fn read(&self, value: &Value) -> Result<Timestamp, String> {
        let millis = match (&self.format, value) {
            (_, Value::Null) => return Err("the time is empty".into()),
            (TimeFormat::Since1970 { millis, per_units }, value) => since_1970(value, *millis, *per_units)
                .ok_or_else(|| format!("{} is no number of units since 1970", shown(value)))?,
            (TimeFormat::Millis, Value::Int(millis)) => *millis,
            (TimeFormat::Spreadsheet, value) => self.spreadsheet(value)?,
            (TimeFormat::Rfc3339, Value::Text(text)) => self.rfc3339(text)?,
            (TimeFormat::Pattern(pattern), Value::Text(text)) => self.pattern(pattern, text)?,
            // Sources without quotes write 20240313 as a number.
            (TimeFormat::Pattern(pattern), Value::Int(n)) => self.pattern(pattern, &n.to_string())?,
            (_, other) => return Err(format!("{} is no time", shown(other))),
        };
        Timestamp::checked(millis).ok_or_else(|| format!("{} is outside 1970 to 2200", self.shown(value)))
    }

    fn spreadsheet(&self, value: &Value) -> Result<i64, String> {
        let wrong = || format!("{} is no number of days as spreadsheets count them", shown(value));
        let days = match value {
            Value::Text(text) => text.trim().parse().ok(),
            number => number.as_number(),
        };
        // Seconds are what a spreadsheet keeps exactly; further digits are noise of its arithmetic.
        let seconds = days
            .filter(|days: &f64| days.is_finite())
            .map(|days| (days * 86_400.0).round() as i64);
        let civil = seconds.and_then(|seconds| {
            let first = jiff::civil::date(1899, 12, 30).to_datetime(jiff::civil::Time::midnight());
            first.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
        });
        self.in_zone(civil.ok_or_else(wrong)?)
    }

    fn rfc3339(&self, text: &str) -> Result<i64, String> {
        let text = text.trim();
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(instant.as_millisecond());
        }
        let civil: DateTime = text.parse().map_err(|_| format!("{text:?} is no RFC 3339 time"))?;
        self.in_zone(civil)
    }

    fn pattern(&self, pattern: &str, text: &str) -> Result<i64, String> {
        let text = text.trim();
        let wrong = |_| format!("{text:?} is not written as {pattern:?}");
        let parts = strtime::parse(pattern, text).map_err(wrong)?;
        if parts.offset().is_some() || parts.timestamp().is_some() {
            return Ok(parts.to_timestamp().map_err(wrong)?.as_millisecond());
        }
        match parts.to_datetime() {
            Ok(civil) => self.in_zone(civil),
            // A day without a time of day is its midnight.
            Err(_) => self.in_zone(
                parts
                    .to_date()
                    .map_err(wrong)?
                    .to_datetime(jiff::civil::Time::midnight()),
            ),
        }
    }

    /// A clock time in the mapping's zone; where the clock shows it twice, the first; where never, the next that exists.
    fn in_zone(&self, civil: DateTime) -> Result<i64, String> {
        self.zone
            .to_ambiguous_timestamp(civil)
            .compatible()
            .map(jiff::Timestamp::as_millisecond)
            .map_err(|error| format!("{civil}: {error}"))
    }
}

/// Milliseconds of a number of units, also from text; exact for whole numbers.
fn since_1970(value: &Value, millis: i64, per_units: i64) -> Option<i64> {
    let whole = |n: i64| n.checked_mul(millis).map(|n| n.div_euclid(per_units));
    // An f64 as wide as a time ever is: the cast clamps, and the caller refuses what lies beyond 2200.
    let decimal = |x: f64| (x * millis as f64 / per_units as f64).floor() as i64;
    match value {
        Value::Text(text) => {
            let text = text.trim();
            match text.parse() {
                Ok(n) => whole(n),
                Err(_) => text.parse().ok().filter(|x: &f64| x.is_finite()).map(decimal),
            }
        }
        Value::Int(n) => whole(*n),
        Value::Float(x) => Some(decimal(*x)),
        _ => None,
    }
}

/// Milliseconds since 1970 as the time that RFC 3339 says; any other value unchanged.
pub(super) fn of_millis(value: &Value) -> Value {
    let time = value
        .as_int()
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    time.map_or_else(|| value.clone(), |time| Value::Text(time.to_string()))
}

/// A value for a message, at most a line long.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{:?}", wayside_model::field::cut(text, 80)),
        Value::Null => "nothing".into(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(x) => x.to_string(),
        Value::List(_) => "a list".into(),
        Value::Map(_) => "an object".into(),
    }
}

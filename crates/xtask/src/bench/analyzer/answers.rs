//! Answers in one form, and their comparison.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

/// The answer of a report of Wayside in the form in which the peers answer (`answers.py`).
pub(super) fn of_report(question: &str, table: &Value) -> Result<Value> {
    let table = Table::of(table)?;
    Ok(match question {
        "sessions" => {
            let [name, value, part, whole] = table.places(["name", "value", "numerator", "denominator"])?;
            let figure = |wanted: &str, at: usize| {
                let row = table.rows.iter().find(|row| row[name] == wanted);
                row.map(|row| row[at].clone())
                    .with_context(|| format!("no figure {wanted}"))
            };
            json!({
                "sessions": figure("bounce_rate", whole)?,
                "bounces": figure("bounce_rate", part)?,
                "duration_median_ms": figure("session_duration_median", value)?,
            })
        }
        "funnel" => {
            let [customers] = table.places(["customers"])?;
            table.rows.iter().map(|row| row[customers].clone()).collect()
        }
        "paths" => table.columns(["from", "to", "transitions"])?,
        "checkout" => {
            let [step] = table.places(["step"])?;
            let names = [
                "acting_p50_ms",
                "acting_p95_ms",
                "waiting_p50_ms",
                "waiting_p95_ms",
                "total_p50_ms",
                "total_p95_ms",
            ];
            let places = table.places(names)?;
            let times = |row: &[Value]| -> Map<String, Value> {
                let cells = names.iter().zip(places);
                cells.map(|(name, at)| ((*name).to_owned(), row[at].clone())).collect()
            };
            table
                .rows
                .iter()
                .map(|row| (text(&row[step]), Value::Object(times(row))))
                .collect()
        }
        "retention" => table.columns(["cohort", "week", "customers", "returned"])?,
        "attribution" => {
            let [channel, effect, last] = table.places(["channel", "removal_effect", "last_touch"])?;
            let conversions: u64 = table.rows.iter().filter_map(|row| row[last].as_u64()).sum();
            let effects: Map<String, Value> = table
                .rows
                .iter()
                .map(|row| (text(&row[channel]), row[effect].clone()))
                .collect();
            json!({ "conversions": conversions, "removal_effects": effects })
        }
        "carts" => {
            let mut rows = table.columns(["day", "channel", "carts", "abandoned"])?;
            if let Some(rows) = rows.as_array_mut() {
                rows.sort_by_key(|row| (text(&row[0]), text(&row[1])));
            }
            rows
        }
        other => bail!("there is no question {other}"),
    })
}

/// Fails if the answers differ.
pub(super) fn compare(question: &str, own: &Value, peer: &str, theirs: &Value) -> Result<()> {
    if let Some(place) = difference(String::new(), own, theirs) {
        bail!("Wayside and {peer} answer `{question}` differently: {place}");
    }
    Ok(())
}

/// The first place where two answers differ.
fn difference(place: String, own: &Value, theirs: &Value) -> Option<String> {
    match (own, theirs) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(at, (a, b))| difference(format!("{place}[{at}]"), a, b))
        }
        (Value::Object(a), Value::Object(b)) if a.keys().all(|key| b.contains_key(key)) && a.len() == b.len() => a
            .iter()
            .find_map(|(key, a)| difference(format!("{place}.{key}"), a, &b[key])),
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64()?, b.as_f64()?);
            let tolerance = if place.ends_with("_ms") { TIMES } else { ROUNDING };
            let is_near = (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0);
            (!is_near).then(|| format!("{place}: {a} and {b}"))
        }
        (a, b) => (a != b).then(|| format!("{place}: {} and {}", short(a), short(b))),
    }
}

/// Wayside's medians and percentiles are exact within 0.4% (docs/reports.md).
const TIMES: f64 = 1.0 / 256.0;
/// Sums of fractions in another order, and shares, which Wayside rounds to nine decimals. A count below a thousand million has
/// to be equal.
const ROUNDING: f64 = 1e-9;

/// The beginning of a value, for a message.
fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A table as `wayside report --format json` prints it.
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    fn of(table: &Value) -> Result<Self> {
        let list = |name: &str| {
            table[name]
                .as_array()
                .with_context(|| format!("a report without {name}"))
        };
        let rows = list("rows")?
            .iter()
            .map(|row| row.as_array().cloned().context("a row is no list"));
        Ok(Self {
            names: list("columns")?.iter().map(|column| text(&column["name"])).collect(),
            rows: rows.collect::<Result<_>>()?,
        })
    }

    fn places<const N: usize>(&self, wanted: [&str; N]) -> Result<[usize; N]> {
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(wanted) {
            let at = self.names.iter().position(|known| known == name);
            *place = at.with_context(|| format!("a report without the column {name}"))?;
        }
        Ok(places)
    }

    /// The rows with these columns only.
    fn columns<const N: usize>(&self, wanted: [&str; N]) -> Result<Value> {
        let places = self.places(wanted)?;
        Ok(self
            .rows
            .iter()
            .map(|row| places.iter().map(|at| row[*at].clone()).collect::<Value>())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_differ_where_a_count_a_name_or_a_length_does() {
        let own = json!({"rows": [["a", 1_000_000, 0.5]], "total_p50_ms": 1_000});
        let check = |theirs: Value, expected: Option<&str>| {
            assert_eq!(difference(String::new(), &own, &theirs).as_deref(), expected);
        };
        check(own.clone(), None);
        // A time within 0.4%, and a share that was rounded differently.
        check(
            json!({"rows": [["a", 1_000_000, 0.500_000_000_1]], "total_p50_ms": 1_003}),
            None,
        );
        check(
            json!({"rows": [["a", 1_000_001, 0.5]], "total_p50_ms": 1_000}),
            Some(".rows[0][1]: 1000000 and 1000001"),
        );
        check(
            json!({"rows": [["a", 1_000_000, 0.5]], "total_p50_ms": 1_005}),
            Some(".total_p50_ms: 1000 and 1005"),
        );
        check(
            json!({"rows": [["b", 1_000_000, 0.5]], "total_p50_ms": 1_000}),
            Some(".rows[0][0]: \"a\" and \"b\""),
        );
        check(
            json!({"rows": [], "total_p50_ms": 1_000}),
            Some(".rows: [[\"a\",1000000,0.5]] and []"),
        );
        assert!(compare("carts", &json!([1]), "Polars", &json!([2])).is_err());
    }

    #[test]
    fn reports_become_answers() {
        let table = json!({
            "columns": [{"name": "channel"}, {"name": "day"}, {"name": "abandoned"}, {"name": "carts"}],
            "rows": [["Email", "2026-01-02", 1, 3], ["Direct", "2026-01-02", 0, 1], ["Email", "2026-01-01", 2, 2]],
        });
        let expected = json!([
            ["2026-01-01", "Email", 2, 2],
            ["2026-01-02", "Direct", 1, 0],
            ["2026-01-02", "Email", 3, 1],
        ]);
        assert_eq!(of_report("carts", &table).unwrap(), expected);
        assert!(of_report("retention", &table).is_err());
    }
}

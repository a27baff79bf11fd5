//! Recording visits to a file, for machines without a browser.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::http;

/// Writes the stored events of each visit to `folder`, as lines that `wayside import` reads, and the list of visits.
pub(crate) fn write(base: &str, visits: &Path, folder: &Path) -> Result<()> {
    let list =
        fs::read(visits).with_context(|| format!("cannot read {}; --record needs a browser", visits.display()))?;
    let mut lines = String::new();
    let mut visits: Vec<Map<String, Value>> = serde_json::from_slice(&list).context("the visits are not a list")?;
    for visit in &mut visits {
        let visitor = visit
            .get("visitor")
            .and_then(Value::as_str)
            .context("a visit has no visitor")?
            .to_owned();
        let path = format!("/api/reports/timeline?site={}&visitor={visitor}", super::SHOP);
        let (events, pages) = events(&http::json(base, &path)?, &visitor);
        visit.insert("captured".to_owned(), events.len().into());
        if let Some(Value::Array(expected)) = visit.get_mut("expected") {
            expected.retain(|touchpoint| !is_left_out(&touchpoint["kind"]));
        }
        if let Some(Value::Array(signals)) = visit.get_mut("signals") {
            signals.retain(|signal| !pages.contains(signal));
        }
        for event in events {
            lines.push_str(&Value::Object(event).to_string());
            lines.push('\n');
        }
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::write(folder.join("visits.jsonl"), lines).context("cannot write visits.jsonl")?;
    fs::write(
        folder.join("visits.json"),
        serde_json::to_string_pretty(&visits)? + "\n",
    )
    .context("cannot write visits.json")
}

#[derive(Deserialize)]
struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
}

/// The rows that an import can restore, and the names of the signals that only the page can find. An import reads the
/// customer from a column, and has no raw activity to find signals in.
fn events(table: &Table, visitor: &str) -> (Vec<Map<String, Value>>, Vec<Value>) {
    let mut events = Vec::new();
    let mut pages = Vec::new();
    let mut before = Value::Null;
    for row in &table.rows {
        let mut row: Map<String, Value> = table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .zip(row.iter().cloned())
            .collect();
        let mut take = |name: &str| row.remove(name).unwrap_or(Value::Null);
        let (kind, event) = (take("kind"), take("event"));
        // A signal derived from an event follows the event and has its id. The import derives it again.
        let is_found = event == before;
        before = event;
        if kind == "signal" && !is_found {
            pages.push(fields_of(take("fields")).remove("name").unwrap_or_default());
        }
        if is_left_out(&kind) {
            continue;
        }
        let mut event = Map::new();
        event.insert("visitor".to_owned(), visitor.into());
        event.insert("time".to_owned(), take("time"));
        event.insert("kind".to_owned(), kind);
        event.extend(fields_of(take("fields")));
        events.push(event);
    }
    (events, pages)
}

fn fields_of(cell: Value) -> Map<String, Value> {
    match cell {
        Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn is_left_out(kind: &Value) -> bool {
    kind == "signal" || kind == "identify"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_not_recorded() {
        let table = r#"{"columns": [{"name": "time"}, {"name": "kind"}, {"name": "event"}, {"name": "fields"}],
            "rows": [[5, "search", "a:1", {"search_term": "mug"}], [5, "signal", "a:1", {"name": "quick_back"}],
            [6, "signal", "a:2", {"name": "rage_click"}]]}"#;
        let (events, pages) = events(&serde_json::from_str(table).unwrap(), "v");
        assert_eq!(pages, ["rage_click"]);
        let lines: Vec<String> = events
            .into_iter()
            .map(|event| Value::Object(event).to_string())
            .collect();
        assert_eq!(
            lines,
            [r#"{"kind":"search","search_term":"mug","time":5,"visitor":"v"}"#]
        );
    }
}

//! Visits kept as a file, for machines without a browser.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::http;

/// Writes what the server has of each visit to `folder`, as lines that `wayside import` reads, and the visits' own list.
pub(crate) fn write(base: &str, visits: &Path, folder: &Path) -> Result<()> {
    #[derive(Deserialize)]
    struct Visit {
        visitor: String,
    }
    let list =
        fs::read(visits).with_context(|| format!("cannot read {}; --record needs a browser", visits.display()))?;
    let mut lines = String::new();
    for visit in serde_json::from_slice::<Vec<Visit>>(&list)? {
        let path = format!("/api/reports/timeline?site={}&visitor={}", super::SHOP, visit.visitor);
        for line in events(&http::json(base, &path)?, &visit.visitor) {
            lines.push_str(&Value::Object(line).to_string());
            lines.push('\n');
        }
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::write(folder.join("visits.jsonl"), lines).context("cannot write visits.jsonl")?;
    fs::write(folder.join("visits.json"), list).context("cannot write visits.json")
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

/// The rows that were uploaded. A signal that the model found stands behind the event that decided it and has its id.
fn events(table: &Table, visitor: &str) -> Vec<Map<String, Value>> {
    let mut seen = BTreeSet::new();
    let mut events = Vec::new();
    for row in &table.rows {
        let mut row: Map<String, Value> = table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .zip(row.iter().cloned())
            .collect();
        let mut take = |name: &str| row.remove(name).unwrap_or(Value::Null);
        if !seen.insert(take("event").to_string()) {
            continue;
        }
        let mut event = Map::new();
        event.insert("visitor".to_owned(), visitor.into());
        event.insert("time".to_owned(), take("time"));
        event.insert("kind".to_owned(), take("kind"));
        let fields = match take("fields") {
            Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::Null),
            other => other,
        };
        if let Value::Object(fields) = fields {
            event.extend(fields);
        }
        events.push(event);
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_model_found_is_not_recorded() {
        let table = r#"{"columns": [{"name": "time"}, {"name": "kind"}, {"name": "event"}, {"name": "fields"}],
            "rows": [[5, "search", "a:1", {"search_term": "mug"}], [5, "signal", "a:1", {"name": "quick_back"}]]}"#;
        let events = events(&serde_json::from_str(table).unwrap(), "v");
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

//! The balance check: every touchpoint is stored exactly once, in the table or as a dead letter.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::http;

/// Prints the balance of each site and fails if one does not balance. `memory` is the folder for the demo's state.
pub(crate) fn check(base: &str, memory: &Path) -> Result<()> {
    let metrics = http::text(base, "/metrics")?;
    let sites: Vec<Site> = http::json(base, "/api/sites")?;
    let rows = rows(&sites, &origins(memory)?, &metrics);
    print!("{}", table(&rows));
    let off: Vec<&str> = rows
        .iter()
        .filter(|row| !row.balances())
        .map(|row| row.site.as_str())
        .collect();
    if off.is_empty() {
        return Ok(());
    }
    bail!(
        "the touchpoints of {} do not balance: captured or imported has to equal table and dead letters",
        off.join(", ")
    )
}

#[derive(Deserialize)]
struct Site {
    site: String,
    events: u64,
    #[serde(default)]
    dead: u64,
}

/// The number of touchpoints that a site received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Captured(u64),
    Imported(u64),
}

#[derive(Debug, PartialEq, Eq)]
struct Row {
    site: String,
    origin: Option<Origin>,
    /// Events acknowledged by this server, copies included. Events imported before its start are not counted.
    accepted: u64,
    dead: u64,
    table: u64,
}

impl Row {
    fn balances(&self) -> bool {
        match self.origin {
            Some(Origin::Captured(count) | Origin::Imported(count)) => count == self.dead + self.table,
            None => true,
        }
    }
}

/// The touchpoints that the demo has produced: browser visits and imported rows.
fn origins(memory: &Path) -> Result<BTreeMap<String, Origin>> {
    #[derive(Deserialize)]
    struct Visit {
        captured: u64,
    }
    let mut origins = BTreeMap::new();
    let visits = memory.join("visits.json");
    if visits.exists() {
        let visits: Vec<Visit> = serde_json::from_slice(&fs::read(&visits).context("cannot read the visits")?)
            .context("the visits are not what tests/e2e/visits/run.mjs writes")?;
        origins.insert(
            super::SHOP.to_owned(),
            Origin::Captured(visits.iter().map(|visit| visit.captured).sum()),
        );
    }
    for entry in fs::read_dir(memory).with_context(|| format!("cannot read {}", memory.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(site) = name.strip_prefix("imported-") {
            let report: Imported = serde_json::from_slice(&fs::read(&path)?)
                .with_context(|| format!("{} is not what `wayside import` writes", path.display()))?;
            origins.insert(site.to_owned(), Origin::Imported(report.accepted));
        }
    }
    Ok(origins)
}

#[derive(Deserialize)]
struct Imported {
    accepted: u64,
}

fn rows(sites: &[Site], origins: &BTreeMap<String, Origin>, metrics: &str) -> Vec<Row> {
    sites
        .iter()
        .map(|site| Row {
            site: site.site.clone(),
            origin: origins.get(&site.site).copied(),
            accepted: counter(metrics, "wayside_events_accepted_total", &site.site),
            dead: site.dead,
            table: site.events,
        })
        .collect()
}

/// A site's sum of a Prometheus counter over all other labels.
fn counter(metrics: &str, name: &str, site: &str) -> u64 {
    let label = format!("site=\"{site}\"");
    metrics
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('{')?.split_once('}'))
        .filter(|(labels, _)| labels.split(',').any(|one| one == label))
        .filter_map(|(_, value)| value.trim().parse::<u64>().ok())
        .sum()
}

fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "\n{:<12} {:>10} {:>10} {:>10} {:>14} {:>10}\n",
        "site", "captured", "imported", "accepted", "dead-lettered", "in table"
    );
    for row in rows {
        let (captured, imported) = match row.origin {
            Some(Origin::Captured(count)) => (count.to_string(), String::new()),
            Some(Origin::Imported(count)) => (String::new(), count.to_string()),
            None => (String::new(), String::new()),
        };
        let verdict = if row.balances() { "balances" } else { "DOES NOT BALANCE" };
        text.push_str(&format!(
            "{:<12} {captured:>10} {imported:>10} {:>10} {:>14} {:>10}  {verdict}\n",
            row.site, row.accepted, row.dead, row.table
        ));
    }
    text.push_str("accepted: by this server since its start, copies included\n\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &str = "# TYPE wayside_events_accepted counter\n\
        wayside_events_accepted_total{site=\"shop\",encoding=\"binary\"} 40\n\
        wayside_events_accepted_total{site=\"shop\",encoding=\"json\"} 2\n\
        wayside_events_accepted_total{site=\"shop2\",encoding=\"json\"} 7\n";

    #[test]
    fn a_counter_is_summed_over_its_other_labels() {
        assert_eq!(counter(METRICS, "wayside_events_accepted_total", "shop"), 42);
        assert_eq!(counter(METRICS, "wayside_events_accepted_total", "none"), 0);
    }

    #[test]
    fn a_missing_touchpoint_does_not_balance() {
        let sites = [Site {
            site: "shop".to_owned(),
            events: 39,
            dead: 1,
        }];
        let origins = |count| BTreeMap::from([("shop".to_owned(), Origin::Captured(count))]);
        assert!(rows(&sites, &origins(40), METRICS)[0].balances());
        assert!(!rows(&sites, &origins(41), METRICS)[0].balances());
        assert!(!rows(&sites, &origins(39), METRICS)[0].balances());
    }
}

//! `wayside check`.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use wayside_store::CheckReport;

use super::Data;
use crate::output::{Format, print};

/// Verifies a data folder: checksums, files, order, and that the sums of every site agree. It reads every row.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    data: Data,
    /// How to print; left out: a table on a terminal, JSON when piped
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(["table", "json"]))]
    format: Option<String>,
}

impl Check {
    /// Runs it; what is wrong makes it fail.
    pub(crate) async fn run(self) -> Result<()> {
        let report = self.data.open()?.check().await?;
        let asked = self
            .format
            .map(|name| if name == "json" { Format::Json } else { Format::Table });
        match Format::or_fitting(asked) {
            Format::Json => print(&serde_json::to_string_pretty(&json(&report))?)?,
            Format::Table | Format::Csv => print(&text(&report))?,
        }
        if !report.is_ok() {
            bail!(
                "{} of {} is wrong, as listed; `wayside repair` goes on with what is left, or restore it from a backup",
                match report.problems.len() {
                    1 => "one thing".to_owned(),
                    n => format!("{n} things"),
                },
                self.data.folder.display()
            );
        }
        Ok(())
    }
}

fn text(report: &CheckReport) -> String {
    let mut lines = vec![format!(
        "table version {}: {} files; log: {} segments, {} records",
        report.version, report.files, report.segments, report.records
    )];
    for (site, sums) in &report.sites {
        lines.push(format!(
            "{site}: {} taken in = {} rows + {} copies{}; {} dead letters",
            sums.good,
            sums.rows,
            sums.copies,
            aside(sums.aside),
            sums.dead
        ));
    }
    lines.extend(report.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(report.problems.iter().map(|problem| format!("wrong: {problem}")));
    if report.is_ok() {
        lines.push("everything agrees".into());
    }
    lines.join("\n")
}

/// Only a repaired folder has any.
fn aside(rows: u64) -> String {
    match rows {
        0 => String::new(),
        rows => format!(" + {rows} in files set aside"),
    }
}

fn json(report: &CheckReport) -> serde_json::Value {
    let sites: serde_json::Map<_, _> = report
        .sites
        .iter()
        .map(|(site, sums)| {
            let sums = json!({ "good": sums.good, "rows": sums.rows, "copies": sums.copies, "aside": sums.aside, "dead": sums.dead });
            (site.as_str().to_owned(), sums)
        })
        .collect();
    json!({
        "ok": report.is_ok(),
        "version": report.version,
        "segments": report.segments,
        "records": report.records,
        "files": report.files,
        "sites": sites,
        "problems": report.problems,
        "notes": report.notes,
    })
}

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
    /// Output format [default: a table on a terminal, JSON otherwise]
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(["table", "json"]))]
    format: Option<String>,
}

impl Check {
    /// Runs the command; it fails if there are problems.
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
                "{} found in {}, as listed; `wayside repair` repairs the folder as far as possible, or restore the folder from a backup",
                match report.problems.len() {
                    1 => "one problem was".to_owned(),
                    n => format!("{n} problems were"),
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
            "{site}: {} good events = {} rows + {} copies{}; {} dead letters",
            sums.good,
            sums.rows,
            sums.copies,
            only_if(sums.aside, "in files moved aside") + &only_if(sums.withdrawn, "of undone or replaced imports"),
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

/// A part of the sum that few folders have: rows that a repair moved aside, or that an undo withdrew.
fn only_if(rows: u64, which: &str) -> String {
    match rows {
        0 => String::new(),
        rows => format!(" + {rows} {which}"),
    }
}

fn json(report: &CheckReport) -> serde_json::Value {
    let sites: serde_json::Map<_, _> = report
        .sites
        .iter()
        .map(|(site, sums)| {
            let sums = json!({ "good": sums.good, "rows": sums.rows, "copies": sums.copies, "aside": sums.aside, "withdrawn": sums.withdrawn, "dead": sums.dead });
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

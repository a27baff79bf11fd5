//! How results are printed.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use clap::ValueEnum;
use wayside_analyzer::Table;

/// How a result is written to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for reading; the default on a terminal
    Table,
    /// JSON; the default when piped
    Json,
    /// CSV, safe to open in a spreadsheet
    Csv,
}

impl Format {
    /// The format asked for, or the one that fits where stdout goes.
    pub(crate) fn or_fitting(asked: Option<Self>) -> Self {
        asked.unwrap_or_else(|| {
            if io::stdout().is_terminal() {
                Self::Table
            } else {
                Self::Json
            }
        })
    }
}

/// Writes text to stdout, ended by one line break.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.trim_end_matches('\n').as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// A table in a format.
pub(crate) fn table(table: &Table, format: Format) -> Result<String> {
    Ok(match format {
        Format::Table => table.to_text(),
        Format::Csv => table.to_csv(),
        Format::Json => serde_json::to_string_pretty(&table.to_json())?,
    })
}

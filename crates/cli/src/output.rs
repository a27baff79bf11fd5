//! How results are printed, and how far long work is.

use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::{Instant, interval_at};
use wayside_analyzer::table::printable;
use wayside_analyzer::{Progress, Table};

/// The output format of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns; the default on a terminal
    Table,
    /// JSON; the default if the output is not a terminal
    Json,
    /// CSV, safe to open in a spreadsheet
    Csv,
}

impl Format {
    /// The requested format, or the default for stdout.
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

/// Writes text with a final line break to stdout. A terminal gets no characters that would control it.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let text = text.trim_end_matches('\n');
    if out.is_terminal() {
        out.write_all(for_terminal(text).as_bytes())?;
    } else {
        out.write_all(text.as_bytes())?;
    }
    out.write_all(b"\n")?;
    out.flush()
}

/// The lines of a text without control characters and characters that change its direction: some of it was sent by visitors, or stands in
/// files of others.
pub(crate) fn for_terminal(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(printable).collect();
    lines.join("\n")
}

/// Formats a table.
pub(crate) fn table(table: &Table, format: Format) -> Result<String> {
    Ok(match format {
        Format::Table => table.to_text(),
        Format::Csv => table.to_csv(),
        Format::Json => serde_json::to_string_pretty(&table.to_json())?,
    })
}

/// Waits for a pass over the data. When it takes long, a line on the terminal behind stderr shows how far it is; where stderr goes
/// elsewhere, nothing is written.
pub(crate) async fn show_progress<T>(pass: impl Future<Output = T>, progress: &Progress) -> Result<T> {
    let mut pass = pin!(pass);
    let mut ticks = interval_at(Instant::now() + SHOWN_AFTER, DRAWN_EVERY);
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} parts read {elapsed}");
    let style = style.context("the progress bar's template")?;
    let mut bar = None;
    loop {
        tokio::select! {
            done = &mut pass => {
                bar.as_ref().inspect(|bar: &&ProgressBar| bar.finish_and_clear());
                return Ok(done);
            }
            _ = ticks.tick() => {
                let bar = bar.get_or_insert_with(|| {
                    ProgressBar::new(0).with_elapsed(SHOWN_AFTER).with_style(style.clone())
                });
                bar.set_length(progress.all() as u64);
                bar.set_position(progress.done() as u64);
                bar.tick();
            }
        }
    }
}

/// Shorter work shows nothing: a line that comes and goes at once only disturbs.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

/// Often enough that the seconds pass evenly.
const DRAWN_EVERY: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_characters_that_control_it() {
        let text = "a\u{1b}[2J\r\nb\u{202e}c\u{9b}\u{61c}\n\u{7}é …";
        assert_eq!(
            for_terminal(text),
            "a\u{fffd}[2J\nb\u{fffd}c\u{fffd}\u{fffd}\n\u{fffd}é …"
        );
    }
}

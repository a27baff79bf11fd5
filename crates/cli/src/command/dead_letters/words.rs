//! The output of `wayside dead-letters`.

use anyhow::Result;
use wayside_analyzer::table::{Cell, Column, Table, Unit, printable};

use super::Deed;
use crate::dead_letters::{Listed, Shown, Sorted};
use crate::output::Format;

/// The list of letters.
pub(super) fn table(listed: &Listed) -> Table {
    let time = |name, doc| Column::number(name, Unit::Time, doc);
    let mut table = Table::new(&[
        Column::text("id", "the event's identity, which `show`, `replay` and `drop` take"),
        time("received_at", "when it arrived, by this machine's clock"),
        time("time", "its own time"),
        Column::text("reason", "the code of the reason"),
        Column::text("detail", "the reason in words"),
        Column::text("content", "whether its content is kept, so that it can be shown"),
    ]);
    for letter in &listed.letters {
        table.push(vec![
            Cell::text(&letter.id),
            Cell::Time(letter.received_at),
            Cell::of(letter.time, Cell::Time),
            Cell::text(&letter.reason),
            Cell::text(&letter.detail),
            Cell::text(if letter.content.is_some() { "kept" } else { "none" }),
        ]);
    }
    let shown = listed.letters.len() as u64;
    if shown < listed.total {
        table.note(format!(
            "These are the latest {shown} of {}; --limit shows more.",
            listed.total
        ));
    }
    table
}

/// One letter with its content.
pub(super) fn letter(letter: &Shown) -> String {
    let content = match &letter.content {
        // As JSON, its control characters are escaped.
        Some(raw) => match serde_json::from_str::<serde_json::Value>(raw) {
            Ok(json) => serde_json::to_string_pretty(&json).unwrap_or_else(|_| raw.clone()),
            Err(_) => raw.clone(),
        },
        None => "its content was too large to be kept".to_owned(),
    };
    let content: Vec<String> = content.lines().map(printable).collect();
    format!(
        "{}\n{}: {}\n{}",
        letter.id,
        printable(&letter.reason),
        printable(&letter.detail),
        content.join("\n")
    )
}

/// The result, or that of a dry run.
pub(super) fn sorted(deed: Deed, sorted: &Sorted, dry_run: bool, format: Option<Format>) -> Result<String> {
    let (count, done, would) = match deed {
        Deed::Replay => (
            sorted.replayed,
            "stored as touchpoints",
            "would be stored as touchpoints",
        ),
        Deed::Drop => (sorted.dropped, "removed", "would be removed"),
    };
    Ok(match Format::or_fitting(format) {
        Format::Json => serde_json::to_string_pretty(sorted)?,
        Format::Csv => format!(
            "site,replayed,dropped\n{},{},{}",
            sorted.site, sorted.replayed, sorted.dropped
        ),
        Format::Table => {
            let done = if dry_run { would } else { done };
            let mut text = format!("site {}: {count} dead letters {done}", sorted.site);
            for (reason, staying) in &sorted.stay {
                text.push_str(&format!(
                    "\n  {} stay, {}: {}",
                    staying.letters,
                    printable(reason),
                    printable(&staying.why)
                ));
            }
            text
        }
    })
}

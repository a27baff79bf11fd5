//! Figures of the build in the docs: the table of sizes.

use std::fs;

use anyhow::{Context, Result};

use super::{Rows, Sizes};
use crate::workspace::Workspace;

/// Pages with the table.
const WITH_SIZES: [&str; 2] = ["README.md", "docs/size.md"];
/// Writes the sizes into the pages.
pub(super) fn write(workspace: &Workspace, rows: &Rows) -> Result<()> {
    for page in WITH_SIZES {
        edit(workspace, page, |text| with_sizes(text, rows))?;
    }
    Ok(())
}

fn edit(workspace: &Workspace, page: &str, change: impl FnOnce(&str) -> Result<String>) -> Result<()> {
    let text = read(workspace, page)?;
    let changed = change(&text).with_context(|| format!("in {page}"))?;
    fs::write(workspace.path(page), changed).with_context(|| format!("cannot write {page}"))
}

fn read(workspace: &Workspace, page: &str) -> Result<String> {
    fs::read_to_string(workspace.path(page)).with_context(|| format!("cannot read {page}"))
}

/// The text with these numbers in the table's rows that begin with [`LABELS`].
fn with_sizes(text: &str, rows: &Rows) -> Result<String> {
    let mut changed = text.to_owned();
    for (name, sizes) in rows {
        let (_, label) = LABELS
            .iter()
            .find(|(row, _)| row == name)
            .with_context(|| format!("no row of the table is `{name}`"))?;
        let line = text
            .lines()
            .find(|line| line.starts_with(label))
            .with_context(|| format!("no line begins with `{label}`"))?;
        changed = changed.replace(line, &row(label, *sizes));
    }
    Ok(changed)
}

/// The beginnings of the table's rows.
const LABELS: [(&str, &str); 4] = [
    ("bootstrap", "| `wayside.js`, before first paint |"),
    ("glue", "| `wayside-glue.js`, when the page is idle |"),
    ("wasm", "| `wayside.wasm`, when the page is idle |"),
    ("total", "| together |"),
];

fn row(label: &str, sizes: Sizes) -> String {
    format!(
        "{label} {} | {} | {} |",
        grouped(sizes.raw),
        grouped(sizes.gzip),
        grouped(sizes.brotli)
    )
}

/// The number with thousands separators.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_gets_its_numbers_and_keeps_its_place() {
        let sizes = Sizes {
            raw: 1_234_567,
            gzip: 1000,
            brotli: 999,
        };
        let text = "# Cost\n| `wayside.js`, before first paint | 1 | 2 | 3 |\n| together | 4 | 5 | 6 |\nend\n";
        assert_eq!(
            with_sizes(text, &vec![("total", sizes)]).unwrap(),
            "# Cost\n| `wayside.js`, before first paint | 1 | 2 | 3 |\n| together | 1,234,567 | 1,000 | 999 |\nend\n"
        );
        assert!(with_sizes("no table", &vec![("total", sizes)]).is_err());
    }
}

//! Sizes of the files that a page loads, compared with their budget, and their table in the docs.

mod functions;
mod pages;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

use crate::wasm;
use crate::workspace::Workspace;

/// Options of the command.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Also list the largest functions of the Wasm, this many
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "40")]
    functions: Option<usize>,
    /// Write the sizes into README.md and docs
    #[arg(long)]
    write: bool,
}

/// Builds the files that a page loads and prints their sizes. It fails if a size exceeds its budget.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    wasm::build(workspace, &wasm::Options::default())?;
    let budgets = Budgets::read(workspace)?;
    let rows = measure(workspace)?;
    print!("{}", table(&rows, &budgets));
    if let Some(longest) = options.functions {
        print!(
            "\n{}",
            functions::listing(&wasm::build_with_names(workspace)?, longest)?
        );
    }
    if options.write {
        pages::write(workspace, &rows)?;
    }
    let over = over_budget(&rows, &budgets)?;
    if !over.is_empty() {
        bail!(
            "over the budget of {BUDGETS}: {}; make it smaller, or raise the budget with a line in CHANGELOG.md",
            over.join(", ")
        );
    }
    Ok(())
}

/// The size of one file in bytes: uncompressed, with gzip -9 and with brotli 11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sizes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

type Rows = Vec<(&'static str, Sizes)>;

/// Most brotli bytes by row of the table. Other tables of the file are budgets that other tests hold.
#[derive(Debug, Deserialize)]
struct Budgets {
    brotli: BTreeMap<String, u64>,
    /// `cargo xtask dist` holds this one.
    #[serde(default, rename = "binary")]
    _binary: BTreeMap<String, u64>,
}

impl Budgets {
    fn read(workspace: &Workspace) -> Result<Self> {
        let text = fs::read_to_string(workspace.path(BUDGETS)).with_context(|| format!("cannot read {BUDGETS}"))?;
        toml::from_str(&text).with_context(|| format!("{BUDGETS} is not what `cargo xtask size` reads"))
    }
}

/// The sizes of the files, and `total` for all files that a visitor loads.
fn measure(workspace: &Workspace) -> Result<Rows> {
    let files = [
        ("bootstrap", wasm::BOOTSTRAP),
        ("glue", wasm::GLUE),
        ("wasm", wasm::WASM),
    ];
    let mut rows = Rows::new();
    let mut total = Sizes::default();
    for (name, file) in files {
        let path = workspace.path(wasm::DIST).join(file);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", workspace.show(&path)))?;
        let sizes = sizes(&bytes)?;
        total.raw += sizes.raw;
        total.gzip += sizes.gzip;
        total.brotli += sizes.brotli;
        rows.push((name, sizes));
    }
    rows.push(("total", total));
    Ok(rows)
}

fn sizes(bytes: &[u8]) -> Result<Sizes> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    Ok(Sizes {
        raw: length(bytes),
        gzip: length(&gzip.finish()?),
        brotli: brotli(bytes)?,
    })
}

/// The size in bytes with brotli 11.
pub(crate) fn brotli(bytes: &[u8]) -> Result<u64> {
    let mut compressed = Vec::new();
    let quality = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &quality)?;
    Ok(length(&compressed))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn table(rows: &Rows, budgets: &Budgets) -> String {
    let mut text = format!(
        "{:<10} {:>8} {:>8} {:>8} {:>8}\n",
        "", "raw", "gzip -9", "brotli", "budget"
    );
    for (name, sizes) in rows {
        let budget = budgets.brotli.get(*name).map(u64::to_string).unwrap_or_default();
        let line = format!(
            "{name:<10} {:>8} {:>8} {:>8} {budget:>8}",
            sizes.raw, sizes.gzip, sizes.brotli
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// One phrase for each row that exceeds its budget. A budget for a missing row is an error.
fn over_budget(rows: &Rows, budgets: &Budgets) -> Result<Vec<String>> {
    let mut over = Vec::new();
    for (name, most) in &budgets.brotli {
        let (_, sizes) = rows
            .iter()
            .find(|(row, _)| row == name)
            .with_context(|| format!("{BUDGETS} has a budget for `{name}`, which is not measured"))?;
        if sizes.brotli > *most {
            over.push(format!("{name} by {} bytes", sizes.brotli - most));
        }
    }
    Ok(over)
}

const BUDGETS: &str = "tests/budgets.toml";

#[cfg(test)]
mod tests {
    use super::*;

    fn budgets(text: &str) -> Budgets {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn one_byte_more_exceeds_the_budget() {
        let rows = vec![(
            "wasm",
            Sizes {
                raw: 30,
                gzip: 20,
                brotli: 10,
            },
        )];
        assert_eq!(over_budget(&rows, &budgets("[brotli]\nwasm = 10")).unwrap(), [""; 0]);
        assert_eq!(
            over_budget(&rows, &budgets("[brotli]\nwasm = 9")).unwrap(),
            ["wasm by 1 bytes"]
        );
        assert!(over_budget(&rows, &budgets("[brotli]\nglue = 9")).is_err());
        let with_others = budgets("[brotli]\nwasm = 10\n[dashboard]\nfirst = 1");
        assert_eq!(over_budget(&rows, &with_others).unwrap(), [""; 0]);
    }

    #[test]
    fn compression_is_measured() {
        let sizes = sizes(&[b'a'; 10_000]).unwrap();
        assert_eq!(sizes.raw, 10_000);
        assert!(sizes.gzip < 100 && sizes.brotli < sizes.gzip, "{sizes:?}");
    }
}

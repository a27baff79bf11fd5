//! Benchmarks. They are measured, not tested: a figure depends on the machine, a comparison beside peers hardly.

mod analyzer;
mod import;

use std::fs;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::build;
use crate::run::{Tool, say};
use crate::setup::{self, npm};
use crate::wasm;
use crate::workspace::Workspace;

/// Options of the benchmarks.
#[derive(Args)]
pub(crate) struct Options {
    /// The benchmark to run
    what: What,
    /// Of sdk and analyzer: how often each contender has its turn; the figures are medians
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Of sdk and delivery: only these contenders (file names in js/bench/contenders); the docs stay as they are then
    #[arg(long, value_name = "NAME,…")]
    only: Option<String>,
    /// Of import and analyzer: how many events; several numbers show how time and memory grow
    #[arg(long, value_delimiter = ',', default_values_t = [1_000_000, 10_000_000], value_name = "N,…")]
    rows: Vec<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// The cost of trackers for a page: processor time, bytes and requests, in headless Chromium
    Sdk,
    /// The events that arrive from trackers when visitors leave, networks fail and browsers crash
    Delivery,
    /// The cost of an import: rows a second of processor time, memory and bytes on disk
    Import,
    /// The cost of seven questions about journeys, beside Polars, ClickHouse and DuckDB, with equal answers
    Analyzer,
}

/// Measures, prints a table and writes it into the docs.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    match options.what {
        What::Sdk => sdk(workspace, options),
        What::Delivery => delivery(workspace, options),
        What::Import => import::run(workspace, &options.rows),
        What::Analyzer => analyzer::run(workspace, &options.rows, options.rounds),
    }
}

fn sdk(workspace: &Workspace, options: &Options) -> Result<()> {
    wasm::build(workspace, &wasm::Options::default())?;
    say(
        "bench",
        "each contender takes half a minute a round; an otherwise idle machine gives the best figures",
    );
    let bench = Tool::new("node").args(["run.mjs", "--rounds", &options.rounds.to_string()]);
    compare(workspace, options, bench, "sdk", "docs/cost.md")
}

fn delivery(workspace: &Workspace, options: &Options) -> Result<()> {
    build::wayside(workspace)?;
    say(
        "bench",
        "each contender takes about five minutes, most of which it waits",
    );
    let bench = Tool::new("node")
        .args(["delivery/run.mjs", "--wayside"])
        .arg(build::binary(workspace));
    compare(workspace, options, bench, "delivery", "docs/delivery.md")
}

/// Runs a comparison of trackers in Chromium and writes its table into a page of the docs, unless only some of them ran.
fn compare(workspace: &Workspace, options: &Options, bench: Tool, name: &str, page: &str) -> Result<()> {
    let browser = setup::needed_browser()?;
    npm::install_in(workspace, SDK)?;
    let out = workspace.target().join(format!("bench-{name}.md"));
    let mut bench = bench
        .arg("--out")
        .arg(&out)
        .dir(&workspace.path(SDK))
        .env("WAYSIDE_CHROMIUM", browser);
    if let Some(only) = &options.only {
        bench = bench.args(["--only", only]);
    }
    bench.run()?;
    if options.only.is_some() {
        return Ok(());
    }
    let table = fs::read_to_string(&out).with_context(|| format!("cannot read {}", out.display()))?;
    write_table(workspace, page, name, &table)
}

/// Writes what benchmark `name` has measured into a page of the docs.
fn write_table(workspace: &Workspace, page: &str, name: &str, table: &str) -> Result<()> {
    let path = workspace.path(page);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {page}"))?;
    let text = with_table(&text, name, table).with_context(|| format!("cannot write the table of {page}"))?;
    fs::write(&path, text).with_context(|| format!("cannot write {page}"))?;
    say("bench", &format!("wrote the table of {page}"));
    Ok(())
}

/// The text with the table between its marks.
fn with_table(text: &str, name: &str, table: &str) -> Result<String> {
    let begin = format!("<!-- cargo xtask bench {name} writes from here -->");
    let missing = || format!("there are no lines `{begin}` and `{END}`");
    let (before, rest) = text.split_once(&begin).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    Ok(format!("{before}{begin}\n\n{}\n\n{END}{after}", table.trim()))
}

/// The contenders and what runs them, with packages of their own: nobody else needs these.
const SDK: &str = "js/bench/";
const END: &str = "<!-- to here -->";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_the_place_of_the_last() {
        let begin = "<!-- cargo xtask bench sdk writes from here -->";
        let text = format!("# Cost\n\n{begin}\n\nold\n\n{END}\n\nMore.\n");
        let expected = format!("# Cost\n\n{begin}\n\n| new |\n\n{END}\n\nMore.\n");
        assert_eq!(with_table(&text, "sdk", "| new |\n").unwrap(), expected);
        assert!(with_table(&text, "import", "| new |").is_err());
    }
}

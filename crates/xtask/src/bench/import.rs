//! The cost of an import, from Parquet with a shop's visits.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::write_table;
use crate::build;
use crate::run::{Tool, say};
use crate::workspace::Workspace;

/// Imports files of so many rows, each into a new data folder, and writes the figures into the docs.
pub(super) fn run(workspace: &Workspace, rows: &[u64]) -> Result<()> {
    build::embedded(workspace)?;
    say(
        "build",
        "cargo build --release (half an hour the first time on two cores: it compiles DataFusion)",
    );
    let packages = ["-p", "wayside-cli", "-p", "wayside-analyzer"];
    let wanted = ["--bin", "wayside", "--example", "shop_export"];
    Tool::new("cargo")
        .args(["build", "--locked", "--release"])
        .args(packages)
        .args(wanted)
        .dir(workspace.root())
        .run()?;
    let release = workspace.target().join("release");
    let folder = workspace.target().join("bench-import");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut table = String::from(
        "| rows | processor time, s | rows a second of it | most memory, MB | bytes an event on disk |\n\
         | --: | --: | --: | --: | --: |\n",
    );
    for rows in rows {
        let file = export(&release, &folder, *rows)?;
        let line = import(workspace, &release, &folder, &file)?;
        say("bench", &line);
        table.push_str(&line);
        table.push('\n');
    }
    write_table(workspace, DOCS, "import", &table)
}

/// The file to import; an earlier run may have left it.
fn export(release: &Path, folder: &Path, rows: u64) -> Result<PathBuf> {
    let file = folder.join(format!("shop-{rows}.parquet"));
    if !file.exists() {
        let begun = file.with_extension("begun");
        Tool::new(release.join("examples/shop_export"))
            .arg(&begun)
            .arg(rows.to_string())
            .run()?;
        fs::rename(&begun, &file).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(file)
}

/// Imports the file and gives the line of the table.
fn import(workspace: &Workspace, release: &Path, folder: &Path, file: &Path) -> Result<String> {
    let data = folder.join("data");
    if data.exists() {
        fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;
    }
    let (summary, used) = Tool::new(release.join("wayside"))
        .arg("import")
        .arg(file)
        .arg("--mapping")
        .arg(workspace.path(MAPPING))
        .args(["--site", "shop", "--format", "json", "--data"])
        .arg(&data)
        .measured()?;
    let summary: Value = serde_json::from_str(&summary).context("the import's summary is no JSON")?;
    let good = summary["good"].as_u64().unwrap_or(0);
    let seconds = (used.utime + used.stime).as_secs_f64();
    let bytes = table_bytes(&data.join("table/_delta_log"))?;
    Ok(format!(
        "| {good} | {seconds:.1} | {:.0} | {} | {:.1} |",
        good as f64 / seconds,
        used.maxrss / 1_000_000,
        bytes as f64 / good as f64
    ))
}

/// Bytes of the files that a Delta log refers to.
pub(super) fn table_bytes(log: &Path) -> Result<u64> {
    let read = || format!("cannot read {}", log.display());
    let mut commits = Vec::new();
    for entry in fs::read_dir(log).with_context(read)? {
        let path = entry.with_context(read)?.path();
        commits.extend(path.extension().is_some_and(|kind| kind == "json").then_some(path));
    }
    commits.sort();
    let mut files: BTreeMap<String, u64> = BTreeMap::new();
    for commit in commits {
        let text = fs::read_to_string(&commit).with_context(|| format!("cannot read {}", commit.display()))?;
        for line in text.lines() {
            let action: Value = serde_json::from_str(line).with_context(read)?;
            let path = |action: &Value| action["path"].as_str().unwrap_or_default().to_owned();
            if let Some(add) = action.get("add") {
                files.insert(path(add), add["size"].as_u64().unwrap_or(0));
            } else if let Some(remove) = action.get("remove") {
                files.remove(&path(remove));
            }
        }
    }
    Ok(files.values().sum())
}

/// The mapping that reads what `shop_export` writes.
const MAPPING: &str = "crates/analyzer/examples/shop_export.toml";
/// Where the table stands.
const DOCS: &str = "docs/import.md";

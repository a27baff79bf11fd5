//! The data of the benchmark: a Parquet file for the peers, and a data folder as `wayside serve` leaves it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contenders::on_two_cores;
use super::figures::Used;
use crate::bench::import::table_bytes;
use crate::run::{Tool, say};
use crate::workspace::Workspace;

/// The data of one size.
pub(super) struct Prepared {
    pub(super) rows: u64,
    /// The binary `wayside`.
    pub(super) binary: PathBuf,
    /// All events, for the peers.
    pub(super) file: PathBuf,
    /// The data folder with all events: the last hour in the log, the others in the table.
    pub(super) folder: PathBuf,
    pub(super) cost: Cost,
}

/// The cost of bringing events into the table.
#[derive(Serialize, Deserialize)]
pub(super) struct Cost {
    pub(super) imported: u64,
    pub(super) import: Used,
    pub(super) compacted: u64,
    pub(super) compaction: Used,
    /// Bytes of the peers' file, and of the table.
    pub(super) file_bytes: u64,
    pub(super) table_bytes: u64,
}

/// Makes the data, unless an earlier run has left it.
pub(super) fn prepare(workspace: &Workspace, rows: u64) -> Result<Prepared> {
    let release = workspace.target().join("release");
    let binary = release.join(format!("wayside{}", std::env::consts::EXE_SUFFIX));
    let journeys = release.join(format!("examples/journeys{}", std::env::consts::EXE_SUFFIX));
    let folder = workspace.target().join(format!("bench-analyzer/{rows}"));
    let maker = Maker {
        binary: &binary,
        journeys: &journeys,
        mapping: workspace.path(MAPPING),
        rows,
        folder: &folder,
    };
    let done = folder.join("cost.json");
    if !done.exists() {
        let text = serde_json::to_string_pretty(&maker.make()?)?;
        fs::write(&done, text).with_context(|| format!("cannot write {}", done.display()))?;
    }
    let read = || {
        format!(
            "cannot read {}; remove its folder to make the data anew",
            done.display()
        )
    };
    let cost = serde_json::from_str(&fs::read_to_string(&done).with_context(read)?).with_context(read)?;
    Ok(Prepared {
        rows,
        file: folder.join(ALL),
        folder: folder.join(DATA),
        binary,
        cost,
    })
}

struct Maker<'a> {
    binary: &'a Path,
    journeys: &'a Path,
    mapping: PathBuf,
    rows: u64,
    folder: &'a Path,
}

impl Maker<'_> {
    fn make(&self) -> Result<Cost> {
        remove(self.folder)?;
        fs::create_dir_all(self.folder).with_context(|| format!("cannot make {}", self.folder.display()))?;
        say("data", &format!("journeys with {} events as Parquet", self.rows));
        self.journeys(self.rows, "parquet", self.folder)?;
        let data = self.folder.join(DATA);
        let settled = self.folder.join("settled.parquet");
        say("data", "wayside import of all events but those of the last hour");
        let (summary, import) = self.wayside("import", &data, |tool| {
            tool.arg(&settled)
                .arg("--mapping")
                .arg(&self.mapping)
                .args(["--site", "shop"])
        })?;
        let imported = number(&summary, "good")?;
        fs::remove_file(&settled).with_context(|| format!("cannot remove {}", settled.display()))?;
        self.wayside("compact", &data, |tool| tool)?;
        say("data", "the events of the last hour, appended to the log");
        self.journeys(self.rows, "log", &data)?;

        let log = self.folder.join("log");
        let rows = self.rows.min(COMPACTED_MAX);
        say(
            "data",
            &format!("{rows} events appended to another log, and wayside compact"),
        );
        self.journeys(rows, "whole-log", &log)?;
        let (summary, compaction) = self.wayside("compact", &log, |tool| tool)?;
        let compacted = number(&summary, "events")?;
        remove(&log)?;
        Ok(Cost {
            imported,
            import,
            compacted,
            compaction,
            file_bytes: bytes(&self.folder.join(ALL))?,
            table_bytes: table_bytes(&data.join("table/_delta_log"))?,
        })
    }

    fn journeys(&self, rows: u64, what: &str, folder: &Path) -> Result<()> {
        Tool::new(self.journeys)
            .arg(rows.to_string())
            .arg(what)
            .arg(folder)
            .run()
    }

    /// Runs a command of the binary on a data folder and returns its summary and its cost.
    fn wayside(&self, command: &str, data: &Path, with: impl FnOnce(Tool) -> Tool) -> Result<(Value, Used)> {
        let tool = with(on_two_cores(self.binary).arg(command));
        let begun = std::time::Instant::now();
        let (text, used) = tool.args(["--format", "json", "--data"]).arg(data).measured()?;
        let wall_s = begun.elapsed().as_secs_f64();
        let summary =
            serde_json::from_str(&text).with_context(|| format!("the summary of `wayside {command}` is no JSON"))?;
        Ok((summary, Used::new(&used, wall_s)))
    }
}

fn number(summary: &Value, name: &str) -> Result<u64> {
    summary[name]
        .as_u64()
        .with_context(|| format!("a summary without `{name}`: {summary}"))
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

fn bytes(path: &Path) -> Result<u64> {
    let metadata = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(metadata.len())
}

/// The peers' file and the data folder.
const ALL: &str = "all.parquet";
const DATA: &str = "data";

/// The most events whose compaction is measured: it goes on in pieces of equal size.
const COMPACTED_MAX: u64 = 1_000_000;

/// The mapping that reads what `journeys` writes.
const MAPPING: &str = "crates/analyzer/examples/journeys/journeys.toml";

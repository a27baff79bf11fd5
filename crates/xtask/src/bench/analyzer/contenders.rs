//! The programs that answer: `wayside report`, and a Python script for each peer.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::data::Prepared;
use super::figures::Used;
use super::{ALL, START, answers};
use crate::run::{Tool, find_program, say};
use crate::workspace::Workspace;

/// A program that answers the questions.
pub(super) struct Contender {
    pub(super) name: &'static str,
    program: PathBuf,
    /// The script of a peer.
    script: Option<PathBuf>,
}

/// The output of a contender, and the cost of its whole process.
pub(super) struct Run {
    pub(super) output: String,
    pub(super) used: Used,
}

/// The name of our own contender.
pub(super) const WAYSIDE: &str = "Wayside";

/// The peers with their scripts, in the order of the table.
pub(super) const PEERS: [(&str, &str); 3] = [
    ("Polars", "with_polars.py"),
    ("ClickHouse", "with_clickhouse.py"),
    ("DuckDB", "with_duckdb.py"),
];

/// The peers, installed in a virtual environment of Python in the target folder.
pub(super) fn peers(workspace: &Workspace) -> Result<Vec<Contender>> {
    let Some(python) = find_program(&["python3"]) else {
        bail!("there is no python3 on the PATH: the peers are Python packages; install Python 3.10 or newer with venv");
    };
    let folder = workspace.target().join("bench-analyzer/python");
    let program = folder.join("bin/python");
    let requirements = workspace.path(SCRIPTS).join("requirements.txt");
    if !program.exists() {
        say("python", &format!("{python} -m venv {}", workspace.show(&folder)));
        Tool::new(python)
            .args(["-m", "venv", "--clear"])
            .arg(&folder)
            .hint("Debian has it in the package python3-venv")
            .run_quietly()?;
    }
    say(
        "python",
        &format!("pip install -r {} (some 300 MB, once)", workspace.show(&requirements)),
    );
    Tool::new(&program)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&requirements)
        .hint("the peers come from PyPI; check the network, or name a mirror in PIP_INDEX_URL")
        .run()?;
    let peer = |(name, script): (&'static str, &str)| Contender {
        name,
        program: program.clone(),
        script: Some(workspace.path(SCRIPTS).join(script)),
    };
    Ok(PEERS.map(peer).into())
}

impl Contender {
    /// Wayside, with the binary that was built.
    pub(super) fn wayside(data: &Prepared) -> Self {
        Self {
            name: WAYSIDE,
            program: data.binary.clone(),
            script: None,
        }
    }

    /// Asks a question and measures the process. Answers that Wayside has kept from earlier questions are deleted first.
    pub(super) fn ask_cold(&self, question: &str, data: &Prepared) -> Result<Run> {
        if self.script.is_none() {
            let clear = Tool::new(&self.program).arg("clear-answers").arg("--data");
            clear.arg(&data.folder).run_quietly()?;
        }
        self.ask(question, data)
    }

    /// Asks a question and measures the process.
    pub(super) fn ask(&self, question: &str, data: &Prepared) -> Result<Run> {
        let tool = on_two_cores(&self.program);
        let tool = match &self.script {
            Some(script) => tool
                .arg(script)
                .arg(question)
                .arg(&data.file)
                .env("BENCH_THREADS", "2")
                .env("POLARS_MAX_THREADS", "2"),
            None if question == START => tool.arg("report"),
            None => tool
                .arg("report")
                .args(reports(question))
                .args(["--format", "json", "--data"])
                .arg(&data.folder),
        };
        let begun = Instant::now();
        let (output, used) = tool.measured()?;
        let wall_s = begun.elapsed().as_secs_f64();
        Ok(Run {
            output,
            used: Used::new(&used, wall_s),
        })
    }

    /// The answer in the form in which answers are compared.
    pub(super) fn answer(&self, question: &str, output: &str) -> Result<Value> {
        let read = serde_json::from_str(output);
        let value: Value =
            read.with_context(|| format!("{} answers {question} with something else than JSON", self.name))?;
        match self.script {
            Some(_) => Ok(value),
            None => answers::of_report(question, &value),
        }
    }
}

/// A program that has two cores, as `serve` has them on a small machine.
pub(super) fn on_two_cores(program: &Path) -> Tool {
    if available_parallelism().is_ok_and(|cores| cores.get() <= 2) {
        return Tool::new(program);
    }
    Tool::new("taskset")
        .args(["--cpu-list", "0,1"])
        .arg(program)
        .hint("taskset (util-linux) gives each contender the cores 0 and 1")
}

/// The arguments of `wayside report` for a question.
fn reports(question: &str) -> Vec<&'static str> {
    let of = |name: &str| QUESTIONS.iter().find(|(known, _)| *known == name);
    let lines: Vec<&str> = match question {
        ALL => QUESTIONS.iter().map(|(_, line)| *line).collect(),
        name => of(name).map(|(_, line)| *line).into_iter().collect(),
    };
    lines.into_iter().flat_map(str::split_whitespace).collect()
}

/// The report that answers each question, with its options.
const QUESTIONS: [(&str, &str); 7] = [
    ("sessions", "kpis"),
    (
        "funnel",
        "funnel --window-days 7 --steps view_item,add_to_cart,begin_checkout,add_payment_info,purchase",
    ),
    ("paths", "paths --nodes page --top 10000"),
    ("checkout", "checkout"),
    ("retention", "retention --weeks 8"),
    ("attribution", "attribution"),
    ("carts", "carts --days 366"),
];

/// The peers' scripts.
const SCRIPTS: &str = "crates/xtask/src/bench/analyzer";

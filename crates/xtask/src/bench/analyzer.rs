//! The cost of analysis beside Polars, ClickHouse and DuckDB: seven questions about the same events, and equal answers.

mod answers;
mod contenders;
mod data;
mod figures;

use anyhow::Result;
use serde_json::Value;

use self::contenders::{Contender, Run};
use self::data::Prepared;
use self::figures::Figures;
use super::write_table;
use crate::build;
use crate::run::{Tool, say};
use crate::workspace::Workspace;

/// Asks every question of every contender, in turn and several times, and writes the figures into the docs.
pub(super) fn run(workspace: &Workspace, rows: &[u64], rounds: u32) -> Result<()> {
    let peers = contenders::peers(workspace)?;
    build(workspace)?;
    say(
        "bench",
        "an otherwise idle machine gives the best figures; every contender has two cores",
    );
    let mut text = String::new();
    for rows in rows {
        let data = data::prepare(workspace, *rows)?;
        let figures = measure(&data, &peers, rounds)?;
        let part = figures.table(&data);
        say("bench", &format!("{rows} events:\n\n{part}"));
        text.push_str(&part);
    }
    write_table(workspace, DOCS, "analyzer", &text)
}

fn build(workspace: &Workspace) -> Result<()> {
    build::embedded(workspace)?;
    say(
        "build",
        "cargo build --release (half an hour the first time on two cores: it compiles DataFusion)",
    );
    Tool::new("cargo")
        .args([
            "build",
            "--locked",
            "--release",
            "-p",
            "wayside-cli",
            "-p",
            "wayside-analyzer",
        ])
        .args(["--bin", "wayside", "--example", "journeys"])
        .dir(workspace.root())
        .run()
}

/// Runs the questions. Contenders take turns, so that a machine that slows down slows all of them down.
fn measure(data: &Prepared, peers: &[Contender], rounds: u32) -> Result<Figures> {
    let wayside = Contender::wayside(data);
    let mut figures = Figures::default();
    for round in 1..=rounds.max(1) {
        for question in QUESTIONS {
            let mut own: Option<Value> = None;
            let mut line = format!("round {round} of {rounds}, {question}:");
            for contender in std::iter::once(&wayside).chain(peers) {
                let Run { output, used } = contender.ask_cold(question, data)?;
                line.push_str(&format!(" {} {:.2} s", contender.name, used.processor_s));
                figures.add(question, contender.name, used);
                if question == START {
                    continue;
                }
                let answer = contender.answer(question, &output)?;
                match &own {
                    None => own = Some(answer),
                    Some(own) => answers::compare(question, own, contender.name, &answer)?,
                }
            }
            say("bench", &line);
        }
        let all = wayside.ask_cold(ALL, data)?.used;
        let again = wayside.ask(ALL, data)?.used;
        say(
            "bench",
            &format!(
                "round {round} of {rounds}, {ALL}: {} {:.2} s, again {:.2} s",
                wayside.name, all.processor_s, again.processor_s
            ),
        );
        figures.add(ALL, wayside.name, all);
        figures.add(AGAIN, wayside.name, again);
    }
    Ok(figures)
}

/// Starting the engine: no question, but a part of the cost of each.
const START: &str = "start";
/// All seven questions in one pass.
const ALL: &str = "all";
/// The same again, when its answers have been kept.
const AGAIN: &str = "again";

/// The questions, with the start before them.
const QUESTIONS: [&str; 8] = [
    START,
    "sessions",
    "funnel",
    "paths",
    "checkout",
    "retention",
    "attribution",
    "carts",
];

/// Where the table stands.
const DOCS: &str = "docs/analyzer-cost.md";

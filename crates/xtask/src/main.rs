//! Everything that is done to this repository besides editing it: `cargo xtask --help`.
//!
//! # What this crate does not do
//!
//! * Ship. Nothing here reaches a user's machine.
//! * Repeat work. Each step looks first whether its result is already there.

mod bench;
mod build;
mod ci;
mod demo;
mod dist;
mod engines;
mod run;
mod setup;
mod size;
mod stamp;
mod tidy;
mod types;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Set-up, builds and checks of Wayside.
///
/// Every command first sets up what it needs and finds missing, so on a new machine any of them may come first.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing: browsers, npm packages, the standard library for Wasm
    Setup,
    /// Build what a page loads into js/tracker/dist
    Wasm(wasm::Options),
    /// Print the sizes of what a page loads and hold them against tests/budgets.toml
    Size(size::Options),
    /// Measure Wayside beside its peers, in one run
    Bench(bench::Options),
    /// Run the tracker in Chromium, Firefox and WebKit, and hold docs/engines.md against what each showed
    Engines(engines::Options),
    /// Write TypeScript types and docs/touchpoints.md from the model's tables, and the dashboard's types and answers from the binary
    Types(types::Options),
    /// Run everything that CI runs, in order, up to the first step that fails
    #[command(visible_alias = "ci")]
    Test(ci::Options),
    /// Start a server with an example shop, real browser visits and an imported data set
    Demo(demo::Options),
    /// Pack what a release publishes: the archive with the static binary, the npm packages, checksums
    Dist(dist::Options),
    /// Check the rules that no compiler holds: dependencies, generated files, forbidden text
    Tidy,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let workspace = Workspace::find()?;
    match cli.command {
        Command::Setup => setup::everything(&workspace),
        Command::Wasm(options) => wasm::build(&workspace, &options),
        Command::Size(options) => size::run(&workspace, &options),
        Command::Engines(options) => engines::run(&workspace, &options, &mut Vec::new()),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Test(options) => ci::run(&workspace, &options),
        Command::Demo(options) => demo::run(&workspace, &options),
        Command::Dist(options) => dist::run(&workspace, &options),
        Command::Tidy => tidy::check(&workspace),
        Command::Types(options) => types::run(&workspace, &options),
    }
}

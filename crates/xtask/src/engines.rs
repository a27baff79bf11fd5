//! Tests of tracker and collector in Chromium, Firefox and WebKit, and the table of results in the docs.

use anyhow::Result;
use clap::Args;

use crate::run::Tool;
use crate::workspace::Workspace;
use crate::{build, setup};

/// Options of the command.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Write what ran into docs/engines.md
    #[arg(long)]
    write: bool,
}

/// Runs `tests/engines`, and adds the test runner's output to `lines`.
pub(crate) fn run(workspace: &Workspace, options: &Options, lines: &mut Vec<String>) -> Result<()> {
    let engines = setup::engines::ready(workspace)?;
    build::everything(workspace)?;
    let mut tests = Tool::new("npm")
        .args(["run", "test:browser", "-w", "tests/engines"])
        .dir(workspace.root())
        .env("NO_COLOR", "1")
        .env("WAYSIDE_BIN", build::binary(workspace))
        .env("WAYSIDE_CHROMIUM", engines.chromium)
        .env("WAYSIDE_FIREFOX", engines.firefox)
        .env("WAYSIDE_GECKODRIVER", engines.geckodriver);
    if options.write {
        tests = tests.args(["--", "--write"]);
    }
    tests.tee(lines)
}

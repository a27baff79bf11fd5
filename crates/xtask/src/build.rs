//! Builds the programs and files that the demo and the browser tests run.

use std::path::PathBuf;

use anyhow::Result;

use crate::run::{Tool, say};
use crate::setup::npm;
use crate::stamp::Stamp;
use crate::wasm;
use crate::workspace::Workspace;

/// Builds SDK, dashboard, shop and the binary `wayside`.
pub(crate) fn everything(workspace: &Workspace) -> Result<()> {
    embedded(workspace)?;
    npm_build(workspace, "examples/shop")?;
    wayside(workspace)
}

/// Builds the binary `wayside` with the embedded files that exist already.
pub(crate) fn wayside(workspace: &Workspace) -> Result<()> {
    say(
        "build",
        "cargo build --bin wayside (ten minutes the first time on two cores: it compiles DataFusion)",
    );
    Tool::new("cargo")
        .args(["build", "--locked"])
        .args(BINARY)
        .dir(workspace.root())
        .run()
}

/// Arguments of `cargo build` for the binary. `--workspace` and an example give the dependencies the features that
/// `cargo test --workspace` gives them; with any other selection the largest of them would be compiled twice.
pub(crate) const BINARY: [&str; 5] = ["--workspace", "--bin", "wayside", "--example", "conformance"];

/// Builds the files that are compiled into the binary: the SDK's files and the dashboard.
pub(crate) fn embedded(workspace: &Workspace) -> Result<()> {
    wasm::build(workspace, &wasm::Options::default())?;
    npm_build(workspace, "js/dashboard")
}

/// Builds the binary in the profile of the tests, so that DataFusion is compiled once.
pub(crate) fn binary(workspace: &Workspace) -> PathBuf {
    workspace
        .target()
        .join("debug")
        .join(format!("wayside{}", std::env::consts::EXE_SUFFIX))
}

fn npm_build(workspace: &Workspace, package: &str) -> Result<()> {
    npm::install(workspace)?;
    let stamp = Stamp::new(workspace, &package.replace('/', "-"), &[package, "package-lock.json"])?;
    if stamp.is_fresh(&[workspace.path(package).join("dist/index.html")]) {
        return Ok(());
    }
    say(
        "build",
        &format!("npm run build -w {package}, because its sources have changed"),
    );
    Tool::new("npm")
        .args(["run", "--silent", "build", "-w", package])
        .dir(workspace.root())
        .run_quietly()?;
    stamp.write()
}

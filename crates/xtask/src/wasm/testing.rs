//! The build of `js/testing`: the model as Wasm for Node, then the package's build.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{MODULE_INPUTS, Options, example};
use crate::run::{Tool, say};
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Builds the files whose inputs have changed. The tracker's package is built first, because this one uses its types.
pub(super) fn build(workspace: &Workspace, options: &Options) -> Result<()> {
    build_module(workspace, options)?;
    build_package(workspace, options)
}

fn build_module(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut inputs = MODULE_INPUTS.to_vec();
    inputs.extend(["crates/web/examples", "crates/plan", "crates/testkit"]);
    let stamp = Stamp::new(workspace, MODULE_STAMP, &inputs)?;
    let outputs = [MODULE, "testing.d.ts", "testing_bg.wasm"].map(|file| workspace.path(FOLDER).join(file));
    if stamp.is_fresh(&outputs) && !options.force {
        return Ok(());
    }
    say(
        "wasm",
        "compiling the model for js/testing, because its sources have changed",
    );
    let compiled = example::compile(workspace, "testing")?;
    let folder = workspace.path(FOLDER);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {FOLDER}"))?;
    example::bindgen(Bindgen::new().nodejs_module(true)?.typescript(true), &compiled, &folder)?;
    stamp.write()
}

fn build_package(workspace: &Workspace, options: &Options) -> Result<()> {
    let inputs = [
        "js/testing",
        "js/tracker/src",
        "package-lock.json",
        &Stamp::path(MODULE_STAMP),
    ];
    let stamp = Stamp::new(workspace, "js-testing", &inputs)?;
    if stamp.is_fresh(&[workspace.path("js/testing/dist/index.js")]) && !options.force {
        return Ok(());
    }
    say("wasm", "npm run build -w js/testing, because its sources have changed");
    Tool::new("npm")
        .args(["run", "--silent", "build", "-w", "js/testing"])
        .dir(workspace.root())
        .run_quietly()?;
    stamp.write()
}

/// The package's folder for the model.
const FOLDER: &str = "js/testing/dist/model";
/// The model's glue.
const MODULE: &str = "testing.js";
/// The stamp of the module. It is an input of the package's build, which reads the module.
const MODULE_STAMP: &str = "testing-model";

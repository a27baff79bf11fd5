//! The build of `examples/yew`: a front end in Rust that uses crates/web as a library.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{MODULE_INPUTS, example};
use crate::run::{Tool, say};
use crate::setup::wasm_toolchain;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Builds the shop in `examples/yew/dist` if its sources have changed, in the way that any front end is built: by cargo
/// and wasm-bindgen.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let mut inputs = MODULE_INPUTS.to_vec();
    inputs.push(FOLDER);
    let stamp = Stamp::new(workspace, "example-yew", &inputs)?;
    let folder = workspace.path(FOLDER);
    let dist = folder.join("dist");
    if stamp.is_fresh(&["index.html", "shop.js", "shop_bg.wasm"].map(|file| dist.join(file))) {
        return Ok(());
    }
    say("wasm", "compiling examples/yew, because its sources have changed");
    wasm_toolchain::ready()?;
    let target = workspace.target().join("wasm-front-end");
    Tool::new("cargo")
        .args([
            "build",
            "--locked",
            "--release",
            "--target",
            wasm_toolchain::TARGET,
            "--target-dir",
        ])
        .arg(&target)
        .dir(&folder)
        .run()?;
    let compiled = target.join(wasm_toolchain::TARGET).join("release/shop.wasm");
    let mut bindgen = Bindgen::new();
    // As the command `wasm-bindgen` does, so that a page calls `init()` without the module's address.
    bindgen.web(true)?.omit_default_module_path(false).typescript(false);
    example::bindgen(&mut bindgen, &compiled, &dist)?;
    for file in fs::read_dir(folder.join("static")).context("cannot read examples/yew/static")? {
        let file: PathBuf = file?.path();
        let name = file.file_name().context("a file has a name")?;
        fs::copy(&file, dist.join(name)).with_context(|| format!("cannot copy {}", workspace.show(&file)))?;
    }
    stamp.write()
}

/// The example's folder.
const FOLDER: &str = "examples/yew";

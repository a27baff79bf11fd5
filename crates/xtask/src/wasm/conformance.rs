//! The model alone as Wasm, for the conformance corpus in a browser.

use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::RUSTFLAGS;
use crate::run::say;
use crate::setup::wasm_toolchain;
use crate::workspace::Workspace;

/// Builds `conformance.js` and `conformance_bg.wasm` from crates/web/examples and gives their folder.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let toolchain = wasm_toolchain::ready()?;
    say(
        "wasm",
        "compiling the conformance corpus' runner, with the profile and flags of what a page loads",
    );
    toolchain
        .cargo(workspace, "build")
        .args(["-p", "wayside-web", "--example", "conformance", "--profile", "wasm"])
        .env("RUSTFLAGS", RUSTFLAGS)
        .run()?;
    let target = toolchain.target_dir(workspace);
    let compiled = target
        .join(wasm_toolchain::TARGET)
        .join("wasm/examples/conformance.wasm");
    let folder = target.join("conformance");
    Bindgen::new()
        .input_path(&compiled)
        .web(true)?
        .typescript(false)
        .generate(&folder)
        .with_context(|| format!("wasm-bindgen could not read {}", compiled.display()))?;
    Ok(folder)
}

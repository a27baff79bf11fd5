//! The Wasm build of the model alone, for the conformance corpus in a browser.

use std::path::PathBuf;

use anyhow::Result;
use wasm_bindgen_cli_support::Bindgen;

use super::example;
use crate::run::say;
use crate::setup::wasm_toolchain;
use crate::workspace::Workspace;

/// Builds `conformance.js` and `conformance_bg.wasm` from crates/web/examples and returns their folder.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    say(
        "wasm",
        "compiling the conformance corpus' runner, with the profile and flags of the page's module",
    );
    let compiled = example::compile(workspace, "conformance")?;
    let folder = wasm_toolchain::target_dir(workspace).join("conformance");
    example::bindgen(Bindgen::new().web(true)?.typescript(false), &compiled, &folder)?;
    Ok(folder)
}

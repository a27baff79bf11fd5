//! Wasm builds of the examples of crates/web: the model alone, with the profile and flags of the page's module.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::rustflags;
use crate::setup::wasm_toolchain;
use crate::workspace::Workspace;

/// Compiles the example and returns the path of its module, without glue.
pub(crate) fn compile(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    wasm_toolchain::ready()?;
    wasm_toolchain::cargo(workspace, "build")
        .args(["-p", "wayside-web", "--example", name, "--profile", "wasm"])
        .env("RUSTFLAGS", rustflags()?)
        .run()?;
    Ok(wasm_toolchain::target_dir(workspace)
        .join(wasm_toolchain::TARGET)
        .join(format!("wasm/examples/{name}.wasm")))
}

/// Writes the module with wasm-bindgen's glue to `folder`.
pub(crate) fn bindgen(bindgen: &mut Bindgen, compiled: &Path, folder: &Path) -> Result<()> {
    bindgen
        .input_path(compiled)
        .generate(folder)
        .with_context(|| format!("wasm-bindgen could not read {}", compiled.display()))
}

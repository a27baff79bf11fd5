//! Wasm builds of the examples of crates/web: the model alone, with the profile and flags of the page's module.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::RUSTFLAGS;
use crate::setup::wasm_toolchain::{self, Toolchain};
use crate::workspace::Workspace;

/// Compiles the example and returns the path of its module, without glue.
pub(crate) fn compile(workspace: &Workspace, toolchain: &Toolchain, name: &str) -> Result<PathBuf> {
    toolchain
        .cargo(workspace, "build")
        .args(["-p", "wayside-web", "--example", name, "--profile", "wasm"])
        .env("RUSTFLAGS", RUSTFLAGS.join(" "))
        .run()?;
    Ok(toolchain
        .target_dir(workspace)
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

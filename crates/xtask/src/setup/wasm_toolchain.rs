//! The standard library for `wasm32-unknown-unknown`, which the stable toolchain needs to build Wasm.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::run::{Tool, say};
use crate::workspace::Workspace;

/// The target of everything that runs as Wasm.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Installs the target's standard library if the compiler has none.
pub(crate) fn ready() -> Result<()> {
    /// Long enough for 20 MB over a slow line, short enough not to be taken for a hang.
    const PATIENCE: Duration = Duration::from_secs(120);
    if is_installed()? {
        return Ok(());
    }
    say("setup", &format!("rustup target add {TARGET}"));
    let added = Tool::new("rustup").args(["target", "add", TARGET]).attempt(PATIENCE);
    if !is_installed()? {
        added.with_context(|| {
            format!(
                "the Rust compiler has no standard library for {TARGET}: run `rustup target add {TARGET}`, \
                 or install your distribution's package (Debian: libstd-rust-dev-wasm32)"
            )
        })?;
        bail!("rustup added {TARGET}, but not to the compiler in use; is another rustc first in the PATH?");
    }
    Ok(())
}

/// `cargo VERB` for the target, in a target folder of its own, so that it waits for no other build.
pub(crate) fn cargo(workspace: &Workspace, verb: &str) -> Tool {
    Tool::new("cargo")
        .args([verb, "--locked", "--target", TARGET, "--target-dir"])
        .arg(target_dir(workspace))
        .dir(workspace.root())
        .without_env("CARGO_ENCODED_RUSTFLAGS")
}

/// The folder of all results.
pub(crate) fn target_dir(workspace: &Workspace) -> PathBuf {
    workspace.target().join("wasm")
}

fn is_installed() -> Result<bool> {
    let printed = Tool::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()?;
    Ok(Path::new(printed.trim()).is_dir())
}

//! The static binary.
//!
//! It is linked against the static glibc (`crt-static`) and not built for musl: Rust target and C code are those of all tests, and all compiled dependencies are shared with the other builds of a profile. The allocator is jemalloc either way.
//!
//! A static glibc looks names up by `/etc/hosts` and DNS itself (2.34 and later). If `/etc/nsswitch.conf` names another module, it
//! loads that from the machine if it is installed. The server never looks up a name; only `wayside check-plan` and `wayside health` do,
//! for their URLs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::RELEASE;
use crate::build;
use crate::run::{Tool, say};
use crate::workspace::Workspace;

/// Builds the binary and returns its path.
pub(super) fn build(workspace: &Workspace, profile: &str) -> Result<PathBuf> {
    build::embedded(workspace)?;
    let mut cargo = Tool::new("cargo")
        .args(["build", "--locked", "--profile", profile])
        .dir(workspace.root())
        .env("RUSTC_WORKSPACE_WRAPPER", wrapper(workspace)?)
        .hint("a static binary needs the C library's archive libc.a: Debian's libc6-dev, Fedora's glibc-static");
    cargo = match profile {
        RELEASE => {
            say(
                "dist",
                "cargo build --release (half an hour the first time on two cores)",
            );
            cargo.args(["--package", "wayside-cli", "--bin", "wayside"])
        }
        _ => cargo.args(build::BINARY),
    };
    cargo.run()?;
    // Cargo's folder for the profile `dev`.
    let folder = if profile == "dev" { "debug" } else { profile };
    let binary = workspace.target().join(folder).join("wayside");
    check_static(&binary)?;
    Ok(binary)
}

/// Writes a wrapper of the compiler that links only our binary statically and without symbols.
///
/// `RUSTFLAGS` would compile every dependency once more for these two flags, which count only when the binary is linked.
fn wrapper(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target().join("static");
    let path = folder.join("rustc");
    // An unchanged file keeps its modification time, by which Cargo identifies a compiler.
    if !fs::read_to_string(&path).is_ok_and(|text| text == WRAPPER) {
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        fs::write(&path, WRAPPER).with_context(|| format!("cannot write {}", path.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(path)
}

const WRAPPER: &str = r#"#!/bin/sh
case " $* " in
*" --crate-name wayside "*) exec "$@" -C target-feature=+crt-static -C strip=symbols ;;
*) exec "$@" ;;
esac
"#;

/// Fails if the binary needs a dynamic loader, and so libraries of the machine on which it runs.
fn check_static(binary: &Path) -> Result<()> {
    let headers = Tool::new("readelf")
        .args(["--wide", "--program-headers"])
        .arg(binary)
        .output()?;
    if headers.contains("INTERP") {
        bail!(
            "{} is linked dynamically; users could not run it everywhere",
            binary.display()
        );
    }
    Ok(())
}

//! A Rust that can build for `wasm32-unknown-unknown`.
//!
//! The standard library is built from source, because a library built for size with panics that abort at once takes a
//! fifth off what a page loads. Its sources come with rustup (`rust-src`) or with Debian (`rust-web-src`).

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::apt;
use crate::run::{Tool, say};
use crate::workspace::Workspace;

/// Which cargo builds the Wasm.
pub(crate) enum Toolchain {
    /// The one that builds everything else, with `rust-src` added.
    Rustup,
    /// Debian's own packages, where rustup's server cannot be reached.
    Debian { linker: PathBuf },
}

impl Toolchain {
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Rustup => "rustup's cargo with rust-src",
            Self::Debian { .. } => "Debian's cargo with rust-web-src",
        }
    }

    /// Whether this toolchain brings clippy; Debian's does not.
    pub(crate) fn has_clippy(&self) -> bool {
        matches!(self, Self::Rustup)
    }

    /// `cargo VERB` for the Wasm target, with the standard library built from source.
    pub(crate) fn cargo(&self, workspace: &Workspace, verb: &str) -> Tool {
        self.cargo_for(workspace, verb, Path::new(TARGET))
    }

    /// `cargo build` for [`PAGE_TARGET`].
    pub(crate) fn build_for_page(&self, workspace: &Workspace) -> Result<Tool> {
        let target = self.page_target(workspace)?;
        Ok(self
            .cargo_for(workspace, "build", &target)
            .args(["-Z", "json-target-spec"]))
    }

    fn cargo_for(&self, workspace: &Workspace, verb: &str, target: &Path) -> Tool {
        let tool = match self {
            Self::Rustup => Tool::new("cargo"),
            Self::Debian { linker } => [
                "CARGO",
                "RUSTUP_TOOLCHAIN",
                "RUSTUP_HOME",
                "RUSTC_WRAPPER",
                "LD_LIBRARY_PATH",
            ]
            .into_iter()
            .fold(Tool::new(DEBIAN_CARGO), Tool::without_env)
            .env("RUSTC", DEBIAN_RUSTC)
            .env("RUSTDOC", "/usr/bin/rustdoc")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
            .env("CARGO_TARGET_WASM32_PAGE_LINKER", linker),
        };
        tool.arg(verb)
            .arg("--target")
            .arg(target)
            .args([
                "-Z",
                "build-std=std,panic_abort",
                "-Z",
                "build-std-features=optimize_for_size",
            ])
            .arg("--target-dir")
            .arg(self.target_dir(workspace))
            .dir(workspace.root())
            // `-Z build-std` is what stable cargo calls unstable; the sources are those of this very compiler.
            .env("RUSTC_BOOTSTRAP", "1")
            .without_env("CARGO_ENCODED_RUSTFLAGS")
    }

    /// The compiler's own target with one change: functions give several values back as values instead of through memory,
    /// which takes a twentieth off the module. Every browser that runs the module's other features can do that.
    ///
    /// The compiler's helpers for 128-bit arithmetic are not made for it: [`has_wrong_calls`] says whether a module needs one.
    fn page_target(&self, workspace: &Workspace) -> Result<PathBuf> {
        let rustc = match self {
            Self::Rustup => Tool::new("rustc"),
            Self::Debian { .. } => Tool::new(DEBIAN_RUSTC).without_env("LD_LIBRARY_PATH"),
        };
        let printed = rustc
            .args([
                "-Z",
                "unstable-options",
                "--print",
                "target-spec-json",
                "--target",
                TARGET,
            ])
            .env("RUSTC_BOOTSTRAP", "1")
            .output()?;
        let mut target: Map<String, Value> =
            serde_json::from_str(&printed).context("rustc prints a target that is no JSON object")?;
        target.insert("llvm-abiname".into(), "experimental-mv".into());
        target.insert("features".into(), "+multivalue".into());
        let text = serde_json::to_string_pretty(&target)?;
        // The file's name is the target's: what is built lies in a folder of that name.
        let path = self.target_dir(workspace).join(format!("{PAGE_TARGET}.json"));
        if !fs::read_to_string(&path).is_ok_and(|old| old == text) {
            fs::create_dir_all(self.target_dir(workspace))?;
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(path)
    }

    /// A folder of its own: two compilers in one would build everything anew in turn.
    pub(crate) fn target_dir(&self, workspace: &Workspace) -> PathBuf {
        workspace.target().join(match self {
            Self::Rustup => "wasm",
            Self::Debian { .. } => "wasm-debian",
        })
    }
}

/// The target of everything else that runs as Wasm.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// The target of what a page loads.
pub(crate) const PAGE_TARGET: &str = "wasm32-page";

/// Whether a module as the linker made it calls a function by another signature than the function has. Such a call traps.
pub(crate) fn has_wrong_calls(module: &[u8]) -> bool {
    let mark = b"signature_mismatch:";
    module.windows(mark.len()).any(|bytes| bytes == mark)
}

/// Finds a toolchain or installs one. `WAYSIDE_WASM_TOOLCHAIN` (`rustup` or `debian`) takes the choice away.
pub(crate) fn ready() -> Result<Toolchain> {
    match std::env::var("WAYSIDE_WASM_TOOLCHAIN").as_deref() {
        Ok("rustup") => {
            return rustup()
                .or_else(|| install_rustup().ok())
                .context("rustup could not add rust-src");
        }
        Ok("debian") => return debian().map_or_else(install_debian, Ok),
        Ok(other) => bail!("WAYSIDE_WASM_TOOLCHAIN is `{other}`; it may be `rustup` or `debian`"),
        Err(_) => {}
    }
    if let Some(found) = rustup().or_else(debian) {
        return Ok(found);
    }
    say(
        "setup",
        "the standard library's sources are missing; Wasm is built with them",
    );
    install_rustup().or_else(|error| {
        say(
            "setup",
            &format!("rustup cannot help here ({error:#}); trying Debian's packages"),
        );
        install_debian()
    })
}

fn rustup() -> Option<Toolchain> {
    let sysroot = Tool::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let sysroot = Path::new(sysroot.trim());
    // A compiler below /usr is the distribution's, without the linker that rustup's carry.
    (!sysroot.starts_with("/usr/lib") && sysroot != Path::new("/usr") && has_sources(sysroot))
        .then_some(Toolchain::Rustup)
}

fn install_rustup() -> Result<Toolchain> {
    /// Long enough for 4 MB over a slow line, short enough not to be taken for a hang.
    const PATIENCE: Duration = Duration::from_secs(60);
    say("setup", "rustup component add rust-src");
    Tool::new("rustup")
        .args(["component", "add", "rust-src"])
        .attempt(PATIENCE)?;
    rustup().context("rustup added rust-src, but the compiler in use does not see it")
}

fn debian() -> Option<Toolchain> {
    if !Path::new(DEBIAN_CARGO).exists() || !Path::new(DEBIAN_RUSTC).exists() || !has_sources(Path::new("/usr")) {
        return None;
    }
    linker().map(|linker| Toolchain::Debian { linker })
}

fn install_debian() -> Result<Toolchain> {
    apt::install(&["rustc-web", "cargo-web", "rust-web-src"])
        .context("Wasm needs the standard library's sources: `rustup component add rust-src`, or Debian's packages")?;
    if linker().is_none() {
        apt::install(&["lld"])?;
    }
    debian().context("Debian's Rust is installed, but its sources or a Wasm linker (rust-lld, wasm-ld) are not")
}

fn has_sources(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").exists()
}

/// The linker that every rustup toolchain carries, else LLVM's own.
fn linker() -> Option<PathBuf> {
    let carried = Tool::new("rustc")
        .args(["--print", "target-libdir"])
        .output()
        .ok()
        .and_then(|libdir| {
            let path = Path::new(libdir.trim()).parent()?.join("bin/rust-lld");
            path.exists().then_some(path)
        });
    carried.or_else(|| {
        let mut found: Vec<PathBuf> = fs::read_dir("/usr/bin")
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("wasm-ld"))
            })
            .collect();
        found.sort();
        found.pop()
    })
}

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_calls_are_found_by_the_linkers_name_for_them() {
        assert!(has_wrong_calls(b"\0asm..signature_mismatch:__ashlti3.."));
        assert!(!has_wrong_calls(b"\0asm..__ashlti3.."));
    }
}

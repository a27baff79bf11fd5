//! The build of the files that a page loads: `wayside.js`, `wayside-glue.js` and `wayside.wasm` in `js/tracker/dist`.
//!
//! cargo → wasm-bindgen → wasm-opt → the tracker package's build of bootstrap, page module and entries. Then follows
//! `js/testing`, which also contains the model as Wasm.

pub(crate) mod conformance;
mod example;
mod glue;
mod order;
mod testing;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use wasm_bindgen_cli_support::Bindgen;

use crate::run::{Tool, say};
use crate::setup::{npm, wasm_toolchain};
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Options of the command.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Build even if nothing has changed
    #[arg(long)]
    force: bool,
}

/// The folder of the result.
pub(crate) const DIST: &str = "js/tracker/dist";

/// Builds the files whose inputs have changed since the last build.
pub(crate) fn build(workspace: &Workspace, options: &Options) -> Result<()> {
    npm::install(workspace)?;
    build_module(workspace, options)?;
    build_package(workspace, options)?;
    testing::build(workspace, options)
}

/// Builds glue and Wasm from the Rust crates.
fn build_module(workspace: &Workspace, options: &Options) -> Result<()> {
    let stamp = Stamp::new(workspace, MODULE_STAMP, &MODULE_INPUTS)?;
    let outputs = [workspace.path(MODULE_GLUE), workspace.path(DIST).join(WASM)];
    if stamp.is_fresh(&outputs) && !options.force {
        return Ok(());
    }
    let toolchain = wasm_toolchain::ready()?;
    say(
        "wasm",
        &format!(
            "compiling crates/web with {}, because its sources have changed",
            toolchain.describe()
        ),
    );
    let compiled = compile(workspace, &toolchain)?;
    let folder = toolchain.target_dir(workspace).join("page");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::create_dir_all(workspace.path(DIST)).context("cannot create js/tracker/dist")?;

    bindgen(&compiled, &folder)?;
    say("wasm", "wasm-opt -Oz (Binaryen)");
    let names = optimise(workspace, &folder, Names::Removed)?;
    let to = workspace.path(MODULE_GLUE);
    fs::create_dir_all(to.parent().unwrap_or(&to)).context("cannot create js/tracker/build")?;
    fs::write(&to, glue::rename(glue::GLUE, &names)?).with_context(|| format!("cannot write {MODULE_GLUE}"))?;
    let small = folder.join(SMALL);
    let small = fs::read(&small).with_context(|| format!("cannot read {}", small.display()))?;
    fs::write(workspace.path(DIST).join(WASM), order::by_likeness(&small)?).context("cannot write wayside.wasm")?;
    stamp.write()
}

/// Builds the page's module, but with the names of its functions, and returns its bytes.
pub(crate) fn build_with_names(workspace: &Workspace) -> Result<Vec<u8>> {
    let toolchain = wasm_toolchain::ready()?;
    let compiled = compile(workspace, &toolchain)?;
    let folder = toolchain.target_dir(workspace).join("page-with-names");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    bindgen(&compiled, &folder)?;
    optimise(workspace, &folder, Names::Kept)?;
    let path = folder.join(SMALL);
    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Whether a module contains its functions' names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Kept,
    Removed,
}

fn compile(workspace: &Workspace, toolchain: &wasm_toolchain::Toolchain) -> Result<PathBuf> {
    toolchain
        .build_for_page(workspace)?
        .args(["-p", "wayside-web", "--lib", "--profile", "wasm"])
        .env("RUSTFLAGS", RUSTFLAGS.join(" "))
        .hint("the compiler's message is above; `cargo xtask setup` shows which toolchain is used")
        .run()?;
    let compiled = toolchain
        .target_dir(workspace)
        .join(wasm_toolchain::PAGE_TARGET)
        .join("wasm/wayside_web.wasm");
    let module = fs::read(&compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    if wasm_toolchain::has_wrong_calls(&module) {
        bail!("the module does 128-bit arithmetic, whose helpers are not made for its target; do it in 64 bits");
    }
    Ok(compiled)
}

/// Writes the module without the exports that the glue does not use. Among them are the table of JavaScript values and
/// the function that fills it, which is wasm-bindgen's only import and its only action at the start.
fn bindgen(compiled: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name("wayside")
        .web(true)?
        .typescript(false)
        .keep_debug(false)
        // `wasm-opt` selects by name the functions that are not to be inlined.
        .remove_name_section(false)
        .remove_producers_section(true);
    let mut output = bindgen
        .generate_output()
        .with_context(|| format!("wasm-bindgen could not read {}", compiled.display()))?;
    glue::check_calls(output.js())?;
    for (owner, name) in NOT_AT_START {
        let is_it = |found: &str| found.contains(owner) && found.ends_with(&format!("::{name}"));
        if !output
            .wasm()
            .funcs
            .iter()
            .any(|function| function.name.as_deref().is_some_and(is_it))
        {
            bail!("`NOT_AT_START` names {owner} {name}, and the module has no such function");
        }
    }
    let used = glue::used_exports(glue::GLUE);
    let exports = &mut output.wasm_mut().exports;
    let unused: Vec<_> = exports
        .iter()
        .filter(|export| !used.contains(&export.name.as_str()))
        .map(|export| export.id())
        .collect();
    for export in unused {
        exports.delete(export);
    }
    output
        .emit(folder)
        .with_context(|| format!("cannot write to {}", folder.display()))
}

/// Optimizes the module for size. Returns the new names of its exports, for the glue.
fn optimise(workspace: &Workspace, folder: &Path, names: Names) -> Result<BTreeMap<String, String>> {
    // All passes are in one run, because reading and writing a module with multi-value functions rewrites them at some
    // cost.
    let mapping = Tool::new(workspace.npm_bin("wasm-opt"))
        .arg(folder.join("wayside_bg.wasm"))
        .arg("-o")
        .arg(folder.join(SMALL))
        .args(WASM_FEATURES)
        .args(NOT_AT_START.map(|(owner, name)| format!("--no-inline=*{owner}*::{name}")))
        .args(WASM_PASSES)
        .arg(match names {
            Names::Kept => "--debuginfo",
            Names::Removed => "--strip-debug",
        })
        .hint("Binaryen comes with `npm ci`")
        .output()?;
    glue::new_names(&mapping)
}

/// Builds bootstrap and entries with the tracker package's script.
fn build_package(workspace: &Workspace, options: &Options) -> Result<()> {
    if !workspace.path("js/tracker/package.json").exists() {
        bail!("js/tracker/package.json is missing; is this a whole checkout?");
    }
    let stamp = Stamp::new(
        workspace,
        "js-tracker",
        &["js/tracker", "package-lock.json", &Stamp::path(MODULE_STAMP)],
    )?;
    let outputs = [BOOTSTRAP, GLUE, ALONE, RULES, INTEGRITY].map(|file| workspace.path(DIST).join(file));
    if stamp.is_fresh(&outputs) && !options.force {
        return Ok(());
    }
    say("wasm", "npm run build -w js/tracker, because its sources have changed");
    let version = Stamp::new(workspace, "page", &[&MODULE_INPUTS[..], &PACKAGE_INPUTS].concat())?;
    Tool::new("npm")
        .args(["run", "--silent", "build", "-w", "js/tracker"])
        .env("WAYSIDE_VERSION", &version.hash()[..VERSION_DIGITS])
        .dir(workspace.root())
        .run_quietly()?;
    if let Some(missing) = outputs.iter().find(|path| !path.exists()) {
        bail!(
            "`npm run build -w js/tracker` did not write {}",
            workspace.show(missing)
        );
    }
    say("wasm", &format!("integrity of {BOOTSTRAP}: {}", integrity(workspace)?));
    stamp.write()
}

/// The value of `integrity` for the script tag's file.
pub(crate) fn integrity(workspace: &Workspace) -> Result<String> {
    let path = workspace.path(DIST).join(INTEGRITY);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", workspace.show(&path)))?;
    let mut values: BTreeMap<String, String> =
        serde_json::from_str(&text).with_context(|| format!("{} is no map of texts", workspace.show(&path)))?;
    values
        .remove(BOOTSTRAP)
        .with_context(|| format!("{} has no {BOOTSTRAP}", workspace.show(&path)))
}

/// The file of the script tag.
pub(crate) const BOOTSTRAP: &str = "wayside.js";
/// The module's glue, which the tracker package's build includes in [`GLUE`].
const MODULE_GLUE: &str = "js/tracker/build/glue.js";
/// The ES module between page and Wasm.
pub(crate) const GLUE: &str = "wayside-glue.js";
/// The fallback for pages that cannot run the module.
const ALONE: &str = "wayside-alone.js";
/// The file for sites with custom rules.
const RULES: &str = "wayside-rules.js";
/// The value of `integrity` for the script tag's file.
const INTEGRITY: &str = "integrity.json";
/// The file that `wasm-opt` writes.
const SMALL: &str = "small.wasm";
/// The module.
pub(crate) const WASM: &str = "wayside.wasm";

const RUSTFLAGS: [&str; 9] = [
    "-Dwarnings",
    "-Zunstable-options",
    // Drops every panic message and its formatting code: a trap in the page is caught by the loader, which has no use for the text.
    "-Cpanic=immediate-abort",
    // Nothing in the page prints with `Debug`.
    "-Zfmt-debug=none",
    "-Zlocation-detail=none",
    // Values longer than a number are copied and cleared by one instruction, which is shorter than a load and a store
    // for each eight bytes.
    "-Cllvm-args=--max-store-memcpy=1",
    "-Cllvm-args=--max-store-memmove=1",
    "-Cllvm-args=--max-store-memset=1",
    // Addresses of data, which follows the stack, then have three bytes instead of four.
    "-Clink-arg=-zstack-size=65536",
];

/// All inputs of the module.
const MODULE_INPUTS: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "crates/model/Cargo.toml",
    "crates/model/src",
    "crates/tracker/Cargo.toml",
    "crates/tracker/src",
    "crates/web/Cargo.toml",
    "crates/web/src",
    "crates/xtask/src/wasm",
];

/// The other inputs of the files that a page loads. Together with [`MODULE_INPUTS`] and locked tools they determine
/// these files completely, so that the address of the files, and therefore the bytes and the integrity of the script
/// tag's file, depend on the sources only and not on the compiler.
const PACKAGE_INPUTS: [&str; 3] = ["js/tracker/build.mjs", "js/tracker/package.json", "js/tracker/src"];

/// The chance that two versions have the same address is one in sixteen million.
const VERSION_DIGITS: usize = 6;

/// The stamp of the module. It is an input of the package's build, which reads the module.
const MODULE_STAMP: &str = "wasm";

/// The features that rustc enables by default for the target. Every browser from 2022 or later has them.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Functions that the start of a page does not need, by a part of the owner's name and their own name. They would
/// otherwise be inlined into the function that takes in messages, and a browser compiles a whole function at its first
/// call.
const NOT_AT_START: [(&str, &str); 12] = [
    ("Tracker<", "click"),
    ("Tracker<", "consent"),
    ("Tracker<", "flush"),
    ("Tracker<", "follow"),
    ("Tracker<", "reset"),
    ("Tracker<", "visible"),
    ("Outbox", "adopt"),
    ("Outbox", "beacon"),
    ("Outbox", "seal"),
    ("Schedule", "failed"),
    ("Steps", "request"),
    ("link", "way_out"),
];

/// The passes that gave the smallest module after brotli. Functions with one caller are not inlined if they are longer
/// than a few instructions: the code becomes longer but compresses better. Rust puts nothing into the first kilobyte of
/// memory.
const WASM_PASSES: [&str; 18] = [
    "--partial-inlining-ifs=1",
    "--low-memory-unused",
    "--flatten",
    "--rereloop",
    "-O4",
    "-Oz",
    "-Oz",
    "--one-caller-inline-max-function-size=200",
    "--tuple-optimization",
    "--simplify-locals",
    "--vacuum",
    "--coalesce-locals-learning",
    "--reorder-locals",
    "--reorder-functions",
    "--dealign",
    "--strip-producers",
    "--strip-target-features",
    "--minify-imports-and-exports-and-modules",
];

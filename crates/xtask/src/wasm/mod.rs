//! What a page loads: `wayside.js`, `wayside-glue.js` and `wayside.wasm` in `js/tracker/dist`.
//!
//! cargo → wasm-bindgen → wasm-opt → the tracker package's own build of bootstrap, page module and entries. Behind it comes
//! `js/testing`, which has the model as Wasm, too.

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

/// How to build the Wasm.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Build even when nothing has changed
    #[arg(long)]
    force: bool,
}

/// Where the result is.
pub(crate) const DIST: &str = "js/tracker/dist";

/// Builds what has changed since the last build.
pub(crate) fn build(workspace: &Workspace, options: &Options) -> Result<()> {
    npm::install(workspace)?;
    build_module(workspace, options)?;
    build_package(workspace, options)?;
    testing::build(workspace, options)
}

/// Glue and Wasm from the Rust crates.
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

/// The module as a page loads it, but with the names of its functions; gives its bytes.
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

/// Whether a module says what its functions are called.
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

/// Writes the module, without what the glue does not use: among it the table of JavaScript values and the function that
/// fills it, which is wasm-bindgen's one import and the only thing it does at the start.
fn bindgen(compiled: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name("wayside")
        .web(true)?
        .typescript(false)
        .keep_debug(false)
        // `wasm-opt` finds by name what is to stay a function of its own.
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

/// Shrinks the module. Gives the new names of its exports, for the glue.
fn optimise(workspace: &Workspace, folder: &Path, names: Names) -> Result<BTreeMap<String, String>> {
    // In one run: reading a module with functions of several values takes it apart, and putting it together again is work.
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

/// Bootstrap and entries, by the tracker package's own script.
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
/// The module's own glue, which the tracker package's build puts into [`GLUE`].
const MODULE_GLUE: &str = "js/tracker/build/glue.js";
/// The ES module between page and Wasm.
pub(crate) const GLUE: &str = "wayside-glue.js";
/// What takes the module's place where it cannot run.
const ALONE: &str = "wayside-alone.js";
/// What a page loads that has rules of its own.
const RULES: &str = "wayside-rules.js";
/// The value of `integrity` for the script tag's file.
const INTEGRITY: &str = "integrity.json";
/// What `wasm-opt` writes.
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
    // What is longer than a number is copied and cleared by one instruction, which is shorter than a load and a store for each
    // eight bytes.
    "-Cllvm-args=--max-store-memcpy=1",
    "-Cllvm-args=--max-store-memmove=1",
    "-Cllvm-args=--max-store-memset=1",
    // Addresses of data, which lies behind the stack, then have three bytes instead of four.
    "-Clink-arg=-zstack-size=65536",
];

/// Everything the module is made from.
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

/// What else is in the files of a page. With [`MODULE_INPUTS`] and by locked tools it makes all of what a page loads, so that the address
/// of its files, and with it the bytes and the integrity of the script tag's file, follow from the sources alone, whichever
/// compiler made the module.
const PACKAGE_INPUTS: [&str; 3] = ["js/tracker/build.mjs", "js/tracker/package.json", "js/tracker/src"];

/// One in sixteen million versions has the address of another.
const VERSION_DIGITS: usize = 6;

/// The package's own build sees the module, so it has this stamp among its inputs.
const MODULE_STAMP: &str = "wasm";

/// Those that rustc turns on by default for the target; every browser of 2022 or later has them.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What the start of a page does not need, by a part of its owner's name and its own, and what would otherwise stand within the
/// function that takes in everything: a browser compiles a function when it is called first, and then all of it.
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

/// What gave the smallest brotli of this module. Functions with one caller are not inlined when they are longer than a few
/// instructions: the code gets longer, and compresses better by more. Rust puts nothing into the first kilobyte of memory.
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

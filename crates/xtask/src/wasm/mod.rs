//! The build of the files that a page loads: `wayside.js`, `wayside-glue.js` and `wayside.wasm` in `js/tracker/dist`.
//!
//! cargo → wasm-bindgen → wasm-opt → the tracker package's build of bootstrap, loader and entries. Then follows
//! `js/testing`, which also contains the model as Wasm.

pub(crate) mod conformance;
mod example;
pub(crate) mod front_end;
mod glue;
mod panics;
mod testing;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;
use wasm_bindgen_cli_support::Bindgen;
use wayside_model::sdk::File;

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
    /// Also build examples/yew, a front end in Rust, into examples/yew/dist
    #[arg(long)]
    front_end: bool,
}

/// The folder of the result.
pub(crate) const DIST: &str = "js/tracker/dist";

/// Builds the files whose inputs have changed since the last build.
pub(crate) fn build(workspace: &Workspace, options: &Options) -> Result<()> {
    npm::install(workspace)?;
    build_module(workspace, options)?;
    build_package(workspace, options)?;
    testing::build(workspace, options)?;
    if options.front_end {
        front_end::build(workspace)?;
    }
    Ok(())
}

/// Builds glue and Wasm from the Rust crates.
fn build_module(workspace: &Workspace, options: &Options) -> Result<()> {
    let stamp = Stamp::new(workspace, MODULE_STAMP, &MODULE_INPUTS)?;
    let outputs = [workspace.path(MODULE_GLUE), workspace.path(DIST).join(WASM)];
    if stamp.is_fresh(&outputs) && !options.force {
        return Ok(());
    }
    say("wasm", "compiling crates/web, because its sources have changed");
    let small = make_module(workspace, "tracker", Debug::Removed)?;
    fs::create_dir_all(workspace.path(DIST)).context("cannot create js/tracker/dist")?;
    fs::write(workspace.path(DIST).join(WASM), small.wasm).context("cannot write wayside.wasm")?;
    let to = workspace.path(MODULE_GLUE);
    let folder = to.parent().unwrap_or(&to);
    fs::create_dir_all(folder).context("cannot create js/tracker/build")?;
    fs::write(&to, small.glue).with_context(|| format!("cannot write {MODULE_GLUE}"))?;
    for (path, text) in small.snippets {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", workspace.show(&path)))?;
    }
    stamp.write()
}

/// Builds the page's module, but with the names of its functions, and returns its bytes.
pub(crate) fn build_with_names(workspace: &Workspace) -> Result<Vec<u8>> {
    Ok(make_module(workspace, "tracker-with-names", Debug::Kept)?.wasm)
}

/// The last step of wasm-bindgen's own module for bundlers, once there is an instance.
const START: &str = "\nexport const prepare = () => wasm.__wbindgen_start();\n";

/// Whether a module contains its functions' names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Debug {
    Kept,
    Removed,
}

/// The module with the glue that belongs to it.
struct Module {
    wasm: Vec<u8>,
    glue: String,
    /// JavaScript of crates/web that the glue imports, by its path from the glue.
    snippets: Vec<(String, String)>,
}

/// Compiles the module, makes its glue, and optimizes it for size. `name` is the folder of the steps' results.
fn make_module(workspace: &Workspace, name: &str, debug: Debug) -> Result<Module> {
    wasm_toolchain::ready()?;
    wasm_toolchain::cargo(workspace, "rustc")
        .args([
            "-p",
            "wayside-web",
            "--lib",
            "--crate-type",
            "cdylib",
            "--profile",
            "wasm",
        ])
        // Its exports and its allocator.
        .args(["--features", "script"])
        .env("RUSTFLAGS", rustflags()?)
        .run()?;
    let target = wasm_toolchain::target_dir(workspace);
    let compiled = target.join(wasm_toolchain::TARGET).join("wasm/wayside_web.wasm");
    let folder = target.join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;

    let mut output = Bindgen::new()
        .input_path(&compiled)
        .out_name("wayside")
        // Its glue leaves making an instance to us: the loader makes a new one after a trap.
        .bundler(true)?
        .typescript(false)
        .keep_debug(false)
        .remove_name_section(debug == Debug::Removed)
        .remove_producers_section(true)
        .generate_output()
        .with_context(|| format!("wasm-bindgen could not read {}", compiled.display()))?;
    let glue = output.start().context("wasm-bindgen made no glue")?.clone() + START;
    let inline = output.snippets().iter().flat_map(|(folder, texts)| {
        texts
            .iter()
            .enumerate()
            .map(move |(at, text)| (format!("snippets/{folder}/inline{at}.js"), text.clone()))
    });
    let files = output
        .local_modules()
        .iter()
        .map(|(path, text)| (format!("snippets/{path}"), text.clone()));
    let snippets = inline.chain(files).collect();

    say("wasm", "wasm-opt -Oz (Binaryen)");
    let full = folder.join("full.wasm");
    panics::make_traps(output.wasm_mut())?;
    fs::write(&full, output.wasm_mut().emit_wasm()).with_context(|| format!("cannot write {}", full.display()))?;
    let small = folder.join("small.wasm");
    let names = Tool::new(workspace.npm_bin("wasm-opt"))
        .arg(&full)
        .arg("-o")
        .arg(&small)
        .args(WASM_FEATURES)
        .args(WASM_PASSES)
        .arg(match debug {
            Debug::Kept => "--debuginfo",
            Debug::Removed => "--strip-debug",
        })
        .hint("Binaryen comes with `npm ci`")
        .output()?;
    Ok(Module {
        wasm: fs::read(&small).with_context(|| format!("cannot read {}", small.display()))?,
        glue: glue::Names::parse(&names)?.put_into(&glue)?,
        snippets,
    })
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
fn integrity(workspace: &Workspace) -> Result<String> {
    let path = workspace.path(DIST).join(INTEGRITY);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", workspace.show(&path)))?;
    let mut values: BTreeMap<String, String> =
        serde_json::from_str(&text).with_context(|| format!("{} is no map of texts", workspace.show(&path)))?;
    values
        .remove(BOOTSTRAP)
        .with_context(|| format!("{} has no {BOOTSTRAP}", workspace.show(&path)))
}

/// The file of the script tag.
pub(crate) const BOOTSTRAP: &str = File::Bootstrap.name();
/// The module's glue, which the tracker package's build includes in [`GLUE`].
const MODULE_GLUE: &str = "js/tracker/build/glue.js";
/// The ES module between page and Wasm.
pub(crate) const GLUE: &str = File::Glue.name();
/// The fallback for pages that cannot run the module.
const ALONE: &str = File::Alone.name();
/// The file for sites with custom rules.
const RULES: &str = File::Rules.name();
/// The value of `integrity` for the script tag's file.
const INTEGRITY: &str = "integrity.json";
/// The module.
pub(crate) const WASM: &str = File::Wasm.name();

/// The compiler's flags. Messages of panics contain the files of libraries: without the folders of this machine, they are
/// shorter, and every machine builds the same module.
fn rustflags() -> Result<String> {
    let sysroot = Tool::new("rustc").args(["--print", "sysroot"]).output()?;
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| home + "/.cargo"));
    let mut flags = vec![
        "-Dwarnings".to_owned(),
        // Values longer than a number are copied and cleared by one instruction, which is shorter than a load and a
        // store for each eight bytes.
        "-Cllvm-args=--max-store-memcpy=1".to_owned(),
        "-Cllvm-args=--max-store-memmove=1".to_owned(),
        "-Cllvm-args=--max-store-memset=1".to_owned(),
        // The default of 1 MiB would be copied whenever a page is left (`loader.ts`); the deepest calls take a few KiB.
        "-Clink-arg=-zstack-size=65536".to_owned(),
        format!("--remap-path-prefix={}=rust", sysroot.trim()),
    ];
    flags.extend(home.map(|home| format!("--remap-path-prefix={home}/registry/src=cargo")));
    Ok(flags.join(" "))
}

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

/// The passes. Flattened code is optimised 1 % smaller, a second `-Oz` finds another percent, and long functions with one
/// caller compress better where they are. Rust puts nothing into the first kilobyte of memory. Names of imports and
/// exports are shortened, which saves 5 KB of the glue and the module together.
const WASM_PASSES: [&str; 9] = [
    "--low-memory-unused",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--one-caller-inline-max-function-size=50",
    "--strip-producers",
    "--strip-target-features",
    "--minify-imports-and-exports-and-modules",
];

//! The steps and what each runs.

use anyhow::Result;
use clap::ValueEnum;

use crate::run::Tool;
use crate::setup::{npm, wasm_toolchain};
use crate::workspace::Workspace;
use crate::{build, demo, dist, engines, setup, size, tidy, types, wasm};

/// One thing that CI proves, cheap ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Step {
    /// Everything is formatted
    Format,
    /// Dependencies, generated files, forbidden text
    Tidy,
    /// The files that a page loads are built
    Wasm,
    /// The files that a page loads are within their budget
    Size,
    /// TypeScript is right by its types, and its unit tests pass
    Npm,
    /// No lint finds anything, natively and for Wasm
    Clippy,
    /// Documentation has no broken link
    Docs,
    /// All Rust tests and doc examples
    Rust,
    /// The model's tests and corpus once more, as optimised code
    Release,
    /// The corpus as Wasm in Chromium gives the same bytes
    Corpus,
    /// Browser tests: the real shop against the real collector
    E2e,
    /// The tracker against the collector in Chromium, Firefox and WebKit
    Engines,
    /// The demo's visits: every touchpoint arrives once and in order
    Demo,
    /// The release archive and packages, installed by the commands of README.md and docs/deploy.md
    Dist,
}

impl Step {
    pub(crate) const ALL: [Self; 14] = [
        Self::Format,
        Self::Tidy,
        Self::Wasm,
        Self::Size,
        Self::Npm,
        Self::Clippy,
        Self::Docs,
        Self::Rust,
        Self::Release,
        Self::Corpus,
        Self::E2e,
        Self::Engines,
        Self::Demo,
        Self::Dist,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Tidy => "tidy",
            Self::Wasm => "wasm",
            Self::Size => "size",
            Self::Npm => "npm",
            Self::Clippy => "clippy",
            Self::Docs => "docs",
            Self::Rust => "rust",
            Self::Release => "release",
            Self::Corpus => "corpus",
            Self::E2e => "e2e",
            Self::Engines => "engines",
            Self::Demo => "demo",
            Self::Dist => "dist",
        }
    }

    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Format => "everything is formatted",
            Self::Tidy => "dependencies, generated files, forbidden text",
            Self::Wasm => "the files that a page loads are built",
            Self::Size => "the files that a page loads are within their budget",
            Self::Npm => "TypeScript is right by its types, and its unit tests pass",
            Self::Clippy => "no lint finds anything, natively and for Wasm",
            Self::Docs => "documentation has no broken link",
            Self::Rust => "all Rust tests and doc examples",
            Self::Release => "the model's tests and corpus once more, as optimised code",
            Self::Corpus => "the corpus as Wasm in Chromium gives the same bytes",
            Self::E2e => "browser tests: the real shop against the real collector",
            Self::Engines => "the tracker against the collector in Chromium, Firefox and WebKit",
            Self::Demo => "the demo's visits: every touchpoint arrives once and in order",
            Self::Dist => "the release archive and packages, installed by the commands of README.md and docs/deploy.md",
        }
    }

    /// Runs it; what its test runners write is added to `lines`.
    pub(crate) fn run(self, workspace: &Workspace, lines: &mut Vec<String>) -> Result<()> {
        match self {
            Self::Format => format(workspace),
            Self::Tidy => {
                types::run(workspace, &types::Options::checking())?;
                tidy::check(workspace)
            }
            Self::Wasm => wasm::build(workspace, &wasm::Options::default()),
            Self::Size => size::run(workspace, &size::Options::default()),
            Self::Npm => typescript(workspace, lines),
            Self::Clippy => clippy(workspace),
            Self::Docs => cargo(
                workspace,
                &[
                    "doc",
                    "--workspace",
                    "--no-deps",
                    "--locked",
                    "--document-private-items",
                ],
            )
            .env("RUSTDOCFLAGS", "-D warnings")
            .run(),
            Self::Rust => {
                setup::nginx::ready()?;
                build::embedded(workspace)?;
                cargo(workspace, &["test", "--workspace", "--locked", "--no-fail-fast"]).tee(lines)
            }
            Self::Release => cargo(workspace, &["test", "--release", "--locked", "--no-fail-fast"])
                .args(["-p", "wayside-model", "-p", "wayside-tracker", "-p", "wayside-testkit"])
                .tee(lines),
            Self::Corpus => corpus(workspace, lines),
            Self::E2e => end_to_end(workspace, lines),
            Self::Engines => engines::run(workspace, &engines::Options::default(), lines),
            Self::Demo => demo::prove(workspace),
            Self::Dist => dist::run(workspace, &dist::Options::trying()),
        }
    }
}

fn cargo(workspace: &Workspace, args: &[&str]) -> Tool {
    Tool::new("cargo").args(args).dir(workspace.root())
}

/// The workspace, and the example that is a workspace of its own.
fn format(workspace: &Workspace) -> Result<()> {
    let check = |folder| {
        Tool::new("cargo")
            .args(["fmt", "--all", "--check"])
            .dir(folder)
            .hint("`cargo fmt` in the same folder puts it right")
            .run()
    };
    check(workspace.root())?;
    check(&workspace.path("examples/yew"))
}

/// Type checks and unit tests of every npm package that has them; browser tests are a step of their own.
fn typescript(workspace: &Workspace, lines: &mut Vec<String>) -> Result<()> {
    npm::install(workspace)?;
    wasm::build(workspace, &wasm::Options::default())?;
    npm_run(workspace, &["run", "check", "--workspaces", "--if-present"]).run()?;
    Tool::new(workspace.npm_bin("tsc"))
        .args(["--noEmit", "-p", "tests/e2e"])
        .dir(workspace.root())
        .run()?;
    npm_run(workspace, &["run", "test"])
        .args(["-w", "js/tracker", "-w", "js/dashboard", "-w", "js/testing"])
        .tee(lines)
}

fn clippy(workspace: &Workspace) -> Result<()> {
    build::embedded(workspace)?;
    cargo(
        workspace,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )
    .run()?;
    wasm_toolchain::ready()?;
    wasm_toolchain::cargo(workspace, "clippy")
        .args([
            "-p",
            "wayside-model",
            "-p",
            "wayside-tracker",
            "-p",
            "wayside-web",
            "--lib",
            "--features",
            "wayside-web/script",
            "--profile",
            "wasm",
        ])
        .args(["--", "-D", "warnings"])
        .run()
}

fn corpus(workspace: &Workspace, lines: &mut Vec<String>) -> Result<()> {
    npm::install(workspace)?;
    let browser = setup::needed_browser()?;
    Tool::new("node")
        .args(["--test", "tests/conformance/browser.test.mjs"])
        .dir(workspace.root())
        .env("WAYSIDE_CONFORMANCE", wasm::conformance::build(workspace)?)
        .env("WAYSIDE_CHROMIUM", browser)
        .tee(lines)
}

/// Each package's own pages, then everything together: Playwright on Debian's Chromium, which starts `wayside serve` itself.
fn end_to_end(workspace: &Workspace, lines: &mut Vec<String>) -> Result<()> {
    let browser = setup::needed_browser()?;
    build::everything(workspace)?;
    wasm::front_end::build(workspace)?;
    for package in ["js/dashboard", "js/tracker", "js/testing", "tests/packaging"] {
        npm_run(workspace, &["run", "test:browser", "-w", package])
            .env("WAYSIDE_CHROMIUM", browser)
            .tee(lines)?;
    }
    Tool::new(workspace.npm_bin("playwright"))
        .arg("test")
        .dir(&workspace.path("tests/e2e"))
        .env("WAYSIDE_BIN", build::binary(workspace))
        .env("WAYSIDE_CHROMIUM", browser)
        .tee(lines)
}

fn npm_run(workspace: &Workspace, args: &[&str]) -> Tool {
    Tool::new("npm").args(args).dir(workspace.root()).env("NO_COLOR", "1")
}

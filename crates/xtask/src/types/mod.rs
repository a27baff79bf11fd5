//! Files made from the model's tables of kinds and fields: TypeScript types and the reference page.

mod reference;
mod typescript;

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::run::say;
use crate::workspace::Workspace;

/// How to treat generated files.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Write nothing; fail when a file is not what the model's tables give
    #[arg(long)]
    check: bool,
}

impl Options {
    /// As with `--check`.
    pub(crate) fn checking() -> Self {
        Self { check: true }
    }
}

/// Writes the generated files, or with `--check` compares them.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.check {
        let stale = stale(workspace);
        if !stale.is_empty() {
            bail!(
                "{} differ from the model's tables; run `cargo xtask types` and commit them",
                stale.join(", ")
            );
        }
        say("types", "generated files are what the model's tables give");
        return Ok(());
    }
    for (file, text) in generated() {
        let path = workspace.path(file);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", workspace.show(folder)))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {file}"))?;
        say("types", &format!("wrote {file}"));
    }
    Ok(())
}

/// Generated files that are missing or differ from what would be written.
pub(crate) fn stale(workspace: &Workspace) -> Vec<&'static str> {
    generated()
        .into_iter()
        .filter(|(file, text)| !fs::read_to_string(workspace.path(file)).is_ok_and(|old| old == *text))
        .map(|(file, _)| file)
        .collect()
}

fn generated() -> [(&'static str, String); 3] {
    [
        ("js/tracker/src/generated/touchpoints.ts", typescript::render()),
        (
            "js/tracker/src/generated/thresholds.ts",
            typescript::render_thresholds(),
        ),
        ("docs/touchpoints.md", reference::render()),
    ]
}

/// A doc comment of the tables as one line.
fn sentence(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

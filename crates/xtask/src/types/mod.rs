//! Generated files: TypeScript types and the reference page from the tables of model and tracker, and the dashboard's types and answers from the binary.

mod answers;
mod contract;
mod files;
mod queue;
mod reference;
mod typescript;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::build;
use crate::run::say;
use crate::workspace::Workspace;

/// How to treat generated files.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Write nothing; fail when a file is not what it is made from. The binary's answers are compared by a test of `crates/cli`
    #[arg(long)]
    check: bool,
    /// Take the answers from this `wayside` and do not build one
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

impl Options {
    /// As with `--check`.
    pub(crate) fn checking() -> Self {
        Self {
            check: true,
            ..Self::default()
        }
    }
}

/// Writes the generated files, or with `--check` compares them.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.check {
        let stale = stale(workspace)?;
        if !stale.is_empty() {
            bail!(
                "{} differ from what they are made from; run `cargo xtask types` and commit them",
                stale.join(", ")
            );
        }
        say("types", "generated files are what they are made from");
        return Ok(());
    }
    for (file, text) in from_the_model() {
        write(workspace, file, &text)?;
    }
    let binary = match &options.binary {
        Some(binary) => fs::canonicalize(binary).with_context(|| format!("there is no {}", binary.display()))?,
        None => {
            build::wayside(workspace)?;
            build::binary(workspace)
        }
    };
    answers::write(workspace, &binary)?;
    write(workspace, contract::FILE, &contract::render(workspace)?)
}

/// Generated files that are missing or differ from what would be written. Nothing is built for it, so that the dashboard's types
/// are compared with the answers that are committed.
pub(crate) fn stale(workspace: &Workspace) -> Result<Vec<&'static str>> {
    let mut files = from_the_model().to_vec();
    files.push((contract::FILE, contract::render(workspace)?));
    Ok(files
        .into_iter()
        .filter(|(file, text)| !fs::read_to_string(workspace.path(file)).is_ok_and(|old| old == *text))
        .map(|(file, _)| file)
        .collect())
}

fn from_the_model() -> [(&'static str, String); 5] {
    [
        ("js/tracker/src/generated/files.ts", files::render()),
        ("js/tracker/src/generated/queue.ts", queue::render()),
        ("js/tracker/src/generated/touchpoints.ts", typescript::render()),
        (
            "js/tracker/src/generated/thresholds.ts",
            typescript::render_thresholds(),
        ),
        ("docs/touchpoints.md", reference::render()),
    ]
}

/// Writes a file, unless it is like that already.
fn write(workspace: &Workspace, file: &str, text: &str) -> Result<()> {
    let path = workspace.path(file);
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", workspace.show(folder)))?;
    }
    fs::write(&path, text).with_context(|| format!("cannot write {file}"))?;
    say("types", &format!("wrote {file}"));
    Ok(())
}

/// A doc comment as one line.
fn sentence(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

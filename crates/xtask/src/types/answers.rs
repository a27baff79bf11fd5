//! The binary's answers that the dashboard is developed and tested with.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::write as write_file;
use crate::run::{Tool, say};
use crate::workspace::Workspace;

/// Which commands give which answers. A test of `crates/cli` reads it, too.
const LIST: &str = "js/dashboard/dev/answers.toml";

/// Where the answers are, as `NAME.json`.
const FOLDER: &str = "js/dashboard/dev/generated";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    settings: String,
    fill: Vec<String>,
    answers: BTreeMap<String, String>,
}

/// The path of an answer's file.
pub(super) fn file(name: &str) -> String {
    format!("{FOLDER}/{name}.json")
}

/// The names of all answers.
pub(super) fn names(workspace: &Workspace) -> Result<Vec<String>> {
    Ok(List::read(workspace)?.answers.into_keys().collect())
}

/// Asks the binary everything in a data folder of its own, and writes what it answers.
pub(super) fn write(workspace: &Workspace, binary: &Path) -> Result<()> {
    let list = List::read(workspace)?;
    let data = workspace.target().join("xtask/answers");
    if data.exists() {
        fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", workspace.show(&data)))?;
    }
    fs::create_dir_all(&data).with_context(|| format!("cannot create {}", workspace.show(&data)))?;
    let settings = data.join("wayside.toml");
    fs::write(&settings, &list.settings).with_context(|| format!("cannot write {}", workspace.show(&settings)))?;
    let ask = |command: &str| {
        Tool::new(binary)
            .args(command.split_whitespace())
            .env("WAYSIDE_DATA", &data)
            .without_env("WAYSIDE_TRAFFIC")
            .dir(workspace.root())
            .output()
    };
    for command in &list.fill {
        say("types", &format!("wayside {command}"));
        ask(command)?;
    }
    for (name, command) in &list.answers {
        write_file(workspace, &file(name), &ask(command)?)?;
    }
    remove_others(workspace, &list)
}

/// Removes answers to questions that are no longer asked.
fn remove_others(workspace: &Workspace, list: &List) -> Result<()> {
    let folder = workspace.path(FOLDER);
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {FOLDER}"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !list.answers.contains_key(&name) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", workspace.show(&path)))?;
            say("types", &format!("removed {}", workspace.show(&path)));
        }
    }
    Ok(())
}

impl List {
    fn read(workspace: &Workspace) -> Result<Self> {
        let text = fs::read_to_string(workspace.path(LIST)).with_context(|| format!("cannot read {LIST}"))?;
        toml::from_str(&text).with_context(|| format!("{LIST} is not understood"))
    }
}

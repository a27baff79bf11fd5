//! The npm packages.

use std::path::Path;

use anyhow::{Context, Result};

use super::archive::{copy, copy_folder};
use crate::run::Tool;
use crate::workspace::Workspace;

/// Packs both into `folder`, each with the licence, which npm looks for beside `package.json`.
pub(super) fn pack(workspace: &Workspace, folder: &Path) -> Result<()> {
    for package in PACKAGES {
        let stage = tempfile::tempdir().context("cannot create a folder for an npm package")?;
        let source = workspace.path(package);
        for file in ["package.json", "README.md"] {
            copy(&source.join(file), &stage.path().join(file))?;
        }
        copy(&workspace.path("LICENSE"), &stage.path().join("LICENSE"))?;
        copy_folder(&source.join("dist"), &stage.path().join("dist"))?;
        Tool::new("npm")
            .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
            .arg(folder)
            .dir(stage.path())
            .run_quietly()?;
    }
    Ok(())
}

/// The packages that users install.
const PACKAGES: [&str; 2] = ["js/tracker", "js/testing"];

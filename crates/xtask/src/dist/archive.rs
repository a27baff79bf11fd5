//! The release archive.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use walkdir::WalkDir;

use super::{Release, licences};
use crate::run::Tool;
use crate::workspace::Workspace;

/// Packs binary, licences, docs and examples. The same inputs result in the same bytes.
pub(super) fn pack(workspace: &Workspace, release: &Release, binary: &Path) -> Result<()> {
    let stage = tempfile::tempdir().context("cannot create a folder for the archive's files")?;
    let folder = stage.path().join(release.name());
    copy(binary, &folder.join("wayside"))?;
    for file in ["README.md", "LICENSE", "CHANGELOG.md"] {
        copy(&workspace.path(file), &folder.join(file))?;
    }
    copy_folder(&workspace.path("docs"), &folder.join("docs"))?;
    copy_folder(&workspace.path("examples/deploy"), &folder.join("deploy"))?;
    fs::create_dir(folder.join("deploy/data")).context("cannot create the container's empty data folder")?;
    let third = folder.join("THIRD-PARTY.txt");
    fs::write(&third, licences::text(workspace)?).with_context(|| format!("cannot write {}", third.display()))?;
    Tool::new("tar")
        .args([
            "--sort=name",
            "--owner=0",
            "--group=0",
            "--numeric-owner",
            "--mode=u=rwX,go=rX",
        ])
        .arg(format!("--mtime=@{}", time(workspace)?))
        .args(["--use-compress-program=gzip -n", "--create", "--file"])
        .arg(release.archive())
        .arg(release.name())
        .dir(stage.path())
        .run()
}

/// Time of the last commit in seconds since 1970; the time of the build would change the checksum.
fn time(workspace: &Workspace) -> Result<String> {
    let time = Tool::new("git")
        .args(["-c", "safe.directory=*", "log", "-1", "--format=%ct"])
        .dir(workspace.root())
        .output()?;
    Ok(time.trim().to_owned())
}

pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry.with_context(|| format!("cannot look through {}", from.display()))?;
        if entry.file_type().is_file() {
            copy(entry.path(), &to.join(entry.path().strip_prefix(from)?))?;
        }
    }
    Ok(())
}

/// Copies a file; creates its folder.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

//! Installs the packed release by the commands of README.md and docs/deploy.md.
//!
//! The commands run as they are written, by root, in namespaces of their own: changes of `/etc`, `/usr` and `/var` are kept in
//! memory, and the network is a loopback on which every port is free. nginx, Caddy, useradd and the binary are the real
//! ones. systemd cannot run there: a replacement of `systemctl` starts the command of the real unit file, after `systemd-analyze verify`.

mod page;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Release;
use super::archive::copy;
use crate::run::say;
use crate::setup::{self, apt};
use crate::workspace::Workspace;
use page::Page;

/// Runs the commands of the pages; fails at the first command that fails.
pub(super) fn run(workspace: &Workspace, release: &Release) -> Result<()> {
    setup::nginx::ready()?;
    setup::deploy::ready()?;
    let folder = tempfile::tempdir().context("cannot create a folder to install in")?;
    for entry in fs::read_dir(&release.folder)? {
        let path = entry?.path();
        copy(&path, &folder.path().join("download").join(super::name(&path)))?;
    }
    let readme = Page::read(workspace, "README.md")?;
    let collector = Page::read(workspace, "docs/collector.md")?;
    let deploy = Page::read(workspace, "docs/deploy.md")?;
    let visit = collector.script("Sending a batch")?;
    for (name, text) in [
        ("machine", MACHINE.to_owned()),
        ("systemctl", SYSTEMCTL.to_owned()),
        ("sudo", SUDO.to_owned()),
        ("visit", visit),
        ("archive", readme.script("From the archive")?),
        ("serve", readme.script("Start it")?),
        ("look", readme.script("Look at it")?),
        ("report", readme.script("Read a report")?),
        ("image", readme.script("As a container")?),
        ("npm", readme.script("With a bundler")?),
        ("deploy", deploy.script_without("Caddy")?),
        ("caddy", deploy.script("Caddy")?),
        ("local", LOCAL.to_owned()),
        ("node", NODE.to_owned()),
        ("container", CONTAINER.to_owned()),
        ("packages", PACKAGES.to_owned()),
    ] {
        let path = folder.path().join("scripts").join(name);
        fs::create_dir_all(folder.path().join("scripts"))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for (script, about) in [
        (
            "local",
            "README.md: unpack the archive, start it, send a visit, read a report",
        ),
        ("packages", "README.md: install the npm packages"),
        (
            "container",
            "README.md: build the container, start it, send a visit, check its health",
        ),
        ("node", "docs/deploy.md: user, unit, proxies with TLS, backup, upgrade"),
    ] {
        say("try", about);
        isolated(folder.path(), script)?;
    }
    say("try", "everything is installed and works as the pages say");
    Ok(())
}

/// Runs a script of the folder in namespaces of its own.
fn isolated(folder: &Path, script: &str) -> Result<()> {
    apt::root("unshare")?
        .args([
            "--mount",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "bash",
        ])
        .arg(folder.join("scripts/machine"))
        .arg(folder)
        .arg(script)
        .hint("the command that failed stands above")
        .run()
}

/// Sets up the machine in which a script runs.
const MACHINE: &str = include_str!("machine.sh");
const SYSTEMCTL: &str = include_str!("systemctl.sh");
/// A replacement of `sudo` for machines without it, which have no other users either.
const SUDO: &str = include_str!("sudo.sh");
/// The setup and cleanup around the commands of the pages.
const LOCAL: &str = include_str!("local.sh");
const PACKAGES: &str = include_str!("packages.sh");
const CONTAINER: &str = include_str!("container.sh");
const NODE: &str = include_str!("node.sh");

//! The files that users install: the release archive, the npm packages and their checksums, in `target/dist`.

mod archive;
mod binary;
mod licences;
mod npm;
mod trial;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::run::say;
use crate::workspace::Workspace;

/// Which binary to pack, and whether to install it.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Cargo profile of the binary; `dev` tries the packaging without a release build
    #[arg(long, value_name = "PROFILE", default_value = RELEASE)]
    profile: String,
    /// Then follow README.md and docs/deploy.md with it in an empty folder: install, serve, proxy, back up, upgrade
    #[arg(long = "try")]
    tried: bool,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask dist                       what a release publishes; half an hour the first time on two cores
  cargo xtask dist --profile dev --try   what CI does: the same steps with the binary of the tests

It writes to target/dist:
  wayside-VERSION-x86_64-linux.tar.gz    the static binary, licences, docs, and files for systemd, nginx, Caddy and containers
  wayside-tracker-VERSION.tgz            the npm package @wayside/tracker
  wayside-testing-VERSION.tgz            the npm package @wayside/testing
  SHA256SUMS                             their checksums, for `sha256sum --check`";

impl Options {
    /// Options of CI: it packs with the profile of the tests, so that no dependency is compiled again.
    pub(crate) fn trying() -> Self {
        Self {
            profile: "dev".into(),
            tried: true,
        }
    }
}

/// Packs everything again and prints the sizes.
///
/// # Errors
///
/// When something cannot be built, a release binary is over its budget, or one of the documented steps fails.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let release = Release::new(workspace)?;
    if release.folder.exists() {
        fs::remove_dir_all(&release.folder).with_context(|| format!("cannot empty {}", release.folder.display()))?;
    }
    fs::create_dir_all(&release.folder).with_context(|| format!("cannot create {}", release.folder.display()))?;
    let binary = binary::build(workspace, &options.profile)?;
    let bytes = size(&binary)?;
    archive::pack(workspace, &release, &binary)?;
    npm::pack(workspace, &release.folder)?;
    let made = write_sums(&release.folder)?;

    println!("{:<44} {:>7.1} MB", "wayside, static and stripped", megabytes(bytes));
    for path in &made {
        println!("{:<44} {:>7.1} MB", name(path), megabytes(size(path)?));
    }
    println!("in {}", release.folder.display());
    if options.profile == RELEASE {
        Budget::read(workspace)?.hold(bytes)?;
    } else {
        say("dist", "the budget of the binary is for the release profile");
    }
    if options.tried {
        trial::run(workspace, &release)?;
    }
    Ok(())
}

/// Paths and names of the files of one version.
struct Release {
    folder: PathBuf,
    version: String,
}

impl Release {
    fn new(workspace: &Workspace) -> Result<Self> {
        #[derive(Deserialize)]
        struct Manifest {
            workspace: Shared,
        }
        #[derive(Deserialize)]
        struct Shared {
            package: Package,
        }
        #[derive(Deserialize)]
        struct Package {
            version: String,
        }
        let text = fs::read_to_string(workspace.path("Cargo.toml")).context("cannot read Cargo.toml")?;
        let manifest: Manifest = toml::from_str(&text).context("Cargo.toml has no workspace.package.version")?;
        Ok(Self {
            folder: workspace.target().join("dist"),
            version: manifest.workspace.package.version,
        })
    }

    /// The folder inside the archive: the archive's name without its extension.
    fn name(&self) -> String {
        format!("wayside-{}-x86_64-linux", self.version)
    }

    fn archive(&self) -> PathBuf {
        self.folder.join(format!("{}.tar.gz", self.name()))
    }
}

/// Budget for the size of the release binary.
#[derive(Deserialize)]
struct Budget {
    binary: BTreeMap<String, u64>,
}

impl Budget {
    fn read(workspace: &Workspace) -> Result<Self> {
        let text = fs::read_to_string(workspace.path(BUDGETS)).with_context(|| format!("cannot read {BUDGETS}"))?;
        toml::from_str(&text).with_context(|| format!("{BUDGETS} has no table [binary]"))
    }

    fn hold(&self, bytes: u64) -> Result<()> {
        let most = self
            .binary
            .get("stripped")
            .context("the budget of the binary is `stripped`")?;
        if bytes > *most {
            bail!(
                "the release binary is {} bytes over the budget of {BUDGETS}; make it smaller, or raise the budget with a line in \
                 CHANGELOG.md",
                bytes - most
            );
        }
        Ok(())
    }
}

/// Writes SHA256SUMS for the files of the folder, and returns all files by name.
fn write_sums(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    let mut sums = String::new();
    for file in &files {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let sum: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        sums.push_str(&format!("{sum}  {}\n", name(file)));
    }
    let list = folder.join("SHA256SUMS");
    fs::write(&list, sums).with_context(|| format!("cannot write {}", list.display()))?;
    files.push(list);
    Ok(files)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn size(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .len())
}

#[expect(clippy::cast_precision_loss, reason = "a size for people, with one decimal")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

const RELEASE: &str = "release";
const BUDGETS: &str = "tests/budgets.toml";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_over_the_budget_fails() {
        let budget: Budget = toml::from_str("[binary]\nstripped = 100").unwrap();
        budget.hold(100).unwrap();
        let error = budget.hold(101).unwrap_err().to_string();
        assert!(error.contains("1 bytes over"), "{error}");
    }

    #[test]
    fn sums_are_those_of_sha256sum() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "abc").unwrap();
        fs::write(folder.path().join("a"), "").unwrap();
        let made = write_sums(folder.path()).unwrap();
        assert_eq!(
            made.iter().map(|path| name(path)).collect::<Vec<_>>(),
            ["a", "b", "SHA256SUMS"]
        );
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n\
                        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b\n";
        assert_eq!(fs::read_to_string(&made[2]).unwrap(), expected);
    }
}

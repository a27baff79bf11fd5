//! npm packages, by the lock file.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::run::{Tool, find_program, say};
use crate::workspace::Workspace;

/// Brings `node_modules` to what `package-lock.json` says.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    install_in(workspace, "")
}

/// The same for a folder (with its `/`) that has packages of its own.
pub(crate) fn install_in(workspace: &Workspace, folder: &str) -> Result<()> {
    let lock = format!("{folder}package-lock.json");
    let wanted = Lock::read(workspace, &lock)?.with_context(|| format!("{lock} is missing"))?;
    let there = Lock::read(workspace, &format!("{folder}node_modules/.package-lock.json"))?;
    if there.is_some_and(|there| there.satisfies(&wanted)) {
        return Ok(());
    }
    if find_program(&["npm"]).is_none() {
        bail!("npm is not on the PATH; install Node.js 20 or newer");
    }
    say(
        "setup",
        &format!("npm ci, because {folder}node_modules is not what {lock} says"),
    );
    Tool::new("npm")
        .args(["ci", "--no-fund", "--no-audit", "--loglevel=error"])
        .dir(&workspace.path(folder))
        .hint("is the npm registry reachable, and do package.json and package-lock.json agree (`npm install`)?")
        .run()
}

/// A lock file; npm writes one of what is installed, too.
#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, Package>,
}

#[derive(Deserialize)]
struct Package {
    version: Option<String>,
    integrity: Option<String>,
    /// Of another platform, perhaps.
    #[serde(default)]
    optional: bool,
}

impl Lock {
    fn read(workspace: &Workspace, file: &str) -> Result<Option<Self>> {
        match fs::read_to_string(workspace.path(file)) {
            Ok(text) => Ok(Some(
                serde_json::from_str(&text).with_context(|| format!("{file} is no lock file"))?,
            )),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {file}")),
        }
    }

    /// Whether what is installed is what is wanted: all of it, in these versions, and nothing else.
    fn satisfies(&self, wanted: &Self) -> bool {
        let outside = |(path, package): (&String, &Package)| path.starts_with("node_modules/") && !package.optional;
        let missing = wanted
            .packages
            .iter()
            .any(|(path, package)| outside((path, package)) && !self.packages.contains_key(path));
        let differs = |(path, there): (&String, &Package)| {
            wanted
                .packages
                .get(path)
                .is_none_or(|package| package.version != there.version || package.integrity != there.integrity)
        };
        !missing && !self.packages.iter().any(differs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &str = r#"{"packages": {
        "": {}, "js/tracker": {"version": "0.1.0"}, "node_modules/@wayside/tracker": {},
        "node_modules/vite": {"version": "8.3.8", "integrity": "sha512-a"},
        "node_modules/@esbuild/win32": {"version": "1.0.0", "optional": true}}}"#;

    #[track_caller]
    fn check(there: &str, satisfied: bool) {
        let read = |text| serde_json::from_str::<Lock>(text).unwrap();
        assert_eq!(read(there).satisfies(&read(WANTED)), satisfied, "{there}");
    }

    #[test]
    fn packages_of_other_platforms_may_be_missing() {
        check(
            r#"{"packages": {"node_modules/@wayside/tracker": {}, "node_modules/vite": {"version": "8.3.8", "integrity": "sha512-a"}}}"#,
            true,
        );
    }

    #[test]
    fn a_missing_or_other_or_stray_package_is_seen() {
        check(r#"{"packages": {"node_modules/@wayside/tracker": {}}}"#, false);
        check(
            r#"{"packages": {"node_modules/@wayside/tracker": {}, "node_modules/vite": {"version": "8.3.7"}}}"#,
            false,
        );
        check(
            r#"{"packages": {"node_modules/@wayside/tracker": {}, "node_modules/left-pad": {"version": "1.0.0"},
                "node_modules/vite": {"version": "8.3.8", "integrity": "sha512-a"}}}"#,
            false,
        );
    }
}

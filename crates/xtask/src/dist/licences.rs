//! The licences of everything inside the binary: `THIRD-PARTY.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use walkdir::WalkDir;

use crate::run::Tool;
use crate::workspace::Workspace;

/// Lists each part with its licence, then each licence text once, with the parts to which it applies.
pub(super) fn text(workspace: &Workspace) -> Result<String> {
    let mut parts = crates(workspace)?;
    for package in NPM {
        parts.push(Part::of_npm(&workspace.path("node_modules").join(package))?);
    }
    parts.push(Part::libc()?);
    write(&parts)
}

/// A third-party part of the binary.
struct Part {
    name: String,
    licence: String,
    texts: Vec<PathBuf>,
}

impl Part {
    fn of_npm(folder: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Package {
            name: String,
            version: String,
            license: String,
        }
        let path = folder.join("package.json");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let package: Package = serde_json::from_str(&text)
            .with_context(|| format!("{} does not say name, version and license", path.display()))?;
        Ok(Self {
            name: format!("{} {}", package.name, package.version),
            licence: package.license,
            texts: texts(folder)?,
        })
    }

    /// The C library, which is linked statically. Its licence requires that users can link the program with another one: from
    /// the sources, `cargo xtask dist` does.
    fn libc() -> Result<Self> {
        let missing = "cannot read the C library's licence; install Debian's libc6-dev and base-files";
        let texts: Vec<PathBuf> = LIBC.iter().map(PathBuf::from).collect();
        for text in &texts {
            fs::metadata(text).context(missing)?;
        }
        Ok(Self {
            name: "glibc (the GNU C Library)".into(),
            licence: "LGPL-2.1-or-later; to link with another version, build Wayside from its sources with `cargo xtask dist`".into(),
            texts,
        })
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dep>,
}

#[derive(Deserialize)]
struct Dep {
    pkg: String,
    dep_kinds: Vec<DepKind>,
}

#[derive(Deserialize)]
struct DepKind {
    /// `None` is an ordinary dependency; else `dev` or `build`.
    kind: Option<String>,
}

/// The third-party crates on which the binary and the page's module depend.
fn crates(workspace: &Workspace) -> Result<Vec<Part>> {
    let metadata = Tool::new("cargo")
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .dir(workspace.root())
        .output()?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("cannot read `cargo metadata`")?;
    let linked = linked(&metadata);
    let mut parts = Vec::new();
    for package in &metadata.packages {
        if package.source.is_none() || !linked.contains(package.id.as_str()) {
            continue;
        }
        let folder = package.manifest_path.parent().context("a manifest has a folder")?;
        parts.push(Part {
            name: format!("{} {}", package.name, package.version),
            licence: package.license.clone().unwrap_or_else(|| "see its text".into()),
            texts: texts(folder)?,
        });
    }
    Ok(parts)
}

/// Ids of the packages that the roots reach by ordinary dependencies.
fn linked(metadata: &Metadata) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Node> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node))
        .collect();
    let roots = metadata
        .packages
        .iter()
        .filter(|package| ROOTS.contains(&package.name.as_str()));
    let mut waiting: Vec<&str> = roots.map(|package| package.id.as_str()).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if found.insert(id) {
            let deps = nodes.get(id).into_iter().flat_map(|node| &node.deps);
            let ordinary = deps.filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind.is_none()));
            waiting.extend(ordinary.map(|dep| dep.pkg.as_str()));
        }
    }
    found
}

/// The licence files of a package, its own and those of C code one folder below, which some crates carry.
fn texts(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).max_depth(2).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot look through {}", folder.display()))?;
        if entry.file_type().is_file() && is_licence(&entry.file_name().to_string_lossy()) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

fn is_licence(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let code = [".RS", ".C", ".H", ".PY", ".JS", ".TOML", ".JSON"];
    ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"]
        .iter()
        .any(|start| upper.starts_with(start))
        && !code.iter().any(|end| upper.ends_with(end))
}

fn write(parts: &[Part]) -> Result<String> {
    let mut page = String::from(INTRODUCTION);
    let mut owners: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for part in parts {
        page.push_str(&format!("{}: {}\n", part.name, part.licence));
        for path in &part.texts {
            let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            let names = owners.entry(text).or_default();
            if names.last() != Some(&part.name.as_str()) {
                names.push(&part.name);
            }
        }
    }
    for (text, names) in owners {
        page.push_str(&format!("\n{RULE}\n{}\n{RULE}\n\n{text}\n", names.join(", ")));
    }
    Ok(page)
}

/// The crates that are compiled into the binary: itself, and the page's module, which it serves.
const ROOTS: [&str; 2] = ["wayside-cli", "wayside-web"];
/// The npm packages whose code is in the dashboard's page.
const NPM: [&str; 4] = ["echarts", "zrender", "tslib", "@fontsource-variable/hanken-grotesk"];
const LIBC: [&str; 2] = [
    "/usr/share/doc/libc6-dev/copyright",
    "/usr/share/common-licenses/LGPL-2.1",
];
const RULE: &str = "----------------------------------------------------------------------";
const INTRODUCTION: &str = "\
The program `wayside` contains software of others. This list names each part and its licence; the texts of the licences follow.

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_files_are_recognised_by_their_names() {
        for name in ["LICENSE", "LICENSE-MIT", "licence.txt", "COPYING", "NOTICE"] {
            assert!(is_licence(name), "{name}");
        }
        for name in ["license.rs", "README.md", "notice.h"] {
            assert!(!is_licence(name), "{name}");
        }
    }

    #[test]
    fn a_licence_text_is_listed_once_with_all_its_packages() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("LICENSE");
        fs::write(&text, "Do as you like.\n").unwrap();
        let part = |name: &str| Part {
            name: name.into(),
            licence: "MIT".into(),
            texts: vec![text.clone()],
        };
        let page = write(&[part("a 1"), part("b 2")]).unwrap();
        assert_eq!(page.matches("Do as you like.").count(), 1, "{page}");
        assert!(
            page.contains("a 1: MIT\nb 2: MIT\n") && page.contains("a 1, b 2\n"),
            "{page}"
        );
    }

    #[test]
    fn build_and_test_dependencies_are_not_linked() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"packages": [{"id": "cli", "name": "wayside-cli", "version": "1", "license": null, "source": null, "manifest_path": "/"}],
                "resolve": {"nodes": [
                  {"id": "cli", "deps": [{"pkg": "used", "dep_kinds": [{"kind": null}]}, {"pkg": "cc", "dep_kinds": [{"kind": "build"}]}]},
                  {"id": "used", "deps": [{"pkg": "deep", "dep_kinds": [{"kind": "dev"}, {"kind": null}]}]}]}}"#,
        )
        .unwrap();
        assert_eq!(
            linked(&metadata).into_iter().collect::<Vec<_>>(),
            ["cli", "deep", "used"]
        );
    }
}

//! The check of dependencies: `cargo metadata` must match the table "Crates" of ARCHITECTURE.md, the list of libraries
//! and the bans below.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::run::Tool;
use crate::workspace::Workspace;

/// The broken rules.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let page = fs::read_to_string(workspace.path(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let metadata = Tool::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .dir(workspace.root())
        .output()?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("cannot read `cargo metadata`")?;
    let mut problems = problems(&parse_table(&page), &metadata.packages);
    let list = fs::read_to_string(workspace.path(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    problems.extend(unexplained(&list, &metadata.packages));
    Ok(problems)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None` for an ordinary dependency, otherwise `dev` or `build`.
    kind: Option<String>,
    features: Vec<String>,
}

/// For each crate, the workspace's crates that it may depend on.
type Table = BTreeMap<String, BTreeSet<String>>;

/// Parses the table below the heading `## Crates`: the first and the last cell of each row.
fn parse_table(page: &str) -> Table {
    page.lines()
        .skip_while(|line| *line != "## Crates")
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| {
            let cells: Vec<&str> = line
                .strip_prefix("| `")?
                .trim_end_matches('|')
                .split('|')
                .map(str::trim)
                .collect();
            let uses = cells
                .last()?
                .split(',')
                .map(|name| name.trim().to_owned())
                .filter(|name| name != "–")
                .collect();
            Some((cells.first()?.trim_matches('`').to_owned(), uses))
        })
        .collect()
}

fn problems(table: &Table, packages: &[Package]) -> Vec<String> {
    let mut problems = Vec::new();
    let names: BTreeSet<&str> = packages.iter().map(|package| short(&package.name)).collect();
    for missing in table.keys().filter(|name| !names.contains(name.as_str())) {
        problems.push(format!("{PAGE}: the table lists `{missing}`, which is not a crate"));
    }
    for package in packages {
        let name = short(&package.name);
        let Some(may_use) = table.get(name) else {
            problems.push(format!("{PAGE}: the table lacks the crate `{name}`"));
            continue;
        };
        for dependency in &package.dependencies {
            problems.extend(problem(name, may_use, dependency));
        }
    }
    problems
}

fn problem(name: &str, may_use: &BTreeSet<String>, dependency: &Dependency) -> Option<String> {
    let file = format!("crates/{name}/Cargo.toml");
    let used = dependency.name.as_str();
    if dependency.kind.as_deref() == Some("dev") {
        return None;
    }
    if let Some(ours) = used.strip_prefix("wayside-") {
        return (!may_use.contains(ours))
            .then(|| format!("{file}: `{name}` may not depend on `{ours}`; the table of {PAGE} says so"));
    }
    if let Some((_, allowed)) = ONLY.iter().find(|(pure, _)| *pure == name)
        && !allowed.contains(&used)
    {
        return Some(format!("{file}: `{name}` is pure and may not depend on `{used}`"));
    }
    for ban in &BANS {
        let banned = ban.names.iter().any(|prefix| used.starts_with(prefix)) && !ban.except.contains(&name);
        if banned {
            return Some(format!("{file}: `{name}` may not depend on `{used}`: {}", ban.reason));
        }
    }
    if name == "store" && dependency.features.iter().any(|feature| feature == "datafusion") {
        return Some(format!(
            "{file}: `{used}` may not use its feature `datafusion`, because the collector would then contain it"
        ));
    }
    None
}

/// Third-party crates that are missing from the list.
fn unexplained(list: &str, packages: &[Package]) -> Vec<String> {
    let explained: BTreeSet<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split('|').next())
        .flat_map(|names| names.split([',', ' ', '`']))
        .collect();
    let used: BTreeSet<&str> = packages
        .iter()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| dependency.name.as_str())
        .collect();
    used.into_iter()
        .filter(|name| !name.starts_with("wayside-") && !explained.contains(name))
        .map(|name| format!("{LIST}: does not say why `{name}` is there and under which licence"))
        .collect()
}

fn short(package: &str) -> &str {
    package.strip_prefix("wayside-").unwrap_or(package)
}

/// Pure crates and the third-party crates that they may use.
const ONLY: [(&str, &[&str]); 2] = [("model", &["serde"]), ("tracker", &["serde"])];

/// Third-party crates, by the beginning of their names, that only some of the workspace's crates may use.
struct Ban {
    names: &'static [&'static str],
    except: &'static [&'static str],
    reason: &'static str,
}

const BANS: [Ban; 4] = [
    Ban {
        names: &["web-sys", "js-sys", "wasm-bindgen", "serde-wasm-bindgen", "gloo"],
        except: &["web", "xtask"],
        reason: "only `web` may use the browser's API",
    },
    Ban {
        names: &["datafusion"],
        except: &["analyzer", "cli"],
        reason: "accepting and storing events must not wait for a query engine",
    },
    Ban {
        names: &["axum", "tower", "hyper"],
        except: &["collector", "cli"],
        reason: "only `collector` and `cli` may use HTTP",
    },
    Ban {
        names: &["proptest"],
        except: &["testkit"],
        reason: "it is a tool of tests",
    },
];

const PAGE: &str = "ARCHITECTURE.md";
const LIST: &str = "docs/dependencies.md";

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# A\n## Crates\n\n| crate | holds | may depend on (of ours) |\n| --- | --- | --- |\n\
        | `model` | fields, ids | – |\n| `store` | the log | model |\n\n## Next\n| `web` | x | model |\n";

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependencies = dependencies
            .iter()
            .map(|(name, kind)| Dependency {
                name: (*name).to_owned(),
                kind: kind.map(str::to_owned),
                features: Vec::new(),
            })
            .collect();
        Package {
            name: format!("wayside-{name}"),
            dependencies,
        }
    }

    #[track_caller]
    fn check(packages: &[Package], expected: &[&str]) {
        let problems = problems(&parse_table(TABLE), packages);
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, part) in problems.iter().zip(expected) {
            assert!(problem.contains(part), "{problem}");
        }
    }

    #[test]
    fn dependencies_in_the_table_are_allowed() {
        check(
            &[
                package("model", &[("serde", None)]),
                package("store", &[("wayside-model", None), ("arrow", None)]),
            ],
            &[],
        );
    }

    #[test]
    fn a_dependency_missing_from_the_table_is_found() {
        check(
            &[package("model", &[("wayside-store", None)]), package("store", &[])],
            &["`model` may not depend on `store`"],
        );
    }

    #[test]
    fn tests_may_use_any_crate() {
        check(
            &[
                package("model", &[("proptest", Some("dev"))]),
                package("store", &[("wayside-testkit", Some("dev"))]),
            ],
            &[],
        );
    }

    #[test]
    fn bans_are_enforced() {
        check(
            &[
                package("model", &[("chrono", None)]),
                package("store", &[("datafusion-expr", None), ("axum", Some("build"))]),
            ],
            &["is pure", "query engine", "may use HTTP"],
        );
    }

    #[test]
    fn every_dependency_is_explained() {
        let packages = [package(
            "store",
            &[("serde_json", None), ("redb", None), ("wayside-model", None)],
        )];
        let problems = unexplained("| name | why |\n| serde, serde_json (tests) | reading |\n", &packages);
        assert_eq!(
            problems,
            ["docs/dependencies.md: does not say why `redb` is there and under which licence"]
        );
    }

    #[test]
    fn table_and_crates_list_the_same_names() {
        check(
            &[package("model", &[]), package("cli", &[])],
            &["lists `store`", "lacks the crate `cli`"],
        );
    }
}

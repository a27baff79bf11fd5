//! Set-up of the browsers of `tests/engines`: Chromium, Firefox and WebKit, each with its own WebDriver.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::apt;
use crate::run::{Tool, find_program, say};
use crate::workspace::Workspace;

/// Where the engines are that are not looked for by name.
pub(crate) struct Engines {
    pub(crate) chromium: &'static str,
    pub(crate) firefox: &'static str,
    pub(crate) geckodriver: PathBuf,
}

/// All three engines, installed where that is possible; fails with what the reader should install.
pub(crate) fn ready(workspace: &Workspace) -> Result<Engines> {
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(names, _)| find_program(names).is_none())
        .map(|(_, package)| *package)
        .collect();
    if !missing.is_empty() {
        say("setup", "the tests in three engines need more than Chromium");
        apt::install(&missing)?;
    }
    Ok(Engines {
        chromium: super::needed_browser()?,
        firefox: find_program(&FIREFOX).context("there is no Firefox on the PATH")?,
        geckodriver: geckodriver(workspace)?,
    })
}

/// Firefox's driver, which Debian does not package.
fn geckodriver(workspace: &Workspace) -> Result<PathBuf> {
    if find_program(&["geckodriver"]).is_some() {
        return Ok("geckodriver".into());
    }
    let tools = workspace.target().join("tools");
    let installed = tools.join(format!("bin/geckodriver{}", std::env::consts::EXE_SUFFIX));
    if !installed.exists() {
        say(
            "setup",
            &format!(
                "cargo install geckodriver {GECKODRIVER} into {}, because Firefox is driven by it (some minutes, once)",
                workspace.show(&tools)
            ),
        );
        Tool::new("cargo")
            .args([
                "install",
                "geckodriver",
                "--version",
                GECKODRIVER,
                "--locked",
                "--quiet",
                "--root",
            ])
            .arg(&tools)
            .dir(workspace.root())
            // Cargo builds it in a folder that it removes, and not among what is built here.
            .without_env("CARGO_TARGET_DIR")
            .hint("is the registry of crates reachable? A geckodriver on the PATH does as well")
            .run()?;
    }
    Ok(installed)
}

/// One of these programs, or the Debian package that has it.
const PROGRAMS: [(&[&str], &str); 4] = [
    (&FIREFOX, "firefox-esr"),
    (&["WebKitWebDriver"], "webkit2gtk-driver"),
    (&["Xvfb"], "xvfb"),
    (&["dbus-run-session"], "dbus"),
];
/// Firefox' programs, the long-term one first: it changes least between two runs.
const FIREFOX: [&str; 2] = ["/usr/bin/firefox-esr", "firefox"];
/// The newest; it drives Firefox 115 and later.
const GECKODRIVER: &str = "0.37.1";

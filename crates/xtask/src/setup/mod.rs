//! Installing what is missing, and only that.

pub(crate) mod apt;
pub(crate) mod deploy;
pub(crate) mod engines;
pub(crate) mod nginx;
pub(crate) mod npm;
pub(crate) mod wasm_toolchain;

use anyhow::{Context, Result};

use crate::run::say;
use crate::workspace::Workspace;

/// All that any command needs.
pub(crate) fn everything(workspace: &Workspace) -> Result<()> {
    npm::install(workspace)?;
    wasm_toolchain::ready()?;
    match browser()? {
        Some(path) => say("setup", &format!("browser: {path}")),
        None => say(
            "setup",
            "no browser: browser tests cannot run, the demo imports recorded visits",
        ),
    }
    match engines::ready(workspace) {
        Ok(engines) => say(
            "setup",
            &format!("Firefox: {}, WebKit: WebKitWebDriver", engines.firefox),
        ),
        Err(error) => say("setup", &format!("the tests in three engines cannot run: {error:#}")),
    }
    Ok(())
}

/// The path of a Chromium, installed when that is possible.
pub(crate) fn browser() -> Result<Option<&'static str>> {
    const NAMES: [&str; 4] = ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"];
    if let Some(found) = crate::run::find_program(&NAMES) {
        if crate::run::find_program(&["chromedriver"]).is_none() {
            say(
                "setup",
                "no chromedriver beside Chromium; a test of js/testing drives by it",
            );
            // What is missing is said again by the test that misses it.
            if let Err(error) = apt::install(&["chromium-driver"]) {
                say("setup", &format!("{error:#}"));
            }
        }
        return Ok(Some(found));
    }
    say(
        "setup",
        "no Chromium on this machine; the visits of the demo and the browser tests need one",
    );
    match apt::install(&["chromium", "chromium-driver", "fonts-dejavu-core"]) {
        Ok(()) => Ok(crate::run::find_program(&NAMES)),
        Err(error) => {
            say("setup", &format!("{error:#}"));
            Ok(None)
        }
    }
}

/// The path of a Chromium, where nothing can take its place.
pub(crate) fn needed_browser() -> Result<&'static str> {
    browser()?.context("browser tests need Chromium; install it so that `chromium` is on the PATH")
}

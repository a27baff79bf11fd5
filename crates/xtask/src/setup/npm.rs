//! npm packages, by the lock file.

use anyhow::{Result, bail};

use crate::run::{Tool, find_program, say};
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Brings `node_modules` to what `package-lock.json` says.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    let stamp = Stamp::new(workspace, "npm", &["package-lock.json"])?;
    if stamp.is_fresh(&[workspace.path("node_modules/.package-lock.json")]) {
        return Ok(());
    }
    if find_program(&["npm"]).is_none() {
        bail!("npm is not on the PATH; install Node.js 20 or newer");
    }
    say(
        "setup",
        "npm ci, because node_modules is not what package-lock.json says",
    );
    Tool::new("npm")
        .args(["ci", "--no-fund", "--no-audit", "--loglevel=error"])
        .dir(workspace.root())
        .hint("is the npm registry reachable, and do package.json and package-lock.json agree (`npm install`)?")
        .run()?;
    stamp.write()
}

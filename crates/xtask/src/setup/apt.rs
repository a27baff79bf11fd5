//! Debian packages, where apt-get may run.

use anyhow::{Result, bail};

use crate::run::{Tool, find_program, say};

/// Installs packages without a question; fails with what the reader should type when it may not.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if find_program(&["apt-get"]).is_none() {
        bail!("there is no apt-get here; install the equivalents of these Debian packages: {list}");
    }
    let Some(root) = as_root() else {
        bail!("apt-get needs root; run: sudo apt-get install {list}");
    };
    say("setup", &format!("apt-get install {list}"));
    if root.apt_get(&["install"], packages).run().is_ok() {
        return Ok(());
    }
    // The lists may be missing (fresh container) or older than the archive.
    say("setup", "apt-get update, because the package lists seem old");
    root.apt_get(&["update"], &[]).run()?;
    root.apt_get(&["install"], packages)
        .hint("is the Debian archive reachable from here?")
        .run()
}

/// A program that runs as root.
pub(crate) fn root(program: &str) -> Result<Tool> {
    match as_root() {
        Some(Root::Already) => Ok(Tool::new(program)),
        Some(Root::Sudo) => Ok(Tool::new("sudo").args(["-n", program])),
        None => bail!("`{program}` needs root; allow sudo without a password, or run this as root"),
    }
}

enum Root {
    Already,
    Sudo,
}

impl Root {
    fn apt_get(&self, verb: &[&str], packages: &[&str]) -> Tool {
        let tool = match self {
            Self::Already => Tool::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive"),
            Self::Sudo => Tool::new("sudo").args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]),
        };
        tool.args(verb)
            .args(["-y", "-q", "--no-install-recommends"])
            .args(packages)
    }
}

fn as_root() -> Option<Root> {
    let id = Tool::new("id").arg("-u").output().ok()?;
    if id.trim() == "0" {
        return Some(Root::Already);
    }
    Tool::new("sudo").args(["-n", "true"]).succeeds().then_some(Root::Sudo)
}

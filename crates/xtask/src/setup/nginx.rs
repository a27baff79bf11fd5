//! nginx: a test of `wayside serve` puts the real one in front of it.

use anyhow::{Context, Result};

use super::apt;
use crate::run::{find_program, say};

/// Finds nginx or installs it; fails with what the reader should install.
pub(crate) fn ready() -> Result<()> {
    if find_program(&NAMES).is_some() {
        return Ok(());
    }
    say(
        "setup",
        "no nginx on this machine; a test passes requests to `wayside serve` by it",
    );
    apt::install(&["nginx-light"])?;
    find_program(&NAMES).context("nginx-light is installed, but there is no nginx on the PATH")?;
    Ok(())
}

/// Debian's place comes first: it is not on every user's PATH.
const NAMES: [&str; 2] = ["/usr/sbin/nginx", "nginx"];

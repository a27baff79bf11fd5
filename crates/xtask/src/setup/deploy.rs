//! Programs that the steps of docs/deploy.md need in addition to Wayside: the real Caddy, a builder of containers, systemd's check of
//! unit files, certificates.

use anyhow::{Context, Result};

use super::apt;
use crate::run::{find_program, say};

/// Finds the programs or installs them; the error names the package that is missing.
pub(crate) fn ready() -> Result<()> {
    for (program, package) in PROGRAMS {
        let names = [program, program.trim_start_matches("/usr/sbin/")];
        if find_program(&names).is_some() {
            continue;
        }
        say(
            "setup",
            &format!("no {program} on this machine; the steps of docs/deploy.md are tried with it"),
        );
        apt::install(&[package])?;
        find_program(&names)
            .with_context(|| format!("{package} is installed, but there is no {program} on the PATH"))?;
    }
    Ok(())
}

/// Programs and the Debian packages that contain them.
const PROGRAMS: [(&str, &str); 8] = [
    ("caddy", "caddy"),
    ("buildah", "buildah"),
    ("systemd-analyze", "systemd"),
    ("/usr/sbin/update-ca-certificates", "ca-certificates"),
    ("curl", "curl"),
    ("openssl", "openssl"),
    ("unshare", "util-linux"),
    ("ip", "iproute2"),
];

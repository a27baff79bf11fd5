//! Rules that no compiler enforces: dependencies between crates, generated files, and forbidden content of files.

mod dependencies;
mod files;

use anyhow::{Result, bail};

use crate::run::say;
use crate::types;
use crate::workspace::Workspace;

/// Checks all rules and fails with the list of broken ones.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut problems = dependencies::check(workspace)?;
    problems.extend(files::check(workspace)?);
    problems.extend(
        types::stale(workspace)?
            .iter()
            .map(|file| format!("{file}: is not what it is made from; run `cargo xtask types` and commit it")),
    );
    if problems.is_empty() {
        say("tidy", "dependencies, files and generated files are in order");
        return Ok(());
    }
    bail!("{} rules are broken:\n  {}", problems.len(), problems.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_checkout_is_tidy() {
        check(&Workspace::find().unwrap()).unwrap();
    }
}

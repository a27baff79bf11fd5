//! `wayside mappings`.

use anyhow::Result;
use clap::Args;
use wayside_analyzer::import::{READY, ready};

use crate::output::print;

/// Lists the shipped mappings of `wayside import --from`, or prints one, to be copied and changed.
#[derive(Args)]
pub(crate) struct Mappings {
    /// Which to print; left out: the names of all
    name: Option<String>,
}

impl Mappings {
    /// Runs it.
    pub(crate) fn run(self) -> Result<()> {
        let text = match self.name {
            Some(name) => ready(&name)?.text(),
            None => READY.iter().map(|ready| ready.name).collect::<Vec<_>>().join("\n"),
        };
        Ok(print(text.trim_end())?)
    }
}

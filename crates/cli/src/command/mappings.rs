//! `wayside mappings`.

use anyhow::Result;
use clap::Args;
use wayside_analyzer::import::{READY, ready};

use crate::output::print;

/// Lists the shipped mappings of `wayside import --from`, or prints one, so that you can copy and change it.
#[derive(Args)]
pub(crate) struct Mappings {
    /// The mapping to print [default: list all names]
    name: Option<String>,
}

impl Mappings {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<()> {
        let text = match self.name {
            Some(name) => ready(&name)?.text(),
            None => READY.iter().map(|ready| ready.name).collect::<Vec<_>>().join("\n"),
        };
        Ok(print(text.trim_end())?)
    }
}

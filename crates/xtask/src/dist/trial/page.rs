//! The commands of a Markdown page.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// A page by its headings.
pub(super) struct Page {
    name: &'static str,
    sections: Vec<Section>,
}

struct Section {
    heading: String,
    /// The unchanged blocks that are marked `sh`.
    commands: Vec<String>,
}

impl Page {
    pub(super) fn read(workspace: &Workspace, name: &'static str) -> Result<Self> {
        let text = fs::read_to_string(workspace.path(name)).with_context(|| format!("cannot read {name}"))?;
        Ok(Self::parse(name, &text))
    }

    fn parse(name: &'static str, text: &str) -> Self {
        let mut sections = vec![Section {
            heading: String::new(),
            commands: Vec::new(),
        }];
        let mut block: Option<(bool, String)> = None;
        for line in text.lines() {
            match (&mut block, line.strip_prefix("```")) {
                (None, Some(language)) => block = Some((language == "sh", String::new())),
                (None, None) => {
                    if let Some(heading) = line.strip_prefix('#') {
                        sections.push(Section {
                            heading: heading.trim_start_matches('#').trim().to_owned(),
                            commands: Vec::new(),
                        });
                    }
                }
                (Some((commands, text)), Some(_)) => {
                    if let (true, Some(section)) = (*commands, sections.last_mut()) {
                        section.commands.push(std::mem::take(text));
                    }
                    block = None;
                }
                (Some((_, text)), None) => {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        Self { name, sections }
    }

    /// The commands below one heading.
    pub(super) fn script(&self, heading: &str) -> Result<String> {
        self.joined(|section| section.heading == heading)
            .with_context(|| format!("{} has no commands below a heading {heading:?}", self.name))
    }

    /// The commands of the whole page except those below one heading.
    pub(super) fn script_without(&self, heading: &str) -> Result<String> {
        self.script(heading)?;
        self.joined(|section| section.heading != heading)
    }

    fn joined(&self, wanted: impl Fn(&Section) -> bool) -> Result<String> {
        let sections = self.sections.iter().filter(|section| wanted(section));
        let text: String = sections.flat_map(|section| section.commands.clone()).collect();
        if text.is_empty() {
            bail!("{} has no commands", self.name);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Page\n```sh\none\n```\n## Part\n```sh\ntwo # no heading\n# three\n```\n```console\n$ four\n```\n### Next\n```sh\nfive\n```\n";

    #[test]
    fn commands_are_found_by_their_heading() {
        let page = Page::parse("page.md", TEXT);
        assert_eq!(page.script("Part").unwrap(), "two # no heading\n# three\n");
        assert_eq!(page.script_without("Part").unwrap(), "one\nfive\n");
    }

    #[test]
    fn the_error_for_a_missing_heading_names_it() {
        let error = Page::parse("page.md", TEXT).script("Gone").unwrap_err().to_string();
        assert!(error.contains("page.md") && error.contains("Gone"), "{error}");
    }
}

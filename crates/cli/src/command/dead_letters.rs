//! `wayside dead-letters`.

mod words;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use wayside_model::SiteId;
use wayside_store::{DataWriter, Options};

use super::imports::AtServer;
use super::{Data, choose_site, configured, locked, mistake, now, site};
use crate::admin::Remote;
use crate::dead_letters::{self, Asked, LetterId, Listed, Sorted};
use crate::output::{self, Format, print};

/// Shows the events that were refused, stores them after all, or removes them.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeadLetters {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  wayside dead-letters list                        the latest ones with their reasons
  wayside dead-letters list --reason time          those whose clock, or this machine's, was wrong
  wayside dead-letters show ID                     one of them with its content
  wayside dead-letters replay --reason time        stores them, once this machine's clock is right
  wayside dead-letters replay --all --dry-run      only reports what would be stored
  wayside dead-letters drop --reason name          removes them for good
  wayside dead-letters list --server http://127.0.0.1:8787
                                                   through a running server, with its admin token";

#[derive(Subcommand)]
enum Action {
    #[command(about = "List the latest dead letters")]
    List(List),
    #[command(about = "Show one dead letter with its content")]
    Show(Show),
    #[command(about = "Read dead letters again, and store those that are accepted now")]
    Replay(Replay),
    #[command(about = "Remove dead letters for good")]
    Drop(DropLetters),
}

/// Where the letters are.
#[derive(Args)]
struct Place {
    /// The site; may be left out if there is only one
    #[arg(long, value_parser = site)]
    site: Option<SiteId>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    at: AtServer,
    /// How to print; left out: for people on a terminal, JSON when piped
    #[arg(long)]
    format: Option<Format>,
}

/// Lists the latest dead letters of a site in order of arrival. It can run while a server runs.
#[derive(Args)]
struct List {
    /// Only those of this reason, as the report `data-quality` names it
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// The most letters to list
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    place: Place,
}

/// Shows what is kept of a dead letter.
#[derive(Args)]
struct Show {
    /// The letter's id, as `list` shows it
    #[arg(value_parser = LetterId::parse)]
    id: LetterId,
    #[command(flatten)]
    place: Place,
}

/// Which letters to replay or to drop.
#[derive(Args)]
struct Chosen {
    /// Letters' ids, as `list` shows them
    #[arg(value_parser = LetterId::parse)]
    ids: Vec<LetterId>,
    /// All of this reason, as the report `data-quality` names it
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// All dead letters of the site
    #[arg(long, conflicts_with_all = ["ids", "reason"])]
    all: bool,
    /// Only report what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
}

/// Reads dead letters again by the rules and the clock of now. Those that are accepted become touchpoints with their own id and time, and
/// leave the list; a touchpoint that is there already counts once. The others stay, with the reason.
#[derive(Args)]
struct Replay {
    #[command(flatten)]
    chosen: Chosen,
}

/// Removes dead letters for good. They cannot be replayed afterwards.
#[derive(Args)]
struct DropLetters {
    #[command(flatten)]
    chosen: Chosen,
}

/// The treatment of chosen letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Replay,
    Drop,
}

impl DeadLetters {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        match self.action {
            Action::List(list) => list.run().await,
            Action::Show(show) => show.run().await,
            Action::Replay(replay) => replay.chosen.run(Deed::Replay).await,
            Action::Drop(dropping) => dropping.chosen.run(Deed::Drop).await,
        }
    }
}

impl Place {
    async fn list(&self, asked: Asked, limit: usize) -> Result<Listed> {
        match &self.at.server {
            Some(address) => {
                let remote = Remote::new(address, self.at.token()?)?;
                remote.dead_letters(self.site.as_ref(), &asked, limit).await
            }
            None => {
                let store = self.data.open()?;
                let site = choose_site(&store, self.site.as_ref()).await?;
                Ok(dead_letters::list(&store, &site, asked, limit).await?)
            }
        }
    }
}

impl List {
    async fn run(self) -> Result<()> {
        let asked = Asked {
            reason: self.reason,
            ..Asked::default()
        };
        let listed = self.place.list(asked, self.limit).await?;
        let text = match Format::or_fitting(self.place.format) {
            Format::Json => serde_json::to_string_pretty(&listed)?,
            Format::Table if listed.letters.is_empty() => format!("the site {} has no such dead letters", listed.site),
            format => output::table(&words::table(&listed), format)?,
        };
        Ok(print(&text)?)
    }
}

impl Show {
    async fn run(self) -> Result<()> {
        let asked = Asked {
            ids: [self.id].into(),
            reason: None,
        };
        let mut listed = self.place.list(asked, 1).await?;
        let Some(letter) = listed.letters.pop() else {
            bail!(
                "the site {} has no dead letter {}; it may have been replayed or dropped (`wayside dead-letters list`)",
                listed.site,
                self.id
            );
        };
        let text = match Format::or_fitting(self.place.format) {
            Format::Table => words::letter(&letter),
            Format::Json => serde_json::to_string_pretty(&letter)?,
            Format::Csv => {
                listed.letters.push(letter);
                output::table(&words::table(&listed), Format::Csv)?
            }
        };
        Ok(print(&text)?)
    }
}

impl Chosen {
    async fn run(self, deed: Deed) -> Result<()> {
        if self.ids.is_empty() && self.reason.is_none() && !self.all {
            return Err(mistake(
                "choose the dead letters: by their ids, with --reason CODE, or with --all (`wayside dead-letters list` shows them)",
            ));
        }
        let asked = Asked {
            ids: self.ids.iter().copied().collect(),
            reason: self.reason.clone(),
        };
        let sorted = match &self.place.at.server {
            Some(address) => {
                let remote = Remote::new(address, self.place.at.token()?)?;
                let site = self.place.site.as_ref();
                remote.sort_letters(deed, site, &asked, self.dry_run).await?
            }
            None => self.here(deed, &asked).await?,
        };
        Ok(print(&words::sorted(deed, &sorted, self.dry_run, self.place.format)?)?)
    }

    async fn here(&self, deed: Deed, asked: &Asked) -> Result<Sorted> {
        // A mistyped folder must not become a new one.
        let store = self.place.data.open()?;
        let site = choose_site(&store, self.place.site.as_ref()).await?;
        let own_hosts = configured(&store)?.map_or_else(String::new, |sites| sites.settings(&site).own_hosts.clone());
        let folder = &self.place.data.folder;
        let writer = DataWriter::lock(folder, Options::default()).await;
        let writer = writer.map_err(|error| locked(error, folder))?;
        let sorted = match deed {
            Deed::Replay => dead_letters::replay(&writer, &site, asked, self.dry_run, &own_hosts, now()).await?,
            Deed::Drop => dead_letters::drop_letters(&writer, &site, asked, self.dry_run).await?,
        };
        writer.compact().await?;
        writer.close().await?;
        Ok(sorted)
    }
}

//! `wayside erase` and `wayside export`.

use anyhow::Result;
use clap::Args;
use wayside_analyzer::KeptStates;
use wayside_analyzer::table::printable;
use wayside_model::{CustomerId, SiteId, VisitorId};
use wayside_store::{DataWriter, Options, Person};

use super::imports::AtServer;
use super::{Data, choose_site, config_of, locked, mistake, site};
use crate::admin::Remote;
use crate::output::{Format, print};
use crate::people::{self, ErasedPerson};

/// The person, the site and the place of the data.
#[derive(Args)]
struct Whose {
    /// The customer's id, as `identify` names it
    #[arg(long, value_name = "ID", value_parser = customer, conflicts_with = "visitor")]
    customer: Option<CustomerId>,
    /// A visitor's id; one who identified is the customer, with all other visitors
    #[arg(long, value_name = "ID", value_parser = visitor)]
    visitor: Option<VisitorId>,
    /// The site; may be left out if there is only one
    #[arg(long, value_parser = site)]
    site: Option<SiteId>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    at: AtServer,
}

fn customer(raw: &str) -> Result<CustomerId, String> {
    CustomerId::parse(raw).map_err(|error| error.to_string())
}

fn visitor(raw: &str) -> Result<VisitorId, String> {
    VisitorId::parse(raw).map_err(|error| error.to_string())
}

impl Whose {
    fn person(&self) -> Result<Person> {
        let person = people::person(self.customer.clone(), self.visitor.clone());
        person.map_err(|why| mistake(format!("{why}: --customer ID or --visitor ID")))
    }
}

/// Erases a customer's data for good: touchpoints, dead letters and identities, from the log, the table and what reports have kept. Data that
/// arrive afterwards under the same ids are new.
#[derive(Args)]
#[command(after_help = ERASE_EXAMPLES)]
pub(crate) struct Erase {
    #[command(flatten)]
    whose: Whose,
    /// Only report what would be erased
    #[arg(long)]
    dry_run: bool,
    /// How to print the result; left out: text on a terminal, JSON when piped
    #[arg(long)]
    format: Option<Format>,
}

const ERASE_EXAMPLES: &str = "\
Examples:
  wayside erase --customer c-1001 --dry-run      reports what would be erased
  wayside erase --customer c-1001                erases it, with all visitors who identified as c-1001
  wayside erase --visitor q3JvVd0kT5mX8sLwRzYb1A
  wayside erase --customer c-1001 --server http://127.0.0.1:8787
                                                 while `wayside serve` runs there";

/// Prints all that is stored of a customer as JSON: every touchpoint with its fields, and the dead letters.
#[derive(Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(crate) struct Export {
    #[command(flatten)]
    whose: Whose,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  wayside export --customer c-1001 > c-1001.json
  wayside export --visitor q3JvVd0kT5mX8sLwRzYb1A --site shop";

impl Erase {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        let person = self.whose.person()?;
        let erased = match &self.whose.at.server {
            Some(address) => {
                let remote = Remote::new(address, self.whose.at.token()?)?;
                remote.erase(self.whose.site.as_ref(), &person, self.dry_run).await?
            }
            None => self.here(&person).await?,
        };
        Ok(print(&self.shown(&erased)?)?)
    }

    async fn here(&self, person: &Person) -> Result<ErasedPerson> {
        // A mistyped folder must not become a new one.
        let store = self.whose.data.open()?;
        let site = choose_site(&store, self.whose.site.as_ref()).await?;
        let folder = &self.whose.data.folder;
        let writer = DataWriter::lock(folder, Options::default()).await;
        let writer = writer.map_err(|error| locked(error, folder))?;
        let erased = people::erase(&writer, &KeptStates::open(folder), &site, person, self.dry_run).await?;
        writer.close().await?;
        Ok(erased)
    }

    fn shown(&self, erased: &ErasedPerson) -> Result<String> {
        let ErasedPerson { site, events, dead, .. } = erased;
        Ok(match Format::or_fitting(self.format) {
            Format::Json => serde_json::to_string_pretty(erased)?,
            Format::Csv => format!("site,events,dead\n{site},{events},{dead}"),
            Format::Table => {
                let done = if self.dry_run { "would be erased" } else { "erased" };
                let visitors = erased.visitors.len();
                let mut text =
                    format!("site {site}: {events} touchpoints of {visitors} visitors and {dead} dead letters {done}");
                if *events == 0 && *dead == 0 {
                    text.push_str("\n  nothing is stored under this id; check its spelling and the site");
                }
                for path in &erased.aside {
                    text.push_str(&format!(
                        "\n  {} was put aside by a repair and may have data of this person; remove it",
                        printable(path)
                    ));
                }
                text
            }
        })
    }
}

impl Export {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        let person = self.whose.person()?;
        let data = match &self.whose.at.server {
            Some(address) => {
                let remote = Remote::new(address, self.whose.at.token()?)?;
                remote.export(self.whose.site.as_ref(), &person).await?
            }
            None => {
                let store = self.whose.data.open()?;
                let site = choose_site(&store, self.whose.site.as_ref()).await?;
                people::export(&store, &site, config_of(&store, &site)?, &person).await?
            }
        };
        Ok(print(&serde_json::to_string_pretty(&data)?)?)
    }
}

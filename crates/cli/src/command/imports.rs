//! `wayside imports`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use wayside_analyzer::table::{Cell, Column, Table, Unit};
use wayside_model::SiteId;
use wayside_store::{DataWriter, ImportRecord, Options};

use super::{Data, locked, now, site};
use crate::admin::{Remote, admin_token};
use crate::importing::Undone;
use crate::output::{self, Format, print};

/// Lists the imports of a data folder, or undoes one.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Imports {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  wayside imports list                   every import of the data folder, the latest one last
  wayside imports undo 3 --dry-run       reports the touchpoints that would be removed
  wayside imports undo 3                 removes its touchpoints; the same file can then be imported again
  wayside imports undo 3 --server http://127.0.0.1:8787
                                         while `wayside serve` runs there";

#[derive(Subcommand)]
enum Action {
    #[command(about = "List the imports of a data folder")]
    List(List),
    #[command(about = "Remove the touchpoints of an import")]
    Undo(Undo),
}

/// A running server in place of a data folder.
#[derive(Args)]
pub(crate) struct AtServer {
    /// A running `wayside serve` that does the work, as `http://127.0.0.1:8787`; it needs the admin token
    #[arg(long, value_name = "URL", env = "WAYSIDE_SERVER")]
    pub(crate) server: Option<String>,
    /// File with the server's admin token; left out: WAYSIDE_ADMIN_TOKEN
    #[arg(long, value_name = "FILE", env = "WAYSIDE_ADMIN_TOKEN_FILE")]
    admin_token_file: Option<PathBuf>,
}

impl AtServer {
    /// The admin token.
    pub(crate) fn token(&self) -> Result<Option<String>> {
        admin_token(self.admin_token_file.as_deref())
    }
}

/// Lists the imports of a data folder in order, with the counts of their rows and their state. It can run while a server runs.
#[derive(Args)]
struct List {
    /// Only those of this site
    #[arg(long, value_parser = site)]
    site: Option<SiteId>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    at: AtServer,
    /// How to print; left out: a table on a terminal, JSON when piped
    #[arg(long)]
    format: Option<Format>,
}

/// Removes the touchpoints and dead letters that this import added, and no other import contains, from every report and from the table.
/// Touchpoints that it replaced are not restored.
#[derive(Args)]
struct Undo {
    /// The import's number, as `wayside imports list` shows it
    id: u32,
    /// Only report what would be removed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    at: AtServer,
    /// How to print the result; left out: text on a terminal, JSON when piped
    #[arg(long)]
    format: Option<Format>,
}

impl Imports {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        match self.action {
            Action::List(list) => list.run().await,
            Action::Undo(undo) => undo.run().await,
        }
    }
}

impl List {
    async fn run(self) -> Result<()> {
        let mut imports = match &self.at.server {
            Some(address) => Remote::new(address, self.at.token()?)?.list().await?,
            None => self.data.open()?.imports().await?,
        };
        if let Some(site) = &self.site {
            imports.retain(|import| import.site == site.as_str());
        }
        let text = match Format::or_fitting(self.format) {
            Format::Json => serde_json::to_string_pretty(&imports)?,
            Format::Table if imports.is_empty() => match &self.site {
                Some(site) => format!(
                    "nothing was imported for the site {site} yet; import a file with `wayside import FILE --site {site}`"
                ),
                None => "nothing was imported yet; import a file with `wayside import FILE --site SITE`".to_owned(),
            },
            format => output::table(&table(&imports), format)?,
        };
        Ok(print(&text)?)
    }
}

fn table(imports: &[ImportRecord]) -> Table {
    let count = |name, doc| Column::number(name, Unit::Count, doc);
    let time = |name, doc| Column::number(name, Unit::Time, doc);
    let mut table = Table::new(&[
        count("id", "number of the import, which `wayside imports undo` takes"),
        Column::text("state", "running, done, broken off, undoing or undone"),
        Column::text("site", "the site"),
        Column::text("file", "the file's name"),
        Column::text("mapping", "the mapping's name"),
        time(
            "received_at",
            "when it began; all its touchpoints have this `received_at`",
        ),
        count("rows", "rows read of the file"),
        count("good", "touchpoints that it added"),
        count("copies", "touchpoints that were there already"),
        count("dead", "rows that were refused"),
        count("left_out", "rows that the mapping leaves out").wide(),
        count("replaced", "earlier touchpoints that it replaced"),
        time("first", "time of its first touchpoint"),
        time("last", "time of its last touchpoint"),
        time("undone_at", "when it was undone").wide(),
    ]);
    for import in imports {
        let sum =
            |of: fn(&wayside_store::ImportSums) -> u64| Cell::of(import.sums.as_ref(), |sums| Cell::Count(of(sums)));
        let time = |time: Option<i64>| Cell::of(time, Cell::Time);
        table.push(vec![
            Cell::Count(import.id.into()),
            Cell::text(import.state.name()),
            Cell::text(&import.site),
            Cell::text(&import.file),
            Cell::text(&import.mapping),
            Cell::Time(import.received_at),
            sum(|sums| sums.rows),
            sum(|sums| sums.good),
            sum(|sums| sums.copies),
            sum(|sums| sums.dead),
            sum(|sums| sums.left_out),
            sum(|sums| sums.replaced),
            time(import.first),
            time(import.last),
            time(import.undone_at),
        ]);
    }
    table
}

impl Undo {
    async fn run(self) -> Result<()> {
        let undone = match &self.at.server {
            Some(address) => {
                Remote::new(address, self.at.token()?)?
                    .undo(self.id, self.dry_run)
                    .await?
            }
            None => self.here().await?,
        };
        Ok(print(&shown(&undone, self.dry_run, self.format)?)?)
    }

    async fn here(&self) -> Result<Undone> {
        // A mistyped folder must not become a new one.
        self.data.open()?;
        let writer = DataWriter::lock(&self.data.folder, Options::default()).await;
        let writer = writer.map_err(|error| locked(error, &self.data.folder))?;
        let undone = writer.undo_import(self.id, self.dry_run, now()).await?;
        writer.close().await?;
        Ok(undone.into())
    }
}

fn shown(undone: &Undone, dry_run: bool, format: Option<Format>) -> Result<String> {
    let Undone {
        import,
        file,
        site,
        events,
        dead,
        kept,
        copies,
        replaced,
        already,
    } = undone;
    Ok(match Format::or_fitting(format) {
        Format::Json => serde_json::to_string_pretty(undone)?,
        Format::Csv => format!("import,site,events,dead,kept\n{import},{site},{events},{dead},{kept}"),
        Format::Table if *already => {
            format!(
                "import {import} ({file}) is undone already, which removed {}",
                touchpoints(*events)
            )
        }
        Format::Table => {
            let result = if dry_run { "would be removed" } else { "removed" };
            let mut text = format!(
                "import {import} ({file}, site {site}): {} and {dead} dead letters {result}",
                touchpoints(*events)
            );
            if *kept > 0 {
                let kept = touchpoints(*kept);
                text.push_str(&format!("\n  {kept} stay, because another import contains them, too"));
            }
            if *copies > 0 {
                text.push_str(&format!(
                    "\n  {} stay, because they were there before it",
                    touchpoints(*copies)
                ));
            }
            if *replaced > 0 {
                let replaced = touchpoints(*replaced);
                text.push_str(&format!(
                    "\n  {replaced} that it replaced do not come back; import the earlier file again"
                ));
            }
            text
        }
    })
}

fn touchpoints(count: u64) -> String {
    match count {
        1 => "1 touchpoint".to_owned(),
        count => format!("{count} touchpoints"),
    }
}

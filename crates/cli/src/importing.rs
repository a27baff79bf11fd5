//! An import from file to summary, for the command line and for the server alike.

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use wayside_analyzer::import::{self, Import as Rows, Mapping, Notes, Pieces, Summary};
use wayside_model::{SiteId, Timestamp};
use wayside_store::{DataWriter, ImportEnd, ImportSums, NewImport, UndoneImport};

/// An import to run.
pub(crate) struct Job {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its name in the register and in messages.
    pub(crate) name: String,
    /// The mapping of its columns to fields.
    pub(crate) mapping: Mapping,
    /// The site to import into.
    pub(crate) site: SiteId,
    /// Whether its rows take the place of earlier ones of the same id.
    pub(crate) replaces: bool,
    /// The clock.
    pub(crate) now: fn() -> Timestamp,
}

/// A job whose file has been opened.
pub(crate) struct Opened {
    job: Job,
    rows: Rows,
    now: Timestamp,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Bytes of the file that have been read.
    pub(crate) read: u64,
    /// Bytes of the file.
    pub(crate) bytes: u64,
    /// Touchpoints and refused rows so far.
    pub(crate) accepted: u64,
    /// Touchpoints that are stored; they are stored once the whole file has been read.
    pub(crate) stored: u64,
    /// Touchpoints to store; 0 until the whole file has been read.
    pub(crate) to_store: u64,
}

/// Result of an import. The server's answer is the same as what the command line prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Its number in the register.
    pub(crate) import: u32,
    pub(crate) site: String,
    /// Rows read.
    pub(crate) rows: u64,
    pub(crate) accepted: u64,
    pub(crate) good: u64,
    pub(crate) copies: u64,
    pub(crate) dead: u64,
    pub(crate) replaced: u64,
    pub(crate) left_out: u64,
    pub(crate) equal_rows: u64,
    pub(crate) never_found: Vec<String>,
    pub(crate) reasons: Vec<Reason>,
    /// Why it counts as failed, if it does; not printed with the summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
}

/// A line of a server's answer to an import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    /// How far it has come.
    Progress(Progress),
    /// Its result; the last line.
    Outcome(Outcome),
    /// Why there is none; the last line.
    Error(String),
}

/// Largest mapping, as for the file of one.
pub(crate) const MAPPING_MAX_BYTES: usize = 1 << 20;

/// Rows refused for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reason {
    pub(crate) code: String,
    pub(crate) rows: u64,
    pub(crate) first_line: u64,
    pub(crate) detail: String,
}

impl Job {
    /// Opens the file. Nothing is written yet: a wrong path or mapping must not make a data folder.
    pub(crate) fn open(self) -> Result<Opened> {
        let now = (self.now)();
        let rows = Rows::open(&self.path, &self.mapping, &self.site, now)?;
        let rows = if self.replaces { rows.replacing() } else { rows };
        Ok(Opened { job: self, rows, now })
    }
}

impl Opened {
    /// Imports it. `tell` hears how far it has come, and says whether to go on.
    pub(crate) async fn run(self, writer: &DataWriter, mut tell: impl FnMut(Progress) -> Goes) -> Result<Outcome> {
        let Self { job, rows, now } = self;
        let mut running = writer
            .begin_import(NewImport {
                site: job.site.clone(),
                file: job.name.clone(),
                mapping: job.mapping.name().to_owned(),
                source: import::source_of(&job.site, job.mapping.name()),
                by_id: job.mapping.names_id(),
                replaces: job.replaces,
                now,
            })
            .await?;
        let mut pieces = Pieces::new(rows, job.site.clone(), running.received_at(), &job.mapping);
        let mut failed = loop {
            if tell(progress(&pieces, 0, 0)) == Goes::Stop {
                break Some(stopped());
            }
            match pieces.next() {
                None => break None,
                Some(Err(error)) => break Some(error.into()),
                Some(Ok(piece)) => {
                    if let Err(error) = running.append(piece).await {
                        break Some(error.into());
                    }
                }
            }
        };
        // What came before an error in the file is good and is stored, too.
        let to_store = running.waiting();
        loop {
            if tell(progress(&pieces, running.stored(), to_store)) == Goes::Stop {
                failed.get_or_insert_with(stopped);
                break;
            }
            match running.store_next().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    failed.get_or_insert(error.into());
                    break;
                }
            }
        }
        let (summary, notes) = (pieces.summary(), pieces.notes());
        let so_far = so_far(running.stored() + summary.dead);
        let end = ImportEnd {
            is_whole: failed.is_none(),
            rows: notes.rows,
            dead: summary.dead,
            left_out: notes.left_out,
            now: (job.now)(),
        };
        let record = match running.finish(end).await {
            Ok(record) => record,
            Err(error) => bail!("{so_far}: {:#}", failed.unwrap_or(error.into())),
        };
        let failure = match failed {
            Some(error) => Some(format!("{so_far}: {error:#}")),
            None if summary.good == 0 => Some(nothing(&job.name, summary, &notes)),
            None => None,
        };
        let sums = record.sums.unwrap_or_default();
        Ok(outcome(record.id, &job.site, summary, notes, sums, failure))
    }
}

/// Whether an import goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goes {
    /// It does.
    On,
    /// It stops: no more rows are stored, and its state is `broken_off`.
    Stop,
}

fn outcome(
    import: u32,
    site: &SiteId,
    summary: &Summary,
    notes: Notes,
    sums: ImportSums,
    failure: Option<String>,
) -> Outcome {
    let reasons = summary.reasons.iter().map(|(code, reason)| Reason {
        code: (*code).to_owned(),
        rows: reason.rows,
        first_line: reason.first_line,
        detail: reason.detail.clone(),
    });
    Outcome {
        import,
        site: site.to_string(),
        rows: notes.rows,
        accepted: summary.accepted(),
        good: sums.good,
        copies: sums.copies,
        dead: summary.dead,
        replaced: sums.replaced,
        left_out: notes.left_out,
        equal_rows: notes.equal_rows,
        never_found: notes.never_found,
        reasons: reasons.collect(),
        failure,
    }
}

/// Why an import that brought nothing has failed.
fn nothing(file: &str, summary: &Summary, notes: &Notes) -> String {
    if summary.dead > 0 {
        return format!("none of the {} rows of {file} is good; see the reasons", summary.dead);
    }
    match notes.left_out {
        0 => format!("{file} has no rows"),
        rows => format!("{file} has {rows} rows, and the mapping leaves out all of them"),
    }
}

/// A note on the rows that are stored already when an import ends early.
fn so_far(rows: u64) -> String {
    format!("the import stopped; up to {rows} rows are stored already, and importing again doubles none")
}

fn stopped() -> anyhow::Error {
    anyhow::anyhow!("it was told to end")
}

fn progress(pieces: &Pieces, stored: u64, to_store: u64) -> Progress {
    let (bytes, read) = pieces.progress();
    Progress {
        read,
        bytes,
        accepted: pieces.summary().accepted(),
        stored,
        to_store,
    }
}

/// The data that undoing an import has removed, or would remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Undone {
    /// Its number in the register.
    pub(crate) import: u32,
    pub(crate) site: String,
    pub(crate) file: String,
    /// Touchpoints that are gone.
    pub(crate) events: u64,
    /// Dead letters that are gone.
    pub(crate) dead: u64,
    /// Touchpoints that stay, because another import brought them, too.
    pub(crate) kept: u64,
    /// Touchpoints that were there before it, which stay, too.
    pub(crate) copies: u64,
    /// Earlier touchpoints whose place it took, which do not come back.
    pub(crate) replaced: u64,
    /// Whether it was undone before.
    pub(crate) already: bool,
}

impl From<UndoneImport> for Undone {
    fn from(undone: UndoneImport) -> Self {
        let record = undone.record;
        Self {
            import: record.id,
            site: record.site,
            file: record.file,
            events: undone.events,
            dead: undone.dead,
            kept: undone.kept,
            copies: record.sums.map_or(0, |sums| sums.copies),
            replaced: record.sums.map_or(0, |sums| sums.replaced),
            already: undone.already,
        }
    }
}

//! An import from file to summary, for the command line and for the server alike.

use std::collections::BTreeMap;
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
    /// The file for the rows that the mapping leaves out, if they are asked for.
    pub(crate) left_out: Option<PathBuf>,
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    #[serde(default)]
    pub(crate) left_out_reasons: Vec<Reason>,
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

/// Rows that are refused or left out for one reason.
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
        let rows = match &self.left_out {
            Some(path) => rows.listing_left_out(path)?,
            None => rows,
        };
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
        // Rows before an error in the file are good, and are stored, too.
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
        reasons: reasons(&summary.reasons),
        left_out_reasons: reasons(&notes.left_out_reasons),
        failure,
    }
}

fn reasons(found: &BTreeMap<&'static str, import::Reason>) -> Vec<Reason> {
    let reasons = found.iter().map(|(code, reason)| Reason {
        code: (*code).to_owned(),
        rows: reason.rows,
        first_line: reason.first_line,
        detail: reason.detail.clone(),
    });
    reasons.collect()
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
pub(crate) fn so_far(rows: u64) -> String {
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

#[cfg(test)]
mod tests {
    use wayside_store::{ImportState, Options};

    use super::*;

    const MAPPING: &str = "name = \"many\"\nvisitor = \"v\"\n[source]\nformat = \"csv\"\n[time]\ncolumn = \"t\"\nformat = \"s\"\n\
                           [event]\nalways = \"purchase\"\n";

    /// More than one piece.
    const ROWS: u64 = 5_000;

    /// Imports rows until `goes` says to stop. Returns how far it had come each time, the outcome, and the state in the register.
    async fn import(end: &str, goes: impl Fn(Progress) -> Goes) -> (Vec<Progress>, Outcome, ImportState) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("many.csv");
        let rows = (0..ROWS).map(|n| format!("v{},{}\n", n % 500, 1_700_000_000 + n));
        std::fs::write(&path, format!("v,t\n{}{end}", rows.collect::<String>())).unwrap();
        let job = Job {
            mapping: Mapping::parse(&path, MAPPING).unwrap(),
            path,
            name: "many.csv".to_owned(),
            site: SiteId::parse("shop").unwrap(),
            replaces: false,
            left_out: None,
            now: || Timestamp::from_millis(1_800_000_000_000),
        };
        let writer = DataWriter::lock(folder.path().join("data"), Options::default())
            .await
            .unwrap();
        let mut told = Vec::new();
        let tell = |progress| {
            told.push(progress);
            goes(progress)
        };
        let outcome = job.open().unwrap().run(&writer, tell).await.unwrap();
        let state = writer.store().imports().await.unwrap()[0].state;
        (told, outcome, state)
    }

    #[tokio::test]
    async fn progress_is_reported_while_the_file_is_read_and_while_rows_are_stored() {
        let (told, outcome, state) = import("", |_| Goes::On).await;
        assert_eq!((outcome.good, outcome.failure, state), (ROWS, None, ImportState::Done));
        let (reading, storing): (Vec<Progress>, Vec<Progress>) =
            told.into_iter().partition(|progress| progress.to_store == 0);
        assert!(reading.windows(2).all(|pair| pair[0].accepted <= pair[1].accepted));
        let last = reading[reading.len() - 1];
        assert_eq!((last.read, last.accepted), (last.bytes, ROWS));
        assert!(reading.len() > 2, "once for each piece");
        let stored: Vec<_> = storing
            .iter()
            .map(|progress| (progress.stored, progress.to_store))
            .collect();
        assert_eq!(stored, [(0, ROWS), (ROWS, ROWS)]);
    }

    #[tokio::test]
    async fn an_import_that_is_told_to_stop_stores_no_more_and_counts_as_broken_off() {
        let while_reading = |progress: Progress| progress.accepted > 0;
        let while_storing = |progress: Progress| progress.to_store > 0;
        for is_time in [while_reading, while_storing] {
            let goes = |progress| if is_time(progress) { Goes::Stop } else { Goes::On };
            let (_, outcome, state) = import("", goes).await;
            assert_eq!((outcome.good, outcome.copies, state), (0, 0, ImportState::BrokenOff));
            let failure = outcome.failure.unwrap();
            assert!(failure.contains("up to 0 rows are stored already"), "{failure}");
        }
    }

    #[tokio::test]
    async fn rows_before_an_error_in_the_file_are_stored() {
        let (_, outcome, state) = import("\"v1,1700000000\n", |_| Goes::On).await;
        assert_eq!((outcome.good, outcome.dead, state), (ROWS, 1, ImportState::BrokenOff));
        let failure = outcome.failure.unwrap();
        assert!(
            failure.contains(&format!("up to {} rows are stored already", ROWS + 1)),
            "{failure}"
        );
    }
}

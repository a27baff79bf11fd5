//! Verification of a data folder: log, files, rows and sums.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use arrow::row::OwnedRow;
use wayside_model::{SiteId, Timestamp};

use crate::dead;
use crate::delta::{Table, TableFile};
use crate::error::{Error, Result};
use crate::explain::{self, Explained, LoggedFiles};
use crate::folder::number;
use crate::identities::Identities;
use crate::imports::Register;
use crate::log::Position;
use crate::log::aside::{self, Aside, Reason};
use crate::log::rest::Rest;
use crate::log::segment::{self, Piece, SEGMENT_HEAD_BYTES};
use crate::parquet_file;
use crate::rows::{key_converter, keys, text_column};
use crate::store::{Store, blocking};
use crate::table::{self, column};
use crate::writing::Unfinished;

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// The version of the table.
    pub version: i64,
    /// The number of segments of the log.
    pub segments: usize,
    /// The number of records in the segments.
    pub records: usize,
    /// The number of files of the table.
    pub files: usize,
    /// The sums of each site.
    pub sites: BTreeMap<SiteId, CheckedSite>,
    /// Problems, each with its place.
    pub problems: Vec<String>,
    /// Facts worth knowing that mean no loss of data.
    pub notes: Vec<String>,
}

/// The sums of a site as recorded in the table: `good` = `rows` + `copies` + `aside` + `withdrawn`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckedSite {
    /// Good events taken from the log, copies included.
    pub good: u64,
    /// Rows in the files.
    pub rows: u64,
    /// Copies dropped.
    pub copies: u64,
    /// Rows of damaged files that a repair has moved aside.
    pub aside: u64,
    /// Events that are gone: their import was undone, a later import took their place, their customer was erased, or they were too old.
    pub withdrawn: u64,
    /// Dead letters taken from the log, copies included.
    pub dead: u64,
}

impl CheckReport {
    /// Whether there are no problems.
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty()
    }
}

impl Store {
    /// Verifies the whole folder: the checksums of the log; that every file of the table exists with its rows, in order
    /// and in the right place, each id once; that the Delta log accounts for every file; and that the sums agree.
    ///
    /// It reads every row and continues after a problem. Events that arrive during the check are not verified. A
    /// compaction during the check may appear as a missing file, so check a folder that is being written twice before
    /// you act on such a result.
    ///
    /// # Errors
    ///
    /// Fails if the folder itself cannot be read. Problems in the folder are part of the report.
    pub async fn check(&self) -> Result<CheckReport> {
        let mut report = CheckReport::default();
        self.check_identities(&mut report).await;
        // The segments are listed before the position is read, because a concurrent compaction advances the position
        // and then removes segments. The files are listed before the notes, and the notes before the tables are read,
        // so that the files of a concurrent compaction are always accounted for.
        let segments = segment::list(&self.folder().log())?;
        let found = explain::files_below(&self.folder().table())?;
        let found_dead = explain::files_below(&self.folder().dead())?;
        let unfinished = Unfinished::read(&self.folder().compacting())?;
        let events = async {
            let (table, identities, position) = self.table().await?;
            Ok::<_, Error>((LoggedFiles::of(&table).await?, table, identities, position))
        };
        let events = match events.await {
            Ok(events) => Some(events),
            Err(err) => {
                let place = self.folder().table();
                report.problems.push(format!("{}: {}", place.display(), err.reason()));
                None
            }
        };
        let letters = async {
            let table = self.dead_table().await?;
            Ok::<_, Error>((LoggedFiles::of(&table).await?, table))
        };
        let letters = match letters.await {
            Ok(letters) => Some(letters),
            Err(err) => {
                let place = self.folder().dead();
                report.problems.push(format!("{}: {}", place.display(), err.reason()));
                None
            }
        };
        let files = events.iter().map(|(logged, ..)| logged);
        let files = files
            .chain(letters.iter().map(|(logged, _)| logged))
            .flat_map(|logged| &logged.files);
        let sites: BTreeSet<SiteId> = files
            .filter_map(|file| SiteId::parse(file.value("site")).ok())
            .collect();
        report.sites = sites.into_iter().map(|site| (site, CheckedSite::default())).collect();
        let (mut events, mut letters) = (events, letters);
        for (site, checked) in &mut report.sites {
            let number = |number: Option<i64>| number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
            if let Some((_, table, ..)) = &mut events {
                checked.good = number(table.number(&number::good(site)).await?);
                checked.copies = number(table.number(&number::copies(site)).await?);
                checked.withdrawn = number(table.number(&number::withdrawn(site)).await?);
                checked.aside = number(table.number(&number::aside(site)).await?);
            }
            if let Some((_, table)) = &mut letters {
                checked.dead = number(table.number(&number::dead(site)).await?);
            }
        }
        let mut known: Vec<Position> = events.iter().map(|(.., position)| *position).collect();
        if let (Some((.., position)), Some((_, table))) = (&events, &mut letters) {
            // After a crash between two commits, the dead letters are ahead.
            let dead = table.number(number::POSITION).await?.map(Position::from_number);
            known.extend(dead.map(|dead| dead.max(*position)));
        }
        let folder = self.folder().clone();
        blocking(move || {
            let nobody = Arc::default();
            let mut check = Check {
                report,
                identities: events.as_ref().map_or(&nobody, |(.., identities, _)| identities),
                without_checksums: 0,
            };
            check.log(&folder.log(), &segments, &known)?;
            if let Some((logged, table, _, position)) = &events {
                check.report.version = table.version();
                if let Some(lost) = explain::lost_segment(&folder.log(), &segments, *position) {
                    check.problem(table.root(), &lost);
                }
                check.explained(&logged.root, &logged.explain(&found, &unfinished));
                check.table(&logged.root, &logged.files);
                check.sums();
            }
            if let Some((logged, _)) = &letters {
                check.explained(&logged.root, &logged.explain(&found_dead, &unfinished));
                check.dead(&logged.root, &logged.files);
            }
            if let Err(err) = Register::load(&folder.imports()) {
                check.report.problems.push(err.to_string());
            }
            check.files_without_checksums();
            Ok(check.report)
        })
        .await
    }

    /// The identities file can be rebuilt, so readers do not fail without it.
    async fn check_identities(&self, report: &mut CheckReport) {
        let Ok(mut table) = Table::open(&self.folder().table()).await else {
            return;
        };
        let Ok(Some(named)) = table.number(number::IDENTITIES).await else {
            return;
        };
        let dir = self.folder().identities();
        if let Err(err) = blocking(move || Identities::load(&dir, named)).await {
            report.problems.push(format!(
                "{}; the next start of `wayside serve` rebuilds it from the touchpoints of the table",
                err.in_full()
            ));
        }
    }
}

struct Check<'a> {
    report: CheckReport,
    identities: &'a Identities,
    /// The number of data files that have no checksums.
    without_checksums: usize,
}

/// The ids of one bucket with their times.
type Ids = HashMap<(Vec<u8>, i64), (String, i64)>;

impl Check<'_> {
    /// Checks the log. The tables contain the records before the positions `known`. A compaction may have removed some
    /// of the segments `before` since they were listed.
    fn log(&mut self, log: &Path, before: &[u32], known: &[Position]) -> Result<()> {
        let segments = segment::list(log)?;
        self.report.segments = segments.len();
        for pair in segments.windows(2) {
            if pair[0] + 1 != pair[1] {
                let missing = segment::path(log, pair[0] + 1);
                self.problem(&missing, "the segment is missing");
            }
        }
        let known = known.iter().copied().filter(|at| *at > Position::start_of(1));
        let known: BTreeSet<_> = known.collect();
        for at in &known {
            if !segments.contains(&at.segment) && !before.contains(&at.segment) {
                self.ends_too_early(&segment::path(log, at.segment), "the segment is missing", *at);
            }
        }
        for number in &segments {
            match Piece::read(log, *number, SEGMENT_HEAD_BYTES, None) {
                Ok(piece) => {
                    self.segment(&piece, segments.last() == Some(number));
                    let end = piece.start + piece.bytes.len();
                    let beyond = known
                        .iter()
                        .rfind(|at| at.segment == *number && at.offset as usize > end);
                    if let Some(at) = beyond {
                        self.ends_too_early(&piece.path, &format!("it has only {end} bytes"), *at);
                    }
                }
                // A concurrent compaction has removed it.
                Err(err) if err.is_not_found() => {}
                Err(err) => self.report.problems.push(err.to_string()),
            }
        }
        for aside in aside::list(log)? {
            self.aside(&aside);
        }
        Ok(())
    }

    fn ends_too_early(&mut self, path: &Path, found: &str, known: Position) {
        let Position { segment, offset } = known;
        self.problem(
            path,
            &format!(
                "{found}, but the table has taken in the log up to byte {offset} of segment {segment}; events that were \
                 acknowledged after that may be lost"
            ),
        );
    }

    fn segment(&mut self, piece: &Piece, is_last: bool) {
        self.report.records += piece.scan.payloads.len();
        if piece.damaged_head_bytes() > 0 {
            self.problem(
                &piece.path,
                "its first 16 bytes are damaged; its records are still read",
            );
        }
        match piece.damaged_bytes(is_last) {
            0 => {}
            bytes => self.problem(&piece.path, &format!("{bytes} bytes are not a record")),
        }
        let bytes = piece.bytes.len() - piece.scan.end;
        match piece.rest() {
            Rest::Damaged if is_last => self.problem(
                &piece.path,
                &format!(
                    "its last {bytes} bytes are a damaged record, which may have been acknowledged; the next start of \
                     `wayside serve` copies the segment aside"
                ),
            ),
            Rest::Torn if is_last => self.note(
                &piece.path,
                &format!(
                    "its last {bytes} bytes are an incomplete record, which was never acknowledged; either it is being \
                     written at this moment, or the next start of `wayside serve` copies it aside and cuts it"
                ),
            ),
            _ => {}
        }
        for (payload, _) in piece.payloads() {
            if let Err(err) = crate::accepted::Accepted::decode(payload, &piece.path) {
                self.report.problems.push(err.to_string());
            }
        }
    }

    /// Reports a copy that an earlier start made, until a person removes it.
    fn aside(&mut self, aside: &Aside) {
        if aside.reason == Reason::Torn {
            return self.note(
                &aside.path,
                "the bytes of an interrupted write, which was never acknowledged, were put aside here; remove the file \
                 when you do not need it",
            );
        }
        let piece = Piece::open(aside.path.clone(), aside.number, SEGMENT_HEAD_BYTES, None);
        match piece.map(|piece| (piece.damaged_bytes(false), piece.damaged_head_bytes())) {
            Ok((0, head)) if head > 0 => self.note(
                &aside.path,
                "a segment whose first 16 bytes are damaged was copied here; all its records were read; check the disk, \
                 and remove the file when you do not need it",
            ),
            Ok((0, _)) => self.problem(
                &aside.path,
                "a segment that had lost its end was copied here; acknowledged events may be lost; look for them in a \
                 backup, then remove the copy",
            ),
            Ok((bytes, _)) => self.problem(
                &aside.path,
                &format!(
                    "a damaged segment was copied here, of which {bytes} bytes are not a record; acknowledged events may be \
                     lost; look for them in a backup, then remove the copy"
                ),
            ),
            Err(err) => self.report.problems.push(err.to_string()),
        }
    }

    fn table(&mut self, root: &Path, files: &[TableFile]) {
        self.report.files += files.len();
        let mut buckets: BTreeMap<(String, String), Vec<&TableFile>> = BTreeMap::new();
        for file in files {
            let bucket = (file.value("site").to_owned(), file.value("bucket").to_owned());
            buckets.entry(bucket).or_default().push(file);
        }
        for files in buckets.into_values() {
            let mut ids = Ids::new();
            for file in files {
                self.file(root, file, &mut ids);
            }
        }
    }

    fn file(&mut self, root: &Path, file: &TableFile, ids: &mut Ids) {
        let path = root.join(&file.path);
        match path.metadata() {
            Ok(meta) if meta.len() == file.size => {}
            Ok(meta) => self.problem(
                &path,
                &format!("it has {} bytes, the table says {}", meta.len(), file.size),
            ),
            Err(err) => return self.problem(&path, &format!("the table refers to it but it cannot be read: {err}")),
        }
        let Some(batches) = self.read(&path, parquet_file::read) else {
            return;
        };
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows as u64 != file.rows {
            self.problem(&path, &format!("it has {rows} rows, the table says {}", file.rows));
        }
        if let Ok(site) = SiteId::parse(file.value("site")) {
            self.report.sites.entry(site.clone()).or_default().rows += rows as u64;
            if let Some(wrong) = batches.iter().find_map(|batch| self.rows(&site, file, batch, ids)) {
                self.problem(&path, &wrong);
            }
        } else {
            self.problem(&path, "its site is not a valid site id");
        }
        if !is_sorted(&batches) {
            self.problem(&path, "its rows are out of order, or one of them is there twice");
        }
    }

    /// Reads a data file after verifying all of its bytes.
    fn read<T>(&mut self, path: &Path, read: impl FnOnce(&Path) -> Result<T>) -> Option<T> {
        let read = parquet_file::verify(path).and_then(|has_checksums| Ok((has_checksums, read(path)?)));
        match read {
            Ok((has_checksums, content)) => {
                self.without_checksums += usize::from(!has_checksums);
                Some(content)
            }
            Err(err) => {
                let source = std::error::Error::source(&err).map(|source| format!(": {source}"));
                self.report
                    .problems
                    .push(format!("{err}{}", source.unwrap_or_default()));
                None
            }
        }
    }

    /// Notes the number of files without checksums.
    fn files_without_checksums(&mut self) {
        if self.without_checksums > 0 {
            self.report.notes.push(format!(
                "{} data files have no checksums, since an earlier version or another engine wrote them; a flipped bit in \
                 them may go unnoticed until a compaction merges them into new ones",
                self.without_checksums
            ));
        }
    }

    /// The problem of the first wrong row.
    fn rows(&self, site: &SiteId, file: &TableFile, batch: &RecordBatch, ids: &mut Ids) -> Option<String> {
        if batch.schema() != table::schema() {
            return Some("its columns are not the table's".to_owned());
        }
        let customers = text_column(batch, column::CUSTOMER);
        let visitors = text_column(batch, column::VISITOR);
        let times = batch.column(column::TIME).as_primitive::<TimestampMillisecondType>();
        let writers = batch.column(column::WRITER).as_binary::<i32>();
        let seqs = batch.column(column::SEQ).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let (customer, visitor) = (customers.value(row), visitors.value(row));
            let (time, writer, seq) = (times.value(row), writers.value(row), seqs.value(row));
            let at = || format!("event {}/{seq}", hex(writer));
            if self.identities.key(site, visitor) != customer {
                return Some(format!("{} is not with its visitor's customer", at()));
            }
            if table::bucket(customer).to_string() != file.value("bucket") {
                return Some(format!("{} is in the wrong bucket", at()));
            }
            if table::month(Timestamp::from_millis(time)) != file.value("month") {
                return Some(format!("{} is in the wrong month", at()));
            }
            let place = (customer.to_owned(), time);
            match ids.insert((writer.to_vec(), seq), place.clone()) {
                Some(before) if before == place => return Some(format!("{} is in the table twice", at())),
                _ => {}
            }
        }
        None
    }

    fn dead(&mut self, root: &Path, files: &[TableFile]) {
        let mut rows: BTreeMap<String, u64> = BTreeMap::new();
        self.report.files += files.len();
        for file in files {
            let path = root.join(&file.path);
            if let Some(found) = self.read(&path, dead::read) {
                *rows.entry(file.value("site").to_owned()).or_default() += found.len() as u64;
            }
        }
        let sites: Vec<_> = self
            .report
            .sites
            .iter()
            .map(|(site, checked)| (site.clone(), checked.dead))
            .collect();
        for (site, dead) in sites {
            let found = rows.get(site.as_str()).copied().unwrap_or(0);
            if found != dead {
                self.problem(
                    root,
                    &format!("site {site} has {found} dead letters, its sum says {dead}"),
                );
            }
        }
    }

    fn sums(&mut self) {
        let mut wrong = Vec::new();
        for (site, checked) in &self.report.sites {
            let CheckedSite {
                good,
                rows,
                copies,
                aside,
                withdrawn,
                ..
            } = checked;
            if *good != rows + copies + aside + withdrawn {
                wrong.push(format!(
                    "site {site}: {good} good events are not the sum of {rows} rows, {copies} copies, {aside} rows moved aside \
                      and {withdrawn} withdrawn events"
                ));
            }
        }
        self.report.problems.extend(wrong);
    }

    /// Reports the files that the Delta log of a table does not account for.
    fn explained(&mut self, root: &Path, explained: &Explained) {
        if let Some(lost) = explained.lost() {
            self.problem(root, &format!("{lost}; `wayside repair` takes in their rows"));
        }
        if !explained.removable.is_empty() {
            let count = explained.removable.len();
            self.note(root, &format!("{count} files of earlier versions wait to be removed"));
        }
    }

    fn problem(&mut self, path: &Path, what: &str) {
        self.report.problems.push(format!("{}: {what}", path.display()));
    }

    fn note(&mut self, path: &Path, what: &str) {
        self.report.notes.push(format!("{}: {what}", path.display()));
    }
}

/// Whether the rows ascend strictly in the table's order, also from batch to batch.
fn is_sorted(batches: &[RecordBatch]) -> bool {
    let Ok(converter) = key_converter() else {
        return false;
    };
    let mut last: Option<OwnedRow> = None;
    batches.iter().all(|batch| {
        let Ok(keys) = keys(&converter, batch) else {
            return false;
        };
        let behind_last = keys
            .iter()
            .next()
            .is_none_or(|first| last.as_ref().is_none_or(|last| last.row() < first));
        let ascends = (1..keys.num_rows()).all(|row| keys.row(row - 1) < keys.row(row));
        last = keys.iter().next_back().map(|row| row.owned()).or_else(|| last.take());
        behind_last && ascends
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

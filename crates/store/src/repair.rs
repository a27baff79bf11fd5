//! Repair of a data folder with damaged tables, as far as possible. Nothing is deleted: files that a repair replaces or
//! cannot read are moved into `DATA/aside/`.
//!
//! * A file of the table that cannot be read is moved aside, and the table continues without its rows, which are
//!   counted.
//! * A table whose Delta log is missing or has lost commits is rebuilt from all readable data files. Copies are
//!   recognised by the events' ids after the customers have been determined again, so that no row counts twice
//!   whichever files contain it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wayside_model::SiteId;

use crate::compact::{self, Merge};
use crate::dead;
use crate::delta::{Change, Table, TableFile};
use crate::durable;
use crate::error::{Error, ErrorKind, Result};
use crate::explain::{self, LoggedFiles};
use crate::folder::{Folder, number};
use crate::fresh::Fresh;
use crate::gone::Gone;
use crate::identities::Identities;
use crate::log::{Position, segment};
use crate::parquet_file;
use crate::rows::text_column;
use crate::store::blocking;
use crate::table;
use crate::writer::lock;
use crate::writing::{Unfinished, Writing, unique_id};

/// The result of a repair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Problems, each with its place. If there are none, nothing was changed.
    pub found: Vec<String>,
    /// Actions that were taken or, in a dry run, would be taken.
    pub done: Vec<String>,
    /// The folder with the files that were replaced or could not be read.
    pub aside: Option<PathBuf>,
}

/// Repairs the tables of the data folder at `dir`; with `dry_run` it only reports what it would do.
///
/// # Errors
///
/// Fails if another process writes the folder, if there is none, if it cannot be written, or if a later version of
/// Wayside made it.
pub async fn repair(dir: impl AsRef<Path>, dry_run: bool) -> Result<Repaired> {
    let folder = Folder::new(dir.as_ref());
    if !folder.log().is_dir() && !explain::has_data(&folder.table())? {
        return Err(Error::new(ErrorKind::Missing {
            path: folder.root().to_path_buf(),
        }));
    }
    if !dry_run {
        durable::create_dir_all(&folder.log()).map_err(|err| Error::io("create", &folder.log(), err))?;
    }
    let _lock = match folder.log().is_dir() {
        true => Some(lock(&folder)?),
        false => None,
    };
    if !dry_run {
        finish(&folder)?;
    }
    let mut repair = Repair {
        aside: folder.aside().join(unique_id()),
        unfinished: Unfinished::read(&folder.compacting())?,
        folder,
        dry_run,
        repaired: Repaired::default(),
    };
    let events = repair.look(Kind::Events).await?;
    let letters = repair.look(Kind::DeadLetters).await?;
    // If the position of the dead letters is lost, that of the events' table is used.
    let position = events.position;
    repair.mend(events, Kind::Events, None).await?;
    repair.mend(letters, Kind::DeadLetters, position).await?;
    if repair.aside.exists() {
        repair.repaired.aside = Some(repair.aside);
    }
    Ok(repair.repaired)
}

/// Completes a repair that a crash interrupted while it replaced the old table, and removes the result of one that was
/// interrupted earlier. Only the process that has locked the folder may call it.
pub(crate) fn finish(folder: &Folder) -> Result<()> {
    for place in [folder.table(), folder.dead()] {
        let new = new_beside(&place);
        if !new.exists() {
            continue;
        }
        let done = match place.exists() {
            true => fs::remove_dir_all(&new),
            false => fs::rename(&new, &place),
        };
        done.and_then(|()| durable::sync_dir(folder.root()))
            .map_err(|err| Error::io("finish the repair of", &place, err))?;
    }
    Ok(())
}

/// One of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Events,
    DeadLetters,
}

/// The state of a table before a repair.
struct Found {
    root: PathBuf,
    /// The table and the files of its Delta log, if that can be read.
    table: Option<(Table, LoggedFiles)>,
    /// The table's position in the log.
    position: Option<Position>,
    /// Files of the table that are missing or cannot be read.
    bad: Vec<TableFile>,
    /// Whether the Delta log is unusable, so that the table has to be rebuilt.
    is_lost: bool,
}

struct Repair {
    folder: Folder,
    unfinished: Unfinished,
    /// The folder for replaced files.
    aside: PathBuf,
    dry_run: bool,
    repaired: Repaired,
}

impl Repair {
    /// Examines a table.
    async fn look(&mut self, kind: Kind) -> Result<Found> {
        let root = match kind {
            Kind::Events => self.folder.table(),
            Kind::DeadLetters => self.folder.dead(),
        };
        let mut found = Found {
            table: None,
            position: None,
            bad: Vec::new(),
            is_lost: false,
            root,
        };
        let opened = async {
            let mut table = Table::open(&found.root).await?;
            let position = table.number(number::POSITION).await?.map(Position::from_number);
            let logged = LoggedFiles::of(&table).await?;
            Ok::<_, Error>((table, position, logged))
        };
        let (table, position, logged) = match opened.await {
            Ok(opened) => opened,
            Err(err) if err.is_another_format() => return Err(err),
            Err(err) if err.is_missing() => {
                found.is_lost = kind == Kind::Events && self.is_behind(&found.root, Position::start_of(1))?;
                return Ok(found);
            }
            Err(err) => {
                self.found(&found.root, &err.reason());
                found.is_lost = true;
                return Ok(found);
            }
        };
        found.position = position;
        let explained = logged.explain(&explain::files_below(&found.root)?, &self.unfinished);
        if let Some(lost) = explained.lost() {
            self.found(&found.root, &lost);
            found.is_lost = true;
        }
        let position = position.unwrap_or_default().max(Position::start_of(1));
        if kind == Kind::Events && self.is_behind(&found.root, position)? {
            found.is_lost = true;
        }
        let (root, files) = (found.root.clone(), logged.files.clone());
        tracing::info!(table = %root.display(), files = files.len(), "verifying the table's files");
        let bad = blocking(move || {
            let bad = files.into_iter().filter_map(|file| {
                // Another engine may have written no statistics.
                let rows = file.stats["numRecords"].as_u64();
                let verified = verify(&root.join(&file.path), kind, rows);
                verified.err().map(|why| (file, why))
            });
            Ok(bad.collect::<Vec<_>>())
        });
        for (file, why) in bad.await? {
            self.found(&found.root.join(&file.path), &why);
            found.bad.push(file);
        }
        // Rows change their bucket but never their month, so an earlier file of the same month may contain rows of this
        // one.
        let earlier: Vec<PathBuf> = logged.removed().filter(|path| path.exists()).collect();
        let has_earlier = |file: &TableFile| {
            let month = found.root.join(&file.path).ancestors().nth(2).map(Path::to_path_buf);
            month.is_some_and(|month| earlier.iter().any(|path| path.starts_with(&month)))
        };
        if kind == Kind::Events && found.bad.iter().any(has_earlier) {
            self.found(
                &found.root,
                "earlier files are still there that a damaged one may have been merged of",
            );
            found.is_lost = true;
        }
        found.table = Some((table, logged));
        Ok(found)
    }

    /// Whether the segment of a table's position is missing although later ones exist; reports it.
    fn is_behind(&mut self, root: &Path, position: Position) -> Result<bool> {
        let log = self.folder.log();
        let lost = explain::lost_segment(&log, &segment::list(&log)?, position);
        if let Some(lost) = &lost {
            self.found(root, lost);
        }
        Ok(lost.is_some())
    }

    /// Repairs a table; `fallback` is used as its position in the log if its own is lost.
    async fn mend(&mut self, found: Found, kind: Kind, fallback: Option<Position>) -> Result<()> {
        if !found.is_lost {
            return self.set_aside(found, kind).await;
        }
        let root = found.root.clone();
        let (files, unreadable) = self.candidates(&found, kind).await?;
        self.done(&format!(
            "{}: rebuild the table from {} data files; move {} that cannot be read and the old table aside",
            root.display(),
            files.len(),
            unreadable.len()
        ));
        if self.dry_run {
            return Ok(());
        }
        let new = new_beside(&root);
        let (shape, rebuild): (_, Rebuild) = match kind {
            Kind::Events => (table::shape(), rebuild_events),
            Kind::DeadLetters => (dead::shape(), rebuild_letters),
        };
        let mut table = Table::create(&new, &shape).await?;
        // Rows of an unreadable file may still be in the log before the table's position.
        let known = found.position.or(fallback).filter(|_| found.bad.is_empty());
        let position = self.position(known)?;
        let (folder, old, building) = (self.folder.clone(), root.clone(), new.clone());
        let (mut change, rows) = blocking(move || rebuild(&folder, &old, &building, &files)).await?;
        change.numbers.insert(number::POSITION.to_owned(), position.to_number());
        table.commit(change).await?;
        self.replace(&root, &new)?;
        for (site, rows) in rows {
            self.done(&format!("site {site}: the new table has {rows} rows"));
        }
        self.done(&format!(
            "the log is read again from segment {} on; copies are recognised by their ids",
            position.segment
        ));
        Ok(())
    }

    /// Removes unreadable files from a table.
    async fn set_aside(&mut self, found: Found, kind: Kind) -> Result<()> {
        let Some((mut table, _)) = found.table.filter(|_| !found.bad.is_empty()) else {
            return Ok(());
        };
        let mut change = Change::default();
        for file in &found.bad {
            let rows = file.rows;
            let path = found.root.join(&file.path);
            self.done(&format!("{}: move it aside with its {rows} rows", path.display()));
            let Ok(site) = SiteId::parse(file.value("site")) else {
                continue;
            };
            let (name, sign) = match kind {
                Kind::Events => (number::aside(&site), 1),
                // The sum of a site's dead letters counts the rows in its files.
                Kind::DeadLetters => (number::dead(&site), -1),
            };
            let before = match change.numbers.get(&name) {
                Some(number) => *number,
                None => table.number(&name).await?.unwrap_or(0),
            };
            change.numbers.insert(name, before + sign * count(rows));
        }
        if self.dry_run {
            return Ok(());
        }
        // The files are moved first: if the process ends here, the next repair finds them missing and completes the
        // work.
        for file in &found.bad {
            let path = found.root.join(&file.path);
            if path.exists() {
                self.move_aside(&path)?;
            }
        }
        if kind == Kind::Events {
            let position = self.position(None)?;
            change.numbers.insert(number::POSITION.to_owned(), position.to_number());
        }
        change.remove = found.bad;
        table.commit(change).await
    }

    /// The files from which a table is rebuilt, and the unreadable ones below its folder.
    async fn candidates(&mut self, found: &Found, kind: Kind) -> Result<(Vec<TableFile>, Vec<PathBuf>)> {
        let root = found.root.clone();
        // If all files of a version exist, earlier ones contain nothing more.
        let passed_over: BTreeSet<PathBuf> = match &found.table {
            Some((_, logged)) if found.bad.is_empty() => logged.removed().collect(),
            _ => BTreeSet::new(),
        };
        let (files, unreadable) = blocking(move || {
            let (mut files, mut unreadable) = (Vec::new(), Vec::new());
            let candidates = explain::data_files(&root)?.filter(|path| !passed_over.contains(path));
            for path in candidates {
                match verify(&path, kind, None).and_then(|rows| on_its_own(&root, &path, kind, rows)) {
                    Ok(file) => files.push(file),
                    Err(why) => unreadable.push((path, why)),
                }
            }
            Ok((files, unreadable))
        })
        .await?;
        for (path, why) in &unreadable {
            self.found(path, why);
        }
        Ok((files, unreadable.into_iter().map(|(path, _)| path).collect()))
    }

    /// The position from which the log has to be read again: the known position, or the first existing segment after
    /// it.
    fn position(&self, known: Option<Position>) -> Result<Position> {
        let known = known.unwrap_or_default().max(Position::start_of(1));
        let segments = segment::list(&self.folder.log())?;
        Ok(match segments.iter().find(|number| **number >= known.segment) {
            Some(number) if *number > known.segment => Position::start_of(*number),
            _ => known,
        })
    }

    /// Replaces `old` by the table built beside it.
    fn replace(&mut self, old: &Path, new: &Path) -> Result<()> {
        if old.exists() {
            self.move_aside(old)?;
        }
        fs::rename(new, old)
            .and_then(|()| durable::sync_dir(self.folder.root()))
            .map_err(|err| Error::io("put the repaired table in the place of", old, err))
    }

    /// Moves a file or folder of the data folder to the same relative path below the folder for replaced files.
    fn move_aside(&self, path: &Path) -> Result<()> {
        let below = path.strip_prefix(self.folder.root()).unwrap_or(path);
        let target = self.aside.join(below);
        let dir = target.parent().unwrap_or(&self.aside).to_path_buf();
        durable::create_dir_all(&dir)
            .and_then(|()| fs::rename(path, &target))
            .and_then(|()| durable::sync_dir(&dir))
            .and_then(|()| path.parent().map_or(Ok(()), durable::sync_dir))
            .map_err(|err| Error::io("set aside", path, err))
    }

    fn found(&mut self, path: &Path, what: &str) {
        self.repaired.found.push(format!("{}: {what}", path.display()));
    }

    fn done(&mut self, what: &str) {
        tracing::info!("{what}");
        self.repaired.done.push(what.to_owned());
    }
}

/// Reads a whole file. Returns its number of rows, or the reason why it cannot be used.
fn verify(path: &Path, kind: Kind, expected_rows: Option<u64>) -> std::result::Result<u64, String> {
    let schema = match kind {
        Kind::Events => table::schema(),
        Kind::DeadLetters => dead::schema(),
    };
    parquet_file::verify(path).map_err(|err| err.reason())?;
    let mut rows = 0;
    for piece in parquet_file::run(path).map_err(|err| err.reason())? {
        let piece = piece.map_err(|err| err.reason())?;
        if piece.schema() != schema {
            return Err("its columns are not the table's".to_owned());
        }
        rows += piece.num_rows() as u64;
    }
    match expected_rows {
        Some(expected) if expected != rows => Err(format!("it has {rows} rows, the table says {expected}")),
        _ => Ok(rows),
    }
}

/// A data file known only by its path, whose folders contain the values of the partition columns.
fn on_its_own(root: &Path, path: &Path, kind: Kind, rows: u64) -> std::result::Result<TableFile, String> {
    let size = path.metadata().map_err(|err| err.to_string())?.len();
    let absolute = std::path::absolute(path).map_err(|err| err.to_string())?;
    let below = path.strip_prefix(root).unwrap_or(path);
    let mut partition = Vec::new();
    for folder in below.parent().into_iter().flatten().filter_map(|name| name.to_str()) {
        let (name, value) = folder.split_once('=').ok_or("it is not in a folder of the table")?;
        let value = match name {
            "site" => SiteId::parse(value).map_err(|err| err.to_string())?.to_string(),
            "bucket" => value
                .parse::<u16>()
                .map_err(|err| format!("bucket {value}: {err}"))?
                .to_string(),
            _ => value.to_owned(),
        };
        partition.push((name, value));
    }
    let wanted: &[&str] = match kind {
        Kind::Events => &table::PARTITIONED_BY,
        Kind::DeadLetters => &["site"],
    };
    if !partition.iter().map(|(name, _)| *name).eq(wanted.iter().copied()) {
        return Err("it is not in a folder of the table".to_owned());
    }
    Ok(TableFile::found(&absolute, &partition, size, rows))
}

/// Writes the files of a new table in `new`, each event once and with its current customer. Returns the change to
/// commit and the number of rows of each site.
fn rebuild_events(
    folder: &Folder,
    old: &Path,
    new: &Path,
    files: &[TableFile],
) -> Result<(Change, BTreeMap<SiteId, u64>)> {
    let notes = folder.identities();
    let latest = Identities::latest(&notes)?;
    let mut identities = Identities::default();
    // Earlier files may still contain events of an undone import.
    let gone = Gone::load(folder, old, files)?;
    identities.learn_from_files(old, files, &gone)?;
    // An unreadable file may have contained an `identify`.
    if let Ok(known) = Identities::load(&notes, latest) {
        identities.merge(known);
    }
    let mut fresh = Fresh {
        identities: Arc::new(identities),
        gone: Arc::new(gone),
        ..Fresh::default()
    };
    for file in files {
        let path = old.join(&file.path);
        let site = SiteId::parse(file.value("site")).map_err(|err| Error::damaged(&path, err.to_string()))?;
        let outdated = &mut fresh.sites.entry(site.clone()).or_default().outdated;
        for batch in parquet_file::read_columns(&path, &[table::column::CUSTOMER, table::column::VISITOR])? {
            let pairs = text_column(&batch, 0).iter().zip(text_column(&batch, 1));
            for (customer, visitor) in pairs.filter_map(|(customer, visitor)| customer.zip(visitor)) {
                if fresh.identities.key(&site, visitor) != customer {
                    outdated.insert(customer.to_owned());
                }
            }
        }
    }
    let writing = Writing::begin(&folder.compacting())?;
    let plan = compact::plan(new, files, &fresh, Merge::Anew, &writing)?;
    fresh.identities.save(&notes, latest + 1)?;
    let mut rows: BTreeMap<SiteId, u64> = BTreeMap::new();
    for file in &plan.add {
        if let Ok(site) = SiteId::parse(file.value("site")) {
            *rows.entry(site).or_default() += file.rows;
        }
    }
    let mut numbers = BTreeMap::from([(number::IDENTITIES.to_owned(), latest + 1)]);
    let goods = rows.iter();
    numbers.extend(goods.map(|(site, rows)| (number::good(site), count(*rows))));
    writing.end()?;
    let change = Change {
        add: plan.add,
        remove: Vec::new(),
        numbers,
    };
    Ok((change, rows))
}

/// Writes the files of a new dead-letter table in `new`. Returns the change to commit and the number of rows of each
/// site.
fn rebuild_letters(
    folder: &Folder,
    old: &Path,
    new: &Path,
    files: &[TableFile],
) -> Result<(Change, BTreeMap<SiteId, u64>)> {
    // No other import claims a dead letter.
    let gone = Gone::load(folder, old, &[])?;
    let writing = Writing::begin(&folder.compacting())?;
    let mut change = Change::default();
    let mut rows: BTreeMap<SiteId, u64> = BTreeMap::new();
    for file in files {
        let path = old.join(&file.path);
        let site = SiteId::parse(file.value("site")).map_err(|err| Error::damaged(&path, err.to_string()))?;
        let mut letters = dead::read(&path)?;
        letters.retain(|letter| !gone.has_dead_row(letter));
        change.add.push(dead::write(new, &site, &letters, &writing)?);
        *rows.entry(site).or_default() += letters.len() as u64;
    }
    let sums = rows.iter();
    change.numbers = sums.map(|(site, rows)| (number::dead(site), count(*rows))).collect();
    writing.end()?;
    Ok((change, rows))
}

/// A number of rows in the type of the Delta log's numbers.
fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A function that builds the files of a new table from those of the old one.
type Rebuild = fn(&Folder, &Path, &Path, &[TableFile]) -> Result<(Change, BTreeMap<SiteId, u64>)>;

/// The path at which a new table is built.
fn new_beside(table: &Path) -> PathBuf {
    table.with_extension("repaired")
}

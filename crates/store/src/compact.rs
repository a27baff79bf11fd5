//! Compaction: from records of the log to sorted files, without copies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{and_not, filter_record_batch, not, or, take_record_batch};
use arrow::error::ArrowError;
use wayside_model::SiteId;

use crate::clock;
use crate::delta::TableFile;
use crate::error::{Error, Result};
use crate::fresh::{Fresh, FreshSite};
use crate::gone::Gone;
use crate::identities::Identities;
use crate::known;
use crate::loaded::{At, LoadedPart};
use crate::merge::{Merged, Run};
use crate::moved::{HELD_BYTES, Moved};
use crate::outdated;
use crate::parquet_file::{self, OpenRun};
use crate::piece;
use crate::present;
use crate::rows::{self, Row, text_column};
use crate::table::{bucket, column, month};
use crate::writing::Writing;

/// Most runs of one site, month and bucket. Every reader merges them; eight keep that cheaper than decoding them.
const RUNS_MAX: usize = 8;

/// A new run swallows older ones up to this many times its size. Each row is then rewritten a number of times that
/// grows with the logarithm of the table, and the runs of a bucket shrink to a few.
const SWALLOW: u64 = 2;

/// The extent of a compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Merge runs as far as it is worth the cost.
    Tiered,
    /// Merge all runs of each site, month and bucket into one.
    All,
    /// The same, and also rewrite single runs.
    Anew,
}

/// The files that a compaction adds and removes, and the copies it dropped by site.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) add: Vec<TableFile>,
    pub(crate) remove: Vec<TableFile>,
    pub(crate) copies: BTreeMap<SiteId, u64>,
    /// The fresh rows that were added to the table.
    pub(crate) rows: u64,
    /// Rows that were taken away, by site.
    pub(crate) withdrawn: BTreeMap<SiteId, u64>,
}

/// Writes the files that add `fresh` to the table. Nothing refers to them until they are committed.
pub(crate) fn plan(root: &Path, files: &[TableFile], fresh: &Fresh, merge: Merge, writing: &Writing) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut sites: BTreeSet<SiteId> = fresh.sites.keys().cloned().collect();
    if merge != Merge::Tiered {
        sites.extend(files.iter().filter_map(|file| SiteId::parse(file.value("site")).ok()));
    }
    let none = FreshSite::default();
    for site in sites {
        let fresh_site = fresh.sites.get(&site).unwrap_or(&none);
        let work = SiteWork {
            root,
            files: files
                .iter()
                .filter(|file| file.value("site") == site.as_str())
                .collect(),
            identities: &fresh.identities,
            gone: &fresh.gone,
            fresh: fresh_site,
            site,
            merge,
            writing,
        };
        let done = work.run(&mut plan);
        // Where it cannot be removed, the next cleaning will. On a full disk there is no time for that.
        done.inspect_err(|_| {
            plan.add
                .iter()
                .for_each(|file| drop(std::fs::remove_file(root.join(&file.path))))
        })?;
    }
    Ok(plan)
}

struct SiteWork<'a> {
    root: &'a Path,
    site: SiteId,
    fresh: &'a FreshSite,
    files: Vec<&'a TableFile>,
    identities: &'a Identities,
    /// Rows that are taken away.
    gone: &'a Gone,
    merge: Merge,
    writing: &'a Writing,
}

/// The rows that come into one month.
#[derive(Default)]
struct Month<'a> {
    /// Files that hold rows of customers who may have become others.
    outdated: Vec<&'a TableFile>,
    /// Files that hold rows that are taken away.
    thinned: Vec<&'a TableFile>,
    /// The rows that come into each bucket.
    parts: BTreeMap<u16, Part<'a>>,
}

/// The rows that come into one month and bucket.
#[derive(Default)]
struct Part<'a> {
    /// In the table's order.
    fresh: Vec<&'a Row>,
    /// Rows of a load.
    loaded: LoadedPart,
    /// Rows that have come from other files.
    moved: Moved,
    /// Files of which the rows stay that no longer have to move. Each is opened when its part is written: a visitor of
    /// years has more files than a process may have open.
    staying: Vec<&'a TableFile>,
}

type Key = (String, u16);

impl SiteWork<'_> {
    fn run(&self, plan: &mut Plan) -> Result<()> {
        let fresh = self.fresh;
        let mut months: BTreeMap<String, Month<'_>> = BTreeMap::new();
        for file in outdated::find(self.root, self.files.iter().copied(), &self.fresh.outdated)? {
            months.entry(key_of(file)?.0).or_default().outdated.push(file);
        }
        for (file, rows) in self.gone.find(self.root, self.files.iter().copied())? {
            months.entry(key_of(file)?.0).or_default().thinned.push(file);
            *plan.withdrawn.entry(self.site.clone()).or_default() += rows;
        }
        for row in &fresh.rows {
            let month = months.entry(month(row.event.time)).or_default();
            month.parts.entry(bucket(&row.customer)).or_default().fresh.push(row);
        }
        for ((month, bucket), loaded) in fresh.loaded.parts() {
            plan.rows += loaded.rows.len() as u64;
            months.entry(month).or_default().parts.entry(bucket).or_default().loaded = loaded;
        }
        if self.merge != Merge::Tiered {
            for file in &self.files {
                let (month, bucket) = key_of(file)?;
                months.entry(month).or_default().parts.entry(bucket).or_default();
            }
        }
        // Copies within what was taken from the log are gone already.
        let mut copies = fresh.good - fresh.loaded.good - fresh.rows.len() as u64;
        plan.rows += fresh.rows.len() as u64;
        // Rows change their bucket, never their month.
        for (month, of_month) in months {
            let Month {
                outdated,
                thinned,
                mut parts,
            } = of_month;
            let mut replaced: BTreeSet<&str> = BTreeSet::new();
            for file in outdated {
                if self.move_out(file, &mut parts)? {
                    replaced.insert(&file.path);
                    plan.remove.push(file.clone());
                }
            }
            for file in thinned {
                if replaced.insert(&file.path) {
                    parts.entry(key_of(file)?.1).or_default().staying.push(file);
                    plan.remove.push(file.clone());
                }
            }
            for (bucket, part) in parts {
                let key = (month.clone(), bucket);
                let here = self.files.iter().copied();
                let here = here.filter(|file| !replaced.contains(file.path.as_str()));
                let here: Vec<_> = here.filter(|file| key_of(file).is_ok_and(|k| k == key)).collect();
                copies += self.write_part(&key, part, &here, plan)?;
            }
        }
        *plan.copies.entry(self.site.clone()).or_default() += copies;
        Ok(())
    }

    /// Takes the rows that now belong to other customers out of a file, which then stays without them. Returns whether
    /// there were any.
    fn move_out<'b>(&self, file: &'b TableFile, parts: &mut BTreeMap<u16, Part<'b>>) -> Result<bool> {
        let path = self.root.join(&file.path);
        let (month, own) = key_of(file)?;
        let mut moves = false;
        for batch in outdated::rows(self.root, file, &self.fresh.outdated)? {
            let batch = batch?;
            let leaves = filter_record_batch(&batch, &self.leaving(&batch, &path)?);
            let leaves = leaves.and_then(|leaves| by_bucket(&outdated::rekey(&leaves, &self.site, self.identities)?));
            for (bucket, rows) in leaves.map_err(|err| Error::data_file(&path, err))? {
                moves = true;
                let rows = present::narrow(&rows).map_err(|err| Error::data_file(&path, err))?;
                parts.entry(bucket).or_default().moved.push(rows);
            }
            self.put_down(&month, parts)?;
        }
        if moves {
            parts.entry(own).or_default().staying.push(file);
        }
        Ok(moves)
    }

    /// Puts moved rows into files where too many are held: most of them, so that the files are few.
    fn put_down(&self, month: &str, parts: &mut BTreeMap<u16, Part<'_>>) -> Result<()> {
        let held: usize = parts.values().map(|part| part.moved.held_bytes()).sum();
        let most = parts.iter_mut().max_by_key(|(_, part)| part.moved.held_bytes());
        match most {
            Some((bucket, part)) if held > HELD_BYTES => {
                let key = (month.to_owned(), *bucket);
                part.moved.put_down(|| self.root.join(self.path(&key)))
            }
            _ => Ok(()),
        }
    }

    /// The rows of a file that stay.
    fn stays<'b>(&'b self, path: PathBuf, rows: Run<'b>) -> Run<'b> {
        Box::new(rows.map(move |batch| {
            let batch = batch?;
            let failed = |err| Error::data_file(&path, err);
            let gone = self.gone.mask_of_table(&batch, &path)?;
            let stays = or(&self.leaving(&batch, &path)?, &gone).and_then(|goes| not(&goes));
            let stays = stays.and_then(|stays| filter_record_batch(&batch, &stays));
            stays.map_err(failed)
        }))
    }

    /// For each row whether it has to move. One that is taken away does not.
    fn leaving(&self, batch: &RecordBatch, path: &Path) -> Result<BooleanArray> {
        let leaving = outdated::mask(batch, &self.site, &self.fresh.outdated, self.identities);
        let gone = self.gone.mask_of_table(batch, path)?;
        and_not(&leaving, &gone).map_err(|err| Error::data_file(path, err))
    }

    /// Writes one run of what comes into a month and bucket, together with the older runs it swallows. Returns how many
    /// copies were dropped.
    fn write_part(&self, key: &Key, mut part: Part<'_>, here: &[&TableFile], plan: &mut Plan) -> Result<u64> {
        let before = part.fresh.len() + part.loaded.rows.len();
        let fresh = known::drop_known(self.root, here, part.fresh, &BTreeSet::new())?;
        let loaded = self.new_of(here, part.loaded.rows)?;
        let known = (before - fresh.len() - loaded.len()) as u64 + part.loaded.copies;
        let loose = (fresh.len() + loaded.len()) as u64 + part.moved.rows;
        let coming = loose + part.staying.iter().map(|file| file.rows).sum::<u64>();
        // Not by `coming`: the Delta log may not say how many rows stay.
        let nothing_comes = loose == 0 && part.staying.is_empty();
        let swallowed = match self.merge {
            Merge::All if nothing_comes && here.len() < 2 => return Ok(known),
            Merge::All | Merge::Anew => here.to_vec(),
            Merge::Tiered if nothing_comes => return Ok(known),
            Merge::Tiered => swallowed(here, coming),
        };
        let path = self.path(key);
        let file = self.root.join(&path);
        let failed = |err| Error::data_file(&file, err);
        let open = |run: &&TableFile| OpenRun::open(self.root.join(&run.path));
        let staying = part.staying.iter().map(open).collect::<Result<Vec<_>>>()?;
        let merged = swallowed.iter().map(open).collect::<Result<Vec<_>>>()?;
        let of_files = staying.iter().chain(&merged).map(|run| run.schema().as_ref());
        let of_fresh = present::of_rows(&fresh);
        let others = [&of_fresh, part.moved.schema()].map(AsRef::as_ref);
        let of_loaded = (!loaded.is_empty()).then(|| self.fresh.loaded.schema.as_ref());
        let schema = present::union(of_files.chain(others).chain(of_loaded));
        let fit = |rows: std::result::Result<RecordBatch, ArrowError>| {
            rows.and_then(|rows| present::fit(&rows, &schema)).map_err(failed)
        };
        let is_of_files = !staying.is_empty() || !merged.is_empty();
        let mut runs: Vec<Run<'_>> = Vec::new();
        for (file, run) in part.staying.iter().zip(staying) {
            runs.push(self.stays(self.root.join(&file.path), run.rows(Arc::clone(&schema))?));
        }
        for run in merged {
            runs.push(run.rows(Arc::clone(&schema))?);
        }
        if part.moved.rows > 0 {
            runs.extend(part.moved.runs(&file, &schema)?);
        }
        if !fresh.is_empty() {
            let pieces = piece::of_fresh(&fresh);
            runs.push(Box::new(
                pieces.map(|rows| fit(rows::to_narrow_batch(rows.iter().copied()))),
            ));
        }
        if !loaded.is_empty() {
            runs.push(Box::new(self.fresh.loaded.pieces(&loaded).map(fit)));
        }
        let (written, merged_copies) = match runs.pop() {
            // Rows in memory are sorted and without copies.
            Some(only) if runs.is_empty() && !is_of_files => (parquet_file::write_rows(&file, only)?, 0),
            last => {
                runs.extend(last);
                let mut merged = Merged::new(&file, runs)?;
                let written = parquet_file::write_rows(&file, merged.by_ref())?;
                (written, merged.copies)
            }
        };
        plan.remove.extend(swallowed.into_iter().cloned());
        if let Some(written) = written {
            let partition = [
                ("site", self.site.to_string()),
                ("month", key.0.clone()),
                ("bucket", key.1.to_string()),
            ];
            plan.add
                .push(TableFile::new(path, &partition, written, clock::timestamp().millis()));
        }
        Ok(known + part.moved.copies + merged_copies)
    }

    /// Returns those rows of a load that the files do not contain.
    fn new_of(&self, files: &[&TableFile], rows: Vec<At>) -> Result<Vec<At>> {
        if files.is_empty() || rows.is_empty() {
            return Ok(rows);
        }
        let keys: Vec<_> = self.fresh.loaded.keys(&rows).collect();
        let known = known::known(self.root, files, &keys, &BTreeSet::new())?;
        let rows = rows.iter().zip(known);
        Ok(rows.filter(|(_, known)| !known).map(|(at, _)| *at).collect())
    }

    fn path(&self, (month, bucket): &Key) -> String {
        format!(
            "site={}/month={month}/bucket={bucket:02}/{}",
            self.site,
            self.writing.file_name()
        )
    }
}

/// The runs that a new one of `coming` rows is merged with: the small ones, and as many as keep the bound.
fn swallowed<'a>(here: &[&'a TableFile], coming: u64) -> Vec<&'a TableFile> {
    let mut here = here.to_vec();
    here.sort_by_key(|file| (file.rows, file.path.clone()));
    let mut rows = coming;
    let mut count = 0;
    for file in &here {
        let over = here.len() - count + 1 > RUNS_MAX;
        if !over && file.rows > rows.saturating_mul(SWALLOW) {
            break;
        }
        rows += file.rows;
        count += 1;
    }
    here.truncate(count);
    here
}

fn key_of(file: &TableFile) -> Result<Key> {
    match file.value("bucket").parse() {
        Ok(bucket) => Ok((file.value("month").to_owned(), bucket)),
        Err(_) => Err(Error::damaged(
            Path::new(&file.path),
            "the Delta log gives it no bucket",
        )),
    }
}

/// Rows by their customers' buckets.
pub(crate) fn by_bucket(batch: &RecordBatch) -> Result<BTreeMap<u16, RecordBatch>, ArrowError> {
    let mut rows: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
    for (row, customer) in (0..).zip(text_column(batch, column::CUSTOMER).iter().flatten()) {
        rows.entry(bucket(customer)).or_default().push(row);
    }
    rows.into_iter()
        .map(|(bucket, rows)| Ok((bucket, take_record_batch(batch, &UInt32Array::from(rows))?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    use wayside_model::Event;

    use super::*;
    use crate::testing::{accepted, event, file, identify, long_event, rich_event, row, site};

    fn writing(dir: &Path) -> Writing {
        Writing::begin(&dir.join("compacting")).unwrap()
    }

    /// Visitors whose own customers are in one bucket.
    fn visitors_of_one_bucket() -> impl Iterator<Item = String> {
        let visitors = (0..).map(|number| format!("v{number}"));
        visitors.filter(|visitor| bucket(&format!("anon:{visitor}")) == 0)
    }

    /// The customer and number of each row that a plan adds.
    fn added(root: &Path, plan: &Plan) -> Vec<(String, i64)> {
        let batches = plan
            .add
            .iter()
            .flat_map(|file| parquet_file::read(&root.join(&file.path)).unwrap());
        let rows = batches.flat_map(|batch| {
            let names = text_column(&batch, column::CUSTOMER)
                .iter()
                .flatten()
                .map(str::to_owned);
            let seqs = batch.column(column::SEQ).as_primitive::<Int64Type>().values().to_vec();
            names.zip(seqs).collect::<Vec<_>>()
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort();
        rows
    }

    #[test]
    fn the_remaining_rows_of_a_file_without_statistics_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let names: Vec<_> = visitors_of_one_bucket().take(2).collect();
        let rows = names.iter().zip(0..);
        let rows = rows.map(|(name, seq)| row(&format!("anon:{name}"), event(name, 1, seq, 0)));
        let mut file = file(dir.path(), rows.collect());
        // As another engine may have added it.
        (file.rows, file.stats) = (0, serde_json::Value::Null);
        // In a month of its own, so that only what stays comes into the file's month.
        let customer = (0..).map(|n| format!("c{n}")).find(|name| bucket(name) == 1).unwrap();
        let known = identify(&names[0], &customer, 2, 9, 40 * 86_400_000);
        let fresh = Fresh::new(vec![accepted(vec![known])], &Arc::default());
        let plan = plan(dir.path(), &[file], &fresh, Merge::Tiered, &writing(dir.path())).unwrap();
        assert_eq!(plan.remove.len(), 1);
        let expected = [(format!("anon:{}", names[1]), 1), (customer.clone(), 0), (customer, 9)];
        assert_eq!(added(dir.path(), &plan), expected);
    }

    #[test]
    fn a_file_has_only_the_columns_of_its_rows() {
        let dir = tempfile::tempdir().unwrap();
        let compacted = |events: Vec<Event>, files: &[TableFile]| {
            let fresh = Fresh::new(vec![accepted(events)], &Arc::default());
            let mut plan = plan(dir.path(), files, &fresh, Merge::All, &writing(dir.path())).unwrap();
            assert_eq!((plan.add.len(), plan.remove.len()), (1, files.len()));
            plan.add.remove(0)
        };
        let columns = |file: &TableFile| {
            let run = OpenRun::open(dir.path().join(&file.path)).unwrap();
            let leaves = run.schema().flattened_fields();
            let leaves = leaves.iter().filter(|field| !field.data_type().is_nested());
            leaves
                .map(|field| field.name().clone())
                .skip(column::FIRST_FIELD)
                .collect::<Vec<_>>()
        };
        let plain = compacted(vec![event("v", 1, 0, 0)], &[]);
        assert_eq!(columns(&plain), ["url"]);
        let merged = compacted(vec![rich_event()], std::slice::from_ref(&plain));
        let mut expected = vec!["url", "currency", "value", "item_id", "price", "quantity", "props"];
        let mut found = columns(&merged);
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
        // A reader sees all columns.
        let seen = parquet_file::read(&dir.path().join(&merged.path)).unwrap();
        let events = [event("v", 1, 0, 0), rich_event()].map(|event| row("anon:v", event));
        assert_eq!(seen, [rows::to_batch(&events).unwrap()]);
    }

    /// As a process that may have 24 files open.
    #[test]
    fn a_visitor_of_many_files_identifies_with_few_of_them_open() {
        const CHILD: &str = "WAYSIDE_FEW_FILES";
        if std::env::var_os(CHILD).is_none() {
            let itself = "compact::tests::a_visitor_of_many_files_identifies_with_few_of_them_open";
            let child = std::process::Command::new("sh")
                .args(["-c", "ulimit -n 24; exec \"$0\" \"$@\""])
                .arg(std::env::current_exe().unwrap())
                .args(["--exact", itself])
                .env(CHILD, "1")
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&child.stdout);
            assert!(child.status.success() && said.contains("1 passed"), "{said}");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let names: Vec<_> = visitors_of_one_bucket().take(2).collect();
        let months = 0..30;
        let files = months.clone().map(|seq| {
            let time = i64::from(seq) * 31 * 86_400_000;
            let rows = names.iter().zip([seq, 100 + seq]);
            let rows = rows.map(|(name, seq)| row(&format!("anon:{name}"), event(name, 1, seq, time)));
            file(dir.path(), rows.collect())
        });
        let files: Vec<_> = files.collect();
        let fresh = Fresh::new(
            vec![accepted(vec![identify(&names[0], "c", 2, 900, 0)])],
            &Arc::default(),
        );
        let plan = plan(dir.path(), &files, &fresh, Merge::Tiered, &writing(dir.path())).unwrap();
        assert_eq!(plan.remove.len(), files.len());
        let stays = months
            .clone()
            .map(|seq| (format!("anon:{}", names[1]), 100 + i64::from(seq)));
        let moved = months.map(i64::from).chain([900]).map(|seq| ("c".to_owned(), seq));
        assert_eq!(added(dir.path(), &plan), stays.chain(moved).collect::<Vec<_>>());
    }

    #[test]
    fn a_visitor_of_more_rows_than_are_held_moves() {
        let dir = tempfile::tempdir().unwrap();
        let count = 3 * HELD_BYTES as u32 / (3 << 20);
        let long = (0..count).map(|seq| row("anon:v", long_event(seq, i64::from(seq))));
        let short = (0..3).map(|seq| row("anon:v", event("v", 2, 100 + seq, 0)));
        let files = [file(dir.path(), long.collect()), file(dir.path(), short.collect())];
        // Every third has come again.
        let again = (0..count).step_by(3).map(|seq| long_event(seq, i64::from(seq)));
        let fresh = again.chain([identify("v", "c", 3, 900, 0)]).collect();
        let fresh = Fresh::new(vec![accepted(fresh)], &Arc::default());
        let plan = plan(dir.path(), &files, &fresh, Merge::Tiered, &writing(dir.path())).unwrap();
        let seqs = (0..count).chain(100..103).chain([900]);
        let expected: Vec<_> = seqs.map(|seq| ("c".to_owned(), i64::from(seq))).collect();
        assert_eq!(added(dir.path(), &plan), expected);
        assert_eq!(plan.copies[&site()], u64::from(count.div_ceil(3)));
        // The temporary files are removed: only the two earlier files and the new one exist.
        let referred = files.iter().chain(&plan.add).map(|file| dir.path().join(&file.path));
        let referred: BTreeSet<_> = referred.collect();
        assert_eq!((plan.add.len(), referred.len()), (1, 3));
        let found = crate::explain::data_files(dir.path()).unwrap();
        assert_eq!(found.collect::<BTreeSet<_>>(), referred);
    }

    #[test]
    fn moved_rows_wait_in_files_when_too_many_are_held() {
        let dir = tempfile::tempdir().unwrap();
        let work = SiteWork {
            root: dir.path(),
            site: site(),
            files: Vec::new(),
            identities: &Identities::default(),
            gone: &Gone::default(),
            fresh: &FreshSite::default(),
            merge: Merge::Tiered,
            writing: &writing(dir.path()),
        };
        let rows = rows::to_batch(&[row("c", long_event(0, 0))]).unwrap();
        let each = rows.get_array_memory_size();
        let mut parts: BTreeMap<u16, Part<'_>> = BTreeMap::new();
        // The last goes into a bucket of few.
        for at in 0..HELD_BYTES / each {
            parts
                .entry(u16::from(at % 3 == 2))
                .or_default()
                .moved
                .push(rows.clone());
            work.put_down("1970-01", &mut parts).unwrap();
        }
        let held = |parts: &BTreeMap<u16, Part<'_>>| [0, 1].map(|bucket| parts[&bucket].moved.held_bytes() / each);
        let [most, few] = held(&parts);
        assert_eq!(most + few, HELD_BYTES / each);
        parts.entry(1).or_default().moved.push(rows);
        work.put_down("1970-01", &mut parts).unwrap();
        assert_eq!(held(&parts), [0, few + 1]);
    }

    #[test]
    fn a_failed_compaction_removes_its_files() {
        let dir = tempfile::tempdir().unwrap();
        let events = vec![event("v", 1, 0, 0), event("v", 1, 1, 40 * 86_400_000)];
        let fresh = Fresh::new(vec![accepted(events)], &Arc::default());
        // The later month's folder cannot be made: a file has its name.
        let site = dir.path().join("site=shop");
        std::fs::create_dir(&site).unwrap();
        let in_the_way = site.join("month=1970-02");
        std::fs::write(&in_the_way, "").unwrap();
        plan(dir.path(), &[], &fresh, Merge::Tiered, &writing(dir.path())).unwrap_err();
        let written = || {
            std::fs::read_dir(
                site.join("month=1970-01")
                    .join(format!("bucket={:02}", bucket("anon:v"))),
            )
            .unwrap()
            .count()
        };
        assert_eq!(written(), 0);
        std::fs::remove_file(in_the_way).unwrap();
        assert_eq!(
            plan(dir.path(), &[], &fresh, Merge::Tiered, &writing(dir.path()))
                .unwrap()
                .add
                .len(),
            2
        );
        assert_eq!(written(), 1);
    }
}

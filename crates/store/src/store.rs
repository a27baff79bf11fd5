//! The read view of a data folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, PoisonError};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampMillisecondType;
use tokio::sync::Mutex;
use wayside_model::{SiteId, Timestamp};

use crate::accepted::Accepted;
use crate::automated::Automated;
use crate::compact::by_bucket;
use crate::dead::{self, Copies, DeadReasons, DeadRow};
use crate::delta::{Table, TableFile};
use crate::error::{Error, ErrorKind, Result};
use crate::explain;
use crate::folder::{Folder, number};
use crate::fresh::{Fresh, FreshSite};
use crate::gone::Gone;
use crate::identities::Identities;
use crate::known;
use crate::log::{self, Position, Until};
use crate::merge::Merged;
use crate::moved::sorted_runs;
use crate::outdated;
use crate::piece;
use crate::rows;
use crate::snapshot::{Bucket, Counts, DataFile, SiteSummary, Snapshot, Snapshots};
use crate::table::{BUCKETS, bucket, column, month};
use crate::version::{Seen, Version};

/// Most attempts of a read whose files a compaction removes. Compactions are seconds apart, and reading a version takes
/// a fraction of a second.
const ATTEMPTS: u32 = 10;

/// A reader of a data folder, which works while another process writes it. Clones are cheap and share their cache.
#[derive(Clone, Debug)]
pub struct Store {
    folder: Folder,
    cache: Arc<Mutex<Cache>>,
    seen: Arc<Mutex<Seen>>,
    snapshots: Snapshots,
    automated: Arc<std::sync::Mutex<Automated>>,
}

#[derive(Debug, Default)]
struct Cache {
    table: Option<Table>,
    dead: Option<Table>,
    identities: Option<(i64, Arc<Identities>)>,
}

/// One version of the table and the log behind it.
pub(crate) struct View {
    table: Table,
    files: Vec<TableFile>,
    pub(crate) fresh: Fresh,
}

impl Store {
    /// Opens the data folder at `dir` for reading.
    ///
    /// # Errors
    ///
    /// Fails if there is no data folder or it cannot be read.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self> {
        let folder = Folder::new(dir.as_ref());
        if !folder.table().join("_delta_log").is_dir() && !explain::has_data(&folder.table())? {
            return Err(Error::new(ErrorKind::Missing {
                path: folder.root().to_path_buf(),
            }));
        }
        Ok(Self {
            folder,
            cache: Arc::default(),
            seen: Arc::default(),
            snapshots: Snapshots::default(),
            automated: Arc::default(),
        })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.folder.root()
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The current snapshot of a site, with everything acknowledged so far.
    ///
    /// # Errors
    ///
    /// Fails if the table or the log cannot be read, or if a file that the snapshot needs is missing.
    pub async fn snapshot(&self, site: &SiteId) -> Result<Snapshot> {
        self.retry(|| self.try_snapshot(site)).await
    }

    /// The version of what is known of a site now. While it stays the same, so does every answer about the site. It never goes back
    /// to an earlier one, and it costs little: of the log, only what has come since the last call is read.
    ///
    /// # Errors
    ///
    /// Fails if the tables or the log cannot be read.
    pub async fn version(&self, site: &SiteId) -> Result<Version> {
        self.retry(|| self.try_version(site)).await
    }

    /// The sites that have events or dead letters, with how many.
    ///
    /// # Errors
    ///
    /// Fails if the tables or the log cannot be read.
    pub async fn sites(&self) -> Result<Vec<SiteSummary>> {
        self.retry(|| self.try_sites()).await
    }

    /// The numbers of accepted events of each site since the folder was created, copies included.
    ///
    /// # Errors
    ///
    /// Fails if the tables or the log cannot be read.
    pub async fn counts(&self) -> Result<BTreeMap<SiteId, Counts>> {
        self.retry(|| self.try_counts()).await
    }

    /// The dead letters of a site in order of arrival, each event once.
    ///
    /// # Errors
    ///
    /// Fails if the dead-letter table or the log cannot be read.
    pub async fn dead_letters(&self, site: &SiteId) -> Result<Vec<DeadRow>> {
        self.retry(|| self.try_dead_letters(site)).await
    }

    /// A site's dead letters by reason, as far as `is_asked` takes their times; one without a time has that of its arrival. Each event counts
    /// once. However many there are, they take a bounded memory.
    ///
    /// # Errors
    ///
    /// Fails if the tables or the log cannot be read.
    pub async fn dead_reasons(
        &self,
        site: &SiteId,
        is_asked: impl Fn(Timestamp) -> bool + Clone + Send + 'static,
    ) -> Result<DeadReasons> {
        self.retry(|| self.try_dead_reasons(site, is_asked.clone())).await
    }

    /// Visitors of a site who identified as different customers; all their events are with the first.
    ///
    /// # Errors
    ///
    /// Fails if the tables or the log cannot be read.
    pub async fn disputed_visitors(&self, site: &SiteId) -> Result<Vec<String>> {
        let view = self.retry(|| self.view(Some(site))).await?;
        Ok(view.fresh.identities.disputed(site))
    }

    async fn try_snapshot(&self, site: &SiteId) -> Result<Snapshot> {
        let version = self.try_version(site).await?;
        if let Some(known) = self.snapshots.get(site, version) {
            return Ok(known);
        }
        let mut view = self.view(Some(site)).await?;
        view.files.retain(|file| file.value("site") == site.as_str());
        let of = site.clone();
        let made = blocking(move || snapshot(view, &of)).await?;
        self.snapshots.put(site, version, &made);
        Ok(made)
    }

    async fn try_version(&self, site: &SiteId) -> Result<Version> {
        let (table, _, position) = self.table().await?;
        let dead = self.dead_table().await?;
        let log = self.seen.lock().await.look(&self.folder.log(), position, site).await?;
        Ok(Version {
            table: table.version(),
            dead: dead.version(),
            log,
        })
    }

    async fn try_sites(&self) -> Result<Vec<SiteSummary>> {
        let view = self.view(None).await?;
        let (dead, mut fresh_dead) = self.dead().await?;
        let dead_files = dead.files()?;
        let sites: BTreeSet<SiteId> = view
            .files
            .iter()
            .chain(&dead_files)
            .filter_map(|file| SiteId::parse(file.value("site")).ok())
            .chain(view.fresh.sites.keys().cloned())
            .collect();
        let mut summaries = Vec::new();
        for site in sites {
            let snapshot = self.try_snapshot(&site).await?;
            let fresh = fresh_dead.remove(&site).unwrap_or_default();
            let files = dead_files.iter().filter(|file| file.value("site") == site.as_str());
            let files: Vec<_> = files.map(|file| dead.root().join(&file.path)).collect();
            let dead = blocking(move || {
                let (mut copies, mut count) = (Copies::default(), 0_u64);
                let mut take = |id| count += u64::from(copies.is_first(id));
                for file in files {
                    dead::each_id(&file, &mut take)?;
                }
                fresh.iter().for_each(|row| take((row.letter.writer, row.letter.seq)));
                Ok(count)
            });
            let dead = dead.await?;
            let (first, last) = extent(&view.files, &snapshot, &site);
            let (known, events) = (Arc::clone(&self.automated), snapshot.events);
            let automated = blocking(move || {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                known.count(&snapshot)
            });
            summaries.push(SiteSummary {
                events,
                automated: automated.await?,
                dead,
                first,
                last,
                site,
            });
        }
        self.automated
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .keep_only(view.files.iter().map(|file| Path::new(&file.path)));
        Ok(summaries)
    }

    async fn try_counts(&self) -> Result<BTreeMap<SiteId, Counts>> {
        let mut view = self.view(None).await?;
        let (mut dead_table, dead_fresh) = self.dead().await?;
        let mut sites: BTreeSet<SiteId> = view.fresh.sites.keys().chain(dead_fresh.keys()).cloned().collect();
        let dead_files = dead_table.files()?;
        let files = view.files.iter().chain(&dead_files);
        sites.extend(files.filter_map(|file| SiteId::parse(file.value("site")).ok()));
        let mut counts = BTreeMap::new();
        for site in sites {
            let fresh_good = view.fresh.sites.get(&site).map_or(0, |fresh| fresh.good);
            let fresh_dead = dead_fresh.get(&site).map_or(0, |rows| rows.len() as u64);
            let withdrawn = at_least_0(view.table.number(&number::withdrawn(&site)).await?);
            let good = fresh_good + at_least_0(view.table.number(&number::good(&site)).await?);
            let good = good.saturating_sub(withdrawn);
            let dead = fresh_dead + at_least_0(dead_table.number(&number::dead(&site)).await?);
            counts.insert(
                site,
                Counts {
                    accepted: good + dead,
                    good,
                    dead,
                },
            );
        }
        Ok(counts)
    }

    async fn try_dead_letters(&self, site: &SiteId) -> Result<Vec<DeadRow>> {
        let (table, mut fresh) = self.dead().await?;
        let mut rows = fresh.remove(site).unwrap_or_default();
        let files: Vec<_> = table
            .files()?
            .into_iter()
            .filter(|file| file.value("site") == site.as_str())
            .collect();
        let root = table.root().to_path_buf();
        blocking(move || {
            for file in files {
                rows.extend(dead::read(&root.join(&file.path))?);
            }
            Ok(dead::without_copies(rows))
        })
        .await
    }

    async fn try_dead_reasons(
        &self,
        site: &SiteId,
        is_asked: impl Fn(Timestamp) -> bool + Send + 'static,
    ) -> Result<DeadReasons> {
        let (table, mut fresh) = self.dead().await?;
        let fresh = fresh.remove(site).unwrap_or_default();
        let files = table.files()?.into_iter();
        let root = table.root().to_path_buf();
        let files: Vec<_> = files
            .filter(|file| file.value("site") == site.as_str())
            .map(|file| root.join(&file.path))
            .collect();
        blocking(move || DeadReasons::count(&files, &fresh, is_asked, Copies::default())).await
    }

    /// The table at its latest version, who is who at that version, and its position in the log.
    pub(crate) async fn table(&self) -> Result<(Table, Arc<Identities>, Position)> {
        let mut cache = self.cache.lock().await;
        let table = latest(&mut cache.table, &self.folder.table()).await?;
        let position = Position::from_number(table.number(number::POSITION).await?.unwrap_or(0));
        let named = table.number(number::IDENTITIES).await?.unwrap_or(0);
        let mut table = table.clone();
        let identities = match &cache.identities {
            Some((number, identities)) if *number == named => Arc::clone(identities),
            _ => {
                let read = Arc::new(self.identities(&mut table, named).await?.0);
                cache.identities = Some((named, Arc::clone(&read)));
                read
            }
        };
        Ok((table, identities, position.max(Position::start_of(1))))
    }

    /// The identities from file `named`, or from the rows of the table if that file is lost; and whether it is lost.
    async fn identities(&self, table: &mut Table, named: i64) -> Result<(Identities, bool)> {
        let dir = self.folder.identities();
        let lost = match blocking(move || Identities::load(&dir, named)).await {
            Err(err) if err.is_not_found() => {
                // A compaction may have removed it since the table was read.
                table.update().await?;
                if table.number(number::IDENTITIES).await? != Some(named) {
                    return Err(err);
                }
                err
            }
            Err(err) if err.is_damaged() => err,
            read => return read.map(|identities| (identities, false)),
        };
        tracing::error!("{lost}; the identities are read from all `identify` touchpoints of the table instead");
        let (root, files) = (table.root().to_path_buf(), table.files()?);
        blocking(move || {
            let mut identities = Identities::default();
            identities.learn_from_files(&root, &files, &Gone::default())?;
            identities.learn_from_keys(&root, &files)?;
            Ok((identities, true))
        })
        .await
    }

    /// Rebuilds the identities file if it is lost. Only the process that writes the folder may call it.
    pub(crate) async fn restore_identities(&self) -> Result<()> {
        let mut table = Table::open(&self.folder.table()).await?;
        let named = table.number(number::IDENTITIES).await?.unwrap_or(0);
        let (identities, is_lost) = self.identities(&mut table, named).await?;
        let dir = self.folder.identities();
        blocking(move || {
            if is_lost {
                Identities::put_aside(&dir, named)?;
                identities.save(&dir, named)?;
            }
            Ok(())
        })
        .await
    }

    /// Forgets the tables, so that they are read anew: the commits that they rest on are gone.
    pub(crate) async fn forget_tables(&self) {
        let mut cache = self.cache.lock().await;
        (cache.table, cache.dead) = (None, None);
    }

    /// The dead-letter table at its latest version.
    pub(crate) async fn dead_table(&self) -> Result<Table> {
        let mut cache = self.cache.lock().await;
        latest(&mut cache.dead, &self.folder.dead()).await.cloned()
    }

    /// The dead-letter table and the dead letters in the tail of the log.
    pub(crate) async fn dead(&self) -> Result<(Table, BTreeMap<SiteId, Vec<DeadRow>>)> {
        // The order matters: a compaction advances the dead-letter table first, and only if there are dead letters. So
        // the dead-letter table, read later, contains the dead letters before the position of the table.
        let (_, _, position) = self.table().await?;
        let mut table = self.dead_table().await?;
        let own = Position::from_number(table.number(number::POSITION).await?.unwrap_or(0));
        let position = own.max(position);
        let folder = self.folder.clone();
        let fresh = blocking(move || {
            let mut accepted = Vec::new();
            log::read(&folder.log(), position, Until::END, |part| {
                let events = Vec::new();
                accepted.extend((!part.dead.is_empty()).then_some(Accepted { events, ..part }));
            })?;
            let mut fresh: BTreeMap<SiteId, Vec<DeadRow>> = BTreeMap::new();
            for part in accepted {
                let received_at = part.received_at;
                let rows = part.dead.into_iter().map(|letter| DeadRow { received_at, letter });
                fresh.entry(part.site).or_default().extend(rows);
            }
            Ok(fresh)
        });
        Ok((table, fresh.await?))
    }

    pub(crate) async fn view(&self, only: Option<&SiteId>) -> Result<View> {
        let (table, identities, position) = self.table().await?;
        let folder = self.folder.clone();
        let only = only.cloned();
        let files = table.files()?;
        let fresh = blocking(move || {
            let log = folder.log();
            let mut accepted = Vec::new();
            log::read(&log, position, Until::END, |part| {
                if only.as_ref().is_none_or(|only| *only == part.site) {
                    accepted.push(part);
                }
            })?;
            Ok(Fresh::new(accepted, &identities))
        });
        Ok(View {
            fresh: fresh.await?,
            table,
            files,
        })
    }

    /// Repeats a read that was overtaken by a compaction.
    pub(crate) async fn retry<T, F>(&self, read: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        for _ in 1..ATTEMPTS {
            match read().await {
                Err(err) if err.is_not_found() => tracing::debug!(%err, "overtaken by a compaction, reading again"),
                done => return done,
            }
        }
        // A last attempt: a file that is still missing was not removed by a compaction, and the error names it.
        read().await.map_err(|err| err.of_missing_file(&self.folder.table()))
    }
}

async fn latest<'a>(cached: &'a mut Option<Table>, root: &Path) -> Result<&'a mut Table> {
    if let Some(table) = cached {
        table.update().await?;
    } else {
        *cached = Some(Table::open(root).await?);
    }
    cached.as_mut().ok_or_else(|| Error::new(ErrorKind::Stopped))
}

/// Builds the snapshot of one site from its files and the tail with the moved rows.
fn snapshot(view: View, site: &SiteId) -> Result<Snapshot> {
    let none = FreshSite::default();
    let fresh = view.fresh.sites.get(site).unwrap_or(&none);
    let root = view.table.root().to_path_buf();
    let failed = |err| Error::data_file(&root, err);
    let mut buckets: Vec<Bucket> = (0..BUCKETS)
        .map(|number| Bucket {
            number,
            ..Bucket::default()
        })
        .collect();
    let mut moved: Vec<Vec<RecordBatch>> = vec![Vec::new(); usize::from(BUCKETS)];
    let mut events: u64 = view.files.iter().map(|file| file.rows).sum();

    for file in outdated::find(&root, &view.files, &fresh.outdated)? {
        for batch in outdated::rows(&root, file, &fresh.outdated)? {
            let batch = outdated::rekey(&batch?, site, &view.fresh.identities).map_err(failed)?;
            // Rows of a file without statistics have not been counted.
            events = events.saturating_sub(batch.num_rows() as u64);
            for (number, rows) in by_bucket(&batch).map_err(failed)? {
                moved[usize::from(number)].push(rows);
            }
        }
    }
    for customer in &fresh.outdated {
        buckets[usize::from(bucket(customer))].moved.insert(customer.clone());
    }

    let mut by_number: Vec<Vec<&rows::Row>> = vec![Vec::new(); usize::from(BUCKETS)];
    for row in &fresh.rows {
        by_number[usize::from(bucket(&row.customer))].push(row);
    }
    for ((fresh, moved), bucket) in by_number.into_iter().zip(moved).zip(&mut buckets) {
        let number = bucket.number.to_string();
        let here: Vec<_> = view
            .files
            .iter()
            .filter(|file| file.value("bucket") == number)
            .collect();
        // Rows of a moved customer are already in the tail, where the merge drops copies of them among the fresh rows.
        let months: BTreeSet<String> = fresh.iter().map(|row| month(row.event.time)).collect();
        let where_known: Vec<_> = here
            .iter()
            .copied()
            .filter(|file| months.contains(file.value("month")))
            .collect();
        let fresh = known::drop_known(&root, &where_known, fresh, &bucket.moved)?;
        let mut runs = sorted_runs(moved, &root)?;
        let pieces = piece::of_fresh(&fresh);
        runs.push(Box::new(
            pieces.map(|rows| rows::to_batch(rows.iter().copied()).map_err(failed)),
        ));
        bucket.tail = Merged::new(&root, runs)?.collect::<Result<_>>()?;
        events += bucket.tail.iter().map(|rows| rows.num_rows() as u64).sum::<u64>();
        bucket.files = here.into_iter().map(data_file).collect();
        bucket
            .files
            .sort_by(|a, b| (&a.month, &a.path).cmp(&(&b.month, &b.path)));
    }
    Ok(Snapshot {
        version: view.table.version(),
        table_root: root,
        buckets,
        events,
    })
}

fn data_file(file: &TableFile) -> DataFile {
    DataFile {
        path: file.path.clone().into(),
        size: file.size,
        rows: file.rows,
        month: file.value("month").to_owned(),
    }
}

/// The times of a site's first and last event.
fn extent(files: &[TableFile], snapshot: &Snapshot, site: &SiteId) -> (Option<Timestamp>, Option<Timestamp>) {
    let files = files.iter().filter(|file| file.value("site") == site.as_str());
    let mut times: Vec<i64> = files
        .flat_map(|file| [&file.stats["minValues"]["time"], &file.stats["maxValues"]["time"]])
        .filter_map(|time| crate::parquet_file::from_iso(time.as_str()?))
        .collect();
    for tail in snapshot.buckets.iter().flat_map(|bucket| &bucket.tail) {
        let column = tail.column(column::TIME).as_primitive::<TimestampMillisecondType>();
        times.extend(column.values().iter());
    }
    let time = |millis: Option<&i64>| millis.map(|millis| Timestamp::from_millis(*millis));
    (time(times.iter().min()), time(times.iter().max()))
}

fn at_least_0(number: Option<i64>) -> u64 {
    number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

/// Runs blocking file operations on a separate thread, so that they do not delay other tasks.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(err) => match err.try_into_panic() {
            // A panic of the work continues in the caller.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::new(ErrorKind::Stopped)),
        },
    }
}

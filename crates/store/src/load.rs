//! A load: the rows of an import on their way into the table, past the log.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use wayside_model::{Event, Kind, SiteId, Timestamp, WriterId};

use crate::accepted::Accepted;
use crate::dead::DeadRow;
use crate::error::Result;
use crate::gone::Gone;
use crate::identities::Identities;
use crate::imports::row_key;
use crate::spill::{Piece, Spill};
use crate::store::blocking;
use crate::table::{bucket, column};
use crate::writer::{Compacted, DataWriter};

/// Bytes of dead letters that are held before they are stored.
const DEAD_BYTES: usize = 16 * 1024 * 1024;

/// Writers without a new row whose earlier rows are taken away in one commit. In memory each takes about 50 bytes then.
const LEFT_OUT_AT_ONCE: usize = 1_000_000;

/// Rows of an import on their way into the table.
///
/// The log keeps events that nobody could send again. The rows of an import can be read again, so they need no log. They are kept as
/// columns until the file has been read and each visitor's customer is known, and then become files of the table, some months at a
/// time. Until then none of them is stored, except for dead letters: an import that breaks off before leaves no rows. One that breaks
/// off later leaves whole commits, whose rows a second import finds.
#[derive(Debug)]
pub(crate) struct Load {
    writer: DataWriter,
    spill: Arc<Mutex<Spill>>,
    /// Of rows that replace earlier ones.
    replacing: Option<Replacing>,
    /// The identities by these rows, until they are stored.
    learned: Arc<Identities>,
    dead: BTreeMap<SiteId, Vec<DeadRow>>,
    dead_bytes: usize,
}

/// Further state of a load that replaces earlier rows.
#[derive(Debug)]
struct Replacing {
    /// The `identify` touchpoints. They come last: an earlier row takes those of its moment away with it.
    identifies: Arc<Mutex<Spill>>,
    /// Writers whose earlier rows go and that have no new row, by site and by when the new rows were received.
    left_out: BTreeMap<(SiteId, Timestamp), Vec<WriterId>>,
}

/// Rows of a load that are committed together.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) site: SiteId,
    pub(crate) rows: Vec<Piece>,
    /// The earlier rows that the commit takes away.
    pub(crate) replaced: Gone,
    /// The identities by all rows of the load, unless the table has them.
    pub(crate) learned: Arc<Identities>,
}

impl Load {
    /// Begins a load for the folder of `writer`; `replaces` says whether its rows replace earlier ones of the same id.
    pub(crate) fn new(writer: DataWriter, replaces: bool) -> Result<Self> {
        let spill = || Ok(Arc::new(Mutex::new(Spill::new(writer.store().folder().root())?)));
        let replacing = match replaces {
            true => Some(Replacing {
                identifies: spill()?,
                left_out: BTreeMap::new(),
            }),
            false => None,
        };
        Ok(Self {
            spill: spill()?,
            replacing,
            writer,
            learned: Arc::default(),
            dead: BTreeMap::new(),
            dead_bytes: 0,
        })
    }

    /// Takes in rows.
    pub(crate) async fn add(&mut self, mut part: Accepted) -> Result<()> {
        let learned = Arc::make_mut(&mut self.learned);
        for event in &part.events {
            learned.learn(&part.site, event);
        }
        let (site, received_at) = (part.site.clone(), part.received_at);
        for letter in part.dead.drain(..) {
            self.dead_bytes += size_of_val(&letter) + letter.detail.len() + letter.raw.as_ref().map_or(0, String::len);
            let dead = self.dead.entry(site.clone()).or_default();
            dead.push(DeadRow { received_at, letter });
        }
        if self.dead_bytes > DEAD_BYTES {
            self.store_dead().await?;
        }
        if let Some(replacing) = &mut self.replacing {
            let identifies = replacing.take(&mut part);
            spilled(&replacing.identifies, move |spill| spill.add(&identifies)).await?;
        }
        spilled(&self.spill, move |spill| spill.add(&part)).await
    }

    /// How many rows wait to be stored.
    pub(crate) fn waiting(&self) -> u64 {
        let identifies = self.replacing.as_ref().map(|replacing| &replacing.identifies);
        let spills = [Some(&self.spill), identifies].into_iter().flatten();
        spills
            .map(|spill| spill.lock().unwrap_or_else(PoisonError::into_inner).rows)
            .sum()
    }

    /// The rows to commit next, about half a million; `None` once all have been given out.
    pub(crate) async fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        let bucket_of = self.buckets().await?;
        if let Some((site, rows)) = spilled(&self.spill, move |spill| spill.next_chunk(&*bucket_of)).await? {
            let replaced = match &self.replacing {
                Some(_) => earlier_of(&rows),
                None => Gone::default(),
            };
            return Ok(Some(self.chunk(site, rows, replaced)));
        }
        let Some(replacing) = &mut self.replacing else {
            return Ok(None);
        };
        if let Some((site, replaced)) = replacing.next_left_out() {
            return Ok(Some(self.chunk(site, Vec::new(), replaced)));
        }
        let identifies = Arc::clone(&replacing.identifies);
        let bucket_of = self.buckets().await?;
        let next = spilled(&identifies, move |spill| spill.next_chunk(&*bucket_of)).await?;
        Ok(next.map(|(site, rows)| self.chunk(site, rows, Gone::default())))
    }

    /// Drops the rows that are not stored yet, and frees the space that they take on the disk.
    pub(crate) fn drop_rows(&mut self) -> Result<()> {
        let new = Self::new(self.writer.clone(), false)?;
        (self.spill, self.replacing) = (new.spill, new.replacing);
        Ok(())
    }

    /// The buckets of visitors, as far as identities are known: where replaced rows had told others, rows come into other buckets.
    async fn buckets(&self) -> Result<Box<dyn Fn(&SiteId, &str) -> u16 + Send>> {
        let (learned, (_, stored, _)) = (Arc::clone(&self.learned), self.writer.store().table().await?);
        Ok(Box::new(move |site, visitor| {
            let of_load = learned.knows(site, visitor);
            let identities = if of_load { &learned } else { &stored };
            bucket(&identities.key(site, visitor))
        }))
    }

    fn chunk(&self, site: SiteId, rows: Vec<Piece>, replaced: Gone) -> Chunk {
        Chunk {
            site,
            rows,
            replaced,
            learned: Arc::clone(&self.learned),
        }
    }

    /// Commits a chunk. What was committed before stays when it fails.
    pub(crate) async fn store(&mut self, chunk: Chunk) -> Result<Compacted> {
        self.store_dead().await?;
        let stored = self.writer.commit_load(chunk).await?;
        // The table has them now, and forgets them only where rows are taken away.
        if self.replacing.is_none() {
            self.learned = Arc::default();
        }
        Ok(stored)
    }

    /// Commits the dead letters that are held.
    pub(crate) async fn store_dead(&mut self) -> Result<()> {
        self.dead_bytes = 0;
        match std::mem::take(&mut self.dead) {
            none if none.is_empty() => Ok(()),
            dead => self.writer.commit_dead_of_load(dead).await,
        }
    }
}

#[cfg(test)]
impl Load {
    /// Makes each bucket of a month a chunk of its own.
    pub(crate) fn store_a_bucket_at_once(&self) {
        self.spill.lock().unwrap().chunk_bytes = 1;
    }
}

impl Replacing {
    /// Notes the writers that have no new row, and takes the `identify` touchpoints out of `part`.
    fn take(&mut self, part: &mut Accepted) -> Accepted {
        let is_identify = |event: &Event| event.touchpoint.kind() == Kind::Identify;
        let (identifies, others) = std::mem::take(&mut part.events).into_iter().partition(is_identify);
        part.events = others;
        let new: HashSet<WriterId> = part.events.iter().map(|event| event.id.writer).collect();
        let mut left_out = std::mem::take(&mut part.replaces);
        left_out.retain(|writer| !new.contains(writer));
        if !left_out.is_empty() {
            let key = (part.site.clone(), part.received_at);
            self.left_out.entry(key).or_default().extend(left_out);
        }
        Accepted {
            events: identifies,
            ..part.clone()
        }
    }

    /// Some of the earlier rows that have no new one.
    fn next_left_out(&mut self) -> Option<(SiteId, Gone)> {
        let mut first = self.left_out.first_entry()?;
        let (site, received_at) = first.key().clone();
        let writers = first.get_mut();
        let mut gone = Gone::default();
        for writer in writers.drain(writers.len().saturating_sub(LEFT_OUT_AT_ONCE)..) {
            gone.replace(writer, received_at);
        }
        if writers.is_empty() {
            first.remove();
        }
        Some((site, gone))
    }
}

impl Chunk {
    /// Bytes of its columns, which the files of the table do not exceed.
    pub(crate) fn bytes(&self) -> usize {
        let columns = self.rows.iter().flat_map(Piece::values);
        columns.map(|column| column.get_array_memory_size()).sum()
    }

    /// The keys of its rows, as the register keeps them.
    pub(crate) fn keys(&self) -> Vec<u8> {
        let keys = self.rows.iter().flat_map(|piece| {
            let rows = rows_of(piece).into_iter().flatten();
            rows.map(|row| row_key(row.writer.0, row.seq, row.time))
        });
        keys.flat_map(u64::to_le_bytes).collect()
    }
}

/// A row of a load as far as its identity goes.
struct RowOf {
    writer: WriterId,
    seq: u32,
    time: i64,
    received_at: Timestamp,
}

/// The rows of a piece. Each piece has these columns.
fn rows_of(piece: &Piece) -> Option<impl Iterator<Item = RowOf> + '_> {
    let times = piece.get(&column::TIME)?.as_primitive::<TimestampMillisecondType>();
    let received = piece
        .get(&column::RECEIVED_AT)?
        .as_primitive::<TimestampMillisecondType>();
    let writers = piece.get(&column::WRITER)?.as_binary::<i32>();
    let seqs = piece.get(&column::SEQ)?.as_primitive::<Int64Type>();
    Some((0..times.len()).filter_map(|row| {
        Some(RowOf {
            writer: WriterId(u128::from_be_bytes(writers.value(row).try_into().ok()?)),
            seq: u32::try_from(seqs.value(row)).ok()?,
            time: times.value(row),
            received_at: Timestamp::from_millis(received.value(row)),
        })
    }))
}

/// The rows that have the same writers as these and were received earlier.
fn earlier_of(rows: &[Piece]) -> Gone {
    let mut gone = Gone::default();
    for row in rows.iter().flat_map(|piece| rows_of(piece).into_iter().flatten()) {
        gone.replace(row.writer, row.received_at);
    }
    gone
}

async fn spilled<T: Send + 'static>(
    spill: &Arc<Mutex<Spill>>,
    work: impl FnOnce(&mut Spill) -> Result<T> + Send + 'static,
) -> Result<T> {
    let spill = Arc::clone(spill);
    blocking(move || work(&mut spill.lock().unwrap_or_else(PoisonError::into_inner))).await
}

#[cfg(test)]
mod tests {
    use arrow::array::RecordBatch;
    use arrow::compute::concat_batches;
    use wayside_model::{Event, WriterId};

    use super::*;
    use crate::accepted::DeadLetter;
    use crate::merge::{Merged, Run};
    use crate::testing::{accepted, event, identify, rich_event, site};
    use crate::{Counts, Options, parquet_file, table};

    const MONTH: i64 = 31 * 86_400_000;

    /// Visitors of whom some become customers later than their first rows, over three months; one row comes twice.
    fn events() -> Vec<Event> {
        let mut events = vec![rich_event()];
        for n in 0..60_u32 {
            let visitor = format!("v{}", n % 7);
            let time = i64::from(n % 3) * MONTH + i64::from(n);
            events.push(event(&visitor, u128::from(n % 5), n, time));
            if n >= 40 && n % 4 == 0 {
                events.push(identify(&visitor, "somebody", 77, n, time));
            }
        }
        events.push(event("v1", 1, 1, MONTH + 1));
        events
    }

    fn letter(seq: u32) -> DeadLetter {
        DeadLetter {
            writer: WriterId(9),
            seq,
            time: None,
            code: "name".to_owned(),
            detail: "for the test".to_owned(),
            raw: None,
        }
    }

    async fn open(dir: &std::path::Path) -> DataWriter {
        DataWriter::lock(dir, Options::default()).await.unwrap()
    }

    /// Loads the events in parts of ten, and returns the copies among them.
    async fn load(writer: &DataWriter, events: &[Event]) -> u64 {
        let mut load = Load::new(writer.clone(), false).unwrap();
        for part in events.chunks(10) {
            load.add(accepted(part.to_vec())).await.unwrap();
        }
        assert_eq!(load.waiting(), events.len() as u64);
        let mut copies = 0;
        while let Some(chunk) = load.next_chunk().await.unwrap() {
            copies += load.store(chunk).await.unwrap().copies;
        }
        assert_eq!(load.waiting(), 0);
        copies
    }

    async fn counts(writer: &DataWriter) -> Counts {
        writer.store().counts().await.unwrap()[&site()]
    }

    /// The rows of each bucket in the table's order.
    async fn rows(writer: &DataWriter) -> Vec<RecordBatch> {
        let snapshot = writer.store().snapshot(&site()).await.unwrap();
        let root = &snapshot.table_root;
        let buckets = snapshot.buckets.iter().map(|bucket| {
            let files = bucket.files.iter().map(|file| root.join(&file.path));
            let mut runs: Vec<Run<'_>> = vec![Box::new(bucket.tail.iter().cloned().map(Ok))];
            runs.extend(files.map(|file| parquet_file::run(&file).unwrap()));
            let pieces: Vec<_> = Merged::new(root, runs).unwrap().collect::<Result<_>>().unwrap();
            concat_batches(&table::schema(), &pieces).unwrap()
        });
        buckets.collect()
    }

    #[tokio::test]
    async fn a_load_leaves_the_same_rows_as_the_log() {
        let (by_log, by_load) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let logged = open(by_log.path()).await;
        for part in events().chunks(10) {
            logged.append(vec![accepted(part.to_vec())]).await.unwrap();
        }
        let expected = logged.compact().await.unwrap();
        let loaded = open(by_load.path()).await;
        assert_eq!(load(&loaded, &events()).await, expected.copies);
        assert_eq!(expected.copies, 1);
        assert_eq!(counts(&loaded).await, counts(&logged).await);
        assert_eq!(rows(&loaded).await, rows(&logged).await);
    }

    #[tokio::test]
    async fn rows_in_the_table_and_in_the_log_are_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let writer = open(dir.path()).await;
        let events = events();
        let (first, rest) = events.split_at(30);
        writer.append(vec![accepted(first.to_vec())]).await.unwrap();
        writer.compact().await.unwrap();
        writer.append(vec![accepted(rest[..10].to_vec())]).await.unwrap();
        // The copy within the events, and what the table has.
        assert_eq!(load(&writer, &events).await, 31);
        writer.compact().await.unwrap();
        let distinct = events.len() as u64 - 1;
        assert_eq!(writer.store().snapshot(&site()).await.unwrap().events, distinct);
        assert_eq!(load(&writer, &events).await, events.len() as u64);
        assert_eq!(counts(&writer).await.good, 40 + 2 * events.len() as u64);
        let report = writer.store().check().await.unwrap();
        assert!(report.is_ok(), "{:#?}", report.problems);
    }

    #[tokio::test]
    async fn a_load_that_is_broken_off_is_repeated_without_doubling() {
        let dir = tempfile::tempdir().unwrap();
        let events = events();
        // Rows of two sites are two commits.
        let other = wayside_model::SiteId::parse("other").unwrap();
        let parts = || {
            [site(), other.clone()].map(|site| Accepted {
                site,
                ..accepted(events.clone())
            })
        };
        for commits in [0, 1, 2] {
            let writer = open(dir.path()).await;
            let mut load = Load::new(writer.clone(), false).unwrap();
            for part in parts() {
                load.add(part).await.unwrap();
            }
            for _ in 0..commits {
                let chunk = load.next_chunk().await.unwrap().unwrap();
                load.store(chunk).await.unwrap();
            }
            drop(load);
            let distinct = events.len() as u64 - 1;
            for (site, stored_with) in [(&other, 1), (&site(), 2)] {
                let found = writer.store().snapshot(site).await.unwrap().events;
                let expected = if commits >= stored_with { distinct } else { 0 };
                assert_eq!(found, expected, "{site} after {commits} commits");
            }
            let report = writer.store().check().await.unwrap();
            assert!(report.is_ok(), "{:#?}", report.problems);
            writer.close().await.unwrap();
        }
    }

    #[tokio::test]
    async fn dead_letters_of_a_load_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let writer = open(dir.path()).await;
        // More than are held.
        let letters = (0..40).map(|seq| DeadLetter {
            raw: Some("x".repeat(1 << 20)),
            ..letter(seq)
        });
        let mut load = Load::new(writer.clone(), false).unwrap();
        for letter in letters {
            let dead = vec![letter];
            load.add(Accepted {
                dead,
                ..accepted(vec![])
            })
            .await
            .unwrap();
        }
        assert!(counts(&writer).await.dead > 10, "they do not wait for the rows");
        assert!(load.next_chunk().await.unwrap().is_none());
        load.store_dead().await.unwrap();
        drop(load);
        assert_eq!(counts(&writer).await.dead, 40);
        assert_eq!(writer.store().dead_letters(&site()).await.unwrap().len(), 40);
        let report = writer.store().check().await.unwrap();
        assert!(report.is_ok(), "{:#?}", report.problems);
    }
}

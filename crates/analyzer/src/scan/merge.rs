//! The merge of a bucket's sorted runs, customer by customer.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use futures::StreamExt;
use futures::stream::BoxStream;

use wayside_model::event::{Standing, sort_same_time};

use super::columns::{Columns, Layout, Origin, as_scanned};
use super::ids::Ids;
use super::journey::Unplaced;

/// One customer's rows in canonical order, each id once.
#[derive(Debug, Default)]
pub(crate) struct Customer {
    pub(crate) key: String,
    pub(crate) batches: Vec<Arc<Columns>>,
    pub(crate) rows: Vec<Place>,
}

/// The place of a row: the index of the customer's batch, and the index in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) batch: u32,
    pub(crate) row: u32,
}

impl Customer {
    pub(crate) fn columns(&self, place: Place) -> (&Columns, usize) {
        (&self.batches[place.batch as usize], place.row as usize)
    }

    fn clear(&mut self) {
        self.batches.clear();
        self.rows.clear();
    }

    fn push(&mut self, batch: &Arc<Columns>, from: usize, to: usize) {
        let number = self.batches.len() as u32;
        self.batches.push(batch.clone());
        self.rows.extend((from..to).map(|row| Place {
            batch: number,
            row: row as u32,
        }));
    }

    /// Sorts the rows of several runs by time. Returns whether some have the same time.
    fn order_by_time(&mut self, runs: usize) -> bool {
        let batches = &self.batches;
        let time = |place: &Place| batches[place.batch as usize].time(place.row as usize);
        // The runs of a customer are mostly months, one after the other.
        if runs > 1 && !self.rows.is_sorted_by_key(time) {
            self.rows.sort_by_key(time);
        }
        self.rows.windows(2).any(|pair| time(&pair[0]) == time(&pair[1]))
    }

    /// Drops copies of an id (the copy in the first run is kept), and sorts rows of the same time into the order of the
    /// journey. The rows are sorted by time.
    fn order_same_time(&mut self) {
        let batches = &self.batches;
        let time = |place: &Place| batches[place.batch as usize].time(place.row as usize);
        let id = |place: &Place| batches[place.batch as usize].id(place.row as usize);
        for same_time in self.rows.chunk_by_mut(|a, b| time(a) == time(b)) {
            // The sort is stable, so the copy in the first run stays the first.
            same_time.sort_by_key(id);
        }
        self.rows.dedup_by(|b, a| time(a) == time(b) && id(a) == id(b));
        for same_time in self.rows.chunk_by_mut(|a, b| time(a) == time(b)) {
            sort_same_time(same_time, |place| {
                Standing::of(&Unplaced {
                    columns: &batches[place.batch as usize],
                    at: place.row as usize,
                })
            });
        }
    }
}

/// The runs of a bucket, read in parallel.
pub(crate) struct Runs {
    runs: Vec<Run>,
    moved: BTreeSet<String>,
    memory: MemoryReservation,
    /// Whether batches have been dropped since memory was last counted.
    stale: bool,
}

/// The batches of a run.
pub(crate) type Batches = BoxStream<'static, Result<RecordBatch>>;

struct Run {
    batches: Batches,
    ids: Option<Ids>,
    layout: Layout,
    head: Option<Arc<Columns>>,
    at: usize,
    /// Rows of moved customers are outdated in files but not in the tail.
    is_file: bool,
}

impl Runs {
    /// The runs of a bucket, initially none. Rows of the customers `moved` are outdated in its files.
    pub(crate) fn new(moved: BTreeSet<String>, memory: MemoryReservation) -> Self {
        Self {
            runs: Vec::new(),
            moved,
            memory,
            stale: false,
        }
    }

    /// Adds the rows of a file, whose ids are read separately if `ids` is given. Of copies, the one in the run that was
    /// added first is kept.
    pub(crate) fn add_file(&mut self, batches: Batches, layout: &Layout, ids: Option<Ids>) {
        self.add(batches, layout, ids, true);
    }

    /// Adds the rows of the tail, whose texts become those of the scan's `schema`.
    pub(crate) fn add_tail(&mut self, batches: Vec<RecordBatch>, schema: SchemaRef, layout: &Layout, ids: Option<Ids>) {
        let batches = batches.into_iter().map(move |batch| as_scanned(&batch, &schema));
        self.add(futures::stream::iter(batches).boxed(), layout, ids, false);
    }

    fn add(&mut self, batches: Batches, layout: &Layout, ids: Option<Ids>, is_file: bool) {
        self.runs.push(Run {
            batches,
            ids,
            layout: layout.clone(),
            head: None,
            at: 0,
            is_file,
        });
    }

    /// Opens every run. Call it once, before the first [`Runs::next`].
    pub(crate) async fn open(&mut self) -> Result<()> {
        for (number, run) in self.runs.iter_mut().enumerate() {
            run.advance(number, &mut self.memory).await?;
        }
        Ok(())
    }

    /// Reads the next customer in order of keys into `out`; `false` if there is none.
    pub(crate) async fn next(&mut self, out: &mut Customer) -> Result<bool> {
        loop {
            out.clear();
            if self.stale {
                self.stale = false;
                self.memory.try_resize(
                    self.runs
                        .iter()
                        .filter_map(|run| run.head.as_ref())
                        .map(|head| head.bytes)
                        .sum(),
                )?;
            }
            let Some(first) = self.runs.iter().filter_map(Run::key).min() else {
                return Ok(false);
            };
            out.key.clear();
            out.key.push_str(first);
            let has_moved = self.moved.contains(&out.key);
            let mut runs = 0;
            for (number, run) in self.runs.iter_mut().enumerate() {
                if run.key() != Some(out.key.as_str()) {
                    continue;
                }
                let skip = run.is_file && has_moved;
                runs += usize::from(!skip);
                while let Some(head) = run.head.as_ref().filter(|_| run.key() == Some(out.key.as_str())) {
                    let end = head.end_of_customer(run.at);
                    if !skip {
                        out.push(head, run.at, end);
                    }
                    let is_last = end == head.len();
                    run.at = end;
                    if is_last {
                        self.stale = true;
                        run.advance(number, &mut self.memory).await?;
                    }
                }
            }
            if !out.rows.is_empty() {
                if out.order_by_time(runs) {
                    self.read_ids(&out.batches).await?;
                    out.order_same_time();
                }
                return Ok(true);
            }
        }
    }
}

impl Runs {
    /// Reads the ids of batches that do not have them yet.
    async fn read_ids(&mut self, batches: &[Arc<Columns>]) -> Result<()> {
        for batch in batches.iter().filter(|batch| !batch.has_ids()) {
            if let Some(ids) = &mut self.runs[batch.origin.run].ids {
                ids.add_to(batch).await?;
            }
        }
        Ok(())
    }
}

impl Run {
    fn key(&self) -> Option<&str> {
        self.head.as_ref().map(|head| head.customer(self.at))
    }

    /// Advances to the next batch with rows.
    async fn advance(&mut self, number: usize, memory: &mut MemoryReservation) -> Result<()> {
        let before = self.head.take();
        let origin = Origin {
            run: number,
            number: before.as_ref().map_or(0, |before| before.origin.number + 1),
        };
        self.at = 0;
        while let Some(batch) = self.batches.next().await.transpose()? {
            if batch.num_rows() > 0 {
                let columns = Columns::new(batch, &self.layout, origin, before.as_deref())?;
                memory.try_grow(columns.bytes)?;
                self.head = Some(Arc::new(columns));
                break;
            }
        }
        Ok(())
    }
}

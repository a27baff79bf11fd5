//! The merge of a bucket's sorted runs, customer by customer.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use futures::StreamExt;
use futures::stream::BoxStream;

use wayside_model::event::{Standing, sort_same_time};

use super::columns::{Columns, Layout};
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

    /// Sorts the rows of several runs, drops copies of an id (the copy in the first run is kept), and sorts rows of the
    /// same time into the order of the journey.
    fn order(&mut self, runs: usize) {
        let batches = &self.batches;
        let time = |place: &Place| batches[place.batch as usize].time(place.row as usize);
        let id = |place: &Place| batches[place.batch as usize].id(place.row as usize);
        if runs > 1 {
            // The sort is stable and fast for sorted runs.
            self.rows.sort_by_key(|place| (time(place), id(place)));
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

struct Run {
    batches: BoxStream<'static, Result<RecordBatch>>,
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

    /// Adds the rows of a file. Of copies, the one in the run that was added first is kept.
    pub(crate) fn add_file(&mut self, batches: BoxStream<'static, Result<RecordBatch>>, layout: &Layout) {
        self.add(batches, layout, true);
    }

    /// Adds the rows of the tail.
    pub(crate) fn add_tail(&mut self, batches: Vec<RecordBatch>, layout: &Layout) {
        self.add(
            futures::stream::iter(batches.into_iter().map(Ok)).boxed(),
            layout,
            false,
        );
    }

    fn add(&mut self, batches: BoxStream<'static, Result<RecordBatch>>, layout: &Layout, is_file: bool) {
        self.runs.push(Run {
            batches,
            layout: layout.clone(),
            head: None,
            at: 0,
            is_file,
        });
    }

    /// Opens every run. Call it once, before the first [`Runs::next`].
    pub(crate) async fn open(&mut self) -> Result<()> {
        for run in &mut self.runs {
            run.advance(&mut self.memory).await?;
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
            for run in &mut self.runs {
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
                        run.advance(&mut self.memory).await?;
                    }
                }
            }
            if !out.rows.is_empty() {
                out.order(runs);
                return Ok(true);
            }
        }
    }
}

impl Run {
    fn key(&self) -> Option<&str> {
        self.head.as_ref().map(|head| head.customer(self.at))
    }

    /// Advances to the next batch with rows.
    async fn advance(&mut self, memory: &mut MemoryReservation) -> Result<()> {
        self.head = None;
        self.at = 0;
        while let Some(batch) = self.batches.next().await.transpose()? {
            if batch.num_rows() > 0 {
                let columns = Columns::new(batch, &self.layout)?;
                memory.try_grow(columns.bytes)?;
                self.head = Some(Arc::new(columns));
                break;
            }
        }
        Ok(())
    }
}

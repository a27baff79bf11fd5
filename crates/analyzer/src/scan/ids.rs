//! Ids of a run's events, which are read beside the other columns, and only as far as some rows need them: those of one
//! customer that have the same time.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use futures::StreamExt;
use wayside_store::table::column;

use super::columns::Columns;
use super::files::{Wanted, batches};
use super::merge::Batches;

/// The columns of an id, by their positions in the table.
pub(crate) const ID_COLUMNS: [usize; 2] = [column::WRITER, column::SEQ];

/// The ids of a run. Its batches are those of the other columns.
pub(crate) struct Ids {
    source: Source,
    /// The number of the next batch.
    next: usize,
}

enum Source {
    /// A file that has not been opened yet.
    File(PathBuf, Wanted),
    Opened(Batches),
}

impl Ids {
    /// The ids of the file whose other columns are read as `rows` says.
    pub(super) fn of_file(path: PathBuf, rows: &Wanted) -> Result<Self> {
        let wanted = Wanted {
            schema: schema()?,
            ..rows.clone()
        };
        Ok(Self {
            source: Source::File(path, wanted),
            next: 0,
        })
    }

    /// The ids of a tail.
    pub(super) fn of_tail(tail: Vec<RecordBatch>) -> Self {
        Self {
            source: Source::Opened(futures::stream::iter(tail.into_iter().map(Ok)).boxed()),
            next: 0,
        }
    }

    /// Adds the ids to a batch of the run. Batches come in order.
    pub(super) async fn add_to(&mut self, rows: &Columns) -> Result<()> {
        if let Source::File(path, wanted) = &self.source {
            self.source = Source::Opened(batches(path.clone(), wanted.clone()).boxed());
        }
        if let Source::Opened(batches) = &mut self.source {
            while let Some(ids) = batches.next().await.transpose()? {
                if ids.num_rows() == 0 {
                    continue;
                }
                let number = self.next;
                self.next += 1;
                if number == rows.origin.number {
                    return rows.add_ids(ids.column(0), ids.column(1));
                }
            }
        }
        Err(DataFusionError::Internal(format!(
            "a run has no ids for its batch {}",
            rows.origin.number
        )))
    }
}

fn schema() -> Result<SchemaRef> {
    Ok(Arc::new(wayside_store::table::schema().project(&ID_COLUMNS)?))
}

//! Fresh rows that the table already has.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, TimestampMillisecondType};

use crate::delta::TableFile;
use crate::error::Result;
use crate::parquet_file;
use crate::rows::{Row, text_column};
use crate::table::{SORTED_BY, column};

/// Drops the rows that stand in one of `files`, the runs of the rows' month and bucket. So an id is in the table once,
/// for every engine that reads it, and counting rows counts events.
/// The rows there of customers in `outdated` do not count.
pub(crate) fn drop_known<'a>(
    root: &Path,
    files: &[&TableFile],
    mut rows: Vec<&'a Row>,
    outdated: &BTreeSet<String>,
) -> Result<Vec<&'a Row>> {
    let customers = rows.iter().map(|row| row.customer.clone());
    let customers: BTreeSet<String> = customers.filter(|customer| !outdated.contains(customer)).collect();
    if customers.is_empty() || files.is_empty() {
        return Ok(rows);
    }
    let mut known: HashSet<(String, i64, Vec<u8>, i64)> = HashSet::new();
    for file in files {
        for batch in parquet_file::read_customers(&root.join(&file.path), &customers, Some(&SORTED_BY))? {
            let names = text_column(&batch, column::CUSTOMER);
            let times = batch.column(column::TIME).as_primitive::<TimestampMillisecondType>();
            let writers = batch.column(column::WRITER).as_binary::<i32>();
            let seqs = batch.column(column::SEQ).as_primitive::<Int64Type>();
            known.extend((0..batch.num_rows()).map(|row| {
                let name = names.value(row).to_owned();
                (name, times.value(row), writers.value(row).to_vec(), seqs.value(row))
            }));
        }
    }
    rows.retain(|row| {
        let id = row.event.id;
        let writer = id.writer.0.to_be_bytes().to_vec();
        !known.contains(&(row.customer.clone(), row.event.time.millis(), writer, i64::from(id.seq)))
    });
    Ok(rows)
}

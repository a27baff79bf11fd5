//! Removal of fresh rows that the table already contains.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, TimestampMillisecondType};

use crate::delta::TableFile;
use crate::error::Result;
use crate::merge::Run;
use crate::parquet_file;
use crate::rows::{Row, text_column};
use crate::table::{SORTED_BY, column};

/// Drops rows that are already in one of `files`, the runs of the rows' month and bucket. So an id is in the table only
/// once for every engine, and the number of rows is the number of events. Rows in files of customers in `outdated` are
/// ignored.
pub(crate) fn drop_known<'a>(
    root: &Path,
    files: &[&TableFile],
    rows: Vec<&'a Row>,
    outdated: &BTreeSet<String>,
) -> Result<Vec<&'a Row>> {
    let writers: Vec<[u8; 16]> = rows.iter().map(|row| row.event.id.writer.0.to_be_bytes()).collect();
    let keys = rows.iter().zip(&writers).map(|(row, writer)| Key {
        customer: &row.customer,
        time: row.event.time.millis(),
        writer,
        seq: i64::from(row.event.id.seq),
    });
    let known = known(root, files, &keys.collect::<Vec<_>>(), outdated)?;
    let rows = rows.into_iter().zip(known);
    Ok(rows.filter(|(_, known)| !known).map(|(row, _)| row).collect())
}

/// The columns that identify a row; keys are ordered as rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a> {
    pub(crate) customer: &'a str,
    pub(crate) time: i64,
    /// The highest byte first.
    pub(crate) writer: &'a [u8],
    pub(crate) seq: i64,
}

/// A file is read whole if it has at most this many times as many rows as there are keys; of a larger file only the rows of the keys'
/// customers are read. Searching for each row's customer takes longer than comparing its key.
const READ_WHOLE: u64 = 4;

/// Says for each of these sorted keys whether one of `files` contains it. Rows in files of customers in `outdated` are ignored.
pub(crate) fn known(
    root: &Path,
    files: &[&TableFile],
    keys: &[Key<'_>],
    outdated: &BTreeSet<String>,
) -> Result<Vec<bool>> {
    let mut known = vec![false; keys.len()];
    let mut customers: Vec<&str> = keys.iter().map(|key| key.customer).collect();
    customers.dedup();
    customers.retain(|customer| !outdated.contains(*customer));
    if customers.is_empty() {
        return Ok(known);
    }
    let customers: BTreeSet<String> = customers.into_iter().map(str::to_owned).collect();
    for file in files {
        let path = root.join(&file.path);
        let few = file.rows > READ_WHOLE.saturating_mul(keys.len() as u64);
        let there: Run<'_> = if few {
            Box::new(parquet_file::read_customers(&path, &customers, Some(&SORTED_BY))?)
        } else {
            Box::new(parquet_file::narrow(&path, &SORTED_BY)?)
        };
        // Files are sorted as the keys are, so that both are gone through once.
        let mut at = 0;
        for batch in there {
            let batch = batch?;
            let names = text_column(&batch, column::CUSTOMER);
            let times = batch.column(column::TIME).as_primitive::<TimestampMillisecondType>();
            let writers = batch.column(column::WRITER).as_binary::<i32>();
            let seqs = batch.column(column::SEQ).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let there = Key {
                    customer: names.value(row),
                    time: times.value(row),
                    writer: writers.value(row),
                    seq: seqs.value(row),
                };
                while keys.get(at).is_some_and(|key| *key < there) {
                    at += 1;
                }
                if keys.get(at) == Some(&there) && !outdated.contains(there.customer) {
                    known[at] = true;
                }
            }
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{event, file, row};

    #[test]
    fn rows_that_a_file_contains_are_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let of = |customer: &str, seqs: std::ops::Range<u32>| -> Vec<Row> {
            seqs.map(|seq| row(customer, event("v", 1, seq, i64::from(seq))))
                .collect()
        };
        // More rows than are read at once.
        let files = [
            file(dir.path(), of("a", 0..9_000)),
            file(dir.path(), of("a", 9_000..9_001)),
        ];
        let files: Vec<_> = files.iter().collect();
        // Few rows, for which a file is not read whole, and many.
        for first in [8_998, 0] {
            let fresh = [of("a", first..9_003), of("b", 8_998..8_999)].concat();
            let left = |outdated: &[&str]| {
                let outdated = outdated.iter().map(|name| (*name).to_owned()).collect();
                let rows = drop_known(dir.path(), &files, fresh.iter().collect(), &outdated).unwrap();
                rows.iter()
                    .map(|row| (row.customer.as_str(), row.event.id.seq))
                    .collect::<Vec<_>>()
            };
            assert_eq!(left(&[]), [("a", 9_001), ("a", 9_002), ("b", 8_998)]);
            assert_eq!(left(&["a"]).len(), fresh.len());
        }
    }

    #[test]
    fn the_keys_of_a_file_are_read_in_pieces() {
        let dir = tempfile::tempdir().unwrap();
        let rows = (0..20_000).map(|seq| row("a", event("v", 1, seq, i64::from(seq))));
        let file = file(dir.path(), rows.collect());
        let customers = ["a".to_owned()].into();
        let batches = parquet_file::read_customers(&dir.path().join(&file.path), &customers, Some(&SORTED_BY)).unwrap();
        let counts: Vec<_> = batches.map(|batch| batch.unwrap().num_rows()).collect();
        assert_eq!(
            (counts.iter().sum::<usize>(), counts.iter().max()),
            (20_000, Some(&8_192))
        );
    }
}

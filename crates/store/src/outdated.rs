//! Rows in files whose visitor now belongs to another customer.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::array::{BooleanArray, RecordBatch, StringArray};
use wayside_model::SiteId;

use crate::delta::TableFile;
use crate::error::Result;
use crate::identities::Identities;
use crate::parquet_file;
use crate::rows::{text_column, with_customers};
use crate::table::{bucket, column};

/// The files that contain rows of `customers`. The rows themselves are read later by [`rows`], because one visitor may
/// have more rows than fit into memory.
pub(crate) fn find<'a>(
    root: &Path,
    files: impl IntoIterator<Item = &'a TableFile>,
    customers: &BTreeSet<String>,
) -> Result<Vec<&'a TableFile>> {
    let mut found = Vec::new();
    for file in files {
        let wanted = wanted(file, customers);
        if !wanted.is_empty() && parquet_file::has_customers(&root.join(&file.path), &wanted)? {
            found.push(file);
        }
    }
    Ok(found)
}

/// The rows of `customers` in a file, piece by piece.
pub(crate) fn rows(
    root: &Path,
    file: &TableFile,
    customers: &BTreeSet<String>,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    parquet_file::read_customers(&root.join(&file.path), &wanted(file, customers), None)
}

/// The rows with their current customers.
pub(crate) fn rekey(
    batch: &RecordBatch,
    site: &SiteId,
    identities: &Identities,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let visitors = text_column(batch, column::VISITOR).iter().flatten();
    let customers: StringArray = visitors.map(|visitor| Some(identities.key(site, visitor))).collect();
    with_customers(batch, customers)
}

/// For each row, whether its customer is one of `customers` and has changed.
pub(crate) fn mask(
    batch: &RecordBatch,
    site: &SiteId,
    customers: &BTreeSet<String>,
    identities: &Identities,
) -> BooleanArray {
    let current = text_column(batch, column::CUSTOMER);
    let visitors = text_column(batch, column::VISITOR);
    (0..batch.num_rows())
        .map(|row| {
            let customer = current.value(row);
            Some(customers.contains(customer) && identities.key(site, visitors.value(row)) != customer)
        })
        .collect()
}

/// The customers that a file may contain according to its statistics in the Delta log.
fn wanted(file: &TableFile, customers: &BTreeSet<String>) -> BTreeSet<String> {
    let wanted = customers.iter().filter(|customer| may_hold(file, customer));
    wanted.cloned().collect()
}

fn may_hold(file: &TableFile, customer: &str) -> bool {
    if file.value("bucket") != bucket(customer).to_string() {
        return false;
    }
    let (least, greatest) = (
        &file.stats["minValues"]["customer"],
        &file.stats["maxValues"]["customer"],
    );
    match (least.as_str(), greatest.as_str()) {
        (Some(least), Some(greatest)) => (least..=greatest).contains(&customer),
        // A file written by another engine may have no statistics.
        _ => true,
    }
}

//! Checking a site's touchpoints against a tracking plan.

use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::{StreamExt, TryStreamExt};
use wayside_model::{SiteId, Touchpoint, Value};
use wayside_plan::{Findings, Plan, Seen};
use wayside_store::{Snapshot, Store};

use crate::error::Error;
use crate::range::Range;
use crate::run::known_snapshot;
use crate::scan::{Columns, Engine, Layout, MEMORY_DEFAULT_BYTES, Origin, Traffic, as_scanned, scan_schema};
use crate::sql::Events;

/// The selection of touchpoints to check.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    /// The time range.
    pub range: Range,
    /// The traffic: customers, staff, tests, bots.
    pub traffic: Traffic,
    /// The maximum number of violating touchpoints to return individually.
    pub limit: usize,
}

/// Checks a site's touchpoints against a plan. It reads every touchpoint once.
///
/// # Errors
///
/// Fails if the site is unknown or the data cannot be read.
pub async fn check(store: &Store, site: &SiteId, plan: Arc<Plan>, looked: Looked) -> Result<Findings, Error> {
    let snapshot = known_snapshot(store, site).await?;
    check_over(snapshot, site, plan, looked).await
}

/// Checks the touchpoints of a snapshot against a plan.
pub(crate) async fn check_over(
    snapshot: Snapshot,
    site: &SiteId,
    plan: Arc<Plan>,
    looked: Looked,
) -> Result<Findings, Error> {
    let engine = Engine::new(&snapshot, MEMORY_DEFAULT_BYTES)?;
    let events = engine.context().read_table(Arc::new(Events::new(snapshot, site)))?;
    let schema = wayside_store::table::schema();
    let stored: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let buckets = events.select_columns(&stored)?.execute_stream_partitioned().await?;

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let tasks: Vec<_> = buckets
        .into_iter()
        .map(|bucket| check_bucket(bucket, plan.clone(), looked))
        .collect();
    let mut checked = futures::stream::iter(tasks)
        .map(SpawnedTask::spawn)
        .buffer_unordered(cores);
    let mut all = Findings::default();
    while let Some(found) = checked.next().await {
        let found = found.map_err(|error| DataFusionError::External(Box::new(error)))?;
        all.merge(found?, looked.limit);
    }
    Ok(all)
}

async fn check_bucket(
    mut batches: SendableRecordBatchStream,
    plan: Arc<Plan>,
    looked: Looked,
) -> Result<Findings, DataFusionError> {
    let schema = scan_schema(&(0..batches.schema().fields().len()).collect::<Vec<_>>())?;
    let layout = Layout::of(&schema)?;
    let mut findings = Findings::default();
    while let Some(batch) = batches.try_next().await? {
        let columns = Columns::new(as_scanned(&batch, &schema)?, &layout, Origin::default(), None)?;
        for row in 0..columns.len() {
            let time = columns.time(row);
            if looked.range.contains(time) && looked.traffic.takes(columns.is_automated(row)) {
                let id = columns.id(row);
                let seen = Seen {
                    time: time.millis(),
                    writer: id.writer.to_hex(),
                    seq: id.seq,
                    visitor: columns.visitor(row).to_owned(),
                };
                findings.observe(&plan, &touchpoint(&columns, row), seen, looked.limit);
            }
        }
    }
    Ok(findings)
}

/// A row's touchpoint as JSON.
fn touchpoint(columns: &Columns, row: usize) -> Value {
    let kind = columns.kind(row);
    match Touchpoint::new(kind, columns.touchpoint_fields(row)) {
        Ok(touchpoint) => Value::Map(touchpoint.to_pairs()),
        // A different version of the model wrote it, so its fields are unknown here.
        Err(_) => Value::map([("kind", Value::from(kind.name()))]),
    }
}

//! Folds reports over the buckets of a snapshot: kept states where nothing has changed, one pass over the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Int32Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use datafusion::common::internal_datafusion_err;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::{StreamExt, TryStreamExt};
use wayside_store::{Bucket, Snapshot};

use crate::error::Error;
use crate::kept::{BucketState, KeptStates, Key};
use crate::report::AnyReport;
use crate::run::Query;
use crate::scan::Engine;

/// The states of reports: for each report, one per bucket, by the bucket's number.
pub(crate) type States = Vec<BTreeMap<u16, Arc<BucketState>>>;

/// For each report, the keys of its states by bucket; empty for a report whose states are not kept.
pub(crate) type ReportKeys = Vec<BTreeMap<u16, Key>>;

/// Folds reports over a snapshot. Each bucket is read at most once, for the reports of which no state of it is kept.
///
/// # Errors
///
/// Fails if a plan cannot be made or a bucket cannot be read. The states of the buckets that were read before are kept.
pub(crate) async fn fold(
    snapshot: &Snapshot,
    reports: &Arc<[Arc<dyn AnyReport>]>,
    query: &Query,
    keys: &Arc<ReportKeys>,
) -> Result<States, Error> {
    let mut states = find(query.kept.clone(), keys.clone(), reports.len()).await?;
    let engine = Engine::new(snapshot, query.memory_bytes)?;
    let mut passes = Vec::new();
    let missing = missing(snapshot, &states);
    let mut scope = query.scope.clone();
    if let Some(segment) = scope.segment.as_ref().filter(|_| !missing.is_empty()) {
        scope.segment = Some(segment.resolved(snapshot, &scope).await?);
    }
    for (missing, buckets) in missing {
        let narrowed = Snapshot {
            buckets,
            table_root: snapshot.table_root.clone(),
            ..*snapshot
        };
        let chosen = missing.iter().map(|report| reports[*report].clone()).collect();
        let plan: Arc<dyn ExecutionPlan> = Arc::new(engine.plan(&narrowed, chosen, scope.clone())?);
        let partitions = 0..plan.output_partitioning().partition_count();
        let missing: Arc<[usize]> = missing.into();
        passes.extend(partitions.map(|partition| (plan.clone(), partition, missing.clone())));
    }
    let found = snapshot.buckets.iter().filter(|bucket| {
        let has = |states: &BTreeMap<_, _>| states.contains_key(&bucket.number);
        !states.is_empty() && states.iter().all(has)
    });
    query.progress.begin(found.count(), passes.len());

    let context = engine.context().task_ctx();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut folded = futures::stream::iter(0..passes.len())
        .map(|pass| {
            let (plan, partition, reports) = passes[pass].clone();
            let (context, kept, keys) = (context.clone(), query.kept.clone(), keys.clone());
            // A task that is dropped with us ends with us.
            SpawnedTask::spawn(async move {
                let batches: Vec<RecordBatch> = plan.execute(partition, context)?.try_collect().await?;
                let folded = batches.iter().map(|batch| read(batch, &reports));
                let folded = folded.collect::<Result<Vec<_>, _>>()?.concat();
                keep(kept, keys, folded).await
            })
        })
        .buffered(cores);
    while let Some(bucket) = folded.next().await {
        for Folded { report, bucket, state } in bucket.map_err(external)?? {
            states[report].insert(bucket, state);
        }
        query.progress.add_done();
    }
    Ok(states)
}

/// A state that was computed.
#[derive(Clone)]
struct Folded {
    report: usize,
    bucket: u16,
    state: Arc<BucketState>,
}

/// The kept states of each report.
async fn find(kept: Option<KeptStates>, keys: Arc<ReportKeys>, reports: usize) -> Result<States, DataFusionError> {
    let Some(kept) = kept else {
        return Ok(vec![BTreeMap::new(); reports]);
    };
    let find = move || {
        let of_report = |keys: &BTreeMap<u16, Key>| {
            let states = keys.iter();
            states
                .filter_map(|(bucket, key)| Some((*bucket, kept.get(key)?)))
                .collect()
        };
        keys.iter().map(of_report).collect()
    };
    let mut states: States = tokio::task::spawn_blocking(find).await.map_err(external)?;
    states.resize_with(reports, BTreeMap::new);
    Ok(states)
}

/// The buckets that have to be read, by the reports that need them.
fn missing(snapshot: &Snapshot, states: &States) -> BTreeMap<Vec<usize>, Vec<Bucket>> {
    let mut missing: BTreeMap<Vec<usize>, Vec<Bucket>> = BTreeMap::new();
    for bucket in &snapshot.buckets {
        let lacks = |report: &usize| !states[*report].contains_key(&bucket.number);
        let reports: Vec<usize> = (0..states.len()).filter(lacks).collect();
        if !reports.is_empty() {
            missing.entry(reports).or_default().push(bucket.clone());
        }
    }
    missing
}

/// Keeps the states of a bucket, on a thread for blocking work because it writes files.
async fn keep(
    kept: Option<KeptStates>,
    keys: Arc<ReportKeys>,
    folded: Vec<Folded>,
) -> Result<Vec<Folded>, DataFusionError> {
    let Some(kept) = kept else { return Ok(folded) };
    let keep = move || {
        for Folded { report, bucket, state } in &folded {
            if let Some(key) = keys.get(*report).and_then(|keys| keys.get(bucket)) {
                kept.put(key, state.clone());
            }
        }
        folded
    };
    tokio::task::spawn_blocking(keep).await.map_err(external)
}

/// The states in the result of a scan. `reports` are the places of its reports among all reports.
fn read(batch: &RecordBatch, reports: &[usize]) -> Result<Vec<Folded>, DataFusionError> {
    let column = |name: &str| {
        batch
            .column_by_name(name)
            .ok_or_else(|| internal_datafusion_err!("a journey scan has no column {name}"))
    };
    let number = |name: &str, row: usize| {
        let number = column(name)?.as_primitive::<UInt64Type>().value(row);
        Ok::<u64, DataFusionError>(number)
    };
    let buckets = column("bucket")?.as_primitive::<Int32Type>();
    let indices = column("report")?.as_primitive::<Int32Type>();
    let states = column("state")?.as_binary::<i32>();
    (0..batch.num_rows())
        .map(|row| {
            Ok(Folded {
                report: reports[indices.value(row) as usize],
                bucket: buckets.value(row) as u16,
                state: Arc::new(BucketState {
                    state: states.value(row).to_vec(),
                    events: number("events", row)?,
                    customers: number("customers", row)?,
                    left_out: number("left_out", row)?,
                }),
            })
        })
        .collect()
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

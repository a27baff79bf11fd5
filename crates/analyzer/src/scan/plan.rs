//! Plans of scans: one input per run and one partition per bucket, with declared order and partitioning.

use std::sync::Arc;

use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{GreedyMemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use wayside_model::journey::Parts;
use wayside_store::table::BUCKETS;
use wayside_store::{Bucket, DataFile, Snapshot};

use super::columns::{projection, scan_schema};
use super::exec::Source;
use super::files::Wanted;
use super::ids::ID_COLUMNS;
use super::source::RunFiles;
use super::{FieldSet, JourneyExec, Scope};
use crate::report::AnyReport;

/// Most memory of all batches of one analysis, in bytes. A scan holds one batch per run; the rest is for the rare
/// customer with very many events.
pub const MEMORY_DEFAULT_BYTES: usize = 1 << 30;

/// Rows of a batch: DataFusion's default, large enough that the cost per batch does not matter.
const BATCH_ROWS: usize = 8_192;
/// Rows of a batch if a bucket has many runs, each of which holds a batch.
const BATCH_ROWS_MANY_RUNS: usize = 2_048;
/// The number of runs from which on a bucket has many.
const MANY_RUNS: usize = 8;

/// DataFusion with the settings for the table: a memory limit, and no repartitioning of sorted input.
pub struct Engine {
    context: SessionContext,
}

impl Engine {
    /// An engine for a snapshot whose batches may take `memory_bytes` in total.
    ///
    /// # Errors
    ///
    /// Fails if DataFusion refuses the settings.
    pub fn new(snapshot: &Snapshot, memory_bytes: usize) -> Result<Self> {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(
                GreedyMemoryPool::new(memory_bytes),
                // The number of the largest memory users in a message.
                const { std::num::NonZeroUsize::MIN.saturating_add(2) },
            )))
            .build_arc()?;
        let config = SessionConfig::new()
            .with_batch_size(BATCH_ROWS)
            // Input that is already partitioned by customer must not be repartitioned to get another number of
            // partitions.
            .with_target_partitions(snapshot.buckets.len().max(1))
            .with_repartition_file_scans(false)
            .with_information_schema(true)
            // Text columns keep the type of the table's schema.
            .set_bool("datafusion.execution.parquet.schema_force_view_types", false);
        Ok(Self {
            context: SessionContext::new_with_config_rt(config, runtime),
        })
    }

    /// The context of DataFusion.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// The plan of one pass of `reports` over a snapshot.
    ///
    /// # Errors
    ///
    /// Fails if the plan cannot be built, for example because a file cannot be opened.
    pub fn plan(&self, snapshot: &Snapshot, reports: Arc<[Arc<dyn AnyReport>]>, scope: Scope) -> Result<JourneyExec> {
        let parts = reports
            .iter()
            .fold(Parts::SESSIONS, |all, report| all.and(report.model_parts()));
        let fields = reports
            .iter()
            .fold(FieldSet::model(parts, &scope.config), |all, report| {
                all.and(report.read())
            });
        let narrowed = scope.customer.as_deref().map(|customer| bucket_of(snapshot, customer));
        let snapshot = narrowed.as_ref().unwrap_or(snapshot);
        let has_ids = reports.iter().any(|report| report.reads_ids());
        let ids = ID_COLUMNS.into_iter().filter(|_| has_ids);
        let Inputs { files, source } = inputs(snapshot, fields, ids, scope.customer.as_deref())?;
        Ok(JourneyExec::new(files, source, reports, parts, scope))
    }
}

/// The inputs of a scan.
pub(crate) struct Inputs {
    /// Input `r` has the `r`th file of each bucket.
    pub(crate) files: Vec<Arc<dyn ExecutionPlan>>,
    /// The content of the buckets besides files.
    pub(crate) source: Arc<Source>,
}

/// The inputs of a scan of a snapshot. It reads the columns that a journey needs, those of `fields`, and the columns at
/// the positions `others`. Parts of files that cannot contain `customer` are skipped.
pub(crate) fn inputs(
    snapshot: &Snapshot,
    fields: FieldSet,
    others: impl IntoIterator<Item = usize>,
    customer: Option<&str>,
) -> Result<Inputs> {
    let columns = projection(fields, others);
    let schema = scan_schema(&columns)?;
    let runs = snapshot
        .buckets
        .iter()
        .map(|bucket| bucket.files.len())
        .max()
        .unwrap_or(0);
    let wanted = Wanted {
        schema: schema.clone(),
        batch_rows: if runs < MANY_RUNS {
            BATCH_ROWS
        } else {
            BATCH_ROWS_MANY_RUNS
        },
        customer: customer.map(str::to_owned),
    };
    let files = (0..runs)
        .map(|run| {
            let path = |file: &DataFile| snapshot.table_root.join(&file.path);
            let buckets = snapshot.buckets.iter();
            let paths = buckets.map(|bucket| bucket.files.get(run).map(path)).collect();
            let wanted = wanted.clone();
            RunFiles { paths, wanted }
        })
        .collect::<Vec<_>>();
    let buckets = snapshot
        .buckets
        .iter()
        .map(|bucket| {
            Ok(Bucket {
                number: bucket.number,
                files: Vec::new(),
                tail: bucket
                    .tail
                    .iter()
                    .map(|batch| batch.project(&columns))
                    .collect::<Result<_, _>>()?,
                moved: bucket.moved.clone(),
            })
        })
        .collect::<Result<_>>()?;
    let tail_ids = |bucket: &Bucket| bucket.tail.iter().map(|batch| batch.project(&ID_COLUMNS)).collect();
    let tail_ids = snapshot.buckets.iter().map(tail_ids).collect::<Result<_, _>>()?;
    let inputs = files
        .iter()
        .cloned()
        .map(|files| DataSourceExec::from_data_source(files) as _);
    Ok(Inputs {
        files: inputs.collect(),
        source: Arc::new(Source {
            schema,
            buckets,
            files,
            tail_ids,
        }),
    })
}

/// The snapshot restricted to the bucket of a customer.
fn bucket_of(snapshot: &Snapshot, customer: &str) -> Snapshot {
    let mut narrowed = snapshot.clone();
    // The store's hash function applies only to tables with its number of buckets.
    if narrowed.buckets.len() == usize::from(BUCKETS) {
        let number = wayside_store::table::bucket(customer);
        narrowed.buckets.retain(|bucket| bucket.number == number);
    }
    narrowed
}

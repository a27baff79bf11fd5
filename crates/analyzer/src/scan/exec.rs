//! The operator of reports: it merges each bucket's runs and folds the reports over its journeys.

use std::fmt;
use std::sync::Arc;

use arrow::array::{BinaryArray, Int32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{exec_datafusion_err, internal_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, OrderingRequirements, PhysicalSortExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties, InputDistributionRequirements,
    Partitioning, PhysicalExpr, PlanProperties,
};
use futures::StreamExt;
use wayside_model::journey::Parts;
use wayside_store::Bucket;

use super::Scope;
use super::columns::Layout;
use super::ids::Ids;
use super::merge::{Customer, Runs};
use super::model_fold::ModelFold;
use super::source::RunFiles;
use crate::report::AnyReport;

/// The columns by which the table's files are sorted. They are also sorted by id, but scans do not read the ids of all rows.
const ORDER: [&str; 2] = ["customer", "time"];

/// Number of customers after which a scan yields its thread. They take about a millisecond, so that a server that runs
/// a report still accepts events.
const CUSTOMERS_A_TURN: u32 = 256;

/// Folds reports over the journeys of a snapshot, with one partition per bucket.
///
/// Its inputs are the files of the buckets: input `r` has the `r`th file of each bucket, one per partition, sorted by
/// customer and time and partitioned by customer. Each partition returns one row per report: the bucket,
/// the report's index, its serialized state, and the numbers of events and customers in it. The states of different
/// buckets can be merged in any order, on any machine.
#[derive(Debug)]
pub struct JourneyExec {
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    source: Arc<Source>,
    reports: Arc<[Arc<dyn AnyReport>]>,
    /// The parts of the model that the reports need.
    parts: Parts,
    scope: Scope,
    properties: Arc<PlanProperties>,
}

/// The content of the buckets besides their files.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) schema: SchemaRef,
    /// The buckets by partition. Their `files` are empty, because files are the operator's inputs.
    pub(crate) buckets: Vec<Bucket>,
    /// The files of each input, whose ids are read on demand.
    pub(super) files: Vec<RunFiles>,
    /// The ids of the buckets' tails.
    pub(super) tail_ids: Vec<Vec<RecordBatch>>,
}

impl JourneyExec {
    pub(crate) fn new(
        inputs: Vec<Arc<dyn ExecutionPlan>>,
        source: Arc<Source>,
        reports: Arc<[Arc<dyn AnyReport>]>,
        parts: Parts,
        scope: Scope,
    ) -> Self {
        let schema = output_schema();
        let bucket: Arc<dyn PhysicalExpr> = Arc::new(Column::new("bucket", 0));
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::Hash(vec![bucket], source.buckets.len()),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self {
            inputs,
            source,
            reports,
            parts,
            scope,
            properties: Arc::new(properties),
        }
    }
}

impl DisplayAs for JourneyExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reports: Vec<&str> = self.reports.iter().map(|report| report.name()).collect();
        write!(
            f,
            "JourneyExec: buckets={}, reports=[{}], traffic={}",
            self.source.buckets.len(),
            reports.join(", "),
            self.scope.traffic
        )
    }
}

impl ExecutionPlan for JourneyExec {
    fn name(&self) -> &'static str {
        "JourneyExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        by_customer(&self.inputs)
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        self.inputs
            .iter()
            .map(|input| journey_order(&input.schema()).map(OrderingRequirements::from))
            .collect()
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false; self.inputs.len()]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(
            check_inputs(children, &self.source)?,
            self.source.clone(),
            self.reports.clone(),
            self.parts,
            self.scope.clone(),
        )))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let runs = open_runs("JourneyExec", &self.inputs, &self.source, partition, &context)?;
        let bucket = i32::from(self.source.buckets[partition].number);
        let model = ModelFold::new(self.parts, self.scope.clone());
        let fold = fold(runs, bucket, self.reports.clone(), model);
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            futures::stream::once(fold).boxed(),
        )))
    }
}

/// Folds every report over every journey of one bucket.
async fn fold(
    mut runs: Runs,
    bucket: i32,
    reports: Arc<[Arc<dyn AnyReport>]>,
    mut model: ModelFold,
) -> Result<RecordBatch> {
    let range = model.scope().range;
    let only = model.scope().customer.clone();
    let segment = model.scope().segment.clone();
    let mut folds: Vec<_> = reports.iter().map(|report| report.clone().start()).collect();
    let (mut events, mut customers, mut read) = (0, 0, 0u32);
    let mut customer = Customer::default();
    runs.open().await?;
    while runs.next(&mut customer).await? {
        read = read.wrapping_add(1);
        if read.is_multiple_of(CUSTOMERS_A_TURN) {
            tokio::task::yield_now().await;
        }
        let is_other = only.as_ref().is_some_and(|only| *only != customer.key);
        if is_other || segment.as_ref().is_some_and(|segment| !segment.has(&customer.key)) {
            continue;
        }
        let Some(journey) = model.journey(&mut customer) else {
            continue;
        };
        let counted = match (range.from(), range.to()) {
            (None, None) => journey.len() as u64,
            _ => journey.counted().count() as u64,
        };
        events += counted;
        customers += u64::from(counted > 0);
        for fold in &mut folds {
            fold.observe(&journey);
        }
    }
    let states = folds
        .into_iter()
        .map(|fold| fold.save())
        .collect::<std::result::Result<Vec<Vec<u8>>, _>>()
        .map_err(|error| exec_datafusion_err!("a report's state could not be saved: {error}"))?;
    let rows = states.len();
    Ok(RecordBatch::try_new(
        output_schema(),
        vec![
            Arc::new(Int32Array::from(vec![bucket; rows])),
            Arc::new(Int32Array::from_iter_values(0..rows as i32)),
            Arc::new(BinaryArray::from_iter_values(states)),
            Arc::new(UInt64Array::from(vec![events; rows])),
            Arc::new(UInt64Array::from(vec![customers; rows])),
            Arc::new(UInt64Array::from(vec![model.left_out; rows])),
        ],
    )?)
}

fn output_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("bucket", DataType::Int32, false),
        Field::new("report", DataType::Int32, false),
        Field::new("state", DataType::Binary, false),
        Field::new("events", DataType::UInt64, false),
        Field::new("customers", DataType::UInt64, false),
        Field::new("left_out", DataType::UInt64, false),
    ]))
}

/// Opens the runs of a bucket: its partition of every input, and its tail.
pub(crate) fn open_runs(
    operator: &str,
    inputs: &[Arc<dyn ExecutionPlan>],
    source: &Source,
    partition: usize,
    context: &Arc<TaskContext>,
) -> Result<Runs> {
    let bucket = &source.buckets[partition];
    let memory = MemoryConsumer::new(format!("{operator}[bucket {}]", bucket.number)).register(context.memory_pool());
    let layout = Layout::of(&source.schema)?;
    let mut runs = Runs::new(bucket.moved.clone(), memory);
    for (input, files) in inputs.iter().zip(&source.files) {
        let ids = if layout.has_ids() { None } else { files.ids(partition)? };
        runs.add_file(input.execute(partition, context.clone())?.boxed(), &layout, ids);
    }
    let ids = (!layout.has_ids()).then(|| Ids::of_tail(source.tail_ids[partition].clone()));
    runs.add_tail(bucket.tail.clone(), source.schema.clone(), &layout, ids);
    Ok(runs)
}

/// The required distribution of both operators' inputs: whole customers, and the same customers in the same partition
/// of each input.
pub(crate) fn by_customer(inputs: &[Arc<dyn ExecutionPlan>]) -> InputDistributionRequirements {
    let requirement = |input: &Arc<dyn ExecutionPlan>| match Column::new_with_schema("customer", &input.schema()) {
        Ok(customer) => Distribution::KeyPartitioned(vec![Arc::new(customer)]),
        Err(_) => Distribution::UnspecifiedDistribution,
    };
    let requirements: Vec<Distribution> = inputs.iter().map(requirement).collect();
    if requirements.len() > 1 {
        InputDistributionRequirements::co_partitioned(requirements)
    } else {
        InputDistributionRequirements::new(requirements)
    }
}

/// The order of the table's files, and of a scan's output, for a schema with these columns. At the same time, the model
/// decides.
pub(crate) fn journey_order(schema: &SchemaRef) -> Option<LexOrdering> {
    let columns = ORDER
        .iter()
        .map(|name| {
            Column::new_with_schema(name, schema)
                .map(|column| PhysicalSortExpr::new(Arc::new(column), arrow::compute::SortOptions::new(false, false)))
        })
        .collect::<Result<Vec<_>>>()
        .ok()?;
    LexOrdering::new(columns)
}

/// Refuses inputs that are not partitioned by buckets.
pub(crate) fn check_inputs(
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    source: &Source,
) -> Result<Vec<Arc<dyn ExecutionPlan>>> {
    for input in &inputs {
        let partitions = input.output_partitioning().partition_count();
        if partitions != source.buckets.len() {
            return internal_err!(
                "an input has {partitions} partitions, the table {} buckets",
                source.buckets.len()
            );
        }
    }
    Ok(inputs)
}

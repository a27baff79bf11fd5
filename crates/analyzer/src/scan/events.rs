//! The operator for SQL: it merges rows in the same way as the journey scan and returns them.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, UInt32Array};
use arrow::compute::interleave;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{EquivalenceProperties, OrderingRequirements};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, Partitioning, PhysicalExpr,
    PlanProperties,
};
use futures::StreamExt;
use wayside_model::journey::{Config, Parts};
use wayside_model::{Channel, Placed, Stage};

use super::Scope;
use super::columns::Columns;
use super::exec::{Source, by_customer, check_inputs, journey_order, open_runs};
use super::merge::{Customer, Runs};
use super::model_fold::ModelFold;
use super::texts::Texts;

/// Returns the events of a snapshot with the model's results, each once, in order of journeys, with one partition per
/// bucket.
#[derive(Debug)]
pub(crate) struct EventsExec {
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    source: Arc<Source>,
    site: Arc<str>,
    config: Arc<Config>,
    columns: Arc<[Output]>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

/// The source of an output column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// A column of the scan, by position.
    Stored(usize),
    /// The site.
    Site,
    /// The month of the event's time.
    Month,
    /// The session's number within the customer's journey.
    Session,
    /// The stage.
    Stage,
    /// The session's channel.
    Channel,
}

impl Output {
    /// The parts of the model that the column needs; `None` if it does not need the model.
    fn parts(self) -> Option<Parts> {
        match self {
            Self::Session | Self::Stage => Some(Parts::SESSIONS),
            Self::Channel => Some(Parts {
                channels: true,
                ..Parts::SESSIONS
            }),
            Self::Stored(_) | Self::Site | Self::Month => None,
        }
    }
}

/// The parts of the model that the columns need; `None` if none of them needs the model.
pub(crate) fn parts(columns: &[Output]) -> Option<Parts> {
    columns.iter().filter_map(|column| column.parts()).reduce(Parts::and)
}

impl EventsExec {
    pub(crate) fn new(
        inputs: Vec<Arc<dyn ExecutionPlan>>,
        source: Arc<Source>,
        site: Arc<str>,
        config: Arc<Config>,
        columns: Arc<[Output]>,
        schema: SchemaRef,
    ) -> Self {
        let partitions = source.buckets.len();
        let partitioning = match Column::new_with_schema("customer", &schema) {
            Ok(customer) => Partitioning::Hash(vec![Arc::new(customer) as Arc<dyn PhysicalExpr>], partitions),
            Err(_) => Partitioning::UnknownPartitioning(partitions),
        };
        let mut equivalence = EquivalenceProperties::new(schema.clone());
        equivalence.add_orderings(journey_order(&schema));
        let properties = PlanProperties::new(
            equivalence,
            partitioning,
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            inputs,
            source,
            site,
            config,
            columns,
            schema,
            properties: Arc::new(properties),
        }
    }
}

impl DisplayAs for EventsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "EventsExec: site={}, buckets={}",
            self.site,
            self.source.buckets.len()
        )
    }
}

impl ExecutionPlan for EventsExec {
    fn name(&self) -> &'static str {
        "EventsExec"
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
            self.site.clone(),
            self.config.clone(),
            self.columns.clone(),
            self.schema.clone(),
        )))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let runs = open_runs("EventsExec", &self.inputs, &self.source, partition, &context)?;
        let reader = Reader {
            runs,
            opened: false,
            customer: Customer::default(),
            model: parts(&self.columns).map(|parts| ModelFold::new(parts, everything(&self.config))),
            site: self.site.clone(),
            columns: self.columns.clone(),
            schema: self.schema.clone(),
            batch_rows: context.session_config().batch_size(),
        };
        let batches = futures::stream::try_unfold(reader, |mut reader| async move {
            Ok(reader.next().await?.map(|batch| (batch, reader)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema.clone(),
            batches.boxed(),
        )))
    }
}

/// SQL returns events of all traffic; `automated` is a column.
fn everything(config: &Config) -> Scope {
    Scope {
        traffic: super::Traffic::All,
        config: config.clone(),
        ..Scope::default()
    }
}

/// Collects customers into batches of rows.
struct Reader {
    runs: Runs,
    opened: bool,
    customer: Customer,
    model: Option<ModelFold>,
    site: Arc<str>,
    columns: Arc<[Output]>,
    schema: SchemaRef,
    batch_rows: usize,
}

/// The rows selected for a batch.
#[derive(Default)]
struct Chosen {
    batches: Vec<Arc<Columns>>,
    /// The indices of batch and row.
    rows: Vec<(usize, usize)>,
    placed: Vec<Placed>,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        if !self.opened {
            self.opened = true;
            self.runs.open().await?;
        }
        let mut chosen = Chosen::default();
        while chosen.rows.len() < self.batch_rows && self.runs.next(&mut self.customer).await? {
            chosen.add(&self.customer);
            if let Some(model) = &mut self.model
                && let Some(journey) = model.journey(&mut self.customer)
            {
                chosen.placed.extend_from_slice(journey.placed);
            }
        }
        if chosen.rows.is_empty() {
            return Ok(None);
        }
        let arrays = self
            .columns
            .iter()
            .map(|column| self.array(*column, &chosen))
            .collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(chosen.rows.len()));
        Ok(Some(RecordBatch::try_new_with_options(
            self.schema.clone(),
            arrays,
            &options,
        )?))
    }

    fn array(&self, column: Output, chosen: &Chosen) -> Result<ArrayRef> {
        let names = |name: fn(&Placed) -> &'static str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(chosen.placed.iter().map(name)))
        };
        Ok(match column {
            Output::Stored(at) => {
                let stored = chosen.batches.iter().map(|batch| batch.batch.column(at));
                if let Some(texts) = stored.clone().map(Texts::new).collect::<Option<Vec<_>>>() {
                    let rows = chosen.rows.iter().map(|(batch, row)| texts[*batch].get(*row));
                    return Ok(Arc::new(rows.collect::<StringArray>()));
                }
                let stored: Vec<_> = stored.map(AsRef::as_ref).collect();
                interleave(&stored, &chosen.rows)?
            }
            Output::Site => Arc::new(StringArray::from_iter_values(chosen.rows.iter().map(|_| &*self.site))),
            Output::Month => {
                Arc::new(StringArray::from_iter_values(chosen.rows.iter().map(|(batch, row)| {
                    wayside_store::table::month(chosen.batches[*batch].time(*row))
                })))
            }
            Output::Session => Arc::new(UInt32Array::from_iter_values(
                chosen.placed.iter().map(|placed| placed.session),
            )),
            Output::Stage => names(|placed| Stage::name(placed.stage)),
            Output::Channel => names(|placed| Channel::name(placed.channel)),
        })
    }
}

impl Chosen {
    fn add(&mut self, customer: &Customer) {
        // The batches of a customer are usually those of the customer before.
        let numbers: Vec<usize> = customer
            .batches
            .iter()
            .map(|batch| {
                self.batches
                    .iter()
                    .rposition(|known| Arc::ptr_eq(known, batch))
                    .unwrap_or_else(|| {
                        self.batches.push(batch.clone());
                        self.batches.len() - 1
                    })
            })
            .collect();
        self.rows.extend(
            customer
                .rows
                .iter()
                .map(|place| (numbers[place.batch as usize], place.row as usize)),
        );
    }
}

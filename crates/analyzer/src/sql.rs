//! Read-only SQL over a site's events.

mod depth;

use std::sync::Arc;

use arrow::array::{Array, AsArray, make_array};
use arrow::datatypes::{
    DataType, Decimal128Type, Field, Float64Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMillisecondType,
    UInt64Type,
};
use arrow::json::ArrayWriter;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{col, lit};
use wayside_model::SiteId;
use wayside_model::journey::Config;
use wayside_store::{Snapshot, Store};

use crate::error::{Error, ErrorKind, store_error};
use crate::run::known_snapshot;
use crate::scan::{Engine, EventsExec, FieldSet, Inputs, MEMORY_DEFAULT_BYTES, Output, inputs, parts};
use crate::table::{Cell, Column, ColumnType, Table, Unit};

/// Runs a SELECT over the view `events`, which contains every event of the site once, with all columns of the table,
/// `site`, `month`, and the model's results with the site's settings `config`: `session` (counted from 0 in the customer's
/// journey), `stage` and `channel`.
///
/// # Errors
///
/// Fails if the site is unknown, the query is not a valid SELECT, or the data cannot be read.
pub async fn run(store: &Store, site: &SiteId, config: Config, query: &str) -> Result<Table, Error> {
    let snapshot = known_snapshot(store, site).await?;
    run_with(snapshot, site, config, query).await
}

/// Runs a SELECT over a snapshot, with the model's default settings.
pub(crate) async fn run_over(snapshot: Snapshot, site: &SiteId, query: &str) -> Result<Table, Error> {
    run_with(snapshot, site, Config::default(), query).await
}

async fn run_with(snapshot: Snapshot, site: &SiteId, config: Config, query: &str) -> Result<Table, Error> {
    depth::check(query)?;
    let engine = Engine::new(&snapshot, MEMORY_DEFAULT_BYTES)?;
    let context = engine.context();
    context.register_table("events", Arc::new(Events::new(snapshot, site).with(config)))?;
    let plan = context.state().create_logical_plan(query).await.map_err(failed)?;
    check(&plan)?;
    let frame = context.execute_logical_plan(plan).await.map_err(failed)?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await.map_err(failed)?;
    let mut table = to_table(&schema, &batches)?;
    table.report = "sql";
    table.site = site.as_str().to_owned();
    Ok(table)
}

/// The key of a visitor's customer; `None` if the visitor is unknown.
pub(crate) async fn customer_of(snapshot: &Snapshot, site: &SiteId, visitor: &str) -> Result<Option<String>, Error> {
    let engine = Engine::new(snapshot, MEMORY_DEFAULT_BYTES)?;
    let events = engine
        .context()
        .read_table(Arc::new(Events::new(snapshot.clone(), site)))?;
    let theirs = events
        .filter(col("visitor").eq(lit(visitor)))?
        .select(vec![col("customer")])?
        .limit(0, Some(1))?;
    let batches = theirs.collect().await?;
    let key = batches
        .iter()
        .find(|batch| batch.num_rows() > 0)
        .map(|batch| batch.column(0).as_string::<i32>().value(0));
    Ok(key.map(str::to_owned))
}

/// Refuses everything but queries, because other statements could write files or read other files than the table's.
pub(crate) fn check(plan: &LogicalPlan) -> Result<(), Error> {
    let only_questions = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    only_questions.verify_plan(plan).map_err(|_| {
        let statement = plan.display().to_string();
        let name = statement.split([':', ' ']).next().unwrap_or_default().to_owned();
        Error::new(ErrorKind::NotReadOnly(name))
    })
}

fn failed(error: DataFusionError) -> Error {
    // A damaged file is not an error of the query.
    let kind = store_error(&error).map_or_else(|| ErrorKind::Sql(error.strip_backtrace()), ErrorKind::Store);
    Error::new(kind)
}

/// The view `events` of a site.
#[derive(Debug)]
pub(crate) struct Events {
    snapshot: Snapshot,
    site: Arc<str>,
    config: Arc<Config>,
    schema: SchemaRef,
}

/// The computed columns, which follow those of the table.
const COMPUTED: [(&str, DataType, Output); 5] = [
    ("site", DataType::Utf8, Output::Site),
    ("month", DataType::Utf8, Output::Month),
    ("session", DataType::UInt32, Output::Session),
    ("stage", DataType::Utf8, Output::Stage),
    ("channel", DataType::Utf8, Output::Channel),
];

impl Events {
    pub(crate) fn new(snapshot: Snapshot, site: &SiteId) -> Self {
        let mut fields: Vec<_> = wayside_store::table::schema().fields().iter().cloned().collect();
        fields.extend(COMPUTED.map(|(name, data_type, _)| Arc::new(Field::new(name, data_type, false))));
        Self {
            snapshot,
            site: site.as_str().into(),
            config: Arc::default(),
            schema: Arc::new(Schema::new(fields)),
        }
    }

    /// The view with the model's results by these settings.
    pub(crate) fn with(mut self, config: Config) -> Self {
        self.config = Arc::new(config);
        self
    }
}

#[async_trait]
impl TableProvider for Events {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let stored = wayside_store::table::schema();
        let wanted: Vec<usize> = match projection {
            Some(columns) => columns.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let columns = wanted.iter().copied().filter(|at| *at < stored.fields().len());
        let computed = wanted.iter().filter_map(|at| at.checked_sub(stored.fields().len()));
        let computed: Vec<Output> = computed.map(|at| COMPUTED[at].2).collect();
        let model = parts(&computed).map_or(FieldSet::EMPTY, |parts| FieldSet::model(parts, &self.config));
        let Inputs { files, source } = inputs(&self.snapshot, model, columns, None)?;
        let outputs = wanted
            .iter()
            .map(|at| match stored.fields().get(*at) {
                Some(field) => Ok(Output::Stored(source.schema.index_of(field.name())?)),
                None => Ok(COMPUTED[*at - stored.fields().len()].2),
            })
            .collect::<DataFusionResult<Arc<[Output]>>>()?;
        let schema = Arc::new(self.schema.project(&wanted)?);
        Ok(Arc::new(EventsExec::new(
            files,
            source,
            self.site.clone(),
            self.config.clone(),
            outputs,
            schema,
        )))
    }
}

/// The result as a table, with numbers as numbers.
fn to_table(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Table, Error> {
    let columns: Vec<Column> = schema.fields().iter().map(|field| column(field)).collect();
    let mut table = Table::new(&columns);
    let options = FormatOptions::default();
    for batch in batches {
        let columns = batch
            .columns()
            .iter()
            .map(|array| cells(array.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| failed(error.into()))?;
        for row in 0..batch.num_rows() {
            table.push(columns.iter().map(|column| column[row].clone()).collect());
        }
    }
    Ok(table)
}

fn column(field: &Field) -> Column {
    let (kind, unit) = match field.data_type() {
        DataType::Timestamp(_, _) => (ColumnType::Number, Some(Unit::Time)),
        DataType::Boolean => (ColumnType::Boolean, None),
        data_type if data_type.is_nested() => (ColumnType::Json, None),
        data_type if data_type.is_numeric() => (ColumnType::Number, None),
        _ => (ColumnType::Text, None),
    };
    Column {
        name: field.name().clone().into(),
        kind,
        unit,
        doc: "".into(),
        link: None,
        link_params: &[],
        param: None,
        is_main: false,
        is_wide: false,
        is_key: false,
        is_period: false,
    }
}

fn cells(array: &dyn Array, options: &FormatOptions<'_>) -> Result<Vec<Cell>, arrow::error::ArrowError> {
    use arrow::compute::cast;
    let cell = |at: usize, make: &dyn Fn(usize) -> Cell| if array.is_null(at) { Cell::Null } else { make(at) };
    let all = |make: &dyn Fn(usize) -> Cell| (0..array.len()).map(|at| cell(at, make)).collect();
    Ok(match array.data_type() {
        DataType::Boolean => all(&|at| Cell::Bool(array.as_boolean().value(at))),
        DataType::UInt64 => all(&|at| Cell::Count(array.as_primitive::<UInt64Type>().value(at))),
        data_type if data_type.is_integer() => {
            let numbers = cast(array, &DataType::Int64)?;
            all(&|at| Cell::Int(numbers.as_primitive::<Int64Type>().value(at)))
        }
        data_type if data_type.is_floating() => {
            let numbers = cast(array, &DataType::Float64)?;
            all(&|at| Cell::Number(numbers.as_primitive::<Float64Type>().value(at)))
        }
        // Amounts become micros if they fit; larger sums and other scales become text with all digits.
        DataType::Decimal128(_, 6) => {
            let numbers = array.as_primitive::<Decimal128Type>();
            all(&|at| match i64::try_from(numbers.value(at)) {
                Ok(micros) => Cell::Money(micros),
                Err(_) => Cell::Text(numbers.value_as_string(at)),
            })
        }
        DataType::Timestamp(_, zone) => {
            let millis = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, zone.clone()))?;
            all(&|at| Cell::Time(millis.as_primitive::<TimestampMillisecondType>().value(at)))
        }
        DataType::Binary => all(&|at| {
            let hex = array
                .as_binary::<i32>()
                .value(at)
                .iter()
                .map(|byte| format!("{byte:02x}"));
            Cell::Text(hex.collect())
        }),
        data_type if data_type.is_nested() => nested(array)?,
        _ => {
            let text = ArrayFormatter::try_new(array, options)?;
            all(&|at| Cell::Text(text.value(at).to_string()))
        }
    })
}

/// Lists and structs as JSON: fields by name, without null values.
fn nested(array: &dyn Array) -> Result<Vec<Cell>, arrow::error::ArrowError> {
    let column = make_array(array.to_data());
    let batch = RecordBatch::try_from_iter_with_nullable([("value", column, true)])?;
    let mut lines = ArrayWriter::new(Vec::new());
    lines.write(&batch)?;
    lines.finish()?;
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&lines.into_inner())
        .map_err(|error| arrow::error::ArrowError::JsonError(error.to_string()))?;
    let cell = |mut row: serde_json::Value| match row.get_mut("value").map(serde_json::Value::take) {
        None | Some(serde_json::Value::Null) => Cell::Null,
        Some(value) => Cell::Json(value),
    };
    Ok(rows.into_iter().map(cell).collect())
}

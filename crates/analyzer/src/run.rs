//! Runs reports: one pass over a site's journeys for all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use arrow::array::AsArray;
use arrow::datatypes::{Int32Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use datafusion::common::internal_datafusion_err;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::{StreamExt, TryStreamExt};
use wayside_model::SiteId;
use wayside_store::{Snapshot, Store};

use crate::error::{Error, ErrorKind};
use crate::report::{self, About, AnyReport, Facts, ReportRequest};
use crate::scan::{Engine, MEMORY_DEFAULT_BYTES, Scope, Traffic};
use crate::sql;
use crate::table::{Table, counted};
use crate::zone::Zone;

/// The subject of a set of reports, and the resources that it may use.
#[derive(Clone, Debug)]
pub struct Query {
    /// The analyzed events.
    pub scope: Scope,
    /// The maximum memory of all batches together.
    pub memory_bytes: usize,
    /// The time zone of days in tables and of printed times. The days of the range are already in it.
    pub zone: Zone,
    /// Whether the site is known to exist. Its reports are then empty, not refused, while no event of it has arrived.
    pub is_known_site: bool,
    /// Receives the progress of the pass.
    pub progress: Progress,
}

/// Progress of a pass over a site's buckets; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    done: AtomicUsize,
    all: AtomicUsize,
}

impl Progress {
    /// Number of buckets that are done.
    pub fn done(&self) -> usize {
        self.0.done.load(Relaxed)
    }

    /// Number of all buckets; 0 until the pass has begun.
    pub fn all(&self) -> usize {
        self.0.all.load(Relaxed)
    }
}

impl Default for Query {
    fn default() -> Self {
        Self {
            scope: Scope::default(),
            memory_bytes: MEMORY_DEFAULT_BYTES,
            zone: Zone::UTC,
            is_known_site: false,
            progress: Progress::default(),
        }
    }
}

/// Runs reports over a site in one pass. A table for each, in the order asked for.
///
/// # Errors
///
/// An unknown report, parameter or site, and whatever keeps the data from being read.
pub async fn run(store: &Store, site: &SiteId, requests: &[ReportRequest], query: &Query) -> Result<Vec<Table>, Error> {
    let reports = make(requests, &query.zone)?;
    let snapshot = if query.is_known_site {
        store.snapshot(site).await?
    } else {
        known_snapshot(store, site).await?
    };
    let mut query = query.clone();
    query.scope.customer = match (query.scope.customer, reports.as_ref()) {
        (None, [report]) => match report.whom() {
            None => None,
            Some(About::Customer(key)) => Some(key),
            // Nobody has the empty key, and of an unknown visitor there is nothing to read.
            Some(About::Visitor(visitor)) => {
                Some(sql::customer_of(&snapshot, site, &visitor).await?.unwrap_or_default())
            }
        },
        (customer, _) => customer,
    };
    let mut tables = run_over(&snapshot, &reports, &query).await?;
    if reports.iter().any(|report| report.lacks_facts()) {
        let facts = Facts::gather(store, site, &snapshot, query.scope.range).await?;
        for (report, table) in reports.iter().zip(&mut tables) {
            report.add_facts(table, &facts);
        }
    }
    for table in &mut tables {
        table.site = site.as_str().to_owned();
    }
    Ok(tables)
}

/// The site's events at this moment; an error that lists the sites when nothing was ever heard of this one.
pub(crate) async fn known_snapshot(store: &Store, site: &SiteId) -> Result<Snapshot, Error> {
    let snapshot = store.snapshot(site).await?;
    if snapshot.events == 0 {
        let sites = store.sites().await?;
        if !sites.iter().any(|known| known.site == *site) {
            return Err(Error::new(ErrorKind::UnknownSite {
                site: site.as_str().to_owned(),
                known: sites.iter().map(|known| known.site.as_str().to_owned()).collect(),
            }));
        }
    }
    Ok(snapshot)
}

fn make(requests: &[ReportRequest], zone: &Zone) -> Result<Arc<[Arc<dyn AnyReport>]>, Error> {
    requests
        .iter()
        .map(|request| report::definition(&request.name)?.make_in(request, zone))
        .collect()
}

/// Runs reports over a snapshot.
pub(crate) async fn run_over(
    snapshot: &Snapshot,
    reports: &Arc<[Arc<dyn AnyReport>]>,
    query: &Query,
) -> Result<Vec<Table>, Error> {
    let engine = Engine::new(snapshot, query.memory_bytes)?;
    let plan = engine.plan(snapshot, reports.clone(), query.scope.clone())?;
    let folded = Folded::collect(
        Arc::new(plan),
        engine.context().task_ctx(),
        reports.len(),
        &query.progress,
    )
    .await?;
    reports
        .iter()
        .zip(&folded.states)
        .map(|(report, states)| {
            let mut table = report.conclude(states)?;
            table.range = query.scope.range;
            table.zone = query.zone.clone();
            table.events = folded.events;
            table.customers = folded.customers;
            table.notes.extend(traffic_note(query.scope.traffic, folded.left_out));
            Ok(table)
        })
        .collect()
}

/// The combined results of all buckets.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// For each report, one state per bucket, in the order of the buckets.
    pub(crate) states: Vec<Vec<Vec<u8>>>,
    events: u64,
    customers: u64,
    left_out: u64,
}

impl Folded {
    /// Runs every partition of the plan, as many at once as there are cores.
    pub(crate) async fn collect(
        plan: Arc<dyn ExecutionPlan>,
        context: Arc<TaskContext>,
        reports: usize,
        progress: &Progress,
    ) -> Result<Self, DataFusionError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let partitions = plan.output_partitioning().partition_count();
        progress.0.all.store(partitions, Relaxed);
        let mut buckets = futures::stream::iter(0..partitions)
            .map(|partition| {
                let (plan, context) = (plan.clone(), context.clone());
                // A task that is dropped with us ends with us.
                SpawnedTask::spawn(async move { plan.execute(partition, context)?.try_collect::<Vec<_>>().await })
            })
            .buffered(cores);
        let mut folded = Self {
            states: vec![Vec::with_capacity(partitions); reports],
            ..Self::default()
        };
        while let Some(batches) = buckets.next().await {
            let batches = batches.map_err(|error| DataFusionError::External(Box::new(error)))??;
            batches.iter().try_for_each(|batch| folded.add(batch))?;
            progress.0.done.fetch_add(1, Relaxed);
        }
        Ok(folded)
    }

    /// Adds the states of one bucket.
    fn add(&mut self, batch: &RecordBatch) -> Result<(), DataFusionError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| internal_datafusion_err!("a journey scan has no column {name}"))
        };
        let reports = column("report")?.as_primitive::<Int32Type>();
        let states = column("state")?.as_binary::<i32>();
        for (report, state) in reports.values().iter().zip(states.iter()) {
            self.states[*report as usize].push(state.unwrap_or_default().to_vec());
        }
        let number = |name: &str| Ok::<u64, DataFusionError>(column(name)?.as_primitive::<UInt64Type>().value(0));
        self.events += number("events")?;
        self.customers += number("customers")?;
        self.left_out += number("left_out")?;
        Ok(())
    }
}

/// A note on the traffic that a report leaves out, so that readers know why their test visits are missing.
fn traffic_note(traffic: Traffic, left_out: u64) -> Option<String> {
    let whose = match traffic {
        _ if left_out == 0 => return None,
        Traffic::People => "automated browsers",
        Traffic::Automated => "people",
        Traffic::All => return None,
    };
    let (are, them) = if left_out == 1 { ("is", "it") } else { ("are", "them") };
    Some(format!(
        "{} of {whose} {are} left out; traffic=all counts {them} too.",
        counted(left_out, "event")
    ))
}

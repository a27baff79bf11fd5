//! Runs reports: one pass over a site's journeys for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use datafusion::error::DataFusionError;
use wayside_model::SiteId;
use wayside_store::{Snapshot, Store};

use crate::compare::Compare;
use crate::error::{Error, ErrorKind};
use crate::fold::{ReportKeys, States, fold};
use crate::kept::{BucketState, KeptStates, Keys};
use crate::report::{self, About, AnyReport, Facts, ReportRequest, WantedFacts};
use crate::scan::{MEMORY_DEFAULT_BYTES, Scope, Traffic};
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
    /// With what the reports are compared; `None` gives them as they are.
    pub compare: Option<Compare>,
    /// Where states are kept, so that only the buckets that have changed are read; `None` reads all and keeps nothing.
    pub kept: Option<KeptStates>,
}

/// Progress of a pass over a site's buckets; clones share it. A bucket whose states are all kept counts as done.
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

    /// Begins with so many buckets done and so many to do.
    pub(crate) fn begin(&self, done: usize, to_do: usize) {
        self.0.done.store(done, Relaxed);
        self.0.all.store(done + to_do, Relaxed);
    }

    pub(crate) fn add_done(&self) {
        self.0.done.fetch_add(1, Relaxed);
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
            compare: None,
            kept: None,
        }
    }
}

/// Runs reports over a site in one pass. A table for each, in the order asked for.
///
/// # Errors
///
/// An unknown report, parameter or site, and whatever keeps the data from being read.
pub async fn run(store: &Store, site: &SiteId, requests: &[ReportRequest], query: &Query) -> Result<Vec<Table>, Error> {
    let Some(compare) = &query.compare else {
        return run_side(store, site, requests, query).await;
    };
    requests.iter().try_for_each(|request| compare.check(request))?;
    let other = compare.other(query)?;
    let here = run_side(store, site, requests, query).await?;
    let there = run_side(store, site, requests, &other).await?;
    let pairs = here.iter().zip(&there);
    Ok(pairs.map(|(here, there)| compare.table(here, there)).collect())
}

/// Runs reports without a comparison.
async fn run_side(
    store: &Store,
    site: &SiteId,
    requests: &[ReportRequest],
    query: &Query,
) -> Result<Vec<Table>, Error> {
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
    if query.scope.customer.is_some() {
        // Whoever asks for a person wants that person.
        query.scope.segment = None;
    }
    let keys = keys(site, &snapshot, &query)?;
    let keys_of_reports = match &keys {
        Some(keys) => keys_of(requests, &reports, keys, &snapshot)?,
        None => ReportKeys::default(),
    };
    let states = fold(&snapshot, &reports, &query, &Arc::new(keys_of_reports)).await?;
    let mut tables = conclude(&reports, &states, &query)?;
    let lacking = reports.iter().map(|report| report.lacks_facts());
    let wanted = lacking.fold(WantedFacts::default(), WantedFacts::and);
    if wanted != WantedFacts::default() {
        let mut facts = Facts::default();
        if wanted.quality {
            let kept = query.kept.as_ref().zip(keys.as_ref());
            facts = Facts::gather(store, site, &snapshot, query.scope.range, kept).await?;
        }
        if wanted.costs {
            facts.gather_costs(&snapshot, query.scope.range).await?;
        }
        for (report, table) in reports.iter().zip(&mut tables) {
            report.add_facts(table, &facts);
            if query.scope.segment.is_some() && report.lacks_facts() != WantedFacts::default() {
                table.note("Costs and refused events are of no customer: they are those of the whole site.");
            }
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

/// The keys of the query's states; `None` if nothing is kept. The states of a single customer are not kept: they are read
/// from a small part of the files.
fn keys(site: &SiteId, snapshot: &Snapshot, query: &Query) -> Result<Option<Keys>, DataFusionError> {
    if query.kept.is_none() || query.scope.customer.is_some() {
        return Ok(None);
    }
    Ok(Some(Keys::new(site, snapshot, &query.scope, &query.zone)?))
}

/// The keys of the states of each report, except for reports on one customer.
fn keys_of(
    requests: &[ReportRequest],
    reports: &[Arc<dyn AnyReport>],
    keys: &Keys,
    snapshot: &Snapshot,
) -> Result<ReportKeys, Error> {
    let of_report = |(request, report): (&ReportRequest, &Arc<dyn AnyReport>)| {
        if report.whom().is_some() {
            return Ok(BTreeMap::new());
        }
        let question = format!("{:?}", request.canonical()?);
        let buckets = snapshot.buckets.iter();
        Ok(buckets
            .filter_map(|bucket| Some((bucket.number, keys.of(&question, bucket.number)?)))
            .collect())
    };
    requests.iter().zip(reports).map(of_report).collect()
}

/// Runs reports over a snapshot and keeps nothing.
#[cfg(test)]
pub(crate) async fn run_over(
    snapshot: &Snapshot,
    reports: &Arc<[Arc<dyn AnyReport>]>,
    query: &Query,
) -> Result<Vec<Table>, Error> {
    let states = fold(snapshot, reports, query, &Arc::default()).await?;
    conclude(reports, &states, query)
}

/// The tables from the states of all buckets.
fn conclude(reports: &[Arc<dyn AnyReport>], states: &States, query: &Query) -> Result<Vec<Table>, Error> {
    let conclude = |(report, buckets): (&Arc<dyn AnyReport>, &BTreeMap<u16, Arc<BucketState>>)| {
        let buckets: Vec<&BucketState> = buckets.values().map(AsRef::as_ref).collect();
        let states: Vec<&[u8]> = buckets.iter().map(|bucket| bucket.state.as_slice()).collect();
        let mut table = report.conclude(&states)?;
        table.range = query.scope.range;
        table.zone = query.zone.clone();
        table.events = buckets.iter().map(|bucket| bucket.events).sum();
        table.customers = buckets.iter().map(|bucket| bucket.customers).sum();
        let left_out = buckets.iter().map(|bucket| bucket.left_out).sum();
        table.notes.extend(traffic_note(query.scope.traffic, left_out));
        let segment = query.scope.segment.as_ref();
        table.notes.extend(segment.map(|segment| segment.note(table.customers)));
        Ok(table)
    };
    reports.iter().zip(states).map(conclude).collect()
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

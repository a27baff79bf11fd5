//! Sites and reports over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use wayside_analyzer::scan::Scope;
use wayside_analyzer::{Range, ReportRequest, Traffic, Zone, registry};
use wayside_collector::Sites;
use wayside_model::{SiteId, Timestamp};
use wayside_store::{SiteSummary, Store};

use super::refusal::Refusal;

/// What reading requests need.
#[derive(Clone)]
pub(crate) struct Reading {
    pub(super) store: Store,
    /// The sites that may write, also those that have not yet.
    configured: Arc<Sites>,
    /// Whose touchpoints are read unless a request says otherwise.
    traffic: Traffic,
    /// As many passes over the data at a time as there are cores; the others wait their turn.
    pub(super) passes: Arc<Semaphore>,
}

/// What every question is about.
pub(super) struct Asked {
    pub(super) site: SiteId,
    pub(super) range: Range,
    pub(super) traffic: Traffic,
}

impl Reading {
    pub(crate) fn new(store: Store, configured: Sites, traffic: Traffic) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            store,
            configured: Arc::new(configured),
            traffic,
            passes: Arc::new(Semaphore::new(cores)),
        }
    }

    /// The time zone that a request asks for, or that the site has.
    fn zone(&self, site: &SiteId, params: &BTreeMap<String, String>) -> Result<Zone, Refusal> {
        let asked = params
            .get("timezone")
            .map(|name| name.trim())
            .filter(|name| !name.is_empty());
        match asked.or_else(|| self.configured.timezone(site)) {
            Some(name) => name.parse().map_err(refused),
            None => Ok(Zone::UTC),
        }
    }

    /// Reads `site`, `from`, `to`, `timezone` and `traffic`.
    pub(super) fn asked(&self, params: &BTreeMap<String, String>) -> Result<Asked, Refusal> {
        let set = |name: &str| {
            params
                .get(name)
                .map(|value| value.trim())
                .filter(|value| !value.is_empty())
        };
        let site =
            set("site").ok_or_else(|| Refusal::bad_request("bad_param", "add site=, one of those of /api/sites"))?;
        let site = SiteId::parse(site).map_err(|error| Refusal::bad_request("bad_param", format!("site: {error}")))?;
        let zone = self.zone(&site, params)?;
        Ok(Asked {
            site,
            range: Range::parse(set("from"), set("to"), &zone).map_err(refused)?,
            traffic: set("traffic").map_or(Ok(self.traffic), str::parse).map_err(refused)?,
        })
    }
}

/// `GET /api/sites`
pub(crate) async fn sites(State(reading): State<Reading>) -> Result<Json<Value>, Refusal> {
    let _turn = reading.passes.acquire().await;
    let sites = all_sites(&reading.store, Some(&reading.configured)).await;
    let sites = sites.map_err(|error| failed(&error))?;
    Ok(Json(sites_json(&sites, Some(&reading.configured))))
}

/// The sites with touchpoints or dead letters, and the configured ones that have none yet, in order of their names.
pub(crate) async fn all_sites(
    store: &Store,
    configured: Option<&Sites>,
) -> Result<Vec<SiteSummary>, wayside_store::Error> {
    let mut sites = store.sites().await?;
    for name in configured.into_iter().flat_map(Sites::names) {
        if let Err(place) = sites.binary_search_by(|about| about.site.cmp(name)) {
            sites.insert(place, SiteSummary::empty(name.clone()));
        }
    }
    Ok(sites)
}

/// The list of sites as JSON; a site has a `timezone` where `wayside.toml` gives it one.
pub(crate) fn sites_json(sites: &[SiteSummary], configured: Option<&Sites>) -> Value {
    let one = |about: &SiteSummary| {
        let mut site = json!({
            "site": about.site.as_str(),
            "events": about.events,
            "dead": about.dead,
            "first": about.first.map(Timestamp::millis),
            "last": about.last.map(Timestamp::millis),
        });
        if let Some(zone) = configured.and_then(|sites| sites.timezone(&about.site)) {
            site["timezone"] = Value::from(zone);
        }
        site
    };
    sites.iter().map(one).collect()
}

/// `GET /api/reports`
pub(crate) async fn list(State(reading): State<Reading>) -> Json<Value> {
    Json(
        registry()
            .iter()
            .map(|report| report.to_json(reading.traffic))
            .collect(),
    )
}

/// `GET /api/reports/{name}?site=&from=&to=&…`
pub(crate) async fn run(
    State(reading): State<Reading>,
    Path(name): Path<String>,
    Query(params): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Refusal> {
    let Asked { site, range, traffic } = reading.asked(&params)?;
    let scope = Scope {
        range,
        traffic,
        ..Scope::default()
    };
    let query = wayside_analyzer::Query {
        scope,
        zone: reading.zone(&site, &params)?,
        is_known_site: reading.configured.names().any(|known| *known == site),
        ..Default::default()
    };
    let request = ReportRequest {
        name,
        params: params.clone(),
    };

    let _turn = reading.passes.acquire().await;
    let tables = wayside_analyzer::run(&reading.store, &site, &[request], &query)
        .await
        .map_err(refused)?;
    match tables.as_slice() {
        [table] => Ok(Json(table.to_json())),
        _ => Err(Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "one report was asked for, none came",
        )),
    }
}

pub(super) fn refused(error: wayside_analyzer::Error) -> Refusal {
    use wayside_analyzer::ErrorKind;
    match error.kind() {
        ErrorKind::UnknownReport { .. } => Refusal::not_found("unknown_report", error.to_string()),
        ErrorKind::UnknownSite { .. } => Refusal::not_found("unknown_site", error.to_string()),
        _ if error.is_request() => Refusal::bad_request("bad_param", error.to_string()),
        _ => failed(&error),
    }
}

/// A failure with its causes, for the log and for whoever runs the server.
fn failed(error: &dyn std::error::Error) -> Refusal {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        message.push_str(&format!(": {next}"));
        cause = next.source();
    }
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
}

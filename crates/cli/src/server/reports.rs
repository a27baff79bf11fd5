//! Reports over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::registry::Registry;
use serde_json::Value;
use tokio::sync::Semaphore;
use wayside_analyzer::{Compare, KeptStates, Range, ReportRequest, Segment, Traffic, Zone, registry};
use wayside_collector::Sites;
use wayside_model::SiteId;
use wayside_store::Store;

use super::answers::{Answers, Question, Subject};
use super::etag;
use super::refusal::{Reason, Refusal};

/// The dependencies of requests that read.
#[derive(Clone)]
pub(crate) struct Reading {
    pub(super) store: Store,
    /// The configured sites, including those without data.
    pub(super) configured: Arc<Sites>,
    /// The traffic that is read by default, if a request does not choose one.
    traffic: Traffic,
    /// Permits for passes over the data, one for each core; further passes wait.
    pub(super) turns: Arc<Semaphore>,
    pub(super) answers: Answers,
}

/// The scope of a request.
pub(super) struct Asked {
    pub(super) site: SiteId,
    pub(super) range: Range,
    pub(super) traffic: Traffic,
}

impl Reading {
    /// Creates the state of the reports' routes and registers its metrics in `registry`.
    pub(crate) fn new(store: Store, configured: Arc<Sites>, traffic: Traffic, registry: &mut Registry) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let turns = Arc::new(Semaphore::new(cores));
        Self {
            answers: Answers::new(store.clone(), Arc::clone(&configured), Arc::clone(&turns), registry),
            store,
            configured,
            traffic,
            turns,
        }
    }

    /// The states that reports keep, which are forgotten when data are erased.
    pub(crate) fn states(&self) -> KeptStates {
        self.answers.states().clone()
    }

    /// The time zone of a request, or else of the site.
    fn zone(&self, site: &SiteId, params: &BTreeMap<String, String>) -> Result<Zone, Refusal> {
        let asked = params
            .get("timezone")
            .map(|name| name.trim())
            .filter(|name| !name.is_empty());
        match asked.or_else(|| self.configured.timezone(site)) {
            Some(name) => name.parse().map_err(|error| refused(&error)),
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
            set("site").ok_or_else(|| Refusal::new(Reason::BadParam, "add site=, one of those of /api/sites"))?;
        let site = SiteId::parse(site).map_err(|error| Refusal::new(Reason::BadParam, format!("site: {error}")))?;
        let zone = self.zone(&site, params)?;
        Ok(Asked {
            site,
            range: Range::parse(set("from"), set("to"), &zone).map_err(|error| refused(&error))?,
            traffic: set("traffic")
                .map_or(Ok(self.traffic), str::parse)
                .map_err(|error| refused(&error))?,
        })
    }
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
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let Asked { site, range, traffic } = reading.asked(&params)?;
    let set = |name: &str| params.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let named = &reading.configured.settings(&site).segments;
    let segment = set("segment").map(|text| Segment::choose(&site, text, named));
    let compare = set("compare").map(|text| Compare::choose(&site, text, named));
    let subject = Subject {
        segment: segment.transpose().map_err(|error| refused(&error))?,
        compare: compare.transpose().map_err(|error| refused(&error))?,
        range,
        traffic,
        zone: reading.zone(&site, &params)?,
        is_known_site: reading.configured.names().any(|known| *known == site),
        site,
    };
    let question = Question::new(subject, &ReportRequest { name, params }).map_err(|error| refused(&error))?;
    let answer = reading.answers.to(&question).await.map_err(|error| refused(&error))?;
    let known = [
        (header::ETAG, answer.tag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static(ASK_AGAIN)),
    ];
    if etag::is_known(&headers, &answer.tag) {
        reading.answers.unchanged();
        return Ok((StatusCode::NOT_MODIFIED, known).into_response());
    }
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((known, json, answer.json.clone()).into_response())
}

/// A browser may cache an answer for its own user, and has to revalidate it before each use.
const ASK_AGAIN: &str = "private, no-cache";

pub(super) fn refused(error: &wayside_analyzer::Error) -> Refusal {
    use wayside_analyzer::ErrorKind;
    match error.kind() {
        ErrorKind::UnknownReport { .. } => Refusal::new(Reason::UnknownReport, error.to_string()),
        ErrorKind::UnknownSite { .. } => Refusal::new(Reason::UnknownSite, error.to_string()),
        _ if error.is_request() => Refusal::new(Reason::BadParam, error.to_string()),
        _ => failed(error),
    }
}

/// Logs a failure with its causes for the operator and returns the refusal for the client.
pub(super) fn failed(error: &dyn std::error::Error) -> Refusal {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        message.push_str(&format!(": {next}"));
        cause = next.source();
    }
    Refusal::new(Reason::Internal, message)
}

//! Progress of the passes over the data.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use wayside_analyzer::Segment;
use wayside_model::SiteId;

use super::answers::Underway;
use super::refusal::{Reason, Refusal};
use super::reports::Reading;

/// Query parameters: the site whose passes are shown.
#[derive(Deserialize)]
pub(crate) struct Choice {
    site: Option<String>,
}

/// `GET /api/progress?site=`: the running and waiting passes, of all sites if none is given.
pub(crate) async fn list(State(reading): State<Reading>, Query(choice): Query<Choice>) -> Result<Json<Value>, Refusal> {
    let site = choice
        .site
        .filter(|site| !site.is_empty())
        .map(|site| SiteId::parse(&site).map_err(|error| Refusal::new(Reason::BadParam, format!("site: {error}"))))
        .transpose()?;
    let passes = reading.answers.underway();
    let passes = passes
        .iter()
        .filter(|pass| site.as_ref().is_none_or(|site| *site == pass.subject.site));
    Ok(Json(json!({ "passes": passes.map(show).collect::<Vec<_>>() })))
}

pub(super) fn show(pass: &Underway) -> Value {
    json!({
        "site": pass.subject.site.as_str(),
        "from": pass.subject.range.from(),
        "to": pass.subject.range.to(),
        "timezone": pass.subject.zone.name(),
        "traffic": pass.subject.traffic.name(),
        "segment": pass.subject.segment.as_ref().map(Segment::rule),
        "reports": pass.reports,
        "state": if pass.has_begun { "running" } else { "waiting" },
        "buckets_done": pass.progress.done(),
        "buckets": pass.progress.all(),
        "seconds": pass.seconds,
    })
}

//! Tracking plans over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::StringRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use wayside_analyzer::tracking_plan::{self, Looked};
use wayside_plan::limits::{AGAINST_MAX, PLAN_MAX_BYTES};
use wayside_plan::{Findings, Plan};

use super::refusal::{Reason, Refusal};
use super::reports::{Asked, Reading, refused};

/// `POST /api/check-plan?site=&from=&to=&traffic=&limit=`, with the plan as its body: the violations of
/// the plan in the site's touchpoints.
pub(crate) async fn check(
    State(reading): State<Reading>,
    Query(params): Query<BTreeMap<String, String>>,
    body: Result<String, StringRejection>,
) -> Result<Json<Findings>, Refusal> {
    let Asked { site, range, traffic } = reading.asked(&params)?;
    let limit = match params.get("limit") {
        None => AGAINST_MAX,
        Some(raw) => raw
            .parse()
            .map_err(|_| Refusal::new(Reason::BadParam, format!("limit={raw} must be a whole number")))?,
    };
    let text = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(
            Reason::TooLarge,
            format!("the plan has more than {PLAN_MAX_BYTES} bytes"),
        ),
        _ => Refusal::new(Reason::BadPlan, format!("the plan cannot be read: {rejection}")),
    })?;
    let plan = Plan::read(&text).map_err(|error| Refusal::new(Reason::BadPlan, format!("the plan: {error}")))?;
    let looked = Looked { range, traffic, limit };
    let _turn = reading.turns.acquire().await;
    let findings = tracking_plan::check(&reading.store, &site, Arc::new(plan), looked).await;
    Ok(Json(findings.map_err(|error| refused(&error))?))
}

//! Sites over HTTP.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use wayside_collector::Sites;
use wayside_model::Timestamp;
use wayside_store::{ImportRecord, SiteSummary, Store};

use super::refusal::Refusal;
use super::reports::{Reading, failed};

/// `GET /api/sites`
pub(crate) async fn list(State(reading): State<Reading>) -> Result<Json<Value>, Refusal> {
    let sites = all_sites(&reading.store, Some(&reading.configured)).await;
    let sites = sites.map_err(|error| failed(&error))?;
    let simulated = simulated_sites(&reading.store).await.map_err(|error| failed(&error))?;
    Ok(Json(sites_json(&sites, &simulated, Some(&reading.configured))))
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

/// The names of the sites with simulated touchpoints.
pub(crate) async fn simulated_sites(store: &Store) -> Result<BTreeSet<String>, wayside_store::Error> {
    let imports = store.imports().await?;
    let simulated = imports.into_iter().filter(ImportRecord::is_simulated);
    Ok(simulated.map(|import| import.site).collect())
}

/// The list of sites as JSON; `simulated` names those with simulated touchpoints. A site has a `timezone`, `stage_labels`
/// and `segments` where `wayside.toml` gives it some.
pub(crate) fn sites_json(sites: &[SiteSummary], simulated: &BTreeSet<String>, configured: Option<&Sites>) -> Value {
    let one = |about: &SiteSummary| {
        let mut site = json!({
            "site": about.site.as_str(),
            "events": about.events,
            "people": about.events.saturating_sub(about.automated),
            "automated": about.automated,
            "dead": about.dead,
            "first": about.first.map(Timestamp::millis),
            "last": about.last.map(Timestamp::millis),
        });
        if simulated.contains(about.site.as_str()) {
            site["simulated"] = Value::Bool(true);
        }
        if let Some(zone) = configured.and_then(|sites| sites.timezone(&about.site)) {
            site["timezone"] = Value::from(zone);
        }
        let labels = configured.map(|sites| &sites.settings(&about.site).stage_labels);
        if let Some(labels) = labels.filter(|labels| !labels.is_empty()) {
            site["stage_labels"] = labels
                .iter()
                .map(|(stage, label)| (stage.name(), label.as_str()))
                .collect();
        }
        let segments = configured.map(|sites| &sites.settings(&about.site).segments);
        if let Some(segments) = segments.filter(|segments| !segments.is_empty()) {
            site["segments"] = segments.iter().map(|(name, rule)| (name, rule.as_str())).collect();
        }
        site
    };
    sites.iter().map(one).collect()
}

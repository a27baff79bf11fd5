//! Deleting what is older than the sites of `wayside.toml` keep.

use anyhow::{Context, Result};
use wayside_analyzer::KeptStates;
use wayside_collector::Sites;
use wayside_model::Timestamp;
use wayside_store::{DataWriter, Outgrown};

/// Deletes what is too old at `now`. Returns what was deleted in all.
pub(crate) async fn forget_old(
    writer: &DataWriter,
    states: &KeptStates,
    sites: &Sites,
    now: Timestamp,
) -> Result<Outgrown> {
    let mut all = Outgrown::default();
    for site in sites.names() {
        let Some(limit) = sites.kept_from(site, now) else {
            continue;
        };
        let old = writer.forget_before(site, limit).await?;
        if old != Outgrown::default() {
            tracing::info!(
                %site,
                touchpoints = old.events,
                dead_letters = old.dead,
                "deleted what is older than keep_days of wayside.toml"
            );
        }
        all.events += old.events;
        all.dead += old.dead;
        all.visitors += old.visitors;
    }
    if all != Outgrown::default() {
        let forgotten = states.forget(writer.store().dir());
        forgotten.context(
            "not all kept states of reports could be deleted; delete the folder `answers` of the data folder",
        )?;
    }
    Ok(all)
}

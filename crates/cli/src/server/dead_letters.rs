//! Dead letters over HTTP: listing, replaying and dropping them through the server's one writer.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use wayside_collector::Sites;
use wayside_model::{SiteId, Timestamp};
use wayside_store::DataWriter;

use super::admin::{self, Admin};
use super::imports::{broken, refused};
use super::refusal::{Reason, Refusal};
use crate::dead_letters::{self, Asked, LetterId, Listed, Sorted};

/// Shared state of the routes.
#[derive(Clone)]
pub(crate) struct Letters {
    writer: DataWriter,
    configured: Arc<Sites>,
    clock: fn() -> Timestamp,
}

impl Letters {
    pub(crate) fn new(writer: DataWriter, configured: Arc<Sites>, clock: fn() -> Timestamp) -> Self {
        Self {
            writer,
            configured,
            clock,
        }
    }
}

/// The routes; each requires the admin token.
pub(crate) fn routes(letters: Letters, admin: Admin) -> Router {
    Router::new()
        .route("/api/dead-letters", get(list))
        .route("/api/dead-letters/replay", post(replay))
        .route("/api/dead-letters/drop", post(drop_letters))
        .with_state(letters)
        .layer(middleware::from_fn_with_state(admin, admin::required))
}

/// The parameters. Without ids and reason, all letters of the site are meant.
#[derive(Deserialize)]
struct Params {
    site: Option<String>,
    reason: Option<String>,
    /// Ids, separated by commas.
    ids: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    dry_run: bool,
}

impl Params {
    fn asked(&self) -> Result<Asked, Refusal> {
        let ids = self.ids.as_deref().into_iter().flat_map(|ids| ids.split(','));
        let ids: Result<BTreeSet<LetterId>, String> = ids.map(LetterId::parse).collect();
        Ok(Asked {
            ids: ids.map_err(|why| Refusal::new(Reason::BadParam, format!("ids: {why}")))?,
            reason: self.reason.clone(),
        })
    }
}

/// The site of a request; left out, it is the only one.
pub(super) async fn site_of(writer: &DataWriter, site: Option<&str>) -> Result<SiteId, Refusal> {
    if let Some(site) = site {
        return SiteId::parse(site).map_err(|error| Refusal::new(Reason::BadParam, format!("site: {error}")));
    }
    let mut sites = writer.store().sites().await.map_err(refused)?;
    match (sites.pop(), sites.len()) {
        (Some(only), 0) => Ok(only.site),
        _ => Err(Refusal::new(
            Reason::BadParam,
            "the server has not exactly one site with data; name the site (`site=`, on the command line --site)",
        )),
    }
}

/// `GET /api/dead-letters?site=&reason=&ids=&limit=`
async fn list(State(letters): State<Letters>, Query(params): Query<Params>) -> Result<Json<Listed>, Refusal> {
    let site = site_of(&letters.writer, params.site.as_deref()).await?;
    let limit = params.limit.unwrap_or(LIMIT).min(LIMIT_MAX);
    let listed = dead_letters::list(letters.writer.store(), &site, params.asked()?, limit).await;
    listed.map(Json).map_err(refused)
}

/// `POST /api/dead-letters/replay?site=&reason=&ids=&dry_run=`
async fn replay(State(letters): State<Letters>, Query(params): Query<Params>) -> Result<Json<Sorted>, Refusal> {
    let Letters {
        writer,
        configured,
        clock,
    } = letters;
    let site = site_of(&writer, params.site.as_deref()).await?;
    let asked = params.asked()?;
    let own_hosts = configured.settings(&site).own_hosts.clone();
    // A task of its own, so that the work is completed even if the client disconnects.
    let sorted =
        tokio::spawn(
            async move { dead_letters::replay(&writer, &site, &asked, params.dry_run, &own_hosts, clock()).await },
        );
    let sorted = sorted.await.map_err(|error| broken(&error))?;
    sorted.map(Json).map_err(refused)
}

/// `POST /api/dead-letters/drop?site=&reason=&ids=&dry_run=`
async fn drop_letters(State(letters): State<Letters>, Query(params): Query<Params>) -> Result<Json<Sorted>, Refusal> {
    let writer = letters.writer;
    let site = site_of(&writer, params.site.as_deref()).await?;
    let asked = params.asked()?;
    let sorted = tokio::spawn(async move { dead_letters::drop_letters(&writer, &site, &asked, params.dry_run).await });
    let sorted = sorted.await.map_err(|error| broken(&error))?;
    sorted.map(Json).map_err(refused)
}

/// The letters of a list whose request names no limit.
const LIMIT: usize = 50;

/// The most letters of a list: with their contents, some 16 MiB.
const LIMIT_MAX: usize = 1_000;

//! Erasing and exporting a person's data over HTTP.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde_json::Value;
use wayside_analyzer::KeptStates;
use wayside_collector::Sites;
use wayside_model::{CustomerId, VisitorId};
use wayside_store::{DataWriter, Person};

use super::admin::{self, Admin};
use super::dead_letters::site_of;
use super::imports::{broken, refused};
use super::refusal::{Reason, Refusal};
use crate::people::{self, ErasedPerson};

/// Shared state of the routes.
#[derive(Clone)]
pub(crate) struct People {
    writer: DataWriter,
    configured: Arc<Sites>,
    states: KeptStates,
}

impl People {
    pub(crate) fn new(writer: DataWriter, configured: Arc<Sites>, states: KeptStates) -> Self {
        Self {
            writer,
            configured,
            states,
        }
    }
}

/// The routes; each requires the admin token.
pub(crate) fn routes(people: People, admin: Admin) -> Router {
    Router::new()
        .route("/api/erase", post(erase))
        .route("/api/export", get(export))
        .with_state(people)
        .layer(middleware::from_fn_with_state(admin, admin::required))
}

#[derive(Deserialize)]
struct Params {
    site: Option<String>,
    customer: Option<String>,
    visitor: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

impl Params {
    fn person(&self) -> Result<Person, Refusal> {
        let refused =
            |name: &str, why: &dyn std::fmt::Display| Refusal::new(Reason::BadParam, format!("{name}: {why}"));
        let customer = self.customer.as_deref().map(CustomerId::parse).transpose();
        let visitor = self.visitor.as_deref().map(VisitorId::parse).transpose();
        let customer = customer.map_err(|error| refused("customer", &error))?;
        let visitor = visitor.map_err(|error| refused("visitor", &error))?;
        people::person(customer, visitor).map_err(|why| Refusal::new(Reason::BadParam, why))
    }
}

/// `POST /api/erase?site=&customer=&visitor=&dry_run=`
async fn erase(State(state): State<People>, Query(params): Query<Params>) -> Result<Json<ErasedPerson>, Refusal> {
    let (writer, states, person) = (state.writer, state.states, params.person()?);
    let site = site_of(&writer, params.site.as_deref()).await?;
    // A task of its own, so that the work is completed even if the client disconnects.
    let erased = tokio::spawn(async move { people::erase(&writer, &states, &site, &person, params.dry_run).await });
    let erased = erased.await.map_err(|error| broken(&error))?;
    erased.map(Json).map_err(failed)
}

/// `GET /api/export?site=&customer=&visitor=`
async fn export(State(state): State<People>, Query(params): Query<Params>) -> Result<Json<Value>, Refusal> {
    let person = params.person()?;
    let site = site_of(&state.writer, params.site.as_deref()).await?;
    let config = state.configured.settings(&site).config.clone();
    let data = people::export(state.writer.store(), &site, config, &person).await;
    data.map(Json).map_err(failed)
}

fn failed(error: anyhow::Error) -> Refusal {
    let unknown_site = |error: &wayside_analyzer::Error| error.is_request();
    match error.downcast::<wayside_store::Error>() {
        Ok(error) => refused(error),
        Err(error) if error.downcast_ref().is_some_and(unknown_site) => {
            Refusal::new(Reason::BadParam, format!("{error:#}"))
        }
        Err(error) => broken(&format!("{error:#}")),
    }
}

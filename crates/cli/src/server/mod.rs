//! The server: collector, dashboard, its API and the example shop on one address.

mod admin;
mod answers;
mod connections;
mod dashboard;
mod dead_letters;
mod etag;
mod hosts;
mod imports;
mod live;
mod login;
mod people;
mod placing;
mod plan;
mod progress;
mod proxies;
mod read_token;
mod refusal;
mod reports;
mod sdk;
mod session;
mod shop;
mod sites;
mod tries;

use std::path::PathBuf;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::routing::{get, post};
use axum::{Router, middleware};
use tower_http::set_header::SetResponseHeaderLayer;
use wayside_model::Timestamp;
use wayside_plan::limits::PLAN_MAX_BYTES;

use read_token::Guard;

pub(crate) use admin::Admin;
pub(crate) use connections::{ConnectionLimits, Connections};
pub(crate) use dead_letters::Letters;
pub(crate) use hosts::Hosts;
pub(crate) use imports::Importing;
pub(crate) use live::Live;
pub(crate) use people::People;
pub(crate) use proxies::Proxies;
pub(crate) use read_token::{ReadToken, why_unfit};
pub(crate) use reports::Reading;
pub(crate) use sdk::sdk_file;
pub(crate) use sites::{all_sites, simulated_sites, sites_json};

/// The dependencies of all routes except the collector's.
pub(crate) struct Parts {
    /// The host names under which the server shows data.
    pub(crate) hosts: Hosts,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub(crate) proxies: Proxies,
    /// The token that readers need.
    pub(crate) token: ReadToken,
    /// The host of the server's public URL, if that uses TLS.
    pub(crate) https_host: Option<String>,
    /// Reports.
    pub(crate) reading: Reading,
    /// The live view.
    pub(crate) live: Live,
    /// Imports into the data folder.
    pub(crate) imports: Importing,
    /// Dead letters of the data folder.
    pub(crate) letters: Letters,
    /// Erasing and exporting persons.
    pub(crate) people: People,
    /// Access control for what changes the data folder.
    pub(crate) admin: Admin,
    /// The clock of the process.
    pub(crate) clock: fn() -> Timestamp,
    /// Folder of the example shop.
    pub(crate) shop: Option<PathBuf>,
}

/// The collector's routes and everything beside them.
pub(crate) fn router(collector: Router, parts: Parts) -> Router {
    let reports = Router::new()
        .route("/api/sites", get(sites::list))
        .route("/api/reports", get(reports::list))
        .route("/api/reports/{name}", get(reports::run))
        .route("/api/progress", get(progress::list))
        .route(
            "/api/check-plan",
            post(plan::check).layer(DefaultBodyLimit::max(PLAN_MAX_BYTES)),
        )
        .with_state(parts.reading);
    let live = Router::new()
        .route("/api/live", get(live::stream))
        .with_state(parts.live);
    let pages = Router::new()
        .route("/", get(dashboard::index))
        .route("/{*path}", get(dashboard::file));
    let guard = Guard::new(parts.token, parts.https_host, parts.clock);
    let session = Router::new()
        .route("/api/session", get(login::session))
        .with_state(guard.clone());
    // Only reading requires the token; pages upload with their site's own key.
    let reading = reports
        .merge(live)
        .merge(session)
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .merge(pages)
        .layer(middleware::from_fn_with_state(guard.clone(), read_token::required))
        .merge(login::open_routes(guard));
    let shop = parts.shop.as_deref().map_or_else(Router::new, shop::routes);
    collector
        .merge(reading)
        .merge(imports::routes(parts.imports, parts.admin.clone()))
        .merge(dead_letters::routes(parts.letters, parts.admin.clone()))
        .merge(people::routes(parts.people, parts.admin))
        .merge(shop)
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::REFERRER_POLICY,
            HeaderValue::from_static("strict-origin-when-cross-origin"),
        ))
        .layer(middleware::from_fn_with_state(parts.hosts, hosts::only_own))
        .layer(middleware::from_fn_with_state(parts.proxies, proxies::tell_client))
        .layer(middleware::from_fn(connections::note_request))
}

//! Takes uploaded batches over HTTP and hands out the SDK.
//!
//! A batch is acknowledged once it is on disk, and by name: writer, first and last seq. The collector keeps no memory of
//! what it has seen; copies meet in the table. So pages may send anything again, and any number of collectors may take it.
//!
//! # What this crate does not do
//!
//! * Speak TLS. A proxy in front of it does.
//! * Judge events. [`wayside_model::wire`] tells good from bad; both are kept, the bad ones as dead letters.
//! * Answer questions about events. That is the analyzer's.

mod batch;
mod client;
mod health;
mod metrics;
mod reading;
mod refusal;
mod sdk;
mod sites;
mod status;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::{get, post};
use prometheus_client::registry::Registry;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use wayside_model::limits::{BODY_MAX_BYTES, UNFOLDED_MAX_BYTES};
use wayside_model::{Event, SiteId, Timestamp};
use wayside_store::DataWriter;

pub use client::ClientAddress;
use client::Clients;
use metrics::Metrics;
pub use sdk::Sdk;
pub use sites::{Sites, SitesError};
use status::KeptStatus;

/// What the collector needs.
pub struct Parts {
    /// Where batches go.
    pub writer: DataWriter,
    /// Who may write.
    pub sites: Sites,
    /// The SDK's files.
    pub sdk: Sdk,
    /// Bounds of what is taken at once.
    pub limits: Limits,
    /// Where good events are shown once they are on disk.
    pub live: broadcast::Sender<Arc<LiveBatch>>,
    /// The process's one clock.
    pub clock: fn() -> Timestamp,
}

/// Bounds of what is taken at once. Bytes are those of memory, which is finite; one client may have half of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body.
    pub body_bytes: usize,
    /// Longest wait for the next piece of a body: a phone that lost its network must not hold a place.
    pub chunk_timeout: Duration,
    /// Longest wait for a whole body: a client that sends it byte by byte must not hold a place either. The SDK's largest, 48 KiB,
    /// takes less over the slowest of mobile networks.
    pub body_timeout: Duration,
    /// Bodies under way at once, from their first byte to the answer. Each costs a connection and what has arrived of it, so there may be
    /// nearly as many as connections. One more makes the collector give up the one that it has been reading longest; when all are whole
    /// and wait for memory or the disk, the new one is refused as `rate_limited`.
    pub bodies: usize,
    /// Bodies under way at once from one client address. Many customers may share an address (an office, a mobile network): a page
    /// sends a batch about every 5 s, which takes well below a second, so that 512 are some thousand visitors at the same moment.
    pub bodies_of_client: usize,
    /// Bytes of bodies that are being read or wait to be decoded: 340 of the SDK's largest batches.
    pub bodies_bytes: usize,
    /// Bytes that batches may unfold to while they are decoded, checked and written to disk. A body of a few kilobytes can unfold to
    /// [`UNFOLDED_MAX_BYTES`], so each holds as much until it is decoded, and then what it really takes. Four are decoded at once:
    /// decoding is work for processors and takes a fraction of a millisecond for an ordinary batch. What is made of them in the process
    /// (copies, JSON of dead letters, the log's record) takes up to four times as much.
    pub unfolded_bytes: usize,
    /// Longest wait for a share of `unfolded_bytes`; then the batch is refused as `rate_limited`, and the page sends it again.
    pub unfolded_wait: Duration,
    /// Most memory that decoded events take which wait to be shown; a small body may unfold to megabytes. 60 of the SDK's largest
    /// batches take about this.
    pub shown_bytes: usize,
    /// How long `/healthz` and `/metrics` answer with the same status of the data folder. Balancers and Prometheus ask every few
    /// seconds, so that they see a fresh one each time, and a flood of requests costs the store one reading a second.
    pub status_age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: BODY_MAX_BYTES,
            chunk_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            bodies: 3_072,
            bodies_of_client: 512,
            bodies_bytes: 16 << 20,
            unfolded_bytes: 4 * UNFOLDED_MAX_BYTES,
            unfolded_wait: Duration::from_secs(5),
            shown_bytes: 16 << 20,
            status_age: Duration::from_secs(1),
        }
    }
}

/// Good events of one batch that are on disk.
#[derive(Debug)]
pub struct LiveBatch {
    /// Of which site.
    pub site: SiteId,
    /// The events, by seq.
    pub events: Vec<Event>,
    /// Its share of what may wait to be shown.
    _room: OwnedSemaphorePermit,
}

/// A collector's state; clones share it.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    writer: DataWriter,
    sites: Sites,
    sdk: Sdk,
    limits: Limits,
    live: broadcast::Sender<Arc<LiveBatch>>,
    clock: fn() -> Timestamp,
    clients: Clients,
    /// Bytes that more batches which wait to be shown may take.
    live_memory: Arc<Semaphore>,
    /// Why the log takes nothing more, once it does not.
    failing: OnceLock<String>,
    metrics: Metrics,
    status: KeptStatus,
}

impl State {
    /// The state of a collector.
    pub fn new(parts: Parts) -> Self {
        Self::with_metrics(parts, Registry::default())
    }

    /// The state of a collector whose `/metrics` begins with those that others in this process have registered.
    pub fn with_metrics(parts: Parts, registry: Registry) -> Self {
        Self(Arc::new(Inner {
            writer: parts.writer,
            sites: parts.sites,
            sdk: parts.sdk,
            limits: parts.limits,
            live: parts.live,
            clock: parts.clock,
            clients: Clients::new(parts.limits),
            live_memory: Arc::new(Semaphore::new(parts.limits.shown_bytes)),
            failing: OnceLock::new(),
            metrics: Metrics::new(registry),
            status: KeptStatus::new(parts.limits.status_age),
        }))
    }
}

/// The collector's routes.
pub fn app(state: State) -> Router {
    let set = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    let batches = Router::new()
        .route("/v1/batch", post(batch::take).options(batch::preflight))
        .layer(set(header::CACHE_CONTROL, "no-store"));
    let files = sdk::FILES.into_iter().fold(Router::new(), |router, file| {
        let path = format!("/{}", file.name());
        router.route(&path, get(move |state, request| sdk::serve(file, state, request)))
    });
    batches
        .merge(files)
        // Any page may send and load: a site's key decides whether it is taken, and answers hold nothing to read.
        .layer(set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .route("/healthz", get(health::health))
        .route("/metrics", get(metrics::metrics))
        .layer(CatchPanicLayer::new())
        .with_state(state)
}

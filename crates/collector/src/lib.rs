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
mod health;
mod metrics;
mod refusal;
mod sdk;
mod sites;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::{get, post};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use wayside_model::limits::BODY_MAX_BYTES;
use wayside_model::{Event, SiteId, Timestamp};
use wayside_store::DataWriter;

use metrics::Metrics;
pub use sdk::Sdk;
pub use sites::{Sites, SitesError};

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

/// Bounds of what is taken at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body.
    pub body_bytes: usize,
    /// Longest wait for the next piece of a body: a phone that lost its network must not hold a place.
    pub chunk_timeout: Duration,
    /// Longest wait for a whole body: who sends it byte by byte must not hold a place either. The SDK's largest, 48 KiB, takes less
    /// over the slowest of mobile networks.
    pub body_timeout: Duration,
    /// Batches under way at once; one more is refused as `rate_limited`. With the largest bodies a thousand are 256 MiB, and
    /// with all that dead letters may keep of them twice that: while a batch waits for the disk, it is not unfolded.
    pub batches: usize,
    /// Most memory that decoded events take which wait to be shown; a small body may unfold to megabytes. A thousand of the
    /// SDK's largest batches take about this.
    pub shown_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: BODY_MAX_BYTES,
            chunk_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            batches: 1_024,
            shown_bytes: 256 << 20,
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
    under_way: Semaphore,
    /// Bytes that more batches which wait to be shown may take.
    live_memory: Arc<Semaphore>,
    /// Why the log takes nothing more, once it does not.
    failing: OnceLock<String>,
    metrics: Metrics,
}

impl State {
    /// The state of a collector.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            writer: parts.writer,
            sites: parts.sites,
            sdk: parts.sdk,
            limits: parts.limits,
            live: parts.live,
            clock: parts.clock,
            under_way: Semaphore::new(parts.limits.batches),
            live_memory: Arc::new(Semaphore::new(parts.limits.shown_bytes)),
            failing: OnceLock::new(),
            metrics: Metrics::default(),
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

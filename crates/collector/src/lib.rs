//! The HTTP collector: it accepts batches and serves the SDK.
//!
//! A batch is acknowledged by writer, first and last seq once it is on disk. The collector keeps no state about earlier
//! events, because copies are dropped in the table. So pages may send events again, and any number of collectors may
//! accept them.
//!
//! # What this crate does not do
//!
//! * Speak TLS. A proxy in front of it does.
//! * Validate events. [`wayside_model::wire`] separates good events from bad ones; both are stored, the bad ones as
//!   dead letters.
//! * Answer questions about events. The analyzer does.

mod batch;
mod client;
mod clock;
mod health;
mod letters;
mod metrics;
mod reading;
mod refusal;
mod sdk;
mod seldom;
mod settings;
mod sites;
mod status;
mod watchers;

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
use clock::ClockDoubt;
pub use letters::{ReadAgain, read_again};
use metrics::Metrics;
pub use sdk::Sdk;
pub use seldom::once_a_minute;
pub use settings::Settings;
pub use sites::{Sites, SitesError};
use status::KeptStatus;
pub use watchers::{Watchers, Watching};

/// The dependencies of a collector.
pub struct Parts {
    /// The data folder for batches.
    pub writer: DataWriter,
    /// The sites with their write keys.
    pub sites: Sites,
    /// The SDK's files.
    pub sdk: Sdk,
    /// The limits of concurrent work.
    pub limits: Limits,
    /// The channel of the live view, which gets good events once they are on disk.
    pub live: broadcast::Sender<Arc<LiveBatch>>,
    /// The open live views.
    pub watchers: Watchers,
    /// The clock of the process.
    pub clock: fn() -> Timestamp,
}

/// Limits of concurrent work. Bytes are bytes of memory; one client may use half of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body in bytes.
    pub body_bytes: usize,
    /// Longest wait for the next piece of a body, so that a phone without network does not keep a place.
    pub chunk_timeout: Duration,
    /// Longest wait for a complete body, so that a client that sends it byte by byte does not keep a place. The SDK's
    /// largest batch of 48 KiB takes less even over the slowest mobile networks.
    pub body_timeout: Duration,
    /// Most bodies in progress, from their first byte to the answer. Each costs a connection and the bytes received so
    /// far, so there may be nearly as many as connections. For another one, the collector gives up the body that it has
    /// been reading for the longest time; if all are complete and wait for memory or the disk, the new one is refused
    /// as `rate_limited`.
    pub bodies: usize,
    /// Most bodies in progress from one client address. Many customers may share an address (an office, a mobile
    /// network): a page sends a batch about every 5 s, which takes well below a second, so 512 are enough for thousands
    /// of simultaneous visitors.
    pub bodies_of_client: usize,
    /// Most bytes of bodies that are being read or wait to be decoded: 340 of the SDK's largest batches.
    pub bodies_bytes: usize,
    /// Most bytes of batches while they are decoded, checked and written to disk. A body of a few kilobytes can decode
    /// to [`UNFOLDED_MAX_BYTES`], so each batch reserves this size until it is decoded, and then keeps its actual size.
    /// Four batches are decoded at the same time; decoding an ordinary one takes a fraction of a millisecond. Derived
    /// data (copies, JSON of dead letters, the record of the log) takes up to four times as much.
    pub unfolded_bytes: usize,
    /// Longest wait for a share of `unfolded_bytes`. After it, the batch is refused as `rate_limited`, and the page
    /// sends it again.
    pub unfolded_wait: Duration,
    /// Most bytes of decoded events that wait for live viewers; a small body may decode to megabytes. About 60 of the
    /// SDK's largest batches take this much.
    pub shown_bytes: usize,
    /// How long `/healthz` and `/metrics` reuse the status of the data folder. Load balancers and Prometheus ask every
    /// few seconds and get a fresh status each time, while a flood of requests costs only one read per second.
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

/// The good events of one batch that is on disk.
#[derive(Debug)]
pub struct LiveBatch {
    /// The site.
    pub site: SiteId,
    /// The events, by seq.
    pub events: Vec<Event>,
    /// The share of the memory for live viewers.
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
    watchers: Watchers,
    clock: fn() -> Timestamp,
    clients: Clients,
    /// Free bytes of the memory for live viewers.
    live_memory: Arc<Semaphore>,
    /// The reason why the log accepts nothing more, once it does not.
    failing: OnceLock<String>,
    doubt: ClockDoubt,
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
            watchers: parts.watchers,
            clock: parts.clock,
            clients: Clients::new(parts.limits),
            live_memory: Arc::new(Semaphore::new(parts.limits.shown_bytes)),
            failing: OnceLock::new(),
            doubt: ClockDoubt::default(),
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
    let files = wayside_model::sdk::File::ALL
        .into_iter()
        .fold(Router::new(), |router, file| {
            let path = format!("/{}", file.name());
            router.route(&path, get(move |state, request| sdk::serve(file, state, request)))
        });
    batches
        .merge(files)
        // Any page may send and load: a site's key decides whether a batch is accepted, and answers contain no data.
        .layer(set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .route("/healthz", get(health::health))
        .route("/metrics", get(metrics::metrics))
        .layer(CatchPanicLayer::new())
        .with_state(state)
}

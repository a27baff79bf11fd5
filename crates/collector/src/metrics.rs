//! `GET /metrics`.

use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use wayside_model::SiteId;
use wayside_store::Status;

use crate::State;

/// The metrics since the start of the process.
pub(crate) struct Metrics {
    registry: Registry,
    accepted: Family<BySite, Counter>,
    dead: Family<ByReason, Counter>,
    refused: Family<ByCode, Counter>,
    bytes: Counter,
    durable: Histogram,
    folder: FolderMetrics,
}

/// The metrics of the data folder, which are read with each request.
struct FolderMetrics {
    backlog: Gauge,
    free: Gauge,
    failing: Gauge,
    failed: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BySite {
    site: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    site: String,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByCode {
    code: &'static str,
}

impl Metrics {
    /// Counters at zero. The metrics that `registry` has already are exported, too.
    pub(crate) fn new(mut registry: Registry) -> Self {
        let (accepted, dead, refused) = (Family::default(), Family::default(), Family::default());
        // The encoder adds the suffix `_total`.
        registry.register(
            "wayside_events_accepted",
            "Events acknowledged, copies included",
            accepted.clone(),
        );
        registry.register(
            "wayside_events_dead",
            "Events kept as dead letters, copies included",
            dead.clone(),
        );
        registry.register("wayside_batches_refused", "Batches refused, by code", refused.clone());
        let bytes = Counter::default();
        registry.register(
            "wayside_batches_bytes",
            "Bytes of the bodies of acknowledged batches",
            bytes.clone(),
        );
        // From the time of a sync on a fast disk to the time at which pages stop waiting.
        let durable = Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0]);
        registry.register(
            "wayside_durable_seconds",
            "Time until a batch was on disk",
            durable.clone(),
        );
        let folder = FolderMetrics::new(&mut registry);
        Self {
            registry,
            accepted,
            dead,
            refused,
            bytes,
            durable,
            folder,
        }
    }
}

impl FolderMetrics {
    fn new(registry: &mut Registry) -> Self {
        let mut gauge = |name, help| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        Self {
            backlog: gauge(
                "wayside_log_backlog_bytes",
                "Bytes of the log that are not in the table yet",
            ),
            free: gauge("wayside_disk_free_bytes", "Free bytes of the disk with the data folder"),
            failing: gauge(
                "wayside_compaction_failing",
                "1 while the last compaction failed, else 0",
            ),
            failed: gauge("wayside_compactions_failed", "Compactions that failed since the start"),
        }
    }

    fn set(&self, status: &Status) {
        let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.backlog.set(number(status.backlog_bytes));
        self.free.set(number(status.free_bytes));
        self.failing.set(i64::from(status.compaction_failure.is_some()));
        self.failed.set(number(status.failed_compactions));
    }
}

impl Metrics {
    /// Counts a stored batch: the bytes of its body, its good events, the reasons of its dead letters, and the time
    /// until it was on disk.
    pub(crate) fn accepted(&self, site: &SiteId, bytes: usize, good: usize, dead: &[String], durable_in: Duration) {
        let site = site.as_str();
        self.bytes.inc_by(bytes as u64);
        self.durable.observe(durable_in.as_secs_f64());
        let all = (good + dead.len()) as u64;
        self.accepted.get_or_create(&BySite { site: site.into() }).inc_by(all);
        for reason in dead {
            self.dead
                .get_or_create(&ByReason {
                    site: site.into(),
                    reason: reason.clone(),
                })
                .inc();
        }
    }

    /// Counts a refused batch.
    pub(crate) fn refused(&self, code: &'static str) {
        self.refused.get_or_create(&ByCode { code }).inc();
    }
}

pub(crate) async fn metrics(Shared(State(inner)): Shared<State>) -> Response {
    match inner.status.of(&inner.writer).await {
        Ok(status) => inner.metrics.folder.set(&status),
        // The earlier values stay; `/healthz` reports the problem.
        Err(error) => tracing::debug!(%error, "the folder's status cannot be read"),
    }
    let mut text = String::new();
    match encode(&mut text, &inner.metrics.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

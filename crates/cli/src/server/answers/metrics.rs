//! Metrics of reports for `/metrics`.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Counted since the start of the process.
#[derive(Default)]
pub(super) struct Metrics {
    passes: Counter,
    answers: Family<From, Counter>,
    kept_bytes: Gauge,
}

/// Source of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct From {
    from: &'static str,
}

impl Metrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        // The names of counters end in `_total`, which the encoder adds.
        registry.register(
            "wayside_report_passes",
            "Passes over a site's data that answered reports",
            metrics.passes.clone(),
        );
        registry.register(
            "wayside_report_answers",
            "Answered reports by source: a pass over the data, memory, or the client, which had the answer already",
            metrics.answers.clone(),
        );
        registry.register(
            "wayside_report_kept_bytes",
            "Bytes of answers that are kept",
            metrics.kept_bytes.clone(),
        );
        metrics
    }

    /// Counts a pass that begins.
    pub(super) fn pass(&self) {
        self.passes.inc();
    }

    /// Counts an answer from a pass.
    pub(super) fn read(&self) {
        self.count("pass");
    }

    /// Counts an answer from memory.
    pub(super) fn kept(&self) {
        self.count("memory");
    }

    /// Counts an answer that the client had already.
    pub(super) fn unchanged(&self) {
        self.count("client");
    }

    /// Sets the size of all cached answers in bytes.
    pub(super) fn keeps(&self, bytes: usize) {
        self.kept_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Number of passes so far.
    #[cfg(test)]
    pub(super) fn passes(&self) -> u64 {
        self.passes.get()
    }

    fn count(&self, from: &'static str) {
        self.answers.get_or_create(&From { from }).inc();
    }
}

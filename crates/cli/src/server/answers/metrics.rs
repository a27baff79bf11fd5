//! Metrics of reports for `/metrics`.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;
use wayside_analyzer::KeptStates;

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
    pub(super) fn new(registry: &mut Registry, states: KeptStates) -> Self {
        registry.register_collector(Box::new(States(states)));
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
        self.kept_bytes.set(gauge(bytes as u64));
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

/// The numbers of kept states, read when they are asked for.
#[derive(Debug)]
struct States(KeptStates);

/// Place of kept states.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct In {
    place: &'static str,
}

impl Collector for States {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let counts = self.0.counts();
        let mut counter = |name: &str, help: &str, count: u64| {
            let counter = ConstCounter::new(count);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
        };
        counter(
            "wayside_report_states_made",
            "States of a report over a bucket that were computed from its rows",
            counts.made,
        )?;
        counter(
            "wayside_report_states_damaged",
            "Files of kept states that were damaged and therefore ignored",
            counts.damaged,
        )?;
        counter(
            "wayside_report_states_unwritten",
            "States that could not be written to disk and are kept in memory only",
            counts.failed_writes,
        )?;
        let mut used = encoder.encode_descriptor(
            "wayside_report_states_used",
            "Kept states that reports used, by the place where they were found",
            None,
            MetricType::Counter,
        )?;
        for (place, count) in [("memory", counts.used_from_memory), ("disk", counts.used_from_disk)] {
            ConstCounter::new(count).encode(used.encode_family(&In { place })?)?;
        }
        let in_memory = ConstGauge::new(gauge(counts.in_memory));
        in_memory.encode(encoder.encode_descriptor(
            "wayside_report_states_in_memory",
            "States in memory",
            None,
            MetricType::Gauge,
        )?)?;
        let mut bytes = encoder.encode_descriptor(
            "wayside_report_states_bytes",
            "Bytes of kept states, by place",
            None,
            MetricType::Gauge,
        )?;
        for (place, count) in [("memory", counts.memory_bytes), ("disk", counts.disk_bytes)] {
            ConstGauge::new(gauge(count)).encode(bytes.encode_family(&In { place })?)?;
        }
        Ok(())
    }
}

fn gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

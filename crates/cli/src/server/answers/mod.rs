//! Answers of reports. Equal questions at the same time are answered once, questions with the same subject share a pass over the data,
//! and an answer is cached until the data changes. Then only the changed buckets are read: the states of the others are kept.

mod kept;
mod metrics;
mod passes;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::HeaderValue;
use prometheus_client::registry::Registry;
use tokio::sync::Semaphore;
use wayside_analyzer::{Compare, Error, KeptStates, Range, ReportRequest, Segment, Table, Traffic, Zone};
use wayside_collector::Sites;
use wayside_model::SiteId;
use wayside_store::Store;

use self::kept::Kept;
use self::metrics::Metrics;
use self::passes::Passes;
pub(super) use self::passes::Underway;
use super::etag;

/// The parameters that questions must share so that one pass over the data can answer them together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Subject {
    pub(super) site: SiteId,
    pub(super) range: Range,
    pub(super) traffic: Traffic,
    pub(super) zone: Zone,
    pub(super) segment: Option<Segment>,
    pub(super) compare: Option<Compare>,
    /// Whether the site is configured, so that it is known before its first event.
    pub(super) is_known_site: bool,
}

/// A report about a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) subject: Subject,
    /// In its canonical form.
    request: ReportRequest,
    /// Whether it is about one customer; then only that journey is read.
    is_about_one: bool,
}

impl Question {
    /// Creates a question. It refuses every mistake that the report would refuse, so that a mistake never makes a shared pass fail.
    pub(super) fn new(subject: Subject, request: &ReportRequest) -> Result<Self, Error> {
        Ok(Self {
            subject,
            request: request.canonical()?,
            is_about_one: request.is_about_one()?,
        })
    }
}

/// A table as it is sent.
#[derive(Debug)]
pub(super) struct Answer {
    /// The table as JSON.
    pub(super) json: Bytes,
    /// The ETag of this JSON.
    pub(super) tag: HeaderValue,
}

impl Answer {
    fn of(table: &Table) -> Self {
        let json = Bytes::from(table.to_json().to_string());
        Self {
            tag: etag::of(&json),
            json,
        }
    }
}

/// Answers questions; clones share cache and passes.
#[derive(Clone)]
pub(super) struct Answers(Arc<Inner>);

struct Inner {
    store: Store,
    /// The sites with their settings.
    configured: Arc<Sites>,
    /// Permits for passes over the data, one for each core; further passes wait.
    turns: Arc<Semaphore>,
    passes: Passes,
    kept: Mutex<Kept>,
    /// The states of reports over buckets, from which a changed site is answered.
    states: KeptStates,
    metrics: Metrics,
}

impl Answers {
    pub(super) fn new(store: Store, configured: Arc<Sites>, turns: Arc<Semaphore>, registry: &mut Registry) -> Self {
        let states = KeptStates::open(store.dir());
        Self(Arc::new(Inner {
            store,
            configured,
            turns,
            passes: Passes::default(),
            kept: Mutex::new(Kept::new(KEPT_MAX_BYTES)),
            metrics: Metrics::new(registry, states.clone()),
            states,
        }))
    }

    /// Answers a question from the current data. Dropping this future cancels the pass, unless others wait for it.
    pub(super) async fn to(&self, question: &Question) -> Result<Arc<Answer>, Arc<Error>> {
        let version = self.0.store.version(&question.subject.site).await;
        let version = version.map_err(|error| Arc::new(error.into()))?;
        if let Some(answer) = self.0.kept().get(question, version) {
            self.0.metrics.kept();
            return Ok(answer);
        }
        let place = passes::join(&self.0, question, version);
        let answer = place.wait(&question.request).await?;
        self.0.metrics.read();
        Ok(answer)
    }

    /// Counts an answer that the client had already.
    pub(super) fn unchanged(&self) {
        self.0.metrics.unchanged();
    }

    /// The states that passes keep.
    pub(super) fn states(&self) -> &KeptStates {
        &self.0.states
    }

    /// The running and waiting passes in the order in which they were requested.
    pub(super) fn underway(&self) -> Vec<Underway> {
        self.0.passes.underway()
    }
}

impl Inner {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Memory limit of the cache in bytes. An answer has 5 to 100 KiB, so the cache holds some hundred; the whole server has to stay below
/// 512 MiB.
const KEPT_MAX_BYTES: usize = 32 << 20;

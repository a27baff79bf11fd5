//! Answers of reports. Equal questions at the same time are one, questions about the same thing share a pass over the data, and an
//! answer is kept until the data change.

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
use wayside_analyzer::{Error, Range, ReportRequest, Table, Traffic, Zone};
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
    /// Whether the site is configured, so that it is known before its first event.
    pub(super) is_known_site: bool,
}

/// A report about a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) subject: Subject,
    /// In its canonical form.
    request: ReportRequest,
    /// Whether it is about one person, whose journey is read alone.
    is_about_one: bool,
}

impl Question {
    /// Refuses what the report refuses, so that a mistake never fails those who share the pass.
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
    /// A name of this very JSON.
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

/// Answers questions; clones share what they know.
#[derive(Clone)]
pub(super) struct Answers(Arc<Inner>);

struct Inner {
    store: Store,
    /// As many passes over the data at a time as there are cores; the others wait their turn.
    turns: Arc<Semaphore>,
    passes: Passes,
    kept: Mutex<Kept>,
    metrics: Metrics,
}

impl Answers {
    pub(super) fn new(store: Store, turns: Arc<Semaphore>, registry: &mut Registry) -> Self {
        Self(Arc::new(Inner {
            store,
            turns,
            passes: Passes::default(),
            kept: Mutex::new(Kept::new(KEPT_MAX_BYTES)),
            metrics: Metrics::new(registry),
        }))
    }

    /// The answer as the data are now. Dropping this future ends the pass, unless others wait for it.
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

    /// Notes that a client had the answer already.
    pub(super) fn unchanged(&self) {
        self.0.metrics.unchanged();
    }

    /// The passes that run or wait, the first that was asked for first.
    pub(super) fn underway(&self) -> Vec<Underway> {
        self.0.passes.underway()
    }
}

impl Inner {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Most bytes of answers that are kept. An answer has 5 to 100 KiB, so that these are some hundred; the server as a whole is to
/// stay below 512 MiB.
const KEPT_MAX_BYTES: usize = 32 << 20;

//! Running and waiting passes over the data, and the requests that wait for each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use wayside_analyzer::scan::Scope;
use wayside_analyzer::{Error, Progress, Query, ReportRequest};
use wayside_store::Version;

use super::{Answer, Inner, Question, Subject};

/// Result of a pass: an answer for each of its reports.
type Outcome = Result<Arc<[(ReportRequest, Arc<Answer>)]>, Arc<Error>>;

/// A pass as a shared future. Each waiting request polls a clone of it; dropping the last clone cancels the pass.
type Running = Shared<BoxFuture<'static, Outcome>>;

/// The running and waiting passes.
#[derive(Default)]
pub(super) struct Passes(Mutex<Vec<Pass>>);

struct Pass {
    number: u64,
    subject: Subject,
    /// Whether it is about one customer; other reports would make it read all journeys.
    is_about_one: bool,
    asked: Vec<Asked>,
    /// Once it has begun: a version of the data that it is at least as new as. From then on, no report can be added.
    begun: Option<Version>,
    since: Instant,
    progress: Progress,
    running: WeakShared<BoxFuture<'static, Outcome>>,
}

/// A report of a pass.
struct Asked {
    request: ReportRequest,
    /// Whether a request still waits for it.
    wanted: Weak<()>,
}

/// The place of a request that waits for a pass.
pub(super) struct Place {
    running: Running,
    _wanted: Arc<()>,
}

/// Progress of a pass.
pub(crate) struct Underway {
    pub(crate) subject: Subject,
    pub(crate) reports: Vec<String>,
    pub(crate) has_begun: bool,
    pub(crate) seconds: f64,
    pub(crate) progress: Progress,
}

/// Returns a place in a pass that will answer the question from the data of `version` or later; creates a pass if there is none.
pub(super) fn join(inner: &Arc<Inner>, question: &Question, version: Version) -> Place {
    let mut passes = inner.passes.lock();
    for pass in passes.iter_mut() {
        if let Some(wanted) = pass.take_in(question, version)
            && let Some(running) = pass.running.upgrade()
        {
            return Place {
                running,
                _wanted: wanted,
            };
        }
    }
    let wanted = Arc::new(());
    let number = passes.last().map_or(0, |pass| pass.number + 1);
    let since = Instant::now();
    let listed = Listed {
        inner: Arc::clone(inner),
        number,
    };
    let subject = question.subject.clone();
    let running = async move { listed.run(&subject, since).await.map_err(Arc::new) };
    let running = running.boxed().shared();
    passes.extend(running.downgrade().map(|weak| Pass {
        number,
        subject: question.subject.clone(),
        is_about_one: question.is_about_one,
        asked: vec![Asked::new(&question.request, &wanted)],
        begun: None,
        since,
        progress: Progress::default(),
        running: weak,
    }));
    Place {
        running,
        _wanted: wanted,
    }
}

impl Place {
    /// Waits for the answer to its report.
    pub(super) async fn wait(self, request: &ReportRequest) -> Result<Arc<Answer>, Arc<Error>> {
        let answers = self.running.await?;
        let answer = answers.iter().find(|(of, _)| of == request);
        Ok(Arc::clone(&answer.expect("a pass answers all that it took in").1))
    }
}

impl Passes {
    pub(super) fn underway(&self) -> Vec<Underway> {
        let passes = self.lock();
        let show = |pass: &Pass| Underway {
            subject: pass.subject.clone(),
            reports: pass.asked.iter().map(|asked| asked.request.name.clone()).collect(),
            has_begun: pass.begun.is_some(),
            seconds: pass.since.elapsed().as_secs_f64(),
            progress: pass.progress.clone(),
        };
        passes.iter().map(show).collect()
    }

    /// Closes a pass to further reports and returns the reports for which a request still waits.
    pub(super) fn begin(&self, number: u64, version: Version) -> (Vec<ReportRequest>, Progress) {
        let mut passes = self.lock();
        let Some(pass) = passes.iter_mut().find(|pass| pass.number == number) else {
            return Default::default();
        };
        pass.begun = Some(version);
        pass.asked.retain(|asked| asked.wanted.strong_count() > 0);
        let requests = pass.asked.iter().map(|asked| asked.request.clone()).collect();
        (requests, pass.progress.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Pass>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// Adds a question if the pass will answer it from the data of `version` or later.
    fn take_in(&mut self, question: &Question, version: Version) -> Option<Arc<()>> {
        if self.subject != question.subject || self.begun.is_some_and(|begun| begun != version) {
            return None;
        }
        if let Some(same) = self.asked.iter_mut().find(|asked| asked.request == question.request) {
            return Some(same.wanted.upgrade().unwrap_or_else(|| {
                let wanted = Arc::new(());
                same.wanted = Arc::downgrade(&wanted);
                wanted
            }));
        }
        if self.begun.is_some() || self.is_about_one || question.is_about_one {
            return None;
        }
        let wanted = Arc::new(());
        self.asked.push(Asked::new(&question.request, &wanted));
        Some(wanted)
    }
}

impl Asked {
    fn new(request: &ReportRequest, wanted: &Arc<()>) -> Self {
        Self {
            request: request.clone(),
            wanted: Arc::downgrade(wanted),
        }
    }
}

/// Entry of a pass in the list of passes. Dropping it removes the entry, whether the pass has ended or was cancelled.
struct Listed {
    inner: Arc<Inner>,
    number: u64,
}

impl Listed {
    /// Waits for a permit, reads the data once, and caches the answers.
    async fn run(self, subject: &Subject, since: Instant) -> Result<Arc<[(ReportRequest, Arc<Answer>)]>, Error> {
        let inner = &self.inner;
        let _turn = inner.turns.acquire().await;
        tokio::time::sleep_until((since + GATHER).into()).await;
        // The snapshot is taken later, so it has this version or a later one. Versions never return: an answer that is cached under an
        // earlier version than that of its snapshot is just not found again.
        let version = inner.store.version(&subject.site).await?;
        let (requests, progress) = inner.passes.begin(self.number, version);
        inner.metrics.pass();
        let query = Query {
            scope: Scope {
                range: subject.range,
                traffic: subject.traffic,
                config: inner.configured.settings(&subject.site).config.clone(),
                segment: subject.segment.clone(),
                ..Scope::default()
            },
            zone: subject.zone.clone(),
            is_known_site: subject.is_known_site,
            progress,
            compare: subject.compare.clone(),
            kept: Some(inner.states.for_pass()),
            ..Query::default()
        };
        let tables = wayside_analyzer::run(&inner.store, &subject.site, &requests, &query).await?;
        let answers = tables.iter().map(|table| Arc::new(Answer::of(table)));
        let answers: Arc<[_]> = requests.into_iter().zip(answers).collect();
        let mut kept = inner.kept();
        for (request, answer) in answers.iter() {
            let question = Question {
                subject: subject.clone(),
                is_about_one: request.is_about_one()?,
                request: request.clone(),
            };
            kept.put(question, version, Arc::clone(answer));
        }
        inner.metrics.keeps(kept.bytes());
        drop(kept);
        Ok(answers)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.inner.passes.lock().retain(|pass| pass.number != self.number);
    }
}

/// Time for which a pass waits for further reports on its subject. A page requests all its reports within a few milliseconds, and
/// nobody notices a fiftieth of a second.
const GATHER: Duration = Duration::from_millis(20);

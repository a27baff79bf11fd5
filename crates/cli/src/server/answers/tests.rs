//! Tests of which questions share a pass, by the number of passes.

use std::path::Path;
use std::pin::pin;

use futures::future::{join_all, poll_immediate};
use tempfile::TempDir;
use wayside_model::{Consent, Event, EventId, Timestamp, Touchpoint, Value, VisitorId, WriterId};
use wayside_store::{Accepted, DataWriter, Options, Version};

use super::super::progress;
use super::*;

fn site() -> SiteId {
    SiteId::parse("shop").unwrap()
}

fn subject() -> Subject {
    Subject {
        site: site(),
        range: Range::ALL,
        traffic: Traffic::People,
        segment: None,
        compare: None,
        zone: Zone::UTC,
        is_known_site: true,
    }
}

pub(super) fn question(report: &str) -> Question {
    Question::new(subject(), &ReportRequest::new(report)).unwrap()
}

/// The version of an empty folder.
pub(super) async fn version() -> Version {
    let folder = tempfile::tempdir().unwrap();
    writer(folder.path()).await.store().version(&site()).await.unwrap()
}

async fn writer(folder: &Path) -> DataWriter {
    DataWriter::lock(folder, Options::default()).await.unwrap()
}

/// A server's answers over a data folder, with one turn.
struct Fixture {
    _folder: TempDir,
    writer: DataWriter,
    turns: Arc<Semaphore>,
    answers: Answers,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path()).await;
        let turns = Arc::new(Semaphore::new(1));
        let sites = Sites::new([(SiteId::parse("shop").unwrap(), None)]).unwrap();
        let metrics = &mut Registry::default();
        let answers = Answers::new(writer.store().clone(), Arc::new(sites), Arc::clone(&turns), metrics);
        let fixture = Self {
            _folder: folder,
            writer,
            turns,
            answers,
        };
        fixture.append(0).await;
        fixture
    }

    async fn append(&self, seq: u32) {
        let event = Event {
            id: EventId {
                writer: WriterId(1),
                seq,
            },
            time: Timestamp::from_millis(1_000),
            visitor: VisitorId::parse("v1").unwrap(),
            touchpoint: Touchpoint::parse(
                "page_view",
                &Value::map([("url", Value::from("https://shop.example/"))]),
            )
            .unwrap(),
        };
        let accepted = Accepted {
            site: site(),
            received_at: Timestamp::from_millis(1_000),
            consent: Consent::Granted,
            automated: false,
            events: vec![event],
            dead: Vec::new(),
            replaces: Vec::new(),
        };
        self.writer.append(vec![accepted]).await.unwrap();
    }

    /// Asks all questions while no pass can begin, then lets the passes run; returns the number of passes.
    async fn together(&self, questions: &[Question]) -> u64 {
        let before = self.answers.0.metrics.passes();
        let turn = self.turns.acquire().await.unwrap();
        let asked = join_all(questions.iter().map(|question| self.answers.to(question)));
        let let_go = async {
            self.waiting(questions).await;
            drop(turn);
        };
        let (answers, ()) = tokio::join!(asked, let_go);
        for (question, answer) in questions.iter().zip(answers) {
            let json: serde_json::Value = serde_json::from_slice(&answer.unwrap().json).unwrap();
            assert_eq!(json["report"], question.request.name.as_str());
        }
        assert!(self.answers.underway().is_empty());
        self.answers.0.metrics.passes() - before
    }

    /// Waits until all questions are in a pass.
    async fn waiting(&self, questions: &[Question]) {
        let is_waiting = |question: &Question| {
            let passes = self.answers.underway();
            let mut passes = passes.iter().filter(|pass| pass.subject == question.subject);
            passes.any(|pass| pass.reports.contains(&question.request.name))
        };
        while !questions.iter().all(is_waiting) {
            tokio::task::yield_now().await;
        }
    }

    async fn events(&self, question: &Question) -> u64 {
        let answer = self.answers.to(question).await.unwrap();
        let json: serde_json::Value = serde_json::from_slice(&answer.json).unwrap();
        json["events"].as_u64().unwrap()
    }
}

#[tokio::test]
async fn waiting_questions_about_one_subject_share_a_pass() {
    let fixture = Fixture::new().await;
    let all = ["kpis", "funnel", "checkout", "signals", "data-quality", "kpis"].map(question);
    assert_eq!(fixture.together(&all).await, 1);
    assert_eq!(fixture.together(&[]).await, 0);
    // All answers are cached.
    for question in &all {
        fixture.answers.to(question).await.unwrap();
    }
    assert_eq!(fixture.answers.0.metrics.passes(), 1);
}

#[tokio::test]
async fn questions_about_different_subjects_have_their_own_passes() {
    let fixture = Fixture::new().await;
    let other = |change: fn(&mut Subject)| {
        let mut question = question("kpis");
        change(&mut question.subject);
        question
    };
    let questions = [
        question("kpis"),
        other(|subject| subject.traffic = Traffic::All),
        other(|subject| subject.range = Range::millis(0, 5)),
        other(|subject| subject.zone = "Europe/Berlin".parse().unwrap()),
        other(|subject| subject.site = SiteId::parse("other").unwrap()),
    ];
    assert_eq!(fixture.together(&questions).await, 5);
}

#[tokio::test]
async fn a_question_about_one_person_shares_no_pass_with_others() {
    let fixture = Fixture::new().await;
    let of = |visitor: &str| {
        let request = ReportRequest::new("timeline").with("visitor", visitor);
        Question::new(subject(), &request).unwrap()
    };
    assert_eq!(fixture.together(&[of("v1"), question("kpis"), of("v1")]).await, 2);
    assert_eq!(fixture.together(&[of("v2"), of("v3")]).await, 2);
}

#[tokio::test]
async fn a_pass_shows_how_far_it_is() {
    let fixture = Fixture::new().await;
    let turn = fixture.turns.acquire().await.unwrap();
    let asked = ["kpis", "funnel"].map(question);
    let answers = join_all(asked.iter().map(|question| fixture.answers.to(question)));
    let look = async {
        fixture.waiting(&asked).await;
        drop(turn);
        fixture.answers.underway().remove(0)
    };
    let (_, shown) = tokio::join!(answers, look);
    let mut json = progress::show(&shown);
    assert!(json["seconds"].take().as_f64().unwrap() >= 0.0);
    let expected = serde_json::json!({
        "site": "shop", "from": null, "to": null, "timezone": "UTC", "traffic": "people", "segment": null,
        "reports": ["kpis", "funnel"],
        "state": "waiting", "buckets_done": 16, "buckets": 16, "seconds": null,
    });
    assert_eq!(
        json, expected,
        "the entry was read while the pass waited, and shows the progress at its end"
    );
}

#[tokio::test]
async fn an_answer_is_kept_until_an_event_comes() {
    let fixture = Fixture::new().await;
    let kpis = question("kpis");
    for (seq, events) in [(1, 1), (2, 2), (3, 3)] {
        assert_eq!(fixture.events(&kpis).await, events);
        assert_eq!(fixture.events(&kpis).await, events);
        assert_eq!(fixture.answers.0.metrics.passes(), events);
        fixture.append(seq).await;
    }
}

#[tokio::test]
async fn a_pass_that_has_begun_answers_no_question_asked_after_new_events() {
    let fixture = Fixture::new().await;
    let kpis = question("kpis");
    let inner = &fixture.answers.0;
    let version = inner.store.version(&site()).await.unwrap();
    let begun = passes::join(inner, &kpis, version);
    inner.passes.begin(0, version);
    let same = passes::join(inner, &kpis, version);
    assert_eq!(fixture.answers.underway().len(), 1, "equal questions are one");
    let another = passes::join(inner, &question("funnel"), version);
    assert_eq!(
        fixture.answers.underway().len(),
        2,
        "a report that is requested later needs a pass of its own"
    );
    fixture.append(1).await;
    let newer = inner.store.version(&site()).await.unwrap();
    let later = passes::join(inner, &kpis, newer);
    assert_eq!(
        fixture.answers.underway().len(),
        2,
        "it joins the pass that has not begun"
    );
    drop((begun, same));
    drop((another, later));
    assert_eq!(fixture.answers.underway().len(), 0);
}

#[tokio::test]
async fn a_pass_is_cancelled_when_no_request_waits_for_it() {
    let fixture = Fixture::new().await;
    let turn = fixture.turns.acquire().await.unwrap();
    let [kpis, funnel] = ["kpis", "funnel"].map(question);
    {
        let mut first = pin!(fixture.answers.to(&kpis));
        let asked = async {
            fixture.waiting(std::slice::from_ref(&kpis)).await;
        };
        tokio::select! {
            _ = &mut first => panic!("there is no turn"),
            () = asked => {}
        }
        let mut second = pin!(fixture.answers.to(&funnel));
        tokio::select! {
            _ = &mut second => panic!("there is no turn"),
            () = fixture.waiting(std::slice::from_ref(&funnel)) => {}
        }
        assert!(poll_immediate(&mut first).await.is_none());
        assert_eq!(fixture.answers.underway().len(), 1);
    }
    assert!(fixture.answers.underway().is_empty(), "both have left");
    drop(turn);
    assert_eq!(fixture.answers.0.metrics.passes(), 0);
    assert_eq!(fixture.together(&[kpis]).await, 1, "and the turn is free");
}

#[tokio::test]
async fn a_report_for_which_no_request_waits_is_left_out_of_the_pass() {
    let fixture = Fixture::new().await;
    let inner = &fixture.answers.0;
    let version = inner.store.version(&site()).await.unwrap();
    let kpis = passes::join(inner, &question("kpis"), version);
    drop(passes::join(inner, &question("funnel"), version));
    let answer = kpis.wait(&question("kpis").request).await;
    assert!(answer.is_ok());
    let mut kept = inner.kept();
    assert!(kept.get(&question("kpis"), version).is_some());
    assert!(kept.get(&question("funnel"), version).is_none());
}

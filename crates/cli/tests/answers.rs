//! Answers of reports by `wayside serve`: from a pass over the data, and from memory.

mod support;

use reqwest::{Client, StatusCode};
use serde_json::json;
use support::{Server, batch, new_data, run_json};

/// Value of a metric in `/metrics`, by its name with labels; 0 if it is missing.
async fn metric(server: &Server, name: &str) -> u64 {
    let text = server.open("/metrics").await.text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |number| number.parse().unwrap())
}

#[tokio::test]
async fn an_answer_keeps_its_etag_until_the_data_changes() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 5)).await;
    let path = "/api/reports/kpis?site=shop";
    let first = server.open(path).await;
    assert_eq!(first.headers()["cache-control"], "private, no-cache");
    assert_eq!(first.headers()["content-type"], "application/json");
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    let known = async |path: &str, tag: &str| {
        let url = format!("{}{path}", server.base);
        let answer = Client::new()
            .get(url)
            .header("if-none-match", tag)
            .send()
            .await
            .unwrap();
        (
            answer.status(),
            answer.headers()["etag"] == *tag,
            answer.text().await.unwrap(),
        )
    };
    let unchanged = (StatusCode::NOT_MODIFIED, true, String::new());
    assert_eq!(known(path, &tag).await, unchanged);
    assert_eq!(
        known("/api/reports/kpis?traffic=people&site=shop&from=", &tag).await,
        unchanged,
        "the same question in other words"
    );
    assert_eq!(server.open(path).await.status(), StatusCode::OK);
    assert_eq!(metric(&server, "wayside_report_passes_total").await, 1);
    for (from, answers) in [("pass", 1), ("memory", 3), ("client", 2)] {
        let name = format!("wayside_report_answers_total{{from=\"{from}\"}}");
        assert_eq!(metric(&server, &name).await, answers, "{from}");
    }
    assert!(metric(&server, "wayside_report_kept_bytes").await > 1_000);

    server.accepts(&batch("shop", 1, 5, 1)).await;
    let (status, is_same, text) = known(path, &tag).await;
    assert_eq!((status, is_same), (StatusCode::OK, false), "an event has come");
    assert!(text.contains("\"events\":6"), "{text}");
    assert_eq!(metric(&server, "wayside_report_passes_total").await, 2);
    // The site's 16 buckets were read for the first answer; the event is in one of them.
    assert_eq!(metric(&server, "wayside_report_states_made_total").await, 16 + 1);
    let used = "wayside_report_states_used_total{place=\"memory\"}";
    assert_eq!(metric(&server, used).await, 15);
    assert_eq!(metric(&server, "wayside_report_states_in_memory").await, 16);
    server.stop();
}

#[tokio::test]
async fn states_are_kept_for_the_next_process_until_they_are_cleared() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 5)).await;
    let path = "/api/reports/kpis?site=shop";
    let (_, before) = server.get(path).await;
    server.stop();

    let server = Server::start(&data, &[]);
    let (_, after) = server.get(path).await;
    assert_eq!(after, before);
    // The log was moved into the table, so the bucket of the events has another file.
    assert_eq!(metric(&server, "wayside_report_states_made_total").await, 1);
    let used = "wayside_report_states_used_total{place=\"disk\"}";
    assert_eq!(metric(&server, used).await, 15);
    let on_disk = metric(&server, "wayside_report_states_bytes{place=\"disk\"}").await;

    // The command line uses the states of the server, and may clear them while it runs.
    let files = || std::fs::read_dir(data.join("answers")).unwrap().count();
    assert_eq!(run_json(&["report", "kpis"], &data)["events"], 5);
    assert_eq!(files(), 16);
    let cleared = run_json(&["clear-answers"], &data);
    assert_eq!(cleared, json!({ "files": 16, "bytes": on_disk }));
    assert_eq!(files(), 0);
    assert_eq!(run_json(&["clear-answers"], &data), json!({ "files": 0, "bytes": 0 }));
    assert_eq!(server.get(path).await.1, before);
    assert_eq!(run_json(&["report", "kpis"], &data)["events"], 5);
    assert_eq!(files(), 16);
    server.stop();
}

#[tokio::test]
async fn a_refused_question_starts_no_pass() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    for path in [
        "/api/reports/kpis?site=shop&odd=1",
        "/api/reports/funnel?site=shop&order=odd",
        "/api/reports/odd?site=shop",
        "/api/progress?site=%20odd%20",
    ] {
        let (status, refusal) = server.get(path).await;
        assert!(matches!(status, 400 | 404), "{path}: {refusal}");
    }
    assert_eq!(metric(&server, "wayside_report_passes_total").await, 0);
    let (status, progress) = server.get("/api/progress?site=shop").await;
    assert_eq!((status, progress), (200, json!({ "passes": [] })));
    server.stop();
}

//! Logging in to a server with a read token, and logging out.

mod support;

use std::path::Path;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use support::{Server, batch, new_data, wayside};

const TOKEN: &str = "0123456789abcdef-token";

fn start(data: &Path, more: &[&str]) -> Server {
    Server::spawn(
        wayside(&["serve", "--listen", "127.0.0.1:0", "--read-token", TOKEN])
            .arg("--data")
            .arg(data)
            .args(more),
    )
}

/// A response; redirects are not followed.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The cookie that the response sets, as a browser sends it back.
    fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

/// The header that a browser sends with each page that it opens.
const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

async fn send(server: &Server, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let mut request = client
        .request(method, format!("{}{path}", server.base))
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    Answer {
        status: answer.status(),
        headers: answer.headers().clone(),
        text: answer.text().await.unwrap(),
    }
}

async fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(server, Method::GET, path, headers, "").await
}

async fn log_in(server: &Server, token: &str, headers: &[(&str, &str)]) -> Answer {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [&[form, PAGE], headers].concat();
    send(server, Method::POST, "/login", &headers, &format!("token={token}")).await
}

#[tokio::test]
async fn a_browser_logs_in_by_a_form_and_out_again() {
    let (_folder, data) = new_data();
    let server = start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 1)).await;
    let opened = get(&server, "/", &[PAGE]).await;
    assert_eq!(
        (opened.status, opened.header("location")),
        (StatusCode::SEE_OTHER, "/login")
    );

    let form = get(&server, "/login", &[PAGE]).await;
    assert_eq!(form.status, StatusCode::OK);
    for part in [
        "<form method=\"post\" action=\"/login\">",
        "<label for=\"token\">",
        "<html lang=\"en\">",
    ] {
        assert!(form.text.contains(part), "{part}: {}", form.text);
    }
    for inline in ["<script", "<style", "style=", "role=\"alert\""] {
        assert!(!form.text.contains(inline), "{inline}: {}", form.text);
    }
    let policy = form.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("form-action 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let looks = get(&server, "/login.css", &[]).await;
    assert_eq!(
        (looks.status, looks.header("content-type")),
        (StatusCode::OK, "text/css; charset=utf-8")
    );

    for (token, status) in [("wrong", 403), (&TOKEN[1..], 403), ("", 403)] {
        let refused = log_in(&server, token, &[]).await;
        assert_eq!(refused.status, status, "{token}");
        assert!(refused.text.contains("role=\"alert\"") && refused.text.contains("aria-invalid=\"true\""));
        assert_eq!(refused.header("set-cookie"), "");
    }
    let without = send(&server, Method::POST, "/login", &[PAGE], "").await;
    assert!(without.text.contains("Type the read token"), "{}", without.text);

    let welcome = log_in(&server, &format!("+{TOKEN}+"), &[]).await;
    assert_eq!(
        (welcome.status, welcome.header("location")),
        (StatusCode::SEE_OTHER, "/")
    );
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(
            welcome.header("set-cookie").contains(part),
            "{}",
            welcome.header("set-cookie")
        );
    }
    let cookie = welcome.cookie();
    assert!(!cookie.contains(TOKEN), "the session is not the token: {cookie}");
    let cookie = ("cookie", cookie.as_str());
    assert_eq!(get(&server, "/api/sites", &[cookie]).await.status, StatusCode::OK);
    let again = get(&server, "/login", &[PAGE, cookie]).await;
    assert_eq!((again.status, again.header("location")), (StatusCode::SEE_OTHER, "/"));
    let session = get(&server, "/api/session", &[cookie]).await;
    assert_eq!(
        serde_json::from_str::<Value>(&session.text).unwrap(),
        json!({ "login": true })
    );

    let out = send(&server, Method::POST, "/logout", &[cookie], "").await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/login"));
    assert_eq!(out.header("clear-site-data"), "\"cache\"");
    assert!(
        out.header("set-cookie").contains("Max-Age=0"),
        "{}",
        out.header("set-cookie")
    );
    let emptied = out.cookie();
    assert_eq!(
        get(&server, "/api/sites", &[("cookie", &emptied)]).await.status,
        StatusCode::UNAUTHORIZED
    );
    server.stop();
}

#[tokio::test]
async fn a_program_gets_a_refusal_that_it_can_read() {
    let (_folder, data) = new_data();
    let server = start(&data, &[]);
    for (path, headers) in [
        ("/", &[][..]),
        ("/api/sites", &[PAGE]),
        ("/api/session", &[]),
        ("/api/progress", &[]),
    ] {
        let refused = get(&server, path, headers).await;
        assert_eq!(
            (refused.status, refused.header("www-authenticate")),
            (StatusCode::UNAUTHORIZED, "Bearer"),
            "{path}"
        );
        let json: Value = serde_json::from_str(&refused.text).unwrap();
        assert_eq!(json["error"]["code"], "read_token");
    }
    server.stop();
}

#[tokio::test]
async fn the_cookie_is_secure_if_readers_use_tls() {
    let (_folder, data) = new_data();
    let server = start(&data, &["--public-url", "https://Collect.example"]);
    for (headers, is_secure) in [
        (&[][..], false),
        (
            &[("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https")],
            true,
        ),
        (&[("host", "collect.example")], true),
        (&[("host", "localhost:80")], false),
    ] {
        let welcome = log_in(&server, TOKEN, headers).await;
        assert_eq!(
            welcome.header("set-cookie").contains("; Secure"),
            is_secure,
            "{headers:?}"
        );
        let cookie = welcome.cookie();
        let headers = [headers, &[("cookie", cookie.as_str())]].concat();
        let out = send(&server, Method::POST, "/logout", &headers, "").await;
        assert_eq!(out.header("set-cookie").contains("; Secure"), is_secure, "{headers:?}");
    }
    server.stop();
}

#[tokio::test]
async fn a_client_with_too_many_wrong_tokens_waits_and_others_do_not() {
    let (_folder, data) = new_data();
    let server = start(&data, &[]);
    let from = |address| [("x-forwarded-for", address)];
    for n in 0..10 {
        // Tokens from the form and from the link.
        let wrong = if n % 2 == 0 {
            log_in(&server, "wrong", &from("203.0.113.7")).await
        } else {
            get(&server, "/?token=wrong", &[PAGE, from("203.0.113.7")[0]]).await
        };
        assert_eq!(wrong.status, StatusCode::FORBIDDEN, "{n}");
    }
    for headers in [from("203.0.113.7"), from("1.1.1.1, 203.0.113.7")] {
        let late = log_in(&server, "wrong", &headers).await;
        assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
        let seconds: u64 = late.header("retry-after").parse().unwrap();
        assert!((1..=300).contains(&seconds), "{seconds}");
        assert!(late.text.contains("Try again in 5 minutes."), "{}", late.text);
        // Whoever uses up the tries of an address keeps nobody out who has the token.
        assert_eq!(
            log_in(&server, TOKEN, &from("203.0.113.7")).await.status,
            StatusCode::SEE_OTHER
        );
        for n in 0..10 {
            log_in(&server, &format!("wrong-{n}"), &from("203.0.113.7")).await;
        }
    }
    assert_eq!(
        log_in(&server, "wrong", &from("203.0.113.8")).await.status,
        StatusCode::FORBIDDEN
    );
    let bearer = [
        ("authorization", "Bearer 0123456789abcdef-token"),
        from("203.0.113.7")[0],
    ];
    assert_eq!(
        get(&server, "/api/sites", &bearer).await.status,
        StatusCode::OK,
        "a client with the token can still read"
    );
    server.stop();
}

#[tokio::test]
async fn without_a_token_there_is_nothing_to_log_in_to() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    for answer in [
        get(&server, "/login", &[PAGE]).await,
        log_in(&server, "anything", &[]).await,
    ] {
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"));
        assert_eq!(answer.header("set-cookie"), "");
    }
    let (status, session) = server.get("/api/session").await;
    assert_eq!((status, session), (200, json!({ "login": false })));
    server.stop();
}

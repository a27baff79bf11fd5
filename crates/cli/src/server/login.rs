//! Logging in with the read token, and logging out: a plain form that needs no script.

use std::fmt::Write as _;
use std::time::Duration;

use axum::extract::rejection::FormRejection;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::read_token::{Client, Guard, Verdict};

/// Routes that need no token: the login form, its style sheet, and logging out.
pub(super) fn open_routes(guard: Guard) -> Router {
    Router::new()
        .route("/login", get(form).post(log_in))
        .route("/login.css", get(looks))
        .route("/logout", post(log_out))
        .with_state(guard)
}

/// `GET /api/session`: whether this server requires a token; if not, the dashboard shows no "Log out".
pub(super) async fn session(State(guard): State<Guard>) -> Json<Value> {
    Json(json!({ "login": guard.asks() }))
}

/// `GET /login`
async fn form(State(guard): State<Guard>, headers: HeaderMap) -> Response {
    if guard.lets_in(&headers) {
        return Redirect::to("/").into_response();
    }
    page(StatusCode::OK, None)
}

/// Fields of the login form.
#[derive(Deserialize)]
struct Sent {
    token: String,
}

/// `POST /login`
async fn log_in(State(guard): State<Guard>, client: Client, sent: Result<Form<Sent>, FormRejection>) -> Response {
    let Ok(Form(Sent { token })) = sent else {
        return page(StatusCode::BAD_REQUEST, Some("Type the read token into the field."));
    };
    match guard.judge(token.trim(), &client) {
        Verdict::Right => guard.welcome(&client),
        Verdict::Wrong => page(
            StatusCode::FORBIDDEN,
            Some("This is not the read token of this server."),
        ),
        Verdict::TooMany(wait) => too_many(wait),
    }
}

/// `POST /logout`
async fn log_out(State(guard): State<Guard>, client: Client) -> Response {
    let mut response = Redirect::to("/login").into_response();
    let headers = response.headers_mut();
    headers.insert(header::SET_COOKIE, guard.forget(&client));
    // The browser may have stored answers on its disk.
    headers.insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    response
}

/// Whether a browser requests a page, which is then the login form. Programs get a refusal as JSON.
pub(super) fn wants_page(request: &Request) -> bool {
    let accepts = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    !request.uri().path().starts_with("/api/") && accepts.is_some_and(|types| types.contains("text/html"))
}

/// The response to a wrong token.
pub(super) fn wrong() -> Response {
    page(
        StatusCode::FORBIDDEN,
        Some("This is not the read token of this server."),
    )
}

/// The response to a further token of a client that has sent too many wrong ones.
pub(super) fn too_many(wait: Duration) -> Response {
    let minutes = wait.as_secs().div_ceil(60);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let problem = format!("Too many wrong tokens came from your address. Try again in {minutes} {unit}.");
    let mut response = page(StatusCode::TOO_MANY_REQUESTS, Some(&problem));
    let seconds = HeaderValue::from(wait.as_secs().max(1));
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

async fn looks() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, include_str!("login.css")).into_response()
}

/// The login form, with the problem of the last attempt. It contains nothing that a client sent.
fn page(status: StatusCode, problem: Option<&str>) -> Response {
    let mut message = String::new();
    let (mut invalid, mut described) = ("", "help");
    if let Some(problem) = problem {
        let _ = write!(
            message,
            "<p class=\"problem\" id=\"problem\" role=\"alert\">{problem}</p>"
        );
        (invalid, described) = (" aria-invalid=\"true\"", "problem help");
    }
    let html = format!(
        r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>Log in · Wayside</title>
    <link rel="stylesheet" href="/login.css">
  </head>
  <body>
    <main>
      <h1>Wayside</h1>
      {message}
      <form method="post" action="/login">
        <label for="token">Read token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="{described}"{invalid}>
        <p class="help" id="help">The person who runs this server set it with <code>--read-token</code>.</p>
        <button>Log in</button>
      </form>
    </main>
  </body>
</html>
"#
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, html).into_response()
}

/// Allows only style sheets from this server and forms that are sent to it.
const CSP: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

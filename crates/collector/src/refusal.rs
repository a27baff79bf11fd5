//! Reasons for refusing a batch. The status alone tells a client whether to retry or to drop the batch.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use wayside_model::SiteId;
use wayside_model::accept::Refused;

use crate::seldom::once_a_minute;

/// Every refusal: its status, stable code and log level are decided here and nowhere else.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The body is not a batch, or is too large.
    Body(Refused<serde_json::Error>),
    /// The connection broke before the body was complete.
    Broken(axum::Error),
    /// The body exceeded its time limits, or was given up in favour of others.
    TooSlow,
    /// The site is not configured.
    UnknownSite(SiteId),
    /// The site has a key, and the request has another one or none.
    WrongKey(SiteId),
    /// The client, or all clients together, already use too many resources.
    RateLimited(Scarce),
    /// The log cannot store the batch now.
    Unavailable(wayside_store::Error),
}

/// The exhausted resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scarce {
    /// Places for bodies in progress.
    Bodies,
    /// Memory for bodies being read.
    BodiesBytes,
    /// Memory for decoded batches.
    UnfoldedBytes,
}

impl Refusal {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        self.about().1
    }

    /// The status, the code, and the seconds after which to retry, if a retry may help.
    fn about(&self) -> (StatusCode, &'static str, Option<u32>) {
        match self {
            Self::Body(refused) => {
                let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST);
                (status, refused.code(), None)
            }
            // Not 400, because the batch may be valid and the page has to send it again.
            Self::Broken(_) | Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "incomplete", None),
            Self::UnknownSite(_) => (StatusCode::FORBIDDEN, "unknown_site", None),
            Self::WrongKey(_) => (StatusCode::FORBIDDEN, "wrong_key", None),
            Self::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "rate_limited", Some(1)),
            Self::Unavailable(error) if error.is_disk_full() => {
                (StatusCode::SERVICE_UNAVAILABLE, "disk_full", Some(60))
            }
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", Some(10)),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Body(Refused::Malformed(error)) => {
                format!("the body is not a valid batch: {error}; docs/wire.md describes both encodings")
            }
            Self::Body(Refused::NotJson(error)) => format!("the body looks like JSON but does not parse: {error}"),
            Self::Body(Refused::UnsupportedVersion) => {
                "the batch's encoding or version is unknown to this collector; update the collector before the pages"
                    .into()
            }
            Self::Broken(error) => format!("the body ended early: {error}; send it again"),
            Self::TooSlow => "the body arrived too slowly; send it again".into(),
            Self::Body(Refused::TooLarge(bytes)) => {
                format!("the body has more than {bytes} bytes; send it in smaller batches")
            }
            Self::UnknownSite(site) => {
                format!("this collector has no site \"{site}\"; add [sites.{site}] to wayside.toml and restart it")
            }
            Self::WrongKey(site) => {
                format!(
                    "the key does not match the site \"{site}\"; send the right one as ?key=, or as data-key in the page"
                )
            }
            Self::RateLimited(scarce) => {
                let why = match scarce {
                    Scarce::Bodies => "too many batches are in progress, from this address or in total",
                    Scarce::BodiesBytes => "the bodies being read take too much memory, from this address or in total",
                    Scarce::UnfoldedBytes => {
                        "the batches in progress take too much memory, from this address or in total"
                    }
                };
                format!("{why}; send it again in a moment")
            }
            // The reason contains paths of the server, so it is only logged.
            Self::Unavailable(_) => {
                "the batch could not be stored; send it again later; the server's log has the reason".into()
            }
        }
    }
}

impl From<Refused<serde_json::Error>> for Refusal {
    fn from(refused: Refused<serde_json::Error>) -> Self {
        Self::Body(refused)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, retry_after) = self.about();
        let message = self.message();
        if let Self::Unavailable(error) = &self {
            once_a_minute(code, |times| tracing::error!(code, times, "{error}"));
        } else {
            tracing::debug!(code, "{message}");
        }
        let body = json!({ "error": { "code": code, "message": message } });
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

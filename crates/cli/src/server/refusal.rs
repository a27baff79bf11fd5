//! Refusals of requests: every reason with its status and stable code.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use wayside_collector::once_a_minute;

/// The reason for refusing a request. Its status and code are decided here and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A parameter is missing or not valid.
    BadParam,
    /// The tracking plan is not valid.
    BadPlan,
    /// The mapping of an import is not valid.
    BadMapping,
    /// Reading needs the read token.
    ReadToken,
    /// The request needs the admin token.
    AdminToken,
    /// The request would carry a secret over plain HTTP.
    Insecure,
    /// There is nothing at the address.
    NotFound,
    /// The binary was built without the dashboard.
    NoDashboard,
    /// There is no report with the name.
    UnknownReport,
    /// The site has neither events nor a configuration.
    UnknownSite,
    /// The body did not arrive completely.
    Incomplete,
    /// Another import is running.
    Busy,
    /// The body is too large.
    TooLarge,
    /// The server does not answer under the host of the request.
    WrongHost,
    /// The file or the import cannot be processed.
    ImportFailed,
    /// A report failed.
    Internal,
    /// The store failed.
    Unavailable,
    /// The disk has too little space.
    DiskFull,
}

impl Reason {
    /// The status for the client's program, and the stable word for its branches.
    const fn about(self) -> (StatusCode, &'static str) {
        match self {
            Self::BadParam => (StatusCode::BAD_REQUEST, "bad_param"),
            Self::BadPlan => (StatusCode::BAD_REQUEST, "bad_plan"),
            Self::BadMapping => (StatusCode::BAD_REQUEST, "bad_mapping"),
            Self::ReadToken => (StatusCode::UNAUTHORIZED, "read_token"),
            Self::AdminToken => (StatusCode::UNAUTHORIZED, "admin_token"),
            Self::Insecure => (StatusCode::FORBIDDEN, "insecure"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::NoDashboard => (StatusCode::NOT_FOUND, "no_dashboard"),
            Self::UnknownReport => (StatusCode::NOT_FOUND, "unknown_report"),
            Self::UnknownSite => (StatusCode::NOT_FOUND, "unknown_site"),
            Self::Incomplete => (StatusCode::REQUEST_TIMEOUT, "incomplete"),
            Self::Busy => (StatusCode::CONFLICT, "busy"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::WrongHost => (StatusCode::MISDIRECTED_REQUEST, "wrong_host"),
            Self::ImportFailed => (StatusCode::UNPROCESSABLE_ENTITY, "import_failed"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Unavailable => (StatusCode::INTERNAL_SERVER_ERROR, "unavailable"),
            Self::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, "disk_full"),
        }
    }
}

/// A refusal: its reason, and a sentence for the client's user.
#[derive(Debug)]
pub(crate) struct Refusal {
    reason: Reason,
    message: String,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { reason, message } = self;
        let (status, code) = reason.about();
        if status.is_server_error() {
            once_a_minute(code, |times| tracing::error!(code, times, "{message}"));
        } else {
            tracing::debug!(code, "{message}");
        }
        let body = json!({ "error": { "code": code, "message": message } });
        (status, Json(body)).into_response()
    }
}

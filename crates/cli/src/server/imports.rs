//! Imports into the data folder of a running server, through its one writer.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Path as InPath, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use futures::StreamExt;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::UnboundedReceiverStream;
use wayside_analyzer::import::Mapping;
use wayside_model::{SiteId, Timestamp};
use wayside_store::{DataWriter, ImportRecord};

use super::admin::{self, Admin};
use super::refusal::{Reason, Refusal};
use crate::importing::{Goes, Job, MAPPING_MAX_BYTES, Opened, Said, Undone};

/// Shared state of the routes.
#[derive(Clone)]
pub(crate) struct Importing(Arc<Parts>);

struct Parts {
    writer: DataWriter,
    stopped: watch::Receiver<bool>,
    clock: fn() -> Timestamp,
    /// Number of the next file that is received.
    received: AtomicU64,
}

/// Size limit of a file that is sent to a server: some hundred million compressed rows. The file is kept on the data folder's disk
/// until it is imported, and has to be sent again if the connection breaks. Larger files can be imported in parts, or without the
/// server.
const IMPORT_MAX_BYTES: u64 = 8 << 30;

/// Bytes of a file after which the disk's free space is checked again: a quarter of the log's reserve.
const CHECK_EVERY_BYTES: u64 = 16 << 20;

/// Time limit for the next bytes of a file: a sender that has stopped must not occupy disk space for ever.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(60);

/// Time between two lines about the progress of an import: short enough for a progress bar.
const REPORT_EVERY: Duration = Duration::from_millis(200);

impl Importing {
    /// Creates the shared state for imports through `writer`, which run until the server stops.
    pub(crate) fn new(writer: DataWriter, stopped: watch::Receiver<bool>, clock: fn() -> Timestamp) -> Self {
        let importing = Self(Arc::new(Parts {
            writer,
            stopped,
            clock,
            received: AtomicU64::new(0),
        }));
        // A server that was killed while it received a file has left it here.
        let _ = std::fs::remove_dir_all(importing.folder());
        importing
    }

    /// The folder in which files are kept until they are imported.
    fn folder(&self) -> PathBuf {
        self.0.writer.store().dir().join("imports/received")
    }
}

/// The routes; each requires the admin token.
pub(crate) fn routes(importing: Importing, admin: Admin) -> Router {
    Router::new()
        .route("/api/import", post(import))
        .route("/api/imports", get(list))
        .route("/api/imports/{id}/undo", post(undo))
        .with_state(importing)
        .layer(middleware::from_fn_with_state(admin, admin::required))
}

/// The parameters of an import.
#[derive(Deserialize)]
struct Asked {
    site: String,
    /// The file's name.
    file: String,
    /// Length of the mapping in bytes, which is the first part of the body.
    mapping_bytes: usize,
    #[serde(default)]
    replace: bool,
}

#[derive(Deserialize)]
struct UndoAsked {
    #[serde(default)]
    dry_run: bool,
}

/// `GET /api/imports`: the register.
async fn list(State(importing): State<Importing>) -> Result<Json<Vec<ImportRecord>>, Refusal> {
    let imports = importing.0.writer.store().imports().await;
    imports.map(Json).map_err(refused)
}

/// `POST /api/imports/{id}/undo?dry_run=true`: undoes an import.
async fn undo(
    State(importing): State<Importing>,
    InPath(id): InPath<u32>,
    Query(asked): Query<UndoAsked>,
) -> Result<Json<Undone>, Refusal> {
    let Parts { writer, clock, .. } = &*importing.0;
    let (writer, now) = (writer.clone(), clock());
    // A task of its own, so that the undo is completed even if the client disconnects.
    let undone = tokio::spawn(async move { writer.undo_import(id, asked.dry_run, now).await });
    let undone = undone.await.map_err(|error| broken(&error))?;
    Ok(Json(undone.map_err(refused)?.into()))
}

/// `POST /api/import?site=&file=&mapping_bytes=&replace=`: the body is the mapping, followed by the file. The answer is
/// lines of JSON: the progress of the import, and at the end its summary.
async fn import(
    State(importing): State<Importing>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let site = SiteId::parse(&asked.site).map_err(|error| Refusal::new(Reason::BadParam, format!("site: {error}")))?;
    let name = plain_name(&asked.file)?;
    if asked.mapping_bytes > MAPPING_MAX_BYTES {
        let message = format!(
            "a mapping may have {MAPPING_MAX_BYTES} bytes, this one has {}",
            asked.mapping_bytes
        );
        return Err(Refusal::new(Reason::TooLarge, message));
    }
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    importing.has_room_for(announced.unwrap_or(0)).await?;
    let received = importing.receive(&name, asked.mapping_bytes, body).await?;
    let mapping = Mapping::parse(Path::new("mapping"), &received.mapping).map_err(|error| wrong(&error, &received))?;
    let job = Job {
        path: received.path(),
        name,
        mapping,
        site,
        replaces: asked.replace,
        left_out: None,
        now: importing.0.clock,
    };
    Ok(importing.start(job, received).await?.into_response())
}

impl Importing {
    /// Refuses a file that is too large or does not fit on the disk.
    async fn has_room_for(&self, bytes: u64) -> Result<(), Refusal> {
        if bytes > IMPORT_MAX_BYTES {
            return Err(too_large());
        }
        let status = self.0.writer.status().await.map_err(refused)?;
        // The imported rows need about as much space again.
        if status.free_bytes.saturating_sub(bytes.saturating_mul(2)) < status.reserved_bytes {
            let message = format!(
                "the data folder's disk has {} bytes free, which are too few for a file of {bytes} bytes and its rows; free some space",
                status.free_bytes
            );
            return Err(Refusal::new(Reason::DiskFull, message));
        }
        Ok(())
    }

    /// Receives a mapping and a file.
    async fn receive(&self, name: &str, mapping_bytes: usize, body: Body) -> Result<Received, Refusal> {
        let number = self.0.received.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder().join(number.to_string());
        tokio::fs::create_dir_all(&folder).await.map_err(|error| disk(&error))?;
        let mut received = Received {
            folder,
            name: name.to_owned(),
            mapping: String::new(),
        };
        let mut file = File::create(received.path()).await.map_err(|error| disk(&error))?;
        let mut chunks = body.into_data_stream();
        let (mut mapping, mut bytes, mut checked) = (Vec::new(), 0_u64, 0);
        loop {
            let next = tokio::time::timeout(CHUNK_TIMEOUT, chunks.next()).await;
            let next =
                next.map_err(|_| incomplete(&format!("no data arrived for {} seconds", CHUNK_TIMEOUT.as_secs())))?;
            let Some(chunk) = next else { break };
            let chunk = chunk.map_err(|error| incomplete(&format!("the connection broke: {error}")))?;
            let of_mapping = chunk.len().min(mapping_bytes - mapping.len());
            mapping.extend_from_slice(&chunk[..of_mapping]);
            bytes += (chunk.len() - of_mapping) as u64;
            if bytes > IMPORT_MAX_BYTES {
                return Err(too_large());
            }
            // The sender may not have announced the file's size, and others fill the disk, too.
            if bytes >= checked + CHECK_EVERY_BYTES {
                self.has_room_for(0).await?;
                checked = bytes;
            }
            file.write_all(&chunk[of_mapping..])
                .await
                .map_err(|error| disk(&error))?;
        }
        file.flush().await.map_err(|error| disk(&error))?;
        if mapping.len() < mapping_bytes {
            return Err(incomplete("the body ends within the mapping"));
        }
        received.mapping = String::from_utf8(mapping)
            .map_err(|_| Refusal::new(Reason::BadMapping, "the mapping is not text in UTF-8"))?;
        Ok(received)
    }

    /// Runs an import on a thread of its own, which continues if the client disconnects. The answer starts when the import has started.
    async fn start(&self, job: Job, received: Received) -> Result<Response, Refusal> {
        let (say, mut said) = mpsc::unbounded_channel();
        let (writer, stopped, handle) = (self.0.writer.clone(), self.0.stopped.clone(), Handle::current());
        tokio::task::spawn_blocking(move || {
            let ended = match job.open() {
                Ok(opened) => handle.block_on(run(opened, &writer, &stopped, &say)),
                Err(error) => Err(error),
            };
            // The client may have disconnected.
            let _ = say.send(match ended {
                Ok(outcome) => Said::Outcome(outcome),
                Err(error) => Said::Error(without_folder(&format!("{error:#}"), &received)),
            });
        });
        match said.recv().await {
            None => Err(broken(&"its thread ended")),
            Some(Said::Error(message)) => Err(Refusal::new(Reason::ImportFailed, message)),
            Some(first) => {
                let lines = futures::stream::iter([first]).chain(UnboundedReceiverStream::new(said));
                let mut answer = Body::from_stream(lines.map(line)).into_response();
                let kind = HeaderValue::from_static("application/x-ndjson");
                answer.headers_mut().insert(header::CONTENT_TYPE, kind);
                Ok(answer)
            }
        }
    }
}

async fn run(
    opened: Opened,
    writer: &DataWriter,
    stopped: &watch::Receiver<bool>,
    say: &mpsc::UnboundedSender<Said>,
) -> anyhow::Result<crate::importing::Outcome> {
    let mut told = None::<Instant>;
    let tell = |progress| {
        if told.is_none_or(|told| told.elapsed() >= REPORT_EVERY) {
            told = Some(Instant::now());
            // The client may have disconnected.
            let _ = say.send(Said::Progress(progress));
        }
        match *stopped.borrow() {
            true => Goes::Stop,
            false => Goes::On,
        }
    };
    opened.run(writer, tell).await
}

fn line(said: Said) -> Result<Bytes, io::Error> {
    let mut line = serde_json::to_vec(&said)?;
    line.push(b'\n');
    Ok(line.into())
}

/// A file that has been received; dropping it removes it.
struct Received {
    folder: PathBuf,
    name: String,
    mapping: String,
}

impl Received {
    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        // If it cannot be removed, the next start of the server removes it.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Checks that a file's name has no folders. The file is stored under this name, because the name is part of the identity of refused
/// rows.
fn plain_name(name: &str) -> Result<String, Refusal> {
    let plain = Path::new(name).file_name().and_then(|name| name.to_str());
    match plain {
        Some(plain) if plain == name && plain.len() <= NAME_MAX_BYTES && !plain.contains(['\\', '\0']) => {
            Ok(plain.to_owned())
        }
        _ => Err(Refusal::new(
            Reason::BadParam,
            format!("file={name:?} must be the file's name, without its folder and of at most {NAME_MAX_BYTES} bytes"),
        )),
    }
}

/// The longest file name that common file systems accept.
const NAME_MAX_BYTES: usize = 255;

fn wrong(error: &wayside_analyzer::import::Error, received: &Received) -> Refusal {
    Refusal::new(Reason::BadMapping, without_folder(&error.to_string(), received))
}

/// The message with the file's name as the sender knows it, without the folder in which the server keeps it.
fn without_folder(message: &str, received: &Received) -> String {
    message.replace(&format!("{}/", received.folder.display()), "")
}

fn too_large() -> Refusal {
    let message = format!(
        "a file sent to a server may have {IMPORT_MAX_BYTES} bytes; import it in parts, or stop the server and import it without --server"
    );
    Refusal::new(Reason::TooLarge, message)
}

fn incomplete(why: &str) -> Refusal {
    let message = format!("the file did not arrive completely: {why}; none of its rows were imported, send it again");
    Refusal::new(Reason::Incomplete, message)
}

fn disk(error: &io::Error) -> Refusal {
    let message = format!("the file cannot be kept in the data folder: {error}");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Refusal::new(Reason::DiskFull, message),
        _ => Refusal::new(Reason::Unavailable, message),
    }
}

pub(super) fn broken(why: &dyn std::fmt::Display) -> Refusal {
    let message = format!("the server failed: {why}; see its log for details");
    Refusal::new(Reason::Unavailable, message)
}

pub(super) fn refused(error: wayside_store::Error) -> Refusal {
    let reason = match &error {
        error if error.is_busy() => Reason::Busy,
        error if error.is_invalid() => Reason::ImportFailed,
        error if error.is_disk_full() => Reason::DiskFull,
        _ => Reason::Unavailable,
    };
    Refusal::new(reason, format!("{:#}", anyhow::Error::new(error)))
}

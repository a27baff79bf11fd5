//! The live view: touchpoints as they arrive, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::IntoResponse;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use futures::StreamExt;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio_stream::wrappers::BroadcastStream;
use wayside_collector::LiveBatch;
use wayside_model::SiteId;

use super::placing::Placing;
use super::refusal::Refusal;

/// Where the live view's streams come from.
#[derive(Clone)]
pub(crate) struct Live {
    lines: broadcast::Sender<Arc<Line>>,
    stop: watch::Receiver<bool>,
}

/// A touchpoint of a site, ready to send.
struct Line {
    site: SiteId,
    json: String,
    /// Its share of what may wait to be sent.
    _room: OwnedSemaphorePermit,
}

impl Live {
    /// Places every batch of `arriving` and offers it to the streams, until the server stops.
    pub(crate) fn start(mut arriving: broadcast::Receiver<Arc<LiveBatch>>, stop: watch::Receiver<bool>) -> Self {
        let (lines, _) = broadcast::channel(LINES_WAITING);
        let sender = lines.clone();
        let room = Arc::new(Semaphore::new(LINES_MAX_BYTES));
        tokio::spawn(async move {
            let mut placing = Placing::new(JOURNEYS_MAX);
            loop {
                match arriving.recv().await {
                    Ok(batch) => {
                        for event in &batch.events {
                            for shown in placing.place(&batch.site, event) {
                                // Journeys are followed without a viewer, too; nothing is written for nobody.
                                if sender.receiver_count() == 0 {
                                    continue;
                                }
                                let Ok(json) = serde_json::to_string(&shown) else {
                                    continue;
                                };
                                let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
                                let Ok(room) = Arc::clone(&room).try_acquire_many_owned(length) else {
                                    continue;
                                };
                                // The last viewer may have gone meanwhile.
                                let _ = sender.send(Arc::new(Line {
                                    site: batch.site.clone(),
                                    json,
                                    _room: room,
                                }));
                            }
                        }
                    }
                    Err(broadcast::error::RecvError::Lagged(batches)) => {
                        tracing::warn!(batches, "the live view could not keep up");
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
        Self { lines, stop }
    }
}

/// What a viewer may choose.
#[derive(Deserialize)]
pub(crate) struct Choice {
    site: Option<String>,
}

/// `GET /api/live?site=`
pub(crate) async fn stream(
    State(live): State<Live>,
    Query(choice): Query<Choice>,
) -> Result<impl IntoResponse, Refusal> {
    let site = choice
        .site
        .filter(|site| !site.is_empty())
        .map(|site| SiteId::parse(&site).map_err(|error| Refusal::bad_request("bad_param", format!("site: {error}"))))
        .transpose()?;
    let lines = BroadcastStream::new(live.lines.subscribe()).filter_map(move |line| {
        let sent = match line {
            Ok(line) if site.as_ref().is_none_or(|site| *site == line.site) => Some(Sent::default().data(&line.json)),
            Ok(_) => None,
            Err(lag) => Some(Sent::default().comment(lag.to_string())),
        };
        std::future::ready(sent.map(Ok::<_, Infallible>))
    });
    // The first bytes tell the viewer that the stream is open, before anything happens in the shop.
    let open = futures::stream::iter([Ok(Sent::default().comment("open"))]);
    let mut stop = live.stop.clone();
    let stopped = async move {
        // An open stream would keep the server from ending.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(open.chain(lines).take_until(Box::pin(stopped))).keep_alive(keep_alive))
}

/// Proxies close a silent connection after about a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Lines that a slow viewer may be behind before it misses some.
const LINES_WAITING: usize = 4_096;

/// Bytes of them altogether: an ordinary line has a few hundred, but some have megabytes.
const LINES_MAX_BYTES: usize = 64 << 20;

/// Visitors whose journeys are kept at hand, at a few kilobytes each.
const JOURNEYS_MAX: usize = 10_000;

//! The live view: touchpoints as they arrive, as server-sent events.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::IntoResponse;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use futures::StreamExt;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio_stream::wrappers::BroadcastStream;
use wayside_collector::{LiveBatch, Sites, Watchers};
use wayside_model::{SiteId, Value};

use super::placing::Placing;
use super::refusal::{Reason, Refusal};

/// Where the live view's streams come from.
#[derive(Clone)]
pub(crate) struct Live {
    lines: Lines,
    watchers: Watchers,
    stop: watch::Receiver<bool>,
}

impl Live {
    /// Places every batch of `arriving` and offers it to the streams, until the server stops.
    pub(crate) fn start(
        mut arriving: broadcast::Receiver<Arc<LiveBatch>>,
        sites: Arc<Sites>,
        watchers: Watchers,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let lines = Lines::new(LINES_WAITING, LINES_MAX_BYTES);
        let offered = lines.clone();
        tokio::spawn(async move {
            let mut placing = Placing::new(JOURNEYS_MAX_BYTES, sites);
            loop {
                match arriving.recv().await {
                    Ok(batch) => {
                        for event in &batch.events {
                            for shown in placing.place(&batch.site, event) {
                                offered.offer(&batch.site, &shown);
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
        Self { lines, watchers, stop }
    }
}

/// Lines on their way to the viewers; each is kept until all have it.
#[derive(Clone)]
struct Lines {
    sender: broadcast::Sender<Arc<Line>>,
    /// Bytes that more of them may take.
    room: Arc<Semaphore>,
}

/// A touchpoint of a site, ready to send; `None` if it was skipped.
struct Line {
    site: SiteId,
    json: Option<Json>,
}

struct Json {
    text: String,
    /// Its share of the memory for waiting lines.
    _room: OwnedSemaphorePermit,
}

impl Lines {
    fn new(max_lines: usize, max_bytes: usize) -> Self {
        Self {
            sender: broadcast::channel(max_lines).0,
            room: Arc::new(Semaphore::new(max_bytes)),
        }
    }

    /// Offers a touchpoint to all viewers. If there is no memory for it, they receive a notice that one was skipped. So a viewer who
    /// has stopped reading falls behind, and the lines that were kept for that viewer are dropped in favour of the others.
    fn offer(&self, site: &SiteId, shown: &Value) {
        // Journeys are also followed without a viewer; then no JSON is written.
        if self.sender.receiver_count() == 0 {
            return;
        }
        // The last viewer may have disconnected meanwhile.
        let _ = self.sender.send(Arc::new(Line {
            site: site.clone(),
            json: self.json(shown),
        }));
    }

    /// A touchpoint as JSON; none where it is too long or there is no room for it.
    fn json(&self, shown: &Value) -> Option<Json> {
        let mut bytes = Vec::new();
        serde_json::to_writer(Limited(&mut bytes), shown).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let length = u32::try_from(text.len()).ok()?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(length).ok()?;
        Some(Json { text, _room: room })
    }
}

/// Takes a line up to [`LINE_MAX_BYTES`].
struct Limited<'a>(&'a mut Vec<u8>);

impl io::Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LINE_MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The parameters of a viewer.
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
        .map(|site| SiteId::parse(&site).map_err(|error| Refusal::new(Reason::BadParam, format!("site: {error}"))))
        .transpose()?;
    let watching = live.watchers.watch(site.clone());
    let lines = BroadcastStream::new(live.lines.sender.subscribe()).filter_map(move |line| {
        // Pages send more often as long as this stream is open.
        let _ = &watching;
        let sent = match line {
            Ok(line) if site.as_ref().is_some_and(|site| *site != line.site) => None,
            Ok(line) => Some(match &line.json {
                Some(json) => Sent::default().data(&json.text),
                None => {
                    Sent::default().comment("one event was skipped: it is too long, or this viewer reads too slowly")
                }
            }),
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
    let lines = Sse::new(open.chain(lines).take_until(Box::pin(stopped))).keep_alive(keep_alive);
    // nginx would collect lines until its buffer is full.
    Ok(([("x-accel-buffering", "no")], lines))
}

/// Proxies close a silent connection after about a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Lines that a slow viewer may be behind before it misses some.
const LINES_WAITING: usize = 4_096;

/// Bytes of them altogether: an ordinary line has a few hundred, so that this is as many lines.
const LINES_MAX_BYTES: usize = 16 << 20;

/// Longest line: a hundred times an ordinary one. A touchpoint of 200 items with long texts would have megabytes.
const LINE_MAX_BYTES: usize = 64 << 10;

/// Memory of the journeys that are kept at hand, at about three kilobytes a visitor: some ten thousand visitors.
const JOURNEYS_MAX_BYTES: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_skipped() {
        let lines = Lines::new(4, LINES_MAX_BYTES);
        let length = |letters: usize| {
            let shown = Value::Text("a".repeat(letters));
            lines.json(&shown).map(|json| json.text.len())
        };
        // With its quotes.
        assert_eq!(length(LINE_MAX_BYTES - 2), Some(LINE_MAX_BYTES));
        assert_eq!(length(LINE_MAX_BYTES - 1), None);
    }

    #[tokio::test]
    async fn a_viewer_that_does_not_read_delays_the_others_only_for_a_while() {
        let site = SiteId::parse("shop").unwrap();
        // Two lines of ten bytes, with their quotes, do not fit.
        let lines = Lines::new(4, 19);
        let offer = |text: &str| lines.offer(&site, &Value::from(text));
        offer("nobody's");
        let _stalled = lines.sender.subscribe();
        let mut viewer = lines.sender.subscribe();
        let mut seen = Vec::new();
        for text in ["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee", "ffffffff"] {
            offer(text);
            let line = viewer.recv().await.unwrap();
            seen.push(line.json.as_ref().map(|json| json.text[1..2].to_owned()));
        }
        let missed = None;
        assert_eq!(
            seen,
            [
                Some("a".to_owned()),
                missed.clone(),
                missed.clone(),
                missed.clone(),
                missed,
                Some("f".to_owned())
            ]
        );
    }
}

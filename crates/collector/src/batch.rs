//! `POST /v1/batch`: decodes a batch, checks it, stores it durably and acknowledges it.

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Query, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use wayside_model::accept::{self, Refused};
use wayside_model::ack;
use wayside_model::limits::UNFOLDED_MAX_BYTES;
use wayside_model::{Acks, Event, Timestamp, Value, url, wire};
use wayside_store::{Accepted, DeadLetter};

use crate::client::{Client, ClientAddress, Held};
use crate::letters::Letters;
use crate::reading::Place;
use crate::refusal::{Refusal, Scarce};
use crate::{Inner, Limits, LiveBatch, State};

/// The query of a batch's address. The key is part of it because `sendBeacon` and simple requests cannot send headers. An address may have
/// it twice: as the site wrote it, and as the SDK adds it.
type Params = Vec<(String, String)>;

/// The values of a parameter.
fn values<'a>(params: &'a Params, name: &'a str) -> impl Iterator<Item = &'a str> {
    let named = params.iter().filter(move |(known, _)| known == name);
    named.map(|(_, value)| value.as_str())
}

/// Takes one batch and answers once it is on disk.
pub(crate) async fn take(
    Extract(state): Extract<State>,
    Query(params): Query<Params>,
    client: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let client = client.map(|Extension(client)| client);
    match accept(&state, &params, client, &headers, body).await {
        Ok(ack) => ack.into_response(),
        Err(refusal) => {
            state.0.metrics.refused(refusal.code());
            refusal.into_response()
        }
    }
}

/// Answers a preflight. The SDK never needs one, but a developer's own `fetch` with a JSON header does.
pub(crate) async fn preflight() -> impl IntoResponse {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, allowed)
}

async fn accept(
    state: &State,
    params: &Params,
    client: Option<ClientAddress>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let state = &*state.0;
    let client = state.clients.enter(client);
    let Read {
        bytes,
        held,
        place: _place,
    } = read(body, headers, &client, state.limits).await?;
    let room = client.unfolded_bytes(UNFOLDED_MAX_BYTES);
    let mut room = tokio::time::timeout(state.limits.unfolded_wait, room)
        .await
        .ok()
        .flatten()
        .ok_or(Refusal::RateLimited(Scarce::UnfoldedBytes))?;
    let batch = accept::body(&bytes, state.limits.body_bytes, |json| serde_json::from_slice(json))?;
    let body_bytes = bytes.len();
    drop((bytes, held));
    state.sites.check(&batch.site, values(params, "key"))?;
    let (writer, first, last) = (batch.writer, batch.first_seq, batch.last_seq);
    let own_hosts = &state.sites.settings(&batch.site).own_hosts;
    let (visitor, now) = (batch.visitor.clone(), (state.clock)());
    let accepted = sort_out(batch, own_hosts, now);
    state.doubt.note(&visitor, &accepted, now);
    let (site, good) = (accepted.site.clone(), accepted.events.len());
    room.keep(unfolded_events(&accepted.events) + unfolded_letters(&accepted.dead));
    let shown = shown(state, &accepted);
    let reasons: Vec<String> = accepted.dead.iter().map(|letter| letter.code.clone()).collect();

    let begun = Instant::now();
    if let Err(error) = state.writer.append(vec![accepted]).await {
        if error.is_poisoned() {
            state.failing.get_or_init(|| error.to_string());
        }
        return Err(Refusal::Unavailable(error));
    }
    state
        .metrics
        .accepted(&site, body_bytes, good, &reasons, begun.elapsed());
    if let Some(batch) = shown {
        // Without a viewer there is no receiver; that is not an error.
        let _ = state.live.send(Arc::new(batch));
    }
    let settings = state.sites.settings(&site).for_page(values(params, "settings").last());
    let settings = settings.map(|settings| (ack::SETTINGS.to_owned(), Value::from(settings)));
    let is_watched = state.watchers.watch_over(&site);
    let watched = is_watched.then(|| (ack::WATCHED.to_owned(), Value::Bool(true)));
    let mut answer = Acks::of(writer, first, last).to_value();
    if let Value::Map(pairs) = &mut answer {
        pairs.extend([settings, watched].into_iter().flatten());
    }
    Ok(Json(answer))
}

/// The events for the live view. A viewer misses a batch when there is no memory for it.
fn shown(state: &Inner, accepted: &Accepted) -> Option<LiveBatch> {
    let bytes = u32::try_from(unfolded_events(&accepted.events)).unwrap_or(u32::MAX);
    let room = Arc::clone(&state.live_memory).try_acquire_many_owned(bytes).ok()?;
    Some(LiveBatch {
        site: accepted.site.clone(),
        events: accepted.events.clone(),
        _room: room,
    })
}

/// The memory of decoded events in bytes.
fn unfolded_events(events: &[Event]) -> usize {
    let fields = events.iter().map(|event| wire::unfolded(&event.touchpoint));
    size_of_val(events) + fields.sum::<usize>()
}

/// The memory of dead letters in bytes.
fn unfolded_letters(letters: &[DeadLetter]) -> usize {
    let raw = |letter: &DeadLetter| letter.raw.as_ref().map_or(0, String::len);
    let texts = letters
        .iter()
        .map(|letter| letter.code.len() + letter.detail.len() + raw(letter));
    size_of_val(letters) + texts.sum::<usize>()
}

/// A complete body.
struct Read<'a> {
    bytes: Vec<u8>,
    /// The share of memory that the body holds.
    held: Option<Held<'a>>,
    /// The place of the body. The body keeps it until the answer, because its connection is busy until then.
    place: Place<'a>,
}

/// Reads a body within its limits of size, memory and time.
async fn read<'a>(
    body: Body,
    headers: &HeaderMap,
    client: &'a Client<'_>,
    limits: Limits,
) -> Result<Read<'a>, Refusal> {
    let told = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|length| length > limits.body_bytes) {
        return Err(Refused::TooLarge(limits.body_bytes).into());
    }
    let mut place = client.body().ok_or(Refusal::RateLimited(Scarce::Bodies))?;
    let (bytes, held) = tokio::select! {
        read = read_pieces(body, client, &place, limits) => read?,
        () = place.given_up() => return Err(Refusal::TooSlow),
        () = tokio::time::sleep(limits.body_timeout) => return Err(Refusal::TooSlow),
    };
    if !place.set_whole() {
        return Err(Refusal::TooSlow);
    }
    Ok(Read { bytes, held, place })
}

async fn read_pieces<'a>(
    body: Body,
    client: &'a Client<'_>,
    place: &Place<'_>,
    limits: Limits,
) -> Result<(Vec<u8>, Option<Held<'a>>), Refusal> {
    let mut bytes = Vec::new();
    let mut held: Option<Held<'_>> = None;
    let mut pieces = body.into_data_stream();
    loop {
        let piece = tokio::time::timeout(limits.chunk_timeout, pieces.next()).await;
        let Some(piece) = piece.map_err(|_| Refusal::TooSlow)? else {
            return Ok((bytes, held));
        };
        let piece = piece.map_err(Refusal::Broken)?;
        if bytes.len() + piece.len() > limits.body_bytes {
            return Err(Refused::TooLarge(limits.body_bytes).into());
        }
        // Memory is reserved for the received bytes, not for the length in the header, because claiming a length costs
        // a slow client nothing.
        let more = client.body_bytes(place, piece.len()).await;
        let more = more.ok_or(Refusal::RateLimited(Scarce::BodiesBytes))?;
        match &mut held {
            Some(held) => held.add(more),
            None => held = Some(more),
        }
        bytes.extend_from_slice(&piece);
    }
}

/// Separates good events from dead letters. Addresses are scrubbed again, because a page may run an old SDK or none, and a
/// referrer is dropped if it is one of the shop's `own_hosts`, which a new visitor's first page does not know yet.
pub(crate) fn sort_out(batch: wire::Decoded, own_hosts: &str, now: Timestamp) -> Accepted {
    let mut letters = Letters::of(&batch);
    let mut dead: Vec<DeadLetter> = batch.bad.into_iter().map(|bad| letters.unread(bad)).collect();
    let mut events = Vec::with_capacity(batch.good.len());
    // Most events of a batch contain the same few addresses, and an attacker can make an address slow to scrub, so
    // results are cached.
    let mut scrub = remembering(url::scrub);
    for event in batch.good {
        let mut event = Event {
            touchpoint: event.touchpoint.scrubbed_by(&mut scrub),
            ..event
        };
        accept::origin(&mut event, own_hosts);
        match accept::time(&event, now).and_then(|()| accept::event(&event)) {
            Ok(()) => events.push(event),
            Err(error) => dead.push(letters.refused(&event, &error)),
        }
    }
    Accepted {
        site: batch.site,
        received_at: now,
        consent: batch.consent,
        automated: batch.automated,
        events,
        dead,
        replaces: Vec::new(),
    }
}

/// A cached version of `answer`, which is called only once for each text.
fn remembering(answer: impl Fn(&str) -> String) -> impl FnMut(&str) -> String {
    let mut known = BTreeMap::new();
    move |text| match known.get(text) {
        Some(answered) => String::clone(answered),
        None => {
            let answered = answer(text);
            known.insert(text.to_owned(), answered.clone());
            answered
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn a_cached_answer_is_not_computed_again() {
        let asked = RefCell::new(Vec::new());
        let mut upper = remembering(|text| {
            asked.borrow_mut().push(text.to_owned());
            text.to_uppercase()
        });
        assert_eq!(["a", "b", "a", ""].map(&mut upper), ["A", "B", "A", ""]);
        drop(upper);
        assert_eq!(asked.into_inner(), ["a", "b", ""]);
    }
}

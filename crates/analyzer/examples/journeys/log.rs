//! The events as the collector appends them to the log.

use std::error::Error;
use std::path::Path;

use wayside_model::{Consent, Event, EventId, Field, Kind, SiteId, Timestamp, Touchpoint, Value, VisitorId, WriterId};
use wayside_store::{Accepted, DataWriter, Options};

use crate::random::mixed;
use crate::shop::{Shop, Touch};

/// Appends the chosen events in batches as pages send them, in the order in which they arrive.
pub(crate) fn append(rows: u64, data: &Path, is_chosen: impl Fn(&Touch) -> bool) -> Result<(), Box<dyn Error>> {
    let mut shop = Shop::new(rows);
    let mut touches = Vec::new();
    let mut batches: Vec<Vec<Touch>> = Vec::new();
    while shop.visitor(&mut touches) {
        let chosen: Vec<Touch> = touches.iter().filter(|touch| is_chosen(touch)).cloned().collect();
        let visits = chosen.chunk_by(|a, b| a.visit == b.visit);
        batches.extend(
            visits
                .flat_map(|visit| visit.chunks(BATCH_EVENTS))
                .map(<[Touch]>::to_vec),
        );
    }
    batches.sort_by_key(|batch| batch.last().map(|touch| touch.time));
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let writer = DataWriter::lock(data, Options::default()).await?;
        for batches in batches.chunks(BATCHES_AT_ONCE) {
            let accepted = batches.iter().map(|batch| accepted(batch)).collect::<Result<_, _>>()?;
            writer.append(accepted).await?;
        }
        writer.close().await?;
        Ok(())
    })
}

fn accepted(batch: &[Touch]) -> Result<Accepted, Box<dyn Error>> {
    let last = batch.last().ok_or("a batch has no event")?;
    Ok(Accepted {
        site: SiteId::parse("shop")?,
        received_at: Timestamp::from_millis(last.time + DELAY_MS),
        consent: Consent::Granted,
        automated: false,
        events: batch.iter().map(event).collect::<Result<_, _>>()?,
        dead: Vec::new(),
        replaces: Vec::new(),
    })
}

fn event(touch: &Touch) -> Result<Event, Box<dyn Error>> {
    let writer = u128::from(mixed(touch.visit)) << 64 | u128::from(mixed(!touch.visit));
    Ok(Event {
        id: EventId {
            writer: WriterId(writer),
            seq: touch.seq,
        },
        time: Timestamp::from_millis(touch.time),
        visitor: VisitorId::parse(&touch.visitor_id())?,
        touchpoint: touchpoint(touch)?,
    })
}

fn touchpoint(touch: &Touch) -> Result<Touchpoint, Box<dyn Error>> {
    let mut fields: Vec<(Field, Value)> = Vec::new();
    let mut text = |field: Field, text: String| {
        if !text.is_empty() {
            fields.push((field, Value::Text(text)));
        }
    };
    text(Field::Url, touch.url().unwrap_or_default());
    if let Some(origin) = touch.origin {
        text(Field::Source, origin.source.into());
        text(Field::Medium, origin.medium.into());
        text(Field::Campaign, origin.campaign.into());
        text(Field::Referrer, origin.referrer.into());
    }
    text(Field::TransactionId, touch.order_id().unwrap_or_default());
    if let Some(step) = touch.step {
        text(Field::Step, step.name.into());
        fields.push((Field::WaitingMs, Value::Int(step.waiting_ms)));
        fields.push((Field::ActingMs, Value::Int(step.acting_ms)));
    }
    if let Some((item, cents)) = touch.item.zip(touch.cents()) {
        let price = Value::Float(cents as f64 / 100.0);
        let product = [
            (Field::ItemId.name(), Value::Text(format!("SKU-{item}"))),
            (Field::Price.name(), price.clone()),
        ];
        fields.push((Field::Items, Value::List(vec![Value::map(product)])));
        fields.push((Field::Currency, Value::Text("EUR".into())));
        if touch.kind == Kind::Purchase {
            fields.push((Field::Value, price));
        }
    }
    let pairs = fields.into_iter().map(|(field, value)| (field.name(), value));
    Ok(Touchpoint::parse(touch.kind.name(), &Value::map(pairs))?)
}

/// Events of a page in five seconds, the time after which a page sends them.
const BATCH_EVENTS: usize = 3;
/// Batches that a collector appends together under load.
const BATCHES_AT_ONCE: usize = 500;
/// From the last event of a batch to its arrival.
const DELAY_MS: i64 = 5_000;

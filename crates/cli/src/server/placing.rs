//! Places arriving events on their customers' journeys, for the live view.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use wayside_collector::Sites;
use wayside_model::customer::{self, Identified};
use wayside_model::{Event, EventId, Journey, Placed, Signal, SiteId, Value};

/// Places events by the model's own rules.
pub(crate) struct Placing {
    /// The sites, whose settings hold.
    sites: Arc<Sites>,
    lately: Lately,
}

/// The journeys of the customers seen last, as far as this process has seen them.
///
/// A journey here begins with the first event since the server started, or since the customer was put aside for others;
/// reports read the whole history instead.
struct Lately {
    journeys: BTreeMap<Key, Open>,
    /// The same journeys by when they were last touched, to find the one to put aside.
    by_use: BTreeMap<u64, Key>,
    uses: u64,
    /// Memory that the journeys take, and the most that they may.
    bytes: usize,
    most_bytes: usize,
}

/// Site and visitor, or site and customer once identified.
type Key = (SiteId, String);

struct Open {
    journey: Journey,
    /// The customer as whom the visitor identified.
    customer: Option<Identified>,
    /// Events seen lately: a page's beacon and its outbox bring the same event twice.
    seen: VecDeque<EventId>,
    used: u64,
    /// Memory that all this takes.
    bytes: usize,
}

impl Placing {
    /// Room for journeys of so many bytes altogether, which are placed by the settings of these sites.
    pub(crate) fn new(most_bytes: usize, sites: Arc<Sites>) -> Self {
        Self {
            sites,
            lately: Lately {
                journeys: BTreeMap::new(),
                by_use: BTreeMap::new(),
                uses: 0,
                bytes: 0,
                most_bytes,
            },
        }
    }

    /// The event as the live view shows it, and the signals it decided; nothing for a copy of one that was shown.
    pub(crate) fn place(&mut self, site: &SiteId, event: &Event) -> Vec<Value> {
        let open = self.lately.open(site, event.visitor.as_str());
        if open.seen.contains(&event.id) {
            return Vec::new();
        }
        open.seen.push_back(event.id);
        if open.seen.len() > SEEN_MAX {
            open.seen.pop_front();
        }
        if let Some(found) = Identified::from_touch(event)
            && open.customer.as_ref().is_none_or(|known| found.comes_before(known))
        {
            open.customer = Some(found);
        }
        let mut signals = Vec::new();
        let placed = open
            .journey
            .on_event(&self.sites.settings(site).config, event, &mut signals);
        let identified = open.customer.as_ref().map(|known| known.customer.as_str());
        let customer = customer::key(event.visitor.as_str(), identified);
        let mut shown = vec![line(site, &customer, event, &placed, event.touchpoint.to_pairs())];
        shown.extend(
            signals
                .iter()
                .filter_map(|signal| signal_line(site, &customer, event, &placed, signal)),
        );
        self.lately.measure(site, event.visitor.as_str());
        shown
    }
}

impl Lately {
    fn open(&mut self, site: &SiteId, visitor: &str) -> &mut Open {
        let key = (site.clone(), visitor.to_owned());
        self.uses += 1;
        if let Some(open) = self.journeys.get(&key) {
            self.by_use.remove(&open.used);
        }
        self.by_use.insert(self.uses, key.clone());
        let open = self.journeys.entry(key).or_insert_with(|| Open {
            journey: Journey::default(),
            customer: None,
            seen: VecDeque::new(),
            used: 0,
            bytes: 0,
        });
        open.used = self.uses;
        open
    }

    /// Measures a journey anew after an event, and puts aside those that were touched longest ago where all take too much.
    fn measure(&mut self, site: &SiteId, visitor: &str) {
        if let Some(open) = self.journeys.get_mut(&(site.clone(), visitor.to_owned())) {
            self.bytes -= open.bytes;
            let texts = 4 * visitor.len() + open.customer.as_ref().map_or(0, |known| known.customer.len());
            open.bytes =
                JOURNEY_BYTES + texts + open.journey.save().len() + open.seen.capacity() * size_of::<EventId>();
            self.bytes += open.bytes;
        }
        while self.bytes > self.most_bytes
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            let put_aside = self.journeys.remove(&oldest);
            self.bytes -= put_aside.map_or(0, |open| open.bytes);
        }
    }
}

fn line(site: &SiteId, customer: &str, event: &Event, placed: &Placed, pairs: Vec<(String, Value)>) -> Value {
    let mut line = vec![
        ("site".to_owned(), Value::from(site.as_str())),
        ("visitor".to_owned(), Value::from(event.visitor.as_str())),
        ("customer".to_owned(), Value::from(customer)),
        ("time".to_owned(), Value::Int(event.time.millis())),
        ("stage".to_owned(), Value::from(placed.stage.name())),
        ("session".to_owned(), Value::Int(i64::from(placed.session))),
        ("channel".to_owned(), Value::from(placed.channel.name())),
    ];
    line.extend(pairs);
    Value::Map(line)
}

/// A signal that the journey found, as the page's own signals look.
fn signal_line(site: &SiteId, customer: &str, event: &Event, placed: &Placed, signal: &Signal) -> Option<Value> {
    let touchpoint = signal.clone().take_touchpoint();
    Some(line(site, customer, event, placed, touchpoint.to_pairs()))
}

/// How many event ids of a visitor are remembered: as many as an outbox holds, since that is what can come again.
const SEEN_MAX: usize = wayside_model::limits::OUTBOX_MAX_EVENTS;

/// Memory of a journey besides its texts and the events it has seen: its structs, and its places in the two maps.
const JOURNEY_BYTES: usize = 2_048;

#[cfg(test)]
mod tests {
    use wayside_model::{Timestamp, Touchpoint, VisitorId, WriterId};

    use super::*;

    fn event(visitor: &str, seq: u32, kind: &str, fields: &[(&str, Value)]) -> Event {
        Event {
            id: EventId {
                writer: WriterId(1),
                seq,
            },
            time: Timestamp::from_millis(1_700_000_000_000 + i64::from(seq)),
            visitor: VisitorId::parse(visitor).unwrap(),
            touchpoint: Touchpoint::parse(kind, &Value::map(fields.iter().cloned())).unwrap(),
        }
    }

    fn sites() -> Arc<Sites> {
        Arc::new(Sites::new([(SiteId::parse("shop").unwrap(), None)]).unwrap())
    }

    fn place(placing: &mut Placing, event: &Event) -> Vec<Value> {
        placing.place(&SiteId::parse("shop").unwrap(), event)
    }

    #[test]
    fn an_event_is_shown_once_with_its_place() {
        let mut placing = Placing::new(1 << 20, sites());
        let view = event("v", 0, "view_item", &[("value", Value::Float(2.5))]);
        let shown = place(&mut placing, &view);
        let get = |key: &str| shown[0].get(key).cloned().unwrap();
        assert_eq!(shown.len(), 1);
        assert_eq!(get("site"), Value::from("shop"));
        assert_eq!(get("customer"), Value::from("anon:v"));
        assert_eq!(get("kind"), Value::from("view_item"));
        assert_eq!(get("stage"), Value::from("consideration"));
        assert_eq!(get("session"), Value::Int(0));
        assert_eq!(get("value"), Value::Float(2.5));
        assert!(place(&mut placing, &view).is_empty(), "a copy is not shown again");
    }

    #[test]
    fn an_identified_visitor_has_their_customer_from_then_on() {
        let mut placing = Placing::new(1 << 20, sites());
        place(
            &mut placing,
            &event("v", 0, "identify", &[("customer_id", Value::from("c"))]),
        );
        let shown = place(&mut placing, &event("v", 1, "view_item", &[]));
        assert_eq!(shown[0].get("customer"), Some(&Value::from("c")));
    }

    #[test]
    fn the_earliest_identify_counts_as_in_reports() {
        let mut placing = Placing::new(1 << 20, sites());
        let identify = |seq, customer: &str| event("v", seq, "identify", &[("customer_id", Value::from(customer))]);
        place(&mut placing, &identify(1, "second"));
        // The first one arrives late, from an outbox.
        let shown = place(&mut placing, &identify(0, "anon:first"));
        assert_eq!(shown[0].get("customer"), Some(&Value::from("=anon:first")));
    }

    fn kept(placing: &Placing) -> Vec<&str> {
        assert_eq!(placing.lately.by_use.len(), placing.lately.journeys.len());
        let bytes: usize = placing.lately.journeys.values().map(|open| open.bytes).sum();
        assert_eq!(placing.lately.bytes, bytes);
        placing
            .lately
            .journeys
            .keys()
            .map(|(_, visitor)| visitor.as_str())
            .collect()
    }

    #[test]
    fn the_visitor_seen_longest_ago_is_put_aside() {
        let mut placing = Placing::new(3 * JOURNEY_BYTES, sites());
        for (visitor, seq) in [("a", 0), ("b", 1), ("a", 2), ("c", 3)] {
            place(&mut placing, &event(visitor, seq, "view_item", &[]));
        }
        assert_eq!(kept(&placing), ["a", "c"]);
    }

    #[test]
    fn journeys_with_long_texts_take_more_room() {
        let long = "x".repeat(1_000);
        let texts = ["source", "medium", "campaign", "term"].map(|name| (name, Value::from(long.as_str())));
        let mut arrival = vec![("url", Value::from("https://shop.example/"))];
        arrival.extend(texts);
        // Three journeys without texts take some 6,500 bytes, one with these texts about 6,100.
        let mut placing = Placing::new(15_000, sites());
        for visitor in ["a", "b", "c"] {
            place(&mut placing, &event(visitor, 0, "view_item", &[]));
        }
        assert_eq!(kept(&placing), ["a", "b", "c"]);
        for visitor in ["d", "e"] {
            place(&mut placing, &event(visitor, 0, "page_view", &arrival));
        }
        assert_eq!(kept(&placing), ["c", "d", "e"]);
    }

    #[test]
    fn journeys_of_many_events_take_more_room() {
        // The events of the fourth take 16 KiB.
        let mut placing = Placing::new(22_000, sites());
        for visitor in ["a", "b", "c"] {
            place(&mut placing, &event(visitor, 0, "view_item", &[]));
        }
        for seq in 0..400 {
            place(&mut placing, &event("d", seq, "view_item", &[]));
        }
        assert_eq!(kept(&placing), ["c", "d"]);
    }
}

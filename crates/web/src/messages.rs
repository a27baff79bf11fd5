//! The messages of the queue.

use js_sys::{Array, Function, JSON, Set};
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::value::Sink;
use wayside_model::{Consent, Kind, Timestamp, Value, VisitorId};
use wayside_tracker::queue::{Message, Question};
use wayside_tracker::{PageView, Status};

use crate::boot::Item;
use crate::click;
use crate::effects::settle;
use crate::host::{Host, Tracker};
use crate::values::{from_js, text, to_js};
use crate::{consent_mode, errors, landing, start, store};

/// Takes in a message of the queue.
pub(crate) fn take(host: &'static Host, tracker: &mut Tracker, item: Item) {
    let now = item.time();
    match item.kind() {
        Some(Message::Call) => {
            host.tell_requests(tracker, now);
            let mut fields = item.value();
            fields.open_items(|text| JSON::parse(text).ok().map(|value| from_js(&value)));
            let name = item.text();
            if host.debug
                && let Some(kind) = Kind::misspelt(&name)
            {
                let text = [&name, ": did you mean ", kind.name(), "?"].concat();
                host.warn("misspelt", &text.into());
            }
            tracker.call(&name, &fields, host.is_early.get(), now);
        }
        Some(Message::View) => view(host, tracker, &item.a(), now),
        Some(Message::Click) => click::clicked(host, tracker, &item.a(), now),
        Some(Message::Consent) => consent(host, tracker, &item, now),
        Some(Message::Error) => errors::failed(host, tracker, &item.a(), now),
        Some(Message::Reset) => reset(host, tracker, &item.text(), now),
        Some(Message::On) => {
            if let Some(listeners) = listeners(host, &item) {
                listeners.add(&item.b());
            }
            listen(host, tracker);
        }
        Some(Message::Off) => {
            if let Some(listeners) = listeners(host, &item) {
                listeners.delete(&item.b());
            }
            listen(host, tracker);
        }
        Some(Message::Flush) => {
            let token = ask(host, item);
            tracker.flush(token);
        }
        Some(Message::Ask) => answer(host, tracker, item),
        Some(Message::Shutdown) => {
            tracker.shut_down(now);
            host.end();
        }
        Some(Message::Loaded) => tracker.loaded(now),
        None => {}
    }
}

/// Tells the tracker whether the page listens to touchpoints.
pub(crate) fn listen(host: &Host, tracker: &mut Tracker) {
    tracker.listen(host.boot.touchpoint().size() > 0);
}

fn view(host: &Host, tracker: &mut Tracker, said: &JsValue, now: Timestamp) {
    let list: &Array = said.unchecked_ref();
    let text = |at| text(&list.get(at));
    let url = text(0);
    host.boot.set_address(&url);
    let page = PageView {
        url: &url,
        referrer: &text(1),
        title: &text(2),
        entry: &text(3),
        replaced: list.get(4).is_truthy(),
    };
    if host.is_early.get() && page.entry != "spa" {
        landing::take(host, tracker, &url, page.referrer);
    }
    tracker.view(&page, host.is_early.get(), now);
    if let Some(step) = host.boot.rules().and_then(|rules| rules.step(said)) {
        host.tell_requests(tracker, now);
        let fields = Value::map([("step", Value::Text(step))]);
        tracker.call("checkout_step", &fields, false, now);
    }
}

fn consent(host: &'static Host, tracker: &mut Tracker, item: &Item, now: Timestamp) {
    let said = item.text();
    let Some(consent) = Consent::from_name(&said) else {
        return unknown(host, "consent", &said, "granted or denied");
    };
    let was_granted = host.boot.consent() == Consent::Granted.name();
    // The next instance, if there is one, starts with this decision.
    host.boot.set_consent(&said);
    host.consent_timer.take();
    let agrees = consent == Consent::Granted && !was_granted;
    if agrees {
        rejoin(host, tracker);
    }
    if item.b().is_object() {
        consent_mode::follow(host, tracker, consent, &item.b(), now);
    } else {
        tracker.consent(consent, now);
    }
    if agrees {
        start::gather(host, tracker, now);
    }
    if consent != Consent::Unknown {
        store::forget_in_tab(&store::key_of("landing", &host.site));
    }
    // A visitor who agrees later is a new visitor.
    if consent == Consent::Denied {
        reset(host, tracker, &host.boot.new_id(), now);
    }
}

/// Continues as the visitor who agreed on an earlier page or in another tab, if there is one.
fn rejoin(host: &Host, tracker: &mut Tracker) {
    let kept = store::kept(&host.boot.options(), "visitor").unwrap_or_default();
    if kept != host.boot.visitor()
        && let Ok(visitor) = VisitorId::parse(&kept)
    {
        host.boot.set_visitor(&kept);
        tracker.rejoin(visitor, &host.journey());
    }
}

fn reset(host: &Host, tracker: &mut Tracker, visitor: &str, now: Timestamp) {
    if let Ok(id) = VisitorId::parse(visitor) {
        host.boot.set_visitor(visitor);
        tracker.reset(id, now);
    }
}

fn listeners(host: &Host, item: &Item) -> Option<Set> {
    item.b().is_instance_of::<Function>().then_some(())?;
    match item.text().as_str() {
        "signal" => Some(host.boot.signal()),
        "touchpoint" => Some(host.boot.touchpoint()),
        other => {
            unknown(host, "on", other, "signal or touchpoint");
            None
        }
    }
}

/// Says that a word of a call means nothing, and which words do.
fn unknown(host: &Host, call: &str, word: &str, known: &str) {
    let text = [call, ": \"", word, "\"; did you mean ", known, "?"].concat();
    host.warn("unknown", &text.into());
}

/// Notes a pending promise and returns its token. The map is the loader's, so that the next instance can answer if this
/// one traps.
fn ask(host: &Host, item: Item) -> u32 {
    let asked = host.boot.asked();
    let token = host.tokens.get() + 1;
    host.tokens.set(token);
    asked.set(&token.into(), &item.into_js());
    token
}

fn answer(host: &Host, tracker: &Tracker, item: Item) {
    let question = item.b().as_f64().and_then(|code| Question::from_code(code as u8));
    let token = ask(host, item);
    let answer = match question {
        Some(Question::Stage) => tracker.stage().into(),
        Some(Question::Status) => status(host, tracker.status()),
        Some(Question::Visitor) => host.boot.visitor().into(),
        None => JsValue::UNDEFINED,
    };
    settle(host, token, &answer);
}

fn status(host: &Host, status: Status) -> JsValue {
    to_js(|out| {
        let counts = [
            ("captured", status.captured),
            ("acked", status.acked),
            ("dropped", status.dropped),
            ("pending", status.pending),
            ("refused", status.refused),
            ("repaired", status.repaired),
        ];
        out.map(counts.len() + 2);
        out.key("consent");
        out.text(&host.boot.consent());
        out.key("remembered");
        out.flag(!host.forgets.get());
        for (name, count) in counts {
            out.key(name);
            out.int(count.into());
        }
    })
}

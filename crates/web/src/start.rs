//! The start of a page load's tracker.

use gloo_timers::callback::Interval;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::device::Facts;
use wayside_model::{Consent, SiteId, Stage, Timestamp, VisitorId, WriterId};
use wayside_tracker::{Config, Start};

use crate::boot::Boot;
use crate::externs::{CLOCK, NAVIGATOR, SCREEN, conventions, time_zone_id, window};
use crate::host::{Host, Tracker, now};
use crate::values::{self, text};
use crate::{activity, cookie, copy, errors, forms, frames, links, messages, store, views, visibility, vitals};

/// Starts the tracker, lets it take in the queue, and listens. Returns whether the ids are valid.
pub(crate) fn start(boot: Boot, attempt: u8) -> bool {
    let is_other = links::arrive(&boot);
    let Some(config) = config(&boot) else { return false };
    let consent = config.consent;
    let journey = match consent {
        // The journey is that of the visitor before.
        Consent::Granted if !is_other => store::journey(&boot.options()),
        _ => Vec::new(),
    };
    let start = Start {
        reserved: boot.sent(),
        lost: boot.lost(),
        navigation: Timestamp::from_millis(CLOCK.with(|clock| clock.time_origin()) as i64),
        reloaded: boot.navigation().is_some_and(|entry| entry.kind() == "reload"),
        journey: &journey,
    };
    let host = Host::install(boot, attempt);
    host.is_new.set(consent == Consent::Granted && journey.is_empty());
    let mut tracker = Tracker::start(config, start, now());
    begin(host, &mut tracker, consent);
    let scope = host.scope.borrow().clone();
    if let Some(scope) = scope {
        views::listen(host, &scope);
        visibility::listen(host, &scope);
        vitals::listen(host, &scope);
        errors::listen(host, &scope);
        copy::listen(host, &scope);
        activity::listen(host, &scope);
        forms::listen(host, &scope, &window());
        frames::listen(host, &scope);
        links::listen(host, &scope);
    }
    host.begin(tracker);
    views::catch_up(host);
    true
}

fn begin(host: &'static Host, tracker: &mut Tracker, consent: Consent) {
    let now = now();
    match consent {
        Consent::Granted => gather(host, tracker, now),
        // The page on which consent was withdrawn may have been left before its Wasm was running.
        Consent::Denied => store::purge(&host.site),
        Consent::Unknown => {}
    }
    messages::listen(host, tracker);
    tracker.away(visibility::is_away(), now);
}

/// Takes over what other pages have left in storage, now and from time to time.
pub(crate) fn gather(host: &'static Host, tracker: &mut Tracker, now: Timestamp) {
    adopt(host, tracker, now);
    host.sweep.replace(Some(Interval::new(SWEEP_MS, move || sweep(host))));
}

/// Takes over what other pages have left in storage, also those that crash while this one is open.
pub(crate) fn sweep(host: &'static Host) {
    host.tell(|tracker, now| {
        if tracker.captures() {
            adopt(host, tracker, now);
        }
    });
}

/// How often [`sweep`] looks, in milliseconds: an outbox that has been silent for so long is taken for that of a crashed page. It
/// takes some microseconds.
const SWEEP_MS: u32 = 20_000;

/// Takes over the outboxes of other writers.
#[inline(never)]
fn adopt(host: &Host, tracker: &mut Tracker, now: Timestamp) {
    let own = host.key_of("outbox");
    for key in store::outboxes(&host.site) {
        if key == own {
            continue;
        }
        let saved = store::bytes(&key);
        host.handed.replace(key);
        tracker.adopt(&saved, host.attempt > 1, now);
        if host.storage_failed.take() {
            tracker.storage_failed();
        }
    }
    host.handed.take();
}

fn time_zone() -> Result<JsValue, JsValue> {
    time_zone_id().or_else(|_| Ok(conventions()?.resolved().time_zone()))
}

fn config(boot: &Boot) -> Option<Config> {
    let site = SiteId::parse(&boot.site()).ok()?;
    // What is stored may be damaged; a new visitor takes its place.
    let visitor = VisitorId::parse(&boot.visitor()).or_else(|_| {
        let visitor = boot.new_id();
        boot.set_visitor(&visitor);
        VisitorId::parse(&visitor)
    });
    let mut config = Config::new(site, WriterId::parse(&boot.writer()).ok()?, visitor.ok()?);
    config.consent = Consent::from_name(&boot.consent()).unwrap_or_default();
    config.off = boot.off().into();
    let options = boot.options();
    let mut own = options.own_domains();
    if config.consent == Consent::Granted {
        // Without consent, no cookie is set that could find the domain.
        own.push(' ');
        own.push_str(&cookie::domain(&options));
    }
    config.own = own.into();
    NAVIGATOR.with(|navigator| {
        config.automated = navigator.webdriver().unwrap_or_default();
        let (width_px, height_px) = SCREEN.with(|screen| (screen.width() as i64, screen.height() as i64));
        config.about = Facts {
            user_agent: &navigator.user_agent(),
            touch_points: navigator.max_touch_points() as i64,
            has_coarse_pointer: matches_media("(pointer:coarse)"),
            width_px,
            height_px,
            language: &text(&navigator.language()),
            time_zone: &time_zone().map_or(String::new(), |zone| text(&zone)),
        }
        .fields();
    });
    if let Some(minutes) = boot.options().session_timeout_minutes() {
        config.model.session_timeout_ms = i64::from(minutes) * 60_000;
    }
    for (name, stage) in values::from_js(&boot.options().stages()).pairs() {
        if let Some(stage) = stage.as_text().and_then(Stage::from_name) {
            config.model.stages = config.model.stages.with(name, stage);
        }
    }
    if let Some(rules) = boot.rules() {
        for place in rules.places() {
            let place: Array = place.unchecked_into();
            let number = |at| place.get(at).as_f64().unwrap_or_default();
            config.model.thresholds.set(number(0) as usize, number(1) as i64);
        }
    }
    Some(config)
}

fn matches_media(query: &str) -> bool {
    window()
        .match_media(query)
        .ok()
        .flatten()
        .is_some_and(|list| list.matches())
}

//! Capture: what happens in the page becomes touchpoints with an id, a time and their signals.

use alloc::vec::Vec;

use wayside_model::{Activity, Event, EventId, Field, Kind, Signal, Timestamp, Touchpoint, Value};

use super::Tracker;
use crate::effect::Effects;
use crate::forms::{FieldEvent, FormField};
use crate::input::{Clicked, PageView};
use crate::link::way_out;
use crate::views;

impl<E: Effects> Tracker<E> {
    /// Takes in a page view; `early` if it happened before the tracker was running.
    pub fn view(&mut self, page: &PageView<'_>, early: bool, now: Timestamp) {
        if self.views.is_view(page) {
            if self.engagement.has_begun() {
                self.leave_page(now);
            }
            self.engagement.view(page.url, now, &mut self.told);
            self.record_told(now);
            // Before a router changes it, the title is that of the view before.
            self.title(page.title);
            let mut view = views::touchpoint(page, &self.config.about, &self.config.off, &self.config.own);
            if let Some((url, referrer)) = self.landing.take() {
                view = views::landed(view, &url, &referrer, &self.config.own);
            }
            let seq = self.outbox.end();
            self.record(view, early, now);
            self.views.recorded(page, seq, now);
            self.views.look_for_search(page.url, now);
        } else if early {
            self.outbox.skip_reserved();
        }
    }

    /// Takes in the page's title, some time after a change of address: routers change the title late.
    #[inline(never)]
    pub fn title(&mut self, title: &str) {
        if let Some(seq) = self.views.titled(title) {
            self.outbox.set_title(seq, title);
            self.ask_turn();
        }
    }

    /// Takes in the visit's first page, which was shown without consent and could not record its arrival: the next view
    /// records it, unless it is an arrival itself.
    pub fn landed(&mut self, url: &str, referrer: &str) {
        self.landing = Some((url.into(), referrer.into()));
    }

    /// Takes in a touchpoint that the site records; `early` if it happened before the tracker was running.
    pub fn call(&mut self, name: &str, fields: &Value, early: bool, now: Timestamp) {
        self.forms.site_tells_coupons |= name == Kind::CouponTry.name();
        match Touchpoint::parse(name, fields) {
            Ok(touchpoint) => {
                if self.captures() && !touchpoint.repairs().is_empty() {
                    self.outbox.status.repaired += 1;
                    for (field, what) in touchpoint.repairs() {
                        self.warn(what.as_text().unwrap_or_default(), &[name, ".", field]);
                    }
                }
                if touchpoint.kind() == Kind::PageError {
                    self.error(&touchpoint, early, now);
                } else {
                    self.record(touchpoint, early, now);
                }
            }
            Err(error) if self.captures() => {
                if early {
                    // The input may have been sent under this seq, and the collector then keeps it as a dead letter.
                    self.outbox.skip_reserved();
                }
                self.outbox.status.captured += 1;
                self.outbox.status.refused += 1;
                match error.field() {
                    Some(field) => self.warn(error.code(), &[name, ".", field.name()]),
                    None => self.warn(error.code(), &[name]),
                }
            }
            Err(_) => {}
        }
    }

    /// Records an error of the page, or counts it if it has occurred before.
    pub(super) fn error(&mut self, touchpoint: &Touchpoint, early: bool, now: Timestamp) {
        if !self.captures() {
            return;
        }
        self.errors.on_error(touchpoint, &mut self.told);
        match self.told.0.pop() {
            Some(touchpoint) => self.record(touchpoint, early, now),
            None => {
                // A click that it answers is of interest each time.
                self.activity(&Activity::Failed, now);
                if early {
                    self.outbox.skip_reserved();
                }
            }
        }
    }

    /// Takes in a click.
    pub fn click(&mut self, clicked: &Clicked<'_>, now: Timestamp) {
        let Clicked { click, link, .. } = *clicked;
        if clicked.on_control && !click.ignored {
            let mut method = clicked.method;
            if method.is_empty() {
                method = way_out(link, self.views.address(), &self.config.own);
            }
            let texts = &[
                (Field::Element, click.element),
                (Field::Url, link),
                (Field::Method, method),
            ];
            self.told.add(Kind::Click, texts, &[]);
            self.record_told(now);
        }
        self.activity(&Activity::Click(click), now);
    }

    /// Takes in raw page activity.
    pub fn activity(&mut self, activity: &Activity<'_>, now: Timestamp) {
        if !self.captures() {
            return;
        }
        if let Activity::Click(_) | Activity::Used | Activity::Pointer { .. } = activity {
            self.engagement.used(now);
        }
        let mut signals = Vec::new();
        self.page
            .on_activity(activity, now, &self.config.model.thresholds, &mut signals);
        self.upload(&mut signals, now);
    }

    /// Takes in the scroll depth, in permille of the page's height.
    pub fn seen(&mut self, depth_permille: i64) {
        self.engagement.seen(depth_permille);
    }

    /// Takes in that the window lost or regained the focus.
    pub fn away(&mut self, is_away: bool, now: Timestamp) {
        self.engagement.away(is_away, now);
    }

    /// Takes in an event in a form field.
    pub fn field(&mut self, field: &FormField<'_>, event: FieldEvent<'_>, now: Timestamp) {
        self.forms.on_event(field, event, now, &mut self.told);
        self.record_told(now);
    }

    /// Takes in that the visitor submitted a form or clicked: requests that start now count as waiting.
    pub fn acted(&mut self, now: Timestamp) {
        self.steps.acted(now);
    }

    /// Takes in a request of the page that ran from `start` to `end`.
    pub fn request(&mut self, start: Timestamp, end: Timestamp, now: Timestamp) {
        self.steps.request(start, end, now);
    }

    /// Takes in that the page has loaded.
    pub fn loaded(&mut self, now: Timestamp) {
        self.steps.loaded(now);
    }

    pub(super) fn record(&mut self, touchpoint: Touchpoint, early: bool, now: Timestamp) {
        if !self.captures() {
            return;
        }
        if !self.is_off(touchpoint.kind().name()) {
            self.capture(touchpoint, early, now);
        } else if early {
            self.outbox.skip_reserved();
        }
    }

    /// Records the touchpoints that the tracker's parts have found.
    pub(super) fn record_told(&mut self, now: Timestamp) {
        for touchpoint in &mut core::mem::take(&mut self.told).0 {
            self.record(touchpoint.take(), false, now);
        }
    }

    /// Reports signals found in raw activity to the page, and uploads them.
    pub(super) fn upload(&mut self, signals: &mut [Signal], now: Timestamp) {
        for signal in signals {
            if !self.is_off(signal.kind.name()) {
                self.effects.signal(signal);
                self.record(signal.take_touchpoint(), false, now);
            }
        }
    }

    /// Assigns id and time to a touchpoint, passes it to the journey and adds it to the outbox.
    pub(super) fn capture(&mut self, touchpoint: Touchpoint, early: bool, now: Timestamp) {
        // A journey is read in order of time, so a clock that was set back must not change the order within a page
        // load.
        let time = now.max(self.last_time);
        self.last_time = time;
        let seq = self.outbox.next_seq(early);
        let event = Event {
            id: EventId {
                writer: self.config.writer,
                seq,
            },
            time,
            visitor: self.config.visitor.clone(),
            touchpoint: touchpoint.scrubbed(),
        };
        let mut signals = Vec::new();
        self.journey.advance(&self.config.model, &event, &mut signals);
        self.journey_dirty = true;
        let touchpoint = event.touchpoint;
        if self.listens {
            self.effects.touchpoint(time, &touchpoint);
        }
        self.schedule.urgent |= is_urgent(touchpoint.kind());
        self.steps.on_touchpoint(&touchpoint, now, &mut self.told);
        self.forms.on_touchpoint(touchpoint.kind());
        if touchpoint.kind() == Kind::Search {
            self.views.on_search(&touchpoint);
        }
        let mut found = Vec::new();
        self.page
            .on_touchpoint(&touchpoint, now, &self.config.model.thresholds, &mut found);
        let name = touchpoint.kind().name();
        if !self.outbox.push(seq, time, touchpoint) {
            self.effects.warn("too_large", name);
        }
        self.ask_turn();
        for signal in &signals {
            if !self.is_off(signal.kind.name()) {
                self.effects.signal(signal);
            }
        }
        self.upload(&mut found, now);
        self.record_told(now);
    }
}

/// Whether events of this kind are sent immediately. Checkout and purchase are, because paying visitors are often
/// redirected to a bank.
fn is_urgent(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::BeginCheckout | Kind::AddShippingInfo | Kind::AddPaymentInfo | Kind::CheckoutStep | Kind::Purchase
    )
}

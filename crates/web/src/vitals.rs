//! Core Web Vitals, as Google's `web-vitals` library defines them.

use wasm_bindgen::{JsCast, JsValue};
use wayside_model::Value;
use web_sys::PerformanceObserverEntryList;

use crate::externs::{CLOCK, Entry, document};
use crate::host::Host;
use crate::scope::Scope;
use crate::values::object;

/// Most interactions that are kept, which covers the 98th percentile of 500.
const INTERACTIONS_MAX: usize = 10;
/// Shortest interactions that the browser reports, in milliseconds; web-vitals has the same.
const DURATION_MS: f64 = 40.0;
/// Layout shifts less than this apart form a session window…
const GAP_MS: f64 = 1000.0;
/// …of at most this length.
const WINDOW_MS: f64 = 5000.0;

/// The vitals of a page load. A number that was not measured is NaN.
pub(crate) struct Vitals {
    /// The time at which a prerendered page was shown.
    shown: f64,
    ttfb_ms: f64,
    fcp_ms: f64,
    lcp_ms: f64,
    cls: f64,
    shifts: Shifts,
    /// The longest interactions: id and duration, the longest first.
    interactions: Vec<(f64, f64)>,
}

/// The current session window of layout shifts.
#[derive(Default)]
struct Shifts {
    sum: f64,
    first: f64,
    last: f64,
}

impl Default for Vitals {
    fn default() -> Self {
        Self {
            shown: 0.0,
            ttfb_ms: f64::NAN,
            fcp_ms: f64::NAN,
            lcp_ms: f64::NAN,
            cls: f64::NAN,
            shifts: Shifts::default(),
            interactions: Vec::new(),
        }
    }
}

/// Observes until the scope ends, earlier entries too.
pub(crate) fn listen(host: &'static Host, scope: &Scope) {
    // Paint times of a page that is opened in the background mean nothing.
    let is_seen = !document().hidden();
    if let Some(navigation) = host.boot.navigation() {
        let mut vitals = host.vitals.borrow_mut();
        let shown = navigation.activation_start();
        vitals.shown = if shown.is_nan() { 0.0 } else { shown };
        vitals.ttfb_ms = vitals.since_shown(navigation.response_start());
    }
    if is_seen {
        observe(host, scope, "paint", |vitals, entry| {
            if entry.name() == "first-contentful-paint" {
                vitals.fcp_ms = vitals.since_shown(entry.start_time());
            }
        });
        observe(host, scope, "largest-contentful-paint", |vitals, entry| {
            vitals.lcp_ms = vitals.since_shown(entry.start_time());
        });
    }
    observe(host, scope, "layout-shift", |vitals, entry| {
        if !entry.had_recent_input() {
            vitals.shift(entry.start_time(), entry.value());
        }
    });
    observe(host, scope, "event", Vitals::interaction);
    observe(host, scope, "first-input", Vitals::interaction);
}

fn observe(host: &'static Host, scope: &Scope, kind: &str, then: fn(&mut Vitals, &Entry)) {
    let options = object(&[
        ("type", kind.into()),
        ("buffered", true.into()),
        ("durationThreshold", DURATION_MS.into()),
    ]);
    scope.observe_performance(&options, move |list: JsValue| {
        for entry in list.unchecked_into::<PerformanceObserverEntryList>().get_entries() {
            then(&mut host.vitals.borrow_mut(), entry.unchecked_ref());
        }
    });
}

impl Vitals {
    /// The measured values as fields of `web_vitals`.
    pub(crate) fn fields(&self) -> Vec<(String, Value)> {
        let cls = match self.cls.is_nan() && !self.fcp_ms.is_nan() {
            true => 0.0,
            false => self.cls * 1000.0,
        };
        let mut fields = Vec::new();
        for (name, value) in [
            ("ttfb_ms", self.ttfb_ms),
            ("fcp_ms", self.fcp_ms),
            ("lcp_ms", self.lcp_ms),
            ("cls_permille", cls),
            ("inp_ms", self.inp_ms()),
        ] {
            if !value.is_nan() {
                fields.push((name.into(), Value::Int((value + 0.5) as i64)));
            }
        }
        fields
    }

    fn since_shown(&self, ms: f64) -> f64 {
        (ms - self.shown).max(0.0)
    }

    fn shift(&mut self, time: f64, value: f64) {
        let shifts = &mut self.shifts;
        if shifts.sum == 0.0 || time - shifts.last >= GAP_MS || time - shifts.first >= WINDOW_MS {
            shifts.sum = 0.0;
            shifts.first = time;
        }
        shifts.last = time;
        shifts.sum += value;
        // `max` takes the other number instead of NaN.
        self.cls = self.cls.max(shifts.sum);
    }

    fn interaction(&mut self, entry: &Entry) {
        let id = entry.interaction_id();
        // Browsers give 0 to events that belong to no interaction, or nothing at all.
        if id > 0.0 {
            self.add_interaction(id, entry.duration());
        }
    }

    fn add_interaction(&mut self, id: f64, duration_ms: f64) {
        let mut longest = duration_ms;
        if let Some(at) = self.interactions.iter().position(|(known, _)| *known == id) {
            longest = longest.max(self.interactions.remove(at).1);
        }
        let place = self
            .interactions
            .iter()
            .take_while(|(_, other)| *other >= longest)
            .count();
        self.interactions.insert(place, (id, longest));
        self.interactions.truncate(INTERACTIONS_MAX);
    }

    /// The 98th percentile: one interaction in fifty may be worse.
    fn inp_ms(&self) -> f64 {
        // The count is not a number if the browser does not count interactions, which makes the place 0.
        let place = (CLOCK.with(|clock| clock.interaction_count()) / 50.0) as usize;
        let last = self.interactions.len().saturating_sub(1);
        self.interactions.get(place.min(last)).map_or(f64::NAN, |(_, ms)| *ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_add_up_within_a_session_window() {
        let mut vitals = Vitals::default();
        for (time, value) in [(100.0, 0.1), (900.0, 0.1), (2_500.0, 0.05), (3_400.0, 0.05)] {
            vitals.shift(time, value);
        }
        assert!((vitals.cls - 0.2).abs() < 1e-9, "{}", vitals.cls);
        for step in 0..8 {
            vitals.shift(10_000.0 + f64::from(step) * 900.0, 0.1);
        }
        assert!(
            (vitals.cls - 0.6).abs() < 1e-9,
            "a window has at most five seconds: {}",
            vitals.cls
        );
    }

    #[test]
    fn a_window_begins_with_its_first_shift_and_not_with_the_page() {
        let mut vitals = Vitals::default();
        // The window from the first shift on has all of them; one from the start of the page on would end before the last.
        for time in [700.0, 1_600.0, 2_500.0, 3_400.0, 4_300.0, 5_200.0] {
            vitals.shift(time, 0.02);
        }
        assert!((vitals.cls - 0.12).abs() < 1e-9, "{}", vitals.cls);
    }

    #[test]
    fn only_the_longest_interactions_are_kept_each_once() {
        let mut vitals = Vitals::default();
        for id in 1..=12 {
            vitals.add_interaction(f64::from(id), f64::from(id) * 10.0);
        }
        vitals.add_interaction(3.0, 200.0);
        vitals.add_interaction(12.0, 50.0);
        assert_eq!(vitals.interactions.len(), INTERACTIONS_MAX);
        assert_eq!(vitals.interactions.first(), Some(&(3.0, 200.0)));
        assert_eq!(vitals.interactions.get(1), Some(&(12.0, 120.0)));
    }
}

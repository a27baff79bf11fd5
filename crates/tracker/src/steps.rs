//! How long a checkout step takes, waiting and acting apart.

use alloc::boxed::Box;

use wayside_model::{Field, Kind, Timestamp, Touchpoint};

use crate::told::Told;

/// The step a visitor is in, and the clock that runs in it.
///
/// Time counts while the page is visible. It is waiting from the start of a navigation until the page has loaded, and
/// while a request runs that began within [`ANSWER_MS`] of something the visitor did; it is acting otherwise. The step
/// goes on through page loads: the clock is saved with the journey.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Steps {
    pub(crate) step: Step,
    /// How far time has been counted.
    pub(crate) counted: Timestamp,
    /// How far time has been counted as waiting for requests.
    pub(crate) waited: Timestamp,
    /// When the visitor last did something.
    pub(crate) acted: Timestamp,
    /// Whether the page is still loading.
    pub(crate) loading: bool,
    pub(crate) hidden: bool,
}

/// A checkout step that has begun; none while it has no name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Step {
    pub(crate) name: Box<str>,
    pub(crate) waiting_ms: i64,
    pub(crate) acting_ms: i64,
    pub(crate) reloads: i64,
}

/// A request that begins this soon after a click or a sent form answers it. A second covers slow handlers; more would
/// take the page's own polling for waiting.
const ANSWER_MS: i64 = 1_000;

impl Steps {
    /// Goes on in a new page whose navigation began at `navigation`: what the old page counted since then was waiting.
    pub(crate) fn navigated(&mut self, navigation: Timestamp, reloaded: bool) {
        let overlap = self.counted.since(navigation).max(0);
        let spent = self.spent();
        *spent = (*spent - overlap).max(0);
        self.step.reloads += i64::from(reloaded);
        self.counted = navigation;
        self.waited = navigation;
        self.acted = Timestamp::MIN;
        self.loading = true;
        self.hidden = false;
    }

    /// Counts the time up to `now`.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let passed = now.since(self.counted);
        if passed <= 0 {
            return;
        }
        if !self.hidden {
            *self.spent() += passed;
        }
        self.counted = now;
    }

    /// What passing time adds to.
    fn spent(&mut self) -> &mut i64 {
        if self.loading {
            &mut self.step.waiting_ms
        } else {
            &mut self.step.acting_ms
        }
    }

    /// The page has loaded.
    pub(crate) fn loaded(&mut self, now: Timestamp) {
        self.advance(now);
        self.loading = false;
        self.waited = now;
    }

    /// The page came into view or left it.
    pub(crate) fn show(&mut self, visible: bool, now: Timestamp) {
        self.advance(now);
        self.hidden = !visible;
    }

    /// The visitor did something that requests may answer.
    pub(crate) fn acted(&mut self, now: Timestamp) {
        self.acted = now;
    }

    /// A request ran from `start` to `end`: where it answered the visitor, that time was waiting and not acting.
    pub(crate) fn request(&mut self, start: Timestamp, end: Timestamp, now: Timestamp) {
        self.advance(now);
        // While the page loads, all time is waiting already.
        if self.loading || !(0..=ANSWER_MS).contains(&start.since(self.acted)) {
            return;
        }
        let from = start.max(self.waited);
        let waited = end.since(from).min(self.step.acting_ms).max(0);
        self.step.acting_ms -= waited;
        self.step.waiting_ms += waited;
        self.waited = self.waited.max(end);
    }

    /// What a touchpoint says of steps; tells of the step it ends, if it ends one.
    pub(crate) fn on_touchpoint(&mut self, touchpoint: &Touchpoint, now: Timestamp, told: &mut Told) {
        let kind = touchpoint.kind();
        let entered = match kind.checkout_step(touchpoint.fields().text(Field::Step)) {
            Some(step) => step,
            None if kind == Kind::Purchase => "",
            None => return,
        };
        // A step that is entered again goes on: a reload calls `begin_checkout` anew.
        if *self.step.name == *entered {
            return;
        }
        self.advance(now);
        self.step.end(told);
        self.step = Step {
            name: entered.into(),
            ..Step::default()
        };
        self.counted = now;
        // Requests answer a step's beginning as they answer a click: the page loads what it shows in it.
        self.acted = now;
        self.waited = self.waited.max(now);
    }

    /// Whether a step's clock runs.
    pub(crate) fn is_in_step(&self) -> bool {
        !self.step.name.is_empty()
    }
}

impl Step {
    fn end(&self, told: &mut Told) {
        if self.name.is_empty() {
            return;
        }
        let numbers = &[
            (Field::WaitingMs, self.waiting_ms),
            (Field::ActingMs, self.acting_ms),
            (Field::Reloads, self.reloads),
        ];
        told.add(Kind::CheckoutStepTime, &[(Field::Step, &self.name)], numbers);
    }
}

#[cfg(test)]
mod tests {
    use wayside_model::Value;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn enter(steps: &mut Steps, name: &str, ms: i64) -> Option<(String, i64, i64, i64)> {
        let touchpoint = Touchpoint::parse(name, &Value::map([])).unwrap();
        let ended = Told::by(|told| steps.on_touchpoint(&touchpoint, at(ms), told))?;
        let n = |field| ended.fields().int(field).unwrap();
        let step = ended.fields().text(Field::Step).unwrap().to_string();
        Some((step, n(Field::WaitingMs), n(Field::ActingMs), n(Field::Reloads)))
    }

    fn loaded_page() -> Steps {
        let mut steps = Steps::default();
        steps.navigated(at(0), false);
        steps.loaded(at(100));
        steps
    }

    #[test]
    fn a_request_after_a_click_is_waiting_and_counts_once() {
        let mut steps = loaded_page();
        assert_eq!(enter(&mut steps, "begin_checkout", 200), None);
        steps.acted(at(5_000));
        steps.request(at(5_010), at(6_010), at(6_050));
        steps.request(at(5_020), at(6_030), at(6_050));
        // Polling that nothing asked for.
        steps.request(at(7_000), at(8_000), at(8_000));
        assert_eq!(
            enter(&mut steps, "add_shipping_info", 10_200),
            Some(("begin".into(), 1_020, 8_980, 0))
        );
        assert_eq!(
            enter(&mut steps, "purchase", 11_200),
            Some(("shipping".into(), 0, 1_000, 0))
        );
        assert_eq!(enter(&mut steps, "purchase", 12_200), None);
    }

    #[test]
    fn a_request_while_the_page_loads_is_waiting_once() {
        let mut steps = loaded_page();
        enter(&mut steps, "begin_checkout", 1_000);
        steps.show(false, at(3_000));
        steps.navigated(at(3_000), false);
        steps.acted(at(3_100));
        steps.request(at(3_200), at(3_900), at(3_950));
        steps.loaded(at(4_000));
        assert_eq!(
            enter(&mut steps, "add_payment_info", 5_000),
            Some(("begin".into(), 1_000, 3_000, 0))
        );
    }

    #[test]
    fn a_step_goes_on_through_loads_and_reloads() {
        let mut steps = loaded_page();
        enter(&mut steps, "begin_checkout", 1_000);
        // The link was pressed at 3,000; the old page was seen until the new one came at 3,500.
        steps.show(false, at(3_500));
        steps.navigated(at(3_000), false);
        steps.loaded(at(4_000));
        steps.show(false, at(6_000));
        // Away for a minute, then a reload.
        steps.navigated(at(66_000), true);
        assert_eq!(enter(&mut steps, "begin_checkout", 66_500), None);
        steps.loaded(at(67_000));
        assert_eq!(
            enter(&mut steps, "add_payment_info", 70_000),
            Some(("begin".into(), 2_000, 7_000, 1))
        );
    }

    #[test]
    fn hidden_time_does_not_count() {
        let mut steps = loaded_page();
        enter(&mut steps, "add_payment_info", 1_000);
        steps.show(false, at(2_000));
        steps.show(true, at(60_000));
        assert_eq!(
            enter(&mut steps, "purchase", 61_000),
            Some(("payment".into(), 0, 2_000, 0))
        );
    }

    #[test]
    fn the_sites_own_steps() {
        let mut steps = loaded_page();
        let step = |name| Touchpoint::parse("checkout_step", &Value::map([("step", Value::from(name))])).unwrap();
        let mut enter = |name, ms| Told::by(|told| steps.on_touchpoint(&step(name), at(ms), told));
        assert_eq!(enter("address", 1_000), None);
        assert_eq!(enter("address", 1_500), None);
        let ended = enter("review", 2_000).unwrap();
        assert_eq!(ended.fields().text(Field::Step), Some("address"));
        assert_eq!(ended.fields().int(Field::ActingMs), Some(1_000));
    }
}

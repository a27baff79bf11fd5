//! Timing of checkout steps, split into waiting and acting.

use alloc::boxed::Box;

use wayside_model::{Field, Kind, Timestamp, Touchpoint};

use crate::told::Told;

/// The current checkout step and its clock.
///
/// Time counts while the page is visible. It is waiting time from the start of a navigation until the page has loaded,
/// and during requests that start within [`ANSWER_MS`] after an action of the visitor; otherwise it is acting time. A
/// step continues through page loads, because the clock is saved with the journey.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Steps {
    pub(crate) step: Step,
    /// The time up to which time has been counted.
    pub(crate) counted: Timestamp,
    /// The time up to which waiting for requests has been counted.
    pub(crate) waited: Timestamp,
    /// The time of the visitor's last action.
    pub(crate) acted: Timestamp,
    /// Whether the page is still loading.
    pub(crate) loading: bool,
    pub(crate) hidden: bool,
}

/// A checkout step; if the name is empty, there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Step {
    pub(crate) name: Box<str>,
    pub(crate) waiting_ms: i64,
    pub(crate) acting_ms: i64,
    pub(crate) reloads: i64,
}

/// A request that starts within this time after a click or a submitted form is its consequence. In milliseconds. A
/// second covers slow handlers; a longer time would count the page's own polling as waiting.
const ANSWER_MS: i64 = 1_000;

impl Steps {
    /// Continues in a new page whose navigation started at `navigation`. The time that the old page has counted since
    /// then was waiting time.
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

    /// The counter to which passing time is added.
    fn spent(&mut self) -> &mut i64 {
        if self.loading {
            &mut self.step.waiting_ms
        } else {
            &mut self.step.acting_ms
        }
    }

    /// Takes in that the page has loaded.
    pub(crate) fn loaded(&mut self, now: Timestamp) {
        self.advance(now);
        self.loading = false;
        self.waited = now;
    }

    /// Takes in that the page became visible or hidden.
    pub(crate) fn show(&mut self, visible: bool, now: Timestamp) {
        self.advance(now);
        self.hidden = !visible;
    }

    /// Takes in an action of the visitor to which requests may respond.
    pub(crate) fn acted(&mut self, now: Timestamp) {
        self.acted = now;
    }

    /// Takes in a request that ran from `start` to `end`. If it responded to the visitor, that time is moved from
    /// acting to waiting.
    pub(crate) fn request(&mut self, start: Timestamp, end: Timestamp, now: Timestamp) {
        self.advance(now);
        // While the page is loading, all time already counts as waiting.
        if self.loading || !(0..=ANSWER_MS).contains(&start.since(self.acted)) {
            return;
        }
        let from = start.max(self.waited);
        let waited = end.since(from).min(self.step.acting_ms).max(0);
        self.step.acting_ms -= waited;
        self.step.waiting_ms += waited;
        self.waited = self.waited.max(end);
    }

    /// Takes in a touchpoint. If it ends a step, records that step.
    pub(crate) fn on_touchpoint(&mut self, touchpoint: &Touchpoint, now: Timestamp, told: &mut Told) {
        let kind = touchpoint.kind();
        let entered = match kind.checkout_step(touchpoint.fields().text(Field::Step)) {
            Some(step) => step,
            None if kind == Kind::Purchase => "",
            None => return,
        };
        // A step that is entered again continues: after a reload, a page calls `begin_checkout` again.
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
        // Requests after the start of a step count as waiting like those after a click: the page loads the step's
        // content.
        self.acted = now;
        self.waited = self.waited.max(now);
    }

    /// Whether the clock of a step is running.
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
        // Polling without an action of the visitor.
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
    fn a_step_continues_through_loads_and_reloads() {
        let mut steps = loaded_page();
        enter(&mut steps, "begin_checkout", 1_000);
        // The link was clicked at 3,000; the old page was visible until the new one arrived at 3,500.
        steps.show(false, at(3_500));
        steps.navigated(at(3_000), false);
        steps.loaded(at(4_000));
        steps.show(false, at(6_000));
        // The visitor was away for a minute and then reloaded the page.
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
    fn steps_that_the_site_defines_are_timed() {
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

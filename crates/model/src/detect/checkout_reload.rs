//! `checkout_reload`: the checkout is reloaded again and again, because it hangs, breaks or does not go on.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{decided_by, evidence};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::{Signal, SignalKind};
use crate::state::State;
use crate::time::Timestamp;

/// When reloads are a trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Fewest reloads; default 2: one may be an accident or a restored tab, the second says that the first did not
    /// help.
    pub reloads: u32,
    /// Longest time from the first reload to the last, in milliseconds; default 5 minutes, in which most people fill in a
    /// step: nothing is published, `tests/journeys/checkout-reload-*.jsonl` hold its edges. Raising it takes reloads of
    /// separate troubles together.
    pub within_ms: i64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            reloads: 2,
            within_ms: 5 * 60_000,
        }
    }
}

/// The checkout that is going on in a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CheckoutReload {
    /// The step it is in; empty when there is no checkout.
    step: Box<str>,
    reloads: u32,
    first: Timestamp,
}

impl CheckoutReload {
    pub(crate) fn on_event<T: Touch>(&mut self, event: &T, limits: &Thresholds, out: &mut Vec<Signal>) {
        let kind = event.kind();
        if LEAVES_CHECKOUT.contains(&kind) {
            *self = Self::default();
        } else if let Some(step) = kind.checkout_step(event.text(Field::Step)) {
            // A page that marks its step again after a reload goes on with the same checkout.
            self.step = step.into();
        } else if kind == Kind::PageView && !self.step.is_empty() && event.text(Field::Entry) == Some("reload") {
            let span = event.time().since(self.first);
            if self.reloads == 0 || span > limits.within_ms {
                self.reloads = 1;
                self.first = event.time();
            } else {
                self.reloads = self.reloads.saturating_add(1);
            }
            if self.reloads == limits.reloads {
                out.push(decided_by(
                    event,
                    SignalKind::CheckoutReload,
                    evidence(
                        &[(Field::Step, &self.step)],
                        &[
                            (Field::Count, self.reloads.into()),
                            (Field::SpanMs, event.time().since(self.first)),
                        ],
                    ),
                ));
            }
        }
    }

    pub(crate) fn state(&mut self, state: &mut State<'_>) {
        state.text(&mut self.step);
        state.small(&mut self.reloads);
        state.time(&mut self.first);
    }
}

/// Touchpoints after which the customer is no longer in checkout: an order, or shopping on. Lists of products are not
/// among them: checkouts show them as recommendations.
const LEAVES_CHECKOUT: &[Kind] = &[
    Kind::Purchase,
    Kind::SelectItem,
    Kind::ViewItem,
    Kind::AddToCart,
    Kind::ViewCart,
    Kind::Search,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{check, page_view, step, touch};

    const KIND: SignalKind = SignalKind::CheckoutReload;

    #[test]
    fn the_second_reload_in_a_checkout_fires_once() {
        let begin = touch(0, Kind::BeginCheckout);
        let first = page_view(10_000, "/pay", "reload");
        let second = page_view(25_000, "/pay", "reload");
        let third = page_view(30_000, "/pay", "reload");
        check(&[&begin, &first], KIND, &[]);
        check(
            &[&begin, &first, &second],
            KIND,
            &[(25_000, "step=begin count=2 span_ms=15000")],
        );
        check(
            &[&begin, &first, &second, &third],
            KIND,
            &[(25_000, "step=begin count=2 span_ms=15000")],
        );
    }

    #[test]
    fn the_step_is_the_one_it_was_in() {
        let begin = touch(0, Kind::BeginCheckout);
        let first = page_view(1_000, "/pay", "reload");
        let again = touch(1_001, Kind::BeginCheckout);
        let address = step(2_000, "address");
        let second = page_view(3_000, "/pay", "reload");
        check(
            &[&begin, &first, &again, &address, &second],
            KIND,
            &[(3_000, "step=address count=2 span_ms=2000")],
        );
    }

    #[test]
    fn the_edges_of_the_window() {
        for (later, found) in [(300_000, true), (300_001, false)] {
            let events = [
                touch(0, Kind::AddPaymentInfo),
                page_view(1_000, "/pay", "reload"),
                page_view(1_000 + later, "/pay", "reload"),
            ];
            let evidence = alloc::format!("step=payment count=2 span_ms={later}");
            let expected = [(1_000 + later, evidence.as_str())];
            check(
                &events.iter().collect::<Vec<_>>(),
                KIND,
                if found { &expected } else { &[] },
            );
        }
    }

    #[test]
    fn false_alarms_do_not_fire() {
        let begin = touch(0, Kind::BeginCheckout);
        let first = page_view(1_000, "/x", "reload");
        let second = page_view(2_000, "/x", "reload");
        // Outside a checkout.
        check(&[&first, &second], KIND, &[]);
        // After the order.
        check(&[&begin, &touch(500, Kind::Purchase), &first, &second], KIND, &[]);
        // Back in the shop.
        check(&[&begin, &touch(500, Kind::ViewItem), &first, &second], KIND, &[]);
        // Pages that are not reloads.
        check(
            &[
                &begin,
                &page_view(1_000, "/x", "link"),
                &page_view(2_000, "/x", "bfcache"),
            ],
            KIND,
            &[],
        );
        // In another session.
        check(
            &[
                &begin,
                &page_view(1_900_000, "/x", "reload"),
                &page_view(1_901_000, "/x", "reload"),
            ],
            KIND,
            &[],
        );
    }
}

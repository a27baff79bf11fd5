//! `checkout_reload`: the customer reloads the checkout repeatedly, because it hangs, breaks or does not continue.

use super::memory::Counted;
use super::{Finder, Memory, Tally, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Thresholds: 2 reloads (`count`), because one may be an accident or a restored tab, and the second means that the
/// first did not help; within 5 minutes (`within_ms`), in which most people fill in a step. We know of no published
/// value; `tests/journeys/checkout-reload-*.jsonl` test the edges. A longer window merges reloads of separate problems.
pub(crate) const THRESHOLDS: &[Threshold] = &[("count", 2), ("within_ms", 300_000)];

pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    if memory.checkout.step.is_empty() {
        *memory.tallies.of(Counted::Reloads) = Tally::default();
    } else if event.kind() == Kind::PageView && event.word(Field::Entry) == "reload" {
        let texts = &[(Field::Step, &*memory.checkout.step)];
        memory
            .tallies
            .of(Counted::Reloads)
            .add(SignalKind::CheckoutReload, texts, finder);
    }
}

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
    fn the_evidence_names_the_step_of_the_last_reload() {
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
        // After the return to the shop.
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

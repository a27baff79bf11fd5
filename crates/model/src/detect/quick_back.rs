//! `quick_back`: the visitor opened a page and at once returned to the page before, because it was not what they
//! expected.

use alloc::boxed::Box;

use super::{Finder, Memory, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;
use crate::state::State;
use crate::time::Timestamp;

/// Thresholds of a quick return.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Longest stay on the page, in milliseconds; default 5000. Microsoft Clarity, which made the name known, does not
    // publish its value. Liu, White and Dumais (SIGIR 2010; Nielsen, "How Long Do Users Stay on Web Pages?") found that
    // the first 10 seconds decide whether a visitor leaves a page; half of that leaves out visitors for whom a look at
    // a picture or a price was enough. A higher value also fires on people who compare products from a list.
    ("stay_ms", 5_000),
    // Shortest stay, in milliseconds; default 300, about a person's reaction time: a page left sooner was a redirect.
    ("seen_ms", 300),
];

/// The last two pages of a session: their addresses, and the time at which the later one was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QuickBack {
    before: Box<str>,
    pub(super) current: Box<str>,
    shown: Timestamp,
}

pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    let pages = &mut memory.quick_back;
    if event.kind() == Kind::Purchase {
        // Leaving a page after an order is not a disappointment.
        *pages = QuickBack::default();
    }
    if event.kind() != Kind::PageView {
        return;
    }
    let url = event.word(Field::Url);
    if *url == *pages.current {
        // A reload or a change within the page continues the same stay.
        return;
    }
    let [stay_ms, seen_ms, _] = *finder.limits(SignalKind::QuickBack);
    let stay = event.time().since(pages.shown);
    // A reload of that page happened in another tab, so the visitor did not return to it from this page.
    let is_back = *url == *pages.before && event.word(Field::Entry) != "reload";
    if is_back && (seen_ms..=stay_ms).contains(&stay) {
        finder.found(
            SignalKind::QuickBack,
            &[(Field::Url, &pages.current)],
            &[(Field::SpanMs, stay)],
        );
        // Repeated switching fires once per round trip, not once per step.
        pages.before = Box::default();
    } else {
        pages.before = core::mem::take(&mut pages.current);
    }
    pages.current = url.into();
    pages.shown = event.time();
}

impl QuickBack {
    pub(crate) fn state(&mut self, state: &mut State<'_>) {
        state.text(&mut self.before);
        state.text(&mut self.current);
        state.time(&mut self.shown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{check, page_view, touch};

    const KIND: SignalKind = SignalKind::QuickBack;

    #[test]
    fn a_return_within_the_longest_stay_fires() {
        let list = page_view(0, "/list", "link");
        let item = page_view(10_000, "/item", "link");
        check(
            &[&list, &item, &page_view(12_000, "/list", "back_forward")],
            KIND,
            &[(12_000, "url=/item span_ms=2000")],
        );
        check(
            &[&list, &item, &page_view(12_000, "/list", "bfcache")],
            KIND,
            &[(12_000, "url=/item span_ms=2000")],
        );
        check(
            &[&list, &item, &page_view(12_000, "/list", "link")],
            KIND,
            &[(12_000, "url=/item span_ms=2000")],
        );
    }

    #[test]
    fn the_edges_of_the_stay() {
        for (back, found) in [(299, false), (300, true), (5_000, true), (5_001, false)] {
            let events = [
                page_view(0, "/list", "link"),
                page_view(60_000, "/item", "link"),
                page_view(60_000 + back, "/list", "back_forward"),
            ];
            let evidence = alloc::format!("url=/item span_ms={back}");
            let expected = [(60_000 + back, evidence.as_str())];
            check(
                &events.iter().collect::<Vec<_>>(),
                KIND,
                if found { &expected } else { &[] },
            );
        }
    }

    #[test]
    fn each_round_trip_fires_once() {
        check(
            &[
                &page_view(0, "/a", "link"),
                &page_view(1_000, "/b", "link"),
                &page_view(2_000, "/a", "back_forward"),
                &page_view(3_000, "/b", "back_forward"),
                &page_view(4_000, "/a", "back_forward"),
            ],
            KIND,
            &[(2_000, "url=/b span_ms=1000"), (4_000, "url=/b span_ms=1000")],
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        let list = page_view(0, "/list", "link");
        let item = page_view(1_000, "/item", "link");
        // The visitor continues to a third page.
        check(&[&list, &item, &page_view(2_000, "/cart", "link")], KIND, &[]);
        // A reload of a page in another tab.
        check(&[&list, &item, &page_view(2_000, "/list", "reload")], KIND, &[]);
        // A reload is not a return.
        check(&[&list, &item, &page_view(2_000, "/item", "reload")], KIND, &[]);
        // A reload does not make the stay shorter.
        check(
            &[
                &list,
                &item,
                &page_view(6_500, "/item", "reload"),
                &page_view(7_000, "/list", "back_forward"),
            ],
            KIND,
            &[],
        );
        // After an order.
        check(
            &[
                &list,
                &item,
                &touch(1_500, Kind::Purchase),
                &page_view(2_000, "/list", "link"),
            ],
            KIND,
            &[],
        );
        // In another session.
        check(
            &[
                &list,
                &page_view(1_900_000, "/item", "link"),
                &page_view(1_901_000, "/list", "link"),
            ],
            KIND,
            &[],
        );
    }
}

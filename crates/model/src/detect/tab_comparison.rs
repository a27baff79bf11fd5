//! `tab_comparison`: the customer switched to other tabs and back repeatedly, as people do who compare shops.

use super::memory::Counted;
use super::{Finder, Memory, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;
use crate::stage::Stage;

/// Thresholds of comparing.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Fewest returns from another tab; default 3: one may be a message, two a code from the mailbox. We know of no
    // published value.
    ("count", 3),
    // Longest time from the first to the last return, in milliseconds; default 5 minutes.
    ("within_ms", 300_000),
    // Shortest time away, in milliseconds; default 1500: a shorter absence is a search for a tab, not a look at it.
    ("away_ms", 1_500),
];

/// Fires only for customers who have something to compare, that is, if `memory.stage` is beyond awareness.
pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    let [_, _, away_ms] = *finder.limits(SignalKind::TabComparison);
    if event.kind() == Kind::TabSwitch && memory.stage != Stage::Awareness && event.number(Field::DurationMs) >= away_ms
    {
        memory
            .tallies
            .of(Counted::TabReturns)
            .add(SignalKind::TabComparison, &[], finder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::TabComparison;

    #[test]
    fn the_third_return_fires_once() {
        check_script(
            KIND,
            "0 view_item, 10 tab_switch duration_ms=1500, 20 tab_switch duration_ms=9000, \
             300010 tab_switch duration_ms=9000, 300020 tab_switch duration_ms=9000",
            "300010 count=3 span_ms=300000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // Quick switching through several tabs.
        check_script(
            KIND,
            "0 view_item, 1 tab_switch duration_ms=1499, 2 tab_switch duration_ms=9, 3 tab_switch duration_ms=9",
            "",
        );
        // Nothing to compare yet.
        check_script(
            KIND,
            "0 page_view url=/, 1 tab_switch duration_ms=9000, 2 tab_switch duration_ms=9000, 3 tab_switch duration_ms=9000",
            "",
        );
        // Far apart.
        check_script(
            KIND,
            "0 view_item, 1 tab_switch duration_ms=9000, 2 tab_switch duration_ms=9000, 300002 tab_switch duration_ms=9000",
            "",
        );
    }
}

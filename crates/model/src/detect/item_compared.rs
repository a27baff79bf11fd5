//! `item_compared`: several products were viewed in a short time.

use super::memory::Counted;
use super::{Finder, Memory, Threshold};
use crate::event::Touch;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Thresholds: 3 different product pages (`count`), because two are often a mistaken click; within 15 minutes
/// (`within_ms`). We know of no published value.
pub(crate) const THRESHOLDS: &[Threshold] = &[("count", 3), ("within_ms", 900_000)];

pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    const KIND: SignalKind = SignalKind::ItemCompared;
    if event.kind() == Kind::ViewItem {
        // A product is identified by its page's address, because shops name products less consistently than pages.
        if memory.seen.is_new(KIND, &memory.quick_back.current) {
            memory.tallies.of(Counted::Items).add(KIND, &[], finder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::ItemCompared;

    #[test]
    fn the_third_product_fires_once() {
        check_script(
            KIND,
            "0 page_view url=/a, 1 view_item, 2 page_view url=/b, 3 view_item, 4 page_view url=/c, 900001 view_item, \
             900002 page_view url=/d, 900003 view_item",
            "900001 count=3 span_ms=900000 moment=buy",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // One product, its variants and its reload.
        check_script(
            KIND,
            "0 page_view url=/a, 1 view_item, 2 view_item, 3 page_view url=/a entry=reload, 4 view_item",
            "",
        );
        // Two products, viewed alternately.
        check_script(
            KIND,
            "0 page_view url=/a, 1 view_item, 2 page_view url=/b, 3 view_item, 4 page_view url=/a, 5 view_item",
            "",
        );
        // Pages that are not product pages.
        check_script(KIND, "0 page_view url=/a, 1 page_view url=/b, 2 page_view url=/c", "");
    }
}

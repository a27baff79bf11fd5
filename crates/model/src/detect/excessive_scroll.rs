//! `excessive_scroll`: the visitor scrolls up and down repeatedly, searching for something.

use super::Threshold;

/// Thresholds: 4 changes of direction (`count`), which is down and up twice; within 15 seconds (`within_ms`), because
/// reading is slower; each of at least 1000 permille of the window's height (`swing_permille`), so that the content
/// seen before has left the window. Microsoft Clarity, which made the name known, does not publish its values.
pub(crate) const THRESHOLDS: &[Threshold] = &[("count", 4), ("within_ms", 15_000), ("swing_permille", 1_000)];

#[cfg(test)]
mod tests {
    use crate::page::testing::check;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::ExcessiveScroll;

    #[test]
    fn twice_down_and_up_fires_once() {
        let scroll = "0 scrolled 0, 1 scrolled 4000, 1000 scrolled 0, 2000 scrolled 3000, 3000 scrolled 100";
        check(
            KIND,
            &format!("{scroll}, 16000 scrolled 2000, 17000 scrolled 0"),
            "16000 count=4 span_ms=15000",
        );
        check(KIND, &format!("{scroll}, 16001 scrolled 2000"), "");
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // Continuous reading with a look back of less than a window.
        check(
            KIND,
            "0 scrolled 0, 1 scrolled 2000, 2 scrolled 1100, 3 scrolled 3000, 4 scrolled 2100, 5 scrolled 4000, \
             6 scrolled 3100, 7 scrolled 5000, 8 scrolled 4100, 9 scrolled 5000",
            "",
        );
        // To the footer and back to the top.
        check(KIND, "0 scrolled 0, 1 scrolled 9000, 2 scrolled 0, 3 scrolled 1500", "");
    }
}

//! `zoom_or_pinch_struggle`: the visitor zooms in and out repeatedly, because the page does not fit or cannot be read.

use super::Threshold;

/// Thresholds: 3 changes of direction (`count`), that is, in, out, in and out, because a look at a picture makes one;
/// within 20 seconds (`within_ms`); each of at least 200 permille of the unzoomed size (`swing_permille`), because an
/// unsteady hand makes smaller ones. We know of no published value.
pub(crate) const THRESHOLDS: &[Threshold] = &[("count", 3), ("within_ms", 20_000), ("swing_permille", 200)];

#[cfg(test)]
mod tests {
    use crate::page::testing::check;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::ZoomOrPinchStruggle;

    #[test]
    fn in_and_out_twice_fires_once() {
        let zoom = "0 zoomed 1000, 1 zoomed 2000, 1000 zoomed 1000, 2000 zoomed 1800";
        check(
            KIND,
            &format!("{zoom}, 21000 zoomed 1000"),
            "21000 count=3 span_ms=20000",
        );
        check(KIND, &format!("{zoom}, 21001 zoomed 1000"), "");
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // A look at a picture; zooming in step by step; an on-screen keyboard, which does not change the zoom.
        check(KIND, "0 zoomed 1000, 1 zoomed 3000, 2 zoomed 1000", "");
        check(KIND, "0 zoomed 1000, 1 zoomed 1500, 2 zoomed 2000, 3 zoomed 2500", "");
        check(KIND, "0 zoomed 1000, 1 zoomed 1000, 2 zoomed 1000", "");
        // An unsteady hand.
        check(
            KIND,
            "0 zoomed 2000, 1 zoomed 2199, 2 zoomed 2000, 3 zoomed 2199, 4 zoomed 2000, 5 zoomed 2199",
            "",
        );
    }
}

//! `thrashed_cursor`: the pointer moves back and forth quickly, because the page does not respond or the visitor does
//! not find something.

use super::Threshold;

/// Thresholds: 6 changes of direction along one axis (`count`), that is, three times back and forth; Amplitude's 20
/// changes of any length are also reached by a trembling hand. Within 2 seconds (`within_ms`), as in Amplitude and
/// Splunk. Each of at least 80 CSS pixels (`swing_px`), because reading along lines and aiming at a button turn within
/// shorter distances.
pub(crate) const THRESHOLDS: &[Threshold] = &[("count", 6), ("within_ms", 2_000), ("swing_px", 80)];

#[cfg(test)]
mod tests {
    use crate::page::testing::check;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::ThrashedCursor;

    #[test]
    fn three_times_back_and_forth_fire_once() {
        let there = "0 pointer 0 0, 100 pointer 300 5, 300 pointer 0 0, 500 pointer 300 3, 700 pointer 10 0, \
                     900 pointer 300 0, 1100 pointer 0 0";
        check(KIND, there, "");
        check(
            KIND,
            &format!("{there}, 2300 pointer 300 0, 2400 pointer 0 0"),
            "2300 count=6 span_ms=2000",
        );
        check(KIND, &format!("{there}, 2301 pointer 300 0, 2400 pointer 0 0"), "");
    }

    #[test]
    fn vertical_movement_fires_too() {
        check(
            KIND,
            "0 pointer 0 0, 1 pointer 0 90, 2 pointer 0 9, 3 pointer 0 90, 4 pointer 0 9, 5 pointer 0 90, 6 pointer 0 9, \
             7 pointer 0 90",
            "7 count=6 span_ms=5",
        );
    }

    #[test]
    fn diagonal_movement_fires_once() {
        let at = |ms: i32, x: i32, y: i32| format!("{ms} pointer {x} {y}, ");
        let askew: String = (0..20).map(|n| at(n * 100, n % 2 * 300, n % 2 * 200)).collect();
        check(KIND, askew.trim_end_matches(", "), "700 count=6 span_ms=500");
        // Circling: the turns of one axis alternate with those of the other.
        let corners = [(0, 0), (300, 0), (300, 200), (0, 200)];
        let round: String = (0..40)
            .map(|n| at(n * 50, corners[n as usize % 4].0, corners[n as usize % 4].1))
            .collect();
        check(KIND, round.trim_end_matches(", "), "650 count=6 span_ms=500");
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // A trembling hand, and small steps between buttons.
        let small = "0 pointer 0 0, 1 pointer 79 0, 2 pointer 0 0, 3 pointer 79 0, 4 pointer 0 0, 5 pointer 79 0";
        check(
            KIND,
            &format!("{small}, 6 pointer 0 0, 7 pointer 79 0, 8 pointer 0 0"),
            "",
        );
        // Reading line by line takes its time.
        check(
            KIND,
            "0 pointer 0 0, 900 pointer 600 0, 1800 pointer 0 20, 2700 pointer 600 20, 3600 pointer 0 40, \
             4500 pointer 600 40, 5400 pointer 0 60, 6300 pointer 600 60, 7200 pointer 0 80",
            "",
        );
    }
}

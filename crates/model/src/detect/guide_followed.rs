//! `guide_followed`: a page of instructions was read, so the customer is probably carrying them out.

use super::Threshold;

/// Thresholds as in [`super::content_read`], with a shorter time, because people only glance at instructions between
/// steps.
pub(crate) const THRESHOLDS: &[Threshold] = &[("engaged_ms", 15_000), ("depth_permille", 750)];

/// Path segments for instructions in English, German, French and Spanish, separated by spaces.
pub(super) const WORDS: &str = "guide guides how-to howto tutorial tutorials manual manuals instructions assembly \
    anleitung anleitungen ratgeber tutoriel guia guias";

#[cfg(test)]
mod tests {
    use crate::detect::testing::check_script;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::GuideFollowed;

    #[test]
    fn the_edges_of_time_and_depth() {
        for (url, engaged, depth, found) in [
            ("/guides/fit-a-shelf.html", 15_000, 750, true),
            ("/de/Anleitung/", 15_000, 750, true),
            ("/guides/fit-a-shelf.html", 14_999, 750, false),
            ("/guides/fit-a-shelf.html", 15_000, 749, false),
            ("/style-guide", 60_000, 1_000, false),
            ("/p/manual-drill", 60_000, 1_000, false),
        ] {
            let script = format!("5 user_engagement url={url} engaged_ms={engaged} scroll_permille={depth}");
            let expected = format!("5 url={url} span_ms={engaged} moment=do");
            check_script(KIND, &script, if found { &expected } else { "" });
        }
    }
}

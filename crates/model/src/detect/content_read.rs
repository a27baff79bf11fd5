//! `content_read`: a page was read from its start to the end of its content.

use super::{Finder, Memory, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Thresholds of reading.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Shortest engaged time on the page, in milliseconds; default 30 seconds, three times GA4's engaged session: about
    // 100 words at the average reading speed (Brysbaert 2019: 238 words per minute).
    ("engaged_ms", 30_000),
    // Smallest scroll depth, in permille of the page's height; default 750: the rest is mostly comments and footer.
    ("depth_permille", 750),
];

/// Adds up the engaged time of a page over several `user_engagement` events, because a visitor may hide a page and
/// return to it. Pages of instructions count as [`super::guide_followed`], which has its own thresholds.
pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    // Reading in a checkout is not a search for information.
    if event.kind() != Kind::UserEngagement || !memory.checkout.step.is_empty() {
        return;
    }
    let url = event.word(Field::Url);
    if *memory.reading != *url {
        memory.reading = url.into();
        memory.engaged_ms = 0;
        memory.depth_permille = 0;
    }
    memory.engaged_ms = memory.engaged_ms.saturating_add(event.number(Field::EngagedMs).max(0));
    memory.depth_permille = memory.depth_permille.max(event.number(Field::ScrollPermille));
    let kind = if event.path_words().is_guide() {
        SignalKind::GuideFollowed
    } else {
        SignalKind::ContentRead
    };
    let [engaged_ms, depth_permille, _] = *finder.limits(kind);
    if memory.engaged_ms >= engaged_ms && memory.depth_permille >= depth_permille && memory.seen.is_new(kind, url) {
        let numbers = &[(Field::SpanMs, memory.engaged_ms)];
        finder.found(kind, &[(Field::Url, url)], numbers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::ContentRead;

    #[test]
    fn the_edges_of_time_and_depth() {
        let read = "0 page_view url=/a, 1 user_engagement url=/a";
        check_script(
            KIND,
            &format!("{read} engaged_ms=30000 scroll_permille=750"),
            "1 url=/a span_ms=30000 moment=know",
        );
        check_script(KIND, &format!("{read} engaged_ms=29999 scroll_permille=750"), "");
        check_script(KIND, &format!("{read} engaged_ms=30000 scroll_permille=749"), "");
    }

    #[test]
    fn a_page_hidden_and_shown_again_fires_once() {
        check_script(
            KIND,
            "0 user_engagement url=/a engaged_ms=20000 scroll_permille=900, \
             90000 user_engagement url=/a engaged_ms=15000 scroll_permille=300, \
             95000 user_engagement url=/a engaged_ms=15000",
            "90000 url=/a span_ms=35000 moment=know",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // Different pages, each looked at for a short time.
        check_script(
            KIND,
            "0 user_engagement url=/a engaged_ms=20000 scroll_permille=900, \
             90000 user_engagement url=/b engaged_ms=20000 scroll_permille=900",
            "",
        );
        // A long checkout form.
        check_script(
            KIND,
            "0 begin_checkout, 90000 user_engagement url=/pay engaged_ms=90000 scroll_permille=1000",
            "",
        );
    }
}

//! `site_searched`: the customer searched the site for a new term.

use super::{Finder, Memory};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Needs no thresholds: each new term of a session fires. The evidence does not repeat the term, which is in the
/// touchpoint.
pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    const KIND: SignalKind = SignalKind::SiteSearched;
    if event.kind() == Kind::Search && memory.seen.is_new(KIND, event.word(Field::SearchTerm)) {
        finder.found(KIND, &[], &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::SiteSearched;

    #[test]
    fn each_new_term_fires() {
        check_script(
            KIND,
            "0 search search_term=mug, 10 search search_term=cup",
            "0 moment=know, 10 moment=know",
        );
    }

    #[test]
    fn paging_and_sorting_the_same_results_do_not_fire() {
        check_script(
            KIND,
            "0 search search_term=mug, 10 search search_term=mug, 20 search search_term=mug",
            "0 moment=know",
        );
    }
}

//! Intent signals that are recognised by words in page addresses and by the destinations of links.

use super::{Finder, Memory, PathWords};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;
use crate::text::lists;

/// The pages and links by which one intent signal is recognised.
pub(super) struct Interest {
    pub(super) kind: SignalKind,
    /// Path segments without file extension, compared without regard to ASCII case and separated by spaces.
    pub(super) words: &'static str,
    /// Values of a click's `method`, or the name of the kind for a contact that took place; separated by spaces.
    pub(super) ways: &'static str,
}

/// Fires each intent signal once per session for each page and element.
pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, interests: &[Interest], finder: &mut Finder<'_>) {
    let (field, way) = match event.kind() {
        Kind::PageView => (Field::Url, ""),
        Kind::Click => (Field::Element, event.word(Field::Method)),
        kind @ Kind::SupportContact => (Field::ContactChannel, kind.name()),
        _ => return,
    };
    let about = event.word(field);
    let words = if field == Field::Url {
        event.path_words()
    } else {
        PathWords::default()
    };
    if words.is_checkout() {
        return;
    }
    for (at, interest) in interests.iter().enumerate() {
        let shows = if field == Field::Url {
            words.shows_interest(at)
        } else {
            !way.is_empty() && lists(interest.ways, b' ', way)
        };
        if shows && memory.seen.is_new(interest.kind, about) {
            let field = if field == Field::Url { field } else { Field::Element };
            finder.found(interest.kind, &[(field, about)], &[]);
        }
    }
}

//! What a customer is after, by the pages looked at and the ways taken out of them.

use super::memory::is_among;
use super::{Finder, Memory};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;
use crate::text::lists;

/// What shows an interest.
pub(super) struct Interest {
    pub(super) kind: SignalKind,
    /// Parts of a page's path (in any case of ASCII letters, without extension), with spaces between.
    pub(super) words: &'static str,
    /// What `click` says in `method`, or a contact that took place in its kind's name; with spaces between.
    pub(super) ways: &'static str,
}

/// Parts of a path that say checkout: there, "contact" and "account" are steps.
const CHECKOUTS: &str = "checkout checkouts cart basket kasse warenkorb panier caisse carrito";

/// Finds each interest once a session for each page and element.
pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, interests: &[Interest], finder: &mut Finder<'_>) {
    let (field, way) = match event.kind() {
        Kind::PageView => (Field::Url, ""),
        Kind::Click => (Field::Element, event.word(Field::Method)),
        kind @ Kind::SupportContact => (Field::ContactChannel, kind.name()),
        _ => return,
    };
    let about = event.word(field);
    for interest in interests {
        let shows = if field == Field::Url {
            is_among(about, interest.words) && !is_among(about, CHECKOUTS)
        } else {
            !way.is_empty() && lists(interest.ways, b' ', way)
        };
        if shows && memory.seen.is_new(interest.kind, about) {
            let field = if field == Field::Url { field } else { Field::Element };
            finder.found(interest.kind, &[(field, about)], &[]);
        }
    }
}

//! `field_abandoned`: a partly filled form was left without being sent; the evidence names the last field.

use super::{Finder, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Threshold of work on a form.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Shortest time in the form's fields, in milliseconds; default 3000: typing a single letter, or a search that needs
    // no button, takes less.
    ("acting_ms", 3_000),
];

pub(super) fn on_event<T: Touch>(event: &T, finder: &mut Finder<'_>) {
    let [acting_ms, ..] = *finder.limits(SignalKind::FieldAbandoned);
    // A site that reports abandoned forms itself decides by its own rule.
    let acting = event.int(Field::ActingMs).unwrap_or(acting_ms);
    if event.kind() == Kind::FormAbandon && acting >= acting_ms {
        let text = |field| event.word(field);
        finder.found(
            SignalKind::FieldAbandoned,
            &[
                (Field::Form, text(Field::Form)),
                (Field::FormField, text(Field::FormField)),
            ],
            &[(Field::SpanMs, acting)],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::FieldAbandoned;

    #[test]
    fn the_edges_of_the_work() {
        check_script(
            KIND,
            "0 form_abandon form=pay form_field=card acting_ms=3000",
            "0 form=pay form_field=card span_ms=3000",
        );
        check_script(KIND, "0 form_abandon form=pay form_field=card acting_ms=2999", "");
    }

    #[test]
    fn a_sent_form_was_not_abandoned() {
        check_script(KIND, "0 form_start form=pay, 9000 form_submit form=pay", "");
    }
}

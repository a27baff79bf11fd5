//! `field_abandoned`: a form was left unsent after work on it; the last field says where.

use super::{Finder, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// When a form was worked on.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Shortest time in the form's fields, in milliseconds; default 3000: whoever types a letter to see what happens, or
    // searches without pressing the button, is faster.
    ("acting_ms", 3_000),
];

pub(super) fn on_event<T: Touch>(event: &T, finder: &mut Finder<'_>) {
    let [acting_ms, ..] = *finder.limits(SignalKind::FieldAbandoned);
    // A site that says itself that a form was abandoned has its own measure.
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

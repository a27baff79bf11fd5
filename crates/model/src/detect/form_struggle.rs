//! `form_struggle`: a form is refused or corrected repeatedly.

use super::memory::Counted;
use super::{Finder, Memory, Tally, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Thresholds of a struggle with a form.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Fewest problems in one form; default 3: one or two typing errors are ordinary. A problem is a field that fails
    // validation or one that is corrected often.
    ("count", 3),
    // Longest time from the first to the last problem, in milliseconds; default 3 minutes, longer than most checkout
    // forms take.
    ("within_ms", 180_000),
    // Fewest corrections of a field during one focus that count as a problem; default 3: most people correct one slip
    // per field.
    ("corrections", 3),
];

/// Validation errors within this many milliseconds count as one attempt: when a form is submitted, a browser reports
/// every invalid field at once.
const AT_ONCE_MS: i64 = 1_000;

pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    let [_, _, corrections] = *finder.limits(SignalKind::FormStruggle);
    let is_trouble = match event.kind() {
        Kind::FormError => true,
        Kind::FormFieldTime => event.number(Field::Corrections) >= corrections,
        _ => false,
    };
    if event.kind() == Kind::Purchase {
        // After an order, the form is no longer a problem.
        *memory.tallies.of(Counted::FormTroubles) = Tally::default();
    }
    if !is_trouble {
        return;
    }
    let form = event.word(Field::Form);
    if *memory.form != *form {
        memory.form = form.into();
        *memory.tallies.of(Counted::FormTroubles) = Tally::default();
    } else if (0..AT_ONCE_MS).contains(&event.time().since(memory.form_trouble)) {
        // Errors at the same moment belong to one attempt.
        return;
    }
    memory.form_trouble = event.time();
    let field = event.word(Field::FormField);
    let texts = &[(Field::Form, form), (Field::FormField, field)];
    memory
        .tallies
        .of(Counted::FormTroubles)
        .add(SignalKind::FormStruggle, texts, finder);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::FormStruggle;

    #[test]
    fn the_third_problem_in_one_form_fires_once() {
        check_script(
            KIND,
            "10000 form_error form=pay form_field=card, 11000 form_field_time form=pay form_field=card corrections=3, \
             190000 form_error form=pay form_field=zip, 191000 form_error form=pay form_field=zip",
            "190000 form=pay form_field=zip count=3 span_ms=180000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // Two typing errors; three empty fields in one attempt.
        check_script(KIND, "10000 form_error form=pay, 15000 form_error form=pay", "");
        check_script(
            KIND,
            "10000 form_error form=pay, 10005 form_error form=pay, 10999 form_error form=pay",
            "",
        );
        // Careful typing, long fields.
        check_script(
            KIND,
            "10000 form_field_time form=a form_field=x corrections=2, 11000 form_field_time form=a form_field=y corrections=2, \
             12000 form_field_time form=a form_field=z corrections=2",
            "",
        );
        // An order between them.
        check_script(
            KIND,
            "10000 form_error form=a, 11000 form_error form=a, 11500 purchase, 12000 form_error form=a",
            "",
        );
        // Different forms, and problems far apart in time.
        check_script(
            KIND,
            "10000 form_error form=a, 11000 form_error form=b, 12000 form_error form=a",
            "",
        );
        check_script(
            KIND,
            "10000 form_error form=a, 11000 form_error form=a, 190001 form_error form=a",
            "",
        );
    }
}

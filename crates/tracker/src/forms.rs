//! Capture of form activity by field, without any value.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wayside_model::{Field, Kind, Timestamp};

use crate::told::Told;

/// An event in a form field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldEvent<'a> {
    /// The field got the focus.
    Entered,
    /// The visitor changed the value.
    Filled {
        /// Whether the change deleted text.
        deletes: bool,
    },
    /// The field lost the focus.
    Left,
    /// The field failed validation, for this reason.
    Refused(&'a str),
    /// The field's form was submitted.
    Sent {
        /// Whether a script submitted it rather than the visitor. Both are reported if a script intercepts the event
        /// and submits later.
        by_script: bool,
    },
}

/// A form field.
#[derive(Clone, Copy, Debug)]
pub struct FormField<'a> {
    /// The form's name or id.
    pub form: &'a str,
    /// The field's name or id.
    pub name: &'a str,
    /// Whether the field is for coupon codes.
    pub is_coupon: bool,
}

/// The state of the current form and field.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    /// The form that was started and neither submitted nor abandoned.
    form: Option<Box<str>>,
    /// The last field of that form.
    field: Box<str>,
    /// The time spent in its fields.
    acting_ms: i64,
    stay: Option<Stay>,
    /// Fields that have been filled in, with the number of refills.
    filled: Vec<(Box<str>, i64)>,
    /// The field that was refused last, with the time.
    refused: (Box<str>, Timestamp),
    /// The time at which a tried coupon is recorded if the site does not record it first; the zero time if none was
    /// tried.
    coupon: Timestamp,
    /// The reason why the coupon was refused; empty if it was not.
    coupon_error: Box<str>,
    /// Whether the site records coupons itself.
    pub(crate) site_tells_coupons: bool,
}

/// The time in one field between focus and blur.
#[derive(Debug, Default)]
struct Stay {
    form: Box<str>,
    field: Box<str>,
    is_coupon: bool,
    since: Timestamp,
    /// The time of the first input; the zero time if there was none.
    first_input: Timestamp,
    corrections: i64,
    deletes: bool,
}

/// Two refusals of a field within this time count as one, because the browser's event is often followed by a mark in
/// the page. In milliseconds.
const SAME_REFUSAL_MS: i64 = 1_000;
/// A coupon that is not refused within this time was accepted; shops need less to ask their server. In milliseconds.
const COUPON_MS: i64 = 5_000;
/// A site that records a refusal itself does so within this time. In milliseconds.
const COUPON_REFUSED_MS: i64 = 500;
/// Shortest recorded stay in a field without input, in milliseconds; a shorter one is a visitor who tabs through the
/// fields.
const LEAST_MS: i64 = 1_000;

impl Forms {
    /// Takes in an event in a field.
    pub(crate) fn on_event(&mut self, field: &FormField<'_>, event: FieldEvent<'_>, now: Timestamp, told: &mut Told) {
        match event {
            FieldEvent::Entered => {
                self.leave(now, told);
                self.stay = Some(Stay {
                    form: field.form.into(),
                    field: field.name.into(),
                    is_coupon: field.is_coupon,
                    since: now,
                    ..Stay::default()
                });
            }
            FieldEvent::Filled { deletes } => self.fill(field, deletes, now, told),
            FieldEvent::Left => self.leave(now, told),
            FieldEvent::Refused(why) => {
                let same = *self.refused.0 == *field.name && now.since(self.refused.1) < SAME_REFUSAL_MS;
                self.refused = (field.name.into(), now);
                if !same {
                    let texts = [
                        (Field::Form, field.form),
                        (Field::FormField, field.name),
                        (Field::Error, why),
                    ];
                    told.add(Kind::FormError, &texts, &[]);
                    if field.is_coupon {
                        self.coupon_error = why.into();
                        self.try_coupon(now, COUPON_REFUSED_MS);
                    }
                }
            }
            // The submit event has already been taken in, or nobody filled in the form.
            FieldEvent::Sent { by_script: true } if self.form.as_deref() != Some(field.form) => {}
            FieldEvent::Sent { .. } => {
                self.leave(now, told);
                self.finish();
                told.add(Kind::FormSubmit, &[(Field::Form, field.form)], &[]);
            }
        }
    }

    fn fill(&mut self, field: &FormField<'_>, deletes: bool, now: Timestamp, told: &mut Told) {
        let Some(stay) = &mut self.stay else { return };
        // A browser or a password manager fills in fields that do not have the focus.
        if *stay.field != *field.name || *stay.form != *field.form {
            return;
        }
        if stay.first_input == Timestamp::MIN {
            stay.first_input = now;
        }
        // Deleting several letters in a row is one correction.
        stay.corrections += i64::from(deletes && !stay.deletes);
        stay.deletes = deletes;
        self.field = field.name.into();
        if self.form.as_deref() != Some(field.form) {
            self.abandon(told);
            self.form = Some(field.form.into());
            told.add(Kind::FormStart, &[(Field::Form, field.form)], &[]);
        }
    }

    /// Records the time in the field that lost the focus.
    fn leave(&mut self, now: Timestamp, told: &mut Told) {
        let Some(stay) = self.stay.take() else { return };
        let acting = now.since(stay.since).max(0);
        let is_filled = stay.first_input != Timestamp::MIN;
        if !is_filled && acting < LEAST_MS {
            return;
        }
        if self.form.as_ref() == Some(&stay.form) {
            self.acting_ms += acting;
        }
        let mut refills = 0;
        if is_filled {
            match self.filled.iter_mut().find(|(name, _)| *name == stay.field) {
                Some((_, times)) => {
                    *times += 1;
                    refills = *times;
                }
                None => self.filled.push((stay.field.clone(), 0)),
            }
            if stay.is_coupon && self.coupon == Timestamp::MIN {
                self.try_coupon(now, COUPON_MS);
            }
        }
        let numbers = [
            (Field::ActingMs, acting),
            (Field::Corrections, stay.corrections),
            (Field::Refills, refills),
            (Field::FirstInputMs, stay.first_input.since(stay.since)),
        ];
        let texts = [(Field::Form, &*stay.form), (Field::FormField, &*stay.field)];
        let said = numbers.get(..3 + usize::from(is_filled)).unwrap_or_default();
        told.add(Kind::FormFieldTime, &texts, said);
    }

    /// Takes in that the page is left: a form that was started is abandoned.
    pub(crate) fn end(&mut self, now: Timestamp, told: &mut Told) {
        self.leave(now, told);
        self.taken(told);
        self.abandon(told);
    }

    fn abandon(&mut self, told: &mut Told) {
        if let Some(form) = &self.form {
            let texts = [(Field::Form, &**form), (Field::FormField, &*self.field)];
            told.add(Kind::FormAbandon, &texts, &[(Field::ActingMs, self.acting_ms)]);
        }
        self.filled.clear();
        self.finish();
    }

    /// Takes in a touchpoint that the site records; some kinds imply that the form was submitted.
    pub(crate) fn on_touchpoint(&mut self, kind: Kind) {
        match kind {
            Kind::AddShippingInfo
            | Kind::AddPaymentInfo
            | Kind::CheckoutStep
            | Kind::Purchase
            | Kind::Search
            | Kind::SignUp
            | Kind::Login
            | Kind::FormSubmit => self.finish(),
            _ => {}
        }
    }

    fn finish(&mut self) {
        self.form = None;
        self.acting_ms = 0;
    }

    /// Records a coupon that was not refused in time.
    pub(crate) fn on_time(&mut self, now: Timestamp, told: &mut Told) {
        if now >= self.coupon {
            self.taken(told);
        }
    }

    fn taken(&mut self, told: &mut Told) {
        let error = core::mem::take(&mut self.coupon_error);
        if core::mem::take(&mut self.coupon) != Timestamp::MIN && !self.site_tells_coupons {
            told.add(Kind::CouponTry, &[(Field::Error, &error)], &[]);
        }
    }

    fn try_coupon(&mut self, now: Timestamp, patience_ms: i64) {
        self.coupon = now.after(patience_ms);
    }

    /// The time at which [`Forms::on_time`] has something to record; the zero time if there is nothing.
    pub(crate) fn deadline(&self) -> Timestamp {
        self.coupon
    }
}

#[cfg(test)]
mod tests {
    use wayside_model::Value;

    use super::*;

    /// Runs a script of `ms form.field word` (words: `enter`, `type`, `delete`, `leave`, `refuse`, `send`, `submit()`),
    /// `ms end`, `ms time` or `ms KIND`, and checks the touchpoints. A field named `coupon` is a coupon field.
    #[track_caller]
    fn check(script: &str, expected: &[&str]) {
        let mut forms = Forms::default();
        let mut told = Told::default();
        for line in script.split(',') {
            let words: Vec<&str> = line.split_whitespace().collect();
            let now = Timestamp::from_millis(1_000_000 + words[0].parse::<i64>().unwrap());
            let Some((form, name)) = words[1].split_once('.') else {
                match words[1] {
                    "end" => forms.end(now, &mut told),
                    "time" => forms.on_time(now, &mut told),
                    "coupon_try" => forms.site_tells_coupons = true,
                    kind => forms.on_touchpoint(Kind::from_name(kind).unwrap()),
                }
                continue;
            };
            let event = match words[2] {
                "enter" => FieldEvent::Entered,
                "type" => FieldEvent::Filled { deletes: false },
                "delete" => FieldEvent::Filled { deletes: true },
                "leave" => FieldEvent::Left,
                "refuse" => FieldEvent::Refused("valueMissing"),
                "send" => FieldEvent::Sent { by_script: false },
                "submit()" => FieldEvent::Sent { by_script: true },
                other => panic!("no event {other}"),
            };
            let field = FormField {
                form,
                name,
                is_coupon: name == "coupon",
            };
            forms.on_event(&field, event, now, &mut told);
        }
        let told: Vec<String> = told
            .0
            .into_iter()
            .map(|touchpoint| {
                let words = touchpoint
                    .fields()
                    .to_pairs()
                    .into_iter()
                    .map(|(name, value)| match value {
                        Value::Text(text) => format!(" {name}={text}"),
                        other => format!(" {name}={}", other.as_int().unwrap()),
                    });
                format!("{}{}", touchpoint.kind().name(), words.collect::<String>())
            })
            .collect();
        assert_eq!(told, expected, "of {script}");
    }

    #[test]
    fn a_field_is_recorded_with_times_and_corrections() {
        check(
            "0 pay.card enter, 700 pay.card type, 900 pay.card type, 1000 pay.card delete, 1100 pay.card delete, \
             1500 pay.card type, 1800 pay.card delete, 5000 pay.card leave",
            &[
                "form_start form=pay",
                "form_field_time acting_ms=5000 form=pay form_field=card corrections=2 first_input_ms=700 refills=0",
            ],
        );
    }

    #[test]
    fn refills_are_counted() {
        check(
            "0 a.x enter, 10 a.x type, 20 a.y enter, 30 a.x enter, 40 a.x type, 50 a.x leave",
            &[
                "form_start form=a",
                "form_field_time acting_ms=20 form=a form_field=x corrections=0 first_input_ms=10 refills=0",
                "form_field_time acting_ms=20 form=a form_field=x corrections=0 first_input_ms=10 refills=1",
            ],
        );
    }

    #[test]
    fn a_long_stay_without_input_is_recorded_and_a_short_one_is_not() {
        check(
            "0 a.x enter, 999 a.y enter, 1999 a.y leave",
            &["form_field_time acting_ms=1000 form=a form_field=y corrections=0 refills=0"],
        );
    }

    #[test]
    fn a_form_submitted_by_a_script_is_recorded_once() {
        let filled = "0 a.x enter, 1 a.x type, 2 a.x leave";
        let told = [
            "form_start form=a",
            "form_field_time acting_ms=2 form=a form_field=x corrections=0 first_input_ms=1 refills=0",
            "form_submit form=a",
        ];
        check(&format!("{filled}, 5 a. submit(), 6 a. submit(), 9 end"), &told);
        check(&format!("{filled}, 5 a. send, 4000 a. submit(), 9000 end"), &told);
        check("0 a. submit(), 9 end", &[]);
    }

    #[test]
    fn autofill_does_not_start_a_form() {
        check("0 a.x type, 1 end", &[]);
        check("0 a.x enter, 1 a.y type, 2 b.x type, 3 a.x leave, 4 end", &[]);
    }

    #[test]
    fn leaving_an_unsent_form_abandons_it() {
        check(
            "0 a.x enter, 100 a.x type, 2000 end, 3000 end",
            &[
                "form_start form=a",
                "form_field_time acting_ms=2000 form=a form_field=x corrections=0 first_input_ms=100 refills=0",
                "form_abandon acting_ms=2000 form=a form_field=x",
            ],
        );
    }

    #[test]
    fn a_submitted_or_completed_form_is_not_abandoned() {
        let typed = "form_field_time acting_ms=2 form=a form_field=x corrections=0 first_input_ms=1 refills=0";
        check(
            "0 a.x enter, 1 a.x type, 2 a.x send, 9 end",
            &["form_start form=a", typed, "form_submit form=a"],
        );
        check(
            "0 a.x enter, 1 a.x type, 2 a.x leave, 3 add_payment_info, 9 end",
            &["form_start form=a", typed],
        );
    }

    #[test]
    fn starting_another_form_abandons_the_one_before() {
        check(
            "0 a.x enter, 1 a.x type, 2 b.x enter, 3 b.x type, 4 b.x send",
            &[
                "form_start form=a",
                "form_field_time acting_ms=2 form=a form_field=x corrections=0 first_input_ms=1 refills=0",
                "form_abandon acting_ms=2 form=a form_field=x",
                "form_start form=b",
                "form_field_time acting_ms=2 form=b form_field=x corrections=0 first_input_ms=1 refills=0",
                "form_submit form=b",
            ],
        );
    }

    #[test]
    fn a_refusal_reported_twice_is_recorded_once() {
        let refused = "form_error form=a form_field=x error=valueMissing";
        check("0 a.x refuse, 999 a.x refuse", &[refused]);
        check("0 a.x refuse, 1000 a.x refuse", &[refused, refused]);
        check(
            "0 a.x refuse, 1 a.y refuse",
            &[refused, "form_error form=a form_field=y error=valueMissing"],
        );
    }

    #[test]
    fn a_coupon_is_recorded_as_refused_or_accepted() {
        let tried = [
            "form_start form=cart",
            "form_field_time acting_ms=2 form=cart form_field=coupon corrections=0 first_input_ms=1 refills=0",
        ];
        let script = "0 cart.coupon enter, 1 cart.coupon type, 2 cart.coupon leave";
        check(&format!("{script}, 5001 time"), &tried);
        check(
            &format!("{script}, 5002 time, 9000 time"),
            &[tried[0], tried[1], "coupon_try"],
        );
        check(
            &format!("{script}, 900 cart.coupon refuse, 9000 time"),
            &[
                tried[0],
                tried[1],
                "form_error form=cart form_field=coupon error=valueMissing",
                "coupon_try error=valueMissing",
            ],
        );
        // The site records the coupon itself.
        check(&format!("{script}, 900 coupon_try, 9000 time"), &tried);
    }
}

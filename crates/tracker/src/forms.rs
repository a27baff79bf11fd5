//! What happens in forms, field by field, without any value.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wayside_model::{Field, Kind, Timestamp};

use crate::told::Told;

/// What a field says of what happens in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldEvent<'a> {
    /// The visitor came into it.
    Entered,
    /// The visitor filled something in.
    Filled {
        /// Whether that took something back.
        deletes: bool,
    },
    /// The visitor left it.
    Left,
    /// It failed validation.
    Refused(&'a str),
    /// Its form was sent.
    Sent {
        /// Whether by a script rather than by an event; both happen where the script waits for something in between.
        by_script: bool,
    },
}

/// A form's field.
#[derive(Clone, Copy, Debug)]
pub struct FormField<'a> {
    /// The form's name or id.
    pub form: &'a str,
    /// The field's name or id.
    pub name: &'a str,
    /// Whether it is one for coupon codes.
    pub is_coupon: bool,
}

/// The form and the field the visitor is in.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    /// The form that was begun and neither sent nor left.
    form: Option<Box<str>>,
    /// The last field in it.
    field: Box<str>,
    /// Time in all its fields.
    acting_ms: i64,
    stay: Option<Stay>,
    /// Fields that have been filled in, and how often anew.
    filled: Vec<(Box<str>, i64)>,
    /// The field that was refused last, and when.
    refused: (Box<str>, Timestamp),
    /// When a coupon that was tried is told of, if the site does not do so itself by then; the zero time if none was.
    coupon: Timestamp,
    /// Why it was refused; empty if it was not.
    coupon_error: Box<str>,
    /// Whether the site tells of coupons itself.
    pub(crate) site_tells_coupons: bool,
}

/// The visitor in a field.
#[derive(Debug, Default)]
struct Stay {
    form: Box<str>,
    field: Box<str>,
    is_coupon: bool,
    since: Timestamp,
    /// When something was filled in first; the zero time if nothing was.
    first_input: Timestamp,
    corrections: i64,
    deletes: bool,
}

/// Two refusals of a field within this are one: the browser tells by event what the page marks a moment later.
const SAME_REFUSAL_MS: i64 = 1_000;
/// A coupon that is not refused within this was taken: what a shop takes to ask its server.
const COUPON_MS: i64 = 5_000;
/// A site that tells of a refusal itself does so within this.
const COUPON_REFUSED_MS: i64 = 500;
/// Shortest stay in a field that is told of where nothing was filled in: less is passing through by keyboard.
const LEAST_MS: i64 = 1_000;

impl Forms {
    /// Takes in what happens in a field.
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
            // The event told of it already, or nobody filled anything in.
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
        // A browser or a password manager fills fields that nobody is in.
        if *stay.field != *field.name || *stay.form != *field.form {
            return;
        }
        if stay.first_input == Timestamp::MIN {
            stay.first_input = now;
        }
        // Deleting letter by letter is one correction.
        stay.corrections += i64::from(deletes && !stay.deletes);
        stay.deletes = deletes;
        self.field = field.name.into();
        if self.form.as_deref() != Some(field.form) {
            self.abandon(told);
            self.form = Some(field.form.into());
            told.add(Kind::FormStart, &[(Field::Form, field.form)], &[]);
        }
    }

    /// The visitor is in no field any more.
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

    /// The page is left: a form that was begun is abandoned.
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

    /// What the site records itself says that the form has done its work.
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

    /// Tells of a coupon that was not refused in time.
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

    /// When [`Forms::on_time`] has something to tell; the zero time if it has not.
    pub(crate) fn deadline(&self) -> Timestamp {
        self.coupon
    }
}

#[cfg(test)]
mod tests {
    use wayside_model::Value;

    use super::*;

    /// `ms form.field word`, words being `enter`, `type`, `delete`, `leave`, `refuse`, `send`, `submit()`; or `ms end`, `ms time`, `ms KIND`.
    /// A field named `coupon` is one.
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
    fn a_field_from_entering_to_leaving() {
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
    fn a_field_filled_in_anew() {
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
    fn looking_long_is_told_and_passing_through_is_not() {
        check(
            "0 a.x enter, 999 a.y enter, 1999 a.y leave",
            &["form_field_time acting_ms=1000 form=a form_field=y corrections=0 refills=0"],
        );
    }

    #[test]
    fn a_script_that_sends_a_form_is_told_of_once() {
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
    fn autofill_begins_nothing() {
        check("0 a.x type, 1 end", &[]);
        check("0 a.x enter, 1 a.y type, 2 b.x type, 3 a.x leave, 4 end", &[]);
    }

    #[test]
    fn left_unsent_it_was_abandoned() {
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
    fn sent_or_done_otherwise_it_was_not() {
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
    fn another_form_leaves_the_one_before() {
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
    fn a_refusal_told_twice_is_one() {
        let refused = "form_error form=a form_field=x error=valueMissing";
        check("0 a.x refuse, 999 a.x refuse", &[refused]);
        check("0 a.x refuse, 1000 a.x refuse", &[refused, refused]);
        check(
            "0 a.x refuse, 1 a.y refuse",
            &[refused, "form_error form=a form_field=y error=valueMissing"],
        );
    }

    #[test]
    fn a_coupon_is_refused_or_taken() {
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
        // The site says it itself.
        check(&format!("{script}, 900 coupon_try, 9000 time"), &tried);
    }
}

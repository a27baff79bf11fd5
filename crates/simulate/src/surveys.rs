//! Answers to surveys, reviews and recommendations.

use wayside_model::{Kind, Value};

use crate::journal::text;
use crate::person::Person;
use crate::plan::DAY_MS;

const HOUR_MS: i64 = 3_600_000;

/// Answers after an order, or none. Who had trouble with it gives lower scores.
pub(crate) fn after_order(person: &mut Person<'_>, identity: usize, delivered: i64, had_trouble: bool) {
    let asked = delivered + person.chance.around_ms(2.0 * DAY_MS as f64, 0.5);
    let is_unhappy = had_trouble || person.is_annoyed;
    if person.chance.is(0.22) {
        let score = match is_unhappy {
            true => person.chance.within(1, 8),
            false => person.chance.within(7, 10),
        };
        let comment = match score {
            0..=6 => *person.chance.one_of(&[
                "The shoes are far too small",
                "Delivery took too long",
                "Nobody could help me",
                "",
            ]),
            7..=8 => *person.chance.one_of(&["Fine, but shipping costs too much", "", ""]),
            _ => *person
                .chance
                .one_of(&["Great quality and fast delivery", "Lovely shop", "", ""]),
        };
        answer(person, identity, asked, Kind::Nps, score, comment);
        if score >= 9 && person.chance.is(0.3) {
            person.journal.note(
                asked + HOUR_MS,
                identity,
                Kind::Share,
                vec![("method", text("friend_code"))],
            );
        }
    }
    if person.chance.is(0.10) {
        let score = if is_unhappy {
            person.chance.within(1, 4)
        } else {
            person.chance.within(4, 5)
        };
        let comment = if score < 3 { "Not what I had hoped for" } else { "" };
        answer(person, identity, asked + 3 * DAY_MS, Kind::Review, score, comment);
    }
    if person.chance.is(0.12) {
        let score = if is_unhappy {
            person.chance.within(2, 5)
        } else {
            person.chance.within(4, 7)
        };
        answer(person, identity, asked + HOUR_MS, Kind::Ces, score, "");
    }
}

/// Answers after a contact about a topic, or none.
pub(crate) fn after_contact(
    person: &mut Person<'_>,
    identity: usize,
    ended: i64,
    topic: &'static str,
    is_resolved: bool,
) {
    if !person.chance.is(0.4) {
        return;
    }
    let csat = if is_resolved {
        person.chance.within(3, 5)
    } else {
        person.chance.within(1, 3)
    };
    let ces = if is_resolved {
        person.chance.within(4, 7)
    } else {
        person.chance.within(1, 4)
    };
    for (kind, score, after) in [(Kind::Csat, csat, 1), (Kind::Ces, ces, 2)] {
        let fields = vec![("score", Value::Int(score)), ("topic", text(topic))];
        person.journal.note(ended + after * HOUR_MS, identity, kind, fields);
    }
}

fn answer(person: &mut Person<'_>, identity: usize, time: i64, kind: Kind, score: i64, comment: &str) {
    let mut fields = vec![("score", Value::Int(score))];
    if !comment.is_empty() {
        fields.push(("comment", text(comment)));
    }
    person.journal.note(time, identity, kind, fields);
}

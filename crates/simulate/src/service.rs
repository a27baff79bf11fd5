//! Contacts with the service: topic, channel, team, whether it helped, and what the customer says of it.

use wayside_model::{Kind, Value};

use crate::journal::text;
use crate::person::Person;
use crate::plan::DAY_MS;
use crate::surveys;

/// How likely a contact is resolved by the team of the house, and by the partner's team: the third planted truth.
const RESOLVED: (f64, f64) = (0.86, 0.55);

/// Notes a contact about a topic, and the contacts that follow if it is not resolved.
pub(crate) fn contact(person: &mut Person<'_>, identity: usize, time: i64, topic: &'static str) {
    let mut time = time;
    for _ in 0..3 {
        let channel = *person.chance.one_of(&["call_centre", "call_centre", "email", "chat"]);
        let (team, resolved) = match person.chance.is(0.6) {
            true => ("house", RESOLVED.0),
            false => ("partner", RESOLVED.1),
        };
        let is_resolved = person.chance.is(resolved);
        let duration = person.chance.around_ms(300_000.0, 0.6);
        let agent = format!("{team}-{}", person.chance.within(1, 6));
        person.journal.note(
            time,
            identity,
            Kind::SupportContact,
            vec![
                ("contact_channel", text(channel)),
                ("topic", text(topic)),
                ("duration_ms", Value::Int(duration)),
                ("resolved", Value::Bool(is_resolved)),
                ("team", text(team)),
                ("agent", text(agent)),
            ],
        );
        surveys::after_contact(person, identity, time + duration, topic, is_resolved);
        if is_resolved {
            return;
        }
        person.is_annoyed = true;
        if !person.chance.is(0.7) {
            return;
        }
        time += duration + person.chance.around_ms(1.5 * DAY_MS as f64, 0.5);
    }
}

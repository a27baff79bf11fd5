//! The customer of a visitor, as `identify` touchpoints determine it.

use alloc::format;
use alloc::string::String;

use crate::event::Touch;
use crate::field::Field;
use crate::id::{ANONYMOUS_PREFIX, EventId};
use crate::kind::Kind;
use crate::time::Timestamp;

/// A visitor's identification as a customer. If there are several, the [earliest](Self::comes_before) counts, in
/// whichever order they arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The site's id of the customer.
    pub customer: String,
    /// The time of the `identify`.
    pub time: Timestamp,
    /// The `identify`.
    pub event: EventId,
}

impl Identified {
    /// The identification that a touchpoint contains; `None` if it is not an `identify`.
    pub fn from_touch<T: Touch>(touch: &T) -> Option<Self> {
        if touch.kind() != Kind::Identify {
            return None;
        }
        Some(Self {
            customer: touch.text(Field::CustomerId)?.into(),
            time: touch.time(),
            event: touch.id(),
        })
    }

    /// Whether this counts and `other` does not: it is earlier or, at the same time, has the smaller id.
    pub fn comes_before(&self, other: &Self) -> bool {
        (self.time, self.event, &self.customer) < (other.time, other.event, &other.customer)
    }
}

/// A customer's key: the customer id given by the site, or [`ANONYMOUS_PREFIX`] and the visitor.
///
/// An id of the site that begins with the prefix gets a leading `=`, and so does one that begins with `=` and the
/// prefix, so that an id is never mistaken for an anonymous visitor or for another id.
pub fn key(visitor: &str, customer: Option<&str>) -> String {
    match customer {
        None => format!("{ANONYMOUS_PREFIX}{visitor}"),
        Some(id) if id.trim_start_matches('=').starts_with(ANONYMOUS_PREFIX) => format!("={id}"),
        Some(id) => id.into(),
    }
}

/// The customer id of a key, the reverse of [`key`]; `None` for an anonymous visitor.
pub fn of_key(key: &str) -> Option<&str> {
    match key.strip_prefix('=') {
        Some(id) if id.trim_start_matches('=').starts_with(ANONYMOUS_PREFIX) => Some(id),
        _ => (!key.starts_with(ANONYMOUS_PREFIX)).then_some(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::WriterId;

    #[test]
    fn keys_of_visitors_and_customers_are_never_equal() {
        assert_eq!(key("v1", None), "anon:v1");
        assert_eq!(key("v2", Some("c1")), "c1");
        assert_ne!(key("v2", Some("anon:v1")), key("v1", None));
        assert_ne!(key("v", Some("=anon:v1")), key("v", Some("anon:v1")));
        for id in ["c1", "anon:v1", "=anon:v1", "==anon:v1", "=c1", "=", "anon"] {
            assert_eq!(of_key(&key("v", Some(id))), Some(id));
        }
        assert_eq!(of_key(&key("v1", None)), None);
    }

    #[test]
    fn the_earliest_identification_counts() {
        let identified = |customer: &str, ms: i64, seq: u32| Identified {
            customer: customer.into(),
            time: Timestamp::from_millis(ms),
            event: EventId {
                writer: WriterId(1),
                seq,
            },
        };
        let first = identified("b", 10, 1);
        assert!(first.comes_before(&identified("a", 11, 0)));
        assert!(first.comes_before(&identified("a", 10, 2)));
        assert!(!first.comes_before(&first));
    }
}

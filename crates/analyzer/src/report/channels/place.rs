//! Contact channels by name: their kind, and whether they are online.

use wayside_model::Channel;
use wayside_model::channel::contact_channel;

/// The site itself: the channel of touchpoints that name none.
const SITE: &str = "web";

/// Words of contact channels where customers meet people, machines or paper outside the internet. The model's other words are online.
const OFFLINE: &[&str] = &[
    "human",
    "call_centre",
    "call_center",
    "phone",
    "call",
    "store",
    "in_store",
    "shop",
    "branch",
    "staff",
    "sales",
    "field_sales",
    "ivr",
    "kiosk",
    "letter",
    "independent_store",
    "dealer",
    "reseller",
];

/// A row's names.
pub(super) struct Place<'a> {
    pub(super) kind: &'static str,
    pub(super) channel: &'a str,
    /// `online` or `offline`; empty if it is not known.
    pub(super) place: &'static str,
}

impl<'a> Place<'a> {
    /// The names for [`name`].
    pub(super) fn of(name: &'a str, by_kind: bool) -> Self {
        if by_kind {
            let kind = Channel::from_name(name).unwrap_or(Channel::Unassigned);
            return Self {
                kind: kind.name(),
                channel: "",
                place: "",
            };
        }
        let kind = contact_channel(name);
        Self {
            kind: kind.name(),
            channel: name,
            place: match kind {
                Channel::Unassigned => "",
                _ if OFFLINE.contains(&name) => "offline",
                _ => "online",
            },
        }
    }
}

/// The name of a contact channel: that of its kind, or its word in lower case with `_` between the words.
pub(in crate::report) fn name(word: Option<&str>, by_kind: bool) -> String {
    let word = word.unwrap_or(SITE);
    if by_kind {
        return contact_channel(word).name().to_owned();
    }
    let words = word
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use wayside_model::channel::CONTACT_CHANNELS;

    use super::*;

    #[test]
    fn every_word_of_the_model_has_a_kind_and_a_place() {
        let words: Vec<&str> = CONTACT_CHANNELS
            .iter()
            .flat_map(|(_, words)| words.split(' '))
            .collect();
        for word in &words {
            let name = name(Some(word), false);
            assert_eq!(name, *word);
            assert_ne!(Place::of(&name, false).place, "");
        }
        for word in OFFLINE {
            assert!(words.contains(word), "{word}");
        }
    }

    #[test]
    fn words_are_compared_without_case_and_marks() {
        for (word, expected) in [
            (Some("Call-Center"), "call_center"),
            (Some(" live chat "), "live_chat"),
            (None, "web"),
        ] {
            assert_eq!(name(word, false), expected);
        }
        assert_eq!(name(Some("Call-Center"), true), "Human");
        assert_eq!(name(None, true), "Automated");
        assert_eq!(Place::of("Third party", true).kind, "Third party");
        assert_eq!(Place::of("call_center", false).place, "offline");
        assert_eq!(Place::of("pigeon", false).place, "");
    }
}

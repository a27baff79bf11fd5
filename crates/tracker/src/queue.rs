//! The messages that a page queues for the tracker, by names.
//!
//! `cargo xtask types` writes them for TypeScript (`js/tracker/src/generated/queue.ts`).

/// The kind of a message. A message is a list: its kind, its time in milliseconds since 1970, and its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Message {
    /// A touchpoint that the site records.
    Call,
    /// A page view.
    View,
    /// A click.
    Click,
    /// The visitor's decision.
    Consent,
    /// A new visitor begins.
    Reset,
    /// A listener is added.
    On,
    /// A listener is removed.
    Off,
    /// The page waits for delivery.
    Flush,
    /// The page asks a [`Question`].
    Ask,
    /// Wayside stops.
    Shutdown,
    /// The page has loaded.
    Loaded,
    /// A script has failed.
    Error,
}

impl Message {
    /// Every kind in order of its code.
    pub const ALL: [Self; 12] = [
        Self::Call,
        Self::View,
        Self::Click,
        Self::Consent,
        Self::Reset,
        Self::On,
        Self::Off,
        Self::Flush,
        Self::Ask,
        Self::Shutdown,
        Self::Loaded,
        Self::Error,
    ];

    /// The kind with this code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::View => "view",
            Self::Click => "click",
            Self::Consent => "consent",
            Self::Reset => "reset",
            Self::On => "on",
            Self::Off => "off",
            Self::Flush => "flush",
            Self::Ask => "ask",
            Self::Shutdown => "shutdown",
            Self::Loaded => "loaded",
            Self::Error => "error",
        }
    }

    /// The arguments after kind and time; empty if there are none.
    pub const fn arguments(self) -> &'static str {
        match self {
            Self::Call => "the name, then the fields as a plain object",
            Self::View => "`[url, referrer, title, entry, replaced]`",
            Self::Click | Self::Error => "the event",
            Self::Consent => {
                "`granted` or `denied`, and if it is not a decision but follows Google's Consent Mode, or `unknown`, that command's fields"
            }
            Self::Reset => "the new visitor",
            Self::On | Self::Off => "`signal` or `touchpoint`, then the listener",
            Self::Flush => "a function that is called when everything is delivered",
            Self::Ask => "a function that is called with the answer, then the `Question`",
            Self::Shutdown | Self::Loaded => "",
        }
    }
}

/// A question that a page can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Question {
    /// The stage of the journey.
    Stage,
    /// The state of the page load's events.
    Status,
    /// The visitor's id.
    Visitor,
}

impl Question {
    /// Every question in order of its code.
    pub const ALL: [Self; 3] = [Self::Stage, Self::Status, Self::Visitor];

    /// The question with this code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The question's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Status => "status",
            Self::Visitor => "visitor",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_places_in_the_list() {
        for (code, message) in (0..).zip(Message::ALL) {
            assert_eq!((message as u8, Message::from_code(code)), (code, Some(message)));
        }
        for (code, question) in (0..).zip(Question::ALL) {
            assert_eq!((question as u8, Question::from_code(code)), (code, Some(question)));
        }
        assert_eq!(Message::from_code(12), None);
    }
}

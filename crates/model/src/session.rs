//! Sessions: the rules by which one visit ends and the next begins.
//!
//! The rule is Google's: a session ends after [`SESSION_TIMEOUT_MS`] without a touchpoint, and a new campaign starts
//! another. Midnight does not end a session. Sessions are per visitor: a customer who uses two browsers has two visits.

use alloc::boxed::Box;

use crate::channel::{ARRIVAL_FIELDS, Channel, arrival_channel, contact_channel, source_channel};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::state::State;
use crate::time::Timestamp;

/// Inactivity after which a session ends, in milliseconds: 30 minutes, as in GA4 and most other tools, so that numbers
/// can be compared. After exactly 30 minutes the session still continues.
pub const SESSION_TIMEOUT_MS: i64 = 30 * 60_000;

/// A visitor's current session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    /// The time of the latest touchpoint.
    latest: Timestamp,
    /// The kind of touchpoint that determines the channel.
    told: Told,
    /// The channel word of a contact or an imported source; empty otherwise.
    word: Box<str>,
    /// The values of [`ARRIVAL_FIELDS`] in the first page view: the campaign, then the referrer. Absent values are
    /// empty.
    arrival: [Box<str>; 5],
    /// The session id from an imported source.
    source_session: Box<str>,
    /// The channel, cached once it has been requested and determined.
    channel: Option<Channel>,
}

/// The kind of touchpoint that determines a session's channel: the first that names a channel, or the first page view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
enum Told {
    #[default]
    Nothing = 0,
    Page = 1,
    Contact = 2,
    Source = 3,
}

impl Told {
    const ALL: [Self; 4] = [Self::Nothing, Self::Page, Self::Contact, Self::Source];
}

impl Session {
    /// Begins the session with this touchpoint. Returns whether it determines the channel.
    pub(crate) fn begin<T: Touch>(&mut self, event: &T) -> bool {
        self.source_session = event.word(Field::SourceSession).into();
        self.go_on(event)
    }

    /// Whether the touchpoint begins another session.
    ///
    /// * If an imported source has its own session ids, a new id begins a session and nothing else does.
    /// * A touchpoint more than `timeout_ms` after the latest one begins a session.
    /// * A page view with another source, medium, campaign or click id than the session's, whatever the case of its letters,
    ///   begins a session, unless the page was reloaded or returned to: then its address only still contains the earlier campaign.
    pub(crate) fn is_ended_by<T: Touch>(&self, event: &T, timeout_ms: i64) -> bool {
        if let Some(counted) = event.text(Field::SourceSession) {
            return *self.source_session != *counted;
        }
        event.time().since(self.latest) > timeout_ms || self.is_left_for_campaign(event)
    }

    /// Takes the touchpoint into the session. Returns whether it determines the channel.
    pub(crate) fn go_on<T: Touch>(&mut self, event: &T) -> bool {
        // A clock that was set back does not extend the session.
        self.latest = self.latest.max(event.time());
        if self.told != Told::Nothing {
            return false;
        }
        let (told, word) = if let Some(word) = event.text(Field::ContactChannel) {
            (Told::Contact, word)
        } else if let Some(word) = event.text(Field::SourceChannel) {
            (Told::Source, word)
        } else if event.kind() == Kind::PageView {
            (Told::Page, "")
        } else {
            return false;
        };
        self.told = told;
        self.word = word.into();
        if event.kind() == Kind::PageView {
            for (at, field) in ARRIVAL_FIELDS.iter().enumerate() {
                if let Some(own) = self.arrival.get_mut(at) {
                    *own = event.word(*field).into();
                }
            }
        }
        true
    }

    /// The channel of the first page view or of the first touchpoint that names a channel, whichever comes first;
    /// direct before either. `teller` is the latest touchpoint, if it determines the channel.
    pub(crate) fn channel<T: Touch>(&mut self, teller: Option<&T>) -> Channel {
        let channel = self.channel.unwrap_or_else(|| match (self.told, teller) {
            (Told::Nothing, _) => Channel::Direct,
            (Told::Contact, _) => contact_channel(&self.word),
            (Told::Source, _) => source_channel(&self.word),
            (Told::Page, Some(page)) => page.arrival_channel(),
            (Told::Page, None) => arrival_channel(|field| {
                let mut said = ARRIVAL_FIELDS.iter().zip(&self.arrival);
                said.find(|(known, _)| **known == field).map(|(_, text)| &**text)
            }),
        });
        if self.told != Told::Nothing {
            self.channel = Some(channel);
        }
        channel
    }

    fn is_left_for_campaign<T: Touch>(&self, event: &T) -> bool {
        if event.kind() != Kind::PageView || is_return(event) {
            return false;
        }
        for (at, field) in ARRIVAL_FIELDS.iter().enumerate() {
            let said = event.word(*field);
            // The referrer is not part of the campaign. People write `Facebook` and `facebook` for one source.
            let is_other = self.arrival.get(at).is_some_and(|own| !said.eq_ignore_ascii_case(own));
            if *field != Field::Referrer && !said.is_empty() && is_other {
                return true;
            }
        }
        false
    }

    pub(crate) fn state(&mut self, state: &mut State<'_>) {
        state.time(&mut self.latest);
        self.told = state.variant(self.told as u8, &Told::ALL);
        let channel = state.code(self.channel.map_or(0, |channel| channel as u8 + 1));
        let channel = channel.checked_sub(1).map(Channel::from_code);
        self.channel = channel.map(|channel| state.known(channel));
        state.text(&mut self.word);
        for text in &mut self.arrival {
            state.text(text);
        }
        state.text(&mut self.source_session);
    }
}

/// Whether a page view shows a page again: a reload, or a return through the history.
fn is_return<T: Touch>(event: &T) -> bool {
    matches!(event.text(Field::Entry), Some("reload" | "back_forward" | "bfcache"))
}

//! Where a visit ends and the next begins.
//!
//! The rule is Google's: a session ends after [`SESSION_TIMEOUT_MS`] without a touchpoint, and a new campaign starts
//! another. Midnight ends nothing. Sessions are per visitor: a customer at two browsers has two visits.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::channel::{ARRIVAL_FIELDS, Channel, arrival_channel, contact_channel, source_channel};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::time::Timestamp;
use crate::wire::bytes::{Saved, put_bytes, put_number};

/// Inactivity after which a visit has ended, in milliseconds: the 30 minutes that GA4 and most of its peers take, so that
/// numbers can be compared. Exactly 30 minutes still belong to the visit.
pub const SESSION_TIMEOUT_MS: i64 = 30 * 60_000;

/// A visitor's current session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    /// When its latest touchpoint was.
    latest: Timestamp,
    /// What says where it came from.
    told: Told,
    /// What its first page view said, by [`ARRIVAL_FIELDS`]: the campaign, then the referrer. Empty where it said nothing.
    arrival: [Box<str>; 5],
    /// The session as an imported source counted it.
    source_session: Box<str>,
    /// Its channel, once it was asked for and something has told it.
    channel: Option<Channel>,
}

/// The touchpoint that says where a session came from: the first that says anything, or its first page view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Told {
    #[default]
    Nothing,
    Page,
    Contact(Box<str>),
    Source(Box<str>),
}

impl Session {
    /// The session that begins with this touchpoint.
    pub(crate) fn start<T: Touch>(event: &T) -> Self {
        let mut session = Self {
            source_session: event.text(Field::SourceSession).unwrap_or("").into(),
            ..Self::default()
        };
        session.go_on(event);
        session
    }

    /// Whether the touchpoint begins another session.
    ///
    /// * Where a source has counted sessions itself (imports), its word holds.
    /// * More than `timeout_ms` after the latest touchpoint, yes.
    /// * A page view that says another source, medium, campaign or click id than the session has, yes, unless the page was
    ///   come back to or reloaded: then its address only still carries the campaign of before.
    pub(crate) fn is_ended_by<T: Touch>(&self, event: &T, timeout_ms: i64) -> bool {
        if let Some(counted) = event.text(Field::SourceSession) {
            return *self.source_session != *counted;
        }
        event.time().since(self.latest) > timeout_ms || self.is_left_for_campaign(event)
    }

    /// Takes the touchpoint into the session.
    pub(crate) fn go_on<T: Touch>(&mut self, event: &T) {
        // A clock set back does not make the visit longer.
        self.latest = self.latest.max(event.time());
        if self.told != Told::Nothing {
            return;
        }
        if let Some(word) = event.text(Field::ContactChannel) {
            self.told = Told::Contact(word.into());
        } else if let Some(word) = event.text(Field::SourceChannel) {
            self.told = Told::Source(word.into());
        } else if event.kind() == Kind::PageView {
            self.told = Told::Page;
        }
        if event.kind() == Kind::PageView {
            for (own, field) in self.arrival.iter_mut().zip(ARRIVAL_FIELDS) {
                *own = event.text(*field).unwrap_or("").into();
            }
        }
    }

    /// The channel of its first page view, or of the first touchpoint that names one; direct before either.
    pub(crate) fn channel(&mut self) -> Channel {
        let channel = self.channel.unwrap_or_else(|| match &self.told {
            Told::Nothing => Channel::Direct,
            Told::Contact(word) => contact_channel(word),
            Told::Source(word) => source_channel(word),
            Told::Page => arrival_channel(|field| {
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
        // The last field is the referrer, which is no campaign.
        let mut campaign = ARRIVAL_FIELDS.iter().zip(&self.arrival).take(4);
        campaign.any(|(field, own)| {
            let said = event.text(*field).unwrap_or("");
            !said.is_empty() && *said != **own
        })
    }

    pub(crate) fn save(&self, out: &mut Vec<u8>) {
        put_number(out, self.latest.millis() as u64);
        let (code, word) = match &self.told {
            Told::Nothing => (0, ""),
            Told::Page => (1, ""),
            Told::Contact(word) => (2, &**word),
            Told::Source(word) => (3, &**word),
        };
        put_number(out, code);
        put_number(out, self.channel.map_or(0, |channel| channel as u64 + 1));
        put_bytes(out, word.as_bytes());
        for text in self.arrival.iter().chain([&self.source_session]) {
            put_bytes(out, text.as_bytes());
        }
    }

    pub(crate) fn restore(saved: &mut Saved<'_>) -> Self {
        let latest = saved.time();
        let told = saved.code();
        let channel = saved.code().checked_sub(1);
        let word = saved.text();
        Self {
            latest,
            told: match told {
                0 => Told::Nothing,
                1 => Told::Page,
                2 => Told::Contact(word),
                3 => Told::Source(word),
                _ => saved.known(None),
            },
            arrival: core::array::from_fn(|_| saved.text()),
            source_session: saved.text(),
            channel: channel.map(|code| saved.known(Channel::from_code(code))),
        }
    }
}

/// Whether a page view shows a page that was there before.
fn is_return<T: Touch>(event: &T) -> bool {
    matches!(event.text(Field::Entry), Some("reload" | "back_forward" | "bfcache"))
}

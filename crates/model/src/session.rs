//! Where a visit ends and the next begins.
//!
//! The rule is Google's: a session ends after [`SESSION_TIMEOUT_MS`] without a touchpoint, and a new campaign starts
//! another. Midnight ends nothing. Sessions are per visitor: a customer at two browsers has two visits.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::channel::{Channel, touch_channel};
use crate::error::Error;
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::time::Timestamp;
use crate::wire::bytes::{Reader, put_bytes, put_number};

/// Inactivity after which a visit has ended, in milliseconds: the 30 minutes that GA4 and most of its peers take, so that
/// numbers can be compared. Exactly 30 minutes still belong to the visit.
pub const SESSION_TIMEOUT_MS: i64 = 30 * 60_000;

/// A visitor's current session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    /// When its latest touchpoint was.
    latest: Timestamp,
    /// What it came by, and whether a touchpoint has said so yet.
    channel: Option<Channel>,
    /// Its campaign: source, medium, campaign, click id. All empty where it has none.
    campaign: Campaign,
    /// The session as an imported source counted it.
    source_session: Box<str>,
}

type Campaign = [Box<str>; 4];

const CAMPAIGN_FIELDS: [Field; 4] = [Field::Source, Field::Medium, Field::Campaign, Field::ClickId];

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
        if self.channel.is_none() {
            self.channel = touch_channel(event).or((event.kind() == Kind::PageView).then_some(Channel::Direct));
        }
        if event.kind() == Kind::PageView && self.campaign.iter().all(|part| part.is_empty()) && !is_return(event) {
            self.campaign = CAMPAIGN_FIELDS.map(|field| event.text(field).unwrap_or("").into());
        }
    }

    /// The channel of its first page view, or of the first touchpoint that names one; direct before either.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.unwrap_or_default()
    }

    fn is_left_for_campaign<T: Touch>(&self, event: &T) -> bool {
        let own = self.campaign.iter().map(|own| &**own);
        let said = CAMPAIGN_FIELDS.iter().map(|field| event.text(*field).unwrap_or(""));
        event.kind() == Kind::PageView
            && !is_return(event)
            && said.zip(own).any(|(said, own)| !said.is_empty() && said != own)
    }

    pub(crate) fn save(&self, out: &mut Vec<u8>) {
        put_number(out, self.latest.millis() as u64);
        out.push(self.channel.map_or(0, |channel| channel as u8 + 1));
        for text in self.campaign.iter().chain([&self.source_session]) {
            put_bytes(out, text.as_bytes());
        }
    }

    pub(crate) fn restore(saved: &mut Reader<'_>) -> Result<Self, Error> {
        let latest = saved.time()?;
        let channel = match saved.byte()? {
            0 => None,
            code => Some(Channel::from_code(code - 1).ok_or_else(|| saved.malformed())?),
        };
        let mut session = Self {
            latest,
            channel,
            ..Self::default()
        };
        for slot in session.campaign.iter_mut().chain([&mut session.source_session]) {
            *slot = saved.text()?.into();
        }
        Ok(session)
    }
}

/// Whether a page view shows a page that was there before.
fn is_return<T: Touch>(event: &T) -> bool {
    matches!(event.text(Field::Entry), Some("reload" | "back_forward" | "bfcache"))
}

//! What the host tells the tracker.

use alloc::string::String;
use alloc::vec::Vec;

use wayside_model::journey;
use wayside_model::{Activity, Consent, SiteId, Timestamp, Value, VisitorId, WriterId};

/// Who captures for whom.
#[derive(Clone, Debug)]
pub struct Config {
    /// The site.
    pub site: SiteId,
    /// This page life.
    pub writer: WriterId,
    /// The visitor, known or new.
    pub visitor: VisitorId,
    /// What the visitor has agreed to.
    pub consent: Consent,
    /// Whether a machine drives the browser.
    pub automated: bool,
    /// Thresholds and rules of the model.
    pub model: journey::Config,
}

impl Config {
    /// Consent granted, a person's browser, the model's defaults.
    pub fn new(site: SiteId, writer: WriterId, visitor: VisitorId) -> Self {
        Self {
            site,
            writer,
            visitor,
            consent: Consent::Granted,
            automated: false,
            model: journey::Config::default(),
        }
    }
}

/// What the host found when the page began.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// When navigation to the page began; the zero time where there is nothing to wait for.
    pub navigation: Timestamp,
    /// Whether the page was reloaded.
    pub reloaded: bool,
    /// The journey as the last page saved it.
    pub journey: Option<String>,
    /// Outboxes in storage, each under its whole key.
    pub outboxes: Vec<(String, String)>,
    /// The writer before this one in the same tab, whose outbox nobody else will send.
    pub predecessor: Option<WriterId>,
    /// How many of the early inputs have been sent under their numbers already.
    pub reserved: u32,
}

/// A page as the visitor sees it. Addresses are as the browser has them: the tracker reads campaigns, then scrubs.
#[derive(Clone, Copy, Debug)]
pub struct PageView<'a> {
    /// Its address.
    pub url: &'a str,
    /// Where the browser says it came from.
    pub referrer: &'a str,
    /// Its title.
    pub title: &'a str,
    /// `link`, `reload`, `back_forward`, `prerender`, `bfcache`, or `spa` for a change of address without a load.
    pub entry: &'a str,
    /// Whether the address took the place of the one before in the history (`replaceState`).
    pub replaced: bool,
}

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A page was shown.
    View {
        /// The page.
        page: PageView<'a>,
        /// Whether it was captured before the tracker ran.
        early: bool,
    },
    /// The site records a touchpoint.
    Call {
        /// Its name.
        name: &'a str,
        /// Its fields.
        fields: &'a Value,
        /// Whether it was captured before the tracker ran.
        early: bool,
    },
    /// Raw page activity.
    Activity(Activity<'a>),
    /// The visitor sent a form or pressed something: requests that begin now are waited for.
    Acted,
    /// A request of the page ran from then to then.
    Request(Timestamp, Timestamp),
    /// The page has loaded.
    Loaded,
    /// The turn of the event loop ends.
    EndTurn,
    /// The timer rang.
    Timer,
    /// A sending came to an end.
    Sent(Outcome<'a>),
    /// The browser did not store what it was told to.
    StorageFailed,
    /// The page was hidden or is being left.
    Hidden,
    /// The page is visible.
    Visible,
    /// Another tab saved the journey.
    Journey(&'a str),
    /// The visitor decided, here or in another tab.
    Consent(Consent),
    /// Forget the visitor and begin as this new one.
    Reset(&'a VisitorId),
    /// Deliver everything; [`Effect::Settled`](crate::Effect::Settled) with this token says when.
    Flush(u32),
    /// Whether the page wants [`Effect::Touchpoint`](crate::Effect::Touchpoint).
    Listen(bool),
    /// Keep what is left for the next page and end.
    Shutdown,
}

/// How a sending ended.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// Which.
    pub id: u32,
    /// The HTTP status, 0 where there was none.
    pub status: u16,
    /// The answer's JSON.
    pub body: &'a Value,
    /// What `Retry-After` asks for, in seconds.
    pub retry_after_s: u32,
    /// 32 random bits.
    pub random: u32,
}

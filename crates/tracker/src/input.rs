//! What the host tells the tracker.

use alloc::boxed::Box;

use wayside_model::{Click, Consent, SiteId, Timestamp, Value, VisitorId, WriterId, journey};

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
    /// Touchpoints and signals that the site does not want: their names or beginnings of them, with spaces between.
    pub off: Box<str>,
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
            off: Box::default(),
        }
    }
}

/// What the host found when the page began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// When navigation to the page began; the zero time where there is nothing to wait for.
    pub navigation: Timestamp,
    /// Whether the page was reloaded.
    pub reloaded: bool,
    /// The journey as the last page saved it; no bytes where none did.
    pub journey: &'a [u8],
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

/// A click, with what it is on.
#[derive(Clone, Copy, Debug)]
pub struct Clicked<'a> {
    /// As detectors see it.
    pub click: Click<'a>,
    /// Whether it is on something made to be used.
    pub on_control: bool,
    /// Where its link leads; empty where there is none.
    pub link: &'a str,
    /// What the page itself knows of it: `download`, `question`, or nothing.
    pub method: &'a str,
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

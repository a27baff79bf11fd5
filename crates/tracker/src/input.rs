//! Inputs of the tracker.

use alloc::boxed::Box;

use wayside_model::{Click, Consent, Fields, SiteId, Timestamp, Value, VisitorId, WriterId, journey};

/// The identity and settings of a page load.
#[derive(Clone, Debug)]
pub struct Config {
    /// The site.
    pub site: SiteId,
    /// The id of this page load.
    pub writer: WriterId,
    /// The visitor, from storage or new.
    pub visitor: VisitorId,
    /// The consent of the visitor.
    pub consent: Consent,
    /// Whether the browser is controlled by software.
    pub automated: bool,
    /// The facts about the device and the browser, which the view of a page that loads records: see
    /// [`Facts::fields`](wayside_model::device::Facts::fields).
    pub about: Fields,
    /// The settings of the model.
    pub model: journey::Config,
    /// Touchpoints, signals and facts about the browser that the site has switched off: names or prefixes of names, separated
    /// by spaces.
    pub off: Box<str>,
    /// The shop's own domains, separated by spaces: a visitor who comes from there does not arrive.
    pub own: Box<str>,
}

impl Config {
    /// A configuration with consent granted, a person's browser, and the model's defaults.
    pub fn new(site: SiteId, writer: WriterId, visitor: VisitorId) -> Self {
        Self {
            site,
            writer,
            visitor,
            consent: Consent::Granted,
            automated: false,
            about: Fields::new(),
            model: journey::Config::default(),
            off: Box::default(),
            own: Box::default(),
        }
    }
}

/// The state that the host found when the page started.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// The start of the navigation to the page; the zero time if there is nothing to wait for.
    pub navigation: Timestamp,
    /// Whether the page was reloaded.
    pub reloaded: bool,
    /// The journey that the last page saved; empty if there is none.
    pub journey: &'a [u8],
    /// The number of early inputs whose seq may already have been sent.
    pub reserved: u32,
    /// The number of early inputs for which there was no room.
    pub lost: u32,
}

/// A page view. Addresses are unscrubbed: the tracker reads the campaign from them and then scrubs them.
#[derive(Clone, Copy, Debug)]
pub struct PageView<'a> {
    /// The address of the page.
    pub url: &'a str,
    /// The browser's referrer.
    pub referrer: &'a str,
    /// The title of the page.
    pub title: &'a str,
    /// `link`, `reload`, `back_forward`, `prerender`, `bfcache`, or `spa` for a change of address without a load.
    pub entry: &'a str,
    /// Whether the address replaced the one before in the history (`replaceState`).
    pub replaced: bool,
}

/// A click with details of its target.
#[derive(Clone, Copy, Debug)]
pub struct Clicked<'a> {
    /// The click in the form that detectors take.
    pub click: Click<'a>,
    /// Whether the target is an interactive element.
    pub on_control: bool,
    /// The address of the target's link; empty if it is not a link.
    pub link: &'a str,
    /// The click's method as far as the page knows it: `download`, `question`, or empty.
    pub method: &'a str,
}

/// The outcome of a request to the collector.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// The id from [`Effects::send`](crate::Effects::send).
    pub id: u32,
    /// The HTTP status; 0 if there was no response.
    pub status: u16,
    /// The JSON of the response.
    pub body: &'a Value,
    /// The value of `Retry-After` in seconds.
    pub retry_after_s: u32,
    /// 32 random bits.
    pub random: u32,
}

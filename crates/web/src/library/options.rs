//! Options of Wayside on a page.

use wayside_model::Consent;

/// The options of Wayside on a page: a site, and defaults for everything else ([`Options::new`]).
///
/// ```
/// use wayside_web::{Consent, Options};
///
/// let options = Options {
///     consent: Consent::Unknown,
///     off: vec!["form".into(), "rage_click".into()],
///     thresholds: vec![("quick_back.stay_ms".into(), 3_000)],
///     ..Options::new("shop")
/// };
/// assert_eq!(options.endpoint, None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The site's id as configured in the collector: 1 to 64 of `a-z`, `0-9`, `-` and `_`.
    pub site: String,
    /// The collector's origin, such as `https://collect.example`. Default: the page's origin.
    pub endpoint: Option<String>,
    /// The site's write key, if the collector requires one. Default: none.
    pub key: Option<String>,
    /// The consent assumed until the visitor decides. A decision passed to [`consent`](crate::consent) is stored and
    /// takes precedence. Default: [`Consent::Granted`].
    pub consent: Consent,
    /// Whether Global Privacy Control counts as a refusal until the visitor decides otherwise. Default: true.
    pub gpc: bool,
    /// Names or prefixes of touchpoints and signals to switch off. Default: none, everything is captured.
    pub off: Vec<String>,
    /// Thresholds of signals that replace the defaults of `docs/signals.md`, by names such as `rage_click.clicks`.
    /// Default: none.
    pub thresholds: Vec<(String, i64)>,
    /// The domain of the cookies that keep the visitor and the decision for all hosts of the shop. Default: the shortest
    /// domain of the page's host that takes cookies, which is the registered one.
    pub domain: Option<String>,
    /// Whether cookies are used besides `localStorage`, which belongs to one host. Default: true.
    pub cookies: bool,
    /// The shop's other domains: links and forms that lead there carry the visitor's id. Default: none.
    pub link_domains: Vec<String>,
    /// Other hosts from which visitors do not arrive, such as a payment page's. Default: none; the shop's own hosts, the
    /// linked domains and known payment providers never count.
    pub own_hosts: Vec<String>,
    /// Whether the visit's first page is kept in `sessionStorage` until the visitor decides, so that a consent on a later
    /// page keeps its referrer. Only where the law allows it. Default: false.
    pub landing: bool,
    /// Whether errors are reported in the console. Default: false.
    pub debug: bool,
}

impl Options {
    /// The defaults for this site.
    pub fn new(site: impl Into<String>) -> Self {
        Self {
            site: site.into(),
            endpoint: None,
            key: None,
            consent: Consent::Granted,
            gpc: true,
            off: Vec::new(),
            thresholds: Vec::new(),
            domain: None,
            cookies: true,
            link_domains: Vec::new(),
            own_hosts: Vec::new(),
            landing: false,
            debug: false,
        }
    }
}

/// A visitor's decision about being recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The visitor agrees: touchpoints are stored and sent.
    Granted,
    /// The visitor refuses: nothing is captured.
    Denied,
}

impl Decision {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Granted => Consent::Granted.name(),
            Self::Denied => Consent::Denied.name(),
        }
    }
}

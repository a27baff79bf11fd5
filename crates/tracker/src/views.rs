//! Which changes of address are page views.

use alloc::string::String;

use wayside_model::text::split_once;
use wayside_model::{Field, Fields, Kind, Timestamp, Touchpoint, channel, url};

use crate::input::PageView;
use crate::told::Told;

/// The address shown last, and what it was searched for.
#[derive(Default)]
pub(crate) struct Views {
    last: String,
    term: String,
    /// When the search is told of, if the site does not do so itself by then; the zero time if there is none.
    pub(crate) search_due: Timestamp,
}

/// A site that records its searches itself does so within this; it knows how many results there were.
const SEARCH_MS: i64 = 1_000;

/// What `entry` says of an address that changes without a load.
const IN_PAGE: &str = "spa";

/// Query parameters that hold what a site was searched for, in the order they are looked at: those of GA4's site search, and
/// the ones shop systems use.
const TERMS: &[&str] = &["q", "s", "search", "query", "keyword"];

impl Views {
    /// Whether this is a page view; it is none where the visitor still sees the same page.
    ///
    /// * A load and a return from the back/forward cache are always views.
    /// * A change of address without a load is one when path, query or route (`#/…`, `#!/…`) change; with
    ///   `replaceState` the query does not count, since filters and sort orders are kept there.
    pub(crate) fn is_view(&mut self, page: &PageView<'_>) -> bool {
        let in_page = page.entry == IN_PAGE;
        let last = core::mem::replace(&mut self.last, page.url.into());
        let (last, now) = (Address::of(&last), Address::of(page.url));
        !in_page || last.page != now.page || last.route != now.route || !page.replaced && last.query != now.query
    }

    /// The address shown last.
    pub(crate) fn address(&self) -> &str {
        &self.last
    }

    /// Looks for a search in an address.
    pub(crate) fn look_for_search(&mut self, url: &str, now: Timestamp) {
        let mut found = String::new();
        for name in TERMS {
            if found.is_empty() {
                found = url::query_param(url, name);
            }
        }
        if found != self.term {
            self.term = found;
            let tells = !self.term.is_empty() && !url::looks_secret(&self.term);
            self.search_due = if tells { now.after(SEARCH_MS) } else { Timestamp::MIN };
        }
    }

    /// The site has recorded a search itself.
    pub(crate) fn on_search(&mut self, touchpoint: &Touchpoint) {
        self.search_due = Timestamp::MIN;
        self.term = touchpoint.fields().text(Field::SearchTerm).unwrap_or_default().into();
    }

    /// Tells of the search that is due by `now`.
    pub(crate) fn search(&mut self, now: Timestamp, told: &mut Told) {
        if self.search_due != Timestamp::MIN && self.search_due <= now {
            self.search_due = Timestamp::MIN;
            told.add(Kind::Search, &[(Field::SearchTerm, &self.term)], &[]);
        }
    }
}

/// The page view as it is recorded.
pub(crate) fn touchpoint(page: &PageView<'_>) -> Touchpoint {
    let texts = &[
        (Field::Url, &*url::scrub(page.url)),
        (Field::Entry, page.entry),
        (Field::Title, page.title),
    ];
    let mut fields = Fields::of(texts, &[]);
    // An arrival is a load: an address that changes in the page still carries the campaign it was opened with.
    if page.entry != IN_PAGE {
        channel::write_arrival(&mut fields, page.url, page.referrer);
    }
    Touchpoint::made(Kind::PageView, fields)
}

#[derive(PartialEq)]
struct Address<'a> {
    page: &'a str,
    query: &'a str,
    route: &'a str,
}

impl<'a> Address<'a> {
    fn of(url: &'a str) -> Self {
        let (address, fragment) = split_once(url, b'#');
        let (page, query) = split_once(address, b'?');
        let fragment = fragment.unwrap_or_default();
        let is_route = fragment.starts_with('/') || fragment.starts_with("!/");
        let route = if is_route { fragment } else { "" };
        Self {
            page,
            query: query.unwrap_or_default(),
            route,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, replaced: bool, is_view: bool) {
        let mut views = Views::default();
        let page = |url, entry| PageView {
            url,
            referrer: "",
            title: "",
            entry,
            replaced,
        };
        assert!(views.is_view(&page(from, "link")));
        assert_eq!(views.is_view(&page(to, "spa")), is_view, "{from} -> {to}");
        assert!(views.is_view(&page(to, "bfcache")));
    }

    #[test]
    fn changes_of_address_without_a_load() {
        check("https://a.example/x", "https://a.example/y", false, true);
        check("https://a.example/x", "https://a.example/y", true, true);
        check("https://a.example/x", "https://a.example/x", false, false);
        check("https://a.example/x", "https://a.example/x", true, false);
        check("https://a.example/x", "https://a.example/x?page=2", false, true);
        check("https://a.example/x", "https://a.example/x?sort=price", true, false);
        check("https://a.example/x", "https://a.example/x#top", false, false);
        check("https://a.example/x#/a", "https://a.example/x#/b", true, true);
        check("https://a.example/x#!/a", "https://a.example/x", false, true);
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn searched(views: &mut Views, ms: i64) -> Option<String> {
        let touchpoint = Told::by(|told| views.search(at(ms), told))?;
        Some(touchpoint.fields().text(Field::SearchTerm)?.into())
    }

    #[test]
    fn an_address_tells_of_a_search_once() {
        let mut views = Views::default();
        views.look_for_search("https://a.example/find?q=blue+mug", at(0));
        assert_eq!(searched(&mut views, 999), None);
        assert_eq!(searched(&mut views, 1_000), Some("blue mug".into()));
        // Paging and sorting.
        views.look_for_search("https://a.example/find?q=blue+mug&page=2", at(2_000));
        assert_eq!(searched(&mut views, 9_000), None);
        views.look_for_search("https://a.example/?s=cup", at(10_000));
        assert_eq!(searched(&mut views, 11_000), Some("cup".into()));
    }

    #[test]
    fn what_the_site_says_of_a_search_comes_first() {
        let own = |term: &str| Touchpoint::of(Kind::Search, &[(Field::SearchTerm, term)], &[]);
        let mut views = Views::default();
        views.look_for_search("https://a.example/find?q=mug", at(0));
        views.on_search(&own("mug"));
        assert_eq!(searched(&mut views, 9_000), None);
        views.on_search(&own("cup"));
        views.look_for_search("https://a.example/find?q=cup", at(10_000));
        assert_eq!(searched(&mut views, 19_000), None);
    }

    #[test]
    fn what_looks_secret_is_no_search() {
        let mut views = Views::default();
        views.look_for_search("https://a.example/find?q=ada@a.example", at(0));
        assert_eq!(searched(&mut views, 9_000), None);
    }

    #[test]
    fn a_view_carries_no_secret() {
        let page = PageView {
            url: "https://a.example/x?token=1&utm_source=news#id",
            referrer: "",
            title: "T",
            entry: "link",
            replaced: false,
        };
        let view = touchpoint(&page);
        assert_eq!(
            view.fields().text(Field::Url),
            Some("https://a.example/x?utm_source=news")
        );
        assert_eq!(view.fields().text(Field::Title), Some("T"));
        assert_eq!(view.fields().text(Field::Entry), Some("link"));
    }
}

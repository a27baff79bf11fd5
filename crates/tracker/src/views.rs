//! Which changes of address are page views.

use alloc::string::String;

use wayside_model::text::split_once;
use wayside_model::{Error, Field, Fields, Kind, Timestamp, Touchpoint, channel, url};

use crate::input::PageView;

/// The address shown last, and what it was searched for.
#[derive(Default)]
pub(crate) struct Views {
    last: String,
    term: String,
    /// When the search is told of, if the site does not do so itself by then.
    pub(crate) search_due: Option<Timestamp>,
}

/// A site that records its searches itself does so within this; it knows how many results there were.
const SEARCH_MS: i64 = 1_000;

/// Query parameters that hold what a site was searched for, in the order they are looked at: those of GA4's site search, and
/// the ones shop systems use.
const TERMS: &[&str] = &["q", "s", "search", "query", "keyword"];

impl Views {
    /// The page view, or `None` where the visitor still sees the same page.
    ///
    /// * A load and a return from the back/forward cache are always views.
    /// * A change of address without a load is one when path, query or route (`#/…`, `#!/…`) change; with
    ///   `replaceState` the query does not count, since filters and sort orders are kept there.
    pub(crate) fn touchpoint(&mut self, page: &PageView<'_>) -> Option<Result<Touchpoint, Error>> {
        let in_page = page.entry == "spa";
        let last = core::mem::replace(&mut self.last, page.url.into());
        let (last, now) = (Address::of(&last), Address::of(page.url));
        if in_page && last.page == now.page && last.route == now.route && (page.replaced || last.query == now.query) {
            return None;
        }
        Some(touchpoint(page, in_page))
    }
}

impl Views {
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
            self.search_due = tells.then(|| Timestamp::from_millis(now.millis() + SEARCH_MS));
        }
    }

    /// The site has recorded a search itself.
    pub(crate) fn on_search(&mut self, touchpoint: &Touchpoint) {
        self.search_due = None;
        self.term = touchpoint.fields().text(Field::SearchTerm).unwrap_or_default().into();
    }

    /// The search that is due by `now`.
    pub(crate) fn search(&mut self, now: Timestamp) -> Option<Touchpoint> {
        self.search_due.take_if(|due| *due <= now)?;
        Some(Touchpoint::of(Kind::Search, &[(Field::SearchTerm, &self.term)], &[]))
    }
}

fn touchpoint(page: &PageView<'_>, in_page: bool) -> Result<Touchpoint, Error> {
    let mut fields = Fields::new();
    fields.set_text(Field::Url, &url::scrub(page.url))?;
    fields.set_text(Field::Entry, page.entry)?;
    if !page.title.is_empty() {
        fields.set_text(Field::Title, page.title)?;
    }
    // An arrival is a load: an address that changes in the page still carries the campaign it was opened with.
    if !in_page {
        channel::write_arrival(&mut fields, page.url, page.referrer);
    }
    Touchpoint::new(Kind::PageView, fields)
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
        assert!(views.touchpoint(&page(from, "link")).is_some());
        assert_eq!(views.touchpoint(&page(to, "spa")).is_some(), is_view, "{from} -> {to}");
        assert!(views.touchpoint(&page(to, "bfcache")).is_some());
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
        let touchpoint = views.search(at(ms))?;
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
        let view = Views::default().touchpoint(&page).unwrap().unwrap();
        assert_eq!(
            view.fields().text(Field::Url),
            Some("https://a.example/x?utm_source=news")
        );
        assert_eq!(view.fields().text(Field::Title), Some("T"));
        assert_eq!(view.fields().text(Field::Entry), Some("link"));
    }
}

//! Which changes of address are page views.

use alloc::string::String;

use wayside_model::text::split_once;
use wayside_model::{Error, Field, Fields, Kind, Touchpoint, channel, url};

use crate::input::PageView;

/// The address shown last, and what it was searched for.
#[derive(Default)]
pub(crate) struct Views {
    last: String,
    term: String,
    /// Whether the page in view told of it.
    pub(crate) is_told: bool,
}

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

    /// Whether an address has told already of what the site records: the search that it shows the results of.
    pub(crate) fn has_told(&self, touchpoint: &Touchpoint) -> bool {
        touchpoint.kind() == Kind::Search
            && self.is_told
            && touchpoint.fields().text(Field::SearchTerm) == Some(&self.term)
    }

    /// The search that an address tells of, if it is another than the last.
    pub(crate) fn search(&mut self, url: &str) -> Option<Touchpoint> {
        self.is_told = false;
        let mut found = String::new();
        for name in TERMS {
            if found.is_empty() {
                found = url::query_param(url, name);
            }
        }
        if found == self.term || url::looks_secret(&found) {
            return None;
        }
        self.term = found;
        (!self.term.is_empty()).then(|| Touchpoint::of(Kind::Search, &[(Field::SearchTerm, &self.term)], &[]))
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

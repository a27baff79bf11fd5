//! Recognition of page views and site searches from changes of the address.

use alloc::string::String;

use wayside_model::channel::ARRIVAL_FIELDS;
use wayside_model::text::{begins_with_one, split_once};
use wayside_model::{Field, Fields, Kind, Timestamp, Touchpoint, channel, url};

use crate::input::PageView;
use crate::told::Told;

/// The last address and the last search term.
#[derive(Default)]
pub(crate) struct Views {
    last: String,
    term: String,
    /// The time at which the search is recorded if the site does not record it first; the zero time if there is none.
    pub(crate) search_due: Timestamp,
    /// The title of the last view.
    title: String,
    /// The view that still has the title of the one before.
    untitled: Option<Untitled>,
}

/// A view within the page that may get its title late: routers change the address first, and the title once the view is drawn.
struct Untitled {
    seq: u32,
    /// The time until which nothing is sent, so that the title can still be put right.
    until: Timestamp,
}

/// A view waits for its title for this time in milliseconds. The host reads the title before it is over.
const TITLE_MS: i64 = 1_500;

/// A site that records its searches itself does so within this time, in milliseconds; it knows the number of results.
const SEARCH_MS: i64 = 1_000;

/// The value of `entry` for an address that changes without a page load.
const IN_PAGE: &str = "spa";

/// Query parameters with the search term, in the order in which they are tried: those of GA4's site search and those
/// that shop systems use.
const TERMS: &[&str] = &["q", "s", "search", "query", "keyword"];

impl Views {
    /// Whether this is a page view and not only another address of the same page.
    ///
    /// * A page load and a return from the back/forward cache are always views.
    /// * A change of address without a load is a view if the path, the query or the route (`#/…`, `#!/…`) changes.
    ///   With `replaceState` the query does not count, because pages keep filters and sort orders there.
    pub(crate) fn is_view(&mut self, page: &PageView<'_>) -> bool {
        let in_page = page.entry == IN_PAGE;
        let last = core::mem::replace(&mut self.last, page.url.into());
        let (last, now) = (Address::of(&last), Address::of(page.url));
        !in_page || last.page != now.page || last.route != now.route || !page.replaced && last.query != now.query
    }

    /// Takes in that a view was recorded under this seq.
    pub(crate) fn recorded(&mut self, page: &PageView<'_>, seq: u32, now: Timestamp) {
        let is_late = page.entry == IN_PAGE && page.title == self.title;
        self.untitled = is_late.then(|| Untitled {
            seq,
            until: now.after(TITLE_MS),
        });
        self.title = page.title.into();
    }

    /// The view whose title this is, if it had another one when it was recorded. It waits no longer.
    pub(crate) fn titled(&mut self, title: &str) -> Option<u32> {
        let untitled = self.untitled.take()?;
        let is_new = self.title != title;
        self.title = title.into();
        is_new.then_some(untitled.seq)
    }

    /// The time until which a view waits for its title; the zero time if none does.
    pub(crate) fn title_due(&self) -> Timestamp {
        self.untitled.as_ref().map_or(Timestamp::MIN, |untitled| untitled.until)
    }

    /// The last address.
    pub(crate) fn address(&self) -> &str {
        &self.last
    }

    /// Looks for a search term in an address.
    pub(crate) fn look_for_search(&mut self, url: &str, now: Timestamp) {
        let mut found = String::new();
        for name in TERMS {
            if found.is_empty() {
                found = url::query_param(url::query(url), name);
            }
        }
        if found != self.term {
            self.term = found;
            let tells = !self.term.is_empty() && !url::looks_secret(&self.term);
            self.search_due = if tells { now.after(SEARCH_MS) } else { Timestamp::MIN };
        }
    }

    /// Takes in a search that the site has recorded itself.
    pub(crate) fn on_search(&mut self, touchpoint: &Touchpoint) {
        self.search_due = Timestamp::MIN;
        self.term = touchpoint.fields().text(Field::SearchTerm).unwrap_or_default().into();
    }

    /// Records the search that is due by `now`.
    pub(crate) fn search(&mut self, now: Timestamp, told: &mut Told) {
        if self.search_due != Timestamp::MIN && self.search_due <= now {
            self.search_due = Timestamp::MIN;
            told.add(Kind::Search, &[(Field::SearchTerm, &self.term)], &[]);
        }
    }
}

/// The touchpoint of a page view, with the facts `about` the browser unless they are `off`. `own` are the shop's domains.
pub(crate) fn touchpoint(page: &PageView<'_>, about: &Fields, off: &str, own: &str) -> Touchpoint {
    let texts = &[
        (Field::Url, &*url::scrub(page.url)),
        (Field::Entry, page.entry),
        (Field::Title, page.title),
    ];
    let mut fields = Fields::of(texts, &[]);
    // Only a page load is an arrival: an address that changes within the page still contains the campaign with which
    // the page was opened.
    if page.entry != IN_PAGE {
        for (field, _) in about.iter() {
            if let Some(fact) = about.text(field)
                && !begins_with_one(field.name(), off)
            {
                fields.set_text(field, fact);
            }
        }
        channel::write_arrival(&mut fields, page.url, page.referrer, own);
    }
    Touchpoint::made(Kind::PageView, fields)
}

/// The page view with the arrival on an earlier page of the visit, unless it is an arrival itself.
pub(crate) fn landed(mut view: Touchpoint, url: &str, referrer: &str, own: &str) -> Touchpoint {
    let mut fields = view.take_fields();
    if ARRIVAL_FIELDS.iter().all(|field| fields.get(*field).is_none()) {
        channel::write_arrival(&mut fields, url, referrer, own);
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
    fn a_change_of_path_query_or_route_is_a_view() {
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
    fn the_same_search_term_is_recorded_once() {
        let mut views = Views::default();
        views.look_for_search("https://a.example/find?q=blue+mug", at(0));
        assert_eq!(searched(&mut views, 999), None);
        assert_eq!(searched(&mut views, 1_000), Some("blue mug".into()));
        // Paging and sorting of the results.
        views.look_for_search("https://a.example/find?q=blue+mug&page=2", at(2_000));
        assert_eq!(searched(&mut views, 9_000), None);
        views.look_for_search("https://a.example/?s=cup", at(10_000));
        assert_eq!(searched(&mut views, 11_000), Some("cup".into()));
    }

    #[test]
    fn a_search_that_the_site_records_takes_precedence() {
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
    fn a_parameter_that_looks_secret_is_not_a_search_term() {
        let mut views = Views::default();
        views.look_for_search("https://a.example/find?q=ada@a.example", at(0));
        assert_eq!(searched(&mut views, 9_000), None);
    }

    #[test]
    fn a_page_that_loads_says_what_it_is_shown_in_unless_that_is_off() {
        let about = Fields::of(&[(Field::Device, "tablet"), (Field::Language, "de-AT")], &[]);
        let both = (Some("tablet"), Some("de-AT"));
        for (entry, off, expected) in [
            ("link", "", both),
            ("bfcache", "click", both),
            ("link", "click lang", (Some("tablet"), None)),
            ("spa", "", (None, None)),
        ] {
            let page = PageView {
                url: "https://a.example/x",
                referrer: "",
                title: "",
                entry,
                replaced: false,
            };
            let view = touchpoint(&page, &about, off, "");
            let told = (view.fields().text(Field::Device), view.fields().text(Field::Language));
            assert_eq!(told, expected, "{entry}, off: {off:?}");
        }
    }

    #[test]
    fn a_page_without_an_arrival_takes_that_of_the_visits_first_page() {
        let view = |url| {
            let page = PageView {
                url,
                referrer: "https://a.example/first",
                title: "",
                entry: "link",
                replaced: false,
            };
            let view = landed(
                touchpoint(&page, &Fields::new(), "", ""),
                "https://a.example/?utm_source=news",
                "https://b.example/",
                "",
            );
            let text = |field| view.fields().text(field).map(String::from);
            (text(Field::Source), text(Field::Referrer))
        };
        assert_eq!(
            view("https://a.example/x"),
            (Some("news".into()), Some("https://b.example/".into()))
        );
        let page = PageView {
            url: "https://a.example/?utm_source=ads",
            referrer: "",
            title: "",
            entry: "link",
            replaced: false,
        };
        let own = landed(
            touchpoint(&page, &Fields::new(), "", ""),
            "https://a.example/?utm_source=news",
            "",
            "",
        );
        assert_eq!(own.fields().text(Field::Source), Some("ads"));
    }

    #[test]
    fn a_page_view_contains_no_secrets() {
        let page = PageView {
            url: "https://a.example/x?token=1&utm_source=news#id",
            referrer: "",
            title: "T",
            entry: "link",
            replaced: false,
        };
        let view = touchpoint(&page, &Fields::new(), "", "");
        assert_eq!(
            view.fields().text(Field::Url),
            Some("https://a.example/x?utm_source=news")
        );
        assert_eq!(view.fields().text(Field::Title), Some("T"));
        assert_eq!(view.fields().text(Field::Entry), Some("link"));
    }
}

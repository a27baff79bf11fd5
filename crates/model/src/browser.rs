//! Which browser a page is shown in, as far as its user agent says.

use crate::text::split_once;

/// A family of browsers with its major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Browser<'a> {
    /// The family's name, such as `Chrome`.
    pub family: &'static str,
    /// The major version in digits; empty if the user agent does not say it.
    pub version: &'a str,
}

/// Marks of user agents with the family that they mean. The first one that a user agent contains decides: browsers name
/// those that they descend from after themselves, and apps name the browser that they contain.
///
/// Brave, Arc and others that name only Chrome count as Chrome; they mean to be indistinguishable.
const FAMILIES: &[(&str, &str)] = &[
    ("FBAV/", "Facebook"),
    ("Instagram ", "Instagram"),
    ("BytedanceWebview/", "TikTok"),
    ("MicroMessenger/", "WeChat"),
    ("GSA/", "Google app"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex"),
    ("Vivaldi/", "Vivaldi"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

impl<'a> Browser<'a> {
    /// The browser with this user agent; `None` if none of the known ones is named.
    ///
    /// ```
    /// use wayside_model::browser::Browser;
    ///
    /// let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
    /// let browser = Browser::of(agent).unwrap();
    /// assert_eq!((browser.family, browser.version), ("Chrome", "140"));
    /// ```
    pub fn of(user_agent: &'a str) -> Option<Self> {
        for (mark, family) in FAMILIES {
            if let Some(rest) = after(user_agent, mark) {
                // Edge has a mark for each platform, such as `EdgA/`.
                let is_whole = matches!(mark.as_bytes().last(), Some(b'/' | b' '));
                let number = if is_whole { Some(rest) } else { split_once(rest, b'/').1 }.unwrap_or_default();
                let digits = number.bytes().take_while(u8::is_ascii_digit).count();
                let version = number.get(..digits).unwrap_or_default();
                return Some(Self { family, version });
            }
        }
        None
    }
}

/// The part of the text after the first `mark`; `None` without it.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let at = text
        .as_bytes()
        .windows(mark.len())
        .position(|part| part == mark.as_bytes())?;
    text.get(at + mark.len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(user_agent: &str, family: &str, version: &str) {
        let browser = Browser::of(user_agent).unwrap();
        assert_eq!((browser.family, browser.version), (family, version), "{user_agent}");
    }

    #[test]
    fn browsers_of_computers() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
        check(
            &format!("{windows} {webkit} Chrome/140.0.0.0 Safari/537.36"),
            "Chrome",
            "140",
        );
        check(
            &format!("{windows} {webkit} Chrome/140.0.0.0 Safari/537.36 Edg/139.0.3405.86"),
            "Edge",
            "139",
        );
        check(
            &format!("{windows} {webkit} Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0"),
            "Opera",
            "122",
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
            "Firefox",
            "130",
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
            "Safari",
            "18",
        );
    }

    #[test]
    fn browsers_of_phones_and_within_apps() {
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let android = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)";
        check(
            &format!("{iphone} Version/18.0 Mobile/15E148 Safari/604.1"),
            "Safari",
            "18",
        );
        check(
            &format!("{iphone} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1"),
            "Chrome",
            "140",
        );
        check(
            &format!("{iphone} FxiOS/142.0 Mobile/15E148 Safari/605.1.15"),
            "Firefox",
            "142",
        );
        check(
            &format!("{iphone} Version/18.0 EdgiOS/139.0.3405.86 Mobile/15E148 Safari/604.1"),
            "Edge",
            "139",
        );
        check(
            &format!("{iphone} GSA/383.0.7 Mobile/15E148 Safari/604.1"),
            "Google app",
            "383",
        );
        check(
            &format!("{android} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"),
            "Samsung Internet",
            "28",
        );
        check(
            &format!("{android} Version/4.0 Chrome/139.0.0.0 Mobile Safari/537.36 Instagram 396.0.0.46.242 Android"),
            "Instagram",
            "396",
        );
        check(
            &format!("{android} Version/4.0 Chrome/139.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/526.0.0.66.75;]"),
            "Facebook",
            "526",
        );
    }

    #[test]
    fn other_user_agents_name_no_browser() {
        for agent in ["", "curl/8.5.0", "Mozilla/5.0 (compatible; ExampleBot/2.1)", "Ünïcode"] {
            assert_eq!(Browser::of(agent), None, "{agent}");
        }
        check("Edg", "Edge", "");
        check("ü Chrome/", "Chrome", "");
    }
}

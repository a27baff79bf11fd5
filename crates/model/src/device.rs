//! Which kind of device a page is shown on, and the facts about it and its browser that a page view records.

use crate::browser::Browser;
use crate::field::{Field, Fields};
use crate::text::has;

/// A kind of device, as analysts tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Device {
    /// A computer with a mouse or a touchpad, with a touch screen or without.
    Desktop = 0,
    /// A phone.
    Mobile = 1,
    /// A tablet.
    Tablet = 2,
    /// Anything else that an import names, such as a television or a console.
    Other = 3,
}

/// Facts that a page can tell about its device without asking the visitor.
///
/// `navigator.userAgentData.mobile` is not among them: where browsers have it, their user agent says `Mobile` for the same
/// devices (User-Agent Client Hints, section 3.1, <https://wicg.github.io/ua-client-hints/#sec-ch-ua-mobile>).
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// `navigator.userAgent`.
    pub user_agent: &'a str,
    /// `navigator.maxTouchPoints`.
    pub touch_points: i64,
    /// Whether the main pointer is a finger: the media query `(pointer: coarse)`.
    pub has_coarse_pointer: bool,
    /// The width of the screen in CSS pixels.
    pub width_px: i64,
    /// The height of the screen in CSS pixels.
    pub height_px: i64,
    /// `navigator.language`.
    pub language: &'a str,
    /// The time zone of `Intl.DateTimeFormat`.
    pub time_zone: &'a str,
}

impl Facts<'_> {
    /// The fields of a page view that these facts lead to: each a word for something that many devices have in common.
    pub fn fields(&self) -> Fields {
        let browser = Browser::of(self.user_agent);
        let (family, version) = browser.map_or(("", ""), |browser| (browser.family, browser.version));
        Fields::of(
            &[
                (Field::Device, Device::of(self).name()),
                (Field::Browser, family),
                (Field::BrowserVersion, version),
                (Field::Language, self.language),
                (Field::Screen, screen_size(self.width_px)),
                (Field::TimeZone, self.time_zone),
            ],
            &[],
        )
    }
}

/// A size of a screen: the window size classes of Android and Material Design, by the width in CSS pixels
/// (<https://developer.android.com/develop/ui/compose/layouts/adaptive/use-window-size-classes>).
pub const fn screen_size(width_px: i64) -> &'static str {
    match width_px {
        ..600 => "compact",
        600..840 => "medium",
        840..1200 => "expanded",
        1200..1600 => "large",
        1600.. => "extra_large",
    }
}

/// Touch screens from this shorter side on are tablets: Android's own border (`sw600dp`,
/// <https://developer.android.com/guide/topics/large-screens/support-different-screen-sizes>). The largest phones have 480.
const TABLET_MIN_PX: i64 = 600;

impl Device {
    /// Every device in order of its code.
    pub const ALL: [Self; 4] = [Self::Desktop, Self::Mobile, Self::Tablet, Self::Other];

    /// The device that a page with these facts is shown on.
    ///
    /// 1. A user agent that says `iPad`, `Tablet`, or `Android` without `Mobile` is a tablet's.
    /// 2. One that says `Mobi` is a phone's, as MDN advises.
    /// 3. Any other says that it is a computer's. iPads, and phones and tablets that ask for desktop pages, say so too: a
    ///    Macintosh with touch points is an iPad, since no Mac has a touch screen; a touch screen whose main
    ///    pointer is a finger is a tablet or, when it is small, a phone. A laptop with a touch screen has a finer main pointer.
    pub fn of(facts: &Facts<'_>) -> Self {
        let says = |word: &str| has(facts.user_agent, word);
        let is_phone = says("Mobi");
        let is_tablet = says("iPad") || says("Tablet") || says("Android") && !is_phone;
        if is_tablet {
            return Self::Tablet;
        }
        if is_phone {
            return Self::Mobile;
        }
        match facts.touch_points > 0 && (facts.has_coarse_pointer || says("Macintosh")) {
            true if facts.width_px.min(facts.height_px) < TABLET_MIN_PX => Self::Mobile,
            true => Self::Tablet,
            false => Self::Desktop,
        }
    }

    /// The device that a source means by its word for it, without regard to case; any word that is not known is [`Device::Other`].
    pub fn from_word(word: &str) -> Self {
        let is = |known: &[&str]| known.iter().any(|known| word.trim_ascii().eq_ignore_ascii_case(known));
        if is(&["desktop", "computer", "laptop", "pc"]) {
            Self::Desktop
        } else if is(&["mobile", "phone", "smartphone", "phablet"]) {
            Self::Mobile
        } else if is(&["tablet"]) {
            Self::Tablet
        } else {
            Self::Other
        }
    }

    /// The device's name, in the field `device` and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Tablet => "tablet",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks one page's device by its facts: touch points, whether the main pointer is a finger, the screen's shorter side.
    #[track_caller]
    fn check(user_agent: &str, (touch_points, has_coarse_pointer, short_side_px): (i64, bool, i64), expected: Device) {
        let facts = Facts {
            user_agent,
            touch_points,
            has_coarse_pointer,
            width_px: 2 * short_side_px,
            height_px: short_side_px,
            ..Facts::default()
        };
        assert_eq!(Device::of(&facts), expected, "{user_agent}");
    }

    const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15";
    const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
    const LINUX: &str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

    #[test]
    fn computers_with_and_without_a_touch_screen() {
        check(MAC, (0, false, 900), Device::Desktop);
        check(WINDOWS, (0, false, 1080), Device::Desktop);
        check(WINDOWS, (10, false, 864), Device::Desktop);
        check(
            "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
            (0, false, 1080),
            Device::Desktop,
        );
        check("", (0, false, 0), Device::Desktop);
    }

    #[test]
    fn phones() {
        let small = (5, true, 390);
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            small,
            Device::Mobile,
        );
        check(
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
            small,
            Device::Mobile,
        );
        check(
            "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0",
            small,
            Device::Mobile,
        );
        // A phone that was asked for the desktop page.
        check(LINUX, small, Device::Mobile);
        check(MAC, small, Device::Mobile);
    }

    #[test]
    fn tablets() {
        let large = (5, true, 768);
        check(MAC, large, Device::Tablet);
        // An iPad with a trackpad: the main pointer is fine.
        check(MAC, (5, false, 820), Device::Tablet);
        check(
            "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1",
            large,
            Device::Tablet,
        );
        check(
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            large,
            Device::Tablet,
        );
        check(
            "Mozilla/5.0 (Android 14; Tablet; rv:130.0) Gecko/130.0 Firefox/130.0",
            large,
            Device::Tablet,
        );
        // Desktop pages on an Android tablet, and Windows without its keyboard.
        check(LINUX, large, Device::Tablet);
        check(WINDOWS, (10, true, 720), Device::Tablet);
        check(LINUX, (5, true, TABLET_MIN_PX), Device::Tablet);
        check(LINUX, (5, true, TABLET_MIN_PX - 1), Device::Mobile);
    }

    #[test]
    fn facts_lead_to_fields() {
        let facts = Facts {
            user_agent: WINDOWS,
            width_px: 1920,
            height_px: 1080,
            language: "de-AT",
            time_zone: "Europe/Vienna",
            ..Facts::default()
        };
        let fields = facts.fields();
        let texts: Vec<_> = fields
            .iter()
            .map(|(field, _)| (field.name(), fields.text(field).unwrap()))
            .collect();
        assert_eq!(
            texts,
            [
                ("device", "desktop"),
                ("browser", "Chrome"),
                ("browser_version", "140"),
                ("language", "de-AT"),
                ("screen", "extra_large"),
                ("time_zone", "Europe/Vienna"),
            ]
        );
        let unknown: Vec<_> = Facts::default().fields().iter().map(|(field, _)| field).collect();
        assert_eq!(
            unknown,
            [Field::Device, Field::Screen],
            "nothing is said about what is not known"
        );
    }

    #[test]
    fn sizes_of_screens() {
        let sizes = [390, 599, 600, 839, 840, 1199, 1200, 1599, 1600, 3840].map(screen_size);
        let expected = ["compact", "medium", "expanded", "large", "extra_large"].map(|size| [size, size]);
        assert_eq!(sizes, expected.as_flattened());
    }

    #[test]
    fn words_of_other_systems() {
        for (word, expected) in [
            ("desktop", Device::Desktop),
            (" Computer ", Device::Desktop),
            ("Smartphone", Device::Mobile),
            ("mobile", Device::Mobile),
            ("Tablet", Device::Tablet),
            ("smart tv", Device::Other),
        ] {
            assert_eq!(Device::from_word(word), expected, "{word}");
        }
        for device in Device::ALL {
            assert_eq!(Device::from_word(device.name()), device);
        }
    }
}

//! The country of a visit.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use wayside_model::Field;

use super::by::last_text;
use crate::scan::SessionView;

/// The country that a visit's touchpoints name, else the one of the time zone that the device is set to; `None` if neither is
/// known. A code is in capital letters.
pub(super) fn of<'a>(session: &SessionView<'a>) -> Option<Cow<'a, str>> {
    match last_text(session, Field::Country) {
        Some(code) if code.len() == 2 => Some(code.to_ascii_uppercase().into()),
        Some(name) => Some(name.into()),
        None => of_zone(last_text(session, Field::TimeZone)?).map(Cow::Borrowed),
    }
}

/// The ISO 3166-1 code of the country that a time zone is in; `None` for zones that are not in one, such as `UTC`.
fn of_zone(zone: &str) -> Option<&'static str> {
    static ZONES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        let lines = include_str!("zone_countries.txt").lines();
        let countries = lines.filter(|line| !line.starts_with('#'));
        let words = countries.map(|line| line.split(' '));
        words
            .filter_map(|mut words| Some((words.next()?, words)))
            .flat_map(|(country, zones)| zones.map(move |zone| (zone, country)))
            .collect()
    });
    ZONES.get(zone).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_their_older_names_have_a_country() {
        for (zone, country) in [
            ("Europe/Vienna", Some("AT")),
            ("Asia/Calcutta", Some("IN")),
            ("Asia/Kolkata", Some("IN")),
            ("Europe/Kiev", Some("UA")),
            ("America/Coral_Harbour", Some("CA")),
            ("UTC", None),
            ("Etc/GMT-1", None),
            ("Mars/Olympus", None),
            ("", None),
        ] {
            assert_eq!(of_zone(zone), country, "{zone}");
        }
    }

    #[test]
    fn every_zone_that_is_named_after_a_place_has_a_country() {
        let places = [
            "Africa/",
            "America/",
            "Antarctica/",
            "Arctic/",
            "Asia/",
            "Atlantic/",
            "Australia/",
        ];
        let more = ["Europe/", "Indian/", "Pacific/"];
        let mut known = 0;
        for name in jiff::tz::db().available() {
            if places.iter().chain(&more).any(|place| name.as_str().starts_with(place)) {
                assert!(of_zone(name.as_str()).is_some(), "{name}");
                known += 1;
            }
        }
        assert!(known > 400, "{known}");
    }
}

//! Folding a journey event by event, all at once, or in parts with the state saved in between gives the same result.

use proptest::prelude::*;
use wayside_model::journey::Config;
use wayside_model::{ErrorKind, Event, Journey, Placed, Signal, Stage};
use wayside_testkit::{event, generate};

type Told = (Vec<Placed>, Vec<Signal>);

fn fold(journey: &mut Journey, events: &[Event], told: &mut Told) {
    for event in events {
        let placed = journey.on_event(&Config::default(), event, &mut told.1);
        told.0.push(placed);
    }
}

fn all_at_once(events: &[Event]) -> (Journey, Told) {
    let mut journey = Journey::default();
    let mut told = Told::default();
    fold(&mut journey, events, &mut told);
    (journey, told)
}

proptest! {
    #[test]
    fn saving_and_restoring_anywhere_changes_nothing(events in generate::journey(), splits in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        let mut cuts: Vec<usize> = splits.iter().map(|at| at.index(events.len() + 1)).collect();
        cuts.extend([0, events.len()]);
        cuts.sort_unstable();
        let mut journey = Journey::default();
        let mut told = Told::default();
        for pair in cuts.windows(2) {
            journey = Journey::restore(&journey.save()).unwrap();
            fold(&mut journey, &events[pair[0]..pair[1]], &mut told);
        }
        prop_assert_eq!((journey, told), all_at_once(&events));
    }

    /// `advance`, which a page calls, gives the same signals and state as `on_event`, which the analyzer calls.
    #[test]
    fn advance_gives_the_same_signals_as_on_event(events in generate::journey()) {
        let (told, (placed, signals)) = all_at_once(&events);
        let mut journey = Journey::default();
        let mut found = Vec::new();
        for event in &events {
            journey.advance(&Config::default(), event, &mut found);
        }
        prop_assert_eq!(found, signals);
        prop_assert_eq!((journey.stage(), journey.sessions()), (told.stage(), told.sessions()));
        // State saved by `advance` can be continued by `on_event`.
        let mut later = Journey::restore(&journey.save()).unwrap();
        if let (Some(event), Some(last)) = (events.last(), placed.last()) {
            let mut after = told.clone();
            let again = later.on_event(&Config::default(), event, &mut Vec::new());
            prop_assert_eq!(again, after.on_event(&Config::default(), event, &mut Vec::new()));
            prop_assert_eq!(again.channel, last.channel);
        }
    }

    #[test]
    fn sessions_are_numbered_in_order_of_start(events in generate::journey()) {
        let (journey, (placed, _)) = all_at_once(&events);
        let starts: Vec<u32> = placed.iter().filter(|placed| placed.starts_session).map(|placed| placed.session).collect();
        prop_assert!(starts.iter().copied().eq(0..journey.sessions()));
        prop_assert!(placed.iter().zip(&events).all(|(placed, _)| placed.session < journey.sessions()));
    }

    #[test]
    fn a_signal_has_the_id_and_time_of_its_deciding_event(events in generate::journey()) {
        let (_, (_, signals)) = all_at_once(&events);
        for signal in signals {
            let by = events.iter().find(|event| Some(event.id) == signal.event);
            prop_assert_eq!(by.map(|event| event.time), Some(signal.time));
        }
    }

    #[test]
    fn restoring_random_bytes_fails_with_a_state_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Err(error) = Journey::restore(&bytes) {
            prop_assert_eq!(error.kind(), &ErrorKind::State);
        }
    }

    #[test]
    fn a_damaged_state_never_panics(events in generate::journey(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut saved = all_at_once(&events).0.save();
        let at = at.index(saved.len());
        saved[at] = byte;
        if let Ok(mut journey) = Journey::restore(&saved) {
            fold(&mut journey, &events, &mut Told::default());
        }
    }
}

#[test]
fn truncated_state_and_state_of_another_version_are_refused() {
    let (mut journey, _) = all_at_once(&[event(0, 0, "v1", "page_view", r#"{"url":"/a"}"#)]);
    let saved = journey.save();
    for end in 0..saved.len() {
        let error = Journey::restore(&saved[..end]).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::State, "cut at {end}");
    }
    for at in [0, 1] {
        let mut other = saved.clone();
        other[at] += 1;
        assert!(Journey::restore(&other).is_err());
    }
}

/// The saved state in `localStorage` after an ordinary visit is small.
#[test]
fn the_saved_state_of_a_visit_is_small() {
    let events: Vec<Event> = (0..50)
        .map(|seq| {
            let url = format!(
                r#"{{"url":"https://shop.example/p/product-{seq}","entry":"link","source":"news","medium":"email"}}"#
            );
            event(seq, i64::from(seq) * 1_000, "3f2a9c1e7b5d4f60", "page_view", &url)
        })
        .collect();
    let saved = all_at_once(&events).0.save();
    assert!(saved.len() < 200, "{} bytes", saved.len());
}

/// Checks rows of: milliseconds after the start, visitor, touchpoint, fields; then the expected session and stage.
#[track_caller]
fn check(rows: &[(i64, &str, &str, &str, u32, Stage)]) {
    let events: Vec<Event> = (0..)
        .zip(rows)
        .map(|(seq, (time, visitor, name, json, ..))| event(seq, *time, visitor, name, json))
        .collect();
    let (_, (placed, _)) = all_at_once(&events);
    let found: Vec<_> = placed.iter().map(|placed| (placed.session, placed.stage)).collect();
    let expected: Vec<_> = rows.iter().map(|row| (row.4, row.5)).collect();
    assert_eq!(found, expected);
}

const PAGE: &str = r#"{"url":"/a"}"#;
const MINUTE: i64 = 60_000;

#[test]
fn a_session_ends_after_more_than_thirty_minutes() {
    use Stage::Awareness;
    check(&[
        (0, "v1", "page_view", PAGE, 0, Awareness),
        (30 * MINUTE, "v1", "page_view", PAGE, 0, Awareness),
        (60 * MINUTE + 1, "v1", "page_view", PAGE, 1, Awareness),
    ]);
}

#[test]
fn midnight_does_not_end_a_session() {
    use Stage::Awareness;
    // The visits begin at 16:00 UTC.
    let midnight = 8 * 60 * MINUTE;
    check(&[
        (midnight - 1, "v1", "page_view", PAGE, 0, Awareness),
        (midnight, "v1", "page_view", PAGE, 0, Awareness),
        (midnight + 1, "v1", "page_view", PAGE, 0, Awareness),
    ]);
}

#[test]
fn a_new_campaign_starts_a_session_and_the_same_one_does_not() {
    use Stage::Awareness;
    let news = r#"{"url":"/a","source":"news","medium":"email"}"#;
    let shouted = r#"{"url":"/a","source":"News","medium":"EMAIL"}"#;
    let other = r#"{"url":"/a","source":"news","medium":"email","campaign":"spring"}"#;
    let reload = r#"{"url":"/a","source":"news","medium":"email","entry":"reload"}"#;
    let click = r#"{"url":"/a","click_id":"gclid"}"#;
    check(&[
        (0, "v1", "page_view", PAGE, 0, Awareness),
        (1, "v1", "page_view", news, 1, Awareness),
        (2, "v1", "page_view", PAGE, 1, Awareness),
        (3, "v1", "page_view", news, 1, Awareness),
        (3, "v1", "page_view", shouted, 1, Awareness),
        (4, "v1", "page_view", other, 2, Awareness),
        (5, "v1", "page_view", reload, 2, Awareness),
        // Fewer campaign parameters than the session has: the others were lost from the address.
        (5, "v1", "page_view", news, 2, Awareness),
        (6, "v1", "page_view", click, 3, Awareness),
        (
            7,
            "v1",
            "page_view",
            r#"{"url":"/a","referrer":"https://www.google.com/"}"#,
            3,
            Awareness,
        ),
    ]);
}

#[test]
fn session_ids_of_an_imported_source_decide() {
    use Stage::Awareness;
    let s1 = r#"{"url":"/a","source_session":"s1"}"#;
    let s2 = r#"{"url":"/a","source_session":"s2"}"#;
    check(&[
        (0, "v1", "page_view", s1, 0, Awareness),
        (50 * MINUTE, "v1", "page_view", s1, 0, Awareness),
        (51 * MINUTE, "v1", "page_view", s2, 1, Awareness),
    ]);
}

#[test]
fn visitors_of_one_customer_have_sessions_of_their_own() {
    use Stage::{Awareness, Consideration};
    check(&[
        (0, "v1", "page_view", PAGE, 0, Awareness),
        (1, "v2", "view_item", "{}", 1, Consideration),
        (2, "v1", "page_view", PAGE, 0, Awareness),
        (3, "v2", "page_view", PAGE, 1, Consideration),
    ]);
}

#[test]
fn a_customer_who_bought_in_an_earlier_session_is_in_retention() {
    use Stage::{Advocacy, Awareness, Consideration, Purchase, Retention};
    check(&[
        (0, "v1", "page_view", PAGE, 0, Awareness),
        (1, "v1", "view_item", "{}", 0, Consideration),
        (2, "v1", "add_to_cart", "{}", 0, Purchase),
        (3, "v1", "page_view", PAGE, 0, Purchase),
        (4, "v1", "purchase", "{}", 0, Purchase),
        (5, "v1", "view_item", "{}", 0, Consideration),
        (60 * MINUTE, "v1", "page_view", PAGE, 1, Retention),
        (61 * MINUTE, "v1", "view_item", "{}", 1, Retention),
        (62 * MINUTE, "v1", "add_to_cart", "{}", 1, Purchase),
        (63 * MINUTE, "v1", "share", "{}", 1, Advocacy),
    ]);
}

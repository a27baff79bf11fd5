//! Detectors of page activity are folds: their signals depend only on the activity and on the time between it.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use wayside_model::journey::Config;
use wayside_model::{Activity, Click, Page, Signal, SignalKind, Timestamp};

/// Activity, each with the milliseconds since the activity before.
type Stream = Vec<(i64, Activity<'static>)>;

fn click() -> impl Strategy<Value = Click<'static>> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let at = (select(vec!["#pay", "a", ""]), 0..60_i32, 0..60_i32);
    (at, flags).prop_map(|((element, x, y), (rare, selects, repeatable, expects_answer))| Click {
        element,
        x,
        y,
        selects_text: selects && rare,
        ignored: false,
        repeatable: repeatable && rare,
        expects_answer,
    })
}

fn activity() -> impl Strategy<Value = Activity<'static>> {
    prop_oneof![
        4 => click().prop_map(Activity::Click),
        2 => (0..1_500_i32, 0..900_i32).prop_map(|(x, y)| Activity::Pointer { x, y }),
        1 => (0..8_000_i32).prop_map(|to_permille| Activity::Scrolled { to_permille }),
        1 => (500..3_000_i32).prop_map(|to_permille| Activity::Zoomed { to_permille }),
        1 => select(vec!["button#pay", ""]).prop_map(|element| Activity::Over { element }),
        4 => select(vec![
            Activity::Used,
            Activity::Answered,
            Activity::Failed,
            Activity::LeftAtTop,
            Activity::Viewed,
            Activity::Hidden,
        ]),
    ]
}

fn stream() -> impl Strategy<Value = Stream> {
    let gap = prop_oneof![3 => 0..1_200_i64, 1 => 0..70_000_i64];
    prop::collection::vec((gap, activity()), 0..60)
}

/// Passes activity to a page, and the time whenever its deadline has come.
fn tell(page: &mut Page, stream: &[(i64, Activity<'_>)], mut now: Timestamp, out: &mut Vec<Signal>) -> Timestamp {
    let limits = &Config::default().thresholds;
    for (gap, activity) in stream {
        let next = now.after(*gap);
        loop {
            let due = page.deadline(limits);
            if due == Timestamp::MIN || due > next {
                break;
            }
            page.on_activity(&Activity::Time, due.max(now), limits, out);
        }
        now = next;
        page.on_activity(activity, now, limits, out);
    }
    now
}

fn in_checkout() -> Page {
    let mut page = Page::default();
    page.enter("payment", START);
    page
}

fn all_at_once(stream: &Stream, start: Timestamp) -> (Page, Vec<Signal>) {
    let mut page = Page::default();
    page.enter("payment", start);
    let mut out = Vec::new();
    tell(&mut page, stream, start, &mut out);
    (page, out)
}

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

proptest! {
    #[test]
    fn cloning_the_state_anywhere_changes_nothing(stream in stream(), splits in prop::collection::vec(any::<Index>(), 0..4)) {
        let mut cuts: Vec<usize> = splits.iter().map(|at| at.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let (mut page, mut now, mut told) = (in_checkout(), START, Vec::new());
        for pair in cuts.windows(2) {
            // Only the state is carried over from one part to the next.
            page = page.clone();
            let mut out = Vec::new();
            now = tell(&mut page, &stream[pair[0]..pair[1]], now, &mut out);
            told.append(&mut out);
        }
        prop_assert_eq!((page, told), all_at_once(&stream, START));
    }

    #[test]
    fn the_signals_do_not_depend_on_the_date(stream in stream(), later in 1..1_000_000_000_i64) {
        let (_, told) = all_at_once(&stream, START);
        let (_, again) = all_at_once(&stream, START.after(later));
        let earlier = |mut signal: Signal| {
            signal.time = Timestamp::from_millis(signal.time.millis() - later);
            signal
        };
        prop_assert_eq!(again.into_iter().map(earlier).collect::<Vec<_>>(), told);
    }

    /// A timer that fires too early changes nothing.
    #[test]
    fn time_before_the_deadline_changes_nothing(stream in stream(), at in any::<Index>()) {
        let limits = &Config::default().thresholds;
        let mut page = in_checkout();
        let mut out = Vec::new();
        let now = tell(&mut page, &stream[..at.index(stream.len() + 1)], START, &mut out);
        let (before, found) = (page.clone(), out.len());
        let due = page.deadline(limits);
        if due > now {
            let early = now.millis() + at.index((due.millis() - now.millis()) as usize) as i64;
            page.on_activity(&Activity::Time, Timestamp::from_millis(early), limits, &mut out);
            prop_assert_eq!(page, before);
            prop_assert_eq!(out.len(), found);
        }
    }

    #[test]
    fn page_signals_have_no_event_and_the_time_of_their_input(stream in stream()) {
        let (_, told) = all_at_once(&stream, START);
        let mut now = START;
        for signal in &told {
            prop_assert!(signal.kind.needs_page());
            prop_assert!(signal.event.is_none());
            prop_assert!(signal.time >= now, "in order of time");
            now = signal.time;
        }
    }

    /// Clicks on elements that the site excluded never fire.
    #[test]
    fn ignored_clicks_never_fire(mut stream in stream()) {
        for (_, activity) in &mut stream {
            if let Activity::Click(click) = activity {
                click.ignored = true;
            }
        }
        let (_, told) = all_at_once(&stream, START);
        let of_clicks = [SignalKind::RageClick, SignalKind::DeadClick, SignalKind::ErrorClick];
        prop_assert!(told.iter().all(|signal| !of_clicks.contains(&signal.kind)), "{told:?}");
    }
}

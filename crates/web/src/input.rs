//! Decoding of the messages that the page module sends.

use wayside_model::device::{self, Device};
use wayside_model::{Activity, Click, Consent, SiteId, Timestamp, Value, VisitorId, WriterId};
use wayside_tracker::{Clicked, Config, FieldEvent, FormField, Outcome, PageView, Start, Tracker};

use crate::effect::Done;
use crate::value;

/// Starts a tracker. The payload is `Start` of `js/tracker/src/wasm.ts` followed by the journey that the last page
/// saved. `None` if the site, writer or visitor id is not valid.
pub(crate) fn start(mut payload: &[u8], now: Timestamp) -> Option<Tracker<Done>> {
    let said = &value::decode(&mut payload);
    let mut config = Config::new(
        SiteId::parse(text(said, 0)).ok()?,
        WriterId::parse(text(said, 1)).ok()?,
        VisitorId::parse(text(said, 2)).ok()?,
    );
    config.consent = Consent::from_name(text(said, 3)).unwrap_or_default();
    config.automated = flag(said, 4);
    config.off = text(said, 8).into();
    config.device = Some(Device::of(&device::Facts {
        user_agent: text(said, 10),
        touch_points: number(said, 11),
        has_coarse_pointer: flag(said, 12),
        short_side_px: number(said, 13),
    }));
    for set in at(said, 9).list() {
        config.model.thresholds.set(number(set, 0) as usize, number(set, 1));
    }
    let start = Start {
        reserved: number(said, 5) as u32,
        navigation: time(said, 6),
        reloaded: flag(said, 7),
        journey: payload,
    };
    Some(Tracker::start(config, start, now))
}

/// Passes one message (`Take` in `js/tracker/src/wasm.ts`) to the tracker.
pub(crate) fn take(tracker: &mut Tracker<Done>, kind: u8, mut payload: &[u8], now: Timestamp) {
    match kind {
        JOURNEY => return tracker.follow(payload),
        OUTBOX | ORPHAN => return tracker.adopt(payload, kind == ORPHAN, now),
        _ => {}
    }
    let said = &value::decode(&mut payload);
    match kind {
        0 => tracker.call(text(said, 0), at(said, 1), flag(said, 2), now),
        1 => {
            let page = PageView {
                url: text(said, 0),
                referrer: text(said, 1),
                title: text(said, 2),
                entry: text(said, 3),
                replaced: flag(said, 4),
            };
            tracker.view(&page, flag(said, 5), now);
        }
        2 => {
            let click = Click {
                element: text(said, 0),
                x: number(said, 1) as i32,
                y: number(said, 2) as i32,
                selects_text: flag(said, 3),
                ignored: flag(said, 4),
                repeatable: flag(said, 5),
                expects_answer: flag(said, 6),
            };
            let clicked = Clicked {
                click,
                on_control: flag(said, 7),
                link: text(said, 8),
                method: text(said, 9),
            };
            tracker.click(&clicked, now);
        }
        3 => tracker.acted(now),
        4 => tracker.consent(Consent::from_name(text(said, 0)).unwrap_or_default(), now),
        5 => {
            if let Ok(visitor) = VisitorId::parse(text(said, 0)) {
                tracker.reset(visitor, now);
            }
        }
        6 => tracker.listen(flag(said, 0)),
        7 => tracker.flush(number(said, 0) as u32),
        8 => tracker.request(time(said, 0), time(said, 1), now),
        9 => tracker.shut_down(now),
        10 => {
            let outcome = Outcome {
                id: number(said, 0) as u32,
                status: number(said, 1) as u16,
                retry_after_s: u32::try_from(number(said, 2)).unwrap_or_default(),
                random: number(said, 4) as u32,
                body: at(said, 3),
            };
            tracker.sent(&outcome, now);
        }
        11 => tracker.end_turn(now),
        12 => tracker.timer(now),
        13 => tracker.loaded(now),
        14 => tracker.storage_failed(),
        15 => tracker.hidden(flag(said, 0), now),
        16 => tracker.visible(now),
        24 => {
            let to_permille = number(said, 1) as i32;
            let activity = match number(said, 0) {
                0 => Activity::Used,
                1 => Activity::Answered,
                2 => Activity::Pointer {
                    x: to_permille,
                    y: number(said, 2) as i32,
                },
                3 => Activity::LeftAtTop,
                4 => Activity::Over { element: text(said, 1) },
                5 => {
                    tracker.seen(number(said, 2));
                    Activity::Scrolled { to_permille }
                }
                _ => Activity::Zoomed { to_permille },
            };
            tracker.activity(&activity, now);
        }
        25 => {
            let field = FormField {
                form: text(said, 1),
                name: text(said, 2),
                is_coupon: flag(said, 3),
            };
            let event = match number(said, 0) {
                0 => FieldEvent::Entered,
                1 => FieldEvent::Filled { deletes: flag(said, 4) },
                2 => FieldEvent::Left,
                3 => FieldEvent::Refused(text(said, 4)),
                _ => FieldEvent::Sent {
                    by_script: flag(said, 4),
                },
            };
            tracker.field(&field, event, now);
        }
        26 => tracker.away(flag(said, 0), now),
        _ => {}
    }
}

/// The messages with raw bytes as payload.
const JOURNEY: u8 = 17;
const OUTBOX: u8 = 18;
const ORPHAN: u8 = 19;

fn at(list: &Value, place: usize) -> &Value {
    list.list().get(place).unwrap_or(&Value::Null)
}

fn text(list: &Value, place: usize) -> &str {
    at(list, place).as_text().unwrap_or_default()
}

fn number(list: &Value, place: usize) -> i64 {
    at(list, place).as_number().unwrap_or_default() as i64
}

fn flag(list: &Value, place: usize) -> bool {
    at(list, place).as_bool().unwrap_or_default()
}

fn time(list: &Value, place: usize) -> Timestamp {
    Timestamp::from_millis(number(list, place))
}

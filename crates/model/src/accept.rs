//! The rules by which a collector accepts. The collector, the test kit and the check of saved batches have them from here.

use alloc::string::String;

use crate::channel;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::field::Field;
use crate::id::CustomerId;
use crate::kind::Kind;
use crate::limits::{CLOCK_AHEAD_MAX_MS, CLOCK_BEHIND_MAX_MS};
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;
use crate::value::Value;
use crate::wire::{self, Decoded};

/// The reason for refusing a whole body. `E` is the error of a JSON parser.
#[derive(Debug)]
pub enum Refused<E> {
    /// The body exceeds this number of bytes.
    TooLarge(usize),
    /// The body looks like JSON but does not parse.
    NotJson(E),
    /// The encoding or its version is unknown here.
    UnsupportedVersion,
    /// The body does not follow the encoding that its first byte denotes.
    Malformed(Error),
}

impl<E> Refused<E> {
    /// The stable code of the refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "too_large",
            Self::NotJson(_) | Self::Malformed(_) => "malformed",
            Self::UnsupportedVersion => "unsupported_version",
        }
    }

    /// The status of HTTP. The tracker drops a batch at each of these, because sending it again cannot help.
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLarge(_) => 413,
            Self::NotJson(_) | Self::Malformed(_) | Self::UnsupportedVersion => 400,
        }
    }
}

/// Decodes a body of at most `bytes_max` bytes in the encoding that its first byte denotes. `parse_json` parses JSON,
/// which the model itself does not.
///
/// # Errors
///
/// Fails if the body is too large or is not a batch.
pub fn body<E>(
    body: &[u8],
    bytes_max: usize,
    parse_json: impl Fn(&[u8]) -> Result<Value, E>,
) -> Result<Decoded, Refused<E>> {
    if body.len() > bytes_max {
        return Err(Refused::TooLarge(bytes_max));
    }
    let decoded = match body.first() {
        Some(b'{') => {
            let mut batch = parse_json(body).map_err(Refused::NotJson)?;
            wire::open_items(&mut batch, |text| parse_json(text.as_bytes()).ok());
            wire::from_value(&batch).map(|mut decoded| {
                for event in &mut decoded.good {
                    read_arrival(&mut event.touchpoint);
                }
                decoded
            })
        }
        _ => wire::decode(body),
    };
    decoded.map_err(|error| match error.kind() {
        ErrorKind::UnsupportedVersion => Refused::UnsupportedVersion,
        _ => Refused::Malformed(error),
    })
}

/// Reads the origin of a page view from its address and referrer, and the name of its entry. Pages send nothing else of them
/// in JSON, because that is the form of a page in which Wasm does not run or is not running yet.
fn read_arrival(view: &mut Touchpoint) {
    let known = [Field::Source, Field::Medium, Field::Campaign, Field::ClickId];
    if view.kind() != Kind::PageView || known.iter().any(|field| view.fields().get(*field).is_some()) {
        return;
    }
    let fields = view.fields_mut();
    let referrer = String::from(fields.text(Field::Referrer).unwrap_or_default());
    fields.remove(Field::Referrer);
    let url = String::from(fields.text(Field::Url).unwrap_or_default());
    let entry = match fields.text(Field::Entry) {
        Some("0") => "link",
        Some("1") => "reload",
        Some("2") => "back_forward",
        _ => "",
    };
    if !entry.is_empty() {
        fields.set_text(Field::Entry, entry);
    }
    // As in the tracker, an address that changes within the page is no arrival.
    if fields.text(Field::Entry) != Some("spa") {
        channel::write_arrival(fields, &url, &referrer, "");
    }
}

/// Drops the referrer of a page view if it is the shop's own, as in a page ([`channel::write_arrival`]). `own` are the
/// hosts that the site has configured.
pub fn origin(event: &mut Event, own: &str) {
    let fields = event.touchpoint.fields();
    let (Kind::PageView, Some(referrer)) = (event.touchpoint.kind(), fields.text(Field::Referrer)) else {
        return;
    };
    let page = fields.text(Field::Url).unwrap_or_default();
    if channel::is_own_referrer(page, referrer, own) {
        event.touchpoint.fields_mut().remove(Field::Referrer);
    }
}

/// Checks the rules for an event that the tables of fields cannot express.
///
/// # Errors
///
/// Fails if an `identify` has no valid customer id: all visitors who identify with the same id are one customer, so an
/// empty id would merge all of them.
pub fn event(event: &Event) -> Result<(), Error> {
    if event.touchpoint.kind() == Kind::Identify {
        CustomerId::parse(event.touchpoint.fields().text(Field::CustomerId).unwrap_or_default())?;
    }
    Ok(())
}

/// Checks that the time of an event is near `now`, the collector's clock.
///
/// # Errors
///
/// Fails with [`ErrorKind::Time`] if it is too far ahead or too old.
pub fn time(event: &Event, now: Timestamp) -> Result<(), Error> {
    if event.time.since(now) > CLOCK_AHEAD_MAX_MS || now.since(event.time) > CLOCK_BEHIND_MAX_MS {
        return Err(Error::new(ErrorKind::Time));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{EventId, VisitorId, WriterId};

    #[track_caller]
    fn check(bytes: &[u8], expected: (u16, &str)) {
        let refused = body(bytes, 20, |json| serde_json::from_slice(json)).unwrap_err();
        assert_eq!((refused.status(), refused.code()), expected);
    }

    #[test]
    fn a_body_that_is_no_batch_is_refused_with_its_reason() {
        check(b"{", (400, "malformed"));
        check(br#"{"v":1,"site":"s"}"#, (400, "malformed"));
        check(br#"{"v":9}"#, (400, "unsupported_version"));
        check(b"", (400, "unsupported_version"));
        check(&[1, 1, 0], (400, "malformed"));
        check(&[b' '; 21], (413, "too_large"));
    }

    #[test]
    fn a_view_from_a_page_without_wasm_has_its_origin() {
        let view = |url: &str, referrer: &str, entry: &str| {
            let fields = [("url", url), ("referrer", referrer), ("entry", entry)];
            let fields = fields
                .iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(name, text)| (*name, Value::from(*text)));
            let mut view = Touchpoint::parse(
                "page_view",
                &Value::Map(fields.map(|(name, text)| (name.into(), text)).collect()),
            )
            .unwrap();
            read_arrival(&mut view);
            let text = |field| view.fields().text(field).unwrap_or_default().to_string();
            (text(Field::Source), text(Field::Medium), text(Field::Referrer))
        };
        let news = "https://www.shop.example/?utm_source=news&utm_medium=email";
        let said = |source: &str, medium: &str, referrer: &str| (source.into(), medium.into(), referrer.into());
        assert_eq!(view(news, "", ""), said("news", "email", ""));
        assert_eq!(
            view(news, "https://mail.example/", "link"),
            said("news", "email", "https://mail.example/")
        );
        // A number, as browsers count ways in.
        let numbered = Value::map([("url", Value::from("/")), ("entry", Value::Int(2))]);
        let mut numbered = Touchpoint::parse("page_view", &numbered).unwrap();
        read_arrival(&mut numbered);
        assert_eq!(numbered.fields().text(Field::Entry), Some("back_forward"));
        // A page of the shop, a payment, and a change of address within the page.
        assert_eq!(view("https://checkout.shop.example/", news, "link"), said("", "", ""));
        assert_eq!(
            view("https://shop.example/done", "https://www.paypal.com/", "link"),
            said("", "", "")
        );
        assert_eq!(view(news, "https://mail.example/", "spa"), said("", "", ""));
    }

    fn made(name: &str, fields: &Value, time: Timestamp) -> Event {
        Event {
            id: EventId {
                writer: WriterId(1),
                seq: 0,
            },
            time,
            visitor: VisitorId::parse("v").unwrap(),
            touchpoint: Touchpoint::parse(name, fields).unwrap(),
        }
    }

    #[test]
    fn the_shops_own_hosts_are_no_referrers() {
        let own = "pay.bank.example";
        for (referrer, kept) in [
            ("https://www.shop.example/cart", false),
            ("https://www.paypal.com/", false),
            ("https://pay.bank.example/", false),
            ("https://bank.example/", true),
            ("https://blog.example/", true),
        ] {
            let fields = Value::map([
                ("url", Value::from("https://checkout.shop.example/")),
                ("referrer", Value::from(referrer)),
            ]);
            let mut event = made("page_view", &fields, Timestamp::MIN);
            origin(&mut event, own);
            assert_eq!(
                event.touchpoint.fields().get(Field::Referrer).is_some(),
                kept,
                "{referrer}"
            );
        }
    }

    #[test]
    fn an_identify_names_a_customer() {
        let identify = |customer: &str| {
            let fields = Value::map([("customer_id", Value::from(customer))]);
            event(&made("identify", &fields, Timestamp::MIN)).map_err(|error| error.code())
        };
        assert_eq!(identify("c"), Ok(()));
        assert_eq!(identify(""), Err("customer_id"));
    }

    #[test]
    fn a_time_is_near_the_collectors_clock() {
        let now = Timestamp::from_millis(1_764_000_000_000);
        let at = |offset_ms: i64| {
            let there = Timestamp::from_millis(now.millis() + offset_ms);
            time(&made("share", &Value::Null, there), now).is_ok()
        };
        assert!(at(0) && at(CLOCK_AHEAD_MAX_MS) && at(-CLOCK_BEHIND_MAX_MS));
        assert!(!at(CLOCK_AHEAD_MAX_MS + 1) && !at(-CLOCK_BEHIND_MAX_MS - 1));
    }
}

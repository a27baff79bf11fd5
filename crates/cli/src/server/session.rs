//! Sessions of readers: what a browser keeps in place of the read token.
//!
//! A session is the time of its end and a code (HMAC, RFC 2104) that only a server with the token can make. So a cookie that is read from a
//! browser's disk does not reveal the token, ends by itself, and ends when the token is changed. The server keeps nothing.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use wayside_model::Timestamp;

/// Time for which a browser stays logged in: a reader who opens the dashboard every week logs in once a month.
pub(super) const SECONDS: u32 = 30 * 24 * 3_600;

/// Begins a session of a reader who has sent the token.
pub(super) fn begin(token: &str, now: Timestamp) -> String {
    let end = now.millis() / 1_000 + i64::from(SECONDS);
    format!("{end}.{}", code(token, end))
}

/// Whether a session was begun with this token and has not ended.
pub(super) fn is_valid(session: &str, token: &str, now: Timestamp) -> bool {
    let Some((end, given)) = session.split_once('.') else {
        return false;
    };
    let Ok(end) = end.parse::<i64>() else {
        return false;
    };
    let is_genuine: bool = given.as_bytes().ct_eq(code(token, end).as_bytes()).into();
    is_genuine && end > now.millis() / 1_000
}

fn code(token: &str, end: i64) -> String {
    let mut text = String::new();
    // A key may have any length.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.as_bytes()) {
        mac.update(format!("wayside session {end}").as_bytes());
        for byte in mac.finalize().into_bytes() {
            let _ = write!(text, "{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "a-token-of-readers";

    #[test]
    fn a_session_holds_for_its_token_and_time_only() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let session = begin(TOKEN, at(1_000));
        assert!(!session.contains(TOKEN));
        let last = 1_000 + i64::from(SECONDS) - 1;
        assert!(is_valid(&session, TOKEN, at(1_000)) && is_valid(&session, TOKEN, at(last)));
        assert!(!is_valid(&session, TOKEN, at(last + 1)));
        assert!(!is_valid(&session, "another-token-of-readers", at(1_000)));
        let (end, code) = session.split_once('.').unwrap();
        for forged in [
            format!("{}.{code}", end.parse::<i64>().unwrap() + 1),
            format!("{end}."),
            format!("{end}.{}", &code[1..]),
            end.to_owned(),
            TOKEN.to_owned(),
            String::new(),
        ] {
            assert!(!is_valid(&forged, TOKEN, at(1_000)), "{forged}");
        }
    }

    #[test]
    fn the_code_is_that_of_the_standard() {
        // By `printf 'wayside session 5' | openssl dgst -sha256 -hmac a-token-of-readers`.
        assert_eq!(code(TOKEN, 5), EXPECTED);
    }

    const EXPECTED: &str = "418e7b7d2b54c350b84fc493fbc7925154d3035109a76fb79984fe2ba2b8906e";
}

//! Numbers and bytes as text, without the formatting machinery that would weigh on the page's module.

use alloc::string::String;
use alloc::vec::Vec;

/// Writes a whole number in decimal digits.
pub(crate) fn push_int(out: &mut String, n: i64) {
    if n < 0 {
        out.push('-');
    }
    let n = n.unsigned_abs();
    if n > 9 {
        push_int(out, (n / 10) as i64);
    }
    out.push((b'0' + (n % 10) as u8) as char);
}

/// Reads a whole number as [`push_int`] writes it.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mut n = 0_i64;
    for byte in digits.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n.checked_mul(10)?.checked_sub(i64::from(digit))?;
    }
    match digits.len() {
        0 => None,
        len if len < text.len() => Some(n),
        _ => n.checked_neg(),
    }
}

/// Takes what stands before the first `mark` off `rest`, and the mark; everything where there is none.
pub(crate) fn take_until<'a>(rest: &mut &'a str, mark: u8) -> &'a str {
    let end = rest.bytes().position(|byte| byte == mark).unwrap_or(rest.len());
    let taken = rest.get(..end).unwrap_or_default();
    *rest = rest.get(end + 1..).unwrap_or_default();
    taken
}

/// Writes bytes as base64 with padding, the form that `localStorage` keeps at one byte a character.
pub(crate) fn push_base64(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            out.push(if at > chunk.len() {
                '='
            } else {
                ALPHABET
                    .get((bits >> (18 - 6 * at) & 63) as usize)
                    .copied()
                    .unwrap_or(b'=') as char
            });
        }
    }
}

/// Reads what [`push_base64`] wrote; `None` for anything else.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits = 0_u32;
    let mut held = 0;
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64_as_browsers_write_it() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            let mut out = String::new();
            push_base64(&mut out, bytes.as_bytes());
            assert_eq!(out, text);
        }
        assert_eq!(from_base64("a b"), None);
    }

    #[test]
    fn what_is_no_number() {
        for text in ["", "-", "1x", "+1", "9223372036854775808", " 1"] {
            assert_eq!(parse_int(text), None, "{text}");
        }
    }

    #[test]
    fn words_are_taken_one_by_one() {
        let mut rest = "a bc  d";
        let words: Vec<&str> = (0..5).map(|_| take_until(&mut rest, b' ')).collect();
        assert_eq!(words, ["a", "bc", "", "d", ""]);
    }

    proptest! {
        #[test]
        fn round_trips(bytes: Vec<u8>, n: i64) {
            let mut text = String::new();
            push_base64(&mut text, &bytes);
            prop_assert_eq!(from_base64(&text), Some(bytes));
            let mut digits = String::new();
            push_int(&mut digits, n);
            prop_assert_eq!(&digits, &n.to_string());
            prop_assert_eq!(parse_int(&digits), Some(n));
        }
    }
}

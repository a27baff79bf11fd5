//! Small functions on ASCII text and decimal numbers.
//!
//! The standard library's `split`, `find`, `trim` and `parse` add searchers, Unicode tables and generic copies for
//! every pattern to the Wasm module; these functions take a tenth of that size.

use alloc::string::String;

/// The part of `text` before the first `mark`, and the part after it if there is one.
pub fn split_once(text: &str, mark: u8) -> (&str, Option<&str>) {
    for (at, byte) in text.as_bytes().iter().enumerate() {
        if *byte == mark {
            return (text.get(..at).unwrap_or(""), text.get(at + 1..));
        }
    }
    (text, None)
}

/// The pieces of `text` between occurrences of `mark`: one more than there are occurrences.
pub(crate) fn pieces(text: &str, mark: u8) -> Pieces<'_> {
    Pieces { rest: Some(text), mark }
}

/// See [`pieces`].
#[derive(Clone)]
pub(crate) struct Pieces<'a> {
    rest: Option<&'a str>,
    mark: u8,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (piece, rest) = split_once(self.rest?, self.mark);
        self.rest = rest;
        Some(piece)
    }
}

/// Whether the list `words`, separated by `mark`, contains `word`, without regard to ASCII case.
pub(crate) fn lists(words: &str, mark: u8, word: &str) -> bool {
    pieces(words, mark).any(|one| one.eq_ignore_ascii_case(word))
}

/// Whether `text` begins with one of `words`, which are separated by spaces.
pub fn begins_with_one(text: &str, words: &str) -> bool {
    pieces(words, b' ').any(|word| !word.is_empty() && text.as_bytes().starts_with(word.as_bytes()))
}

/// Whether `text` contains the ASCII word `word` in any case.
pub(crate) fn has(text: &str, word: &str) -> bool {
    text.as_bytes()
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether each byte is allowed. It takes a function pointer, because each closure would add its own copy of the loop.
pub(crate) fn all(text: &str, allowed: fn(u8) -> bool) -> bool {
    for byte in text.as_bytes() {
        if !allowed(*byte) {
            return false;
        }
    }
    true
}

/// A decimal number (`-19.90`) times 10 to the power of `places`, rounded half away from zero; `None` for anything else, and
/// beyond 18 digits before rounding.
pub(crate) fn decimal(text: &str, places: usize) -> Option<i64> {
    let digits = text.strip_prefix("-").unwrap_or(text);
    let (whole, fraction) = split_once(digits, b'.');
    let fraction = fraction.unwrap_or("");
    if digits.len() < 2 && whole.is_empty() || whole.len() + places > 18 {
        return None;
    }
    let mut n = append(append(0, whole, 18)?, fraction, places)?;
    for _ in fraction.len()..places {
        n *= 10;
    }
    Some(if digits.len() < text.len() { -n } else { n })
}

/// Appends up to `places` decimal digits to the number `n`, and rounds by the next digit.
#[inline(never)]
fn append(mut n: i64, digits: &str, places: usize) -> Option<i64> {
    for (at, byte) in digits.as_bytes().iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        if at < places {
            n = n * 10 + i64::from(digit);
        } else if at == places && digit >= 5 {
            n += 1;
        }
    }
    Some(n)
}

/// A whole number in decimal digits.
pub fn int_text(n: i64) -> String {
    let mut text = String::new();
    if n < 0 {
        text.push('-');
    }
    push_digits(&mut text, n.unsigned_abs());
    text
}

fn push_digits(text: &mut String, n: u64) {
    if n >= 10 {
        push_digits(text, n / 10);
    }
    text.push((b'0' + (n % 10) as u8) as char);
}

/// The bytes as text; `None` if they are not UTF-8. It takes a third of the size of the standard library's check.
pub fn utf8(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(lead) = rest.next() {
        let following = match lead {
            0..0x80 => 0,
            0x80..0xe0 => 1,
            0xe0..0xf0 => 2,
            _ => 3,
        };
        // The lead's own bits: seven, then five, four, three.
        let mut code = u32::from(*lead) & (0x7f >> (following + u32::from(following > 0)));
        for _ in 0..following {
            code = code << 6 | u32::from(rest.next()? & 0x3f);
        }
        text.push(char::from_u32(code)?);
    }
    // Overlong and otherwise invalid encodings differ from the canonical encoding here.
    (text.as_bytes() == bytes).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_match_the_standard_librarys_split() {
        for text in ["", "a", "&", "a&b", "&a&&b&", "ü&é"] {
            assert!(pieces(text, b'&').eq(text.split('&')), "{text}");
        }
    }

    #[test]
    fn decimals_are_scaled_to_the_places() {
        for (text, places, expected) in [
            ("0", 0, Some(0)),
            ("-17", 0, Some(-17)),
            ("17.4", 0, Some(17)),
            ("17.5", 0, Some(18)),
            ("17", 2, Some(1_700)),
            ("1.7", 2, Some(170)),
            ("123456789012345678", 0, Some(123_456_789_012_345_678)),
            ("1234567890123456789", 0, None),
            ("", 0, None),
            ("-", 0, None),
            (".", 0, None),
            ("--1", 0, None),
            ("+1", 0, None),
            ("1.2.3", 0, None),
        ] {
            assert_eq!(decimal(text, places), expected, "{text}");
        }
    }

    #[test]
    fn utf8_accepts_the_same_bytes_as_the_standard_library() {
        for bytes in [
            "plain, é, €, 😀".as_bytes(),
            b"",
            b"\xc3",
            b"\xe2\x82",
            b"\xff",
            b"a\x80",
            // An overlong encoding, half of a surrogate pair, a code point beyond the last character.
            b"\xc0\xaf",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xf8\x88\x80\x80\x80",
        ] {
            assert_eq!(utf8(bytes).as_deref(), core::str::from_utf8(bytes).ok(), "{bytes:x?}");
        }
    }

    #[test]
    fn int_text_matches_the_standard_librarys_format() {
        for n in [0, 7, 10, -1, -120, i64::MAX, i64::MIN] {
            assert_eq!(int_text(n), alloc::format!("{n}"));
        }
    }
}

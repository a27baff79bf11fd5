//! Identifiers of events, sites, visitors and customers.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use crate::error::{Error, ErrorKind};
use crate::limits::{CUSTOMER_ID_MAX_BYTES, SITE_ID_MAX_BYTES, VISITOR_ID_MAX_BYTES};
use crate::text::all;

/// The id of a writer: one page load in one tab (128 random bits), or one imported row (a 128-bit hash).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriterId(pub u128);

impl WriterId {
    /// Parses 32 lowercase hexadecimal digits.
    ///
    /// # Errors
    ///
    /// Fails with [`ErrorKind::WriterId`] for any other text.
    pub fn parse(raw: &str) -> Result<Self, Error> {
        let mut id = 0;
        for byte in raw.bytes() {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return Err(Error::new(ErrorKind::WriterId)),
            };
            id = id << 4 | u128::from(digit);
        }
        if raw.len() == 32 {
            Ok(Self(id))
        } else {
            Err(Error::new(ErrorKind::WriterId))
        }
    }

    /// 32 lowercase hexadecimal digits.
    pub fn to_hex(self) -> String {
        let mut hex = String::with_capacity(32);
        for byte in self.0.to_be_bytes() {
            for digit in [byte >> 4, byte & 15] {
                hex.push((if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }) as char);
            }
        }
        hex
    }
}

impl fmt::Display for WriterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// The identity of an event: copies with the same id are one event.
///
/// Its order is also the order of captured events with the same time: (time, writer, seq).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The writer that captured the event.
    pub writer: WriterId,
    /// The number of the event within its writer, counted from 0 without gaps.
    pub seq: u32,
}

/// Declares a text identifier: 1 to a maximum number of bytes, no control characters, no space at either end.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $max:expr, $kind:ident, $also:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Parses an identifier.
            ///
            /// # Errors
            ///
            /// Fails if the text is empty or too long, or contains a character that the identifier does not allow.
            pub fn parse(raw: &str) -> Result<Self, Error> {
                let allowed: fn(&str) -> bool = $also;
                let clean = !raw.is_empty() && raw.len() <= $max && raw.trim_ascii().len() == raw.len()
                    && !raw.chars().any(char::is_control) && allowed(raw);
                if clean { Ok(Self(raw.into())) } else { Err(Error::new(ErrorKind::$kind)) }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A site: lowercase letters, digits, `-` and `_`. Nothing else is allowed because folders of the table are named
    /// after it.
    SiteId, SITE_ID_MAX_BYTES, SiteId,
    |raw| all(raw, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
);
text_id!(
    /// One browser's first-party identity, or the user of an imported source.
    VisitorId, VISITOR_ID_MAX_BYTES, VisitorId, |_| true
);
text_id!(
    /// A customer's identity as the site knows it (`identify`).
    CustomerId, CUSTOMER_ID_MAX_BYTES, CustomerId, |_| true
);

/// Prefix of the customer key of a visitor who never identified, so that it cannot be mistaken for a site's own
/// customer id.
pub const ANONYMOUS_PREFIX: &str = "anon:";

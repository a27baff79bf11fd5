//! Serialization of state. One description serves both writing and reading, so that they cannot differ.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::text::utf8;
use crate::time::Timestamp;
use crate::wire::bytes::{put_bytes, put_number};

/// A serializer and deserializer of state: each method writes a value, or replaces it by the value that is read.
///
/// Damage does not stop the reading: the value becomes its default and the state is marked as damaged, so descriptions
/// need no branches. Readers check [`State::is_good`] once at the end.
pub struct State<'a> {
    written: Vec<u8>,
    /// The bytes left to read; `None` while writing.
    rest: Option<&'a [u8]>,
    is_bad: bool,
}

impl<'a> State<'a> {
    /// A state that reads from these bytes.
    pub const fn read(bytes: &'a [u8]) -> Self {
        Self {
            written: Vec::new(),
            rest: Some(bytes),
            is_bad: false,
        }
    }

    /// A state that writes.
    pub const fn write() -> Self {
        Self {
            written: Vec::new(),
            rest: None,
            is_bad: false,
        }
    }

    /// The written bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.written
    }

    /// A number.
    pub fn number(&mut self, n: &mut u64) {
        if self.rest.is_none() {
            return put_number(&mut self.written, *n);
        }
        *n = 0;
        let mut shift = 0;
        while shift < 64 {
            let byte = self.take(1).first().copied().unwrap_or(0);
            *n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return;
            }
            shift += 7;
        }
        self.is_bad = true;
    }

    /// A number of at most `max`.
    fn at_most(&mut self, mut n: u64, max: u64) -> u64 {
        self.number(&mut n);
        self.known(Some(n).filter(|n| *n <= max))
    }

    /// A number that fits 32 bits.
    pub fn small(&mut self, n: &mut u32) {
        *n = self.at_most((*n).into(), u32::MAX.into()) as u32;
    }

    /// A constant number; reading any other number is damage.
    pub fn exactly(&mut self, n: u32) {
        let mut found = n;
        self.small(&mut found);
        self.is_bad |= found != n;
    }

    /// A number that is not negative.
    pub fn int(&mut self, n: &mut i64) {
        *n = self.at_most(*n as u64, i64::MAX as u64) as i64;
    }

    /// The code of an enum's variant.
    pub fn code(&mut self, code: u8) -> u8 {
        self.at_most(code.into(), u8::MAX.into()) as u8
    }

    /// A variant of an enum whose variants `all` are numbered from 0 without gaps; `number` is the current one.
    pub fn variant<T: Copy + Default>(&mut self, number: u8, all: &[T]) -> T {
        let number = self.code(number);
        self.known(all.get(usize::from(number)).copied())
    }

    /// A point in time.
    pub fn time(&mut self, time: &mut Timestamp) {
        let millis = self.at_most(time.millis() as u64, Timestamp::MAX.millis() as u64);
        *time = Timestamp::from_millis(millis as i64);
    }

    /// A text.
    pub fn text(&mut self, text: &mut Box<str>) {
        if self.rest.is_none() {
            return put_bytes(&mut self.written, text.as_bytes());
        }
        let read = utf8(self.part());
        *text = self.known(read).into();
    }

    /// Bytes.
    pub fn bytes(&mut self, bytes: &mut Vec<u8>) {
        if self.rest.is_none() {
            return put_bytes(&mut self.written, bytes);
        }
        *bytes = self.part().into();
    }

    /// A list; `each` writes or reads an item.
    pub fn list<T: Default>(&mut self, list: &mut Vec<T>, each: impl Fn(&mut T, &mut Self)) {
        let mut count = list.len() as u32;
        self.small(&mut count);
        for at in 0..count as usize {
            if self.rest.is_some() {
                // If the count is wrong, reading stops at the end of the bytes.
                if self.is_bad {
                    return;
                }
                list.push(T::default());
            }
            if let Some(item) = list.get_mut(at) {
                each(item, self);
            }
        }
    }

    fn part(&mut self) -> &'a [u8] {
        let mut length = 0;
        self.small(&mut length);
        self.take(length as usize)
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let parts = self.rest.unwrap_or_default().split_at_checked(count);
        let (taken, rest) = self.known(parts);
        self.rest = Some(rest);
        taken
    }

    /// Returns the value; if there is none, marks the state as damaged and returns the default.
    pub fn known<T: Default>(&mut self, value: Option<T>) -> T {
        self.is_bad |= value.is_none();
        value.unwrap_or_default()
    }

    /// Whether damage has been found so far.
    pub fn is_bad(&self) -> bool {
        self.is_bad
    }

    /// Whether reading can continue: there is no damage, and bytes are left.
    pub fn goes_on(&self) -> bool {
        !self.is_bad && self.rest.is_some_and(|rest| !rest.is_empty())
    }

    /// Whether there is no damage and no bytes are left.
    pub fn is_good(&self) -> bool {
        !self.is_bad && self.rest.is_none_or(<[u8]>::is_empty)
    }
}

//! Encoding of numbers and text as bytes, which [`State`](crate::state::State) uses too.

use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};

/// Writes a number in groups of seven bits, the lowest first, the top bit set on all but the last byte (LEB128).
pub(crate) fn put_number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Writes a signed number so that small ones are short: 0, −1, 1, −2 become 0, 1, 2, 3 (zigzag).
pub(crate) fn put_signed(out: &mut Vec<u8>, n: i64) {
    put_number(out, zigzag(n));
}

/// Writes the length of `bytes`, then the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(crate) const fn zigzag(n: i64) -> u64 {
    (n << 1 ^ n >> 63) as u64
}

pub(crate) const fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// A reader of the encoding above. Every error contains the offset in bytes.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn malformed(&self) -> Error {
        Error::new(ErrorKind::Malformed(self.at))
    }

    /// The number of bytes left, which is an upper bound for any count of elements.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.left() == 0 {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let end = self.at.checked_add(count);
        let taken = end
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or_else(|| self.malformed())?;
        self.at += count;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        match self.take(1)? {
            [byte] => Ok(*byte),
            _ => Err(self.malformed()),
        }
    }

    pub(crate) fn number(&mut self) -> Result<u64, Error> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let group = u64::from(byte & 0x7f);
            if (group << shift) >> shift != group {
                break;
            }
            n |= group << shift;
            if byte & 0x80 == 0 {
                return Ok(n);
            }
        }
        Err(self.malformed())
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Error> {
        self.number().map(unzigzag)
    }

    /// A number that fits 32 bits.
    pub(crate) fn small(&mut self) -> Result<u32, Error> {
        let n = self.number()?;
        u32::try_from(n).map_err(|_| self.malformed())
    }

    /// A count of elements that take at least a byte each.
    pub(crate) fn count(&mut self) -> Result<usize, Error> {
        let n = self.small()? as usize;
        if n > self.left() { Err(self.malformed()) } else { Ok(n) }
    }

    /// A reader of the bytes that [`put_bytes`] wrote; its offsets continue those of this reader.
    pub(crate) fn part(&mut self) -> Result<Self, Error> {
        let length = self.count()?;
        let at = self.at;
        self.take(length)?;
        Ok(Self {
            bytes: self.bytes.get(..self.at).unwrap_or(&[]),
            at,
        })
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Error> {
        let length = self.count()?;
        let bytes = self.take(length)?;
        core::str::from_utf8(bytes).map_err(|_| self.malformed())
    }
}

//! Sorted, read-only maps from text to bytes, baked by `build.rs` and embedded in the binary.
//!
//! A table is one allocation: no hashing, no string per entry. Looking up is a binary search, which for the few dozen
//! look-ups a word needs costs about a microsecond each.
//!
//! Layout, all little-endian: `u32` count; count + 1 `u32` key ends (the first is 0) and count + 1 value ends, each an
//! offset into its blob; `u32` length of the key blob; the keys in byte order; the values.

use std::cmp::Ordering;
use std::io::Read;

use crate::Error;

/// A map from text to bytes.
pub(crate) struct Table {
    bytes: Vec<u8>,
    count: usize,
    keys: usize,
    values: usize,
}

impl Table {
    /// Inflates a table that `build.rs` wrote: its inflated length (`u32`), then the deflated bytes.
    pub(crate) fn load(name: &'static str, baked: &[u8]) -> Result<Table, Error> {
        let broken = || Error::Table { name };
        let (length, deflated) = baked.split_first_chunk::<4>().ok_or_else(broken)?;
        let length = u32::from_le_bytes(*length) as usize;
        let mut bytes = Vec::with_capacity(length);
        flate2::read::DeflateDecoder::new(deflated)
            .read_to_end(&mut bytes)
            .map_err(|_| broken())?;
        let count = read_u32(&bytes, 0).ok_or_else(broken)?;
        let key_length = read_u32(&bytes, 4 + 8 * (count + 1)).ok_or_else(broken)?;
        let keys = 8 + 8 * (count + 1);
        let values = keys + key_length;
        if bytes.len() != length || bytes.len() < values {
            return Err(broken());
        }
        Ok(Table {
            bytes,
            count,
            keys,
            values,
        })
    }

    /// The bytes stored under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&[u8]> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.key(middle)?.cmp(key.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return self.value(middle),
            }
        }
        None
    }

    /// The text stored under `key`.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Whether `key` is in the table.
    pub(crate) fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn key(&self, index: usize) -> Option<&[u8]> {
        let from = read_u32(&self.bytes, 4 + 4 * index)?;
        let to = read_u32(&self.bytes, 8 + 4 * index)?;
        self.bytes.get(self.keys + from..self.keys + to)
    }

    fn value(&self, index: usize) -> Option<&[u8]> {
        let ends = 4 + 4 * (self.count + 1);
        let from = read_u32(&self.bytes, ends + 4 * index)?;
        let to = read_u32(&self.bytes, ends + 4 + 4 * index)?;
        self.bytes.get(self.values + from..self.values + to)
    }
}

fn read_u32(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
}

/// Loads the table `build.rs` wrote under this name.
macro_rules! baked_table {
    ($name:literal) => {
        $crate::table::Table::load(
            $name,
            include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".table")),
        )
    };
}
pub(crate) use baked_table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_last_and_missing_words_are_told_apart() {
        let table = baked_table!("gold").unwrap();
        let first = std::str::from_utf8(table.key(0).unwrap())
            .unwrap()
            .to_owned();
        let last = std::str::from_utf8(table.key(table.count - 1).unwrap())
            .unwrap()
            .to_owned();
        assert!(table.contains(&first) && table.contains(&last));
        assert_eq!(table.text("hello"), Some("həlˈO"));
        assert_eq!(table.text("hellox"), None);
        assert_eq!(table.text(""), None);
    }

    #[test]
    fn a_damaged_table_is_an_error_and_no_panic() {
        assert!(Table::load("empty", &[]).is_err());
        assert!(Table::load("cut", &[9, 0, 0, 0, 1, 2, 3]).is_err());
        let baked = include_bytes!(concat!(env!("OUT_DIR"), "/token_exceptions.table"));
        assert!(Table::load("cut", &baked[..baked.len() / 2]).is_err());
    }
}

//! Zip files as `torch.save` writes them: every part is stored as it is, so that reading one is knowing where it lies.
//!
//! Nothing is allocated but a name for each part, which stands in the file.

use std::collections::BTreeMap;
use std::ops::Range;

/// Where the parts of an archive lie.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    /// `None` for a part that is compressed.
    parts: BTreeMap<String, Option<Range<usize>>>,
}

const DAMAGED: &str = "the zip file is cut short or damaged";
/// The end record without its comment, and the longest comment.
const END: usize = 22;
const COMMENT: usize = 0xffff;

impl<'a> Archive<'a> {
    /// Finds the parts.
    ///
    /// # Errors
    /// Where the file is cut short or damaged.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Archive<'a>, String> {
        let last = bytes.len().checked_sub(END).ok_or(DAMAGED)?;
        let end = (last.saturating_sub(COMMENT)..=last).rev().find(|&at| bytes[at..].starts_with(b"PK\x05\x06"));
        let record = Record { bytes, at: end.ok_or(DAMAGED)? };
        let mut directory = record.number(16, 4)?;
        if directory == 0xffff_ffff {
            // Beyond 4 GiB the end record stands in a larger one, whose place a locator before it tells.
            let locator = Record { bytes, at: record.at.checked_sub(20).ok_or(DAMAGED)? };
            let larger = Record { bytes, at: locator.of(b"PK\x06\x07")?.number(8, 8)? };
            directory = larger.of(b"PK\x06\x06")?.number(48, 8)?;
        }
        let mut parts = BTreeMap::new();
        let mut entry = Record { bytes, at: directory };
        while let Ok(found) = entry.of(b"PK\x01\x02") {
            let (name, extra, comment) = (found.number(28, 2)?, found.number(30, 2)?, found.number(32, 2)?);
            let name_bytes = found.slice(46, name)?;
            let text = std::str::from_utf8(name_bytes).map_err(|_| "a name in the zip file is not UTF-8")?;
            let mut sizes = [found.number(24, 4)?, found.number(20, 4)?, found.number(42, 4)?];
            widen(&mut sizes, found.slice(46 + name, extra)?)?;
            let [size, packed, start] = sizes;
            let stored = found.number(10, 2)? == 0 && size == packed;
            // What stands before a part repeats its name, and may have other notes.
            let local = Record { bytes, at: start };
            let before = 30 + local.of(b"PK\x03\x04")?.number(26, 2)? + local.number(28, 2)?;
            let part = Record { bytes, at: start.checked_add(before).ok_or(DAMAGED)? };
            part.slice(0, packed)?;
            parts.entry(text.to_owned()).or_insert(stored.then(|| part.at..part.at + size));
            entry.at += 46 + name + extra + comment;
        }
        if parts.is_empty() { Err(DAMAGED.to_owned()) } else { Ok(Archive { bytes, parts }) }
    }

    /// What the parts are called.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    /// The bytes of a part.
    ///
    /// # Errors
    /// Where there is none, or it is compressed.
    pub(super) fn part(&self, name: &str) -> Result<&'a [u8], String> {
        match self.parts.get(name) {
            Some(Some(place)) => Ok(&self.bytes[place.clone()]),
            Some(None) => Err(format!("{name} is compressed, which torch.save never does")),
            None => Err(format!("the zip file holds no {name}")),
        }
    }
}

/// Puts the wide numbers of a part's notes in the place of those that did not fit 32 bits.
fn widen(sizes: &mut [usize; 3], notes: &[u8]) -> Result<(), String> {
    let mut note = Record { bytes: notes, at: 0 };
    while note.at + 4 <= notes.len() {
        let length = note.number(2, 2)?;
        if note.number(0, 2)? == 1 {
            let mut at = 4;
            for size in sizes.iter_mut().filter(|size| **size == 0xffff_ffff) {
                *size = note.number(at, 8)?;
                at += 8;
            }
        }
        note.at += 4 + length;
    }
    Ok(())
}

/// A place in bytes, and what stands there.
#[derive(Clone, Copy)]
struct Record<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Record<'a> {
    fn slice(self, from: usize, length: usize) -> Result<&'a [u8], String> {
        let from = self.at.checked_add(from);
        let to = from.and_then(|from| from.checked_add(length));
        from.zip(to).and_then(|(from, to)| self.bytes.get(from..to)).ok_or_else(|| DAMAGED.to_owned())
    }

    /// A number of `width` bytes, the smallest first.
    fn number(self, from: usize, width: usize) -> Result<usize, String> {
        let bytes = self.slice(from, width)?;
        let number = bytes.iter().rev().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
        usize::try_from(number).map_err(|_| DAMAGED.to_owned())
    }

    /// Itself, where it begins with a signature.
    fn of(self, signature: &[u8; 4]) -> Result<Self, String> {
        if self.slice(0, 4)? == signature { Ok(self) } else { Err(DAMAGED.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive with a part `a` that holds `data`, its directory beyond 32 bits where `wide`.
    fn archive(data: &[u8], wide: bool) -> Vec<u8> {
        let word = |n: usize| (n as u32).to_le_bytes();
        let sizes = if wide { [0xff; 8] } else { [word(data.len()), word(data.len())].concat().try_into().unwrap() };
        let note = if wide {
            let long = (data.len() as u64).to_le_bytes();
            [&[1, 0, 16, 0][..], &long, &long].concat()
        } else {
            vec![]
        };
        let mut bytes = [b"PK\x03\x04".as_slice(), &[0; 22], &[1, 0, 2, 0], b"a??", data].concat();
        let directory = bytes.len();
        bytes.extend(
            [b"PK\x01\x02".as_slice(), &[0; 16], &sizes, &[1, 0, note.len() as u8, 0], &[0; 14], b"a", &note].concat(),
        );
        let end = bytes.len();
        if wide {
            bytes.extend([b"PK\x06\x06".as_slice(), &[0; 44], &(directory as u64).to_le_bytes()].concat());
            bytes.extend([b"PK\x06\x07".as_slice(), &[0; 4], &(end as u64).to_le_bytes(), &[0; 4]].concat());
        }
        let place = if wide { [0xff; 4] } else { word(directory) };
        bytes.extend([b"PK\x05\x06".as_slice(), &[0; 12], &place, &[0; 2]].concat());
        bytes
    }

    #[test]
    fn parts_are_found_in_small_and_in_large_archives() {
        for wide in [false, true] {
            let bytes = archive(b"hello", wide);
            let read = Archive::open(&bytes).unwrap();
            assert_eq!((read.names().collect::<Vec<_>>(), read.part("a").unwrap()), (vec!["a"], &b"hello"[..]));
            assert!(read.part("b").unwrap_err().contains("holds no b"));
            for cut in 0..bytes.len() {
                assert!(Archive::open(&bytes[..cut]).is_err(), "cut at {cut}");
            }
        }
    }
}

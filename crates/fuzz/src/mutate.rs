//! Changed files.

use fastrand::Rng;

/// Numbers at the edges of their types, in little-endian bytes.
const EDGES: [u64; 10] = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 1 << 63, u64::MAX, i64::MAX as u64];
/// A file beyond this is cut: changes are to meet what matters.
const LONGEST: usize = 1 << 16;

/// One of the files with some changes, perhaps with a piece of another.
pub(crate) fn mutated(pool: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut bytes = random.choice(pool).cloned().unwrap_or_default();
    for _ in 0..1 << random.u32(0..4) {
        change(&mut bytes, pool, random);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(bytes: &mut Vec<u8>, pool: &[Vec<u8>], random: &mut Rng) {
    let length = bytes.len();
    let place = |random: &mut Rng| random.usize(0..=length);
    let (from, to) = {
        let (a, b) = (place(random), place(random));
        (a.min(b), a.max(b))
    };
    match random.u32(0..9) {
        0 if from < length => bytes[from] ^= 1 << random.u32(0..8),
        1 if from < length => bytes[from] = random.u8(..),
        // A number at the edge over what stands there.
        2 => {
            let width = 1 << random.usize(0..4);
            let edge = random.choice(EDGES).unwrap_or(0).to_le_bytes();
            bytes.iter_mut().skip(from).zip(&edge[..width]).for_each(|(byte, &edge)| *byte = edge);
        }
        // Other digits in a number, as many as before: lengths that are written elsewhere stay right.
        3 => {
            let number = bytes.iter().skip(from).position(u8::is_ascii_digit);
            let digits = bytes.iter_mut().skip(from + number.unwrap_or(length));
            digits.take_while(|byte| byte.is_ascii_digit()).for_each(|byte| *byte = random.u8(b'0'..=b'9'));
        }
        4 => drop(bytes.drain(from..to.min(from + 64))),
        5 => {
            let piece = bytes[from..to.min(from + 64)].to_vec();
            let at = place(random);
            bytes.splice(at..at, piece);
        }
        6 => {
            let other = random.choice(pool).map_or(&[][..], Vec::as_slice);
            let begin = random.usize(0..=other.len());
            let end = other.len().min(begin + random.usize(0..128));
            bytes.splice(from..from, other[begin..end].iter().copied());
        }
        7 => bytes.truncate(to),
        _ => bytes.insert(from, random.u8(..)),
    }
}

//! What a Transformer's block remembers while it writes: the keys and values of the places read so far (a *KV cache*). No
//! later place changes them, for none is looked at from before it.
//!
//! A new place of each text asks with one query: o = softmax(q·Kᵀ/√size)·V for each head. The numbers are those of a pass
//! over all places, to the last bit: every sum is taken in the same order, and what a pass hides from a query counts 0
//! there.

use gradus_kernels::element::Float;
use gradus_kernels::simd::{Isa, Kernel, dispatch};
use gradus_tensor::autograd::{Formula, emit_constant};
use gradus_tensor::{Array, Tensor};

/// The keys and values of one block.
pub(crate) struct KvCache {
    /// `[slots, C, room]`: the keys of a head stand side by side, as the products with a query want them.
    keys: Vec<f32>,
    /// `[slots, room, C]`.
    values: Vec<f32>,
    /// Where each text's are. What belongs to texts that have ended is left where it is.
    slots: Vec<usize>,
    width: usize,
    heads: usize,
    /// Places there is room for; where they are not enough, it doubles.
    room: usize,
    /// Places read.
    read: usize,
}

/// Numbers side by side in a vector.
const LANES: usize = 16;
/// Room in the beginning; always a multiple of [`LANES`].
const ROOM: usize = LANES;
/// Texts that are taken in and asked for while they are in the nearest caches.
const TEXTS: usize = 16;

impl KvCache {
    pub(crate) fn new(texts: usize, width: usize, heads: usize) -> KvCache {
        let memory = || vec![0.0; texts * ROOM * width];
        KvCache { keys: memory(), values: memory(), slots: (0..texts).collect(), width, heads, room: ROOM, read: 0 }
    }

    /// Takes the key and the value of one more place of each text in, and lets its query attend to all:
    /// `qkv [texts, 1, 3C]` to `[texts, 1, C]`.
    pub(crate) fn attend(&mut self, qkv: &Tensor) -> Tensor {
        if self.read == self.room {
            self.grow();
        }
        let (width, texts) = (self.width, self.slots.len());
        self.read += 1;
        let rows = qkv.array().dense::<f32>();
        let out = Array::build(&[texts, 1, width], |out: &mut [f32]| {
            let pieces = rows.chunks(TEXTS * 3 * width).zip(out.chunks_mut(TEXTS * width));
            for (first, (rows, out)) in (0..texts).step_by(TEXTS).zip(pieces) {
                self.take_in(first, rows);
                dispatch(Attend { cache: self, slots: &self.slots[first..], rows, out });
            }
        });
        const FORMULA: Formula =
            Formula::constant("attend", "y = softmax(q · Kᵀ / √d) · V, keys and values remembered");
        emit_constant(FORMULA, &[qkv], out)
    }

    /// Writes the keys and values of the texts from `first` on into the last place.
    fn take_in(&mut self, first: usize, rows: &[f32]) {
        let (width, room, place) = (self.width, self.room, self.read - 1);
        for (row, &slot) in rows.chunks_exact(3 * width).zip(&self.slots[first..]) {
            let keys = &mut self.keys[slot * width * room..][..width * room];
            for (keys, &key) in keys.chunks_exact_mut(room).zip(&row[width..]) {
                keys[place] = key;
            }
            self.values[(slot * room + place) * width..][..width].copy_from_slice(&row[2 * width..]);
        }
    }

    /// Goes on with the texts at these places alone.
    pub(crate) fn keep(&mut self, places: &[usize]) {
        self.slots = places.iter().map(|&place| self.slots[place]).collect();
    }

    /// Doubles the room, and forgets the texts that have ended.
    fn grow(&mut self) {
        let (width, room) = (self.width, self.room);
        let size = width * room;
        let (mut keys, mut values) = (vec![0.0; 2 * size * self.slots.len()], vec![0.0; 2 * size * self.slots.len()]);
        let places = keys.chunks_exact_mut(2 * size).zip(values.chunks_exact_mut(2 * size));
        for ((keys, values), &slot) in places.zip(&self.slots) {
            for (to, from) in keys.chunks_exact_mut(2 * room).zip(self.keys[slot * size..][..size].chunks_exact(room)) {
                to[..room].copy_from_slice(from);
            }
            values[..size].copy_from_slice(&self.values[slot * size..][..size]);
        }
        (self.keys, self.values, self.room) = (keys, values, 2 * room);
        self.slots = (0..self.slots.len()).collect();
    }
}

/// The queries of some texts.
struct Attend<'a> {
    cache: &'a KvCache,
    /// Theirs, and those of later texts.
    slots: &'a [usize],
    /// `[texts, 3C]`.
    rows: &'a [f32],
    /// `[texts, C]`.
    out: &'a mut [f32],
}

impl Kernel for Attend<'_> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let KvCache { width, heads, room, read, .. } = *self.cache;
        let size = width / heads;
        let scale = (1.0 / (size as f64).sqrt()) as f32;
        let mut shares = vec![0.0_f32; read.next_multiple_of(LANES)];
        let texts = self.rows.chunks_exact(3 * width).zip(self.out.chunks_exact_mut(width));
        for ((row, out), &slot) in texts.zip(self.slots) {
            for (head, out) in out.chunks_exact_mut(size).enumerate() {
                let query = &row[head * size..][..size];
                let keys = &self.cache.keys[(slot * width + head * size) * room..][..size * room];
                let values = &self.cache.values[slot * room * width + head * size..];
                // s = q·Kᵀ, of some places that are not read yet too
                for (strip, shares) in shares.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                    let mut sums = [0.0; LANES];
                    for (&q, keys) in query.iter().zip(keys.chunks_exact(room)) {
                        let keys: [f32; LANES] = lanes(&keys[strip * LANES..]);
                        for i in 0..LANES {
                            sums[i] = q.fma::<I>(keys[i], sums[i]);
                        }
                    }
                    *shares = sums;
                }
                // softmax(s·scale)
                let highest = shares[..read].iter().fold(f32::NEG_INFINITY, |high, &s| if s > high { s } else { high });
                for share in &mut shares {
                    *share = Float::exp::<I>((*share - highest) * scale);
                }
                let inverse = 1.0 / shares[..read].iter().fold(0.0, |sum, share| sum + share);
                for share in &mut shares {
                    *share *= inverse;
                }
                // o = softmax·V
                let (strips, rest) = out.as_chunks_mut::<LANES>();
                let places = || shares[..read].iter().zip(values.chunks(width));
                for (strip, out) in strips.iter_mut().enumerate() {
                    let mut sums = [0.0; LANES];
                    for (&share, value) in places() {
                        let value: [f32; LANES] = lanes(&value[strip * LANES..]);
                        for i in 0..LANES {
                            sums[i] = share.fma::<I>(value[i], sums[i]);
                        }
                    }
                    *out = sums;
                }
                for (i, out) in rest.iter_mut().enumerate() {
                    let at = size - size % LANES + i;
                    *out = places().fold(0.0, |sum, (&share, value)| share.fma::<I>(value[at], sum));
                }
            }
        }
    }
}

/// The first numbers of a slice.
#[inline(always)]
fn lanes(from: &[f32]) -> [f32; LANES] {
    let mut to = [0.0; LANES];
    to.copy_from_slice(&from[..LANES]);
    to
}

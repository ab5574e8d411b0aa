//! What a Transformer's block remembers while it writes: the keys and values of the places read so far (a *KV cache*). No
//! later place changes them, for none is looked at from before it.
//!
//! A new place of each text asks with one query: o = softmax(q·Kᵀ/√size)·V for each head. The numbers are those of a pass
//! over all places, to the last bit: every sum is taken in the same order, and what a pass hides from a query counts 0
//! there.

use gradus_kernels::element::Float;
use gradus_kernels::simd::{Isa, Kernel, dispatch};
use gradus_kernels::threads::for_pieces;
use gradus_tensor::autograd::emit_constant;
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

/// Room in the beginning.
const ROOM: usize = 16;
/// Texts that a thread takes at once.
const TEXTS: usize = 64;

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
        let (width, room, texts) = (self.width, self.room, self.slots.len());
        let rows = qkv.array().dense::<f32>();
        for (row, &slot) in rows.chunks_exact(3 * width).zip(&self.slots) {
            let keys = &mut self.keys[slot * width * room..][..width * room];
            for (keys, &key) in keys.chunks_exact_mut(room).zip(&row[width..]) {
                keys[self.read] = key;
            }
            self.values[(slot * room + self.read) * width..][..width].copy_from_slice(&row[2 * width..]);
        }
        self.read += 1;
        let out = Array::build(&[texts, 1, width], |out: &mut [f32]| {
            for_pieces(out.chunks_mut(TEXTS * width), |piece, out| {
                dispatch(Attend { cache: self, first: piece * TEXTS, rows: &rows, out });
            });
        });
        emit_constant("attend", &[qkv], out)
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
    /// The first of the texts.
    first: usize,
    /// All texts' `[3C]`.
    rows: &'a [f32],
    /// These texts' `[C]`.
    out: &'a mut [f32],
}

impl Kernel for Attend<'_> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let KvCache { keys, values, slots, width, heads, room, read } = self.cache;
        let (width, room, read, size) = (*width, *room, *read, width / heads);
        let scale = (1.0 / (size as f64).sqrt()) as f32;
        let mut shares = vec![0.0_f32; read];
        for (i, out) in self.out.chunks_exact_mut(width).enumerate() {
            let (row, slot) = (&self.rows[(self.first + i) * 3 * width..], slots[self.first + i]);
            for (head, out) in out.chunks_exact_mut(size).enumerate() {
                // s = q·Kᵀ
                shares.fill(0.0);
                let keys = &keys[(slot * width + head * size) * room..][..size * room];
                for (&q, keys) in row[head * size..][..size].iter().zip(keys.chunks_exact(room)) {
                    for (share, &key) in shares.iter_mut().zip(keys) {
                        *share = q.fma::<I>(key, *share);
                    }
                }
                // softmax(s·scale)
                let highest = shares.iter().fold(f32::NEG_INFINITY, |high, &s| if s > high { s } else { high });
                for share in &mut shares {
                    *share = Float::exp::<I>((*share - highest) * scale);
                }
                let inverse = 1.0 / shares.iter().fold(0.0, |sum, share| sum + share);
                // o = softmax·V
                out.fill(0.0);
                let values = values[slot * room * width..].chunks_exact(width);
                for (share, value) in shares.iter().zip(values) {
                    let share = share * inverse;
                    for (out, &v) in out.iter_mut().zip(&value[head * size..][..size]) {
                        *out = share.fma::<I>(v, *out);
                    }
                }
            }
        }
    }
}

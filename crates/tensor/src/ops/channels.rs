//! Dense arrays seen as `[outer, channels, inner]`: sums within each channel, and functions that differ from channel to
//! channel.

use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::map::GRAIN;
use gradus_kernels::simd::{Isa, Kernel, dispatch};
use gradus_kernels::threads::{for_chunks, for_pieces};

/// A shape cut at its channel axis.
#[derive(Clone, Copy)]
pub(super) struct Channels {
    pub(super) outer: usize,
    pub(super) channels: usize,
    pub(super) inner: usize,
}

/// Runs `$body` for strips of channels side by side that together are all `$channels`: with `$first` as the first of a
/// strip's `$W`, a constant, so that what belongs to the channels stays in registers while the rows go by.
macro_rules! strips {
    ($channels:expr, |$first:ident, $W:ident| $body:expr) => {
        strips!(@ $channels, $first, $W, $body, 64 16 4 1)
    };
    (@ $channels:expr, $first:ident, $W:ident, $body:expr, $($width:literal)*) => {
        let mut $first = 0;
        $({
            const $W: usize = $width;
            while $first + $W <= $channels {
                $body;
                $first += $W;
            }
        })*
    };
}

pub(super) use strips;

/// The first numbers of a slice.
#[inline(always)]
pub(super) fn array<T: Float, const W: usize>(from: &[T]) -> [T; W] {
    let mut to = [T::ZERO; W];
    to.copy_from_slice(&from[..W]);
    to
}

impl Channels {
    /// `shape` cut at `axis`.
    pub(super) fn new(shape: &[usize], axis: usize) -> Self {
        let size = |axes: &[usize]| axes.iter().product();
        Channels { outer: size(&shape[..axis]), channels: shape[axis], inner: size(&shape[axis + 1..]) }
    }

    /// How many numbers a channel has.
    pub(super) fn count(&self) -> usize {
        self.outer * self.inner
    }

    /// Numbers in a block: as many outer indices as a thread takes at once, and few enough that rounding errors do not
    /// pile up in its sums.
    fn block(&self) -> usize {
        let width = (self.channels * self.inner).max(1);
        (GRAIN / width).clamp(1, 512) * width
    }

    /// Numbers in as many rows of channels side by side as stay in the nearest cache while strip after strip is taken
    /// from them.
    fn rows_at_once<T>(&self) -> usize {
        const BYTES: usize = 8 << 10;
        (BYTES / (self.channels * size_of::<T>())).max(1) * self.channels
    }

    /// For each channel the sums of the two values of `f(a, b, centre)`, number by number: `[2, channels]`.
    pub(super) fn sums<T: Float>(
        &self,
        [a, b]: [&[T]; 2],
        centre: &[T],
        f: impl Fn(T, T, T) -> [T; 2] + Copy + Sync,
    ) -> Buffer<T> {
        let (block, c) = (self.block(), self.channels);
        if a.is_empty() {
            return Buffer::filled(2 * c, T::ZERO);
        }
        let blocks = a.len().div_ceil(block);
        let mut shares = Buffer::<T>::scratch(blocks * 2 * c);
        for_pieces(shares.chunks_mut(2 * c).zip(a.chunks(block).zip(b.chunks(block))), |_, (out, (a, b))| {
            dispatch(Sums { shape: *self, x: [a, b], centre, out, f });
        });
        for i in 1..blocks {
            let (sums, rest) = shares.split_at_mut(i * 2 * c);
            sums.iter_mut().zip(&rest[..2 * c]).for_each(|(sum, &share)| *sum += share);
        }
        if blocks == 1 { shares } else { Buffer::from_slice(&shares[..2 * c]) }
    }

    /// The mean and Σ (x − μ)² of each channel, `[2, channels]`: of each block by itself, then joined, so that a large
    /// array is read from memory once (Chan, Golub and LeVeque 1983).
    pub(super) fn moments<T: Float>(&self, x: &[T]) -> Buffer<f64> {
        let (block, c) = (self.block(), self.channels);
        let mut moments = Buffer::<f64>::filled(2 * c, 0.0);
        if x.is_empty() {
            return moments;
        }
        let mut shares = Buffer::<T>::scratch(x.len().div_ceil(block) * 2 * c);
        for_pieces(shares.chunks_mut(2 * c).zip(x.chunks(block)), |_, (share, x)| {
            let one_nth = T::ONE / T::from_f64((x.len() / c) as f64);
            let (shape, pair) = (*self, [x, x]);
            dispatch(Sums { shape, x: pair, centre: x, out: share, f: |x, _, _| [x, T::ZERO] });
            let mut means = Buffer::from_slice(&share[..c]);
            means.iter_mut().for_each(|mean| *mean *= one_nth);
            let apart = |x, _, mean| [x - mean, (x - mean) * (x - mean)];
            dispatch(Sums { shape, x: pair, centre: &means, out: share, f: apart });
            // Σ (x − mean) would be 0, had the mean not been rounded.
            let (firsts, seconds) = share.split_at_mut(c);
            for ((first, second), mean) in firsts.iter_mut().zip(seconds).zip(means.iter()) {
                *second -= *first * *first * one_nth;
                *first = *mean + *first * one_nth;
            }
        });
        let mut before = 0.0;
        for (share, x) in shares.chunks_exact(2 * c).zip(x.chunks(block)) {
            let now = (x.len() / c) as f64;
            let part = now / (before + now);
            for i in 0..c {
                let apart = share[i].to_f64() - moments[i];
                moments[i] += apart * part;
                moments[c + i] += share[c + i].to_f64() + apart * apart * before * part;
            }
            before += now;
        }
        moments
    }

    /// `out = f([a, b], line)`, number by number, where `line` is the channel's own four numbers of `lines [4, channels]`.
    pub(super) fn map<T: Float>(
        &self,
        x: [&[T]; 2],
        lines: &[T],
        out: &mut [T],
        f: impl Fn([T; 2], [T; 4]) -> T + Copy + Sync,
    ) {
        for_chunks(out, self.block(), |start, out| {
            let x = x.map(|x| &x[start..][..out.len()]);
            dispatch(Map { shape: *self, x, lines, out, f });
        });
    }
}

/// [`Channels::sums`] of one block.
struct Sums<'a, T, F> {
    shape: Channels,
    x: [&'a [T]; 2],
    centre: &'a [T],
    out: &'a mut [T],
    f: F,
}

impl<T: Float, F: Fn(T, T, T) -> [T; 2]> Kernel for Sums<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(mut self, _: I) {
        self.out.fill(T::ZERO);
        if self.shape.inner > 1 {
            return self.runs();
        }
        let rows = self.shape.rows_at_once::<T>();
        for (a, b) in self.x[0].chunks(rows).zip(self.x[1].chunks(rows)) {
            strips!(self.shape.channels, |first, W| self.strip::<W>([a, b], first));
        }
    }
}

impl<T: Float, F: Fn(T, T, T) -> [T; 2]> Sums<'_, T, F> {
    /// Adds some rows of the `W` channels from `first` on, which stand side by side.
    #[inline(always)]
    fn strip<const W: usize>(&mut self, [a, b]: [&[T]; 2], first: usize) {
        let c = self.shape.channels;
        let centres: [T; W] = array(&self.centre[first..]);
        let mut sums: [[T; W]; 2] = [array(&self.out[first..]), array(&self.out[c + first..])];
        for (a, b) in a.chunks_exact(c).zip(b.chunks_exact(c)) {
            let (a, b): ([T; W], [T; W]) = (array(&a[first..]), array(&b[first..]));
            for i in 0..W {
                let [p, q] = (self.f)(a[i], b[i], centres[i]);
                sums[0][i] += p;
                sums[1][i] += q;
            }
        }
        self.out[first..][..W].copy_from_slice(&sums[0]);
        self.out[c + first..][..W].copy_from_slice(&sums[1]);
    }

    /// Channels that are runs of memory.
    #[inline(always)]
    fn runs(&mut self) {
        const LANES: usize = 16;
        let Channels { channels, inner, .. } = self.shape;
        for (i, (a, b)) in self.x[0].chunks_exact(inner).zip(self.x[1].chunks_exact(inner)).enumerate() {
            let channel = i % channels;
            let centre = self.centre[channel];
            let mut sums = [[T::ZERO; LANES]; 2];
            for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
                for (j, (&a, &b)) in a.iter().zip(b).enumerate() {
                    let [p, q] = (self.f)(a, b, centre);
                    sums[0][j] += p;
                    sums[1][j] += q;
                }
            }
            for (part, sums) in sums.iter().enumerate() {
                self.out[part * channels + channel] += sums.iter().fold(T::ZERO, |a, &b| a + b);
            }
        }
    }
}

/// [`Channels::map`] of some blocks.
struct Map<'a, T, F> {
    shape: Channels,
    x: [&'a [T]; 2],
    lines: &'a [T],
    out: &'a mut [T],
    f: F,
}

impl<T: Float, F: Fn([T; 2], [T; 4]) -> T> Kernel for Map<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(mut self, _: I) {
        if self.shape.inner > 1 {
            return self.runs();
        }
        let (out, rows) = (std::mem::take(&mut self.out), self.shape.rows_at_once::<T>());
        for (out, (a, b)) in out.chunks_mut(rows).zip(self.x[0].chunks(rows).zip(self.x[1].chunks(rows))) {
            strips!(self.shape.channels, |first, W| self.strip::<W>([a, b], out, first));
        }
    }
}

impl<T: Float, F: Fn([T; 2], [T; 4]) -> T> Map<'_, T, F> {
    /// Some rows of the `W` channels from `first` on, which stand side by side.
    #[inline(always)]
    fn strip<const W: usize>(&self, [a, b]: [&[T]; 2], out: &mut [T], first: usize) {
        let c = self.shape.channels;
        let [p, q, r, s]: [[T; W]; 4] = [0, 1, 2, 3].map(|k| array(&self.lines[k * c + first..]));
        for (out, (a, b)) in out.chunks_exact_mut(c).zip(a.chunks_exact(c).zip(b.chunks_exact(c))) {
            let (a, b): ([T; W], [T; W]) = (array(&a[first..]), array(&b[first..]));
            let mut results = [T::ZERO; W];
            for i in 0..W {
                results[i] = (self.f)([a[i], b[i]], [p[i], q[i], r[i], s[i]]);
            }
            out[first..][..W].copy_from_slice(&results);
        }
    }

    /// Channels that are runs of memory.
    #[inline(always)]
    fn runs(&mut self) {
        let Channels { channels, inner, .. } = self.shape;
        let rows = self.x[0].chunks_exact(inner).zip(self.x[1].chunks_exact(inner));
        for (i, (out, (a, b))) in self.out.chunks_exact_mut(inner).zip(rows).enumerate() {
            let line = [0, 1, 2, 3].map(|k| self.lines[k * channels + i % channels]);
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = (self.f)([a, b], line);
            }
        }
    }
}

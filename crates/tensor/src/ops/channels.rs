//! Dense arrays seen as `[outer, channels, inner]`: sums within each channel, and functions that differ from channel to
//! channel.

use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::map::GRAIN;
use gradus_kernels::simd::vectorize;
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

/// The first numbers of a slice.
#[inline(always)]
fn array<T: Float, const W: usize>(from: &[T]) -> [T; W] {
    let mut to = [T::ZERO; W];
    to.copy_from_slice(&from[..W]);
    to
}

/// Numbers of a run that are added up at once.
const LANES: usize = 16;

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

    /// Numbers in a block: as many outer indices as a thread takes at once.
    fn block(&self) -> usize {
        let width = (self.channels * self.inner).max(1);
        (GRAIN / width).max(1) * width
    }

    /// For each channel the sums of the two values of `f(a, b, centre)`, number by number: `[2, channels]`.
    pub(super) fn sums<T: Float>(
        &self,
        [a, b]: [&[T]; 2],
        centre: &[T],
        f: impl Fn(T, T, T) -> [T; 2] + Sync,
    ) -> Buffer<T> {
        let (block, c) = (self.block(), self.channels);
        if a.is_empty() {
            return Buffer::filled(2 * c, T::ZERO);
        }
        let blocks = a.len().div_ceil(block);
        let mut shares = Buffer::<T>::scratch(blocks * 2 * c);
        for_pieces(shares.chunks_mut(2 * c).zip(a.chunks(block).zip(b.chunks(block))), |_, (out, (a, b))| {
            vectorize(|| self.block_sums([a, b], centre, out, &f));
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
            vectorize(|| {
                self.block_sums([x, x], x, share, &|x, _, _| [x, T::ZERO]);
                let mut means = Buffer::from_slice(&share[..c]);
                means.iter_mut().for_each(|mean| *mean *= one_nth);
                self.block_sums([x, x], &means, share, &|x, _, mean| [x - mean, (x - mean) * (x - mean)]);
                // Σ (x − mean) would be 0, had the mean not been rounded.
                let (firsts, seconds) = share.split_at_mut(c);
                for ((first, second), mean) in firsts.iter_mut().zip(seconds).zip(means.iter()) {
                    *second -= *first * *first * one_nth;
                    *first = *mean + *first * one_nth;
                }
            });
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
        f: impl Fn([T; 2], [T; 4]) -> T + Sync,
    ) {
        for_chunks(out, self.block(), |start, out| {
            let x = x.map(|x| &x[start..][..out.len()]);
            vectorize(|| {
                if self.inner > 1 {
                    return self.map_runs(x, lines, out, &f);
                }
                strips!(self.channels, |first, W| self.map_strip::<T, W>(x, lines, out, &f, first));
            });
        });
    }

    /// The `W` channels from `first` on, which stand side by side.
    #[inline(always)]
    fn map_strip<T: Float, const W: usize>(
        &self,
        [a, b]: [&[T]; 2],
        lines: &[T],
        out: &mut [T],
        f: &impl Fn([T; 2], [T; 4]) -> T,
        first: usize,
    ) {
        let c = self.channels;
        let lines: [[T; W]; 4] = [0, 1, 2, 3].map(|k| array(&lines[k * c + first..]));
        for ((out, a), b) in out.chunks_exact_mut(c).zip(a.chunks_exact(c)).zip(b.chunks_exact(c)) {
            let (a, b): ([T; W], [T; W]) = (array(&a[first..]), array(&b[first..]));
            let mut results = [T::ZERO; W];
            for i in 0..W {
                results[i] = f([a[i], b[i]], [lines[0][i], lines[1][i], lines[2][i], lines[3][i]]);
            }
            out[first..][..W].copy_from_slice(&results);
        }
    }

    /// Channels that are runs of memory.
    #[inline(always)]
    fn map_runs<T: Float>(&self, [a, b]: [&[T]; 2], lines: &[T], out: &mut [T], f: &impl Fn([T; 2], [T; 4]) -> T) {
        let (inner, c) = (self.inner, self.channels);
        let runs = out.chunks_exact_mut(inner).zip(a.chunks_exact(inner)).zip(b.chunks_exact(inner));
        for (i, ((out, a), b)) in runs.enumerate() {
            let line = [0, 1, 2, 3].map(|k| lines[k * c + i % c]);
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = f([a, b], line);
            }
        }
    }

    /// [`Channels::sums`] of one block on this thread.
    #[inline(always)]
    fn block_sums<T: Float>(&self, x: [&[T]; 2], centre: &[T], out: &mut [T], f: &impl Fn(T, T, T) -> [T; 2]) {
        if self.inner > 1 {
            return self.sums_of_runs(x, centre, out, f);
        }
        strips!(self.channels, |first, W| self.sums_of_strip::<T, W>(x, centre, out, f, first));
    }

    /// The sums of the `W` channels from `first` on, which stand side by side.
    #[inline(always)]
    fn sums_of_strip<T: Float, const W: usize>(
        &self,
        [a, b]: [&[T]; 2],
        centre: &[T],
        out: &mut [T],
        f: &impl Fn(T, T, T) -> [T; 2],
        first: usize,
    ) {
        let mut sums = [[T::ZERO; W]; 2];
        let centres: [T; W] = array(&centre[first..]);
        for (a, b) in a.chunks_exact(self.channels).zip(b.chunks_exact(self.channels)) {
            let (a, b): ([T; W], [T; W]) = (array(&a[first..]), array(&b[first..]));
            for i in 0..W {
                let [p, q] = f(a[i], b[i], centres[i]);
                sums[0][i] += p;
                sums[1][i] += q;
            }
        }
        out[first..][..W].copy_from_slice(&sums[0]);
        out[self.channels + first..][..W].copy_from_slice(&sums[1]);
    }

    /// The sums of channels that are runs of memory.
    #[inline(always)]
    fn sums_of_runs<T: Float>(&self, [a, b]: [&[T]; 2], centre: &[T], out: &mut [T], f: &impl Fn(T, T, T) -> [T; 2]) {
        out.fill(T::ZERO);
        for (i, (a, b)) in a.chunks_exact(self.inner).zip(b.chunks_exact(self.inner)).enumerate() {
            let channel = i % self.channels;
            let centre = centre[channel];
            let mut sums = [[T::ZERO; LANES]; 2];
            let ((a_rows, a_rest), (b_rows, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
            for (a, b) in a_rows.iter().zip(b_rows) {
                for j in 0..LANES {
                    let [p, q] = f(a[j], b[j], centre);
                    sums[0][j] += p;
                    sums[1][j] += q;
                }
            }
            for (j, (&a, &b)) in a_rest.iter().zip(b_rest).enumerate() {
                let [p, q] = f(a, b, centre);
                sums[0][j] += p;
                sums[1][j] += q;
            }
            for (part, sums) in sums.iter().enumerate() {
                out[part * self.channels + channel] += sums.iter().fold(T::ZERO, |a, &b| a + b);
            }
        }
    }
}

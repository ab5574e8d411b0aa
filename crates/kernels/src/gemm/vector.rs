//! The vector types that the micro-kernel is written for.
//!
//! [`Vector`] is the little arithmetic a matrix product needs. It is implemented for the 512-bit and the 256-bit
//! registers of x86-64, and for a plain array that the compiler turns into whatever registers there are.

use super::pack::{PackFn, pack};
use super::tile::{Tile, TileFn, tile};
use crate::simd::{Baseline, fma32, fma64};

/// The most vectors side by side in any tile.
pub(super) const MAX_VECTORS: usize = 3;
/// The most lanes of a vector.
pub(super) const MAX_LANES: usize = 16;

/// A register full of numbers.
///
/// # Safety
/// The methods may only run on a processor that has the vector's instructions. Pointers need no alignment, but
/// must be good for all lanes, or the first `lanes` of a cut access.
pub(super) trait Vector: Copy + 'static {
    /// What it holds.
    type Scalar: Copy + Sync + 'static;
    /// A vector for a few last columns: half as wide where that is faster, else `Self`.
    type Half: Vector<Scalar = Self::Scalar>;
    /// Says how many lanes a cut access touches.
    type Cut: Copy;
    /// How many numbers it holds.
    const LANES: usize;
    /// The most vectors side by side in one tile.
    const WIDEST: usize;
    /// 0.
    const ZERO: Self::Scalar;
    /// Micro-kernels by `[whole, cut last vector][vectors − 1][rows − 1]`. Rows go as far as accumulators, a row of
    /// B and an element of A fit in the registers.
    const TILES: [[&'static [TileFn<Self::Scalar>]; MAX_VECTORS]; 2];
    /// [`pack`], compiled with this vector's instructions.
    const PACK: PackFn<Self::Scalar>;

    /// `x` in every lane.
    unsafe fn splat(x: Self::Scalar) -> Self;
    /// From memory.
    unsafe fn load(p: *const Self::Scalar) -> Self;
    /// To memory.
    unsafe fn store(self, p: *mut Self::Scalar);
    /// A cut to the first `lanes`.
    unsafe fn cut(lanes: usize) -> Self::Cut;
    /// The first lanes from memory, zeros after.
    unsafe fn load_cut(p: *const Self::Scalar, cut: Self::Cut) -> Self;
    /// The first lanes to memory.
    unsafe fn store_cut(self, p: *mut Self::Scalar, cut: Self::Cut);
    /// Asks for the cache line, which need not exist.
    unsafe fn prefetch(p: *const Self::Scalar);
    /// `self·b + c`.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
    /// `self + b`.
    unsafe fn add(self, b: Self) -> Self;
    /// The columns of a square block in memory: lane `i` of column `j` stands at `p + i·stride + j`.
    unsafe fn load_columns(p: *const Self::Scalar, stride: usize) -> [Self; MAX_LANES];
}

/// The table of micro-kernels of one vector type, each compiled with its instructions.
macro_rules! tiles {
    ($run:ident, [$($r1:literal)*], [$($r2:literal)*], [$($r3:literal)*]) => {
        [
            [&[$($run::<$r1, 1, false>),*], &[$($run::<$r2, 2, false>),*], &[$($run::<$r3, 3, false>),*]],
            [&[$($run::<$r1, 1, true>),*], &[$($run::<$r2, 2, true>),*], &[$($run::<$r3, 3, true>),*]],
        ]
    };
}

#[cfg(target_arch = "x86_64")]
pub(super) use tiles;

/// `N` numbers in an array, for processors without a vector type of their own here.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub(super) struct Portable<T, const N: usize>([T; N]);

macro_rules! portable {
    ($t:ty, $n:literal, $fma:ident, $run:ident) => {
        /// # Safety
        /// As [`tile`].
        unsafe fn $run<const MR: usize, const NV: usize, const CUT: bool>(t: &Tile<$t>) {
            // SAFETY: the caller's promise.
            unsafe { tile::<Portable<$t, $n>, MR, NV, CUT>(t) }
        }

        impl Vector for Portable<$t, $n> {
            type Scalar = $t;
            type Half = Self;
            type Cut = usize;
            const LANES: usize = $n;
            const WIDEST: usize = if cfg!(target_arch = "aarch64") { 3 } else { 2 };
            const ZERO: $t = 0.0;
            #[cfg(target_arch = "aarch64")]
            const TILES: [[&'static [TileFn<$t>]; MAX_VECTORS]; 2] =
                tiles!($run, [1 2 3 4 5 6 7 8 9 10 11 12], [1 2 3 4 5 6 7 8 9 10 11 12], [1 2 3 4 5 6 7 8]);
            #[cfg(not(target_arch = "aarch64"))]
            const TILES: [[&'static [TileFn<$t>]; MAX_VECTORS]; 2] = tiles!($run, [1 2 3 4 5 6 7 8], [1 2 3 4 5 6], []);
            const PACK: PackFn<$t> = pack::<Self>;

            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                Portable([x; $n])
            }
            #[inline(always)]
            unsafe fn load(p: *const $t) -> Self {
                // SAFETY: the caller's pointer is good for all lanes.
                Portable(unsafe { p.cast::<[$t; $n]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t) {
                // SAFETY: the caller's pointer is good for all lanes.
                unsafe { p.cast::<[$t; $n]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn cut(lanes: usize) -> usize {
                lanes
            }
            #[inline(always)]
            unsafe fn load_cut(p: *const $t, cut: usize) -> Self {
                let mut x = [0.0; $n];
                for i in 0..cut {
                    // SAFETY: the caller's pointer is good for the first `cut` lanes.
                    x[i] = unsafe { *p.add(i) };
                }
                Portable(x)
            }
            #[inline(always)]
            unsafe fn store_cut(self, p: *mut $t, cut: usize) {
                for i in 0..cut {
                    // SAFETY: the caller's pointer is good for the first `cut` lanes.
                    unsafe { *p.add(i) = self.0[i] };
                }
            }
            #[inline(always)]
            unsafe fn prefetch(_: *const $t) {}
            #[inline(always)]
            unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                Portable(std::array::from_fn(|i| $fma::<Baseline>(self.0[i], b.0[i], c.0[i])))
            }
            #[inline(always)]
            unsafe fn add(self, b: Self) -> Self {
                Portable(std::array::from_fn(|i| self.0[i] + b.0[i]))
            }
            #[inline(always)]
            unsafe fn load_columns(p: *const $t, stride: usize) -> [Self; MAX_LANES] {
                let mut out = [Portable([0.0; $n]); MAX_LANES];
                for j in 0..$n {
                    for i in 0..$n {
                        // SAFETY: the caller's block is readable.
                        out[j].0[i] = unsafe { *p.add(i * stride + j) };
                    }
                }
                out
            }
        }
    };
}
portable!(f32, 4, fma32, portable_f32);
portable!(f64, 2, fma64, portable_f64);

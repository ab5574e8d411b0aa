//! The vector types that the micro-kernel is written for.
//!
//! [`Vector`] is the little arithmetic a matrix product needs. It is implemented for the 512-bit and the 256-bit
//! registers of x86-64, and for a plain array that the compiler turns into whatever registers there are.

use super::pack::{PackFn, Panel, pack};
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
    type Scalar: Copy + Default + 'static;
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
    /// `self·b + c`.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
    /// `self + b`.
    unsafe fn add(self, b: Self) -> Self;
    /// Columns from runs in memory: lane `i` of column `j` is number `j` of run `i`, for `j < steps ≤ LANES`; columns
    /// beyond hold anything. Every run must be good for `steps` numbers.
    unsafe fn load_columns(runs: &[*const Self::Scalar; MAX_LANES], steps: usize) -> [Self; MAX_LANES];
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
            unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                Portable(std::array::from_fn(|i| $fma::<Baseline>(self.0[i], b.0[i], c.0[i])))
            }
            #[inline(always)]
            unsafe fn add(self, b: Self) -> Self {
                Portable(std::array::from_fn(|i| self.0[i] + b.0[i]))
            }
            #[inline(always)]
            unsafe fn load_columns(runs: &[*const $t; MAX_LANES], steps: usize) -> [Self; MAX_LANES] {
                let mut out = [Portable([0.0; $n]); MAX_LANES];
                for j in 0..steps.min($n) {
                    for i in 0..$n {
                        // SAFETY: the caller's runs are good for `steps` numbers.
                        out[j].0[i] = unsafe { *runs[i].add(j) };
                    }
                }
                out
            }
        }
    };
}
portable!(f32, 4, fma32, portable_f32);
portable!(f64, 2, fma64, portable_f64);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::*;
    use std::arch::x86_64::*;

    /// One register type: its arithmetic by the names of the intrinsics, the rest as it comes.
    macro_rules! register {
        (
            $v:ident, $t:ty, $lanes:literal, $widest:literal, $features:literal, $run:ident, $pack:ident,
            [$($r1:literal)*], [$($r2:literal)*], [$($r3:literal)*],
            $splat:ident $load:ident $store:ident $fmadd:ident $add:ident,
            $($rest:tt)*
        ) => {
            /// # Safety
            /// As [`tile`].
            #[target_feature(enable = $features)]
            unsafe fn $run<const MR: usize, const NV: usize, const CUT: bool>(t: &Tile<$t>) {
                // SAFETY: the caller's promise.
                unsafe { tile::<$v, MR, NV, CUT>(t) }
            }

            /// # Safety
            /// As [`pack`].
            #[target_feature(enable = $features)]
            unsafe fn $pack(p: &Panel<$t>) {
                // SAFETY: the caller's promise.
                unsafe { pack::<$v>(p) }
            }

            impl Vector for $v {
                type Scalar = $t;
                const LANES: usize = $lanes;
                const WIDEST: usize = $widest;
                const ZERO: $t = 0.0;
                const TILES: [[&'static [TileFn<$t>]; MAX_VECTORS]; 2] =
                    tiles!($run, [$($r1)*], [$($r2)*], [$($r3)*]);
                const PACK: PackFn<$t> = $pack;

                #[inline(always)]
                unsafe fn splat(x: $t) -> Self {
                    // SAFETY: the caller has the instructions.
                    unsafe { $splat(x) }
                }
                #[inline(always)]
                unsafe fn load(p: *const $t) -> Self {
                    // SAFETY: the caller has the instructions and a good pointer.
                    unsafe { $load(p) }
                }
                #[inline(always)]
                unsafe fn store(self, p: *mut $t) {
                    // SAFETY: the caller has the instructions and a good pointer.
                    unsafe { $store(p, self) }
                }
                #[inline(always)]
                unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                    // SAFETY: the caller has the instructions.
                    unsafe { $fmadd(self, b, c) }
                }
                #[inline(always)]
                unsafe fn add(self, b: Self) -> Self {
                    // SAFETY: the caller has the instructions.
                    unsafe { $add(self, b) }
                }
                $($rest)*
            }
        };
    }

    /// Cut accesses by the mask registers of AVX-512.
    macro_rules! masked {
        ($t:ty, $half:ty, $mask:ty, $load:ident $store:ident) => {
            type Half = $half;
            type Cut = $mask;
            #[inline(always)]
            unsafe fn cut(lanes: usize) -> $mask {
                ((1_u32 << lanes) - 1) as $mask
            }
            #[inline(always)]
            unsafe fn load_cut(p: *const $t, cut: $mask) -> Self {
                // SAFETY: the caller has the instructions; lanes outside the mask are not read.
                unsafe { $load(cut, p) }
            }
            #[inline(always)]
            unsafe fn store_cut(self, p: *mut $t, cut: $mask) {
                // SAFETY: the caller has the instructions; lanes outside the mask are not written.
                unsafe { $store(p, cut, self) }
            }
        };
    }

    register! {
        __m512, f32, 16, 3, "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi1,bmi2", tile_512_f32, pack_512_f32,
        [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16], [1 2 3 4 5 6 7 8 9 10 11 12], [1 2 3 4 5 6 7 8],
        _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_fmadd_ps _mm512_add_ps,
        masked! { f32, __m256, __mmask16, _mm512_maskz_loadu_ps _mm512_mask_storeu_ps }
        #[inline(always)]
        unsafe fn load_columns(runs: &[*const f32; MAX_LANES], steps: usize) -> [Self; MAX_LANES] {
            // SAFETY: the caller has the instructions; `quad` reads no more than `steps` numbers.
            unsafe {
                let mut out = [_mm512_setzero_ps(); MAX_LANES];
                for j in 0..4 {
                    if 4 * j >= steps {
                        break;
                    }
                    let (a, b) = (quads_512(runs, 0, steps, j), quads_512(runs, 1, steps, j));
                    let (c, d) = (quads_512(runs, 2, steps, j), quads_512(runs, 3, steps, j));
                    let (ab_lo, ab_hi) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
                    let (cd_lo, cd_hi) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
                    out[4 * j] = _mm512_shuffle_ps::<0x44>(ab_lo, cd_lo);
                    out[4 * j + 1] = _mm512_shuffle_ps::<0xEE>(ab_lo, cd_lo);
                    out[4 * j + 2] = _mm512_shuffle_ps::<0x44>(ab_hi, cd_hi);
                    out[4 * j + 3] = _mm512_shuffle_ps::<0xEE>(ab_hi, cd_hi);
                }
                out
            }
        }
    }

    register! {
        __m512d, f64, 8, 3, "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi1,bmi2", tile_512_f64, pack_512_f64,
        [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16], [1 2 3 4 5 6 7 8 9 10 11 12], [1 2 3 4 5 6 7 8],
        _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_fmadd_pd _mm512_add_pd,
        masked! { f64, __m256d, __mmask8, _mm512_maskz_loadu_pd _mm512_mask_storeu_pd }
        #[inline(always)]
        unsafe fn load_columns(runs: &[*const f64; MAX_LANES], steps: usize) -> [Self; MAX_LANES] {
            // SAFETY: the caller has the instructions; `pair` reads no more than `steps` numbers.
            unsafe {
                let mut out = [_mm512_setzero_pd(); MAX_LANES];
                for j in 0..4 {
                    if 2 * j >= steps {
                        break;
                    }
                    let (a, b) = (pairs_512(runs, 0, steps, j), pairs_512(runs, 1, steps, j));
                    out[2 * j] = _mm512_unpacklo_pd(a, b);
                    out[2 * j + 1] = _mm512_unpackhi_pd(a, b);
                }
                out
            }
        }
    }

    /// Cut accesses of AVX2: loads by a mask, stores in pieces, since masked stores are slow on AMD.
    macro_rules! pieces {
        ($t:ty, $int:ty, $set1:ident $mask:ident $iota:expr, $load:ident) => {
            type Half = Self;
            type Cut = (__m256i, usize);
            #[inline(always)]
            unsafe fn cut(lanes: usize) -> (__m256i, usize) {
                // SAFETY: the caller has the instructions.
                (unsafe { $mask($set1(lanes as $int), $iota) }, lanes)
            }
            #[inline(always)]
            unsafe fn load_cut(p: *const $t, cut: (__m256i, usize)) -> Self {
                // SAFETY: the caller has the instructions; lanes outside the mask are not read.
                unsafe { $load(p, cut.0) }
            }
        };
    }

    register! {
        __m256, f32, 8, 2, "avx2,fma,bmi1,bmi2", tile_256_f32, pack_256_f32,
        [1 2 3 4 5 6 7 8 9 10 11 12], [1 2 3 4 5 6], [],
        _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_fmadd_ps _mm256_add_ps,
        pieces! { f32, i32, _mm256_set1_epi32 _mm256_cmpgt_epi32 _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_maskload_ps }
        #[inline(always)]
        unsafe fn store_cut(self, p: *mut f32, cut: (__m256i, usize)) {
            // SAFETY: the caller has the instructions; the pieces add up to the lanes of the cut.
            unsafe {
                let (mut p, lanes) = (p, cut.1);
                if lanes == 8 {
                    return _mm256_storeu_ps(p, self);
                }
                let mut x = _mm256_castps256_ps128(self);
                if lanes & 4 != 0 {
                    _mm_storeu_ps(p, x);
                    x = _mm256_extractf128_ps::<1>(self);
                    p = p.add(4);
                }
                if lanes & 2 != 0 {
                    _mm_storel_pd(p.cast(), _mm_castps_pd(x));
                    x = _mm_movehl_ps(x, x);
                    p = p.add(2);
                }
                if lanes & 1 != 0 {
                    _mm_store_ss(p, x);
                }
            }
        }
        #[inline(always)]
        unsafe fn load_columns(runs: &[*const f32; MAX_LANES], steps: usize) -> [Self; MAX_LANES] {
            // SAFETY: the caller has the instructions; `quad` reads no more than `steps` numbers.
            unsafe {
                let mut out = [_mm256_setzero_ps(); MAX_LANES];
                for j in 0..2 {
                    if 4 * j >= steps {
                        break;
                    }
                    let (a, b) = (quads_256(runs, 0, steps, j), quads_256(runs, 1, steps, j));
                    let (c, d) = (quads_256(runs, 2, steps, j), quads_256(runs, 3, steps, j));
                    let (ab_lo, ab_hi) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
                    let (cd_lo, cd_hi) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
                    out[4 * j] = _mm256_shuffle_ps::<0x44>(ab_lo, cd_lo);
                    out[4 * j + 1] = _mm256_shuffle_ps::<0xEE>(ab_lo, cd_lo);
                    out[4 * j + 2] = _mm256_shuffle_ps::<0x44>(ab_hi, cd_hi);
                    out[4 * j + 3] = _mm256_shuffle_ps::<0xEE>(ab_hi, cd_hi);
                }
                out
            }
        }
    }

    register! {
        __m256d, f64, 4, 2, "avx2,fma,bmi1,bmi2", tile_256_f64, pack_256_f64,
        [1 2 3 4 5 6 7 8 9 10 11 12], [1 2 3 4 5 6], [],
        _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_fmadd_pd _mm256_add_pd,
        pieces! { f64, i64, _mm256_set1_epi64x _mm256_cmpgt_epi64 _mm256_setr_epi64x(0, 1, 2, 3), _mm256_maskload_pd }
        #[inline(always)]
        unsafe fn store_cut(self, p: *mut f64, cut: (__m256i, usize)) {
            // SAFETY: the caller has the instructions; the pieces add up to the lanes of the cut.
            unsafe {
                let (mut p, lanes) = (p, cut.1);
                if lanes == 4 {
                    return _mm256_storeu_pd(p, self);
                }
                let mut x = _mm256_castpd256_pd128(self);
                if lanes & 2 != 0 {
                    _mm_storeu_pd(p, x);
                    x = _mm256_extractf128_pd::<1>(self);
                    p = p.add(2);
                }
                if lanes & 1 != 0 {
                    _mm_store_sd(p, x);
                }
            }
        }
        #[inline(always)]
        unsafe fn load_columns(runs: &[*const f64; MAX_LANES], steps: usize) -> [Self; MAX_LANES] {
            // SAFETY: the caller has the instructions; `pair` reads no more than `steps` numbers.
            unsafe {
                let mut out = [_mm256_setzero_pd(); MAX_LANES];
                for j in 0..2 {
                    if 2 * j >= steps {
                        break;
                    }
                    let (a, b) = (pairs_256(runs, 0, steps, j), pairs_256(runs, 1, steps, j));
                    out[2 * j] = _mm256_unpacklo_pd(a, b);
                    out[2 * j + 1] = _mm256_unpackhi_pd(a, b);
                }
                out
            }
        }
    }

    /// Numbers `4j …` of a run, as many as lie below `steps`.
    ///
    /// # Safety
    /// As [`Vector::load_columns`].
    #[inline(always)]
    unsafe fn quad(run: *const f32, steps: usize, j: usize) -> __m128 {
        let p = run.wrapping_add(4 * j);
        // SAFETY: reads as many numbers as are there.
        unsafe {
            if steps >= 4 * j + 4 {
                _mm_loadu_ps(p)
            } else {
                let left = _mm_set1_epi32(steps as i32 - 4 * j as i32);
                _mm_maskload_ps(p, _mm_cmpgt_epi32(left, _mm_setr_epi32(0, 1, 2, 3)))
            }
        }
    }

    /// Numbers `2j …` of a run, as many as lie below `steps`.
    ///
    /// # Safety
    /// As [`Vector::load_columns`].
    #[inline(always)]
    unsafe fn pair(run: *const f64, steps: usize, j: usize) -> __m128d {
        let p = run.wrapping_add(2 * j);
        // SAFETY: reads as many numbers as are there.
        unsafe {
            if steps >= 2 * j + 2 {
                _mm_loadu_pd(p)
            } else if steps > 2 * j {
                _mm_load_sd(p)
            } else {
                _mm_setzero_pd()
            }
        }
    }

    /// Quads `j` of the runs `i`, `i + 4`, `i + 8` and `i + 12`.
    ///
    /// # Safety
    /// As [`Vector::load_columns`].
    #[inline(always)]
    unsafe fn quads_512(runs: &[*const f32; MAX_LANES], i: usize, steps: usize, j: usize) -> __m512 {
        // SAFETY: the caller has the instructions and good runs.
        unsafe {
            let x = _mm512_castps128_ps512(quad(runs[i], steps, j));
            let x = _mm512_insertf32x4::<1>(x, quad(runs[i + 4], steps, j));
            let x = _mm512_insertf32x4::<2>(x, quad(runs[i + 8], steps, j));
            _mm512_insertf32x4::<3>(x, quad(runs[i + 12], steps, j))
        }
    }

    /// Quads `j` of the runs `i` and `i + 4`.
    ///
    /// # Safety
    /// As [`Vector::load_columns`].
    #[inline(always)]
    unsafe fn quads_256(runs: &[*const f32; MAX_LANES], i: usize, steps: usize, j: usize) -> __m256 {
        // SAFETY: the caller has the instructions and good runs.
        unsafe {
            let x = _mm256_castps128_ps256(quad(runs[i], steps, j));
            _mm256_insertf128_ps::<1>(x, quad(runs[i + 4], steps, j))
        }
    }

    /// Pairs `j` of the runs `i`, `i + 2`, `i + 4` and `i + 6`.
    ///
    /// # Safety
    /// As [`Vector::load_columns`].
    #[inline(always)]
    unsafe fn pairs_512(runs: &[*const f64; MAX_LANES], i: usize, steps: usize, j: usize) -> __m512d {
        // SAFETY: the caller has the instructions and good runs.
        unsafe {
            let x = _mm512_castpd128_pd512(pair(runs[i], steps, j));
            let x = _mm512_insertf64x2::<1>(x, pair(runs[i + 2], steps, j));
            let x = _mm512_insertf64x2::<2>(x, pair(runs[i + 4], steps, j));
            _mm512_insertf64x2::<3>(x, pair(runs[i + 6], steps, j))
        }
    }

    /// Pairs `j` of the runs `i` and `i + 2`.
    ///
    /// # Safety
    /// As [`Vector::load_columns`].
    #[inline(always)]
    unsafe fn pairs_256(runs: &[*const f64; MAX_LANES], i: usize, steps: usize, j: usize) -> __m256d {
        // SAFETY: the caller has the instructions and good runs.
        unsafe {
            let x = _mm256_castpd128_pd256(pair(runs[i], steps, j));
            _mm256_insertf128_pd::<1>(x, pair(runs[i + 2], steps, j))
        }
    }
}

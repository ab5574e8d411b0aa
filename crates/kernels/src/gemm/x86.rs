//! The vectors of x86-64: 512 bits with AVX-512, 256 with AVX2.

use super::pack::{PackFn, Panel, pack};
use super::tile::{Tile, TileFn, tile};
use super::vector::{MAX_LANES, MAX_VECTORS, Vector, tiles};
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
            unsafe fn prefetch(p: *const $t) {
                // SAFETY: a prefetch never faults.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
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
    unsafe fn load_columns(p: *const f32, stride: usize) -> [Self; MAX_LANES] {
        // SAFETY: the caller has the instructions and a readable block.
        unsafe {
            let mut out = [_mm512_setzero_ps(); MAX_LANES];
            for j in 0..4 {
                let [a, b, c, d] = quads_512(p.add(4 * j), stride);
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
    unsafe fn load_columns(p: *const f64, stride: usize) -> [Self; MAX_LANES] {
        // SAFETY: the caller has the instructions and a readable block.
        unsafe {
            let mut out = [_mm512_setzero_pd(); MAX_LANES];
            for j in 0..4 {
                let [a, b] = pairs_512(p.add(2 * j), stride);
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
    unsafe fn load_columns(p: *const f32, stride: usize) -> [Self; MAX_LANES] {
        // SAFETY: the caller has the instructions and a readable block.
        unsafe {
            let mut out = [_mm256_setzero_ps(); MAX_LANES];
            for j in 0..2 {
                let [a, b, c, d] = quads_256(p.add(4 * j), stride);
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
    unsafe fn load_columns(p: *const f64, stride: usize) -> [Self; MAX_LANES] {
        // SAFETY: the caller has the instructions and a readable block.
        unsafe {
            let mut out = [_mm256_setzero_pd(); MAX_LANES];
            for j in 0..2 {
                let [a, b] = pairs_256(p.add(2 * j), stride);
                out[2 * j] = _mm256_unpacklo_pd(a, b);
                out[2 * j + 1] = _mm256_unpackhi_pd(a, b);
            }
            out
        }
    }
}

/// Four numbers of each of sixteen runs: vector `i` holds those of the runs `i`, `i + 4`, `i + 8` and `i + 12`.
///
/// # Safety
/// The processor has AVX-512; the runs are readable.
#[inline(always)]
unsafe fn quads_512(p: *const f32, stride: usize) -> [__m512; 4] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut x = [_mm512_setzero_ps(); 4];
        for i in 0..4 {
            x[i] = _mm512_castps128_ps512(_mm_loadu_ps(p.add(i * stride)));
            x[i] = _mm512_insertf32x4::<1>(x[i], _mm_loadu_ps(p.add((i + 4) * stride)));
            x[i] = _mm512_insertf32x4::<2>(x[i], _mm_loadu_ps(p.add((i + 8) * stride)));
            x[i] = _mm512_insertf32x4::<3>(x[i], _mm_loadu_ps(p.add((i + 12) * stride)));
        }
        x
    }
}

/// Four numbers of each of eight runs: vector `i` holds those of the runs `i` and `i + 4`.
///
/// # Safety
/// The processor has AVX; the runs are readable.
#[inline(always)]
unsafe fn quads_256(p: *const f32, stride: usize) -> [__m256; 4] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut x = [_mm256_setzero_ps(); 4];
        for i in 0..4 {
            x[i] = _mm256_castps128_ps256(_mm_loadu_ps(p.add(i * stride)));
            x[i] = _mm256_insertf128_ps::<1>(x[i], _mm_loadu_ps(p.add((i + 4) * stride)));
        }
        x
    }
}

/// Two numbers of each of eight runs: vector `i` holds those of the runs `i`, `i + 2`, `i + 4` and `i + 6`.
///
/// # Safety
/// The processor has AVX-512; the runs are readable.
#[inline(always)]
unsafe fn pairs_512(p: *const f64, stride: usize) -> [__m512d; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut x = [_mm512_setzero_pd(); 2];
        for i in 0..2 {
            x[i] = _mm512_castpd128_pd512(_mm_loadu_pd(p.add(i * stride)));
            x[i] = _mm512_insertf64x2::<1>(x[i], _mm_loadu_pd(p.add((i + 2) * stride)));
            x[i] = _mm512_insertf64x2::<2>(x[i], _mm_loadu_pd(p.add((i + 4) * stride)));
            x[i] = _mm512_insertf64x2::<3>(x[i], _mm_loadu_pd(p.add((i + 6) * stride)));
        }
        x
    }
}

/// Two numbers of each of four runs: vector `i` holds those of the runs `i` and `i + 2`.
///
/// # Safety
/// The processor has AVX; the runs are readable.
#[inline(always)]
unsafe fn pairs_256(p: *const f64, stride: usize) -> [__m256d; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut x = [_mm256_setzero_pd(); 2];
        for i in 0..2 {
            x[i] = _mm256_castpd128_pd256(_mm_loadu_pd(p.add(i * stride)));
            x[i] = _mm256_insertf128_pd::<1>(x[i], _mm_loadu_pd(p.add((i + 2) * stride)));
        }
        x
    }
}

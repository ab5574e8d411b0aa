//! One loop, compiled for several instruction sets, chosen when the program runs.
//!
//! A plain `cargo build --release` targets the oldest x86-64, whose vectors hold four `f32`. Wrapping a loop
//! in [`dispatch`] (a [`Kernel`], generic over the instruction set) or in [`vectorize`] (a plain closure)
//! compiles it once more for AVX2 with FMA and once for AVX-512, and runs the best one this processor has.
//!
//! ```
//! use gradus_kernels::simd::vectorize;
//! let x = vec![1.0_f32; 100];
//! let mut y = vec![0.0_f32; 100];
//! vectorize(|| {
//!     for (y, x) in y.iter_mut().zip(&x) {
//!         *y = 2.0 * x;
//!     }
//! });
//! assert_eq!(y[99], 2.0);
//! ```
//!
//! The environment variable `GRADUS_SIMD` (`avx512`, `avx2`, `baseline`) lowers the choice, for tests and
//! measurements; it can never raise it above what the processor has.

use std::sync::OnceLock;

/// An instruction set that a [`Kernel`] is compiled for.
pub trait Isa: Copy + Send + Sync + 'static {
    /// Whether fused multiply-add is one instruction. Where it is not, `mul_add` would call a slow library
    /// routine, so kernels write `a * b + c` instead; see [`fma32`].
    const FMA: bool;
    /// Which level this is.
    const LEVEL: Level;
}

/// 512-bit vectors, masks, FMA.
#[derive(Clone, Copy, Debug)]
pub struct Avx512;
/// 256-bit vectors, FMA.
#[derive(Clone, Copy, Debug)]
pub struct Avx2;
/// What the compilation target guarantees: SSE2 on x86-64, NEON (with FMA) on AArch64.
#[derive(Clone, Copy, Debug)]
pub struct Baseline;

impl Isa for Avx512 {
    const FMA: bool = true;
    const LEVEL: Level = Level::Avx512;
}
impl Isa for Avx2 {
    const FMA: bool = true;
    const LEVEL: Level = Level::Avx2;
}
impl Isa for Baseline {
    const FMA: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));
    const LEVEL: Level = Level::Baseline;
}

/// The instruction sets that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What the compilation target guarantees.
    Baseline,
    /// AVX2 and FMA (Intel Haswell, AMD Zen and later).
    Avx2,
    /// AVX-512 F, VL, BW and DQ (Intel Skylake-X, AMD Zen 4 and later).
    Avx512,
}

impl Level {
    /// The word that `GRADUS_SIMD` takes.
    pub fn word(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }
}

/// The level in use, found once per process.
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let has = detect();
        match std::env::var("GRADUS_SIMD").as_deref() {
            Ok("baseline") => Level::Baseline,
            Ok("avx2") => has.min(Level::Avx2),
            _ => has,
        }
    })
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
fn detect() -> Level {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq");
    match (avx2, avx512) {
        (true, true) => Level::Avx512,
        (true, false) => Level::Avx2,
        _ => Level::Baseline,
    }
}

#[cfg(any(not(target_arch = "x86_64"), miri))]
fn detect() -> Level {
    Level::Baseline
}

/// Work that can be compiled for any instruction set. Mark `run` `#[inline(always)]`, and everything it calls
/// in its inner loops too: only what is inlined is compiled for the wider vectors.
pub trait Kernel {
    /// What the work returns.
    type Output;
    /// Does the work.
    fn run<I: Isa>(self, isa: I) -> Self::Output;
}

/// Runs `kernel` in the version for the best instruction set that this processor has.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    match level() {
        // SAFETY: `level` answers `Avx512` or `Avx2` only where `detect` found those features.
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        Level::Avx512 => unsafe { x86::avx512(kernel) },
        // SAFETY: as above.
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        Level::Avx2 => unsafe { x86::avx2(kernel) },
        _ => kernel.run(Baseline),
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86 {
    use super::{Avx2, Avx512, Kernel};

    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi1,bmi2,f16c,popcnt,lzcnt")]
    pub(super) fn avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx512)
    }

    #[target_feature(enable = "avx2,fma,bmi1,bmi2,f16c,popcnt,lzcnt")]
    pub(super) fn avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx2)
    }
}

/// Runs a closure whose loops need nothing but plain arithmetic, compiled for the best instruction set.
#[inline]
pub fn vectorize<R>(f: impl FnOnce() -> R) -> R {
    struct Plain<F>(F);
    impl<R, F: FnOnce() -> R> Kernel for Plain<F> {
        type Output = R;
        #[inline(always)]
        fn run<I: Isa>(self, _: I) -> R {
            (self.0)()
        }
    }
    dispatch(Plain(f))
}

/// `a·b + c`, rounded once where the hardware has FMA and twice where it has not.
#[inline(always)]
pub fn fma32<I: Isa>(a: f32, b: f32, c: f32) -> f32 {
    if I::FMA { a.mul_add(b, c) } else { a * b + c }
}

/// [`fma32`] for `f64`.
#[inline(always)]
pub fn fma64<I: Isa>(a: f64, b: f64, c: f64) -> f64 {
    if I::FMA { a.mul_add(b, c) } else { a * b + c }
}

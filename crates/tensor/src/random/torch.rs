//! The `torch` scheme: the draws of `torch.Generator` on the CPU, recipe by recipe.
//!
//! Held against PyTorch 2.15 on x86-64 with AVX2 (its kernels fuse `a·b + c` there). Where an older
//! PyTorch drew differently, the method says so.

use super::{Real, mt19937::Mt19937};
use std::f64::consts::PI;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct TorchDraws {
    pub(super) engine: Mt19937,
    /// The second half of a scalar Box–Muller pair, waiting for the next scalar draw.
    pub(super) next_normal: Option<f64>,
}

impl TorchDraws {
    /// PyTorch keeps the low 32 bits of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self { engine: Mt19937::from_word(seed as u32), next_normal: None }
    }

    #[inline]
    pub(super) fn next_u32(&mut self) -> u32 {
        self.engine.next_u32()
    }

    /// Two outputs, the first one on top.
    #[inline]
    pub(super) fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        high << 32 | u64::from(self.next_u32())
    }

    /// The bits of a number in [0, 1), in units of 2⁻⁵³.
    #[inline]
    pub(super) fn bits_53(&mut self) -> u64 {
        self.next_u64() & ((1 << 53) - 1)
    }

    /// One number in [0, 1).
    #[inline]
    pub(super) fn unit<T: Real>(&mut self) -> T {
        T::unit_from_u32s(|| self.next_u32())
    }

    pub(super) fn rand<T: Real>(&mut self, out: &mut [T]) {
        out.fill_with(|| self.unit());
    }

    pub(super) fn uniform<T: Real>(&mut self, low: f64, high: f64, out: &mut [T]) {
        let (low, high) = (T::from_f64(low), T::from_f64(high));
        let width = high - low;
        out.fill_with(|| self.unit::<T>().mul_add(width, low));
    }

    /// From sixteen values on the vector path, below it the scalar one with its waiting half.
    pub(super) fn normal<T: Real>(&mut self, mean: f64, std: f64, out: &mut [T]) {
        use super::box_muller::BLOCK;
        let (n, full) = (out.len(), out.len() / BLOCK * BLOCK);
        if n < BLOCK {
            out.fill_with(|| T::from_f64(self.scalar_normal().mul_add(std, mean)));
            return;
        }
        let (mean, std) = (T::from_f64(mean), T::from_f64(std));
        self.rand(out);
        T::box_muller(&mut out[..full], mean, std);
        if full < n {
            // The remainder joins its neighbours: the last sixteen are drawn afresh.
            let last = &mut out[n - BLOCK..];
            self.rand(last);
            T::box_muller(last, mean, std);
        }
    }

    fn scalar_normal(&mut self) -> f64 {
        if let Some(value) = self.next_normal.take() {
            return value;
        }
        let angle = 2.0 * PI * self.unit::<f64>();
        let radius = (-2.0 * (-self.unit::<f64>()).ln_1p()).sqrt();
        let (sin, cos) = angle.sin_cos();
        self.next_normal = Some(radius * sin);
        radius * cos
    }

    pub(super) fn exponential(&mut self, rate: f64) -> f64 {
        -1.0 / rate * (-self.unit::<f64>()).ln_1p()
    }

    /// A draw below `range`; from 2²⁸ on with 64 bits (older releases: from 2³² on).
    #[inline]
    pub(super) fn below(&mut self, range: u64) -> u64 {
        if range >= 1 << 28 { self.next_u64() % range } else { u64::from(self.next_u32()) % range }
    }

    /// `randperm`'s exchange of item i with one of the items from i on.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        let n = items.len();
        let wide = n >= u32::MAX as usize / 20;
        for i in 0..n.saturating_sub(1) {
            let left = (n - i) as u64;
            let z = if wide { self.next_u64() % left } else { u64::from(self.next_u32()) % left };
            items.swap(i, i + z as usize);
        }
    }
}

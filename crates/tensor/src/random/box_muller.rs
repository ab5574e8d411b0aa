//! PyTorch's vector path for normal numbers: Box–Muller over blocks of sixteen uniform ones.
//!
//! G. Box, M. Muller, "A note on the generation of random normal deviates", 1958:
//! r = √(−2 ln u₁), θ = 2π u₂ give the pair r cos θ, r sin θ. Slot j of a block holds 1 − u₁ and
//! slot j + 8 holds u₂.
//!
//! In f32 PyTorch takes logarithm, sine and cosine from the single-precision Cephes polynomials
//! (S. Moshier, 1989) in the order of its AVX2 kernel, products fused with sums. The same order and
//! the same fusing here give the same bits.

use gradus_kernels::simd::{Isa, Kernel, dispatch};
use std::f64::consts::PI;

/// Values a block holds.
pub(super) const BLOCK: usize = 16;
const HALF: usize = BLOCK / 2;

/// Turns whole blocks of uniform numbers in [0, 1) into normal ones with this mean and deviation.
pub(super) fn blocks_f32(x: &mut [f32], mean: f32, std: f32) {
    let (blocks, _) = x.as_chunks_mut();
    dispatch(Blocks { blocks, mean, std });
}

struct Blocks<'a> {
    blocks: &'a mut [[f32; BLOCK]],
    mean: f32,
    std: f32,
}

impl Kernel for Blocks<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        const TWO_PI: f32 = (2.0 * PI) as f32;
        for block in self.blocks {
            for j in 0..HALF {
                let radius = (-2.0 * ln(1.0 - block[j])).sqrt();
                let (sin, cos) = sin_cos(TWO_PI * block[j + HALF]);
                block[j] = (radius * cos).mul_add(self.std, self.mean);
                block[j + HALF] = (radius * sin).mul_add(self.std, self.mean);
            }
        }
    }
}

/// The same in f64, with the platform's logarithm, sine and cosine, as PyTorch has it.
pub(super) fn blocks_f64(x: &mut [f64], mean: f64, std: f64) {
    let (blocks, _) = x.as_chunks_mut::<BLOCK>();
    for block in blocks {
        for j in 0..HALF {
            let radius = (-2.0 * (1.0 - block[j]).ln()).sqrt();
            let (sin, cos) = (2.0 * PI * block[j + HALF]).sin_cos();
            block[j] = (radius * cos).mul_add(std, mean);
            block[j + HALF] = (radius * sin).mul_add(std, mean);
        }
    }
}

/// Natural logarithm of `x` in (0, 1], not subnormal: x = m·2ᵉ with m in [√½, √2), then a
/// polynomial in m − 1.
#[inline(always)]
fn ln(x: f32) -> f32 {
    const P: [f32; 9] = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_84e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_4e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    // ln 2 in two parts, the larger one with few enough bits that its multiples are exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let bits = x.to_bits();
    let m = f32::from_bits((bits & 0x007f_ffff) | 0x3f00_0000); // [0.5, 1)
    let low = m < std::f32::consts::FRAC_1_SQRT_2;
    let e = ((bits >> 23) as i32 - 126 - i32::from(low)) as f32;
    let m = m - 1.0 + if low { m } else { 0.0 };
    let square = m * m;
    let series = P[1..].iter().fold(P[0], |sum, &p| sum.mul_add(m, p)) * m;
    let y = series.mul_add(square, e * LN_2_LOW) - 0.5 * square;
    e.mul_add(LN_2_HIGH, m + y)
}

/// Sine and cosine of `x` ≥ 0: x = j·π/4 + rest with j even, then a polynomial for each.
#[inline(always)]
fn sin_cos(x: f32) -> (f32, f32) {
    const SIN: [f32; 3] = [-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1];
    const COS: [f32; 3] = [2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2];
    // −π/4 in three parts, so that j times the first two is exact.
    const PI_4: [f32; 3] = [-0.785_156_25, -2.418_756_5e-4, -3.774_895e-8];
    let j = ((x * std::f32::consts::FRAC_2_PI * 2.0) as i32 + 1) & !1;
    let rest = PI_4.iter().fold(x, |rest, &part| part.mul_add(j as f32, rest));
    let square = rest * rest;
    let polynomial = |c: [f32; 3]| c[0].mul_add(square, c[1]).mul_add(square, c[2]) * square;
    let cos = square.mul_add(polynomial(COS), -0.5 * square) + 1.0;
    let sin = rest.mul_add(polynomial(SIN), rest);
    let (sin, cos) = if j & 2 == 0 { (sin, cos) } else { (cos, sin) };
    let negate = |value: f32, yes: bool| if yes { -value } else { value };
    (negate(sin, j & 4 != 0), negate(cos, (j + 2) & 4 != 0))
}

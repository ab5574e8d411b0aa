//! Elementary functions, written without branches so that the compiler vectorises them.
//!
//! Inside a [`crate::simd::Kernel`] a loop over one of the `f32` functions becomes vector code; called on its own,
//! each is an ordinary function. Largest error against the exact value, over all finite arguments unless said:
//!
//! | `f32` | ulp | remarks |
//! |---|---|---|
//! | exp | 1.0 | gradual underflow below −87.3 |
//! | ln | 1.0 | subnormal arguments too |
//! | tanh | 2.5 | |
//! | sigmoid | 2.4 | gradual underflow below −87.3 |
//! | erf | 1.3 | |
//! | sin, cos | 1.6 | for \|x\| ≤ 2²⁷; beyond, where neighbouring arguments lie turns apart, some value in −1 … 1 |
//!
//! Arguments that are infinite or NaN give the limits of IEEE 754, zeros keep their sign. The `f64` functions are
//! the standard library's, `erf` is that of the crate `libm`: below 1 ulp, and not vectorised.

/// For `f32`.
pub mod single {
    use crate::simd::{Isa, fma32, fma64};

    /// 1.5·2²³: adding it to a small number leaves the nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts; a multiple of the first by an integer below 2¹⁵ is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

    /// The nearest integer n to x·log₂e and e^(x − n·ln 2) − 1, for |x| below 2¹⁵.
    ///
    /// e^r − 1 = r + r²·P(r) for |r| ≤ ½ ln 2, P the minimax polynomial for the relative error.
    #[inline(always)]
    fn exp_parts<I: Isa>(x: f32) -> (i32, f32) {
        let shifted = fma32::<I>(x, std::f32::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        let r = fma32::<I>(n, -LN_2[0], x);
        let r = fma32::<I>(n, -LN_2[1], r);
        let p = fma32::<I>(1.966_453_3e-4, r, 1.393_504_7e-3);
        let p = fma32::<I>(p, r, 8.333_643e-3);
        let p = fma32::<I>(p, r, 4.166_646_7e-2);
        let p = fma32::<I>(p, r, 1.666_666_6e-1);
        let p = fma32::<I>(p, r, 0.5);
        (shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32, fma32::<I>(r * r, p, r))
    }

    /// 2ⁿ for −126 ≤ n ≤ 127.
    #[inline(always)]
    fn power_of_two(n: i32) -> f32 {
        f32::from_bits((n.wrapping_add(127) as u32) << 23)
    }

    /// `x`, or the nearer bound; NaN stays.
    #[inline(always)]
    fn clamp(x: f32, low: f32, high: f32) -> f32 {
        let x = if x < low { low } else { x };
        if x > high { high } else { x }
    }

    /// eˣ.
    #[inline(always)]
    pub fn exp<I: Isa>(x: f32) -> f32 {
        // Beyond these the result is 0 or ∞ anyway, and 2ⁿ stays within two factors.
        let (n, e) = exp_parts::<I>(clamp(x, -104.0, 89.0));
        // In two steps: the first is exact, the second may overflow or round to a subnormal.
        let half = n >> 1;
        (e + 1.0) * power_of_two(half) * power_of_two(n.wrapping_sub(half))
    }

    /// Natural logarithm.
    ///
    /// With x = 2ᵏ·(1 + f), √½ ≤ 1 + f < √2, and s = f/(2 + f):
    /// ln(1 + f) = 2·artanh s = f − s·(f − s²·Q(s²)).
    #[inline(always)]
    pub fn ln<I: Isa>(x: f32) -> f32 {
        const HALF_ROOT: u32 = 0x3f35_04f3; // √½
        let small = x < f32::MIN_POSITIVE;
        let scaled = if small { x * 8_388_608.0 } else { x };
        let shifted = scaled.to_bits().wrapping_add(0x3f80_0000 - HALF_ROOT);
        let k = (shifted >> 23) as i32 - if small { 127 + 23 } else { 127 };
        let f = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(HALF_ROOT)) - 1.0;
        let k = k as f32;
        let s = f / (2.0 + f);
        let z = s * s;
        let q = fma32::<I>(0.298_721_37, z, 0.399_775_53);
        let q = fma32::<I>(q, z, 0.666_667_76);
        let low = fma32::<I>(k, -LN_2[1], s * fma32::<I>(-z, q, f));
        let y = fma32::<I>(k, LN_2[0], f - low);
        // +∞ and NaN stand for themselves.
        let y = if x < f32::INFINITY { y } else { x };
        let y = if x < 0.0 { f32::NAN } else { y };
        if x == 0.0 { f32::NEG_INFINITY } else { y }
    }

    /// Hyperbolic tangent: with t = e^(2|x|) − 1, tanh |x| = t / (t + 2).
    #[inline(always)]
    pub fn tanh<I: Isa>(x: f32) -> f32 {
        // From 9.02 on the result rounds to 1.
        let (n, e) = exp_parts::<I>(clamp(2.0 * x.abs(), 0.0, 40.0));
        let scale = power_of_two(n);
        let t = fma32::<I>(e, scale, scale - 1.0);
        (t / (t + 2.0)).copysign(x)
    }

    /// 1 / (1 + e⁻ˣ); for negative x as eˣ / (1 + eˣ), so that small values keep their digits.
    #[inline(always)]
    pub fn sigmoid<I: Isa>(x: f32) -> f32 {
        let e = exp::<I>(-x.abs());
        (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
    }

    /// The error function: x + x·P(x²) for |x| < 1, and 1 − e^(−(|x| + |x|·Q(|x|))) with the sign of x beyond.
    #[inline(always)]
    pub fn erf<I: Isa>(x: f32) -> f32 {
        let z = x * x;
        let p = fma32::<I>(7.806_904e-5, z, -7.997_853e-4);
        let p = fma32::<I>(p, z, 5.187_162e-3);
        let p = fma32::<I>(p, z, -2.685_334_7e-2);
        let p = fma32::<I>(p, z, 0.112_835_79);
        let p = fma32::<I>(p, z, -0.376_126_26);
        let p = fma32::<I>(p, z, 0.128_379_17);
        let near = fma32::<I>(p, x, x);
        // From 4 on the result rounds to 1.
        let a = clamp(x.abs(), 0.0, 4.0);
        let q = fma32::<I>(-2.106_425_5e-4, a, 3.186_947e-3);
        let q = fma32::<I>(q, a, -2.279_848_3e-2);
        let q = fma32::<I>(q, a, 0.105_116_09);
        let q = fma32::<I>(q, a, 0.635_831_53);
        let q = fma32::<I>(q, a, 0.128_480_02);
        let far = (1.0 - exp::<I>(-fma32::<I>(q, a, a))).copysign(x);
        if x.abs() < 1.0 { near } else { far }
    }

    /// x less the nearest multiple n of π/2, and n modulo 4.
    ///
    /// In `f64`, with π/2 in three parts of which multiples below 2²⁷ are exact.
    #[inline(always)]
    fn quarter_turns<I: Isa>(x: f32) -> (i32, f32) {
        const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5·2⁵²
        const HALF_PI: [f64; 3] = [1.570_796_310_901_641_8, 1.589_325_471_229_585_7e-8, 6.123_233_995_736_766e-17];
        let x = f64::from(x);
        let shifted = fma64::<I>(x, std::f64::consts::FRAC_2_PI, ROUND);
        let n = shifted - ROUND;
        let r = fma64::<I>(n, -HALF_PI[0], x);
        let r = fma64::<I>(n, -HALF_PI[1], r);
        let r = fma64::<I>(n, -HALF_PI[2], r);
        (shifted.to_bits() as i32, clamp(r as f32, -0.79, 0.79))
    }

    /// The sine of x plus `turns` quarter turns.
    #[inline(always)]
    fn sine<I: Isa>(x: f32, turns: i32) -> f32 {
        let (n, r) = quarter_turns::<I>(x);
        let n = n.wrapping_add(turns);
        let z = r * r;
        let s = fma32::<I>(-1.951_860_5e-4, z, 8.332_191e-3);
        let s = fma32::<I>(s, z, -0.166_666_55);
        let s = fma32::<I>(r * z, s, r);
        let c = fma32::<I>(2.443_232_7e-5, z, -1.388_731e-3);
        let c = fma32::<I>(c, z, 4.166_664_6e-2);
        let c = fma32::<I>(z * z, c, fma32::<I>(z, -0.5, 1.0));
        let y = if n & 1 == 0 { s } else { c };
        if n & 2 == 0 { y } else { -y }
    }

    /// Sine.
    #[inline(always)]
    pub fn sin<I: Isa>(x: f32) -> f32 {
        let y = sine::<I>(x, 0);
        if x == 0.0 { x } else { y }
    }

    /// Cosine.
    #[inline(always)]
    pub fn cos<I: Isa>(x: f32) -> f32 {
        sine::<I>(x, 1)
    }
}

/// For `f64`.
pub mod double {
    use crate::simd::Isa;
    /// eˣ.
    #[inline(always)]
    pub fn exp<I: Isa>(x: f64) -> f64 {
        x.exp()
    }
    /// Natural logarithm.
    #[inline(always)]
    pub fn ln<I: Isa>(x: f64) -> f64 {
        x.ln()
    }
    /// Hyperbolic tangent.
    #[inline(always)]
    pub fn tanh<I: Isa>(x: f64) -> f64 {
        x.tanh()
    }
    /// 1 / (1 + e⁻ˣ); for negative x as eˣ / (1 + eˣ), so that small values keep their digits.
    #[inline(always)]
    pub fn sigmoid<I: Isa>(x: f64) -> f64 {
        let e = (-x.abs()).exp();
        (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
    }
    /// The error function.
    #[inline(always)]
    pub fn erf<I: Isa>(x: f64) -> f64 {
        libm::erf(x)
    }
    /// Sine.
    #[inline(always)]
    pub fn sin<I: Isa>(x: f64) -> f64 {
        x.sin()
    }
    /// Cosine.
    #[inline(always)]
    pub fn cos<I: Isa>(x: f64) -> f64 {
        x.cos()
    }
}

#[cfg(test)]
mod tests {
    use super::{double, single};
    use crate::simd::{Baseline, Isa, Kernel, dispatch};

    /// The `f32` functions, in the order of [`EXACT`], each with the largest error that the table above grants.
    struct All<'a> {
        x: &'a [f32],
        y: &'a mut [Vec<f32>; 7],
    }
    impl Kernel for All<'_> {
        type Output = ();
        #[inline(always)]
        fn run<I: Isa>(self, _: I) {
            let functions: [fn(f32) -> f32; 7] = [
                single::exp::<I>,
                single::ln::<I>,
                single::tanh::<I>,
                single::sigmoid::<I>,
                single::erf::<I>,
                single::sin::<I>,
                single::cos::<I>,
            ];
            for (f, y) in functions.iter().zip(self.y) {
                y.clear();
                y.extend(self.x.iter().map(|&x| f(x)));
            }
        }
    }

    type Exact = (&'static str, fn(f64) -> f64, f64);
    const EXACT: [Exact; 7] = [
        ("exp", f64::exp, 1.0),
        ("ln", f64::ln, 1.0),
        ("tanh", f64::tanh, 2.5),
        ("sigmoid", |x| 1.0 / (1.0 + (-x).exp()), 2.4),
        ("erf", libm::erf, 1.3),
        ("sin", f64::sin, 1.6),
        ("cos", f64::cos, 1.6),
    ];

    /// The error in units of the last place of the nearest `f32`.
    fn ulps(got: f32, exact: f64) -> f64 {
        let nearest = exact as f32;
        if got == nearest || (got.is_nan() && nearest.is_nan()) {
            return (f64::from(got) - exact).abs().min(0.5);
        }
        if !got.is_finite() || !nearest.is_finite() {
            return f64::INFINITY;
        }
        let exponent = (nearest.abs().to_bits() >> 23).max(1) as i32;
        (f64::from(got) - exact).abs() / 2_f64.powi(exponent - 150)
    }

    /// Every `step`-th bit pattern, both signs.
    fn sweep(step: usize, run: impl Fn(All<'_>)) {
        let patterns: Vec<f32> = (0..=u32::MAX).step_by(step).map(f32::from_bits).filter(|x| x.is_finite()).collect();
        let mut y = [const { Vec::new() }; 7];
        let mut worst = [(0.0_f64, 0.0_f32); 7];
        for x in patterns.chunks(1 << 16) {
            run(All { x, y: &mut y });
            for (f, &(_, exact, _)) in EXACT.iter().enumerate() {
                for (&x, &got) in x.iter().zip(&y[f]) {
                    if f >= 5 && x.abs() > 134_217_728.0 {
                        assert!(got.abs() <= 1.0);
                        continue;
                    }
                    let error = ulps(got, exact(f64::from(x)));
                    if error > worst[f].0 {
                        worst[f] = (error, x);
                    }
                }
            }
        }
        for ((name, _, allowed), (error, x)) in EXACT.into_iter().zip(worst) {
            assert!(error <= allowed, "{name}({x:e}) is {error:.3} ulp off, more than {allowed}");
        }
    }

    #[test]
    fn errors_stay_within_the_table() {
        let step = if cfg!(miri) { 10_000_019 } else { 997 };
        sweep(step, |all| dispatch(all));
        sweep(step, |all| all.run(Baseline));
    }

    #[test]
    fn limits_are_those_of_ieee_754() {
        fn check<I: Isa>(_: I) {
            let inf = f32::INFINITY;
            for (name, f, cases) in [
                (
                    "exp",
                    single::exp::<I> as fn(f32) -> f32,
                    [(inf, inf), (-inf, 0.0), (0.0, 1.0), (-200.0, 0.0), (89.0, inf)],
                ),
                ("ln", single::ln::<I>, [(inf, inf), (0.0, -inf), (-0.0, -inf), (1.0, 0.0), (-1.0, f32::NAN)]),
                ("tanh", single::tanh::<I>, [(inf, 1.0), (-inf, -1.0), (0.0, 0.0), (-0.0, -0.0), (1e-40, 1e-40)]),
                ("sigmoid", single::sigmoid::<I>, [(inf, 1.0), (-inf, 0.0), (0.0, 0.5), (-0.0, 0.5), (-200.0, 0.0)]),
                ("erf", single::erf::<I>, [(inf, 1.0), (-inf, -1.0), (0.0, 0.0), (-0.0, -0.0), (-5.0, -1.0)]),
                (
                    "sin",
                    single::sin::<I>,
                    [(inf, f32::NAN), (-inf, f32::NAN), (0.0, 0.0), (-0.0, -0.0), (1e-40, 1e-40)],
                ),
                ("cos", single::cos::<I>, [(inf, f32::NAN), (-inf, f32::NAN), (0.0, 1.0), (-0.0, 1.0), (1e-40, 1.0)]),
            ] {
                assert!(f(f32::NAN).is_nan(), "{name}(NaN)");
                for (x, want) in cases {
                    let got = f(x);
                    let same = got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan());
                    assert!(same, "{name}({x}) is {got}, not {want}");
                }
            }
        }
        check(Baseline);
        check(crate::simd::Avx2);
    }

    #[test]
    fn double_precision_keeps_fifteen_digits() {
        // Exact values, computed to thirty digits.
        for (got, exact) in [
            (double::erf::<Baseline>(0.5), 0.520_499_877_813_046_5),
            (double::erf::<Baseline>(-2.0), -0.995_322_265_018_952_7),
            (double::sigmoid::<Baseline>(-30.0), 9.357_622_968_839_299e-14),
            (double::sigmoid::<Baseline>(1.0), 0.731_058_578_630_004_9),
            (double::sigmoid::<Baseline>(-800.0), 0.0),
        ] {
            assert!((got - exact).abs() <= 1e-15 * f64::abs(exact), "{got} is not {exact}");
        }
    }
}

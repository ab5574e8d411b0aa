//! Elementary functions, written without branches so that the compiler vectorises them.

/// For `f32`.
pub mod single {
    use crate::simd::Isa;
    /// eˣ.
    #[inline(always)]
    pub fn exp<I: Isa>(x: f32) -> f32 {
        x.exp()
    }
    /// Natural logarithm.
    #[inline(always)]
    pub fn ln<I: Isa>(x: f32) -> f32 {
        x.ln()
    }
    /// Hyperbolic tangent.
    #[inline(always)]
    pub fn tanh<I: Isa>(x: f32) -> f32 {
        x.tanh()
    }
    /// 1 / (1 + e⁻ˣ).
    #[inline(always)]
    pub fn sigmoid<I: Isa>(x: f32) -> f32 {
        1.0 / (1.0 + exp::<I>(-x))
    }
    /// The error function.
    #[inline(always)]
    pub fn erf<I: Isa>(x: f32) -> f32 {
        x
    }
    /// Sine.
    #[inline(always)]
    pub fn sin<I: Isa>(x: f32) -> f32 {
        x.sin()
    }
    /// Cosine.
    #[inline(always)]
    pub fn cos<I: Isa>(x: f32) -> f32 {
        x.cos()
    }
}

/// For `f64`: the standard library's.
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
    /// 1 / (1 + e⁻ˣ).
    #[inline(always)]
    pub fn sigmoid<I: Isa>(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }
    /// The error function.
    #[inline(always)]
    pub fn erf<I: Isa>(x: f64) -> f64 {
        x
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

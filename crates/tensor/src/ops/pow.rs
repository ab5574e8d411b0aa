//! aᵇ;  ∂/∂a = b · aᵇ⁻¹ (0 for b = 0), ∂/∂b = aᵇ · ln a (0 for a = 0 and b ≥ 0).
//!
//! As in PyTorch 0⁰ = 1, and a negative base has a power only for whole exponents (NaN otherwise).

use super::elementwise::times;
use super::operators::promote;
use crate::array::Array;
use crate::autograd::{Formula, Grads, Op, emit, emit_constant};
use crate::gradcheck::Case;
use crate::{DType, Elem, Result, Tensor, ensure, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::simd::Baseline;

/// Every number of `x` to the power `e`, squares and reciprocals without the library's detour.
fn power<T: Float + Elem>(x: &Array, e: f64) -> Array {
    match e {
        1.0 => x.clone(),
        2.0 => x.fit(x, times::<T>),
        -1.0 => x.map(|x: T| T::ONE / x),
        _ => {
            let e = T::from_f64(e);
            x.map(move |x: T| x.powf(e))
        }
    }
}

/// aᵉ for one number e.
struct Powf {
    x: Array,
    exponent: f64,
}

impl Op for Powf {
    const NAME: &'static str = "powf";
    const FORMULA: &'static str = "y = xⁿ";
    const BACKWARD: &'static str = "dx = g · n · xⁿ⁻¹";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => self.gradient::<T>(grad)));
    }
}

impl Powf {
    fn gradient<T: Float + Elem>(&self, grad: Array) -> Array {
        if self.exponent == 0.0 {
            return Array::full(grad.shape(), 0.0, T::DTYPE);
        }
        let scaled = grad.fit(&Array::scalar(self.exponent, T::DTYPE), times::<T>);
        scaled.fit(&power::<T>(&self.x, self.exponent - 1.0), times::<T>)
    }
}

/// aᵇ for two tensors.
struct Pow {
    a: Array,
    b: Array,
    y: Array,
}

impl Op for Pow {
    const NAME: &'static str = "pow";
    const FORMULA: &'static str = "y = aᵇ";
    const BACKWARD: &'static str = "da = g · b · aᵇ⁻¹, db = g · y · ln a";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        with_float!(grad.dtype(), T => self.gradients::<T>(grad, to));
    }
}

impl Pow {
    fn gradients<T: Float + Elem>(&self, grad: Array, to: &mut Grads<'_>) {
        to.give_with(0, || {
            let slope = |g: T, a: T, b: T| if b == T::ZERO { T::ZERO } else { g * (b * a.powf(b - T::ONE)) };
            grad.fit3(&self.a, &self.b, slope).sum_to(self.a.shape())
        });
        to.give_with(1, || {
            let flat = self.a.fit(&self.b, |a: T, b: T| u8::from(a == T::ZERO && b >= T::ZERO));
            let slope = self.y.fit(&self.a, |y: T, a: T| y * a.ln::<Baseline>());
            let cut = |g: T, slope: T, flat: u8| if flat != 0 { T::ZERO } else { g * slope };
            grad.fit3(&slope, &flat, cut).sum_to(self.b.shape())
        });
    }
}

/// An integer to a power of 0 or more, by squaring; wraps around on overflow.
fn whole_power(mut base: i64, mut exponent: i64) -> i64 {
    let mut power = 1i64;
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = power.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    power
}

impl Tensor {
    /// Every number to the power `exponent`. Integers to a whole power of 0 or more stay integers.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[3.0_f32, -2.0], &[2])?;
    /// assert_eq!(x.powf(2.0).to_vec::<f32>(), [9.0, 4.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    #[must_use]
    pub fn powf(&self, exponent: f64) -> Tensor {
        if !self.dtype().is_float() && exponent.fract() == 0.0 && (0.0..2f64.powi(63)).contains(&exponent) {
            let e = exponent as i64;
            let value = self.array().to_dtype(DType::I64).map_owned(move |x: i64| whole_power(x, e));
            return emit_constant(Formula::of::<Powf>(), &[self], value);
        }
        let x = self.to_float();
        let value = with_float!(x.dtype(), T => power::<T>(x.array(), exponent));
        emit(&[&x], value, || Powf { x: x.array().clone(), exponent })
    }

    /// This to the power `exponent`, number by number, broadcast as in NumPy. Integers to integer powers stay integers.
    ///
    /// # Errors
    /// When the shapes do not broadcast, or an integer meets a negative integer exponent.
    pub fn pow(&self, exponent: &Tensor) -> Result<Tensor> {
        let (a, b) = promote(self, exponent);
        if !a.dtype().is_float() {
            let negative = b.to_vec::<i64>().into_iter().find(|&e| e < 0);
            ensure!(
                negative.is_none(),
                Pow::NAME,
                "an integer to the power {} is no integer; convert the base with to_dtype(DType::F32)",
                negative.unwrap_or_default()
            );
            return Ok(emit_constant(Formula::of::<Pow>(), &[&a, &b], a.array().zip(Pow::NAME, b.array(), whole_power)?));
        }
        let y = with_float!(a.dtype(), T => a.array().zip(Pow::NAME, b.array(), <T as Float>::powf)?);
        Ok(emit(&[&a, &b], y.clone(), || Pow { a: a.array().clone(), b: b.array().clone(), y }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = vec![Case::binary(|a, b| a.pow(b)).range(0.3, 2.0)];
    for exponent in [0.0, 1.0, 2.0, 3.0, 0.5, -0.5, -1.0, -2.0, 2.7] {
        all.push(Case::unary(move |x| Ok(x.powf(exponent))).range(0.3, 2.0));
    }
    all.push(Case::unary(|x| Ok(x.powf(3.0))).range(-2.0, -0.3));
    all
}

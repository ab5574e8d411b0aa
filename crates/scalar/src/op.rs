//! The operations: what each computes, and what it hands back to its inputs.

use std::fmt;

/// The operations, a row each: its number of inputs, its symbol, its result, the share of its own gradient `g` that it
/// passes to `x` and to `y` (the chain rule: ∂L/∂x = ∂out/∂x · g), and this once more as one reads it. Functions of one
/// number have a word of their own in expressions besides; their backward sees the gradient, x, and the result.
macro_rules! operations {
    (
        $($(#[doc = $doc:literal])+ $Op:ident $(($k:ident: $ty:ty))?, $inputs:literal, $symbol:literal,
          |$x:pat_param, $y:pat_param| $out:expr, |$g:pat_param, $o:pat_param| ($dx:expr, $dy:expr), $told:literal;)*
        functions:
        $($(#[doc = $fdoc:literal])+ $Fn:ident, $word:literal, $fsymbol:literal,
          |$fx:pat_param| $fout:expr, |$fg:pat_param, $gx:pat_param, $fo:pat_param| $fdx:expr, $ftold:literal;)*
    ) => {
        /// The operation that made a value.
        ///
        /// There are few of them: as in micrograd, subtraction, negation and division are written with
        /// these (`a - b` is `a + b * -1`, `a / b` is `a * b**-1`), so a drawn graph shows exactly the steps
        /// that were taken. Shown with [`Display`](fmt::Display), an operation is its symbol in the drawn
        /// graph: `+`, `*`, `**2`, `tanh`; nothing for a leaf.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Op {
            $($(#[doc = $doc])+ $Op $(($ty))?,)*
            $($(#[doc = $fdoc])+ $Fn,)*
        }

        impl Op {
            /// The functions of one number, with the words that expressions have for them.
            pub const FUNCTIONS: &[(&str, Op)] = &[$(($word, Op::$Fn)),*];

            /// How many inputs the operation has: 0, 1 or 2.
            #[inline]
            #[allow(unused_variables)]
            pub fn inputs(self) -> usize {
                match self { $(Op::$Op $(($k))? => $inputs,)* $(Op::$Fn => 1,)* }
            }

            /// The result for inputs `x` and `y` (`y` is ignored where there is one input).
            #[inline]
            #[allow(unused_variables)]
            pub fn forward(self, x: f64, y: f64) -> f64 {
                match self {
                    $(Op::$Op $(($k))? => { let ($x, $y) = (x, y); $out })*
                    $(Op::$Fn => { let $fx = x; $fout })*
                }
            }

            /// What `x` and `y` receive when the result `out` has the gradient `g`.
            #[inline]
            #[allow(unused_variables)]
            pub fn backward(self, x: f64, y: f64, out: f64, g: f64) -> (f64, f64) {
                match self {
                    $(Op::$Op $(($k))? => { let ($x, $y, $g, $o) = (x, y, g, out); ($dx, $dy) })*
                    $(Op::$Fn => { let ($fg, $gx, $fo) = (g, x, out); ($fdx, 0.0) })*
                }
            }

            /// [`Op::backward`] as one reads it; nothing for a leaf.
            #[allow(unused_variables)]
            pub fn formula(self) -> &'static str {
                match self { $(Op::$Op $(($k))? => $told,)* $(Op::$Fn => $ftold,)* }
            }
        }

        impl fmt::Display for Op {
            #[allow(unused_variables)]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self { $(Op::$Op $(($k))? => write!(f, $symbol),)* $(Op::$Fn => f.write_str($fsymbol),)* }
            }
        }
    };
}

operations! {
    /// No operation: a number somebody wrote down.
    Leaf, 0, "", |_, _| f64::NAN, |_, _| (0.0, 0.0), "";
    /// `x + y`
    Add, 2, "+", |x, y| x + y, |g, _| (g, g), "dx = g, dy = g";
    /// `x * y`
    Mul, 2, "*", |x, y| x * y, |g, _| (y * g, x * g), "dx = y · g, dy = x · g";
    /// `x ** k` with a plain number `k` as exponent
    Pow(k: f64), 1, "**{k}", |x, _| x.powf(k), |g, _| (power_slope(x, k) * g, 0.0), "dx = k · xᵏ⁻¹ · g";
    /// `x ** y` where the exponent, too, is a value with a gradient
    Power, 2, "**", |x, y| x.powf(y), |g, o| (power_slope(x, y) * g, exponent_slope(x, o) * g),
        "dx = y · xʸ⁻¹ · g, dy = xʸ · ln x · g";

    functions:
    /// `e ** x`
    Exp, "exp", "exp", |x| x.exp(), |g, _, o| o * g, "dx = eˣ · g";
    /// the natural logarithm
    Ln, "ln", "ln", |x| x.ln(), |g, x, _| g / x, "dx = g / x";
    /// the hyperbolic tangent
    Tanh, "tanh", "tanh", |x| tanh(x), |g, _, o| (1.0 - o * o) * g, "dx = (1 − tanh² x) · g";
    /// `1 / (1 + exp(-x))`
    Sigmoid, "sigmoid", "sigmoid", |x| 1.0 / (1.0 + (-x).exp()), |g, _, o| o * (1.0 - o) * g, "dx = s · (1 − s) · g";
    /// `max(x, 0)`
    Relu, "relu", "ReLU", |x| if x < 0.0 { 0.0 } else { x }, |g, _, o| if o > 0.0 { g } else { 0.0 },
        "dx = g where x > 0, else 0";
}

/// tanh x = (e²ˣ − 1) / (e²ˣ + 1), as the lecture writes it, with e²ˣ − 1 in one piece: near 0 the
/// difference would lose its digits. Beyond 20, 1 is the nearest number.
fn tanh(x: f64) -> f64 {
    if x.abs() > 20.0 {
        return x.signum();
    }
    let e = (2.0 * x.abs()).exp_m1();
    (e / (e + 2.0)).copysign(x)
}

/// ∂(xᵏ)/∂x = k·xᵏ⁻¹; nothing where k = 0, also at x = 0, where the formula alone gives 0·∞.
fn power_slope(x: f64, k: f64) -> f64 {
    if k == 0.0 { 0.0 } else { k * x.powf(k - 1.0) }
}

/// ∂(xʸ)/∂y = xʸ·ln x; nothing where xʸ = 0, where the formula alone gives 0·(−∞).
fn exponent_slope(x: f64, power: f64) -> f64 {
    if power == 0.0 { 0.0 } else { power * x.ln() }
}

#[cfg(test)]
mod tests {
    use super::Op;

    #[test]
    fn tanh_is_exact_to_a_few_units_in_the_last_place() {
        let tanh = |x| Op::Tanh.forward(x, 0.0);
        assert_eq!(tanh(6.881_373_587_019_543 - 6.0), std::f64::consts::FRAC_1_SQRT_2);
        for x in [1e-300, 1e-20, 1e-9, 0.01, 0.3, 1.0, 2.5, 10.0, 19.9, 20.1, 400.0, f64::INFINITY] {
            let expected = x.tanh();
            assert!((tanh(x) - expected).abs() <= 4.0 * f64::EPSILON * expected, "{x}");
            assert_eq!(tanh(-x), -tanh(x).abs(), "{x}");
        }
        assert_eq!(tanh(0.0), 0.0);
        assert!(tanh(f64::NAN).is_nan());
    }
}

//! Optimiser steps: parameter, gradient and state go through the registers once.
//!
//! Every operation is written in the order in which PyTorch's optimisers do it and rounds by itself (no fused
//! multiply-add), so a step has the same bits on every instruction set and at any number of threads.

use crate::element::Float;
use crate::map::GRAIN;
use crate::simd::vectorize;
use crate::threads::for_pieces;

/// Stochastic gradient descent with momentum (Polyak 1964; in Nesterov's form Sutskever et al. 2013), undamped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// Learning rate.
    pub lr: f64,
    /// The share of the last velocity that is kept; 0 for none.
    pub momentum: f64,
    /// Whether the step looks ahead along the velocity.
    pub nesterov: bool,
    /// λ of the L2 penalty ½λw², whose gradient λw joins the gradient.
    pub weight_decay: f64,
    /// What gradients are multiplied with first: the factor of gradient clipping, or 1.
    pub grad_scale: f64,
}

/// One step of gradient descent: with g = `grad_scale`·grad + λw,
///
/// v ← μv + g,  w ← w − lr·v  (Nesterov: w ← w − lr·(g + μv));  without velocity w ← w − lr·g.
///
/// `velocity` is zero before the first step; leave it out where the momentum is 0.
///
/// # Panics
/// When the slices differ in length.
///
/// ```
/// use gradus_kernels::optim::{Sgd, sgd};
/// let mut w = [1.0_f32, 2.0];
/// sgd(&mut w, &[10.0, -10.0], None, &Sgd { lr: 0.1, momentum: 0.0, nesterov: false, weight_decay: 0.0, grad_scale: 1.0 });
/// assert_eq!(w, [0.0, 3.0]);
/// ```
pub fn sgd<T: Float>(param: &mut [T], grad: &[T], velocity: Option<&mut [T]>, options: &Sgd) {
    assert_eq!(param.len(), grad.len(), "sgd: a parameter has as many numbers as its gradient");
    let [lr, momentum, decay, scale] =
        [options.lr, options.momentum, options.weight_decay, options.grad_scale].map(T::from_f64);
    let nesterov = options.nesterov;
    let penalised = move |w: T, g: T| g * scale + decay * w;
    let pieces = param.chunks_mut(GRAIN).zip(grad.chunks(GRAIN));
    match velocity {
        None => for_pieces(pieces, |_, (param, grad)| {
            vectorize(|| {
                for (w, &g) in param.iter_mut().zip(grad) {
                    *w -= lr * penalised(*w, g);
                }
            });
        }),
        Some(velocity) => {
            assert_eq!(velocity.len(), grad.len(), "sgd: a velocity has as many numbers as its parameter");
            for_pieces(pieces.zip(velocity.chunks_mut(GRAIN)), |_, ((param, grad), velocity)| {
                vectorize(|| {
                    for ((w, &g), v) in param.iter_mut().zip(grad).zip(velocity) {
                        let g = penalised(*w, g);
                        *v = momentum * *v + g;
                        *w -= lr * if nesterov { g + momentum * *v } else { *v };
                    }
                });
            });
        }
    }
}

/// Adam (Kingma and Ba 2015), and with `decoupled` decay AdamW (Loshchilov and Hutter 2019).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the mean of the gradients, β₁.
    pub beta1: f64,
    /// Decay of the mean of their squares, β₂.
    pub beta2: f64,
    /// ε, added to the root of the mean square.
    pub eps: f64,
    /// λ.
    pub weight_decay: f64,
    /// Whether decay shrinks the weights by lr·λ (AdamW) or joins the gradient as λw (Adam).
    pub decoupled: bool,
    /// What gradients are multiplied with first: the factor of gradient clipping, or 1.
    pub grad_scale: f64,
}

/// One step of Adam, the `step`-th counted from 1:
///
/// m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  w ← w − lr · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε).
///
/// `mean` (m) and `square` (v) are zero before the first step.
///
/// # Panics
/// When the slices differ in length, or `step` is 0.
///
/// ```
/// use gradus_kernels::optim::{Adam, adam};
/// let options = Adam {
///     lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, decoupled: true, grad_scale: 1.0,
/// };
/// let (mut w, mut mean, mut square) = ([1.0], [0.0], [0.0]);
/// adam(&mut w, &[5.0], &mut mean, &mut square, 1, &options);
/// // The first step has the size of the learning rate, whatever the gradient's.
/// assert!((w[0] - 0.9_f64).abs() < 1e-8);
/// ```
pub fn adam<T: Float>(param: &mut [T], grad: &[T], mean: &mut [T], square: &mut [T], step: u64, options: &Adam) {
    let n = param.len();
    assert!(
        grad.len() == n && mean.len() == n && square.len() == n,
        "adam: a parameter of {n} numbers, a gradient of {}, moments of {} and {}",
        grad.len(),
        mean.len(),
        square.len()
    );
    assert!(step > 0, "adam: steps are counted from 1");
    let correction = |beta: f64| 1.0 - beta.powf(step as f64);
    let constants = Constants {
        keep: T::from_f64(if options.decoupled { 1.0 - options.lr * options.weight_decay } else { 1.0 }),
        penalty: T::from_f64(if options.decoupled { 0.0 } else { options.weight_decay }),
        scale: T::from_f64(options.grad_scale),
        beta2: T::from_f64(options.beta2),
        new_mean: T::from_f64(1.0 - options.beta1),
        new_square: T::from_f64(1.0 - options.beta2),
        size: T::from_f64(-options.lr / correction(options.beta1)),
        root: T::from_f64(correction(options.beta2).sqrt()),
        eps: T::from_f64(options.eps),
    };
    let pieces = param.chunks_mut(GRAIN).zip(grad.chunks(GRAIN));
    let moments = mean.chunks_mut(GRAIN).zip(square.chunks_mut(GRAIN));
    for_pieces(pieces.zip(moments), |_, ((param, grad), (mean, square))| {
        vectorize(|| {
            for (((w, &g), m), v) in param.iter_mut().zip(grad).zip(mean).zip(square) {
                [*w, *m, *v] = constants.stepped(*w, g, *m, *v);
            }
        });
    });
}

/// What is the same for all parameters in one step of [`adam`].
#[derive(Clone, Copy)]
struct Constants<T> {
    /// What decoupled decay leaves of a weight.
    keep: T,
    /// λ of the penalty.
    penalty: T,
    scale: T,
    beta2: T,
    /// 1 − β₁.
    new_mean: T,
    /// 1 − β₂.
    new_square: T,
    /// −lr / (1 − β₁ᵗ).
    size: T,
    /// √(1 − β₂ᵗ).
    root: T,
    eps: T,
}

impl<T: Float> Constants<T> {
    /// The next w, m and v.
    #[inline(always)]
    fn stepped(&self, w: T, g: T, m: T, v: T) -> [T; 3] {
        let w = w * self.keep;
        let g = g * self.scale + self.penalty * w;
        let m = m + self.new_mean * (g - m);
        let v = v * self.beta2 + self.new_square * g * g;
        [w + self.size * m / (v.sqrt() / self.root + self.eps), m, v]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers<T: Float>(n: usize, seed: f64) -> Vec<T> {
        (0..n).map(|i| T::from_f64(((i as f64 + 1.0) * seed).sin())).collect()
    }

    /// PyTorch's `_single_tensor_sgd`, for one number.
    fn plain_sgd(w: f64, g: f64, v: Option<f64>, o: &Sgd) -> (f64, f64) {
        let g = g * o.grad_scale + o.weight_decay * w;
        let Some(v) = v else { return (w - o.lr * g, 0.0) };
        let v = v * o.momentum + g;
        (w - o.lr * if o.nesterov { g + v * o.momentum } else { v }, v)
    }

    /// PyTorch's `_single_tensor_adam`, for one number.
    fn plain_adam(w: f64, g: f64, m: f64, v: f64, t: i32, o: &Adam) -> [f64; 3] {
        let mut w = w;
        let mut g = g * o.grad_scale;
        if o.decoupled {
            w *= 1.0 - o.lr * o.weight_decay;
        } else {
            g += o.weight_decay * w;
        }
        let m = o.beta1 * m + (1.0 - o.beta1) * g;
        let v = o.beta2 * v + (1.0 - o.beta2) * g * g;
        let (m_hat, v_hat) = (m / (1.0 - o.beta1.powi(t)), v / (1.0 - o.beta2.powi(t)));
        [w - o.lr * m_hat / (v_hat.sqrt() + o.eps), m, v]
    }

    fn near(have: f64, want: f64, tolerance: f64) {
        assert!((have - want).abs() <= tolerance * (1.0 + want.abs()), "{have}, not {want}");
    }

    fn sgd_agrees<T: Float>(tolerance: f64) {
        for n in [0, 1, 37, 2 * GRAIN + 5] {
            for (momentum, nesterov, weight_decay, grad_scale) in [
                (None, false, 0.0, 1.0),
                (None, false, 0.2, 0.5),
                (Some(0.9), false, 0.1, 1.0),
                (Some(0.8), true, 0.0, 2.0),
            ] {
                let o = Sgd { lr: 0.1, momentum: momentum.unwrap_or(0.0), nesterov, weight_decay, grad_scale };
                let mut w = numbers::<T>(n, 0.7);
                let mut velocity = momentum.map(|_| vec![T::ZERO; n]);
                let mut want: Vec<_> = w.iter().map(|w| (w.to_f64(), 0.0)).collect();
                for step in 1..4 {
                    let g = numbers::<T>(n, 0.3 * step as f64);
                    sgd(&mut w, &g, velocity.as_deref_mut(), &o);
                    for (i, (w, v)) in want.iter_mut().enumerate() {
                        (*w, *v) = plain_sgd(*w, g[i].to_f64(), momentum.map(|_| *v), &o);
                    }
                }
                w.iter().zip(&want).for_each(|(w, want)| near(w.to_f64(), want.0, tolerance));
                for (v, want) in velocity.iter().flatten().zip(&want) {
                    near(v.to_f64(), want.1, tolerance);
                }
            }
        }
    }

    fn adam_agrees<T: Float>(tolerance: f64) {
        for n in [0, 1, 37, 2 * GRAIN + 5] {
            for (decoupled, weight_decay, grad_scale) in
                [(false, 0.0, 1.0), (false, 0.1, 1.0), (true, 0.1, 1.0), (true, 0.0, 0.25)]
            {
                let o = Adam { lr: 0.01, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay, decoupled, grad_scale };
                let mut w = numbers::<T>(n, 0.7);
                let (mut m, mut v) = (vec![T::ZERO; n], vec![T::ZERO; n]);
                let mut want: Vec<_> = w.iter().map(|w| [w.to_f64(), 0.0, 0.0]).collect();
                for step in 1..4 {
                    let g = numbers::<T>(n, 0.3 * step as f64);
                    adam(&mut w, &g, &mut m, &mut v, step, &o);
                    for (i, x) in want.iter_mut().enumerate() {
                        *x = plain_adam(x[0], g[i].to_f64(), x[1], x[2], step as i32, &o);
                    }
                }
                for (i, want) in want.iter().enumerate() {
                    let have = [w[i], m[i], v[i]];
                    have.iter().zip(want).for_each(|(x, &want)| near(x.to_f64(), want, tolerance));
                }
            }
        }
    }

    #[test]
    fn steps_agree_with_a_plain_loop() {
        sgd_agrees::<f32>(1e-6);
        sgd_agrees::<f64>(1e-14);
        adam_agrees::<f32>(2e-6);
        adam_agrees::<f64>(1e-14);
    }

    #[test]
    #[should_panic(expected = "a gradient of 2")]
    fn lengths_are_checked() {
        let o =
            Adam { lr: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.0, decoupled: false, grad_scale: 1.0 };
        adam(&mut [0.0; 3], &[0.0; 2], &mut [0.0; 3], &mut [0.0; 3], 1, &o);
    }
}

//! The mean of each window;  each place gets an equal share of the gradient.

use super::max_pool2d::planes_at_once;
use super::pool::{Pool, Windows, strided};
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::simd::{Isa, Kernel, dispatch};
use gradus_kernels::threads::for_chunks;

struct AvgPool2d {
    windows: Windows,
    count_padding: bool,
}

impl Op for AvgPool2d {
    const NAME: &'static str = "avg_pool2d";
    const FORMULA: &'static str = "y = the mean of x in each window";
    const BACKWARD: &'static str = "dx = g / n, at every place of the window";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => self.gradient::<T>(&grad)));
    }
}

impl AvgPool2d {
    /// What one of `seen` numbers of a window counts.
    #[inline(always)]
    fn weight<T: Float>(&self, seen: usize) -> T {
        let whole = self.windows.height.kernel * self.windows.width.kernel;
        T::ONE / T::from_f64(if self.count_padding { whole } else { seen } as f64)
    }

    fn gradient<T: Float + Elem>(&self, grad: &Array) -> Array {
        let ([before, after], width) = (self.windows.sizes(), self.windows.width.input);
        let grad = grad.dense::<T>();
        Array::build(&self.windows.input, |dx: &mut [T]| {
            for_chunks(dx, planes_at_once(before) * before, |start, dx| {
                dx.fill(T::ZERO);
                let planes = grad[start / before * after..].chunks_exact(after);
                for (dx, grad) in dx.chunks_exact_mut(before).zip(planes) {
                    self.windows.each(|output, rows, columns| {
                        let share = grad[output] * self.weight(rows.len() * columns.len());
                        for row in rows {
                            dx[row * width..][columns.clone()].iter_mut().for_each(|dx| *dx += share);
                        }
                    });
                }
            });
        })
    }
}

struct Forward<'a, T> {
    op: &'a AvgPool2d,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float> Kernel for Forward<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Forward { op, x, y } = self;
        let Windows { height, width, .. } = op.windows;
        let [before, after] = op.windows.sizes();
        y.fill(T::ZERO);
        for (x, y) in x.chunks_exact(before).zip(y.chunks_exact_mut(after)) {
            for (u, y) in y.chunks_exact_mut(width.output).enumerate() {
                op.windows.taps(u, |outputs, input| {
                    let y = &mut y[outputs];
                    strided(y.len(), &x[input..], width.stride, |v, x| y[v] += x);
                });
                let rows = height.window(u).len();
                y.iter_mut().enumerate().for_each(|(v, y)| *y *= op.weight(rows * width.window(v).len()));
            }
        }
    }
}

impl Tensor {
    /// The mean of each window over the last two axes: `[..., H, W]` to `[..., H', W']` with
    /// H' = ⌊(H + 2·padding − kernel) / stride⌋ + 1, and W' likewise.
    ///
    /// # Errors
    /// When a window is larger than the padded input, or more than half of one could be padding.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Pool};
    /// let x = Tensor::arange(8).reshape(&[2, 4])?;
    /// assert_eq!(x.avg_pool2d(&Pool::new([2, 2]))?.to_vec::<f32>(), [2.5, 4.5]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn avg_pool2d(&self, pool: &Pool<2>) -> Result<Tensor> {
        let x = self.to_float();
        let windows = Windows::new(AvgPool2d::NAME, &x, pool)?;
        let op = AvgPool2d { windows, count_padding: pool.count_padding };
        let [before, after] = windows.sizes();
        let value = with_float!(x.dtype(), T => {
            let x = x.array().dense::<T>();
            Array::build(&windows.shape(), |y: &mut [T]| {
                for_chunks(y, planes_at_once(before) * after, |start, y| {
                    dispatch(Forward { op: &op, x: &x[start / after * before..], y });
                });
            })
        });
        Ok(emit(&[&x], value, || op))
    }

    /// The mean of each window over the last axis: `[..., L]` to `[..., L']` with
    /// L' = ⌊(L + 2·padding − kernel) / stride⌋ + 1.
    ///
    /// # Errors
    /// As [`Tensor::avg_pool2d`].
    pub fn avg_pool1d(&self, pool: &Pool<1>) -> Result<Tensor> {
        pool.over_rows("avg_pool1d", self, Tensor::avg_pool2d)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let of = |pool: Pool<2>| Case::new(move |x| x[0].avg_pool2d(&pool));
    let overlapping = Pool { stride: [2, 1], padding: [1, 1], ..Pool::new([3, 2]) };
    vec![
        of(Pool::new([2, 2])).shapes(&[&[&[2, 3, 4, 5]], &[&[2, 2]], &[&[0, 1, 4, 4]]]),
        of(overlapping).shapes(&[&[&[1, 2, 5, 4]]]),
        of(Pool { count_padding: false, ..overlapping }).shapes(&[&[&[1, 2, 5, 4]]]),
        Case::new(|x| x[0].avg_pool1d(&Pool { padding: [1], ..Pool::new([3]) })).shapes(&[&[&[2, 1, 7]]]),
    ]
}

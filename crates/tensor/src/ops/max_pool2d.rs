//! The largest number of each window; its gradient goes to where it came from, the first place among equals.

use super::pool::{Pool, Windows, strided};
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, with_float};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::map::GRAIN;
use gradus_kernels::simd::{Isa, Kernel, dispatch};
use gradus_kernels::threads::{for_chunks, for_pieces};

struct MaxPool2d {
    windows: Windows,
    /// Where in its plane each result came from (`i64`).
    places: Array,
}

impl Op for MaxPool2d {
    const NAME: &'static str = "max_pool2d";
    const FORMULA: &'static str = "y = the largest x in each window";
    const BACKWARD: &'static str = "dx = g at the largest of each window";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => self.gradient::<T>(&grad)));
    }
}

impl MaxPool2d {
    fn gradient<T: Float + Elem>(&self, grad: &Array) -> Array {
        let [before, after] = self.windows.sizes();
        let (grad, places) = (grad.dense::<T>(), self.places.dense::<i64>());
        Array::build(&self.windows.input, |dx: &mut [T]| {
            for_chunks(dx, planes_at_once(before) * before, |start, dx| {
                dx.fill(T::ZERO);
                let first = start / before * after;
                let planes = grad[first..].chunks_exact(after).zip(places[first..].chunks_exact(after));
                for (dx, (grad, places)) in dx.chunks_exact_mut(before).zip(planes) {
                    grad.iter().zip(places).for_each(|(&g, &place)| dx[place as usize] += g);
                }
            });
        })
    }
}

/// How many planes of `n` numbers a thread takes at once.
pub(super) fn planes_at_once(n: usize) -> usize {
    (GRAIN / n).max(1)
}

/// The largest number of each window, and its place in the plane.
struct Forward<'a, T> {
    windows: &'a Windows,
    x: &'a [T],
    y: &'a mut [T],
    places: &'a mut [i64],
}

impl<T: Float> Kernel for Forward<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Forward { windows, x, y, places } = self;
        let Windows { height, width, .. } = *windows;
        let [before, after] = windows.sizes();
        if [height, width].iter().all(|sweep| (sweep.kernel, sweep.stride, sweep.padding) == (2, 2, 0)) {
            let planes = y.chunks_exact_mut(after).zip(places.chunks_exact_mut(after));
            return x.chunks_exact(before).zip(planes).for_each(|(x, (y, places))| {
                let rows = y.chunks_exact_mut(width.output).zip(places.chunks_exact_mut(width.output));
                rows.enumerate().for_each(|(u, (y, places))| of_pairs(x, 2 * u * width.input, width.input, y, places));
            });
        }
        y.fill(T::NEG_INFINITY);
        let planes = y.chunks_exact_mut(after).zip(places.chunks_exact_mut(after));
        for (x, (y, places)) in x.chunks_exact(before).zip(planes) {
            let rows = y.chunks_exact_mut(width.output).zip(places.chunks_exact_mut(width.output));
            for (u, (y, places)) in rows.enumerate() {
                // Where nothing exceeds −∞, the first place that is not padding.
                let first = height.window(u).start * width.input;
                places.iter_mut().enumerate().for_each(|(v, place)| *place = (first + width.window(v).start) as i64);
                windows.taps(u, |outputs, input| {
                    let (y, places) = (&mut y[outputs.clone()], &mut places[outputs]);
                    let places = &mut places[..y.len()];
                    strided(y.len(), &x[input..], width.stride, |v, x| {
                        let takes = x > y[v] || x.is_nan();
                        y[v] = x.max_nan(y[v]);
                        let place = (input + v * width.stride) as i64;
                        places[v] = if takes { place } else { places[v] };
                    });
                });
            }
        }
    }
}

/// A row of windows of 2 × 2 side by side, as nearly all networks have them: of plane `x`, whose rows have `width` numbers,
/// from place `first` on.
#[inline(always)]
fn of_pairs<T: Float>(x: &[T], first: usize, width: usize, y: &mut [T], places: &mut [i64]) {
    let (above, below) = x[first..][..2 * width].split_at(width);
    let pairs = above.as_chunks::<2>().0.iter().zip(below.as_chunks::<2>().0);
    for ((y, to), (at, (above, below))) in y.iter_mut().zip(places).zip((first..).step_by(2).zip(pairs)) {
        let (mut largest, mut place) = (above[0], at);
        for (x, at) in [(above[1], at + 1), (below[0], at + width), (below[1], at + width + 1)] {
            let takes = x > largest || x.is_nan();
            (largest, place) = if takes { (x, at) } else { (largest, place) };
        }
        (*y, *to) = (largest, place as i64);
    }
}

impl Tensor {
    /// The largest number of each window over the last two axes: `[..., H, W]` to `[..., H', W']` with
    /// H' = ⌊(H + 2·padding − kernel) / stride⌋ + 1, and W' likewise.
    ///
    /// # Errors
    /// When a window is larger than the padded input, or more than half of one could be padding.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Pool};
    /// let x = Tensor::arange(8).reshape(&[2, 4])?;
    /// assert_eq!(x.max_pool2d(&Pool::new([2, 2]))?.to_vec::<f32>(), [5.0, 7.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn max_pool2d(&self, pool: &Pool<2>) -> Result<Tensor> {
        let x = self.to_float();
        let windows = Windows::new(MaxPool2d::NAME, &x, pool)?;
        let shape = windows.shape();
        let mut places = Buffer::<i64>::scratch(shape.iter().product());
        let value = with_float!(x.dtype(), T => {
            let x = x.array().dense::<T>();
            let [before, after] = windows.sizes();
            let chunk = planes_at_once(before) * after;
            Array::build(&shape, |y: &mut [T]| {
                for_pieces(y.chunks_mut(chunk).zip(places.chunks_mut(chunk)), |i, (y, places)| {
                    dispatch(Forward { windows: &windows, x: &x[i * chunk / after * before..], y, places });
                });
            })
        });
        Ok(emit(&[&x], value, || MaxPool2d { windows, places: Array::from_buffer(places, &shape) }))
    }

    /// The largest number of each window over the last axis: `[..., L]` to `[..., L']` with
    /// L' = ⌊(L + 2·padding − kernel) / stride⌋ + 1.
    ///
    /// # Errors
    /// As [`Tensor::max_pool2d`].
    pub fn max_pool1d(&self, pool: &Pool<1>) -> Result<Tensor> {
        pool.over_rows("max_pool1d", self, Tensor::max_pool2d)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let of = |pool: Pool<2>| Case::new(move |x| x[0].max_pool2d(&pool));
    let overlapping = Pool { stride: [2, 1], padding: [1, 0], ..Pool::new([3, 2]) };
    vec![
        of(Pool::new([2, 2])).shapes(&[&[&[2, 3, 4, 5]], &[&[2, 2]], &[&[0, 1, 4, 4]]]),
        of(overlapping).shapes(&[&[&[1, 2, 5, 4]]]),
        Case::new(|x| x[0].max_pool1d(&Pool { padding: [1], ..Pool::new([3]) })).shapes(&[&[&[2, 1, 7]]]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of 2 × 2 have a way of their own; the largest of each row's pair, then of each column's, go the general way.
    #[test]
    fn pairs_are_what_rows_and_columns_give() {
        let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1.0, 1.0, -2.0, 3.0, 0.5];
        for (height, width) in [(2, 2), (2, 3), (5, 4), (8, 37), (3, 70)] {
            for seed in 1..20 {
                let n = 3 * height * width;
                let x: Vec<f64> = (0..n).map(|i| special[(i * i * seed + 7 * i + seed) % special.len()]).collect();
                let x = Tensor::from_slice(&x, &[3, height, width]).unwrap().requires_grad();
                let pooled = x.max_pool2d(&Pool::new([2, 2])).unwrap();
                let rows = x.max_pool2d(&Pool::new([1, 2])).unwrap().max_pool2d(&Pool::new([2, 1])).unwrap();
                let bits = |x: &Tensor| x.to_vec::<f64>().into_iter().map(f64::to_bits).collect::<Vec<_>>();
                assert_eq!(bits(&pooled), bits(&rows), "{height} × {width}");
                let gradient = |y: Tensor| {
                    x.zero_grad();
                    y.sum().into_backward().unwrap();
                    x.grad().unwrap().to_vec::<f64>()
                };
                assert_eq!(gradient(pooled), gradient(rows), "{height} × {width}");
            }
        }
    }
}

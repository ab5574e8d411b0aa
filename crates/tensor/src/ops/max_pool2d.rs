//! The largest number of each window;  its gradient goes to where it came from, the first place among equals.

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

//! What the pooling operations share: windows over the planes of an array.

use super::sweep::{Sweep, axes};
use crate::array::Shape;
use crate::{Result, Tensor, ensure};
use std::ops::Range;

/// Windows over the last `D` axes: one for `max_pool1d` and `avg_pool1d`, two for `max_pool2d` and `avg_pool2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool<const D: usize> {
    /// The size of a window.
    pub kernel: [usize; D],
    /// From one window to the next.
    pub stride: [usize; D],
    /// Places added before and after each axis, at most half a kernel; the maximum does not see them, for the mean they
    /// are zeros.
    pub padding: [usize; D],
    /// Whether the mean counts the padding.
    pub count_padding: bool,
}

impl<const D: usize> Pool<D> {
    /// Windows side by side, without padding.
    ///
    /// ```
    /// use gradus_tensor::ops::Pool;
    /// assert_eq!(Pool::new([2, 3]).stride, [2, 3]);
    /// ```
    pub fn new(kernel: [usize; D]) -> Self {
        Pool { kernel, stride: kernel, padding: [0; D], count_padding: true }
    }

    /// How the windows move over the last axes of `x`.
    pub(super) fn sweeps(&self, op: &'static str, x: &Tensor) -> Result<[Sweep; D]> {
        let (shape, names) = (x.shape(), axes(D));
        ensure!(shape.len() >= D, op, "input {shape:?} must have the axes [..., {}]", names.join(", "));
        let input = &shape[shape.len() - D..];
        for d in 0..D {
            let (kernel, padding, name) = (self.kernel[d], self.padding[d], names[d]);
            ensure!(input[d] > 0, op, "input {shape:?} has {name} 0, where no window sees anything");
            ensure!(
                padding <= kernel / 2,
                op,
                "padding {padding} of the {name} is more than half of the kernel, {kernel}: some windows would see nothing else"
            );
        }
        Sweep::over(op, input, &self.kernel, [&self.stride, &self.padding, &[1; D]])
    }
}

impl Pool<1> {
    /// `pool`, a function over two axes, over the last axis of `x`.
    pub(super) fn over_rows(
        &self,
        op: &'static str,
        x: &Tensor,
        pool: impl Fn(&Tensor, &Pool<2>) -> Result<Tensor>,
    ) -> Result<Tensor> {
        self.sweeps(op, x)?;
        let Pool { kernel: [kernel], stride: [stride], padding: [padding], count_padding } = *self;
        let flat = Pool { kernel: [1, kernel], stride: [1, stride], padding: [0, padding], count_padding };
        pool(&x.unsqueeze(-2)?, &flat)?.squeeze(-2)
    }
}

/// Windows over planes.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    pub(super) input: Shape,
    pub(super) height: Sweep,
    pub(super) width: Sweep,
}

impl Windows {
    pub(super) fn new(op: &'static str, x: &Tensor, pool: &Pool<2>) -> Result<Windows> {
        let [height, width] = pool.sweeps(op, x)?;
        Ok(Windows { input: x.array().shape_copy(), height, width })
    }

    /// The shape of the result.
    pub(super) fn shape(&self) -> Shape {
        let mut shape = self.input;
        let n = shape.len();
        (shape[n - 2], shape[n - 1]) = (self.height.output, self.width.output);
        shape
    }

    /// Numbers of a plane, before and after.
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.height.input * self.width.input, self.height.output * self.width.output]
    }

    /// Calls `f(output, rows, columns)` for the window of each output of a plane.
    #[inline(always)]
    pub(super) fn each(&self, mut f: impl FnMut(usize, Range<usize>, Range<usize>)) {
        let mut output = 0;
        for u in 0..self.height.output {
            let rows = self.height.window(u);
            for v in 0..self.width.output {
                f(output, rows.clone(), self.width.window(v));
                output += 1;
            }
        }
    }

    /// Calls `f(outputs, input)` for each place of the windows of output row `u`, in row-major order: there these outputs
    /// of the row see an input, the first of them `input`, and the next ones a stride further each.
    #[inline(always)]
    pub(super) fn taps(&self, u: usize, mut f: impl FnMut(Range<usize>, usize)) {
        for i in 0..self.height.kernel {
            let Some(row) = self.height.at(u, i) else { continue };
            for j in 0..self.width.kernel {
                let outputs = self.width.inside(j);
                if let Some(column) = self.width.at(outputs.start, j) {
                    f(outputs, row * self.width.input + column);
                }
            }
        }
    }
}

/// Calls `f(i, x)` for `n` numbers of `x` that are `stride` apart. The strides that nearly all windows have get loops of
/// their own, which the compiler can vectorise.
#[inline(always)]
pub(super) fn strided<T: Copy>(n: usize, x: &[T], stride: usize, mut f: impl FnMut(usize, T)) {
    match stride {
        1 => x[..n].iter().enumerate().for_each(|(i, &x)| f(i, x)),
        2 => {
            let pairs = &x.as_chunks::<2>().0;
            let pairs = &pairs[..n.min(pairs.len())];
            pairs.iter().enumerate().for_each(|(i, x)| f(i, x[0]));
            // The last number of all has no neighbour.
            (pairs.len()..n).for_each(|i| f(i, x[2 * i]));
        }
        _ => x.iter().step_by(stride).take(n).enumerate().for_each(|(i, &x)| f(i, x)),
    }
}

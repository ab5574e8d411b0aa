//! y[n, o] = b[o] + Σ_c w[o, c] ⋆ x[n, c]: the cross-correlation that deep learning calls convolution, as a matrix product
//! of the weights with the columns of x, `cols[(c, i, j), (u, v)] = x[c, u·stride + i·dilation − padding, v…]`.
//!
//! With g = ∂/∂y: ∂/∂w = Σ_n g·colsᵀ, ∂/∂cols = wᵀ·g, which is added up where the columns came from, and ∂/∂b = Σ g.

use super::channels::Channels;
use super::sweep::{Sweep, axes};
use crate::array::{Array, check_shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_float};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::gemm::{MatRef, Store, gemm};
use gradus_kernels::reduce;
use gradus_kernels::simd::{Isa, Kernel, dispatch};
use gradus_kernels::threads::{for_chunks, for_pieces};

/// How a kernel moves over `D` axes: one for [`Tensor::conv1d`], two for [`Tensor::conv2d`].
///
/// ```
/// use gradus_tensor::ops::Conv;
/// let halving = Conv { stride: [2, 2], padding: [1, 1], ..Conv::default() };
/// assert_eq!((halving.dilation, halving.groups), ([1, 1], 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv<const D: usize> {
    /// Inputs from one place of the kernel to the next; 1.
    pub stride: [usize; D],
    /// Zeros before and after each axis; 0.
    pub padding: [usize; D],
    /// Inputs between neighbours of the kernel, plus 1; 1.
    pub dilation: [usize; D],
    /// Groups of channels that do not see each other; 1.
    pub groups: usize,
}

impl<const D: usize> Default for Conv<D> {
    fn default() -> Self {
        Conv { stride: [1; D], padding: [0; D], dilation: [1; D], groups: 1 }
    }
}

/// Parts into which a batch is cut for the gradient of the weights.
const PARTS: usize = 8;

/// The sizes of one call.
#[derive(Clone, Copy)]
struct Plan {
    batch: usize,
    groups: usize,
    /// Input and output channels of a group.
    from: usize,
    to: usize,
    height: Sweep,
    width: Sweep,
}

/// Copies `n` numbers. Short runs take whole vectors with them: what they leave behind the `n` is written over by the
/// runs that follow.
#[inline(always)]
fn copy_at_least<T: Float>(from: &[T], to: &mut [T], n: usize) {
    const VECTOR: usize = 16;
    if n <= 2 * VECTOR && from.len().min(to.len()) >= 2 * VECTOR {
        let (from, to) = (&from[..2 * VECTOR], &mut to[..2 * VECTOR]);
        to[..VECTOR].copy_from_slice(&from[..VECTOR]);
        if n > VECTOR {
            to[VECTOR..].copy_from_slice(&from[VECTOR..]);
        }
    } else {
        to[..n].copy_from_slice(&from[..n]);
    }
}

impl Plan {
    /// Places of an output plane.
    fn places(&self) -> usize {
        self.height.output * self.width.output
    }

    /// Rows of the matrix of columns: weights of one output channel.
    fn depth(&self) -> usize {
        self.from * self.height.kernel * self.width.kernel
    }

    /// Numbers of one group of one sample: before, and after.
    fn sizes(&self) -> [usize; 2] {
        [self.from * self.height.input * self.width.input, self.to * self.places()]
    }

    /// Whether the columns are the input itself.
    fn is_pointwise(&self) -> bool {
        [self.height, self.width].iter().all(|s| s.kernel == 1 && s.stride == 1 && s.padding == 0)
    }

    /// Height and width of a plane with its padding.
    fn padded(&self) -> [usize; 2] {
        [self.height, self.width].map(|s| s.input + 2 * s.padding)
    }

    /// Numbers of the padded planes of one group of one sample; 0 where there is no padding.
    fn padded_size(&self) -> usize {
        let [height, width] = self.padded();
        if self.height.padding + self.width.padding > 0 { self.from * height * width } else { 0 }
    }

    /// Calls `f(row, padded row)` for the rows of the planes of one group of one sample, with the place of each in `x`
    /// and in the padded planes.
    fn for_rows(&self, mut f: impl FnMut(usize, usize)) {
        let [height, width] = self.padded();
        for row in 0..self.from * self.height.input {
            let (channel, u) = (row / self.height.input, row % self.height.input);
            f(row * self.width.input, (channel * height + u + self.height.padding) * width + self.width.padding);
        }
    }

    /// Calls `f(columns, input)` for every run of one row of outputs in the matrix of columns, in order: where it begins
    /// there, and in the padded planes.
    #[inline(always)]
    fn for_runs(&self, mut f: impl FnMut(usize, usize)) {
        let [height, width] = self.padded();
        let mut run = 0;
        for channel in 0..self.from {
            for i in 0..self.height.kernel {
                for j in 0..self.width.kernel {
                    let first = (channel * height + i * self.height.dilation) * width + j * self.width.dilation;
                    for u in 0..self.height.output {
                        f(run, first + u * self.height.stride * width);
                        run += self.width.output;
                    }
                }
            }
        }
    }

    /// The columns of `x`, one group of one sample; `padded` takes the padded planes.
    fn gather<T: Float>(&self, x: &[T], padded: &mut [T], columns: &mut [T]) {
        if padded.is_empty() {
            return dispatch(Gather { plan: self, planes: x, columns });
        }
        let n = self.width.input;
        padded.fill(T::ZERO);
        self.for_rows(|row, at| padded[at..][..n].copy_from_slice(&x[row..][..n]));
        dispatch(Gather { plan: self, planes: padded, columns });
    }

    /// Adds columns up where [`Plan::gather`] took them from.
    fn scatter<T: Float>(&self, columns: &[T], padded: &mut [T], x: &mut [T]) {
        if padded.is_empty() {
            return dispatch(Scatter { plan: self, planes: x, columns });
        }
        let n = self.width.input;
        dispatch(Scatter { plan: self, planes: padded, columns });
        self.for_rows(|row, at| x[row..][..n].copy_from_slice(&padded[at..][..n]));
    }

    fn forward<T: Float + Elem>(&self, x: &[T], weight: &[T], bias: Option<&[T]>, y: &mut [T]) {
        let ([x_len, y_len], depth, places) = (self.sizes(), self.depth(), self.places());
        let pointwise = self.is_pointwise();
        for_chunks(y, self.groups * y_len, |start, y| {
            let mut columns = Buffer::<T>::scratch(if pointwise { 0 } else { depth * places });
            let mut padded = Buffer::<T>::scratch(self.padded_size());
            for (i, y) in y.chunks_exact_mut(y_len).enumerate() {
                let index = start / y_len + i;
                let group = index % self.groups;
                let x = &x[index * x_len..][..x_len];
                let store = match bias {
                    None => Store::Set,
                    Some(bias) => {
                        let bias = &bias[group * self.to..][..self.to];
                        y.chunks_exact_mut(places).zip(bias).for_each(|(y, &b)| y.fill(b));
                        Store::Add
                    }
                };
                let weight = MatRef::rows(&weight[group * self.to * depth..], depth);
                let columns = if pointwise {
                    x
                } else {
                    self.gather(x, &mut padded, &mut columns);
                    &columns
                };
                gemm(self.to, places, depth, weight, MatRef::rows(columns, places), y, places, store);
            }
        });
    }

    /// ∂/∂x, where it is wanted, and ∂/∂w.
    fn backward<T: Float + Elem>(&self, x: &[T], weight: &[T], grad: &[T], wants_x: bool) -> (Buffer<T>, Buffer<T>) {
        let ([x_len, y_len], depth, places) = (self.sizes(), self.depth(), self.places());
        let pointwise = self.is_pointwise();
        // Each part of the batch adds up its share of ∂/∂w, transposed: columns·gᵀ has the longer rows.
        let part = self.batch.div_ceil(PARTS).max(1);
        let parts = self.batch.div_ceil(part);
        let mut shares = Buffer::<T>::scratch(parts * weight.len());
        let mut dx = Buffer::<T>::scratch(if wants_x { x.len() } else { 0 });
        let mut rest = &mut dx[..];
        let pieces: Vec<_> = shares
            .chunks_mut(weight.len().max(1))
            .enumerate()
            .map(|(i, share)| {
                let samples = i * part..((i + 1) * part).min(self.batch);
                let piece = if wants_x { samples.len() * self.groups * x_len } else { 0 };
                let (dx, after) = std::mem::take(&mut rest).split_at_mut(piece);
                rest = after;
                (samples, dx, share)
            })
            .collect();
        for_pieces(pieces.into_iter(), |_, (samples, dx, dw)| {
            let mut columns = Buffer::<T>::scratch(if pointwise { 0 } else { depth * places });
            let mut padded = Buffer::<T>::scratch(self.padded_size());
            let first = samples.start * self.groups;
            for index in first..samples.end * self.groups {
                let group = index % self.groups;
                let weights = group * self.to * depth..(group + 1) * self.to * depth;
                let (x, grad) = (&x[index * x_len..][..x_len], &grad[index * y_len..][..y_len]);
                let g = MatRef::rows(grad, places);
                {
                    let columns = if pointwise {
                        x
                    } else {
                        self.gather(x, &mut padded, &mut columns);
                        &columns
                    };
                    let store = if index < first + self.groups { Store::Set } else { Store::Add };
                    let dw = &mut dw[weights.clone()];
                    gemm(depth, self.to, places, MatRef::rows(columns, places), g.t(), dw, self.to, store);
                }
                if wants_x {
                    let weight = MatRef::rows(&weight[weights], depth).t();
                    let dx = &mut dx[(index - first) * x_len..][..x_len];
                    if pointwise {
                        gemm(depth, places, self.to, weight, g, dx, places, Store::Set);
                    } else {
                        gemm(depth, places, self.to, weight, g, &mut columns, places, Store::Set);
                        self.scatter(&columns, &mut padded, dx);
                    }
                }
            }
        });
        let mut sums = Buffer::<T>::scratch(weight.len());
        reduce::middle(&shares, [1, parts, weight.len()], &mut sums, reduce::Add);
        let mut dw = Buffer::<T>::scratch(weight.len());
        let groups = dw.chunks_exact_mut((self.to * depth).max(1)).zip(sums.chunks_exact((self.to * depth).max(1)));
        for (dw, sums) in groups {
            for (to, row) in dw.chunks_exact_mut(depth).enumerate() {
                row.iter_mut().zip(sums[to..].iter().step_by(self.to)).for_each(|(w, &sum)| *w = sum);
            }
        }
        (dx, dw)
    }
}

struct Gather<'a, T> {
    plan: &'a Plan,
    planes: &'a [T],
    columns: &'a mut [T],
}

impl<T: Float> Kernel for Gather<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Gather { plan, planes, columns } = self;
        let (n, stride) = (plan.width.output, plan.width.stride);
        plan.for_runs(|run, input| {
            if stride == 1 {
                copy_at_least(&planes[input..], &mut columns[run..], n);
            } else {
                let to = columns[run..][..n].iter_mut();
                to.zip(planes[input..].iter().step_by(stride)).for_each(|(to, &from)| *to = from);
            }
        });
    }
}

struct Scatter<'a, T> {
    plan: &'a Plan,
    planes: &'a mut [T],
    columns: &'a [T],
}

impl<T: Float> Kernel for Scatter<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Scatter { plan, planes, columns } = self;
        let (n, stride) = (plan.width.output, plan.width.stride);
        planes.fill(T::ZERO);
        plan.for_runs(|run, input| {
            let from = &columns[run..][..n];
            if stride == 1 {
                planes[input..][..n].iter_mut().zip(from).for_each(|(to, &from)| *to += from);
            } else {
                planes[input..].iter_mut().step_by(stride).zip(from).for_each(|(to, &from)| *to += from);
            }
        });
    }
}

struct Convolution {
    /// Dense.
    x: Array,
    /// Dense.
    weight: Array,
    plan: Plan,
}

impl Op for Convolution {
    const NAME: &'static str = "conv2d";
    const FORMULA: &'static str = "y = x ∗ kernel + b, along two axes";
    const BACKWARD: &'static str = "dx = g ∗ᵀ kernel, dkernel = x ∗ g, db = Σ g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let (plan, wants_x) = (&self.plan, to.wants(0));
        with_float!(grad.dtype(), T => {
            let grad = grad.dense::<T>();
            if wants_x || to.wants(1) {
                let (dx, dw) = plan.backward(&self.x.dense::<T>(), &self.weight.dense::<T>(), &grad, wants_x);
                if wants_x {
                    to.give(0, Array::from_buffer(dx, self.x.shape()));
                }
                to.give(1, Array::from_buffer(dw, self.weight.shape()));
            }
            to.give_with(2, || {
                let channels = plan.groups * plan.to;
                let sizes = Channels { outer: plan.batch, channels, inner: plan.places() };
                let sums = sizes.sums([&grad, &grad], &vec![0.0; channels], |g, _, _| [g, 0.0]);
                Array::from_buffer(Buffer::from_slice(&sums[..channels]), &[channels])
            });
        });
    }
}

/// Checks a convolution over `D` axes, for operation `op`, and answers how the kernel moves along each.
pub(super) fn sweeps<const D: usize>(
    op: &'static str,
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    options: &Conv<D>,
) -> Result<[Sweep; D]> {
    let (x, w, groups, axes) = (x.shape(), weight.shape(), options.groups, axes(D).join(", "));
    ensure!(x.len() == D + 2, op, "input {x:?} must have the axes [batch, channels, {axes}]; reshape or unsqueeze it");
    ensure!(
        w.len() == D + 2,
        op,
        "weight {w:?} must have the axes [channels out, channels in / groups, {axes} of the kernel]"
    );
    ensure!(
        groups > 0 && x[1].is_multiple_of(groups) && w[0].is_multiple_of(groups),
        op,
        "{groups} groups do not divide the {} channels of input {x:?} and the {} of weight {w:?}",
        x[1],
        w[0]
    );
    ensure!(
        w[1] == x[1] / groups,
        op,
        "input {x:?} does not fit weight {w:?} in {groups} groups: a group has {} channels, the weight wants {}",
        x[1] / groups,
        w[1]
    );
    if let Some(b) = bias {
        ensure!(b.shape() == [w[0]], op, "bias {:?} does not fit weight {w:?}: it must be [{}]", b.shape(), w[0]);
    }
    Sweep::over(op, &x[2..], &w[2..], [&options.stride, &options.padding, &options.dilation])
}

impl Tensor {
    /// The convolution of images `[N, C, H, W]` (this tensor) with `weight [O, C / groups, KH, KW]`, plus `bias [O]`:
    /// `[N, O, H', W']` with H' = ⌊(H + 2·padding − dilation·(KH − 1) − 1) / stride⌋ + 1, and W' likewise.
    ///
    /// # Errors
    /// When the shapes do not fit, or the kernel is larger than the padded image.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Conv};
    /// let (x, w) = (Tensor::ones(&[1, 1, 3, 4]), Tensor::ones(&[2, 1, 3, 3]));
    /// let y = x.conv2d(&w, None, &Conv::default())?;
    /// assert_eq!(y.shape(), [1, 2, 1, 2]);
    /// assert_eq!(y.to_vec::<f32>(), [9.0; 4]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn conv2d(&self, weight: &Tensor, bias: Option<&Tensor>, options: &Conv<2>) -> Result<Tensor> {
        let [height, width] = sweeps(Convolution::NAME, self, weight, bias, options)?;
        let (groups, out) = (options.groups, weight.shape()[0]);
        let shape = [self.shape()[0], out, height.output, width.output];
        check_shape(Convolution::NAME, &shape)?;
        let dtype = bias.map_or(weight.dtype(), |b| b.dtype().promote(weight.dtype())).promote(self.dtype()).or_f32();
        let (x, w, b) = (self.to_dtype(dtype), weight.to_dtype(dtype), bias.map(|b| b.to_dtype(dtype)));
        let (dense, weight) = (x.array().contiguous(), w.array().contiguous());
        let plan = Plan { batch: shape[0], groups, from: self.shape()[1] / groups, to: out / groups, height, width };
        let value = with_float!(dtype, T => {
            let bias = b.as_ref().map(|b| b.array().dense::<T>());
            Array::build(&shape, |y: &mut [T]| plan.forward(&dense.dense::<T>(), &weight.dense::<T>(), bias.as_deref(), y))
        });
        let op = || Convolution { x: dense, weight, plan };
        Ok(match &b {
            Some(b) => emit(&[&x, &w, b], value, op),
            None => emit(&[&x, &w], value, op),
        })
    }
}

pub(super) fn cases() -> Vec<Case> {
    let of = |options: Conv<2>| Case::new(move |x| x[0].conv2d(&x[1], x.get(2), &options));
    let uneven = Conv { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 1 };
    vec![
        of(Conv::default()).shapes(&[
            &[&[2, 2, 4, 3], &[3, 2, 2, 3], &[3]],
            &[&[1, 1, 1, 1], &[1, 1, 1, 1], &[1]],
            &[&[2, 2, 2, 3], &[2, 2, 1, 1]],
            &[&[0, 2, 3, 3], &[2, 2, 2, 2], &[2]],
            &[&[1, 0, 2, 2], &[2, 0, 2, 2], &[2]],
        ]),
        of(uneven).shapes(&[&[&[1, 2, 4, 5], &[2, 2, 3, 2], &[2]]]),
        of(Conv { groups: 2, padding: [1, 1], ..Conv::default() }).shapes(&[&[&[2, 4, 3, 2], &[2, 2, 2, 2], &[2]]]),
    ]
}

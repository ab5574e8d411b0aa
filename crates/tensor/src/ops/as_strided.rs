//! A view, told by its places: y = x at the places. And the reverse, values put at the places of a view. The places are
//! those of `x` counted through in row-major order, however it lies in memory;  the gradient goes to the places that were
//! read (added up where one was read more than once), and not to what was overwritten.

use super::slice::dense;
use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Result, Tensor, ensure};
use gradus_kernels::layout::Layout;

struct AsStrided {
    input: Shape,
    places: Layout,
}

impl Op for AsStrided {
    const NAME: &'static str = "as_strided";
    const FORMULA: &'static str = "y = x at the places of a view";
    const BACKWARD: &'static str = "dx[places] += g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        // An axis of stride 0 reads one place again and again.
        let (mut once, mut kept) = (self.places, Shape::new(self.places.shape()));
        for d in 0..once.ndim() {
            if once.strides()[d] == 0 && once.shape()[d] > 1 {
                once = once.slice(d, 0, 1, 1);
                kept[d] = 1;
            }
        }
        to.give(0, grad.sum_to(&kept).placed(&self.input, &once));
    }
}

struct AsStridedScatter {
    places: Layout,
}

impl Op for AsStridedScatter {
    const NAME: &'static str = "as_strided_scatter";
    const FORMULA: &'static str = "y = x, with values at the places of a view";
    const BACKWARD: &'static str = "dx = g, 0 at the places; dvalues = g at the places";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let grad = grad.rooted();
        to.give_with(1, || grad.part(self.places));
        to.give_with(0, || {
            let mut rest = grad;
            rest.write(&self.places, &nothing(&self.places, rest.dtype()));
            rest
        });
    }
}

/// Zeros in the shape of `places`.
fn nothing(places: &Layout, dtype: crate::DType) -> Array {
    Array::full(places.shape(), 0.0, dtype)
}

impl Tensor {
    /// The numbers at `places` of this tensor counted through in row-major order: a view where the tensor lies so in
    /// memory, else one of a copy. Places may be told more than once only by axes of stride 0.
    ///
    /// # Errors
    /// When the places reach beyond the tensor.
    pub fn as_strided(&self, places: &Layout) -> Result<Tensor> {
        self.check_places("as_strided", places)?;
        let x = self.array().contiguous();
        let value = x.part(moved(places, x.layout().offset()));
        Ok(emit(&[self], value, || AsStrided { input: self.array().shape_copy(), places: *places }))
    }

    /// This tensor with `values` of its type at `places`, which are told as for [`Tensor::as_strided`] and must all be
    /// different.
    ///
    /// # Errors
    /// When the places reach beyond the tensor, are told more than once, or shapes or types differ.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::zeros(&[2, 3]);
    /// let column = x.select(1, 1)?;
    /// let y = x.as_strided_scatter(column.array().layout(), &Tensor::ones(&[2]))?;
    /// assert_eq!(y.to_vec::<f32>(), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn as_strided_scatter(&self, places: &Layout, values: &Tensor) -> Result<Tensor> {
        self.check_places("as_strided_scatter", places)?;
        ensure!(
            values.shape() == places.shape() && values.dtype() == self.dtype(),
            "as_strided_scatter",
            "values {:?} of {} do not fit places {:?} of {}",
            values.shape(),
            values.dtype(),
            places.shape(),
            self.dtype()
        );
        ensure!(
            !places.repeats(),
            "as_strided_scatter",
            "the places of an expanded tensor are one place told again and again; clone() it before writing to it"
        );
        let mut value = self.array().copied();
        value.write(places, values.array());
        Ok(emit(&[self, values], value, || AsStridedScatter { places: *places }))
    }

    fn check_places(&self, op: &'static str, places: &Layout) -> Result<()> {
        let (end, n) = (places.span().end, self.numel());
        ensure!(places.numel() == 0 || end <= n, op, "places up to {end} of a tensor of {n} elements");
        Ok(())
    }
}

/// The same places in a memory in which they begin `by` further on.
fn moved(places: &Layout, by: usize) -> Layout {
    Layout::from_parts(places.shape(), places.strides(), places.offset() + by)
        .unwrap_or_else(|| unreachable!("a layout's own parts"))
}

pub(super) fn cases() -> Vec<Case> {
    let column = || dense(&[3, 4]).slice(1, 1, 2, 2);
    let turned = || dense(&[3, 4]).slice(0, 2, 3, -1).permute(&[1, 0]);
    vec![
        Case::new(move |x| x[0].as_strided(&column())).shapes(&[&[&[3, 4]], &[&[12]], &[&[2, 1, 6]]]),
        Case::new(move |x| x[0].as_strided(&turned())).shapes(&[&[&[3, 4]], &[&[4, 3]]]),
        Case::new(move |x| {
            let repeated = Layout::from_parts(&[2, 3, 2], &[0, 1, 0], 1);
            x[0].as_strided(&repeated.unwrap_or_else(|| unreachable!("three axes")))
        })
        .shapes(&[&[&[4]], &[&[2, 3]]]),
        Case::new(|x| x[0].as_strided(&dense(&[2, 0]))).shapes(&[&[&[0, 3]], &[&[2, 2]]]),
        Case::new(move |x| x[0].as_strided_scatter(&column(), &x[1])).shapes(&[&[&[3, 4], &[3, 2]]]),
        Case::new(move |x| x[0].as_strided_scatter(&turned(), &x[1])).shapes(&[&[&[3, 4], &[4, 3]]]),
        Case::new(|x| x[0].as_strided_scatter(&dense(&[2, 0]), &x[1])).shapes(&[&[&[0, 3], &[2, 0]], &[&[2, 2], &[2, 0]]]),
    ]
}

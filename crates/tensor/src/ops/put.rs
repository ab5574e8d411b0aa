//! Values put at places: y = x, but y[place] = value;  the gradient of what was overwritten is 0, that of a value is the
//! one at its place. Where a place is named twice the last value stays, and each is given the gradient of the place, as
//! in PyTorch.

use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Elem, Error, Result, Tensor, ensure, with_dtype};

struct Put {
    places: Array,
    values: Shape,
}

impl Op for Put {
    const NAME: &'static str = "put";
    const FORMULA: &'static str = "y = x, with values at the places";
    const BACKWARD: &'static str = "dx = g, 0 at the places; dvalues = g[places]";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        with_dtype!(grad.dtype(), T => {
            to.give_with(1, || {
                let (grad, places) = (grad.dense::<T>(), self.places.dense::<i64>());
                let picked = |out: &mut [T]| out.iter_mut().zip(&places[..]).for_each(|(o, &at)| *o = grad[at as usize]);
                Array::build(&self.values, picked)
            });
            to.give_with(0, || written(grad, &self.places, |_| T::default()));
        });
    }
}

/// `x` with the number that `value` gives for the i-th place there.
fn written<T: Elem>(mut x: Array, places: &Array, value: impl Fn(usize) -> T) -> Array {
    let out = x.make_mut::<T>();
    for (i, &at) in places.dense::<i64>().iter().enumerate() {
        out[at as usize] = value(i);
    }
    x
}

impl Tensor {
    /// This tensor with `values` of its type at `places` (`i64`, of the values' shape), which count its elements through
    /// in row-major order. Where a place is named twice the last value stays.
    ///
    /// # Errors
    /// When a place is not there, or shapes or types do not fit.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let places = Tensor::from_slice(&[3_i64, 0], &[2])?;
    /// let y = Tensor::zeros(&[2, 2]).put(&places, &Tensor::from_slice(&[1.0_f32, 2.0], &[2])?)?;
    /// assert_eq!(y.to_vec::<f32>(), [2.0, 0.0, 0.0, 1.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn put(&self, places: &Tensor, values: &Tensor) -> Result<Tensor> {
        ensure!(
            places.dtype() == DType::I64 && values.dtype() == self.dtype() && places.shape() == values.shape(),
            "put",
            "places {:?} of {} and values {:?} of {} for {}: places are i64, values have their shape and the type of what they go to",
            places.shape(),
            places.dtype(),
            values.shape(),
            values.dtype(),
            self.dtype()
        );
        let n = self.numel();
        if let Some(at) = places.array().dense::<i64>().iter().find(|&&at| at < 0 || at as usize >= n) {
            return Err(Error::new("put", format!("place {at} of a tensor of {n} elements")));
        }
        let value = with_dtype!(self.dtype(), T => {
            let values = values.array().dense::<T>();
            written(self.array().clone(), places.array(), |i| values[i])
        });
        let shape = values.array().shape_copy();
        Ok(emit(&[self, values], value, || Put { places: places.array().clone(), values: shape }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let put = |places: &'static [i64], shape: &'static [usize]| {
        Case::new(move |x| x[0].put(&Tensor::from_slice(places, shape)?, &x[1]))
    };
    vec![
        put(&[3, 0, 5, 1], &[2, 2]).shapes(&[&[&[2, 3], &[2, 2]], &[&[1, 6], &[2, 2]]]),
        put(&[], &[0]).shapes(&[&[&[2, 3], &[0]], &[&[0], &[0]]]),
    ]
}

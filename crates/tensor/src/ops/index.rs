//! Elements (or parts) picked by several integer tensors at once, x[i, j, …] as in NumPy;  the gradient is added up where
//! its element was picked. And the reverse: numbers added at such places.

use super::index_select::{add_parts, pick_parts};
use super::operators::promote;
use crate::array::{Array, Shape, check_shape, out_of_bounds};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Result, Tensor, ensure, with_dtype, with_float};

/// Places in the leading axes of an array.
struct Places {
    /// Their numbers, counted through in row-major order, in the shape to which the indices broadcast.
    index: Array,
    /// The array's shape.
    input: Shape,
    /// How many axes are indexed.
    axes: usize,
}

impl Places {
    fn new(op: &'static str, shape: &[usize], indices: &[&Tensor]) -> Result<Places> {
        ensure!(
            (1..=shape.len()).contains(&indices.len()),
            op,
            "{} index tensors for {shape:?}, which has {} axes; give one for each leading axis, at least one",
            indices.len(),
            shape.len()
        );
        let mut index = Array::scalar(0.0, DType::I64);
        for (d, (i, &n)) in indices.iter().zip(shape).enumerate() {
            ensure!(
                i.dtype() == DType::I64,
                op,
                "index {d} is {}, and indices must be i64; convert it with to_dtype(DType::I64)",
                i.dtype()
            );
            let n = n as i64;
            if let Some(&wrong) = i.array().dense::<i64>().iter().find(|at| !(-n..n).contains(at)) {
                return Err(out_of_bounds(op, wrong, d, n as usize));
            }
            index = index.zip(op, i.array(), move |a: i64, i: i64| a * n + if i < 0 { i + n } else { i })?;
        }
        let places = Places { index, input: Shape::new(shape), axes: indices.len() };
        ensure!(
            places.index.ndim() + places.part().len() <= gradus_kernels::layout::MAX_DIMS,
            op,
            "indices of shape {:?} into {shape:?} give more than eight axes",
            places.index.shape()
        );
        check_shape(op, &places.picked_shape())?;
        Ok(places)
    }

    /// The shape of one place.
    fn part(&self) -> &[usize] {
        &self.input[self.axes..]
    }

    /// The shape of what is picked.
    fn picked_shape(&self) -> Shape {
        let mut shape = Shape::new(self.index.shape());
        self.part().iter().for_each(|&n| shape.push(n));
        shape
    }

    /// The array as one row a place: [1, places, numbers of a place].
    fn sizes(&self) -> [usize; 3] {
        [1, self.input[..self.axes].iter().product(), self.part().iter().product()]
    }

    fn pick(&self, x: &Array) -> Array {
        with_dtype!(x.dtype(), T => Array::build(&self.picked_shape(), |y: &mut [T]| {
            pick_parts(&x.dense::<T>(), &self.index.dense::<i64>(), y, self.sizes());
        }))
    }

    /// Adds `y`, in the shape of what is picked, to the places of `x`.
    fn add(&self, mut x: Array, y: &Array) -> Array {
        match x.dtype() {
            DType::I64 => add_parts(&y.dense(), &self.index.dense(), x.make_mut::<i64>(), self.sizes()),
            d => with_float!(d, T => add_parts(&y.dense(), &self.index.dense(), x.make_mut::<T>(), self.sizes())),
        }
        x
    }
}

struct Index(Places);

impl Op for Index {
    const NAME: &'static str = "index";
    const FORMULA: &'static str = "y = x at the indices";
    const BACKWARD: &'static str = "dx[index] += g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, self.0.add(Array::full(&self.0.input, 0.0, grad.dtype()), &grad));
    }
}

struct AddAt {
    places: Places,
    values: Shape,
}

impl Op for AddAt {
    const NAME: &'static str = "add_at";
    const FORMULA: &'static str = "y = x, with values added at the indices";
    const BACKWARD: &'static str = "dx = g, dvalues = g[index]";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give_with(1, || self.places.pick(&grad).sum_to(&self.values));
        to.give(0, grad);
    }
}

impl Tensor {
    /// The elements at `indices` (`i64`), one index tensor for each leading axis, broadcast against each other:
    /// x[i, j]. With fewer indices than axes whole parts are picked. Negative positions count from the end.
    ///
    /// # Errors
    /// When the indices do not broadcast, or leave their axis.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let counts = Tensor::arange(9).reshape(&[3, 3])?;
    /// let (from, to) = (Tensor::from_slice(&[0_i64, 2], &[2])?, Tensor::from_slice(&[1_i64, -1], &[2])?);
    /// assert_eq!(counts.index(&[&from, &to])?.to_vec::<i64>(), [1, 8]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn index(&self, indices: &[&Tensor]) -> Result<Tensor> {
        let places = Places::new("index", self.shape(), indices)?;
        Ok(emit(&[self], places.pick(self.array()), || Index(places)))
    }

    /// This with `values` added at `indices`, which are read as by [`Tensor::index`]; equal places add up. The values
    /// broadcast to what `index` would pick. NumPy's `add.at`: the way to count.
    ///
    /// # Errors
    /// When the indices do not broadcast, leave their axis, or the values do not fit.
    ///
    /// ```
    /// use gradus_tensor::{DType, Tensor};
    /// let (from, to) = (Tensor::from_slice(&[0_i64, 0], &[2])?, Tensor::from_slice(&[1_i64, 1], &[2])?);
    /// let counts = Tensor::full(&[2, 2], 0.0, DType::I64);
    /// let counts = counts.add_at(&[&from, &to], &Tensor::full(&[], 1.0, DType::I64))?;
    /// assert_eq!(counts.to_vec::<i64>(), [0, 2, 0, 0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn add_at(&self, indices: &[&Tensor], values: &Tensor) -> Result<Tensor> {
        let places = Places::new("add_at", self.shape(), indices)?;
        let (x, values) = promote(self, values);
        let shape = places.picked_shape();
        let Some(fitted) = values.array().broadcast_to(&shape) else {
            let text = format!("values {:?} do not broadcast to {:?}, what the indices pick", values.shape(), &*shape);
            return Err(crate::Error::new("add_at", text));
        };
        let value = places.add(x.array().clone(), &fitted);
        Ok(emit(&[&x, &values], value, || AddAt { places, values: values.array().shape_copy() }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let rows = || Tensor::from_slice(&[1_i64, 0, -1, 1], &[2, 2]);
    let columns = || Tensor::from_slice(&[0_i64, 2], &[2]);
    vec![
        Case::new(move |x| x[0].index(&[&rows()?, &columns()?])).shapes(&[&[&[2, 3]], &[&[2, 3, 1]], &[&[2, 3, 0]]]),
        Case::new(move |x| x[0].index(&[&rows()?])).shapes(&[&[&[2, 3]], &[&[2]], &[&[2, 0]]]),
        Case::new(move |x| x[0].add_at(&[&rows()?, &columns()?], &x[1])).shapes(&[
            &[&[2, 3], &[2, 2]],
            &[&[2, 3, 1], &[]],
            &[&[2, 3, 0], &[2, 1, 0]],
        ]),
    ]
}

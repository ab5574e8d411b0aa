//! Where the largest (or smallest) number along an axis stands, and the number itself;  the gradient goes to that place
//! alone. The first of equal ones is taken; NaN wins.

use super::max::{Bounds, Extreme, check_lanes};
use super::rowwise::{as_rows, from_rows};
use crate::array::{Array, Axes, axis, reduced_shape};
use crate::autograd::{Formula, emit_constant};
use crate::gradcheck::Case;
use crate::{Result, Tensor, with_dtype};
use gradus_kernels::element::Element;
use gradus_kernels::map::GRAIN;
use gradus_kernels::reduce::{Fold, fold_run};
use gradus_kernels::simd::{Isa, Kernel};
use gradus_kernels::threads::for_chunks;

/// For each row of `n` numbers, the position of its extreme.
struct Positions<'a, T> {
    x: &'a [T],
    n: usize,
    out: &'a mut [i64],
    extreme: Extreme,
}

impl<T: Bounds> Kernel for Positions<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        for (out, row) in self.out.iter_mut().zip(self.x.chunks_exact(self.n)) {
            // First which number, then where: both loops are vectorised.
            let y = fold_run(row, self.extreme.init(), |a, b| self.extreme.join(a, b));
            let place = row.iter().position(|&x| x == y || Extreme::is_nan(x));
            *out = place.unwrap_or(0) as i64;
        }
    }
}

impl Tensor {
    /// Where the largest of all numbers stands, counted through in row-major order: `i64` of shape `[]`.
    ///
    /// # Errors
    /// When there is none.
    pub fn argmax(&self) -> Result<Tensor> {
        check_lanes("argmax", self.shape(), Axes::all(self.ndim()))?;
        self.flatten(0, -1)?.position("argmax", true, 0, false)
    }

    /// Where the smallest of all numbers stands, counted through in row-major order: `i64` of shape `[]`.
    ///
    /// # Errors
    /// When there is none.
    pub fn argmin(&self) -> Result<Tensor> {
        check_lanes("argmin", self.shape(), Axes::all(self.ndim()))?;
        self.flatten(0, -1)?.position("argmin", false, 0, false)
    }

    /// The positions (`i64`) of the largest numbers along axis `dim`; with `keepdim` this stays with size 1.
    ///
    /// # Errors
    /// For an axis that is not there or is empty.
    pub fn argmax_dim(&self, dim: isize, keepdim: bool) -> Result<Tensor> {
        self.position("argmax", true, axis("argmax", dim, self.ndim())?, keepdim)
    }

    /// The positions (`i64`) of the smallest numbers along axis `dim`; with `keepdim` this stays with size 1.
    ///
    /// # Errors
    /// For an axis that is not there or is empty.
    pub fn argmin_dim(&self, dim: isize, keepdim: bool) -> Result<Tensor> {
        self.position("argmin", false, axis("argmin", dim, self.ndim())?, keepdim)
    }

    /// The largest numbers along axis `dim` and their positions (`i64`); with `keepdim` this stays with size 1. Unlike
    /// with [`Tensor::max_dims`], the gradient goes to the first of equal ones alone.
    ///
    /// # Errors
    /// For an axis that is not there or is empty.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0_f32, 5.0, 7.0, 2.0], &[2, 2])?;
    /// let (values, positions) = x.max_dim(1, false)?;
    /// assert_eq!((values.to_vec::<f32>(), positions.to_vec::<i64>()), (vec![5.0, 7.0], vec![1, 0]));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn max_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.picked("max", true, dim, keepdim)
    }

    /// The smallest numbers along axis `dim` and their positions (`i64`); see [`Tensor::max_dim`].
    ///
    /// # Errors
    /// For an axis that is not there or is empty.
    pub fn min_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.picked("min", false, dim, keepdim)
    }

    fn picked(&self, op: &'static str, largest: bool, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        if self.ndim() == 0 {
            let at = self.reshape(&[1])?.position(op, largest, axis(op, dim, 1)?, false)?;
            return Ok((self.clone(), at));
        }
        let d = axis(op, dim, self.ndim())?;
        let positions = self.position(op, largest, d, true)?;
        let values = self.gather(dim, &positions)?;
        if keepdim {
            return Ok((values, positions));
        }
        Ok((values.squeeze(dim)?, positions.squeeze(dim)?))
    }

    fn position(&self, op: &'static str, largest: bool, d: usize, keepdim: bool) -> Result<Tensor> {
        let axes = Axes::one(d);
        check_lanes(op, self.shape(), axes)?;
        let n = self.shape()[d];
        let rows = as_rows(self.array(), d);
        let places = with_dtype!(rows.dtype(), T => {
            let x = rows.dense::<T>();
            Array::build(&reduced_shape(rows.shape(), Axes::one(rows.ndim() - 1), true), |out: &mut [i64]| {
                for_chunks(out, (GRAIN / n).max(1), |start, out| {
                    T::dispatch(Positions { x: &x[start * n..], n, out, extreme: Extreme { largest } });
                });
            })
        });
        let places = from_rows(places, d).reshaped(&reduced_shape(self.shape(), axes, keepdim));
        let forward = if largest { "y = where the largest x stands" } else { "y = where the smallest x stands" };
        Ok(emit_constant(Formula::constant(op, forward), &[self], places))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 3, 0]]];
    vec![
        Case::new(|x| Ok(x[0].max_dim(1, false)?.0)).shapes(shapes),
        Case::new(|x| Ok(x[0].min_dim(0, true)?.0)).shapes(shapes),
    ]
}

//! The axes in another order: a view;  the gradient's axes go back.

use crate::array::{Array, Axes, Shape, axis};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Result, Tensor, ensure};

struct Permute {
    inverse: Shape,
}

impl Op for Permute {
    const NAME: &'static str = "permute";
    const FORMULA: &'static str = "y = x with its axes in another order";
    const BACKWARD: &'static str = "dx = g with its axes back";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, grad.permuted(&self.inverse));
    }
}

impl Tensor {
    /// A view with the axes in the order `dims`.
    ///
    /// # Errors
    /// When `dims` does not name each axis once.
    pub fn permute(&self, dims: &[isize]) -> Result<Tensor> {
        ensure!(dims.len() == self.ndim(), "permute", "{dims:?} names {} axes of {:?}; name each of the {} once", dims.len(), self.shape(), self.ndim());
        Axes::new("permute", dims, self.ndim())?;
        let mut order = Shape::new(&[]);
        for &dim in dims {
            order.push(axis("permute", dim, self.ndim())?);
        }
        Ok(self.permuted(&order))
    }

    /// A view with two axes exchanged.
    ///
    /// # Errors
    /// For an axis that is not there.
    pub fn transpose(&self, a: isize, b: isize) -> Result<Tensor> {
        let (a, b) = (axis("transpose", a, self.ndim())?, axis("transpose", b, self.ndim())?);
        let mut order = Shape::new(&[]);
        (0..self.ndim()).for_each(|d| order.push(d));
        order.swap(a, b);
        Ok(self.permuted(&order))
    }

    /// The transposed matrix: the last two axes exchanged.
    ///
    /// # Errors
    /// With fewer than two axes.
    pub fn t(&self) -> Result<Tensor> {
        ensure!(self.ndim() >= 2, "t", "{:?} has fewer than two axes, and a transposed matrix needs two", self.shape());
        self.transpose(-2, -1)
    }

    fn permuted(&self, order: &[usize]) -> Tensor {
        emit(&[self], self.array().permuted(order), || {
            let mut inverse = Shape::new(order);
            order.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
            Permute { inverse }
        })
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]];
    vec![
        Case::new(|x| x[0].permute(&[2, 0, 1])).shapes(shapes),
        Case::new(|x| x[0].transpose(0, -1)).shapes(shapes),
        Case::new(|x| x[0].t()).shapes(shapes),
    ]
}

//! Another number type;  the gradient goes back in the type of the input.

use crate::array::Array;
use crate::autograd::{Formula, Grads, Op, emit, emit_constant};
use crate::gradcheck::Case;
use crate::{DType, Tensor};

struct Cast;

impl Op for Cast {
    const NAME: &'static str = "cast";
    const FORMULA: &'static str = "y = x as another type";
    const BACKWARD: &'static str = "dx = g as the type of x";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        // `give` converts to the input's type.
        to.give(0, grad);
    }
}

impl Tensor {
    /// The same numbers as another type: floats become integers by losing their fraction, booleans by asking
    /// whether they are not 0. The tensor itself where nothing changes.
    #[must_use]
    pub fn to_dtype(&self, dtype: DType) -> Tensor {
        if dtype == self.dtype() {
            return self.clone();
        }
        let value = self.array().to_dtype(dtype);
        if dtype.is_float() { emit(&[self], value, || Cast) } else { emit_constant(Formula::of::<Cast>(), &[self], value) }
    }
}

pub(super) fn cases() -> Vec<Case> {
    // Linear but for the rounding to f32, which a wide step outweighs.
    vec![Case::unary(|x| Ok(x.to_dtype(DType::F32).to_dtype(DType::F64))).step(0.01).tolerance(1e-4)]
}

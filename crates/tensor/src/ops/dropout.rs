//! y = x·m with a mask m that is 0 with probability p, else 1/(1 − p), so that the expectation stays (Srivastava et al.
//! 2014);  ∂/∂x = m.

use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::random::{Generator, Scheme};
use crate::{Error, Result, Tensor, ensure, with_float};

struct Dropout {
    mask: Array,
}

impl Op for Dropout {
    const NAME: &'static str = "dropout";
    const FORMULA: &'static str = "y = x · mask / (1 − p)";
    const BACKWARD: &'static str = "dx = g · mask / (1 − p)";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => grad.zip_owned(&self.mask, |g: T, m: T| g * m)));
    }
}

impl Tensor {
    /// Sets numbers to 0, each with probability `p`, and divides the others by 1 − `p`. Outside of `training` the tensor
    /// itself.
    ///
    /// The mask is drawn in row-major order; the `torch` scheme draws PyTorch's.
    ///
    /// # Errors
    /// When `p` is no probability.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
    /// let mut generator = Generator::new(Scheme::Gradus, 1);
    /// let y = Tensor::ones(&[1000]).dropout(0.2, true, &mut generator)?;
    /// assert!(y.to_vec::<f32>().iter().all(|&y| y == 0.0 || y == 1.25));
    /// assert!((y.mean().item()? - 1.0).abs() < 0.1);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn dropout(&self, p: f64, training: bool, generator: &mut Generator) -> Result<Tensor> {
        let x = self.to_float();
        ensure!((0.0..=1.0).contains(&p), Dropout::NAME, "p is {p}, and a probability lies between 0 and 1");
        if !training || p == 0.0 {
            return Ok(x);
        }
        with_float!(x.dtype(), T => {
            let mut drawn = Ok(());
            let mask = Array::build(x.shape(), |mask: &mut [T]| drawn = generator.fill_dropout_mask(p, mask));
            drawn.map_err(|e| Error::new(Dropout::NAME, e.to_string()))?;
            let value = x.array().fit(&mask, |x: T, m: T| x * m);
            Ok(emit(&[&x], value, || Dropout { mask }))
        })
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| x.dropout(0.4, true, &mut Generator::new(Scheme::Torch, 3)))]
}

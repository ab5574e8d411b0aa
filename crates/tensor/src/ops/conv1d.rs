//! Convolution over one axis: [`Tensor::conv2d`] of images of height 1.

use super::conv2d::{Conv, sweeps};
use crate::gradcheck::Case;
use crate::{Result, Tensor};

impl Tensor {
    /// The convolution of rows `[N, C, L]` (this tensor) with `weight [O, C / groups, K]`, plus `bias [O]`: `[N, O, L']`
    /// with L' = ⌊(L + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1.
    ///
    /// # Errors
    /// When the shapes do not fit, or the kernel is longer than the padded rows.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Conv};
    /// let x = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0], &[1, 1, 4])?;
    /// let difference = Tensor::from_slice(&[-1.0_f32, 1.0], &[1, 1, 2])?;
    /// let y = x.conv1d(&difference, None, &Conv { dilation: [2], ..Conv::default() })?;
    /// assert_eq!(y.to_vec::<f32>(), [2.0, 2.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn conv1d(&self, weight: &Tensor, bias: Option<&Tensor>, options: &Conv<1>) -> Result<Tensor> {
        sweeps("conv1d", self, weight, bias, options)?;
        let Conv { stride: [stride], padding: [padding], dilation: [dilation], groups } = *options;
        let options = Conv { stride: [1, stride], padding: [0, padding], dilation: [1, dilation], groups };
        self.unsqueeze(2)?.conv2d(&weight.unsqueeze(2)?, bias, &options)?.squeeze(2)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let of = |options: Conv<1>| Case::new(move |x| x[0].conv1d(&x[1], x.get(2), &options));
    vec![
        of(Conv::default()).shapes(&[
            &[&[2, 2, 5], &[3, 2, 2], &[3]],
            &[&[1, 1, 1], &[1, 1, 1]],
            &[&[0, 2, 3], &[1, 2, 2]],
        ]),
        of(Conv { stride: [2], padding: [1], dilation: [2], groups: 1 }).shapes(&[&[&[1, 2, 6], &[2, 2, 3], &[2]]]),
    ]
}

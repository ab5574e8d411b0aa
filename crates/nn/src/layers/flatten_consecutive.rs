//! Neighbouring vectors joined into one.

use crate::Module;
use gradus_tensor::{Error, Result, Tensor, ensure};

/// Joins each `group` neighbours along time: `[B, T, C]` in, `[B, T/group, group·C]` out, or `[B, group·C]` where a
/// single group is left. A view: nothing is copied.
///
/// ```
/// use gradus_nn::{FlattenConsecutive, Module};
/// use gradus_tensor::Tensor;
/// let pairs = FlattenConsecutive::new(2);
/// assert_eq!(pairs.forward(&Tensor::zeros(&[5, 8, 10]))?.shape(), [5, 4, 20]);
/// assert_eq!(pairs.forward(&Tensor::zeros(&[5, 2, 10]))?.shape(), [5, 20]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Module)]
pub struct FlattenConsecutive {
    #[module(skip)]
    group: usize,
}

impl FlattenConsecutive {
    /// A layer that joins `group` neighbours.
    pub fn new(group: usize) -> FlattenConsecutive {
        FlattenConsecutive { group }
    }
}

impl Module for FlattenConsecutive {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (group, op) = (self.group, "flatten_consecutive");
        let &[batch, time, channels] = x.shape() else {
            return Err(Error::new(op, format!("input {:?} must be [batch, time, channels]", x.shape())));
        };
        ensure!(
            group > 0 && time.is_multiple_of(group),
            op,
            "{time} places along time do not make groups of {group}; use a length that it divides"
        );
        let (batch, groups, joined) = (batch as isize, (time / group) as isize, (group * channels) as isize);
        if groups == 1 { x.reshape(&[batch, joined]) } else { x.reshape(&[batch, groups, joined]) }
    }
}

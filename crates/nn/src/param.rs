//! [`Param`]: a place that holds now one tensor, now the next.

use gradus_tensor::{Array, Tensor};
use std::sync::{Arc, RwLock};

/// A trainable tensor of a model: a shared place, so that layers, optimisers, checkpoints and displays all mean the
/// same one. Its value is a leaf that requires a gradient.
///
/// A tensor taken out with [`Param::value`] never changes: a step that comes later writes in place if nobody holds
/// the old value, and to new memory if somebody does.
///
/// ```
/// use gradus_nn::Param;
/// use gradus_tensor::Tensor;
/// let w = Param::new(Tensor::ones(&[2]));
/// let before = w.value();
/// w.set(Tensor::zeros(&[2]));
/// assert_eq!(before.to_vec::<f32>(), [1.0, 1.0]);
/// assert_eq!(w.value().to_vec::<f32>(), [0.0, 0.0]);
/// ```
#[derive(Clone)]
pub struct Param(Arc<RwLock<Tensor>>);

impl Param {
    /// A parameter that starts as `value`.
    pub fn new(value: Tensor) -> Param {
        Param(Arc::new(RwLock::new(value.requires_grad())))
    }

    /// The tensor it holds now.
    pub fn value(&self) -> Tensor {
        self.0.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// Puts another tensor in its place; the gradient is forgotten with the old one.
    pub fn set(&self, value: Tensor) {
        *self.0.write().unwrap_or_else(|e| e.into_inner()) = value.requires_grad();
    }

    /// The gradient that backward passes have added up so far.
    pub fn grad(&self) -> Option<Tensor> {
        self.value().grad()
    }

    /// Forgets the gradient.
    pub fn zero_grad(&self) {
        self.value().zero_grad();
    }

    /// The number of elements.
    pub fn numel(&self) -> usize {
        self.value().numel()
    }

    /// Changes the value by its gradient, which is taken out and handed to `f` after the value. Does nothing where
    /// there is no gradient.
    pub fn update(&self, f: impl FnOnce(&mut Array, Array)) {
        let mut tensor = self.0.write().unwrap_or_else(|e| e.into_inner());
        let Some(grad) = tensor.take_grad() else { return };
        if tensor.value_mut().is_none() {
            // Somebody holds the old value, which must stay as it is.
            *tensor = tensor.requires_grad();
        }
        if let Some(value) = tensor.value_mut() {
            f(value, grad);
        }
    }

    /// Whether both are the same place.
    pub fn is_same(&self, other: &Param) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl std::fmt::Debug for Param {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.value();
        write!(f, "Param({:?}, {})", value.shape(), value.dtype())
    }
}

//! [`Param`]: a place that holds now one tensor, now the next.

use gradus_tensor::{Array, Result, Tensor};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A tensor that belongs to a model: a shared place, so that layers, optimisers, checkpoints and displays all mean the
/// same one. A trainable one ([`Param::new`]) holds a leaf that requires a gradient; a buffer ([`Param::buffer`]) holds
/// what a layer remembers by itself, such as running statistics.
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
pub struct Param(Arc<Place>);

struct Place {
    tensor: RwLock<Tensor>,
    trainable: bool,
}

impl Param {
    /// A trainable parameter that starts as `value`.
    pub fn new(value: Tensor) -> Param {
        Param(Arc::new(Place { tensor: RwLock::new(value.requires_grad()), trainable: true }))
    }

    /// A place that no gradient moves and no optimiser sees, but that checkpoints keep.
    pub fn buffer(value: Tensor) -> Param {
        Param(Arc::new(Place { tensor: RwLock::new(value.detach()), trainable: false }))
    }

    /// Whether optimisers move it.
    pub fn is_trainable(&self) -> bool {
        self.0.trainable
    }

    /// The tensor it holds now.
    pub fn value(&self) -> Tensor {
        self.read().clone()
    }

    /// Puts another tensor in its place; the gradient is forgotten with the old one.
    pub fn set(&self, value: Tensor) {
        *self.write() = self.leaf(&value);
    }

    /// The gradient that backward passes have added up so far.
    pub fn grad(&self) -> Option<Tensor> {
        self.read().grad()
    }

    /// Adds to the gradient, as a backward pass does.
    ///
    /// # Errors
    /// When `grad` has not the shape of the value, or the place is not trainable.
    pub fn add_grad(&self, grad: &Tensor) -> Result<()> {
        self.read().backward_with(grad)
    }

    /// Forgets the gradient.
    pub fn zero_grad(&self) {
        self.read().zero_grad();
    }

    /// The number of elements.
    pub fn numel(&self) -> usize {
        self.read().numel()
    }

    /// Changes the value by its gradient, which is taken out and handed to `f` after the value. Does nothing where
    /// there is no gradient.
    pub fn update(&self, f: impl FnOnce(&mut Array, Array)) {
        let mut tensor = self.write();
        if let Some(grad) = tensor.take_grad() {
            self.change(&mut tensor, |value| f(value, grad));
        }
    }

    /// Changes the value.
    pub fn modify(&self, f: impl FnOnce(&mut Array)) {
        self.change(&mut self.write(), f);
    }

    fn change(&self, tensor: &mut Tensor, f: impl FnOnce(&mut Array)) {
        if tensor.value_mut().is_none() {
            // Somebody holds the old value, which must stay as it is.
            *tensor = self.leaf(tensor);
        }
        if let Some(value) = tensor.value_mut() {
            f(value);
        }
    }

    /// A tensor of this value without a history, as this place holds it.
    fn leaf(&self, value: &Tensor) -> Tensor {
        if self.0.trainable { value.requires_grad() } else { value.detach() }
    }

    /// Whether both are the same place.
    pub fn is_same(&self, other: &Param) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn read(&self) -> RwLockReadGuard<'_, Tensor> {
        self.0.tensor.read().unwrap_or_else(|e| e.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tensor> {
        self.0.tensor.write().unwrap_or_else(|e| e.into_inner())
    }
}

impl std::fmt::Debug for Param {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (value, kind) = (self.read(), if self.is_trainable() { "Param" } else { "Param::buffer" });
        write!(f, "{kind}({:?}, {})", value.shape(), value.dtype())
    }
}

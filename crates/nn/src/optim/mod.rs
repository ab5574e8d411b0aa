//! Optimisers: they own the list of parameters they move, and one step changes each by its gradient, which is used up.

mod adam;
mod sgd;

pub use adam::Adam;
pub use sgd::Sgd;

use crate::Param;
use gradus_tensor::{Result, Tensor};

/// A rule that moves parameters by their gradients.
pub trait Optimizer: Send {
    /// Moves every parameter that has a gradient, and forgets the gradients. `lr` is the learning rate of this step,
    /// `grad_scale` what gradients are multiplied with first; see [`clip_factor`].
    fn step_scaled(&mut self, lr: f64, grad_scale: f64);

    /// [`Optimizer::step_scaled`] with the gradients as they are.
    fn step(&mut self, lr: f64) {
        self.step_scaled(lr, 1.0);
    }

    /// The parameters by name.
    fn parameters(&self) -> &[(String, Param)];

    /// What the rule remembers from step to step (momenta, step count), by name, for checkpoints. Empty before the
    /// first step.
    fn state(&self) -> Vec<(String, Tensor)>;

    /// Puts a [`Optimizer::state`] back: afterwards the rule goes on to the same bits.
    ///
    /// # Errors
    /// When a name or a shape is not this optimiser's.
    fn load_state(&mut self, state: &[(String, Tensor)]) -> Result<()>;

    /// What the step just made did to parameter `index`, in the order in which it was computed: the gradient as it was
    /// used (`clipped gradient`), what the rule remembers now (`velocity`, `mean`, `square`), `weight decay`, and last the
    /// `update`, so that value after = `before` − update. All as `f64`; what plays no part is left out.
    ///
    /// `before` and `gradient` are the parameter's value and gradient before the step; `lr` and `grad_scale` what
    /// [`Optimizer::step_scaled`] was given.
    fn terms(
        &self,
        index: usize,
        before: &Tensor,
        gradient: &Tensor,
        lr: f64,
        grad_scale: f64,
    ) -> Vec<(&'static str, Tensor)>;

    /// Forgets all gradients.
    fn zero_grad(&self) {
        for (_, param) in self.parameters() {
            param.zero_grad();
        }
    }
}

/// The factor for [`Optimizer::step_scaled`] that brings the norm of all gradients together down to `max_norm` (1 where
/// it is below), and that norm (Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063).
pub fn clip_factor(parameters: &[(String, Param)], max_norm: f64) -> (f64, f64) {
    let squares: f64 = parameters.iter().filter_map(|(_, p)| p.grad()).map(|g| g.array().square_norm()).sum();
    let norm = squares.sqrt();
    // PyTorch's form: a hair below max_norm, and never up. A norm that is no number is no reason to go on as if it were:
    // `min` would give 1.
    let factor = max_norm / (norm + 1e-6);
    (if factor >= 1.0 { 1.0 } else { factor }, norm)
}

/// A tensor as `f64`, without a history.
fn wide(x: &Tensor) -> Tensor {
    x.detach().to_dtype(gradus_tensor::DType::F64)
}

/// Takes the entries `prefix + name` out of a saved state, one slot a parameter.
fn load_slots(
    state: &[(String, Tensor)],
    prefix: &str,
    parameters: &[(String, Param)],
) -> Result<Vec<Option<gradus_tensor::Array>>> {
    let find = |name: &str| state.iter().find(|(key, _)| key.strip_prefix(prefix) == Some(name));
    let slots = parameters.iter().map(|(name, param)| match find(name) {
        None => Ok(None),
        Some((key, saved)) => {
            let (have, want) = (saved.shape(), param.value());
            gradus_tensor::ensure!(
                have == want.shape(),
                "load_state",
                "{key} has shape {have:?}, the parameter {:?}; the state is of another model",
                want.shape()
            );
            Ok(Some(saved.to_dtype(want.dtype()).array().copied()))
        }
    });
    slots.collect()
}

/// The saved form of such slots.
fn save_slots(
    slots: &[Option<gradus_tensor::Array>],
    prefix: &str,
    parameters: &[(String, Param)],
) -> Vec<(String, Tensor)> {
    let filled = parameters.iter().zip(slots).filter_map(|((name, _), slot)| Some((name, slot.as_ref()?)));
    // Copied: the optimiser goes on writing to its own memory.
    filled.map(|(name, slot)| (format!("{prefix}{name}"), Tensor::from_array(slot.copied()))).collect()
}

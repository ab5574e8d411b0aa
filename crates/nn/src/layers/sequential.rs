//! Layers one after the other.

use crate::Module;
use gradus_tensor::{Result, Tensor};

/// Passes its input through each layer in turn. Layers are called `0`, `1`, … in names and errors.
#[derive(Default, Module)]
pub struct Sequential {
    #[module(name = "")]
    layers: Vec<Box<dyn Module>>,
}

impl Sequential {
    /// No layers yet: passes its input through as it is.
    pub fn new() -> Sequential {
        Sequential::default()
    }

    /// With one more layer at the end.
    #[must_use]
    pub fn push(mut self, layer: impl Module + 'static) -> Sequential {
        self.layers.push(Box::new(layer));
        self
    }

    /// The layers.
    pub fn layers(&self) -> &[Box<dyn Module>] {
        &self.layers
    }
}

impl Module for Sequential {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.layers.iter().enumerate().try_fold(x.clone(), |x, (i, layer)| layer.named(i, &x))
    }
}

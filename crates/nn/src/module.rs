//! What layers and models have in common.

use crate::parts::flatten;
use crate::{Param, Parts};
use gradus_tensor::{Result, Tensor, probe};
use std::fmt::Display;

/// A layer or a model: something with parameters through which a tensor passes.
///
/// A pass predicts, and changes nothing, unless it happens inside of [`training`](crate::training).
///
/// What it is made of it says as [`Parts`], by `#[derive(Module)]`.
pub trait Module: Parts + Send + Sync {
    /// Passes `x` through.
    ///
    /// # Errors
    /// When its shape or type does not fit.
    fn forward(&self, x: &Tensor) -> Result<Tensor>;

    /// Calls `f` with the name and the place of every parameter and every buffer, inner ones as `outer.inner`.
    fn visit(&self, f: &mut dyn FnMut(&str, &Param)) {
        flatten(self, f);
    }

    /// [`Module::forward`] as the part `name` of a larger module: probes and errors see it under that name.
    ///
    /// # Errors
    /// As [`Module::forward`].
    fn named<N: Display>(&self, name: N, x: &Tensor) -> Result<Tensor>
    where
        Self: Sized,
    {
        probe::scope(&name, || self.forward(x)).map_err(|e| e.within(name))
    }

    /// The trainable parameters by name, in the order in which they were made.
    fn parameters(&self) -> Vec<(String, Param)> {
        collect(self, |param| param.is_trainable())
    }

    /// What else makes the model what it is, such as running statistics: together with the parameters this is what a
    /// checkpoint keeps.
    fn buffers(&self) -> Vec<(String, Param)> {
        collect(self, |param| !param.is_trainable())
    }

    /// How many numbers there are to train.
    fn parameter_count(&self) -> usize {
        let mut n = 0;
        self.visit(&mut |_, param| n += if param.is_trainable() { param.numel() } else { 0 });
        n
    }
}

fn collect<M: Module + ?Sized>(module: &M, wanted: impl Fn(&Param) -> bool) -> Vec<(String, Param)> {
    let mut all = Vec::new();
    module.visit(&mut |name, param| {
        if wanted(param) {
            all.push((name.to_owned(), param.clone()));
        }
    });
    all
}

impl<M: Module + ?Sized> Module for Box<M> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        (**self).forward(x)
    }
}

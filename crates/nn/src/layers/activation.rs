//! Nonlinearities as layers, to stand in a [`crate::Sequential`].

use crate::Module;
use gradus_tensor::{Result, Tensor};

macro_rules! activation {
    ($(#[$doc:meta])* $Name:ident, $method:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $Name;

        impl Module for $Name {
            fn forward(&self, x: &Tensor) -> Result<Tensor> {
                Ok(x.$method().tap("out"))
            }
        }
    };
}

activation!(
    /// tanh x.
    Tanh,
    tanh
);

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
activation!(
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    sigmoid
);
activation!(
    /// max(x, 0).
    Relu,
    relu
);
activation!(
    /// x·Φ(x), with the normal distribution Φ (Hendrycks & Gimpel 2016, arXiv:1606.08415), by the error function.
    Gelu,
    gelu
);
activation!(
    /// The approximation of x·Φ(x) by tanh, as in GPT-2 and makemore.
    GeluTanh,
    gelu_tanh
);

//! The operations, one file each: formula, forward, backward, what backward needs, and its gradient-check cases.
//!
//! To add one, write `ops/<name>.rs` (look at `tanh.rs` for one number at a time, at `linear.rs` for a fused one)
//! and name it in the list below. A file without `cases()` does not compile, and the gradient walk
//! (`tests/gradients.rs`) fails for any [`Op::NAME`](crate::autograd::Op::NAME) that no case reaches.

mod attention;
mod channels;
mod compare;
mod elementwise;
mod lanes;
mod one_hot;
mod operators;
mod pointwise_loss;
mod pool;
mod recurrent;
mod rowwise;
mod sweep;

pub use attention::Attention;
pub use batch_norm::{BatchNorm, BatchStatistics};
pub use compare::Operand;
pub use conv2d::Conv;
pub use pointwise_loss::Reduction;
pub use pool::Pool;

use crate::gradcheck::Case;

/// Declares the operations' modules and the table of their gradient-check cases.
macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// The gradient-check cases of every operation.
        pub fn cases() -> Vec<Case> {
            let mut all = Vec::new();
            $(all.extend($name::cases().into_iter().map(|case| case.of_file(stringify!($name))));)*
            all
        }
    };
}

operations! {
    abs, add, argmax, as_strided, avg_pool2d, batch_norm, binary_cross_entropy, binary_cross_entropy_with_logits,
    cast, cat, clamp, conv1d, conv2d, cos, cross_entropy, cumsum, diagonal, div, dropout, elu, embedding, erf, exp,
    expand, expm1, flip, gather, gelu, gelu_tanh, gru, hinge_loss, index, index_select, l1_loss, layer_norm,
    leaky_relu, linear, log, log_softmax, logarithms, logsumexp, lstm, masked_fill, matmul, max, max_pool2d,
    maximum, mean, mse_loss, mul, neg, nll_loss, norm, permute, pow, prod, put, relu, relu_squared, renumber,
    reshape, rnn, rounding, scaled_dot_product_attention, scatter_add, self_attention, sigmoid, silu, sin, slice,
    softmax, softplus, sort, split, sqrt, std, sub, sum, tan, tanh, tril, var, where_,
}

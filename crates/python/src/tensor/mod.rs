//! PyTorch's `Tensor` over the engine's tensors: `place` is the idea, the other files the methods.

pub(crate) mod arguments;
pub(crate) mod create;
pub(crate) mod dlpack;
mod index;
mod methods;
mod numpy;
mod operators;
mod place;

pub(crate) use place::PyTensor;

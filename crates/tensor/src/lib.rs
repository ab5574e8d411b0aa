//! Tensors with automatic differentiation, random numbers, probes and precision

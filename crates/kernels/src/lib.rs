#![doc = include_str!("../README.md")]
//!
//! | module | what it holds |
//! |---|---|
//! | [`simd`] | picks AVX-512, AVX2 or the baseline at run time and compiles one loop for each |
//! | [`buffer`] | aligned memory from a pool of size classes |
//! | [`layout`] | shape, strides and offset of a view |
//! | [`threads`] | splitting work over threads, with the same bits at any thread count |
//! | [`math`] | exp, ln, tanh, … written so that the compiler vectorises them |
//! | [`map`] | one function over every element of one, two or three strided arrays |
//! | [`reduce`] | sums and other folds along axes |
//! | [`runs`] | sums over runs of memory, register by register |
//! | [`mod@gemm`] | matrix products |
//! | [`optim`] | the steps of SGD, Adam and AdamW |

pub mod buffer;
pub mod element;
pub mod gemm;
pub mod layout;
pub mod map;
pub mod math;
pub mod optim;
pub mod reduce;
pub mod runs;
pub mod simd;
pub mod threads;

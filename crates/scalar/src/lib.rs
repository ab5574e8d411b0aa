#![doc = include_str!("../README.md")]
//!
//! A [`Value`] is a number with a history; [`nn`] builds neurons, layers and networks of such numbers, [`loss`] what they are
//! trained with; [`Trace`] shows a graph as table, JSON, DOT, SVG or PNG; [`expr`] reads expressions as text.
//!
//! micrograd's own example, with every operation it has:
//!
//! ```
//! use gradus_scalar::Value;
//!
//! let (a, b) = (Value::new(-4.0), Value::new(2.0));
//! let mut c = &a + &b;
//! let mut d = &a * &b + b.powf(3.0);
//! c = &c + (&c + 1.0);
//! c = &c + (1.0 + &c + -&a);
//! d = &d + (&d * 2.0 + (&b + &a).relu());
//! d = &d + (3.0 * &d + (&b - &a).relu());
//! let e = c - d;
//! let f = e.powf(2.0);
//! let g = &f / 2.0 + 10.0 / &f;
//! assert_eq!(format!("{:.4}", g.data()), "24.7041");
//! g.backward();
//! assert_eq!(format!("{:.4} {:.4}", a.grad(), b.grad()), "138.8338 645.5773"); // dg/da, dg/db
//! ```
//!
//! **Agreement with micrograd.** Subtraction, negation and division are composed as micrograd
//! composes them, gradients are added up in the order of its walk, and a neuron sums in its order;
//! so values and gradients agree with Python's to the last digit (micrograd itself keeps a value's
//! inputs in an unordered set, so that its last digits may change from run to run; here the left
//! input always comes first). A neuron is not fused into one operation: its graph can be drawn
//! number by number.
//!
//! **A whole GPT.** [`microgpt`] is one of single numbers, on a [`tape`]: one array instead of a graph, which a step
//! writes over again and again.
//!
//! **Depth and memory.** Nothing here is recursive: a chain of a million operations is computed,
//! differentiated and freed like any other. A graph is freed as soon as no [`Value`] refers to it;
//! [`living_nodes`] tells how many nodes there are. Values can be sent to and shared between
//! threads.
//!
//! **Dependencies.** One small one without any of its own. The default feature `png` adds a painter
//! for PNG pictures with a built-in font.

mod arithmetic;
pub mod draw;
pub mod expr;
mod graph;
pub mod loss;
pub mod microgpt;
pub mod nn;
mod op;
mod random;
pub mod tape;
mod trace;
mod value;

pub use graph::living_nodes;
pub use op::Op;
pub use random::Random;
pub use trace::{Trace, TraceNode};
pub use value::Value;

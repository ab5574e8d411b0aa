//! The tape: how results remember where they came from, and how gradients flow back.
//!
//! Every operation ends in [`emit`], the one gate of the engine. There a result is rounded to the precision in
//! force, written on the tape if a gradient can flow through it, and shown to a listening probe. While neither
//! precision nor probe is in use, both cost one predictable branch together.
//!
//! The tape is no list of its own: each result holds its operation and its inputs, so a graph lives exactly as
//! long as somebody holds its end. [`Tensor::backward`] visits the results from the latest to the earliest.

use crate::array::Array;
use crate::{Error, Result, Tensor, ensure, precision, probe};
use smallvec::SmallVec;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};

/// An operation that took part in a forward pass: what it saved, and how gradients pass back through it.
///
/// A result can only be [`emit`]ted together with its `Op`, so an operation without a gradient does not compile.
pub trait Op: Send + Sync + 'static {
    /// The operation's name, as it appears in errors, probes and the gradient checks.
    const NAME: &'static str;

    /// What it computes, in a line: `y = tanh x`.
    const FORMULA: &'static str;

    /// What it makes of the gradient g that arrives at its result, in a line: `dx = g · (1 − y²)`.
    const BACKWARD: &'static str;

    /// Whether the result is a loss, which no precision rounds: a mean over many numbers is kept in `f32` by every scheme
    /// of mixed precision.
    const IS_LOSS: bool = false;

    /// Given ∂loss/∂output, gives ∂loss/∂input to each input that wants it.
    fn backward(&self, grad: Array, to: &mut Grads<'_>);
}

/// What an operation says of itself, for whoever shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formula {
    /// Its name.
    pub name: &'static str,
    /// What it computes.
    pub forward: &'static str,
    /// What it makes of the gradient g that arrives at its result; empty where none flows.
    pub backward: &'static str,
}

impl Formula {
    /// What `O` says of itself. An operation that says nothing does not compile.
    pub const fn of<O: Op>() -> Formula {
        const {
            assert!(
                !O::NAME.is_empty() && !O::FORMULA.is_empty() && !O::BACKWARD.is_empty(),
                "an operation tells itself"
            );
        }
        Formula { name: O::NAME, forward: O::FORMULA, backward: O::BACKWARD }
    }

    /// That of something through which no gradient flows.
    pub const fn constant(name: &'static str, forward: &'static str) -> Formula {
        Formula { name, forward, backward: "" }
    }
}

/// [`Op`] behind a pointer.
pub(crate) trait AnyOp: Send + Sync {
    fn formula(&self) -> Formula;
    fn backward(&self, grad: Array, to: &mut Grads<'_>);
}

impl<O: Op> AnyOp for O {
    fn formula(&self) -> Formula {
        Formula::of::<O>()
    }
    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        Op::backward(self, grad, to);
    }
}

/// The history of one result. Inputs without a history of their own are left out (`None`): nothing flows there.
pub(crate) struct Tape {
    pub(crate) op: Box<dyn AnyOp>,
    pub(crate) inputs: SmallVec<[Option<Tensor>; 4]>,
}

// What is in use on this thread, in one byte, so that the gate asks once.
pub(crate) const NO_GRAD: u8 = 1;
pub(crate) const ROUND: u8 = 2;
pub(crate) const PROBE: u8 = 4;
pub(crate) const ROUND_GRADIENTS: u8 = 8;
pub(crate) const ROUND_WEIGHTS: u8 = 16;
pub(crate) const ROUND_STATE: u8 = 32;

thread_local! {
    static IN_USE: Cell<u8> = const { Cell::new(0) };
}

#[inline]
pub(crate) fn in_use() -> u8 {
    IN_USE.get()
}

/// Runs `f` with `flag` set or cleared, and puts the old state back even if `f` panics.
pub(crate) fn with_flag<R>(flag: u8, on: bool, f: impl FnOnce() -> R) -> R {
    with_flags(flag, if on { flag } else { 0 }, f)
}

/// Runs `f` with those of the flags in `mask` set that are in `on`, and puts the old state back even if `f` panics.
pub(crate) fn with_flags<R>(mask: u8, on: u8, f: impl FnOnce() -> R) -> R {
    struct Restore(u8);
    impl Drop for Restore {
        fn drop(&mut self) {
            IN_USE.set(self.0);
        }
    }
    let old = in_use();
    let _restore = Restore(old);
    IN_USE.set(old & !mask | on);
    f()
}

/// Runs `f` without recording anything: for evaluation and for updating parameters.
///
/// ```
/// use gradus_tensor::{Tensor, no_grad};
/// let w = Tensor::ones(&[3]).requires_grad();
/// assert!(!no_grad(|| &w * 2.0).is_tracked());
/// assert!((&w * 2.0).is_tracked());
/// ```
pub fn no_grad<R>(f: impl FnOnce() -> R) -> R {
    with_flag(NO_GRAD, true, f)
}

/// Whether results are being recorded on this thread, i.e. whether we are outside of [`no_grad`].
pub fn is_grad_enabled() -> bool {
    in_use() & NO_GRAD == 0
}

/// The number of the next result: later results have higher numbers.
pub(crate) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The gate: turns the value that operation `O` computed from `inputs` into a tensor. `op` is called, and what it
/// captures kept, only if a gradient can flow.
#[inline]
pub fn emit<O: Op>(inputs: &[&Tensor], value: Array, op: impl FnOnce() -> O) -> Tensor {
    let flags = in_use();
    if flags == 0 {
        let tape = if inputs.iter().any(|t| t.is_tracked()) { record(inputs, op()) } else { None };
        return Tensor::from_parts(value, tape);
    }
    emit_watched(flags, inputs, value, op)
}

/// The history of a result of `op`.
pub(crate) fn record<O: Op>(inputs: &[&Tensor], op: O) -> Option<Box<Tape>> {
    let inputs = inputs.iter().map(|&t| t.is_tracked().then(|| t.clone())).collect();
    Some(Box::new(Tape { op: Box::new(op), inputs }))
}

#[cold]
fn emit_watched<O: Op>(flags: u8, inputs: &[&Tensor], value: Array, op: impl FnOnce() -> O) -> Tensor {
    let value = if O::IS_LOSS { value } else { rounded(flags, inputs, value) };
    let tracked = flags & NO_GRAD == 0 && inputs.iter().any(|t| t.is_tracked());
    let result = Tensor::from_parts(value, if tracked { record(inputs, op()) } else { None });
    if flags & PROBE != 0 {
        probe::operation(Formula::of::<O>(), inputs, &result);
    }
    result
}

/// A result in the precision in force. A view of an input has nothing of its own to round.
fn rounded(flags: u8, inputs: &[&Tensor], value: Array) -> Array {
    let is_view = || inputs.iter().any(|t| t.array().shares_storage_with(&value));
    if flags & ROUND == 0 || is_view() { value } else { precision::round(value) }
}

/// The gate for results through which no gradient flows: comparisons, indices.
pub fn emit_constant(formula: Formula, inputs: &[&Tensor], value: Array) -> Tensor {
    let flags = in_use();
    let value = rounded(flags, inputs, value);
    let result = Tensor::from_parts(value, None);
    if flags & PROBE != 0 {
        probe::operation(formula, inputs, &result);
    }
    result
}

/// Gradients on their way, by the number of the tensor they belong to.
type Pending = BTreeMap<u64, (Tensor, Array)>;

/// Where an operation's backward hands its inputs' gradients.
pub struct Grads<'a> {
    inputs: &'a [Option<Tensor>],
    pending: &'a mut Pending,
}

impl Grads<'_> {
    /// Whether input `i` is there and wants a gradient; what it costs need not be computed otherwise.
    #[inline]
    pub fn wants(&self, i: usize) -> bool {
        self.inputs.get(i).is_some_and(Option::is_some)
    }

    /// Adds `grad`, of the input's shape, to the gradient of input `i`, if that wants one. The first is stored,
    /// later ones are added to it in place.
    ///
    /// # Panics
    /// When the shape is not the input's: a fault of the operation.
    pub fn give(&mut self, i: usize, grad: Array) {
        let Some(Some(input)) = self.inputs.get(i) else { return };
        assert_eq!(grad.shape(), input.shape(), "a gradient has the shape of its tensor");
        let grad = grad.to_dtype(input.dtype());
        let rounds = in_use() & ROUND_GRADIENTS != 0;
        let grad = if rounds { precision::round(grad) } else { grad };
        match self.pending.entry(input.id()) {
            Entry::Vacant(slot) => {
                slot.insert((input.clone(), grad));
            }
            Entry::Occupied(mut slot) => {
                let sum = &mut slot.get_mut().1;
                let first = std::mem::replace(sum, Array::scalar(0.0, crate::DType::F32));
                let both = first.plus(&grad);
                *sum = if rounds { precision::round(both) } else { both };
            }
        }
    }

    /// [`Grads::give`] with a gradient that is computed only if input `i` wants it.
    #[inline]
    pub fn give_with(&mut self, i: usize, grad: impl FnOnce() -> Array) {
        if self.wants(i) {
            self.give(i, grad());
        }
    }
}

impl Tensor {
    /// Computes ∂self/∂t for every leaf t that requires a gradient and adds it to `t.grad()`, where `self` is a
    /// single number (a loss).
    ///
    /// The graph stays as it is while you hold `self`; calling again adds the same gradients once more.
    ///
    /// # Errors
    /// When this is not a single number, or depends on nothing that requires a gradient.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::scalar(3.0).requires_grad();
    /// let y = &x * &x * 3.0 - &x * 4.0 + 5.0;
    /// y.backward()?;
    /// assert_eq!((y.item()?, x.grad().unwrap().item()?), (20.0, 14.0));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn backward(&self) -> Result<()> {
        self.clone().into_backward()
    }

    /// [`Tensor::backward`] that gives up its handle: what was saved for the backward pass is freed as the pass goes,
    /// so that memory is at its highest only for a moment. What training loops call.
    ///
    /// # Errors
    /// As [`Tensor::backward`].
    pub fn into_backward(self) -> Result<()> {
        ensure!(
            self.numel() == 1,
            "backward",
            "a loss is one number, and this has shape {:?}; take its sum or mean, or say its gradient with backward_with",
            self.shape()
        );
        let seed = Array::full(self.shape(), 1.0, self.dtype());
        self.run_backward(seed)
    }

    /// [`Tensor::backward`] from a tensor of any shape, whose own gradient is `grad`.
    ///
    /// # Errors
    /// When the shapes differ, or this depends on nothing that requires a gradient.
    pub fn backward_with(&self, grad: &Tensor) -> Result<()> {
        ensure!(
            grad.shape() == self.shape(),
            "backward",
            "the gradient {:?} must have the shape of the tensor {:?}",
            grad.shape(),
            self.shape()
        );
        self.clone().run_backward(grad.array().to_dtype(self.dtype()))
    }

    fn run_backward(self, seed: Array) -> Result<()> {
        if !self.is_tracked() {
            return Err(Error::new(
                "backward",
                "nothing this was computed from requires a gradient; mark the parameters with requires_grad() before the forward pass",
            ));
        }
        let mut pending = Pending::new();
        pending.insert(self.id(), (self, seed));
        // Inputs always have lower numbers than what was computed from them: the highest number that is
        // left has got all its gradients.
        while let Some((_, (tensor, grad))) = pending.pop_last() {
            match tensor.tape() {
                None => tensor.accumulate_grad(grad),
                Some(tape) => {
                    if tensor.retains_grad() {
                        tensor.accumulate_grad(grad.clone());
                    }
                    tape.op.backward(grad, &mut Grads { inputs: &tape.inputs, pending: &mut pending });
                }
            }
        }
        Ok(())
    }
}

/// Takes a history apart without recursion: a chain of a million results would overflow the stack otherwise.
pub(crate) fn dismantle(tape: Tape) {
    let mut last_holders: Vec<Tensor> = Vec::new();
    let sort = |inputs: SmallVec<[Option<Tensor>; 4]>, stack: &mut Vec<Tensor>| {
        stack.extend(inputs.into_iter().flatten().filter(|t| t.tape().is_some() && t.is_last_handle()));
    };
    sort(tape.inputs, &mut last_holders);
    while let Some(tensor) = last_holders.pop() {
        if let Some(tape) = tensor.into_tape() {
            sort(tape.inputs, &mut last_holders);
        }
    }
}

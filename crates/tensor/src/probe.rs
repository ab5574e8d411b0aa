//! One inspection surface for every model.
//!
//! A model names its intermediate values with [`Tensor::tap`] inside [`scope`]s (`blocks.0.attn.pattern`, `fc1.out`).
//! A [`Probe`] in force on the thread sees each of them and may put another in its place; it also sees every
//! operation as it happens. Names are built only while something listens.
//!
//! ```
//! use gradus_tensor::{Tensor, probe};
//! let model = |x: &Tensor| probe::scope("fc1", || (x * 2.0).tap("out")).relu();
//! let x = Tensor::ones(&[2]);
//!
//! // Observe a value, and its gradient after the backward pass.
//! let (seen, loss) = probe::with(probe::Recorder::new(|_| true), || model(&x.requires_grad()).sum());
//! loss.backward()?;
//! let out = seen.value("fc1.out").unwrap();
//! assert_eq!(out.to_vec::<f32>(), [2.0, 2.0]);
//! assert_eq!(out.grad().unwrap().to_vec::<f32>(), [1.0, 1.0]);
//!
//! // Replace it: ablate a layer.
//! let ablate = probe::Replace::new("fc1.out", |value| value * 0.0);
//! let (_, y) = probe::with(ablate, || model(&x));
//! assert_eq!(y.to_vec::<f32>(), [0.0, 0.0]);
//! # Ok::<(), gradus_tensor::Error>(())
//! ```

use crate::Tensor;
use crate::autograd::{Formula, PROBE, in_use, with_flag};
use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;

/// A listener to the values that a model names and to the operations it is made of.
pub trait Probe {
    /// Whether the value called `name` is of interest. A model may take a slower path to have the value at all (an
    /// attention pattern that the fused operation never forms), so answer precisely.
    fn wants(&self, name: &str) -> bool;

    /// Sees the value called `name`; what it returns takes the value's place.
    fn value(&mut self, name: &str, value: &Tensor) -> Option<Tensor>;

    /// Sees an operation that has just been computed inside module `path`.
    fn operation(&mut self, path: &str, formula: Formula, inputs: &[&Tensor], output: &Tensor) {
        let _ = (path, formula, inputs, output);
    }
}

struct Listening {
    probe: Option<Rc<RefCell<dyn Probe>>>,
    path: String,
}

thread_local! {
    static LISTENING: RefCell<Listening> = const { RefCell::new(Listening { probe: None, path: String::new() }) };
}

/// Runs `f` with `probe` listening on this thread, in place of any that listened before, and gives both back.
///
/// Backward passes started inside `f` or later are not watched as operations; to see gradients, let a
/// [`Recorder`] hold the values and ask them after the backward pass.
pub fn with<P: Probe + 'static, R>(probe: P, f: impl FnOnce() -> R) -> (P, R) {
    struct Restore(Option<Listening>);
    impl Drop for Restore {
        fn drop(&mut self) {
            if let Some(before) = self.0.take() {
                LISTENING.with_borrow_mut(|l| *l = before);
            }
        }
    }
    let probe = Rc::new(RefCell::new(probe));
    let now = Listening { probe: Some(probe.clone()), path: String::new() };
    let restore = Restore(Some(LISTENING.with_borrow_mut(|l| std::mem::replace(l, now))));
    let result = with_flag(PROBE, true, f);
    drop(restore);
    match Rc::try_unwrap(probe) {
        Ok(probe) => (probe.into_inner(), result),
        // Only `LISTENING` held another handle, and `restore` has just dropped it.
        Err(_) => unreachable!("a probe is held by its scope alone"),
    }
}

/// Runs `f` inside module `name`: names that it taps begin with `name` and a dot.
#[inline]
pub fn scope<R>(name: impl Display, f: impl FnOnce() -> R) -> R {
    if in_use() & PROBE == 0 {
        return f();
    }
    struct Shorten(usize);
    impl Drop for Shorten {
        fn drop(&mut self) {
            LISTENING.with_borrow_mut(|l| l.path.truncate(self.0));
        }
    }
    let before = LISTENING.with_borrow_mut(|l| {
        let before = l.path.len();
        l.path = join(&l.path, name);
        before
    });
    let _shorten = Shorten(before);
    f()
}

/// Whether a probe listens and wants the value `name` of the current module.
#[inline]
pub fn wants(name: &str) -> bool {
    in_use() & PROBE != 0
        && LISTENING.with_borrow(|l| l.probe.as_ref().is_some_and(|p| p.borrow().wants(&join(&l.path, name))))
}

fn join(path: &str, name: impl Display) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// What listens now, and the path of the current module.
fn listening() -> Option<(Rc<RefCell<dyn Probe>>, String)> {
    LISTENING.with_borrow(|l| Some((l.probe.clone()?, l.path.clone())))
}

#[cold]
pub(crate) fn operation(formula: Formula, inputs: &[&Tensor], output: &Tensor) {
    if let Some((probe, path)) = listening() {
        // What the probe itself computes is not shown to it.
        with_flag(PROBE, false, || probe.borrow_mut().operation(&path, formula, inputs, output));
    }
}

impl Tensor {
    /// Gives this value the name `name` inside the current module, for a probe to see or to replace. Costs one
    /// branch while nothing listens.
    #[inline]
    #[must_use]
    pub fn tap(self, name: &str) -> Tensor {
        if in_use() & PROBE == 0 { self } else { tap_watched(self, name) }
    }
}

#[cold]
fn tap_watched(value: Tensor, name: &str) -> Tensor {
    let Some((probe, path)) = listening() else { return value };
    let name = join(&path, name);
    if !probe.borrow().wants(&name) {
        return value;
    }
    with_flag(PROBE, false, || probe.borrow_mut().value(&name, &value)).unwrap_or(value)
}

/// A probe that keeps every value whose name passes a filter, and has its gradient kept too: after the backward
/// pass `recorder.value(name)?.grad()` answers.
pub struct Recorder {
    filter: Box<dyn Fn(&str) -> bool>,
    values: Vec<(String, Tensor)>,
}

impl Recorder {
    /// Keeps the values whose names pass `filter`.
    pub fn new(filter: impl Fn(&str) -> bool + 'static) -> Self {
        Recorder { filter: Box::new(filter), values: Vec::new() }
    }

    /// The values in the order in which they were computed.
    pub fn values(&self) -> &[(String, Tensor)] {
        &self.values
    }

    /// The last value called `name`.
    pub fn value(&self, name: &str) -> Option<&Tensor> {
        self.values.iter().rev().find(|(n, _)| n == name).map(|(_, t)| t)
    }
}

impl Probe for Recorder {
    fn wants(&self, name: &str) -> bool {
        (self.filter)(name)
    }

    fn value(&mut self, name: &str, value: &Tensor) -> Option<Tensor> {
        value.retain_grad();
        self.values.push((name.to_owned(), value.clone()));
        None
    }
}

/// A probe that puts another value in the place of a named one: to edit, to ablate, to patch from another run.
pub struct Replace {
    name: String,
    with: Box<dyn FnMut(&Tensor) -> Tensor>,
    /// How often the value was met.
    pub hits: usize,
}

impl Replace {
    /// Puts `with(value)` in the place of the value called `name`.
    pub fn new(name: impl Into<String>, with: impl FnMut(&Tensor) -> Tensor + 'static) -> Self {
        Replace { name: name.into(), with: Box::new(with), hits: 0 }
    }
}

impl Probe for Replace {
    fn wants(&self, name: &str) -> bool {
        self.name == name
    }

    fn value(&mut self, _: &str, value: &Tensor) -> Option<Tensor> {
        self.hits += 1;
        Some((self.with)(value))
    }
}

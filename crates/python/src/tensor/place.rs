//! A tensor as Python knows it: a place.
//!
//! In the engine a tensor is a value that nobody can change. In PyTorch's idiom a tensor is changed in place
//! (`p.data += -lr * p.grad`, `x[0] = 1`) and everybody who holds it sees that. So a Python tensor is a *place*, which has
//! two halves:
//!
//! - **numbers**, shared by all places over the same memory: a tensor, its views, what `detach()` and `.data` give. Each
//!   knows which part it shows. Who writes through one of them is seen through all. Where nobody else holds the memory (no
//!   graph, no array), it is written over, so that a training step allocates nothing.
//! - a **history**: an engine tensor, which shows the numbers as they were at some count of changes. A view made while
//!   recording has that of its base: it is what `as_strided` makes of it. What is written through it while recording goes to
//!   the base by `as_strided_scatter`, and the other views follow. What is written unrecorded (inside of `no_grad()`, through
//!   `.data`) leaves histories as they are and puts other numbers under them.
//!
//! What was computed before from the old values, gradients included, stays right: it holds the old values.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use gradus_kernels::layout::Layout;
use gradus_tensor::{Array, DType, Error, Tensor};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::compute::{compute, compute_untracked, is_grad_enabled, to_python};

/// A tensor: numbers of one type in a shape, with a gradient where one is wanted.
///
/// `Tensor(data)` makes one of `float32` numbers; `gradus.tensor(data)` takes the type from the data.
#[pyclass(name = "Tensor", module = "gradus", frozen, subclass, weakref, dict)]
pub(crate) struct PyTensor(Mutex<State>);

struct State {
    numbers: Arc<Mutex<Numbers>>,
    /// Which of them, as places in their memory; `None`: all.
    part: Option<Layout>,
    history: History,
    /// The gradient gathered so far, a place of its own.
    grad: Option<Py<PyTensor>>,
    /// The result at which `retain_grad()` asked for a gradient.
    retained: Option<Tensor>,
    /// Whether a backward pass has used the graph up.
    spent: bool,
}

/// What places share.
struct Numbers {
    array: Array,
    /// How often they have changed.
    changes: u64,
    /// At which change a place over them last got a new history.
    recorded: u64,
    /// The leaf that shows all of them, so that it can let go of the memory while that is written over.
    leaf: Weak<Mutex<Shown>>,
}

/// A tensor with a history, and the count of changes whose numbers it shows.
struct Shown {
    tensor: Tensor,
    changes: u64,
}

enum History {
    /// None: a leaf without a gradient, or numbers alone (`detach()`, `.data`).
    None,
    /// None, of a view made while nothing was recorded, at this count of changes.
    Unrecorded { made: u64 },
    /// A leaf that wants a gradient.
    Leaf(Arc<Mutex<Shown>>),
    /// A result.
    Result(Shown),
    /// That of `base`, of which this is what stands at the places `within`, counted through in row-major order. Where
    /// gradients flow, what was last made of it is kept.
    Of { base: Py<PyTensor>, within: Layout, seen: Option<Shown> },
}

/// A count that no numbers have come to: what is shown must be looked up.
const STALE: u64 = u64::MAX;

impl Numbers {
    fn part(&self, part: Option<Layout>) -> Array {
        match part {
            None => self.array.clone(),
            Some(places) => self.array.part(places),
        }
    }

    /// Changes the array by `f`, in place where no graph and no other array holds the memory.
    fn change(&mut self, f: impl FnOnce(&mut Array)) {
        let leaf = self.leaf.upgrade();
        let mut leaf = leaf.as_ref().map(|leaf| locked(leaf)).filter(|leaf| leaf.changes == self.changes);
        let freed = leaf.as_mut().and_then(|leaf| leaf.tensor.value_mut());
        let freed = freed.map(|value| *value = Array::scalar(0.0, DType::F32)).is_some();
        f(&mut self.array);
        self.changes += 1;
        if let Some(leaf) = leaf.as_mut().filter(|_| freed) {
            leaf.changes = self.changes;
            if let Some(value) = leaf.tensor.value_mut() {
                *value = self.array.clone();
            }
        }
    }

    /// Puts `value` at a part. What views show stays where it is: only all of the numbers move, and lent ones never.
    fn write(&mut self, part: Option<Layout>, value: Array) {
        let value = apart(value);
        self.change(|array| match part {
            None if !array.is_lent() => *array = value.rooted(),
            part => {
                let places = part.unwrap_or(*array.layout());
                array.write(&places, &value);
            }
        });
    }
}

impl Shown {
    /// The tensor, with the numbers as they are now.
    fn now(&mut self, numbers: &Numbers, part: Option<Layout>) -> Tensor {
        if self.changes != numbers.changes {
            self.tensor = self.tensor.with_numbers(numbers.part(part));
            self.changes = numbers.changes;
        }
        self.tensor.clone()
    }
}

impl PyTensor {
    /// A place of its own for a value.
    pub(crate) fn new(tensor: Tensor) -> PyTensor {
        let numbers = Numbers { array: tensor.array().clone(), changes: 0, recorded: 0, leaf: Weak::new() };
        let place = PyTensor::over(Arc::new(Mutex::new(numbers)), None, History::None);
        if tensor.is_tracked() {
            place.lock().begin(tensor);
        }
        place
    }

    fn over(numbers: Arc<Mutex<Numbers>>, part: Option<Layout>, history: History) -> PyTensor {
        PyTensor(Mutex::new(State { numbers, part, history, grad: None, retained: None, spent: false }))
    }

    /// What `f` makes of `base`, as a view of it where it shows the same memory, as a tensor of its own where `f` copies.
    pub(super) fn view(
        base: &Bound<'_, PyTensor>,
        f: impl Fn(&Tensor) -> gradus_tensor::Result<Tensor> + Send + Sync,
    ) -> PyResult<PyTensor> {
        let py = base.py();
        let now = base.get().value(py)?;
        let seen = compute(py, 0, || f(&now))?;
        if !seen.shares_storage_with(&now) {
            return Ok(PyTensor::new(seen));
        }
        // Where what `f` shows of an array stands in its memory.
        let places = |array: Array| {
            compute_untracked(py, 0, || {
                let all = Tensor::from_array(array);
                let shown = f(&all)?;
                Ok(shown.shares_storage_with(&all).then(|| *shown.array().layout()))
            })
        };
        let state = base.get().lock();
        let (numbers, mine) = (state.numbers.clone(), state.part);
        let root = match &state.history {
            History::Of { base, within, .. } => Some((base.clone_ref(py), *within)),
            _ => None,
        };
        drop(state);
        let (array, changes, lent) = {
            let mut shared = locked(&numbers);
            if mine.is_none() {
                // From here on places are told by where they are in memory.
                shared.array = shared.array.rooted();
            }
            (shared.part(mine), shared.changes, shared.array.is_lent())
        };
        let Some(part) = places(array)? else { return Ok(PyTensor::new(seen)) };
        let unrecorded = History::Unrecorded { made: changes };
        if !is_grad_enabled() {
            return Ok(PyTensor::over(numbers, Some(part), unrecorded));
        }
        // Of all of a tensor's own memory, a place is what it is counted through.
        let whole = |base: &PyTensor| base.lock().part.is_none() && !lent;
        let counted = |shape: &[usize]| Array::full(shape, 0.0, DType::Bool);
        let (base, within) = match root {
            None if whole(base.get()) => (base.clone().unbind(), Some(part)),
            None => (base.clone().unbind(), places(counted(now.shape()))?),
            Some((root, _)) if whole(root.get()) => (root, Some(part)),
            Some((root, within)) => {
                let all = counted(root.get().value(py)?.shape());
                (root, places(all.part(within))?)
            }
        };
        let Some(within) = within else { return Ok(PyTensor::over(numbers, Some(part), unrecorded)) };
        let seen = seen.is_tracked().then_some(Shown { tensor: seen, changes });
        Ok(PyTensor::over(numbers, Some(part), History::Of { base, within, seen }))
    }

    /// A place that shows the very numbers of `base`, without a history.
    pub(super) fn bare(base: &Bound<'_, PyTensor>) -> PyTensor {
        let state = base.get().lock();
        PyTensor::over(state.numbers.clone(), state.part, History::None)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        locked(&self.0)
    }

    /// The value it holds now.
    #[inline]
    pub(crate) fn value(&self, py: Python<'_>) -> PyResult<Tensor> {
        self.lock().value(py)
    }

    /// Whether this shows the very numbers of `other`.
    pub(super) fn shows(&self, other: &PyTensor) -> bool {
        let parts = |part: Option<Layout>| part.map(|p| (p.shape().to_vec(), p.strides().to_vec(), p.offset()));
        let (numbers, part) = {
            let state = other.lock();
            (state.numbers.clone(), state.part)
        };
        let state = self.lock();
        Arc::ptr_eq(&state.numbers, &numbers) && parts(state.part) == parts(part)
    }

    /// Whether both are views of one tensor and have its history, or have none.
    pub(super) fn goes_with(&self, other: &PyTensor) -> bool {
        let base = |place: &PyTensor| match &place.lock().history {
            History::Of { base, .. } => Some(base.as_ptr()),
            _ => None,
        };
        base(self) == base(other)
    }

    /// Puts `value` in the place of the old one, unrecorded; shape and type must be the old ones.
    pub(crate) fn store(&self, value: Array) -> PyResult<()> {
        let mut state = self.lock();
        state.check_places("a change in place")?;
        state.let_go();
        locked(&state.numbers).write(state.part, value);
        Ok(())
    }

    /// Changes the value by `f`, unrecorded, in place where nobody else holds it.
    pub(crate) fn change(&self, f: impl FnOnce(&mut Array)) -> PyResult<()> {
        let mut state = self.lock();
        state.check_places("a change in place")?;
        state.let_go();
        let mut numbers = locked(&state.numbers);
        if state.part.is_none() && !numbers.array.is_lent() {
            numbers.change(f);
            return Ok(());
        }
        let mut part = numbers.part(state.part).copied();
        f(&mut part);
        numbers.write(state.part, part);
        Ok(())
    }

    /// Puts a result in the place of the old value: a change in place, recorded where that has or the result has a history.
    /// `anew`: it was not computed from the old value.
    pub(super) fn rebind(&self, py: Python<'_>, op: &str, tensor: Tensor, anew: bool) -> PyResult<()> {
        let old = self.value(py)?;
        if tensor.shape() != old.shape() {
            let text = format!("{op}: the result {:?} does not fit into {:?} in place", tensor.shape(), old.shape());
            return Err(PyRuntimeError::new_err(text));
        }
        let tensor = compute(py, 0, || Ok(tensor.to_dtype(old.dtype())))?;
        if !is_grad_enabled() || !(old.is_tracked() || tensor.is_tracked()) {
            drop(old);
            return self.store(tensor.into_array());
        }
        let mut state = self.lock();
        state.check_places(op)?;
        let base = match &state.history {
            History::Of { base, within, .. } if state.follows(base) => Some((base.clone_ref(py), *within)),
            _ => None,
        };
        let Some((base, within)) = base else {
            // What was not computed from the old value gives it a gradient too: zeros.
            let anew = (anew || !tensor.is_tracked()) && old.is_tracked() && !old.is_leaf();
            let places = Layout::contiguous(old.shape()).filter(|_| anew);
            let tensor = match places {
                Some(places) => compute(py, 0, || old.as_strided_scatter(&places, &tensor))?,
                None => tensor,
            };
            return state.put(op, tensor);
        };
        state.let_go();
        let keeps = state.retained.take().is_some();
        drop((state, old));
        let mut root = base.get().lock();
        let now = root.value(py)?;
        if now.is_tracked() && now.is_leaf() {
            return Err(refused(op, "a view of a leaf that requires a gradient"));
        }
        let whole = compute(py, 0, || now.as_strided_scatter(&within, &tensor))?;
        // Given up, so that the memory may be free to be written to.
        drop((now, tensor));
        root.put(op, whole)?;
        drop(root);
        // What was asked of the old result is asked of the new one.
        if keeps { self.keep_grad(py) } else { Ok(()) }
    }

    /// Shows the numbers of `other` from here on (`x.data = other`); a leaf may be given some of another shape or type.
    pub(super) fn adopt(&self, py: Python<'_>, other: &PyTensor) -> PyResult<()> {
        let (old, new) = (self.value(py)?, other.value(py)?);
        let same_kind = old.shape() == new.shape() && old.dtype() == new.dtype();
        if !old.is_leaf() && !same_kind {
            return Err(PyRuntimeError::new_err("data: only a leaf can be given numbers of another shape or type"));
        }
        let (numbers, part) = {
            let state = other.lock();
            (state.numbers.clone(), state.part)
        };
        let mut state = self.lock();
        (state.numbers, state.part) = (numbers, part);
        if same_kind && old.is_tracked() {
            match &mut state.history {
                History::Leaf(leaf) => locked(leaf).changes = STALE,
                history => *history = History::Result(Shown { tensor: old, changes: STALE }),
            }
            return Ok(());
        }
        (state.history, state.grad, state.retained) = (History::None, None, None);
        if old.is_tracked() {
            state.begin(new.detach().requires_grad());
        }
        Ok(())
    }

    /// The gradient gathered so far, as a place.
    pub(crate) fn grad(&self, py: Python<'_>) -> PyResult<Option<Py<PyTensor>>> {
        let mut state = self.lock();
        state.settle(py)?;
        Ok(state.grad.as_ref().map(|grad| grad.clone_ref(py)))
    }

    /// Sets or forgets the gradient.
    pub(crate) fn set_grad(&self, grad: Option<Py<PyTensor>>) {
        let mut state = self.lock();
        for tensor in state.gathering() {
            tensor.zero_grad();
        }
        state.grad = grad;
    }

    /// Keeps the gradient of this result too.
    pub(super) fn keep_grad(&self, py: Python<'_>) -> PyResult<()> {
        let mut state = self.lock();
        let tensor = state.value(py)?;
        if !tensor.is_leaf() && state.retained.is_none() {
            tensor.retain_grad();
            state.retained = Some(tensor);
        }
        Ok(())
    }

    /// Makes a leaf want a gradient, or not.
    pub(super) fn set_requires_grad(&self, py: Python<'_>, wanted: bool) -> PyResult<()> {
        let mut state = self.lock();
        let now = state.value(py)?;
        if now.is_tracked() == wanted {
            return Ok(());
        }
        if !now.is_leaf() {
            return Err(PyRuntimeError::new_err(
                "requires_grad can be changed for leaves only; use detach() to go on without a gradient",
            ));
        }
        if !now.dtype().is_float() {
            let text =
                format!("requires_grad: {} numbers carry no gradient; make them float32 or float64 first", now.dtype());
            return Err(PyRuntimeError::new_err(text));
        }
        state.settle(py)?;
        state.history = History::None;
        if wanted {
            state.begin(now.requires_grad());
        }
        Ok(())
    }

    /// Runs the backward pass from this value; unless `retain`, its graph goes.
    pub(super) fn backward(&self, py: Python<'_>, gradient: Option<&Tensor>, retain: bool) -> PyResult<()> {
        let mut state = self.lock();
        if state.spent {
            return Err(PyRuntimeError::new_err(
                "backward: this graph has been used up by an earlier backward(); say backward(retain_graph=True) there to go through it twice",
            ));
        }
        let tensor = state.value(py)?;
        // What the engine will refuse must not cost the graph.
        let runs = gradient.map_or(tensor.numel() == 1, |gradient| gradient.shape() == tensor.shape());
        if !retain && runs && matches!(state.history, History::Result(_)) {
            state.history = History::None;
            state.spent = true;
        }
        drop(state);
        compute(py, usize::MAX, move || match gradient {
            None => tensor.into_backward(),
            Some(gradient) => tensor.backward_with(gradient),
        })
    }
}

impl State {
    fn value(&mut self, py: Python<'_>) -> PyResult<Tensor> {
        let numbers = locked(&self.numbers);
        let plain = |numbers: &Numbers| Tensor::from_array(numbers.part(self.part));
        let (base, within) = match &mut self.history {
            History::None => return Ok(plain(&numbers)),
            History::Unrecorded { made } if numbers.recorded > *made && is_grad_enabled() => {
                return Err(PyRuntimeError::new_err(
                    "this view was made inside of no_grad(), and a result with a gradient has been put in the place of what \
                     it shows since; make the view outside of no_grad(), or say detach() where it is to have no gradient",
                ));
            }
            History::Unrecorded { .. } => return Ok(plain(&numbers)),
            History::Leaf(leaf) => return Ok(locked(leaf).now(&numbers, self.part)),
            History::Result(shown) => return Ok(shown.now(&numbers, self.part)),
            History::Of { seen: Some(seen), .. } if seen.changes == numbers.changes => return Ok(seen.tensor.clone()),
            History::Of { base, within, .. } => (base.clone_ref(py), *within),
        };
        let (changes, plain) = (numbers.changes, plain(&numbers));
        drop(numbers);
        let whole = if self.follows(&base) { base.get().value(py)? } else { plain.clone() };
        let mut now = None;
        if whole.is_tracked() {
            let tensor = whole.as_strided(&within).map_err(to_python)?;
            now = Some(Shown { tensor, changes });
        }
        let tensor = now.as_ref().map_or(plain, |now| now.tensor.clone());
        if let History::Of { seen, .. } = &mut self.history {
            *seen = now;
        }
        Ok(tensor)
    }

    /// Whether `base` still shows the numbers of which these are a part: `base.data = y` gives it others.
    fn follows(&self, base: &Py<PyTensor>) -> bool {
        Arc::ptr_eq(&base.get().lock().numbers, &self.numbers)
    }

    /// Gives this place a history of its own, which shows the numbers as they are.
    fn begin(&mut self, tensor: Tensor) {
        let mut numbers = locked(&self.numbers);
        let shown = Shown { changes: numbers.changes, tensor };
        self.history = if shown.tensor.is_leaf() {
            let leaf = Arc::new(Mutex::new(shown));
            if self.part.is_none() {
                numbers.leaf = Arc::downgrade(&leaf);
            }
            History::Leaf(leaf)
        } else {
            History::Result(shown)
        };
    }

    /// Puts a result with a history in place.
    fn put(&mut self, op: &str, tensor: Tensor) -> PyResult<()> {
        match self.history {
            History::Leaf(_) => return Err(refused(op, "a leaf that requires a gradient")),
            History::Unrecorded { .. } => {
                return Err(PyRuntimeError::new_err(format!(
                    "{op}: a view made inside of no_grad() cannot be changed in place by a result with a gradient outside of \
                     it: that would be lost; make the view outside of no_grad()"
                )));
            }
            _ => {}
        }
        {
            let mut numbers = locked(&self.numbers);
            numbers.write(self.part, tensor.array().clone());
            numbers.recorded = numbers.changes;
        }
        if self.retained.is_some() {
            tensor.retain_grad();
            self.retained = Some(tensor.clone());
        }
        self.spent = false;
        self.begin(tensor);
        Ok(())
    }

    /// Refuses to write where one place in memory is told more than once.
    fn check_places(&self, op: &str) -> PyResult<()> {
        if self.part.is_none_or(|places| !places.repeats()) {
            return Ok(());
        }
        Err(PyRuntimeError::new_err(format!(
            "{op}: an expanded tensor shows one place in memory again and again and cannot be written to; clone() it first"
        )))
    }

    /// Lets go of what a view has made of its base, so that the memory may be free to be written over.
    fn let_go(&mut self) {
        if let History::Of { seen, .. } = &mut self.history {
            *seen = None;
        }
    }

    /// Where backward passes leave gradients for this place.
    fn gathering(&self) -> Vec<Tensor> {
        let leaf = match &self.history {
            History::Leaf(leaf) => Some(locked(leaf).tensor.clone()),
            _ => None,
        };
        leaf.into_iter().chain(self.retained.clone()).collect()
    }

    /// Collects what backward passes have left.
    fn settle(&mut self, py: Python<'_>) -> PyResult<()> {
        for tensor in self.gathering() {
            let Some(grad) = tensor.take_grad() else { continue };
            match &self.grad {
                None => self.grad = Some(Py::new(py, PyTensor::new(Tensor::from_array(grad)))?),
                Some(sum) => sum.get().change(|sum| {
                    let old = std::mem::replace(sum, Array::scalar(0.0, DType::F32));
                    *sum = old.plus(&grad);
                })?,
            }
        }
        if self.spent {
            self.retained = None;
        }
        Ok(())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused(op: &str, what: &str) -> PyErr {
    PyRuntimeError::new_err(format!(
        "{op}: {what} cannot be changed in place while its graph is recorded; change it inside of no_grad(), or change its .data"
    ))
}

/// The numbers in memory that nobody else writes to while they are read.
pub(super) fn apart(value: Array) -> Array {
    if value.is_lent() { value.copied() } else { value }
}

/// `value` broadcast to `shape`.
pub(super) fn fitted(py: Python<'_>, op: &'static str, value: &Tensor, shape: &[usize]) -> PyResult<Tensor> {
    compute(py, value.numel(), || {
        value.expand(shape).map_err(|_| {
            Error::new(
                op,
                format!("values of shape {:?} do not broadcast to {shape:?}, the place they go to", value.shape()),
            )
        })
    })
}

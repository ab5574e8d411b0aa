//! A tensor as Python knows it: a place.
//!
//! In the engine a tensor is a value that nobody can change. In PyTorch's idiom a tensor is changed in place
//! (`p.data += -lr * p.grad`, `x[0] = 1`) and everybody who holds it sees that. So a Python tensor is a *place* that
//! holds now one engine tensor, now the next:
//!
//! - an operation reads the values of its operands' places and puts the result in a new place;
//! - a change in place puts a new value into the same place. Where nobody else holds the old one (no graph, no array),
//!   the engine writes over its memory instead, so a training step allocates nothing;
//! - what was computed before from the old value, gradients included, stays right: it holds the old value.
//!
//! A view (`x[1:3]`, `x.T`, `x.data`) of a leaf is a place that knows its base and how it is seen from there. Reading
//! follows the base; a change goes through to it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gradus_tensor::{Array, DType, Error, Tensor, with_dtype};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::compute::{compute, to_python};

/// A tensor: numbers of one type in a shape, with a gradient where one is wanted.
///
/// `Tensor(data)` makes one of `float32` numbers; `gradus.tensor(data)` takes the type from the data.
#[pyclass(name = "Tensor", module = "gradus", frozen, subclass, weakref)]
pub(crate) struct PyTensor(Mutex<State>);

pub(super) struct State {
    pub(super) tensor: Tensor,
    /// How often the value has changed.
    version: u64,
    /// The gradient gathered so far, a place of its own.
    grad: Option<Py<PyTensor>>,
    /// A value that this place held before it was changed, as long as no gradient has reached it: one may still come.
    former: Option<Tensor>,
    /// Whether a backward pass has used the graph up.
    spent: bool,
    view: Option<View>,
}

/// How a view is seen from its base.
pub(super) type Map = Box<dyn Fn(&Tensor) -> gradus_tensor::Result<Tensor> + Send + Sync>;

struct View {
    base: Py<PyTensor>,
    /// The base's version that `tensor` was computed from.
    seen: u64,
    /// `None`: the base's numbers as they are (`x.data`).
    map: Option<Map>,
}

impl PyTensor {
    /// A place of its own for a value.
    pub(crate) fn new(tensor: Tensor) -> PyTensor {
        PyTensor(Mutex::new(State { tensor, version: 0, grad: None, former: None, spent: false, view: None }))
    }

    /// A place for what `map` makes of `base`'s value, which is `tensor` now. Where the base is a result in a graph the
    /// link is left out: it would keep the graph alive.
    pub(super) fn view(base: &Bound<'_, PyTensor>, tensor: Tensor, map: Map) -> PyTensor {
        if let Some(root) = base.get().root(base.py()) {
            return PyTensor::view(root.bind(base.py()), tensor, Box::new(move |whole| map(&whole.detach())));
        }
        PyTensor::linked(base, tensor, Some(map))
    }

    /// A place that shows the very numbers of `base`, without a history.
    pub(super) fn bare(base: &Bound<'_, PyTensor>) -> PyResult<PyTensor> {
        if let Some(root) = base.get().root(base.py()) {
            return PyTensor::bare(root.bind(base.py()));
        }
        if !base.get().lock().tensor.is_leaf() {
            return Ok(PyTensor::new(base.get().value(base.py())?.detach()));
        }
        // The value is the base's, looked up when it is asked for: held here it could not be written over in place.
        Ok(PyTensor::linked(base, nothing(), None))
    }

    fn linked(base: &Bound<'_, PyTensor>, tensor: Tensor, map: Option<Map>) -> PyTensor {
        let state = base.get().lock();
        if !state.tensor.is_leaf() {
            return PyTensor::new(tensor);
        }
        // A view of another library's memory is looked up each time: held here it could not be written to in place.
        let lent = tensor.array().is_lent();
        let (held, seen) = if lent { (nothing(), u64::MAX) } else { (tensor, state.version) };
        let view = PyTensor::new(held);
        view.lock().view = Some(View { base: base.clone().unbind(), seen, map });
        view
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value it holds now.
    #[inline]
    pub(crate) fn value(&self, py: Python<'_>) -> PyResult<Tensor> {
        let state = self.lock();
        let Some(view) = &state.view else { return Ok(state.tensor.clone()) };
        let base = view.base.clone_ref(py);
        drop(state);
        self.follow(py, &base)
    }

    /// The value of a view, computed anew if its base has changed.
    #[cold]
    fn follow(&self, py: Python<'_>, base: &Py<PyTensor>) -> PyResult<Tensor> {
        let now = base.get().value(py)?;
        let version = base.get().lock().version;
        let mut state = self.lock();
        let Some(View { map: Some(map), seen, .. }) = &mut state.view else { return Ok(now.detach()) };
        if *seen != version {
            let tensor = map(&now).map_err(to_python)?;
            if tensor.array().is_lent() {
                return Ok(tensor);
            }
            *seen = version;
            state.tensor = tensor;
            state.version += 1;
        }
        Ok(state.tensor.clone())
    }

    /// The base, if this shows the very numbers of another place.
    pub(super) fn root(&self, py: Python<'_>) -> Option<Py<PyTensor>> {
        let state = self.lock();
        state.view.as_ref().filter(|view| view.map.is_none()).map(|view| view.base.clone_ref(py))
    }

    /// Puts `value`, without a history, in the place of the old one; views of this and its base see it. Type and shape
    /// must be the old ones.
    pub(crate) fn store(&self, py: Python<'_>, value: Array) -> PyResult<()> {
        let mut state = self.lock();
        let Some(view) = &state.view else {
            return state.replace(py, value);
        };
        let base = view.base.clone_ref(py);
        let Some(map) = &view.map else {
            drop(state);
            return base.get().store(py, value);
        };
        // The places of the view in its base are what the view makes of the numbers 0, 1, 2, ….
        let whole = base.get().value(py)?;
        let count = |n: usize| (0..n as i64).collect::<Vec<_>>();
        let places = Tensor::from_slice(&count(whole.numel()), whole.shape()).and_then(|places| map(&places));
        drop(state);
        let places = places.map_err(to_python)?;
        base.get().store(py, written(whole.into_array(), places.array(), &value))
    }

    /// Puts a leaf of another shape or type in place; the gradient, which would not fit, is forgotten.
    pub(super) fn put_anew(&self, wants_grad: bool, value: Array) -> PyResult<()> {
        let mut state = self.lock();
        if state.view.is_some() || !state.tensor.is_leaf() {
            return Err(PyRuntimeError::new_err("data: only a leaf can be given numbers of another shape or type"));
        }
        let leaf = Tensor::from_array(value);
        state.tensor = if wants_grad { leaf.requires_grad() } else { leaf };
        (state.grad, state.former) = (None, None);
        state.version += 1;
        Ok(())
    }

    /// Changes the value by `f`, in place where nobody else holds it.
    pub(crate) fn change(&self, py: Python<'_>, f: impl FnOnce(&mut Array)) -> PyResult<()> {
        if let Some(root) = self.root(py) {
            return root.get().change(py, f);
        }
        let mut state = self.lock();
        if state.view.is_some() {
            drop(state);
            let mut array = self.value(py)?.into_array();
            f(&mut array);
            return self.store(py, array);
        }
        match state.tensor.value_mut() {
            Some(array) => {
                f(array);
                state.version += 1;
            }
            None => {
                let mut array = state.tensor.array().clone();
                f(&mut array);
                return state.replace(py, array);
            }
        }
        Ok(())
    }

    /// Puts a result that may have a history in the place of the old value: a change in place while recording.
    pub(super) fn rebind(&self, py: Python<'_>, op: &str, tensor: Tensor) -> PyResult<()> {
        let old = self.value(py)?;
        if tensor.shape() != old.shape() {
            let text = format!("{op}: the result {:?} does not fit into {:?} in place", tensor.shape(), old.shape());
            return Err(PyRuntimeError::new_err(text));
        }
        let tensor = tensor.to_dtype(old.dtype());
        if !tensor.is_tracked() {
            drop(old);
            return self.store(py, tensor.into_array());
        }
        if old.is_tracked() && old.is_leaf() {
            return Err(PyRuntimeError::new_err(format!(
                "{op}: a leaf that requires a gradient cannot be changed in place while its graph is recorded; \
                 change it inside of no_grad(), or change its .data"
            )));
        }
        let mut state = self.lock();
        if state.view.is_some() {
            return Err(PyRuntimeError::new_err(format!(
                "{op}: a view cannot be changed in place by a result with a gradient; write x = x + y instead of x += y"
            )));
        }
        state.tensor = tensor;
        state.version += 1;
        state.spent = false;
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
        state.tensor.zero_grad();
        state.former = None;
        state.grad = grad;
    }

    /// Makes a leaf want a gradient, or not.
    pub(super) fn set_requires_grad(&self, py: Python<'_>, wanted: bool) -> PyResult<()> {
        let now = self.value(py)?;
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
        let mut state = self.lock();
        state.settle(py)?;
        state.tensor = if wanted { now.requires_grad() } else { now.detach() };
        state.version += 1;
        // A leaf of its own from here on.
        state.view = None;
        Ok(())
    }

    /// Runs the backward pass from this value; unless `retain`, its graph goes.
    pub(super) fn backward(&self, py: Python<'_>, gradient: Option<&Tensor>, retain: bool) -> PyResult<()> {
        let tensor = self.value(py)?;
        let mut state = self.lock();
        if state.spent {
            return Err(PyRuntimeError::new_err(
                "backward: this graph has been used up by an earlier backward(); say backward(retain_graph=True) there to go through it twice",
            ));
        }
        // What the engine will refuse must not cost the graph.
        let runs = gradient.map_or(tensor.numel() == 1, |gradient| gradient.shape() == tensor.shape());
        let release = !retain && runs && !tensor.is_leaf() && state.view.is_none();
        if release {
            state.tensor = tensor.detach();
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
    /// Puts another value of the same kind of leaf in place.
    fn replace(&mut self, py: Python<'_>, value: Array) -> PyResult<()> {
        self.settle(py)?;
        if let Some(own) = self.tensor.value_mut().filter(|own| own.is_lent() && own.is_contiguous()) {
            let value = apart(value);
            with_dtype!(own.dtype(), T => own.make_mut::<T>().copy_from_slice(&value.dense::<T>()));
            self.version += 1;
            return Ok(());
        }
        let wants_grad = self.tensor.is_tracked() && self.tensor.is_leaf();
        let leaf = Tensor::from_array(value);
        let old = std::mem::replace(&mut self.tensor, if wants_grad { leaf.requires_grad() } else { leaf });
        self.version += 1;
        self.spent = false;
        if wants_grad && self.grad.is_none() {
            self.former = Some(old);
        }
        Ok(())
    }

    /// Collects what backward passes have left at the values.
    fn settle(&mut self, py: Python<'_>) -> PyResult<()> {
        for found in [self.former.as_ref().and_then(Tensor::take_grad), self.tensor.take_grad()] {
            let Some(grad) = found else { continue };
            self.former = None;
            match &self.grad {
                None => self.grad = Some(Py::new(py, PyTensor::new(Tensor::from_array(grad)))?),
                Some(sum) => sum.get().change(py, |sum| {
                    let old = std::mem::replace(sum, Array::scalar(0.0, DType::F32));
                    *sum = old.plus(&grad);
                })?,
            }
        }
        Ok(())
    }
}

/// What a view holds that is looked up each time.
fn nothing() -> Tensor {
    Tensor::full(&[], 0.0, DType::F32)
}

/// The numbers in memory that nobody else writes to while they are read.
pub(super) fn apart(value: Array) -> Array {
    if value.is_lent() { value.copied() } else { value }
}

/// `whole` with `values` at the positions `places`.
pub(super) fn written(mut whole: Array, places: &Array, values: &Array) -> Array {
    let values = values.to_dtype(whole.dtype());
    with_dtype!(whole.dtype(), T => {
        let out = whole.make_mut::<T>();
        for (&place, &value) in places.dense::<i64>().iter().zip(values.dense::<T>().iter()) {
            out[place as usize] = value;
        }
    });
    whole
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

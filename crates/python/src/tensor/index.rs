//! `x[…]` and `x[…] = …`, with NumPy's rules: numbers, slices, `None`, `...`, and tensors or lists of positions or
//! booleans.

use gradus_tensor::array::out_of_bounds;
use gradus_tensor::{Array, DType, Error, Result, Tensor, with_dtype};
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyEllipsis, PyInt, PyList, PySlice, PyTuple};

use super::PyTensor;
use super::arguments::{Like, is_bool};
use super::create;
use super::methods::{overwrite, view};
use super::place::{apart, fitted};
use crate::compute::{compute, compute_untracked, is_grad_enabled};

/// One entry between the brackets.
enum Entry {
    Select(isize),
    Slice(Option<isize>, Option<isize>, isize),
    NewAxis,
    Rest,
    /// Positions, `i64`.
    Pick(Tensor),
    /// Booleans.
    Mask(Tensor),
}

impl Entry {
    fn read(object: &Bound<'_, PyAny>) -> PyResult<Entry> {
        if object.is_none() {
            return Ok(Entry::NewAxis);
        }
        if object.is_instance_of::<PyInt>() && !is_bool(object) {
            return object.extract().map(Entry::Select);
        }
        if let Ok(slice) = object.cast::<PySlice>() {
            let part = |name| slice.getattr(name)?.extract::<Option<isize>>();
            return Ok(Entry::Slice(part("start")?, part("stop")?, part("step")?.unwrap_or(1)));
        }
        if object.is_instance_of::<PyEllipsis>() {
            return Ok(Entry::Rest);
        }
        let picked = match object.cast::<PyTensor>() {
            Ok(tensor) => tensor.get().value(object.py())?,
            Err(_) if create::is_array(object) => create::from_array_like(object, None)?,
            Err(_) if object.hasattr("__index__")? => {
                return object.call_method0("__index__")?.extract().map(Entry::Select);
            }
            // Lists, ranges and the like.
            Err(_) => {
                let list = if object.is_instance_of::<PyList>() {
                    object.clone()
                } else {
                    PyList::new(object.py(), object.try_iter()?.collect::<PyResult<Vec<_>>>()?)?.into_any()
                };
                let read = create::read(&list)?;
                if read.numel() == 0 { read.to_dtype(DType::I64) } else { read }
            }
        };
        match picked.dtype() {
            DType::I64 if picked.ndim() == 0 => Ok(Entry::Select(picked.to_vec::<i64>()[0] as isize)),
            DType::I64 => Ok(Entry::Pick(picked)),
            DType::Bool => Ok(Entry::Mask(picked)),
            other => Err(PyIndexError::new_err(format!(
                "positions must be int64 or bool, and these are {other}; convert them with .long()"
            ))),
        }
    }
}

/// What stands between the brackets.
pub(super) struct Index(Vec<Entry>);

impl<'py> FromPyObject<'_, 'py> for Index {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.cast::<PyTuple>() {
            Ok(entries) => entries.iter().map(|entry| Entry::read(&entry)).collect::<PyResult<_>>().map(Index),
            Err(_) => Entry::read(&object).map(|entry| Index(vec![entry])),
        }
    }
}

impl Index {
    /// How many axes of the tensor the entries use up.
    fn used(&self) -> usize {
        self.0
            .iter()
            .map(|entry| match entry {
                Entry::NewAxis | Entry::Rest => 0,
                Entry::Mask(mask) => mask.ndim(),
                Entry::Select(_) | Entry::Slice(..) | Entry::Pick(_) => 1,
            })
            .sum()
    }

    fn is_basic(&self) -> bool {
        !self.0.iter().any(|entry| matches!(entry, Entry::Pick(_) | Entry::Mask(_)))
    }

    /// The part of `x` that is meant.
    fn of(&self, x: &Tensor) -> Result<Tensor> {
        // The most frequent one: rows of a table.
        if let [Entry::Pick(rows)] = &self.0[..] {
            let table = x.ndim() == 2 && x.dtype().is_float();
            return if table { x.embedding(&from_the_front(rows, x.shape()[0])) } else { x.index(&[rows]) };
        }
        let used = self.used();
        if used > x.ndim() {
            return Err(Error::new(
                "index",
                format!("{used} indices for a tensor of shape {:?}, which has {} axes", x.shape(), x.ndim()),
            ));
        }
        let rest = x.ndim() - used;
        let mut x = x.clone();
        // An axis of what is left of `x`, and the axis of the whole that it was.
        let (mut axis, mut dimension) = (0, 0);
        // The axes that are picked from, with their positions; those in between stay as they are.
        let mut picks: Vec<(usize, Tensor)> = Vec::new();
        let mut rest_seen = false;
        for entry in &self.0 {
            match entry {
                Entry::Select(at) => {
                    check_on_axis(&[*at as i64], dimension, x.shape()[axis])?;
                    x = x.select(axis as isize, *at)?;
                    dimension += 1;
                }
                Entry::Slice(None, None, 1) => (axis, dimension) = (axis + 1, dimension + 1),
                Entry::Slice(start, end, step) => {
                    x = x.slice(axis as isize, *start, *end, *step)?;
                    (axis, dimension) = (axis + 1, dimension + 1);
                }
                Entry::NewAxis => {
                    x = x.unsqueeze(axis as isize)?;
                    axis += 1;
                }
                Entry::Rest if rest_seen => return Err(Error::new("index", "`...` can stand for the rest only once")),
                Entry::Rest => {
                    rest_seen = true;
                    (axis, dimension) = (axis + rest, dimension + rest);
                }
                Entry::Pick(positions) => {
                    check_on_axis(&positions.array().dense::<i64>(), dimension, x.shape()[axis])?;
                    picks.push((axis, positions.clone()));
                    (axis, dimension) = (axis + 1, dimension + 1);
                }
                Entry::Mask(mask) => {
                    let here = &x.shape()[axis..axis + mask.ndim()];
                    if here != mask.shape() {
                        return Err(Error::new(
                            "index",
                            format!("a mask of shape {:?} does not fit the axes {here:?}", mask.shape()),
                        ));
                    }
                    for positions in nonzero(mask)? {
                        picks.push((axis, positions));
                        (axis, dimension) = (axis + 1, dimension + 1);
                    }
                }
            }
        }
        if picks.is_empty() { Ok(x) } else { pick(&x, &picks) }
    }
}

/// Refuses positions that are not on an axis of size `n`.
fn check_on_axis(positions: &[i64], dimension: usize, n: usize) -> Result<()> {
    let wrong = positions.iter().find(|&&at| at >= n as i64 || at < -(n as i64));
    wrong.map_or(Ok(()), |&at| Err(out_of_bounds("index", at, dimension, n)))
}

/// Positions on an axis of size `n`, the negative ones of which count from the end, as they are from the front.
fn from_the_front(positions: &Tensor, n: usize) -> Tensor {
    let n = n as i64;
    if positions.array().dense::<i64>().iter().all(|&at| at >= 0) {
        return positions.clone();
    }
    // What leaves the axis stays as it was asked for, and is refused so.
    Tensor::from_array(positions.array().map(move |at: i64| if (-n..0).contains(&at) { at + n } else { at }))
}

/// `x` at positions along several axes: these come to the front, are picked from, and what was picked goes to where the
/// first of them was, if they stood side by side.
fn pick(x: &Tensor, picks: &[(usize, Tensor)]) -> Result<Tensor> {
    let axes: Vec<usize> = picks.iter().map(|&(axis, _)| axis).collect();
    let others = (0..x.ndim()).filter(|d| !axes.contains(d));
    let order: Vec<isize> = axes.iter().copied().chain(others).map(|d| d as isize).collect();
    let positions: Vec<&Tensor> = picks.iter().map(|(_, positions)| positions).collect();
    let picked = x.permute(&order)?.index(&positions)?;
    let side_by_side = axes.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let new = picked.ndim() - (x.ndim() - axes.len());
    if !side_by_side || axes[0] == 0 {
        return Ok(picked);
    }
    let before = axes[0];
    let order: Vec<isize> =
        (new..new + before).chain(0..new).chain(new + before..picked.ndim()).map(|d| d as isize).collect();
    picked.permute(&order)
}

/// Where `mask` holds: a list of positions for each axis.
pub(super) fn nonzero(mask: &Tensor) -> Result<Vec<Tensor>> {
    let (shape, values) = (mask.shape(), mask.to_vec::<u8>());
    let mut positions = vec![Vec::new(); shape.len()];
    for (at, _) in values.iter().enumerate().filter(|&(_, &value)| value != 0) {
        let mut left = at;
        for d in (0..shape.len()).rev() {
            positions[d].push((left % shape[d]) as i64);
            left /= shape[d];
        }
    }
    positions.iter().map(|p| Tensor::from_slice(p, &[p.len()])).collect()
}

#[pymethods]
impl PyTensor {
    fn __getitem__(slf: &Bound<'_, Self>, index: Index) -> PyResult<PyTensor> {
        if index.is_basic() {
            return view(slf, move |x| index.of(x));
        }
        slf.get().apply(slf.py(), |x| index.of(x))
    }

    fn __setitem__(slf: &Bound<'_, Self>, index: Index, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        if index.is_basic() {
            let part = Bound::new(py, view(slf, move |x| index.of(x))?)?;
            // x[i] += y: the change has been made, and its history is that of x.
            let value: Like = match value.cast::<PyTensor>() {
                Ok(same) if same.get().shows(part.get()) && same.get().goes_with(part.get()) => return Ok(()),
                _ => value.extract()?,
            };
            let value = match value {
                Like::Tensor(value) => Like::Tensor(squeezed(py, value, part.get().value(py)?.ndim())?),
                number => number,
            };
            return overwrite(&part, "assignment", value);
        }
        let now = slf.get().value(py)?;
        // The places are what the index makes of the numbers 0, 1, 2, ….
        let places = compute_untracked(py, now.numel(), || {
            index
                .of(&Tensor::arange(now.numel())
                    .reshape(&now.shape().iter().map(|&n| n as isize).collect::<Vec<_>>())?)
        })?;
        let value = value.extract::<Like>()?.beside(&now);
        let value = fitted(py, "assignment", &squeezed(py, value, places.ndim())?, places.shape())?;
        if is_grad_enabled() && (now.is_tracked() || value.is_tracked()) {
            let changed = compute(py, now.numel(), || now.put(&places, &value.to_dtype(now.dtype())))?;
            drop(now);
            return slf.get().rebind(py, "assignment", changed, false);
        }
        let dtype = now.dtype();
        drop(now);
        let value = apart(value.array().to_dtype(dtype));
        slf.get().change(|array| {
            let old = std::mem::replace(array, Array::scalar(0.0, DType::F32));
            *array = put(old, places.array(), &value);
        })
    }

    fn __delitem__(&self, _index: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyTypeError::new_err("the elements of a tensor cannot be deleted; pick the others"))
    }

    /// Where the numbers are not 0: a row of positions for each.
    #[pyo3(signature = (*, as_tuple = false))]
    fn nonzero<'py>(&self, py: Python<'py>, as_tuple: bool) -> PyResult<Bound<'py, PyAny>> {
        let x = self.value(py)?;
        let found = compute_untracked(py, x.numel(), || nonzero(&x.to_dtype(DType::Bool)))?;
        if as_tuple {
            return Ok(PyTuple::new(py, found.into_iter().map(PyTensor::new))?.into_any());
        }
        let columns: Vec<&Tensor> = found.iter().collect();
        let rows = compute_untracked(py, x.numel(), || {
            if columns.is_empty() {
                Tensor::from_slice::<i64>(&[], &[x.numel(), 0])
            } else {
                Tensor::stack(&columns, 1)
            }
        })?;
        Ok(Bound::new(py, PyTensor::new(rows))?.into_any())
    }
}

/// As NumPy: leading axes of size 1 do not count.
fn squeezed(py: Python<'_>, mut value: Tensor, axes: usize) -> PyResult<Tensor> {
    while value.ndim() > axes && value.shape()[0] == 1 {
        value = compute(py, 0, || value.squeeze(0))?;
    }
    Ok(value)
}

/// `x` with `values` at `places`, in place where nobody else holds it.
fn put(mut x: Array, places: &Array, values: &Array) -> Array {
    with_dtype!(x.dtype(), T => {
        let out = x.make_mut::<T>();
        for (&place, &value) in places.dense::<i64>().iter().zip(values.dense::<T>().iter()) {
            out[place as usize] = value;
        }
    });
    x
}

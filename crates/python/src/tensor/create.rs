//! Tensors from Python's numbers and NumPy's arrays, and of simple patterns.

use gradus_tensor::{Array, DType, Elem, Tensor};
use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyList, PyString};

use super::PyTensor;
use super::arguments::{Like, Shape, is_bool, whole};
use super::dlpack;
use crate::compute::{caught, compute, compute_untracked, work};
use crate::dtype::DTypeArg;
use crate::random::check_device;

/// A tensor with a copy of `data`: a number, nested lists of numbers, a NumPy array, another tensor.
#[pyfunction]
#[pyo3(signature = (data, dtype = None, requires_grad = false, device = None))]
pub(crate) fn tensor(
    data: &Bound<'_, PyAny>,
    dtype: Option<DTypeArg>,
    requires_grad: bool,
    device: Option<&str>,
) -> PyResult<PyTensor> {
    check_device(device)?;
    let place = PyTensor::new(read_as(data, dtype.map(|d| d.0))?);
    if requires_grad {
        place.set_requires_grad(data.py(), true)?;
    }
    Ok(place)
}

/// What `data` holds, without a history.
pub(super) fn read(data: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    read_as(data, None)
}

/// [`read`] as numbers of a type.
fn read_as(data: &Bound<'_, PyAny>, dtype: Option<DType>) -> PyResult<Tensor> {
    let exact = |made: Tensor| Ok(dtype.map_or(made.clone(), |dtype| made.to_dtype(dtype)));
    if let Ok(tensor) = data.cast::<PyTensor>() {
        let value = tensor.get().value(data.py())?.detach();
        return caught(|| dtype.map_or(value.clone(), |dtype| value.to_dtype(dtype)));
    }
    if is_array(data) {
        return exact(from_array_like(data, None)?);
    }
    if holds_arrays(data)? {
        return exact(from_array_like(&data.py().import("numpy")?.call_method1("array", (data,))?, None)?);
    }
    let mut numbers = Numbers { shape: Vec::new(), values: Values::Bools(Vec::new()) };
    numbers.read(data, 0)?;
    let (shape, whole) = (&numbers.shape, |n: &[i64]| Tensor::from_slice(n, &numbers.shape));
    compute_untracked(data.py(), 0, || {
        let (made, usual) = match &numbers.values {
            // An empty list holds floats, as in PyTorch.
            Values::Bools(values) if values.is_empty() => (Tensor::from_slice::<f32>(&[], shape)?, DType::F32),
            Values::Bools(values) => (whole(values)?, DType::Bool),
            Values::Ints(values) => (whole(values)?, DType::I64),
            // Python's floats are doubles, and stay so until it is known what they are to be.
            Values::Floats(values) => (Tensor::from_slice(values, shape)?, DType::F32),
        };
        Ok(made.to_dtype(dtype.unwrap_or(usual)))
    })
}

/// Whether this is a list of arrays.
fn holds_arrays(data: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Ok(list) = data.cast::<PyList>() else { return Ok(false) };
    Ok(!list.is_empty() && is_array(&list.get_item(0)?) && !list.get_item(0)?.is_instance_of::<PyFloat>())
}

/// Numbers being read from nested lists.
struct Numbers {
    shape: Vec<usize>,
    values: Values,
}

/// As exact as what has been seen so far allows.
enum Values {
    Bools(Vec<i64>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
}

impl Numbers {
    fn read(&mut self, data: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
        if data.is_instance_of::<PyFloat>() || data.is_instance_of::<PyInt>() {
            return self.number(data, depth);
        }
        if let Ok(tensor) = data.cast::<PyTensor>() {
            return self.number(&tensor.call_method0("item")?, depth);
        }
        let Some(length) = (!data.is_instance_of::<PyString>()).then(|| data.len().ok()).flatten() else {
            // NumPy's numbers, fractions and the like.
            let number: f64 = data.extract().map_err(|_| {
                let kind = data.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
                PyTypeError::new_err(format!("tensor: a {kind} is no number; tensors hold numbers, nested in lists"))
            })?;
            return self.number(&PyFloat::new(data.py(), number), depth);
        };
        if depth == 8 {
            return Err(PyValueError::new_err(
                "tensor: the lists are nested more than eight deep, and a tensor has at most eight axes",
            ));
        }
        if self.shape.len() == depth {
            if self.len() > 0 {
                return Err(self.ragged(depth, "a list stands where a number stood before"));
            }
            self.shape.push(length);
        } else if self.shape[depth] != length {
            return Err(
                self.ragged(depth, &format!("{length} elements stand where {} stood before", self.shape[depth]))
            );
        }
        for item in data.try_iter()? {
            self.read(&item?, depth + 1)?;
        }
        Ok(())
    }

    fn number(&mut self, number: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
        if depth != self.shape.len() {
            return Err(self.ragged(depth, "a number stands where a list stood before"));
        }
        let boolean = is_bool(number);
        match &mut self.values {
            Values::Floats(values) => values.push(number.extract()?),
            Values::Bools(values) if boolean => values.push(number.extract::<bool>()?.into()),
            Values::Bools(values) | Values::Ints(values) => {
                let mut seen = std::mem::take(values);
                self.values = if number.is_instance_of::<PyFloat>() {
                    let mut floats: Vec<f64> = seen.into_iter().map(|n| n as f64).collect();
                    floats.push(number.extract()?);
                    Values::Floats(floats)
                } else {
                    seen.push(number.extract()?);
                    Values::Ints(seen)
                };
            }
        }
        Ok(())
    }

    fn len(&self) -> usize {
        match &self.values {
            Values::Bools(values) | Values::Ints(values) => values.len(),
            Values::Floats(values) => values.len(),
        }
    }

    fn ragged(&self, depth: usize, what: &str) -> PyErr {
        PyValueError::new_err(format!("tensor: the lists are ragged: at depth {depth} {what}"))
    }
}

/// Whether this is an array of NumPy's kind.
pub(super) fn is_array(object: &Bound<'_, PyAny>) -> bool {
    object.hasattr(pyo3::intern!(object.py(), "__array_interface__")).unwrap_or(false)
}

/// A tensor over the memory of a NumPy array: what is written to the one shows in the other, until the tensor's value is
/// held elsewhere too (by a graph, by an array from `numpy()`) and is changed in place.
#[pyfunction]
pub(crate) fn from_numpy(array: &Bound<'_, PyAny>) -> PyResult<PyTensor> {
    if !is_array(array) {
        let kind = array.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "from_numpy: a {kind} is no NumPy array; use gradus.tensor for lists and numbers"
        )));
    }
    from_array_like(array, Some("from_numpy")).map(PyTensor::new)
}

/// The numbers of an array. `strict` names a caller that takes no numbers which must be converted, and shares the array's
/// memory; otherwise they are copied.
pub(super) fn from_array_like(array: &Bound<'_, PyAny>, strict: Option<&str>) -> PyResult<Tensor> {
    let py = array.py();
    let numpy = py.import(pyo3::intern!(py, "numpy"))?;
    let mut array = numpy.call_method1(pyo3::intern!(py, "asarray"), (array,))?;
    let dtype = array.getattr("dtype")?;
    let (kind, size): (char, usize) = (dtype.getattr("kind")?.extract()?, dtype.getattr("itemsize")?.extract()?);
    let op = strict.unwrap_or("tensor");
    if !dtype.getattr("isnative")?.extract::<bool>()? {
        return Err(PyValueError::new_err(format!(
            "{op}: the array's numbers ({dtype}) have a foreign byte order; bring them into this machine's with a.astype(a.dtype.newbyteorder('='))"
        )));
    }
    let fits = match (kind, size) {
        ('f', 4 | 8) | ('i', 8) | ('b', 1) => None,
        ('f', 2) if strict.is_none() => Some("float32"),
        ('i', 1 | 2 | 4) | ('u', 1 | 2 | 4) if strict.is_none() => Some("int64"),
        _ => {
            return Err(PyTypeError::new_err(format!(
                "{op}: an array of {dtype} cannot be a tensor, which holds float32, float64, int64 or bool; convert it with a.astype(...)"
            )));
        }
    };
    if let Some(name) = fits {
        array = array.call_method1("astype", (name,))?;
    }
    let shape: Vec<usize> = array.getattr("shape")?.extract()?;
    if shape.len() > 8 {
        return Err(PyValueError::new_err(format!(
            "{op}: an array of {} axes; a tensor has at most eight",
            shape.len()
        )));
    }
    if strict.is_some() && !shape.contains(&0) {
        let writable = array.getattr("flags")?.getattr("writeable")?.extract()?;
        // What NumPy cannot lend (odd strides, or read-only in old versions) is copied.
        if let Ok(shared) = dlpack::borrowed(&array, Some(writable)) {
            return Ok(shared);
        }
        array = array.call_method0("copy")?;
    }
    if shape.is_empty() {
        // A buffer has an axis at least.
        array = array.call_method1("reshape", (1,))?;
    }
    match (kind, size) {
        ('b', _) => copied::<u8>(&array.call_method1("view", ("uint8",))?, &shape),
        ('f', 8) => copied::<f64>(&array, &shape),
        ('f', _) => copied::<f32>(&array, &shape),
        _ => copied::<i64>(&array, &shape),
    }
}

fn copied<T: Elem + Element>(array: &Bound<'_, PyAny>, shape: &[usize]) -> PyResult<Tensor> {
    if shape.contains(&0) {
        return compute_untracked(array.py(), 0, || Tensor::from_slice::<T>(&[], shape));
    }
    let buffer = PyBuffer::<T>::get(array)?;
    let mut done = Ok(());
    let values = caught(|| Array::build(shape, |out: &mut [T]| done = buffer.copy_to_slice(array.py(), out)))?;
    done.map(|()| Tensor::from_array(values))
}

/// `fill_value` everywhere.
#[pyfunction]
#[pyo3(signature = (size, fill_value, dtype = None, requires_grad = false, device = None))]
pub(crate) fn full(
    py: Python<'_>,
    size: Shape,
    fill_value: Like,
    dtype: Option<DTypeArg>,
    requires_grad: bool,
    device: Option<&str>,
) -> PyResult<PyTensor> {
    check_device(device)?;
    let dtype = dtype.map(|d| d.0);
    // A fraction is a double until it is known what it is to be.
    let value = match fill_value {
        Like::Float(number) => Tensor::full(&[], number, dtype.unwrap_or(DType::F32)),
        other => other.beside(&whole(0)),
    };
    let dtype = dtype.unwrap_or(value.dtype());
    // Not a broadcast view: a place is written to.
    let made = compute_untracked(py, size.0.iter().product(), || {
        let filled = value.to_dtype(dtype).expand(&size.0)?;
        Ok(Tensor::from_array(filled.array().copied()))
    })?;
    let place = PyTensor::new(made);
    if requires_grad {
        place.set_requires_grad(py, true)?;
    }
    Ok(place)
}

/// Numbers from `start` up to, not including, `end`, `step` apart: `arange(end)`, `arange(start, end, step=1)`.
#[pyfunction]
#[pyo3(signature = (start, end = None, step = None, *, dtype = None, device = None))]
pub(crate) fn arange(
    py: Python<'_>,
    start: Like,
    end: Option<Like>,
    step: Option<Like>,
    dtype: Option<DTypeArg>,
    device: Option<&str>,
) -> PyResult<PyTensor> {
    check_device(device)?;
    let (start, end) = match end {
        Some(end) => (start, end),
        None => (Like::Int(0), start),
    };
    let step = step.unwrap_or(Like::Int(1));
    let whole_numbers = [&start, &end, &step].iter().all(|n| matches!(n, Like::Int(_)));
    if let (&Like::Int(first), &Like::Int(last), &Like::Int(step)) = (&start, &end, &step)
        && step != 0
        && dtype.is_none_or(|d| d.0 == DType::I64)
    {
        // Not through f64, which has not all integers.
        let (first, last, step) = (i128::from(first), i128::from(last), i128::from(step));
        let count = ((last - first + step - step.signum()) / step).max(0);
        if count > 1 << 40 {
            return Err(PyValueError::new_err(format!("arange: {count} numbers do not fit into memory")));
        }
        return compute_untracked(py, count as usize, || {
            Ok(Tensor::from_array(Array::build(&[count as usize], |out: &mut [i64]| {
                out.iter_mut().zip(0..).for_each(|(o, i)| *o = (first + step * i) as i64);
            })))
        })
        .map(PyTensor::new);
    }
    let number = |n: Like| n.beside(&Tensor::full(&[], 0.0, DType::F64)).item();
    let [first, last, step] =
        compute(py, 0, || Ok([number(start)?, number(end)?, number(step)?])).and_then(|n: [f64; 3]| {
            if n[2] == 0.0 || n.iter().any(|n| !n.is_finite()) {
                return Err(PyValueError::new_err(format!(
                    "arange: from {} to {} in steps of {} never ends",
                    n[0], n[1], n[2]
                )));
            }
            Ok(n)
        })?;
    let count = ((last - first) / step).ceil().max(0.0);
    if count > (1_u64 << 40) as f64 {
        return Err(PyValueError::new_err(format!("arange: {count} numbers do not fit into memory")));
    }
    let count = count as usize;
    let dtype = dtype.map_or(if whole_numbers { DType::I64 } else { DType::F32 }, |d| d.0);
    compute_untracked(py, count, || {
        let numbers = Array::build(&[count], |out: &mut [f64]| {
            out.iter_mut().enumerate().for_each(|(i, o)| *o = first + step * i as f64);
        });
        Ok(Tensor::from_array(numbers).to_dtype(dtype))
    })
    .map(PyTensor::new)
}

/// `steps` numbers at equal distances from `start` to `end`, both included.
#[pyfunction]
pub(crate) fn linspace(py: Python<'_>, start: f64, end: f64, steps: Shape) -> PyResult<PyTensor> {
    let steps = steps.0.iter().product();
    compute_untracked(py, steps, || Ok(Tensor::linspace(start, end, steps))).map(PyTensor::new)
}

/// The `n` by `n` identity matrix.
#[pyfunction]
pub(crate) fn eye(py: Python<'_>, n: usize) -> PyResult<PyTensor> {
    if n >= 1 << 20 {
        return Err(PyValueError::new_err(format!("eye: a matrix of {n} by {n} does not fit into memory")));
    }
    compute_untracked(py, n * n, || Ok(Tensor::eye(n))).map(PyTensor::new)
}

/// Tensors end to end along `dim`.
#[pyfunction]
#[pyo3(signature = (tensors, dim = 0))]
pub(crate) fn cat(py: Python<'_>, tensors: Vec<Bound<'_, PyTensor>>, dim: isize) -> PyResult<PyTensor> {
    joined(py, &tensors, |tensors| Tensor::cat(tensors, dim))
}

/// Tensors of one shape side by side along a new axis `dim`.
#[pyfunction]
#[pyo3(signature = (tensors, dim = 0))]
pub(crate) fn stack(py: Python<'_>, tensors: Vec<Bound<'_, PyTensor>>, dim: isize) -> PyResult<PyTensor> {
    joined(py, &tensors, |tensors| Tensor::stack(tensors, dim))
}

fn joined(
    py: Python<'_>,
    tensors: &[Bound<'_, PyTensor>],
    f: impl FnOnce(&[&Tensor]) -> gradus_tensor::Result<Tensor> + Send,
) -> PyResult<PyTensor> {
    let values: Vec<Tensor> = tensors.iter().map(|tensor| tensor.get().value(py)).collect::<PyResult<_>>()?;
    let values: Vec<&Tensor> = values.iter().collect();
    compute(py, work(&values), || f(&values)).map(PyTensor::new)
}

/// `input` where `condition` holds, else `other`.
#[pyfunction]
pub(crate) fn r#where(condition: &Bound<'_, PyTensor>, input: Like, other: Like) -> PyResult<PyTensor> {
    let py = condition.py();
    let condition = condition.get().value(py)?;
    let float = Tensor::full(&[], 0.0, DType::F32);
    let (a, b) = match (input, other) {
        (Like::Tensor(a), b) => {
            let b = b.beside(&a);
            (a, b)
        }
        (a, Like::Tensor(b)) => (a.beside(&b), b),
        (a @ Like::Int(_), b @ Like::Int(_)) => (a.beside(&whole(0)), b.beside(&whole(0))),
        (a, b) => (a.beside(&float), b.beside(&float)),
    };
    compute(py, work(&[&condition, &a, &b]), || Tensor::where_(&condition, &a, &b)).map(PyTensor::new)
}

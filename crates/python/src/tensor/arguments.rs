//! What Python callers may pass: tensors, numbers, arrays, shapes and axes.

use gradus_tensor::{DType, Tensor};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyTuple};

use super::{PyTensor, create};

/// A tensor, a number, or something that a tensor can be made of.
pub(crate) enum Like {
    /// A tensor or an array.
    Tensor(Tensor),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
}

impl<'py> FromPyObject<'_, 'py> for Like {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(tensor) = object.cast::<PyTensor>() {
            return tensor.get().value(object.py()).map(Like::Tensor);
        }
        if object.is_instance_of::<PyFloat>() {
            return object.extract().map(Like::Float);
        }
        if object.is_instance_of::<PyInt>() {
            return object.extract().map(Like::Int);
        }
        if create::is_array(&object) {
            return create::from_array_like(&object, None).map(Like::Tensor);
        }
        object.extract().map(Like::Float)
    }
}

impl Like {
    /// As a tensor beside `other`: a number takes on its type, or `float32` beside integers if it is a fraction.
    pub(crate) fn beside(self, other: &Tensor) -> Tensor {
        let floats = other.dtype().is_float();
        match self {
            Like::Tensor(tensor) => tensor,
            Like::Float(number) => Tensor::full(&[], number, if floats { other.dtype() } else { DType::F32 }),
            Like::Int(number) if floats => Tensor::full(&[], number as f64, other.dtype()),
            // Through a slice: not every integer is an f64.
            Like::Int(number) => whole(number),
        }
    }
}

/// An integer as a tensor.
pub(crate) fn whole(number: i64) -> Tensor {
    Tensor::from_array(gradus_tensor::Array::build(&[], |out: &mut [i64]| out[0] = number))
}

/// A tensor argument that may be given as an array.
pub(crate) struct TensorArg(pub(crate) Tensor);

impl<'py> FromPyObject<'_, 'py> for TensorArg {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract()? {
            Like::Tensor(tensor) => Ok(TensorArg(tensor)),
            Like::Int(_) | Like::Float(_) => Err(PyTypeError::new_err(format!(
                "a tensor is needed here, and this is a {}",
                object.get_type().name()?
            ))),
        }
    }
}

/// One axis or several.
pub(crate) struct Dims(pub(crate) Vec<isize>);

impl<'py> FromPyObject<'_, 'py> for Dims {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(dim) = object.extract() {
            return Ok(Dims(vec![dim]));
        }
        object.extract().map(Dims).map_err(|_| PyTypeError::new_err("dim must be a whole number or a tuple of them"))
    }
}

/// A shape.
#[derive(Clone)]
pub(crate) struct Shape(pub(crate) Vec<usize>);

impl<'py> FromPyObject<'_, 'py> for Shape {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let sizes: Vec<i64> = match object.extract::<i64>() {
            Ok(size) => vec![size],
            Err(_) => {
                object.extract().map_err(|_| PyTypeError::new_err("a shape is a whole number or a tuple of them"))?
            }
        };
        checked("shape", &sizes).map(Shape)
    }
}

/// Refuses negative sizes, and more elements than memory could hold.
fn checked(op: &str, sizes: &[i64]) -> PyResult<Vec<usize>> {
    let shape: Option<Vec<usize>> = sizes.iter().map(|&n| usize::try_from(n).ok()).collect();
    let Some(shape) = shape else {
        return Err(PyValueError::new_err(format!("{op}: the sizes {sizes:?} must be 0 or more")));
    };
    let elements = shape.iter().try_fold(1usize, |a, &n| a.checked_mul(n.max(1)));
    if shape.len() > 8 || elements.is_none_or(|n| n > 1 << 40) {
        return Err(PyValueError::new_err(format!(
            "{op}: a tensor of the sizes {shape:?} has more than eight axes or more elements than fit into memory"
        )));
    }
    Ok(shape)
}

/// The shape in `f(2, 3)` or `f((2, 3))`.
pub(crate) fn shape_of(op: &str, sizes: &Bound<'_, PyTuple>) -> PyResult<Vec<usize>> {
    let sizes = whole_numbers(op, sizes)?;
    checked(op, &sizes.iter().map(|&n| n as i64).collect::<Vec<_>>())
}

/// The numbers in `f(2, -1)` or `f((2, -1))`.
pub(crate) fn whole_numbers(op: &str, arguments: &Bound<'_, PyTuple>) -> PyResult<Vec<isize>> {
    let wrong = |_| PyTypeError::new_err(format!("{op}: {arguments} must be whole numbers, or a tuple of them"));
    if arguments.len() == 1 {
        let first = arguments.get_item(0)?;
        if first.is_instance_of::<PyTuple>() || first.is_instance_of::<PyList>() {
            return first.extract().map_err(wrong);
        }
    }
    arguments.extract().map_err(wrong)
}

/// Whether this is Python's `True` or `False`.
pub(crate) fn is_bool(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyBool>()
}

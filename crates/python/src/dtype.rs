//! Number types, under PyTorch's names.

use gradus_tensor::DType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyType};

/// The type of a tensor's numbers: `gradus.float32`, `gradus.float64`, `gradus.int64` or `gradus.bool`.
#[pyclass(name = "dtype", module = "gradus", frozen, eq, hash)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PyDType(pub(crate) DType);

#[pymethods]
impl PyDType {
    #[classattr]
    const FLOAT32: PyDType = PyDType(DType::F32);
    #[classattr]
    const FLOAT64: PyDType = PyDType(DType::F64);
    #[classattr]
    const INT64: PyDType = PyDType(DType::I64);
    #[classattr]
    const BOOL: PyDType = PyDType(DType::Bool);

    /// Whether tensors of this type can carry gradients.
    #[getter]
    fn is_floating_point(&self) -> bool {
        self.0.is_float()
    }

    /// Bytes of one number.
    #[getter]
    fn itemsize(&self) -> usize {
        self.0.size()
    }

    fn __repr__(&self) -> String {
        format!("gradus.{}", name(self.0))
    }

    fn __reduce__(&self) -> &'static str {
        name(self.0)
    }
}

/// What Python calls a type.
pub(crate) fn name(dtype: DType) -> &'static str {
    match dtype {
        DType::F32 => "float32",
        DType::F64 => "float64",
        DType::I64 => "int64",
        DType::Bool => "bool",
    }
}

/// A dtype argument: one of Gradus's, or Python's `float`, `int` and `bool`.
#[derive(Clone, Copy)]
pub(crate) struct DTypeArg(pub(crate) DType);

impl<'py> FromPyObject<'_, 'py> for DTypeArg {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(dtype) = object.cast::<PyDType>() {
            return Ok(DTypeArg(dtype.get().0));
        }
        let py = object.py();
        let is = |t: Bound<'py, PyType>| object.is(&t);
        if is(py.get_type::<PyFloat>()) {
            Ok(DTypeArg(DType::F32))
        } else if is(py.get_type::<PyBool>()) {
            Ok(DTypeArg(DType::Bool))
        } else if is(py.get_type::<PyInt>()) {
            Ok(DTypeArg(DType::I64))
        } else {
            Err(PyTypeError::new_err(format!(
                "dtype: {} is none; use gradus.float32, gradus.float64, gradus.int64 or gradus.bool",
                object.repr()?
            )))
        }
    }
}

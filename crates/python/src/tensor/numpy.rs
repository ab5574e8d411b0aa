//! NumPy: the same memory seen from there.
//!
//! Nothing is copied: an array shows the tensor's memory and keeps it alive. As tensors' values are immutable, the
//! array is read-only, and what is done to the tensor later goes to other memory: the array stays as it is. A tensor that
//! was made from an array (`from_numpy`) shows that array's memory, and so does, writable, what is made from it again.

use gradus_tensor::{Array, DType, Tensor, with_dtype};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::PyTensor;

/// A value's memory, as NumPy asks for it.
#[pyclass(module = "gradus", frozen)]
struct Memory(Array);

#[pymethods]
impl Memory {
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (array, size) = (&self.0, self.0.dtype().size());
        let start = address(array);
        let kind = match array.dtype() {
            DType::Bool => "b1",
            DType::I64 => "i8",
            DType::F32 => "f4",
            DType::F64 => "f8",
        };
        let order = if cfg!(target_endian = "big") { '>' } else { '<' };
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", PyTuple::new(py, array.shape())?)?;
        interface.set_item("typestr", if size == 1 { format!("|{kind}") } else { format!("{order}{kind}") })?;
        interface.set_item("data", (start, !array.is_lent()))?;
        let strides = array.layout().strides().iter().map(|stride| stride * size as isize);
        interface.set_item("strides", PyTuple::new(py, strides.collect::<Vec<_>>())?)?;
        Ok(interface)
    }
}

/// Where the first element stands.
pub(super) fn address(array: &Array) -> usize {
    with_dtype!(array.dtype(), T => {
        let memory = array.memory::<T>();
        // A view of nothing may stand anywhere.
        memory.get(array.layout().offset()).map_or(memory.as_ptr() as usize, |first| std::ptr::from_ref(first) as usize)
    })
}

#[pymethods]
impl PyTensor {
    /// The numbers as a NumPy array: the same memory, read-only unless it is that of an array already. A later change of
    /// the tensor is not seen in it.
    #[pyo3(signature = (*, force = false))]
    fn numpy<'py>(&self, py: Python<'py>, force: bool) -> PyResult<Bound<'py, PyAny>> {
        let value = self.value(py)?;
        if value.is_tracked() && !force {
            return Err(PyRuntimeError::new_err(
                "numpy: this tensor requires a gradient, which NumPy knows nothing of; say x.detach().numpy(), or x.numpy(force=True)",
            ));
        }
        as_numpy(py, &value)
    }

    #[pyo3(signature = (dtype = None, copy = None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<&Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let array = self.numpy(py, false)?;
        let array = match dtype {
            Some(dtype) if !array.getattr("dtype")?.eq(dtype)? => return array.call_method1("astype", (dtype,)),
            _ => array,
        };
        if copy == Some(true) { array.call_method0("copy") } else { Ok(array) }
    }

    /// A tensor is stored as its numbers and whether it requires a gradient.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let (py, value) = (slf.py(), slf.get().value(slf.py())?);
        if !value.is_leaf() {
            return Err(PyRuntimeError::new_err("a result in a graph cannot be stored; detach() it first"));
        }
        let numbers = as_numpy(py, &value)?.call_method0("copy")?;
        let restore = py.import("gradus")?.getattr("_restored")?;
        (restore, (numbers, value.is_tracked())).into_pyobject(py)
    }
}

fn as_numpy<'py>(py: Python<'py>, value: &Tensor) -> PyResult<Bound<'py, PyAny>> {
    let memory = Bound::new(py, Memory(value.array().clone()))?;
    py.import(pyo3::intern!(py, "numpy"))?.call_method1(pyo3::intern!(py, "asarray"), (memory,))
}

//! DLPack (dmlc.github.io/dlpack): tensors handed from library to library.
//!
//! Out, the consumer sees the tensor's own memory, marked read-only where its version of the protocol can say that; it
//! stays until the consumer lets go of it. In, the numbers are copied once: the engine's memory is its own.
#![allow(unsafe_code)]

use super::PyTensor;
use gradus_kernels::layout::MAX_DIMS;
use gradus_tensor::{Array, DType, Elem, Tensor};
use pyo3::exceptions::{PyBufferError, PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};
use std::ffi::{CStr, c_void};
use std::ptr;

const CPU: i32 = 1;
const READ_ONLY: u64 = 1;
const PLAIN: &CStr = c"dltensor";
const VERSIONED: &CStr = c"dltensor_versioned";

/// `DLTensor`
#[repr(C)]
struct View {
    data: *mut c_void,
    device_type: i32,
    device_id: i32,
    ndim: i32,
    code: u8,
    bits: u8,
    lanes: u16,
    shape: *mut i64,
    /// In elements; null for row-major order.
    strides: *mut i64,
    byte_offset: u64,
}

/// `DLManagedTensor`
#[repr(C)]
struct Plain {
    view: View,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Plain)>,
}

/// `DLManagedTensorVersioned`
#[repr(C)]
struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    view: View,
}

/// What an exported view refers to.
struct Exported {
    /// Keeps the memory.
    _array: Array,
    shape: [i64; MAX_DIMS],
    strides: [i64; MAX_DIMS],
}

fn exported(array: &Array) -> (View, *mut c_void) {
    let layout = array.layout();
    let mut sizes = Box::new(Exported { _array: array.clone(), shape: [0; MAX_DIMS], strides: [0; MAX_DIMS] });
    for d in 0..layout.ndim() {
        sizes.shape[d] = layout.shape()[d] as i64;
        sizes.strides[d] = layout.strides()[d] as i64;
    }
    let (code, bits) = match array.dtype() {
        DType::I64 => (0, 64),
        DType::F32 => (2, 32),
        DType::F64 => (2, 64),
        DType::Bool => (6, 8),
    };
    let sizes = Box::into_raw(sizes);
    // SAFETY: `sizes` has just been made, and nobody else has it yet.
    let (shape, strides) = unsafe { (&raw mut (*sizes).shape, &raw mut (*sizes).strides) };
    let view = View {
        data: super::numpy::address(array) as *mut c_void,
        device_type: CPU,
        device_id: 0,
        ndim: layout.ndim() as i32,
        code,
        bits,
        lanes: 1,
        shape: shape.cast(),
        strides: strides.cast(),
        byte_offset: 0,
    };
    (view, sizes.cast())
}

/// Frees what `__dlpack__` made; the consumer calls it once.
unsafe extern "C" fn delete_plain(managed: *mut Plain) {
    // SAFETY: both were made by `Box::into_raw` in `__dlpack__`, and the protocol calls a deleter once.
    unsafe {
        let managed = Box::from_raw(managed);
        drop(Box::from_raw(managed.context.cast::<Exported>()));
    }
}

/// [`delete_plain`] of the versioned form.
unsafe extern "C" fn delete_versioned(managed: *mut Versioned) {
    // SAFETY: as in `delete_plain`.
    unsafe {
        let managed = Box::from_raw(managed);
        drop(Box::from_raw(managed.context.cast::<Exported>()));
    }
}

/// Frees a capsule that no consumer has taken, which would have renamed it.
unsafe extern "C" fn destroy(capsule: *mut ffi::PyObject) {
    // SAFETY: Python calls this with a capsule of ours and with the interpreter attached; a pointer is taken out only
    // under the name it was put in with.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, PLAIN.as_ptr()) == 1 {
            delete_plain(ffi::PyCapsule_GetPointer(capsule, PLAIN.as_ptr()).cast());
        } else if ffi::PyCapsule_IsValid(capsule, VERSIONED.as_ptr()) == 1 {
            delete_versioned(ffi::PyCapsule_GetPointer(capsule, VERSIONED.as_ptr()).cast());
        }
    }
}

#[pymethods]
impl PyTensor {
    /// The tensor for another library: a view of the same memory.
    #[pyo3(signature = (*, stream = None, max_version = None, dl_device = None, copy = None))]
    fn __dlpack__<'py>(
        &self,
        py: Python<'py>,
        stream: Option<&Bound<'py, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(i32, i32)>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if stream.is_some() || dl_device.is_some_and(|(device, _)| device != CPU) {
            return Err(PyBufferError::new_err("__dlpack__: the numbers are on the CPU, where there are no streams"));
        }
        let value = self.value(py)?;
        if value.is_tracked() {
            return Err(PyRuntimeError::new_err(
                "__dlpack__: this tensor requires a gradient, which does not go along; hand over x.detach()",
            ));
        }
        let array = if copy == Some(true) { value.array().copied() } else { value.array().clone() };
        let (view, context) = exported(&array);
        let (pointer, name) = if max_version.is_some_and(|(major, _)| major >= 1) {
            let flags = if copy == Some(true) { 0 } else { READ_ONLY };
            let managed = Versioned { major: 1, minor: 0, context, deleter: Some(delete_versioned), flags, view };
            (Box::into_raw(Box::new(managed)).cast(), VERSIONED)
        } else {
            let managed = Plain { view, context, deleter: Some(delete_plain) };
            (Box::into_raw(Box::new(managed)).cast(), PLAIN)
        };
        // SAFETY: the pointer is not null, the name lives as long as the program, and `destroy` frees what is named so.
        unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyCapsule_New(pointer, name.as_ptr(), Some(destroy))) }
    }

    /// Where the numbers are, in DLPack's words: the CPU.
    fn __dlpack_device__(&self) -> (i32, i32) {
        (CPU, 0)
    }
}

/// A tensor with the numbers of any library's that speaks DLPack, copied once.
#[pyfunction]
pub(crate) fn from_dlpack(data: &Bound<'_, PyAny>) -> PyResult<PyTensor> {
    let py = data.py();
    if !data.hasattr("__dlpack__")? {
        let kind = data.get_type().name()?;
        return Err(PyTypeError::new_err(format!("from_dlpack: a {kind} does not speak DLPack; use gradus.tensor")));
    }
    let (device, _): (i32, i32) = data.call_method0("__dlpack_device__")?.extract()?;
    if device != CPU {
        return Err(PyBufferError::new_err(
            "from_dlpack: the numbers are not on the CPU; bring them there first, as with x.cpu()",
        ));
    }
    let options = PyDict::new(py);
    options.set_item("max_version", (1, 0))?;
    let capsule = match data.call_method("__dlpack__", (), Some(&options)) {
        // From before versions.
        Err(error) if error.is_instance_of::<PyTypeError>(py) => data.call_method0("__dlpack__"),
        other => other,
    }?;
    let capsule = capsule.cast::<PyCapsule>()?;
    // SAFETY: the interpreter is attached; a pointer is taken out under the name that says what it is, while the
    // capsule, which owns it, is held. What it points to is as the protocol promises.
    let read = unsafe {
        if ffi::PyCapsule_IsValid(capsule.as_ptr(), VERSIONED.as_ptr()) == 1 {
            let managed = ffi::PyCapsule_GetPointer(capsule.as_ptr(), VERSIONED.as_ptr()).cast::<Versioned>();
            if (*managed).major != 1 {
                return Err(PyBufferError::new_err(format!("from_dlpack: version {} is unknown", (*managed).major)));
            }
            copied(&(*managed).view)
        } else if ffi::PyCapsule_IsValid(capsule.as_ptr(), PLAIN.as_ptr()) == 1 {
            copied(&(*ffi::PyCapsule_GetPointer(capsule.as_ptr(), PLAIN.as_ptr()).cast::<Plain>()).view)
        } else {
            return Err(PyBufferError::new_err(
                "from_dlpack: the capsule holds no tensor, or one that was taken before",
            ));
        }
    };
    // The capsule keeps its name: it frees the numbers, of which we now have a copy, itself.
    read.map(PyTensor::new)
}

/// A copy of what a view shows.
///
/// # Safety
/// The view is as the protocol promises: shape and strides have `ndim` numbers, and every element is in memory.
unsafe fn copied(view: &View) -> PyResult<Tensor> {
    let refuse = |text: String| Err(PyBufferError::new_err(format!("from_dlpack: {text}")));
    let ndim = match usize::try_from(view.ndim) {
        Ok(ndim) if ndim <= MAX_DIMS => ndim,
        _ => return refuse(format!("{} axes; a tensor has at most eight", view.ndim)),
    };
    // SAFETY: as the caller vouches.
    let sizes = if ndim == 0 { &[][..] } else { unsafe { std::slice::from_raw_parts(view.shape, ndim) } };
    let shape: Vec<usize> = sizes.iter().map(|&n| usize::try_from(n).unwrap_or(0)).collect();
    let strides: Vec<isize> = if view.strides.is_null() || ndim == 0 {
        (0..ndim).map(|d| shape[d + 1..].iter().product::<usize>() as isize).collect()
    } else {
        // SAFETY: as the caller vouches.
        unsafe { std::slice::from_raw_parts(view.strides, ndim) }.iter().map(|&stride| stride as isize).collect()
    };
    let elements = shape.iter().try_fold(1_usize, |a, &n| a.checked_mul(n));
    if view.device_type != CPU || view.lanes != 1 || elements.is_none_or(|n| n > 0 && view.data.is_null()) {
        return refuse("the numbers are not on the CPU, or not single numbers".to_owned());
    }
    let data = view.data.cast::<u8>().wrapping_add(view.byte_offset as usize);
    // SAFETY: as the caller vouches; the type is the one that the view names.
    unsafe {
        Ok(match (view.code, view.bits) {
            (2, 32) => gathered::<f32, f32>(data, &shape, &strides, |x| x),
            (2, 64) => gathered::<f64, f64>(data, &shape, &strides, |x| x),
            (0, 64) => gathered::<i64, i64>(data, &shape, &strides, |x| x),
            (0, 32) => gathered::<i32, i64>(data, &shape, &strides, i64::from),
            (0, 16) => gathered::<i16, i64>(data, &shape, &strides, i64::from),
            (0, 8) => gathered::<i8, i64>(data, &shape, &strides, i64::from),
            (1, 8) => gathered::<u8, i64>(data, &shape, &strides, i64::from),
            (6, 8) => gathered::<u8, u8>(data, &shape, &strides, |x| u8::from(x != 0)),
            (code, bits) => {
                let text = format!(
                    "numbers of {bits} bits and kind {code} cannot be a tensor's, which are float32, float64, int64 or bool"
                );
                return refuse(text);
            }
        })
    }
}

/// # Safety
/// Every element of the view is in memory and is an `A`.
unsafe fn gathered<A: Copy, R: Elem>(
    data: *const u8,
    shape: &[usize],
    strides: &[isize],
    f: impl Fn(A) -> R,
) -> Tensor {
    let mut at = vec![0_usize; shape.len()];
    Tensor::from_array(Array::build(shape, |out: &mut [R]| {
        for out in out {
            let offset: isize = at.iter().zip(strides).map(|(&i, &stride)| i as isize * stride).sum();
            // SAFETY: as the caller vouches; the memory may not be aligned.
            *out = f(unsafe { ptr::read_unaligned(data.cast::<A>().offset(offset)) });
            for d in (0..shape.len()).rev() {
                at[d] += 1;
                if at[d] < shape[d] {
                    break;
                }
                at[d] = 0;
            }
        }
    }))
}

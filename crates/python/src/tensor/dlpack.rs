//! DLPack (dmlc.github.io/dlpack): tensors handed from library to library.
//!
//! Out, the consumer gets a copy: it may write to what it is given, though it were told not to. Only what lies over another
//! library's memory is handed on as it is. In, the tensor shows the producer's memory, which is given back when the last
//! holder has gone; numbers of a type that tensors do not have are converted, which copies them.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};

use gradus_kernels::buffer::Buffer;
use gradus_kernels::layout::{Layout, MAX_DIMS};
use gradus_tensor::{Array, DType, Elem, Tensor};
use pyo3::exceptions::{PyBufferError, PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use super::PyTensor;
use crate::compute::compute_untracked;

const CPU: i32 = 1;
const READ_ONLY: u64 = 1;
/// The numbers are a copy, which is the consumer's alone.
const IS_COPIED: u64 = 2;
const PLAIN: &CStr = c"dltensor";
const VERSIONED: &CStr = c"dltensor_versioned";
/// What a consumer calls a capsule that it has emptied.
const TAKEN: &CStr = c"used_dltensor";
const TAKEN_VERSIONED: &CStr = c"used_dltensor_versioned";

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
    /// The tensor for another library: a copy, or where it lies over another's memory already, that.
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
        // Consumers write to what they are given, told that it is read-only or not, and what a graph has saved must stay.
        // Memory that is lent to us belongs to others, who write to it anyway.
        let shared = copy != Some(true) && value.array().is_lent();
        if copy == Some(false) && !shared {
            return Err(PyBufferError::new_err(
                "__dlpack__: a tensor's own numbers are handed over as a copy, for nothing keeps others from writing to them; \
                 leave out copy=False, or say x.detach().numpy() for a view that can only be read",
            ));
        }
        let array = if shared {
            value.array().clone()
        } else {
            compute_untracked(py, value.numel(), || Ok(value.array().copied()))?
        };
        let (view, context) = exported(&array);
        let (pointer, name) = if max_version.is_some_and(|(major, _)| major >= 1) {
            let flags = if shared { 0 } else { IS_COPIED };
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

/// A tensor over the memory of any library that speaks DLPack.
#[pyfunction]
pub(crate) fn from_dlpack(data: &Bound<'_, PyAny>) -> PyResult<PyTensor> {
    borrowed(data, None).map(PyTensor::new)
}

/// [`from_dlpack`]; whether the memory may be written to, where the caller knows that better than the protocol.
pub(super) fn borrowed(data: &Bound<'_, PyAny>, writable: Option<bool>) -> PyResult<Tensor> {
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
    // SAFETY: the interpreter is attached, a pointer is taken out under the name that says what it is, and a capsule that
    // has been renamed leaves it to us, once, to call the deleter. What it points to is as the protocol promises.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule.as_ptr(), VERSIONED.as_ptr()) == 1 {
            let managed = ffi::PyCapsule_GetPointer(capsule.as_ptr(), VERSIONED.as_ptr()).cast::<Versioned>();
            if (*managed).major != 1 {
                return Err(PyBufferError::new_err(format!("from_dlpack: version {} is unknown", (*managed).major)));
            }
            ffi::PyCapsule_SetName(capsule.as_ptr(), TAKEN_VERSIONED.as_ptr());
            let writable = writable.unwrap_or((*managed).flags & READ_ONLY == 0);
            shown(&(*managed).view, writable, Taken::Versioned(managed))
        } else if ffi::PyCapsule_IsValid(capsule.as_ptr(), PLAIN.as_ptr()) == 1 {
            let managed = ffi::PyCapsule_GetPointer(capsule.as_ptr(), PLAIN.as_ptr()).cast::<Plain>();
            ffi::PyCapsule_SetName(capsule.as_ptr(), TAKEN.as_ptr());
            // The old form cannot say that memory is read-only, which some memory is.
            shown(&(*managed).view, writable.unwrap_or(false), Taken::Plain(managed))
        } else {
            Err(PyBufferError::new_err("from_dlpack: the capsule holds no tensor, or one that was taken before"))
        }
    }
}

/// A producer's memory, given back when this is dropped.
enum Taken {
    Plain(*mut Plain),
    Versioned(*mut Versioned),
}

// SAFETY: the pointer is only handed to its deleter, once, with the interpreter attached, on whichever thread that is.
unsafe impl Send for Taken {}
// SAFETY: nothing can be done with a reference.
unsafe impl Sync for Taken {}

impl Drop for Taken {
    fn drop(&mut self) {
        // At the interpreter's end nothing is given back any more: the system takes it all.
        let _ = Python::try_attach(|_| {
            // SAFETY: the protocol wants the deleter called once, and this is the only owner.
            unsafe {
                match *self {
                    Taken::Plain(managed) => {
                        if let Some(delete) = (*managed).deleter {
                            delete(managed);
                        }
                    }
                    Taken::Versioned(managed) => {
                        if let Some(delete) = (*managed).deleter {
                            delete(managed);
                        }
                    }
                }
            }
        });
    }
}

/// What a view shows: its memory itself, or a copy where the type of the numbers is another.
///
/// # Safety
/// The view is as the protocol promises: shape and strides have `ndim` numbers, and every element is in memory until
/// `keeper` is dropped.
unsafe fn shown(view: &View, writable: bool, keeper: Taken) -> PyResult<Tensor> {
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
            (2, 32) => lent::<f32>(data, &shape, &strides, writable, keeper),
            (2, 64) => lent::<f64>(data, &shape, &strides, writable, keeper),
            (0, 64) => lent::<i64>(data, &shape, &strides, writable, keeper),
            (6, 8) => lent::<u8>(data, &shape, &strides, writable, keeper),
            (0, 32) => gathered::<i32, i64>(data, &shape, &strides, i64::from),
            (0, 16) => gathered::<i16, i64>(data, &shape, &strides, i64::from),
            (0, 8) => gathered::<i8, i64>(data, &shape, &strides, i64::from),
            (1, 8) => gathered::<u8, i64>(data, &shape, &strides, i64::from),
            (code, bits) => {
                let text = format!(
                    "numbers of {bits} bits and kind {code} cannot be a tensor's, which are float32, float64, int64 or bool"
                );
                return refuse(text);
            }
        })
    }
}

/// A tensor over memory that belongs to `keeper`, or over a copy where that is not aligned.
///
/// # Safety
/// Every element of the view is in memory until `keeper` is dropped, and is an `R`.
unsafe fn lent<R: Elem>(data: *mut u8, shape: &[usize], strides: &[isize], writable: bool, keeper: Taken) -> Tensor {
    // From the first to the last element in memory, which is not the view's first where a stride is negative.
    let reach = |n: usize, stride: isize| (n as isize - 1) * stride;
    let reaches = || shape.iter().zip(strides).map(|(&n, &stride)| reach(n, stride));
    let before: isize = reaches().filter(|&reach| reach < 0).sum();
    let after: isize = reaches().filter(|&reach| reach > 0).sum();
    let start = NonNull::new(data.cast::<R>().wrapping_offset(before)).filter(|start| start.is_aligned());
    let layout = Layout::from_parts(shape, strides, before.unsigned_abs());
    match (start, layout) {
        (Some(start), Some(layout)) if !shape.contains(&0) => {
            let len = (after - before) as usize + 1;
            // SAFETY: as the caller vouches. While a slice is borrowed here the interpreter's lock is held, or has been
            // given up for an operation, during which writing to its operands is forbidden, as in NumPy and PyTorch.
            let buffer = unsafe { Buffer::lent(start, len, writable, keeper) };
            Tensor::from_array(Array::view_of(buffer, layout))
        }
        // SAFETY: as the caller vouches.
        _ => unsafe { gathered::<R, R>(data, shape, strides, |x| x) },
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

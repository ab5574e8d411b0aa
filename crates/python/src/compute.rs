//! How the engine is called from Python: with or without recording, without the interpreter's lock where there is
//! work, and with errors instead of panics.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use gradus_tensor::{Error, Tensor};
use pyo3::exceptions::{PyIndexError, PyMemoryError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

thread_local! {
    /// Whether results are recorded; `no_grad` in Python is a block and not a function, so it is kept here and handed
    /// to the engine with each call.
    static RECORDING: Cell<bool> = const { Cell::new(true) };
}

/// Whether results are recorded, so that gradients can flow back.
#[pyfunction]
pub(crate) fn is_grad_enabled() -> bool {
    RECORDING.get()
}

/// Turns recording on or off on this thread; returns what it was.
#[pyfunction]
pub(crate) fn set_grad_enabled(on: bool) -> bool {
    RECORDING.replace(on)
}

/// How many threads the engine uses.
#[pyfunction]
pub(crate) fn get_num_threads() -> usize {
    gradus_tensor::threads()
}

/// Sets how many threads the engine uses.
#[pyfunction]
pub(crate) fn set_num_threads(threads: usize) -> PyResult<()> {
    if !(1..=1024).contains(&threads) {
        return Err(PyValueError::new_err(format!("set_num_threads: {threads} threads; choose 1 or more, up to 1024")));
    }
    gradus_tensor::set_threads(threads);
    Ok(())
}

/// Elements from which an operation gives up the interpreter's lock: below, handing it over costs more than the work.
const WORK: usize = 1 << 14;

/// Calls the engine for an operation on about `work` numbers.
#[inline]
pub(crate) fn compute<R: Send>(
    py: Python<'_>,
    work: usize,
    f: impl FnOnce() -> gradus_tensor::Result<R> + Send,
) -> PyResult<R> {
    let recording = RECORDING.get();
    let call = || caught(|| if recording { f() } else { gradus_tensor::no_grad(f) });
    let result = if work < WORK { call() } else { py.detach(call) };
    result?.map_err(to_python)
}

thread_local! {
    /// Whether a panic on this thread will be an exception, whose text tells it.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Calls `f`, whose panic is an exception.
pub(crate) fn caught<R>(f: impl FnOnce() -> R) -> PyResult<R> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !CATCHING.get() {
                tell(panic);
            }
        }));
    });
    let before = CATCHING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(f));
    CATCHING.set(before);
    result.map_err(|panic| bug(&*panic))
}

/// Refuses what takes more memory than there is: `n` things of `bytes` each.
pub(crate) fn room(op: &str, n: usize, bytes: usize) -> PyResult<()> {
    if gradus_kernels::buffer::room_for(n.saturating_mul(bytes)) {
        return Ok(());
    }
    Err(PyMemoryError::new_err(format!("{op}: {n} numbers do not fit into the memory that there is")))
}

/// [`compute`] without recording, whatever the mode.
pub(crate) fn compute_untracked<R: Send>(
    py: Python<'_>,
    work: usize,
    f: impl FnOnce() -> gradus_tensor::Result<R> + Send,
) -> PyResult<R> {
    compute(py, work, || gradus_tensor::no_grad(f))
}

/// The engine checks before it computes; should a check be missing, its panic is an exception like any other.
#[cold]
fn bug(panic: &(dyn std::any::Any + Send)) -> PyErr {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("the engine stopped without a reason");
    if text.starts_with(gradus_kernels::buffer::OUT_OF_MEMORY) {
        return PyMemoryError::new_err(text.to_owned());
    }
    PyRuntimeError::new_err(text.to_owned())
}

/// An engine's error in its own text: an `IndexError` where a position is not there, else a `RuntimeError`, as in
/// PyTorch.
#[cold]
pub(crate) fn to_python(error: Error) -> PyErr {
    let text = error.to_string();
    match error.op() {
        "select" | "index" | "add_at" | "index_select" | "gather" | "embedding" | "scatter_add" => {
            PyIndexError::new_err(text)
        }
        _ => PyRuntimeError::new_err(text),
    }
}

/// How much work an operation on these is.
pub(crate) fn work(tensors: &[&Tensor]) -> usize {
    tensors.iter().map(|t| t.numel()).sum()
}

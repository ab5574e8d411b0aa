//! Random numbers: `Generator`, and the functions that draw tensors.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gradus_tensor::random::{Generator, RandomError, Scheme};
use gradus_tensor::{Array, DType, Elem, Tensor, with_float};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyTuple};

use crate::compute::{caught, compute, is_grad_enabled, room};
use crate::dtype::DTypeArg;
use crate::tensor::PyTensor;
use crate::tensor::arguments::{Shape, shape_of};

/// A seeded source of random numbers.
///
/// `scheme` says which numbers a seed stands for: "torch" draws those of `torch.Generator` on the CPU, so that a
/// lecture's numbers appear digit for digit; "gradus" is Gradus's own, faster one.
#[pyclass(name = "Generator", module = "gradus", frozen)]
pub(crate) struct PyGenerator(Mutex<Generator>);

/// What PyTorch's generators start from when nobody seeds them.
const UNSEEDED: u64 = 67_280_421_310_721;

impl PyGenerator {
    fn lock(&self) -> MutexGuard<'_, Generator> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(error: RandomError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

#[pymethods]
impl PyGenerator {
    #[new]
    #[pyo3(signature = (device = None, *, scheme = "torch"))]
    fn new(device: Option<&str>, scheme: &str) -> PyResult<Self> {
        check_device(device)?;
        let scheme: Scheme = scheme.parse().map_err(refused)?;
        Ok(PyGenerator(Mutex::new(Generator::new(scheme, UNSEEDED))))
    }

    /// Starts the sequence of `seed`; returns the generator itself.
    fn manual_seed<'py>(slf: &Bound<'py, Self>, seed: i128) -> PyResult<Bound<'py, Self>> {
        let mut generator = slf.get().lock();
        *generator = Generator::new(generator.scheme(), seed_bits(seed)?);
        drop(generator);
        Ok(slf.clone())
    }

    /// The seed it was started with.
    fn initial_seed(&self) -> u64 {
        self.lock().seed()
    }

    /// Everything the generator is, as bytes.
    fn get_state<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.lock().state())
    }

    /// Goes on from what `get_state` gave.
    fn set_state(&self, state: &[u8]) -> PyResult<()> {
        *self.lock() = Generator::from_state(state).map_err(refused)?;
        Ok(())
    }

    fn __repr__(&self) -> String {
        let generator = self.lock();
        format!("Generator(scheme='{}', seed={})", generator.scheme(), generator.seed())
    }
}

/// PyTorch takes seeds from -2^63 to 2^64 - 1.
fn seed_bits(seed: i128) -> PyResult<u64> {
    if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&seed) {
        return Ok(seed as u64);
    }
    Err(PyValueError::new_err(format!("manual_seed: {seed} does not fit; seeds go from -2**63 to 2**64 - 1")))
}

pub(crate) fn check_device(device: Option<&str>) -> PyResult<()> {
    match device {
        None | Some("cpu") => Ok(()),
        Some(other) => Err(PyValueError::new_err(format!(
            "device {other:?} is not here: Gradus computes on the CPU, device='cpu'"
        ))),
    }
}

/// The generator that is used where none is given.
#[pyfunction]
pub(crate) fn default_generator(py: Python<'_>) -> PyResult<Py<PyGenerator>> {
    static DEFAULT: PyOnceLock<Py<PyGenerator>> = PyOnceLock::new();
    let start = || {
        // Another start in each process, as in PyTorch.
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), "seed");
        Py::new(py, PyGenerator(Mutex::new(Generator::new(Scheme::Torch, seed))))
    };
    DEFAULT.get_or_try_init(py, start).map(|generator| generator.clone_ref(py))
}

/// Seeds the generator that is used where none is given, and returns it.
#[pyfunction]
pub(crate) fn manual_seed(py: Python<'_>, seed: i128) -> PyResult<Bound<'_, PyGenerator>> {
    PyGenerator::manual_seed(default_generator(py)?.bind(py), seed)
}

/// A generator argument.
pub(crate) type From<'a, 'py> = Option<&'a Bound<'py, PyGenerator>>;

/// Draws with the given generator, or with the default one.
pub(crate) fn draw<R>(py: Python<'_>, generator: From<'_, '_>, f: impl FnOnce(&mut Generator) -> R) -> PyResult<R> {
    match generator {
        Some(generator) => caught(|| f(&mut generator.get().lock())),
        None => {
            let generator = default_generator(py)?;
            caught(|| f(&mut generator.get().lock()))
        }
    }
}

fn float(dtype: Option<DTypeArg>, op: &str) -> PyResult<DType> {
    let dtype = dtype.map_or(DType::F32, |d| d.0);
    if dtype.is_float() {
        return Ok(dtype);
    }
    Err(PyValueError::new_err(format!("{op}: {dtype} holds no random fractions; use gradus.float32 or gradus.float64")))
}

fn finish(py: Python<'_>, tensor: gradus_tensor::Result<Tensor>, requires_grad: bool) -> PyResult<PyTensor> {
    let tensor = compute(py, 0, || tensor)?;
    Ok(PyTensor::new(if requires_grad { tensor.requires_grad() } else { tensor }))
}

/// Numbers uniform in [0, 1).
#[pyfunction]
#[pyo3(signature = (*size, generator = None, dtype = None, requires_grad = false, device = None))]
pub(crate) fn rand(
    size: &Bound<'_, PyTuple>,
    generator: From<'_, '_>,
    dtype: Option<DTypeArg>,
    requires_grad: bool,
    device: Option<&str>,
) -> PyResult<PyTensor> {
    check_device(device)?;
    let (py, shape, dtype) = (size.py(), shape_of("rand", size)?, float(dtype, "rand")?);
    finish(py, draw(py, generator, |g| Tensor::rand(&shape, dtype, g))?, requires_grad)
}

/// Numbers from the normal distribution of mean 0 and standard deviation 1.
#[pyfunction]
#[pyo3(signature = (*size, generator = None, dtype = None, requires_grad = false, device = None))]
pub(crate) fn randn(
    size: &Bound<'_, PyTuple>,
    generator: From<'_, '_>,
    dtype: Option<DTypeArg>,
    requires_grad: bool,
    device: Option<&str>,
) -> PyResult<PyTensor> {
    check_device(device)?;
    let (py, shape, dtype) = (size.py(), shape_of("randn", size)?, float(dtype, "randn")?);
    finish(py, draw(py, generator, |g| Tensor::randn(&shape, dtype, g))?, requires_grad)
}

/// Whole numbers from `low` to `high` - 1: `randint(high, size)` or `randint(low, high, size)`.
#[pyfunction]
#[pyo3(signature = (low, high, size = None, *, generator = None, dtype = None, device = None))]
pub(crate) fn randint(
    py: Python<'_>,
    low: i64,
    high: &Bound<'_, PyAny>,
    size: Option<Shape>,
    generator: From<'_, '_>,
    dtype: Option<DTypeArg>,
    device: Option<&str>,
) -> PyResult<PyTensor> {
    check_device(device)?;
    let (low, high, shape) = match size {
        Some(size) => (low, high.extract()?, size),
        None => (0, low, high.extract()?),
    };
    let drawn = draw(py, generator, |g| Tensor::randint(low, high, &shape.0, g))?;
    let dtype = dtype.map_or(DType::I64, |d| d.0);
    finish(py, drawn.map(|t| t.to_dtype(dtype)), false)
}

/// The numbers 0 to `n` - 1 in random order.
#[pyfunction]
#[pyo3(signature = (n, *, generator = None))]
pub(crate) fn randperm(py: Python<'_>, n: usize, generator: From<'_, '_>) -> PyResult<PyTensor> {
    if n > 1 << 40 {
        return Err(PyValueError::new_err(format!("randperm: {n} numbers do not fit into memory")));
    }
    room("randperm", n, 32)?;
    let order = draw(py, generator, |g| g.randperm(n))?;
    finish(py, Tensor::from_slice(&order, &[n]), false)
}

/// Fills `tensor` with normal numbers.
#[pyfunction]
#[pyo3(signature = (tensor, mean = 0.0, std = 1.0, generator = None))]
pub(crate) fn normal<'py>(
    tensor: &Bound<'py, PyTensor>,
    mean: f64,
    std: f64,
    generator: From<'_, '_>,
) -> PyResult<Bound<'py, PyTensor>> {
    refill(tensor, generator, Filler::Normal(mean, std))
}

/// Fills `tensor` with numbers uniform between `a` and `b`.
#[pyfunction]
#[pyo3(signature = (tensor, a = 0.0, b = 1.0, generator = None))]
pub(crate) fn uniform<'py>(
    tensor: &Bound<'py, PyTensor>,
    a: f64,
    b: f64,
    generator: From<'_, '_>,
) -> PyResult<Bound<'py, PyTensor>> {
    refill(tensor, generator, Filler::Uniform(a, b))
}

enum Filler {
    Normal(f64, f64),
    Uniform(f64, f64),
}

fn refill<'py>(
    tensor: &Bound<'py, PyTensor>,
    generator: From<'_, '_>,
    filler: Filler,
) -> PyResult<Bound<'py, PyTensor>> {
    let (py, now) = (tensor.py(), tensor.get().value(tensor.py())?);
    float(Some(DTypeArg(now.dtype())), "random numbers")?;
    let filled: Result<Array, RandomError> = draw(py, generator, |g| {
        with_float!(now.dtype(), T => {
            let mut done = Ok(());
            let array = Array::build(now.shape(), |out: &mut [T]| {
                done = match filler {
                    Filler::Normal(mean, std) => g.fill_normal(mean, std, out),
                    Filler::Uniform(low, high) => g.fill_uniform(low, high, out),
                };
            });
            done.map(|()| array)
        })
    })?;
    tensor.get().store(filled.map_err(refused)?)?;
    Ok(tensor.clone())
}

/// Positions drawn from each row of weights.
///
/// `cumulative` draws by searching the cumulative sums even for a single draw, as PyTorch did when the course's first
/// part was recorded.
#[pyfunction]
#[pyo3(signature = (input, num_samples, replacement = false, *, generator = None, cumulative = false))]
pub(crate) fn multinomial(
    input: &Bound<'_, PyTensor>,
    num_samples: usize,
    replacement: bool,
    generator: From<'_, '_>,
    cumulative: bool,
) -> PyResult<PyTensor> {
    let (py, weights) = (input.py(), input.get().value(input.py())?);
    let refuse = |text: String| Err(PyValueError::new_err(format!("multinomial: {text}")));
    let (rows, classes) = match *weights.shape() {
        [n] => (None, n),
        [rows, n] => (Some(rows), n),
        ref other => return refuse(format!("weights of shape {other:?}; they must be one row or a matrix of rows")),
    };
    if !replacement && num_samples > classes {
        return refuse(format!("{num_samples} different positions of {classes}; draw fewer, or with replacement=True"));
    }
    let count = rows.unwrap_or(1);
    if classes == 0 || num_samples == 0 || count.checked_mul(num_samples).is_none_or(|n| n > 1 << 40) {
        return refuse(format!("{num_samples} draws from {classes} positions are not possible"));
    }
    room("multinomial", count * num_samples + classes, 16)?;
    let mut drawn = vec![0_i64; count * num_samples];
    let weights = weights.array().to_dtype(weights.dtype().or_f32());
    draw(py, generator, |g| {
        with_float!(weights.dtype(), T => draw_rows::<T>(&weights.dense::<T>(), classes, &mut drawn, num_samples, |row, out| {
            if cumulative && replacement { g.fill_multinomial_cumulative(row, out) } else { g.fill_multinomial(row, replacement, out) }
        }))
    })?
    .map_err(refused)?;
    let shape = rows.into_iter().chain([num_samples]).collect::<Vec<_>>();
    compute(py, 0, || Tensor::from_slice(&drawn, &shape)).map(PyTensor::new)
}

fn draw_rows<T: Elem>(
    weights: &[T],
    classes: usize,
    drawn: &mut [i64],
    num_samples: usize,
    mut one: impl FnMut(&[T], &mut [i64]) -> Result<(), RandomError>,
) -> Result<(), RandomError> {
    weights.chunks(classes).zip(drawn.chunks_mut(num_samples)).try_for_each(|(row, out)| one(row, out))
}

#[pymethods]
impl PyTensor {
    /// Puts normal numbers in place, unrecorded.
    #[pyo3(signature = (mean = 0.0, std = 1.0, *, generator = None))]
    fn normal_<'py>(
        slf: &Bound<'py, Self>,
        mean: f64,
        std: f64,
        generator: From<'_, '_>,
    ) -> PyResult<Bound<'py, PyTensor>> {
        refuse_leaf(slf, "normal_")?;
        refill(slf, generator, Filler::Normal(mean, std))
    }

    /// Puts numbers uniform between `a` and `b` in place, unrecorded.
    #[pyo3(signature = (a = 0.0, b = 1.0, *, generator = None))]
    fn uniform_<'py>(
        slf: &Bound<'py, Self>,
        a: f64,
        b: f64,
        generator: From<'_, '_>,
    ) -> PyResult<Bound<'py, PyTensor>> {
        refuse_leaf(slf, "uniform_")?;
        refill(slf, generator, Filler::Uniform(a, b))
    }
}

/// Random numbers have no history: outside of `no_grad` they do not go where gradients flow.
fn refuse_leaf(tensor: &Bound<'_, PyTensor>, op: &str) -> PyResult<()> {
    if is_grad_enabled() && tensor.get().value(tensor.py())?.is_tracked() {
        return Err(pyo3::exceptions::PyRuntimeError::new_err(format!(
            "{op}: random numbers are put in the place of values with a gradient inside of no_grad(), or through .data"
        )));
    }
    Ok(())
}

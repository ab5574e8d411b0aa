//! [`Tensor`]: a value with a history.

use crate::array::{Array, check_shape};
use crate::autograd::{Formula, Tape, dismantle, next_id};
use crate::random::Generator;
use crate::{DType, Elem, Error, Result, with_float};
use gradus_kernels::buffer::Buffer;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// An n-dimensional array that remembers how it was computed, so that gradients can flow back through it.
///
/// A handle is a value and cheap to clone; nobody can change the numbers under it. What changes during training is
/// a *place* (`Param` in `gradus-nn`) that holds now one tensor, now the next.
///
/// Operators (`&a + &b`) panic with a readable message at the caller's line when shapes do not fit; their `try_` twins
/// return it instead. Methods that can fail return a [`Result`].
#[derive(Clone)]
pub struct Tensor(Arc<Node>);

struct Node {
    value: Array,
    id: u64,
    /// How it was computed; `None` for leaves and for results through which no gradient flows.
    tape: Option<Box<Tape>>,
    /// Where the gradient of a leaf goes, if it is wanted: shared with the leaves that [`Tensor::with_numbers`] made of it.
    wanted: Option<Arc<Slot>>,
    /// A result whose gradient is to be kept.
    retains_grad: AtomicBool,
    grad: Slot,
}

/// A gradient being added up.
type Slot = Mutex<Option<Box<Array>>>;

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(tape) = self.tape.take() {
            dismantle(*tape);
        }
    }
}

impl Tensor {
    pub(crate) fn from_parts(value: Array, tape: Option<Box<Tape>>) -> Tensor {
        Tensor(Arc::new(Node {
            value,
            id: next_id(),
            tape,
            wanted: None,
            retains_grad: AtomicBool::new(false),
            grad: Mutex::new(None),
        }))
    }

    /// A tensor without history over `value`.
    pub fn from_array(value: Array) -> Tensor {
        Tensor::from_parts(value, None)
    }

    /// A tensor with the given numbers in row-major order; its dtype follows from theirs.
    ///
    /// # Errors
    /// When their number does not fit the shape.
    ///
    /// ```
    /// use gradus_tensor::{DType, Tensor};
    /// let t = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3])?;
    /// assert_eq!((t.shape(), t.dtype()), (&[2, 3][..], DType::F32));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn from_slice<T: Elem>(values: &[T], shape: &[usize]) -> Result<Tensor> {
        Ok(Tensor::from_array(Array::from_slice(values, shape)?))
    }

    /// `value` everywhere.
    ///
    /// # Panics
    /// For a shape of more than eight axes or more elements than memory has addresses.
    #[track_caller]
    pub fn full(shape: &[usize], value: f64, dtype: DType) -> Tensor {
        Tensor::from_array(Array::full(shape, value, dtype))
    }

    /// Zeros (`f32`). Panics as [`Tensor::full`].
    #[track_caller]
    pub fn zeros(shape: &[usize]) -> Tensor {
        Tensor::full(shape, 0.0, DType::F32)
    }

    /// Ones (`f32`). Panics as [`Tensor::full`].
    #[track_caller]
    pub fn ones(shape: &[usize]) -> Tensor {
        Tensor::full(shape, 1.0, DType::F32)
    }

    /// One number (`f32`), of shape `[]`.
    pub fn scalar(value: f64) -> Tensor {
        Tensor::full(&[], value, DType::F32)
    }

    /// The integers `0, 1, …, n − 1` (`i64`).
    pub fn arange(n: usize) -> Tensor {
        Tensor::from_array(Array::build(&[n], |out: &mut [i64]| out.iter_mut().zip(0..).for_each(|(o, i)| *o = i)))
    }

    /// `n` numbers at equal distances from `first` to `last`, both included (`f32`).
    pub fn linspace(first: f64, last: f64, n: usize) -> Tensor {
        let step = (last - first) / n.saturating_sub(1).max(1) as f64;
        // From both ends, so that the last number is exact too.
        let at = |i: usize| if 2 * i < n { first + step * i as f64 } else { last - step * (n - 1 - i) as f64 };
        let fill = |out: &mut [f32]| out.iter_mut().enumerate().for_each(|(i, o)| *o = at(i) as f32);
        Tensor::from_array(Array::build(&[n], fill))
    }

    /// The `n` by `n` identity matrix (`f32`). Panics as [`Tensor::full`].
    #[track_caller]
    pub fn eye(n: usize) -> Tensor {
        Tensor::from_array(Array::build(&[n, n], |out: &mut [f32]| {
            out.fill(0.0);
            out.iter_mut().step_by(n + 1).for_each(|o| *o = 1.0);
        }))
    }

    /// Numbers uniform in [0, 1).
    ///
    /// # Errors
    /// For an impossible shape.
    pub fn rand(shape: &[usize], dtype: DType, generator: &mut Generator) -> Result<Tensor> {
        check_shape("rand", shape)?;
        Ok(Tensor::from_array(with_float!(dtype, T => Array::build(shape, |out: &mut [T]| generator.fill_rand(out)))))
    }

    /// Numbers from the normal distribution of mean 0 and standard deviation 1.
    ///
    /// # Errors
    /// For an impossible shape.
    pub fn randn(shape: &[usize], dtype: DType, generator: &mut Generator) -> Result<Tensor> {
        check_shape("randn", shape)?;
        Ok(Tensor::from_array(with_float!(dtype, T => Array::build(shape, |out: &mut [T]| generator.fill_randn(out)))))
    }

    /// Whole numbers uniform in `low..high` (`i64`).
    ///
    /// # Errors
    /// For an impossible shape or an empty range.
    pub fn randint(low: i64, high: i64, shape: &[usize], generator: &mut Generator) -> Result<Tensor> {
        check_shape("randint", shape)?;
        let mut values = Buffer::scratch(shape.iter().product());
        generator.fill_randint(low, high, &mut values).map_err(|e| Error::new("randint", e.to_string()))?;
        Ok(Tensor::from_array(Array::from_buffer(values, shape)))
    }

    /// The value without its history.
    #[inline]
    pub fn array(&self) -> &Array {
        &self.0.value
    }

    /// The value without its history, taken out of the handle.
    pub fn into_array(self) -> Array {
        self.0.value.clone()
    }

    /// The sizes of the axes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.0.value.shape()
    }

    /// The distance, in elements, from one index to the next along each axis.
    pub fn strides(&self) -> &[isize] {
        self.0.value.layout().strides()
    }

    /// Where in its memory the first element stands.
    pub fn offset(&self) -> usize {
        self.0.value.layout().offset()
    }

    /// The number of axes.
    #[inline]
    pub fn ndim(&self) -> usize {
        self.0.value.ndim()
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.0.value.numel()
    }

    /// The type of the numbers.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.0.value.dtype()
    }

    /// Whether the numbers stand one after the other in row-major order.
    pub fn is_contiguous(&self) -> bool {
        self.0.value.is_contiguous()
    }

    /// Whether both are views of the same memory.
    pub fn shares_storage_with(&self, other: &Tensor) -> bool {
        self.0.value.shares_storage_with(&other.0.value)
    }

    /// The numbers in row-major order, converted to `T`.
    pub fn to_vec<T: Elem>(&self) -> Vec<T> {
        self.0.value.to_vec()
    }

    /// The only number.
    ///
    /// # Errors
    /// When there is not exactly one.
    pub fn item(&self) -> Result<f64> {
        self.0.value.item()
    }

    /// A new leaf of the same value whose gradient is wanted. Integers carry none: they stay as they are.
    #[must_use]
    pub fn requires_grad(&self) -> Tensor {
        let mut leaf = Tensor::from_array(self.0.value.clone());
        if let Some(node) = Arc::get_mut(&mut leaf.0) {
            node.wanted = node.value.dtype().is_float().then(Arc::default);
        }
        leaf
    }

    /// A leaf of other numbers, which wants a gradient where this one does: the gradient is kept in the same place.
    pub(crate) fn leaf_of(&self, value: Array) -> Tensor {
        let mut leaf = Tensor::from_array(value);
        if let Some(node) = Arc::get_mut(&mut leaf.0) {
            node.wanted = self.0.wanted.clone();
        }
        leaf
    }

    /// The same value without a history: gradients end here.
    #[must_use]
    pub fn detach(&self) -> Tensor {
        Tensor::from_array(self.0.value.clone())
    }

    /// Whether gradients flow to or through this tensor.
    #[inline]
    pub fn is_tracked(&self) -> bool {
        self.0.wanted.is_some() || self.0.tape.is_some()
    }

    /// Whether this was not computed from anything tracked.
    pub fn is_leaf(&self) -> bool {
        self.0.tape.is_none()
    }

    /// The name of the operation this is the result of, where it is on the tape.
    pub fn operation(&self) -> Option<&'static str> {
        self.formula().map(|formula| formula.name)
    }

    /// What that operation says of itself.
    pub fn formula(&self) -> Option<Formula> {
        self.0.tape.as_ref().map(|t| t.op.formula())
    }

    /// The tracked inputs of that operation: walking them draws the graph.
    pub fn inputs(&self) -> Vec<Tensor> {
        self.0.tape.iter().flat_map(|t| t.inputs.iter().flatten().cloned()).collect()
    }

    /// Asks that backward passes keep the gradient of this result too, not only those of leaves.
    pub fn retain_grad(&self) {
        self.0.retains_grad.store(true, Ordering::Relaxed);
    }

    /// The gradient that backward passes have added up here so far.
    pub fn grad(&self) -> Option<Tensor> {
        self.grad_slot().as_ref().map(|g| Tensor::from_array((**g).clone()))
    }

    /// Forgets the gradient.
    pub fn zero_grad(&self) {
        *self.grad_slot() = None;
    }

    /// Takes the gradient out.
    pub fn take_grad(&self) -> Option<Array> {
        self.grad_slot().take().map(|g| *g)
    }

    /// Whether both handles are of one and the same tensor.
    pub fn is_same(&self, other: &Tensor) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The value for writing in place, if this is the only handle of a leaf; `None` otherwise. What optimisers use;
    /// see `Param` in `gradus-nn`.
    pub fn value_mut(&mut self) -> Option<&mut Array> {
        Arc::get_mut(&mut self.0).filter(|node| node.tape.is_none()).map(|node| &mut node.value)
    }

    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.0.id
    }

    #[inline]
    pub(crate) fn tape(&self) -> Option<&Tape> {
        self.0.tape.as_deref()
    }

    /// The history, if this is the last handle.
    pub(crate) fn into_tape(self) -> Option<Box<Tape>> {
        Arc::into_inner(self.0).and_then(|mut node| node.tape.take())
    }

    /// Whether nobody else holds this tensor.
    pub(crate) fn is_last_handle(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    pub(crate) fn retains_grad(&self) -> bool {
        self.0.retains_grad.load(Ordering::Relaxed)
    }

    pub(crate) fn accumulate_grad(&self, grad: Array) {
        let mut slot = self.grad_slot();
        let sum = match slot.take() {
            None => grad,
            Some(old) => old.plus(&grad),
        };
        *slot = Some(Box::new(sum));
    }

    fn grad_slot(&self) -> std::sync::MutexGuard<'_, Option<Box<Array>>> {
        self.0.wanted.as_deref().unwrap_or(&self.0.grad).lock().unwrap_or_else(|e| e.into_inner())
    }

    /// As `f32` if this holds integers or booleans: what elementary functions do with them.
    pub(crate) fn to_float(&self) -> Tensor {
        if self.dtype().is_float() { self.clone() } else { self.to_dtype(DType::F32) }
    }

    /// Whether both have the same shape and all numbers differ by at most `absolute + relative·|other|`. Not a number is
    /// close to nothing, an infinity only to itself.
    pub fn all_close(&self, other: &Tensor, relative: f64, absolute: f64) -> bool {
        self.shape() == other.shape()
            && self
                .is_close(other, relative, absolute, false)
                .is_ok_and(|close| close.to_vec::<u8>().iter().all(|&c| c != 0))
    }

    /// Where the numbers differ by at most `absolute + relative·|other|`, broadcast as in NumPy (booleans). An infinity is
    /// close only to itself, what is not a number to nothing, or, where `equal_nan`, to another that is none.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn is_close(&self, other: &Tensor, relative: f64, absolute: f64, equal_nan: bool) -> Result<Tensor> {
        let close = move |a: f64, b: f64| {
            let near = a.is_finite() && b.is_finite() && (a - b).abs() <= absolute + relative * b.abs();
            u8::from(a == b || near || equal_nan && a.is_nan() && b.is_nan())
        };
        let [a, b] = [self, other].map(|x| x.array().to_dtype(DType::F64));
        // Integers may be equal as floats and not as what they are.
        let exact = move |a: i64, b: i64| {
            let near = a.abs_diff(b) as f64 <= absolute + relative * b.unsigned_abs() as f64;
            u8::from(a == b || near)
        };
        let value = if self.dtype().is_float() || other.dtype().is_float() {
            a.zip("is_close", &b, close)?
        } else {
            let [a, b] = [self, other].map(|x| x.array().to_dtype(DType::I64));
            a.zip("is_close", &b, exact)?
        };
        Ok(Tensor::from_array(value))
    }

    /// Whether all numbers are finite.
    pub fn all_finite(&self) -> bool {
        match self.dtype() {
            d if d.is_float() => with_float!(d, T => self.array().dense::<T>().iter().all(|x| x.is_finite())),
            _ => true,
        }
    }
}

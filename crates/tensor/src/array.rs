//! Values without a history: memory, dtype and layout, and the elementwise and folding passes that operations are
//! written with. [`crate::Tensor`] adds the tape.

use crate::dtype::{Data, Elem};
use crate::{DType, Error, Result, ensure, with_dtype};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Element;
use gradus_kernels::layout::{Layout, MAX_DIMS, broadcast_shapes};
use gradus_kernels::map::{self, Binary, Unary};
use gradus_kernels::reduce::{self, Fold};
use std::ops::Deref;
use std::sync::Arc;

/// An n-dimensional array: a view (shape, strides, offset) of shared memory.
///
/// An array is a value: nobody can change it under another holder's eyes. [`Array::make_mut`] writes in place where
/// the memory is held once and copies it first where it is shared.
#[derive(Clone)]
pub struct Array {
    data: Data,
    layout: Layout,
}

/// A view's numbers one after the other: borrowed where they already stand so, copied where not.
pub enum Dense<'a, T: Element> {
    /// The array's own memory.
    Borrowed(&'a [T]),
    /// A copy in row-major order.
    Owned(Buffer<T>),
}

impl<T: Element> Deref for Dense<'_, T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Dense::Borrowed(s) => s,
            Dense::Owned(b) => b,
        }
    }
}

/// A set of axes of one array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes(u8);

impl Axes {
    /// No axis.
    pub const NONE: Axes = Axes(0);

    /// All axes of an array with `ndim` axes.
    pub fn all(ndim: usize) -> Axes {
        Axes(((1u16 << ndim) - 1) as u8)
    }

    /// One axis.
    pub fn one(axis: usize) -> Axes {
        Axes(1 << axis)
    }

    /// The axes `dims`, negative ones counted from the end, of an array with `ndim` axes.
    ///
    /// # Errors
    /// An axis out of range, or named twice.
    pub fn new(op: &'static str, dims: &[isize], ndim: usize) -> Result<Axes> {
        let mut set = Axes::NONE;
        for &dim in dims {
            let axis = axis(op, dim, ndim)?;
            ensure!(!set.contains(axis), op, "axis {dim} is named twice in {dims:?}; name each axis once");
            set.0 |= 1 << axis;
        }
        Ok(set)
    }

    /// Whether the set holds `axis`.
    #[inline]
    pub fn contains(self, axis: usize) -> bool {
        self.0 >> axis & 1 == 1
    }
}

/// The axis `dim` of an array with `ndim` axes; negative ones count from the end.
///
/// # Errors
/// When there is no such axis.
pub fn axis(op: &'static str, dim: isize, ndim: usize) -> Result<usize> {
    let axis = if dim < 0 { dim + ndim as isize } else { dim };
    if axis >= 0 && (axis as usize) < ndim {
        return Ok(axis as usize);
    }
    Err(match ndim {
        0 => Error::new(op, format!("axis {dim} of a scalar: a scalar has no axes")),
        1 => Error::new(op, format!("axis {dim} of an array with one axis: the only ones are 0 and -1")),
        _ => Error::new(
            op,
            format!("axis {dim} of an array with {ndim} axes: choose 0 to {} or -{ndim} to -1", ndim - 1),
        ),
    })
}

/// The error of an index that is not on its axis, in the field's words.
pub fn out_of_bounds(op: &'static str, index: i64, axis: usize, n: usize) -> Error {
    Error::new(op, format!("index {index} is out of bounds for dimension {axis} with size {n}"))
}

impl Array {
    /// A dense array over `buffer`.
    ///
    /// # Panics
    /// When the buffer's length is not the number of elements of `shape`: a fault of the calling operation.
    #[inline]
    pub fn from_buffer<T: Elem>(buffer: Buffer<T>, shape: &[usize]) -> Array {
        let layout = dense_layout(shape);
        assert_eq!(buffer.len(), layout.numel(), "a buffer of {} numbers for shape {shape:?}", buffer.len());
        Array { data: T::wrap(Arc::new(buffer)), layout }
    }

    /// A view of `buffer`.
    ///
    /// # Panics
    /// When the layout reaches beyond the buffer.
    pub fn view_of<T: Elem>(buffer: Buffer<T>, layout: Layout) -> Array {
        assert!(layout.span().end <= buffer.len(), "{layout:?} of a buffer of {} numbers", buffer.len());
        Array { data: T::wrap(Arc::new(buffer)), layout }
    }

    /// Whether the memory is another library's, which sees what is written to it.
    pub fn is_lent(&self) -> bool {
        with_dtype!(self.dtype(), T => T::unwrap(&self.data).is_some_and(|buffer| buffer.is_lent_for_writing()))
    }

    /// A dense array of `shape` whose numbers `fill` writes; it gets the memory with unspecified contents.
    pub fn build<T: Elem>(shape: &[usize], fill: impl FnOnce(&mut [T])) -> Array {
        let mut buffer = Buffer::scratch(dense_layout(shape).numel());
        fill(&mut buffer);
        Array::from_buffer(buffer, shape)
    }

    /// A copy of `values` in row-major order.
    ///
    /// # Errors
    /// When their number does not fit the shape.
    pub fn from_slice<T: Elem>(values: &[T], shape: &[usize]) -> Result<Array> {
        check_shape("tensor", shape)?;
        let wanted: usize = shape.iter().product();
        ensure!(
            values.len() == wanted,
            "tensor",
            "{} values do not fill the shape {shape:?}, which has {wanted} elements",
            values.len()
        );
        Ok(Array::from_buffer(Buffer::from_slice(values), shape))
    }

    /// `value` everywhere.
    pub fn full(shape: &[usize], value: f64, dtype: DType) -> Array {
        with_dtype!(dtype, T => Array::from_buffer(Buffer::<T>::filled(dense_layout(shape).numel(), value as T), shape))
    }

    /// An array of no axes.
    pub fn scalar(value: f64, dtype: DType) -> Array {
        Array::full(&[], value, dtype)
    }

    /// The sizes of the axes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.layout.shape()
    }

    /// Shape, strides and offset.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The sizes of the axes, on the stack.
    pub(crate) fn shape_copy(&self) -> Shape {
        Shape::new(self.shape())
    }

    /// The number of axes.
    #[inline]
    pub fn ndim(&self) -> usize {
        self.layout.ndim()
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.layout.numel()
    }

    /// The type of the numbers.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.data.dtype()
    }

    /// Whether the numbers stand one after the other in row-major order.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.layout.is_contiguous()
    }

    /// Whether both are views of the same memory.
    pub fn shares_storage_with(&self, other: &Array) -> bool {
        self.data.address() == other.data.address()
    }

    /// The whole memory behind the view.
    ///
    /// # Panics
    /// When `T` is not the array's type: operations check dtypes before they compute.
    #[inline]
    #[track_caller]
    pub fn memory<T: Elem>(&self) -> &[T] {
        match T::unwrap(&self.data) {
            Some(buffer) => buffer,
            None => panic!("{} numbers read as {}", self.dtype(), T::DTYPE),
        }
    }

    /// The view's numbers in row-major order, copied only if they do not stand so.
    ///
    /// # Panics
    /// When `T` is not the array's type.
    #[inline]
    #[track_caller]
    pub fn dense<T: Elem>(&self) -> Dense<'_, T> {
        let memory = self.memory::<T>();
        if self.is_contiguous() {
            let at = self.layout.offset();
            Dense::Borrowed(&memory[at..at + self.numel()])
        } else {
            let mut out = Buffer::scratch(self.numel());
            map::copy(memory, &self.layout, &mut out);
            Dense::Owned(out)
        }
    }

    /// The same values, dense: this array itself where it is dense already.
    pub fn contiguous(&self) -> Array {
        if self.is_contiguous() {
            return self.clone();
        }
        self.copied()
    }

    /// A dense copy in memory of its own.
    pub fn copied(&self) -> Array {
        with_dtype!(self.dtype(), T => Array::build::<T>(self.shape(), |out| map::copy(self.memory::<T>(), &self.layout, out)))
    }

    /// The same memory under another layout, which the caller has derived from this one's.
    #[inline]
    pub(crate) fn with_layout(&self, layout: Layout) -> Array {
        debug_assert!(with_dtype!(self.dtype(), T => layout.span().end <= self.memory::<T>().len()));
        Array { data: self.data.clone(), layout }
    }

    /// The numbers at `places`, which are positions in the whole memory: a view.
    ///
    /// # Panics
    /// When the places reach beyond the memory.
    #[track_caller]
    pub fn part(&self, places: Layout) -> Array {
        let len = with_dtype!(self.dtype(), T => self.memory::<T>().len());
        assert!(places.span().end <= len, "{places:?} of a memory of {len} numbers");
        Array { data: self.data.clone(), layout: places }
    }

    /// The same values as all of their memory in row-major order, so that a place in the one is a place in the other: this
    /// array itself where it is so already, or where the memory is [lent](Array::is_lent) and stays where it is.
    pub fn rooted(&self) -> Array {
        let whole = with_dtype!(self.dtype(), T => self.memory::<T>().len()) == self.numel();
        if whole && self.is_contiguous() || self.is_lent() { self.clone() } else { self.copied() }
    }

    /// Writes `values` to the `places` in the memory that have their shape: in place where this array alone holds the
    /// memory, in a copy of it, where every place is the same, otherwise.
    ///
    /// # Panics
    /// When shapes or types differ, or the places reach beyond the memory.
    #[track_caller]
    pub fn write(&mut self, places: &Layout, values: &Array) {
        assert_eq!(places.shape(), values.shape(), "values for places of another shape");
        with_dtype!(self.dtype(), T => {
            let values = values.dense::<T>();
            let Some(shared) = T::unwrap_mut(&mut self.data) else { unreachable!("the type was asked for") };
            if Arc::get_mut(shared).is_none() {
                *shared = Arc::new(Buffer::from_slice(shared));
            }
            let Some(buffer) = Arc::get_mut(shared) else { unreachable!("nobody else has the copy") };
            map::place(&values, &mut buffer[..], places);
        });
    }

    /// The numbers as they are, under `shape`, which has as many elements: a view where strides can say it, else a copy.
    pub fn reshaped(&self, shape: &[usize]) -> Array {
        match self.layout.reshape(shape) {
            Some(layout) => self.with_layout(layout),
            None => {
                let dense = self.contiguous();
                let layout = dense_layout(shape);
                assert_eq!(layout.numel(), dense.numel(), "{:?} reshaped to {shape:?}", self.shape());
                Array { data: dense.data, layout }
            }
        }
    }

    /// The view with its axes in another order.
    pub fn permuted(&self, axes: &[usize]) -> Array {
        self.with_layout(self.layout.permute(axes))
    }

    /// The view repeated along axes of size 1 to `shape`; `None` where an axis does not fit.
    pub fn broadcast_to(&self, shape: &[usize]) -> Option<Array> {
        Some(self.with_layout(self.layout.broadcast_to(shape)?))
    }

    /// Converts the numbers: floats to integers by cutting off the fraction, to booleans by asking whether they are
    /// not 0. The array itself where nothing changes.
    #[allow(clippy::unnecessary_cast)] // The macro meets each type with itself.
    pub fn to_dtype(&self, dtype: DType) -> Array {
        if dtype == self.dtype() {
            return self.clone();
        }
        with_dtype!(self.dtype(), A => match dtype {
            DType::Bool => self.map(|x: A| u8::from(x != A::default())),
            DType::I64 => self.map(|x: A| x as i64),
            DType::F32 => self.map(|x: A| x as f32),
            DType::F64 => self.map(|x: A| x as f64),
        })
    }

    /// The numbers in row-major order, converted to `T`.
    pub fn to_vec<T: Elem>(&self) -> Vec<T> {
        self.to_dtype(T::DTYPE).dense::<T>().to_vec()
    }

    /// The only number, as `f64`.
    ///
    /// # Errors
    /// When there is not exactly one.
    #[allow(clippy::unnecessary_cast)] // As above.
    pub fn item(&self) -> Result<f64> {
        ensure!(
            self.numel() == 1,
            "item",
            "shape {:?} has {} elements, not one; sum it, or pick one",
            self.shape(),
            self.numel()
        );
        Ok(with_dtype!(self.dtype(), T => self.memory::<T>()[self.layout.offset()] as f64))
    }

    /// The numbers, dense and writable: in place where this array alone holds its memory, in a copy otherwise.
    ///
    /// # Panics
    /// When `T` is not the array's type.
    #[track_caller]
    pub fn make_mut<T: Elem>(&mut self) -> &mut [T] {
        let unique = T::unwrap_mut(&mut self.data).is_some_and(|b| Arc::get_mut(b).is_some());
        if !unique || !self.is_contiguous() {
            *self = self.copied();
        }
        let (at, n, dtype) = (self.layout.offset(), self.numel(), self.dtype());
        match T::unwrap_mut(&mut self.data).and_then(Arc::get_mut) {
            Some(buffer) => &mut buffer[at..at + n],
            None => panic!("{dtype} numbers written as {}", T::DTYPE),
        }
    }

    /// `f` of every number.
    #[inline]
    #[track_caller]
    pub fn map<A: Elem, R: Elem>(&self, f: impl Unary<A, R>) -> Array {
        let mut out = Buffer::scratch(self.numel());
        map::unary(self.memory::<A>(), &self.layout, &mut out, f);
        Array::from_buffer(out, self.shape())
    }

    /// [`Array::map`] that writes over this array's memory where nobody else holds it.
    #[inline]
    #[track_caller]
    pub fn map_owned<A: Elem>(mut self, f: impl Unary<A, A>) -> Array {
        if !self.is_uniquely_dense::<A>() {
            return self.map(f);
        }
        map::apply(self.make_mut::<A>(), f);
        self
    }

    fn is_uniquely_dense<T: Elem>(&mut self) -> bool {
        self.layout.is_contiguous() && T::unwrap_mut(&mut self.data).is_some_and(|b| Arc::get_mut(b).is_some())
    }

    /// `f` of the numbers of two arrays, broadcast against each other as in NumPy.
    ///
    /// # Errors
    /// When the shapes do not fit; the error speaks for operation `op`.
    #[inline]
    #[track_caller]
    pub fn zip<A: Elem, B: Elem, R: Elem>(
        &self,
        op: &'static str,
        other: &Array,
        f: impl Binary<A, B, R>,
    ) -> Result<Array> {
        if self.shape() == other.shape() {
            let mut out = Buffer::scratch(self.numel());
            map::binary(self.memory::<A>(), &self.layout, other.memory::<B>(), &other.layout, &mut out, f);
            return Ok(Array::from_buffer(out, self.shape()));
        }
        let (a, b) = broadcast_pair(op, self, other)?;
        let mut out = Buffer::scratch(a.numel());
        map::binary(self.memory::<A>(), &a, other.memory::<B>(), &b, &mut out, f);
        Ok(Array::from_buffer(out, a.shape()))
    }

    /// [`Array::zip`] of shapes that are known to fit, as those of a gradient and a saved operand are.
    ///
    /// # Panics
    /// When they do not fit: a fault of the calling operation.
    #[inline]
    #[track_caller]
    pub fn fit<A: Elem, B: Elem, R: Elem>(&self, other: &Array, f: impl Binary<A, B, R>) -> Array {
        match self.zip("backward", other, f) {
            Ok(result) => result,
            Err(error) => panic!("{error}"),
        }
    }

    /// `f` of the numbers of three arrays, broadcast against each other as in NumPy.
    ///
    /// # Errors
    /// When the shapes do not fit; the error speaks for operation `op`.
    #[track_caller]
    pub fn zip3<A: Elem, B: Elem, C: Elem, R: Elem>(
        &self,
        op: &'static str,
        b: &Array,
        c: &Array,
        f: impl Fn(A, B, C) -> R + Copy + Sync,
    ) -> Result<Array> {
        let (la, lb) = broadcast_pair(op, self, b)?;
        let (la, lc) = broadcast_pair(op, &self.with_layout(la), c)?;
        let Some(lb) = lb.broadcast_to(la.shape()) else { unreachable!("{lb:?} was broadcast on the way to {la:?}") };
        let mut out = Buffer::scratch(la.numel());
        map::ternary((self.memory::<A>(), &la), (b.memory::<B>(), &lb), (c.memory::<C>(), &lc), &mut out, f);
        Ok(Array::from_buffer(out, la.shape()))
    }

    /// [`Array::zip3`] of shapes that are known to fit, as those of a gradient and two saved operands are.
    ///
    /// # Panics
    /// When they do not fit: a fault of the calling operation.
    #[track_caller]
    pub fn fit3<A: Elem, B: Elem, C: Elem, R: Elem>(
        &self,
        b: &Array,
        c: &Array,
        f: impl Fn(A, B, C) -> R + Copy + Sync,
    ) -> Array {
        match self.zip3("backward", b, c, f) {
            Ok(result) => result,
            Err(error) => panic!("{error}"),
        }
    }

    /// Zeros of `shape`, but for the view `at` of them, which holds this array's numbers.
    pub(crate) fn placed(&self, shape: &[usize], at: &Layout) -> Array {
        with_dtype!(self.dtype(), T => Array::build::<T>(shape, |out| {
            out.fill(T::default());
            map::place(&self.dense::<T>(), out, at);
        }))
    }

    /// [`Array::zip`] for a gradient that arrives by value and a saved array of its shape: writes over the gradient
    /// where nobody else holds it.
    ///
    /// # Panics
    /// When the shapes differ: a fault of the calling operation.
    #[inline]
    #[track_caller]
    pub fn zip_owned<A: Elem, B: Elem>(mut self, other: &Array, f: impl Binary<A, B, A>) -> Array {
        assert_eq!(self.shape(), other.shape(), "zip_owned: the shapes differ");
        if other.is_contiguous() && self.is_uniquely_dense::<A>() {
            map::update(self.make_mut::<A>(), &other.dense::<B>(), f);
            return self;
        }
        let mut out = Buffer::scratch(self.numel());
        map::binary(self.memory::<A>(), &self.layout, other.memory::<B>(), &other.layout, &mut out, f);
        Array::from_buffer(out, self.shape())
    }

    /// Σ x², added up in `f64` by blocks; 0 for integers.
    pub fn square_norm(&self) -> f64 {
        if !self.dtype().is_float() {
            return 0.0;
        }
        crate::with_float!(self.dtype(), T => {
            let values = self.dense::<T>();
            let blocks = values.len().div_ceil(map::GRAIN);
            let mut sums = vec![0.0; blocks];
            gradus_kernels::threads::for_chunks(&mut sums, 1, |first, sums| {
                for (i, sum) in sums.iter_mut().enumerate() {
                    let at = (first + i) * map::GRAIN;
                    *sum = reduce::square_sum(&values[at..(at + map::GRAIN).min(values.len())]);
                }
            });
            sums.iter().sum()
        })
    }

    /// This array plus `other` of the same shape and type, in place where nobody else holds it.
    pub fn plus(self, other: &Array) -> Array {
        match self.dtype() {
            DType::F64 => self.zip_owned(other, |a: f64, b: f64| a + b),
            DType::I64 => self.zip_owned(other, |a: i64, b: i64| a + b),
            _ => self.zip_owned(other, |a: f32, b: f32| a + b),
        }
    }

    /// Folds `axes` away. With `keepdim` they stay with size 1.
    pub fn reduce<T: Elem>(&self, axes: Axes, keepdim: bool, fold: impl Fold<T>) -> Array {
        let cut = self.cut(axes);
        let shape = reduced_shape(self.shape(), axes, keepdim);
        Array::build(shape.as_slice(), |out| reduce::middle(&cut.array.dense::<T>(), cut.sizes, out, fold))
    }

    /// The array with the axes to fold in the middle: `[outer, n, inner]`, a view or a copy.
    pub(crate) fn cut(&self, axes: Axes) -> Cut {
        let shape = self.shape();
        let folded = |d: usize| axes.contains(d);
        let first = (0..self.ndim()).find(|&d| folded(d)).unwrap_or(self.ndim());
        let last = (0..self.ndim()).rev().find(|&d| folded(d)).map_or(first, |d| d + 1);
        let sizes = |r: std::ops::Range<usize>| shape[r].iter().product::<usize>();
        if (first..last).all(|d| folded(d) || shape[d] == 1) {
            let sizes = [sizes(0..first), sizes(first..last), sizes(last..self.ndim())];
            return Cut { array: self.contiguous(), sizes };
        }
        let mut order = [0; MAX_DIMS];
        let kept = (0..self.ndim()).filter(|&d| !folded(d));
        for (slot, d) in order.iter_mut().zip(kept.chain((0..self.ndim()).filter(|&d| folded(d)))) {
            *slot = d;
        }
        let n: usize = (0..self.ndim()).filter(|&d| folded(d)).map(|d| shape[d]).product();
        let outer: usize = (0..self.ndim()).filter(|&d| !folded(d)).map(|d| shape[d]).product();
        Cut { array: self.permuted(&order[..self.ndim()]).contiguous(), sizes: [outer, n, 1] }
    }

    /// Sums a gradient over the axes along which an operand of `shape` was broadcast.
    pub fn sum_to(self, shape: &[usize]) -> Array {
        if self.shape() == shape {
            return self;
        }
        let lead = self.ndim() - shape.len();
        let mut axes = Axes::NONE;
        for d in 0..self.ndim() {
            if d < lead || (shape[d - lead] == 1 && self.shape()[d] != 1) {
                axes.0 |= 1 << d;
            }
        }
        crate::with_float!(self.dtype(), T => self.reduce::<T>(axes, true, reduce::Add)).reshaped(shape)
    }
}

/// See [`Array::cut`].
pub(crate) struct Cut {
    pub(crate) array: Array,
    pub(crate) sizes: [usize; 3],
}

/// A shape on the stack.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    dims: [usize; MAX_DIMS],
    ndim: usize,
}

impl Shape {
    pub(crate) fn new(shape: &[usize]) -> Shape {
        let mut dims = [1; MAX_DIMS];
        dims[..shape.len()].copy_from_slice(shape);
        Shape { dims, ndim: shape.len() }
    }

    pub(crate) fn push(&mut self, n: usize) {
        self.dims[self.ndim] = n;
        self.ndim += 1;
    }

    pub(crate) fn as_slice(&self) -> &[usize] {
        &self.dims[..self.ndim]
    }
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        self.as_slice()
    }
}

impl std::ops::DerefMut for Shape {
    fn deref_mut(&mut self) -> &mut [usize] {
        &mut self.dims[..self.ndim]
    }
}

/// `shape` with `axes` folded away.
pub(crate) fn reduced_shape(shape: &[usize], axes: Axes, keepdim: bool) -> Shape {
    let mut out = Shape::new(&[]);
    for (d, &n) in shape.iter().enumerate() {
        match (axes.contains(d), keepdim) {
            (false, _) => out.push(n),
            (true, true) => out.push(1),
            (true, false) => {}
        }
    }
    out
}

/// Both layouts broadcast to their common shape.
pub(crate) fn broadcast_pair(op: &'static str, a: &Array, b: &Array) -> Result<(Layout, Layout)> {
    let fit = broadcast_shapes(a.shape(), b.shape());
    fit.and_then(|(shape, ndim)| {
        let shape = &shape[..ndim];
        Some((a.layout.broadcast_to(shape)?, b.layout.broadcast_to(shape)?))
    })
    .ok_or_else(|| {
        let (x, y) = (a.shape(), b.shape());
        let clash = (1..=x.len().min(y.len())).find(|&i| {
            let (p, q) = (x[x.len() - i], y[y.len() - i]);
            p != q && p != 1 && q != 1
        });
        let clash = clash.map_or(String::new(), |i| {
            format!(": axis -{i} is {} here and {} there", x[x.len() - i], y[y.len() - i])
        });
        Error::new(op, format!("{x:?} does not broadcast with {y:?}{clash}; sizes must be equal or one of them 1, counted from the last axis"))
    })
}

/// Refuses shapes with too many axes or more elements than memory has addresses.
pub(crate) fn check_shape(op: &'static str, shape: &[usize]) -> Result<()> {
    ensure!(shape.len() <= MAX_DIMS, op, "shape {shape:?} has {} axes; at most {MAX_DIMS} are possible", shape.len());
    ensure!(Layout::contiguous(shape).is_some(), op, "shape {shape:?} has more elements than memory has addresses");
    Ok(())
}

#[inline]
#[track_caller]
fn dense_layout(shape: &[usize]) -> Layout {
    match Layout::contiguous(shape) {
        Some(layout) => layout,
        None => panic!("shape {shape:?} has more than {MAX_DIMS} axes or more elements than memory has addresses"),
    }
}

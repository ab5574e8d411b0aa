//! Matrix products.

mod pack;
mod product;
mod tile;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::element::Float;
use crate::simd::{self, Level, level};
use crate::threads::threads;
use product::{Product, spread};
use std::marker::PhantomData;
use vector::Portable;

/// A matrix inside a slice: element (i, j) stands at `i·row_stride + j·col_stride`.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a, T> {
    /// The memory; element (0, 0) is its first.
    pub data: &'a [T],
    /// Distance between rows, in elements.
    pub row_stride: usize,
    /// Distance between columns, in elements.
    pub col_stride: usize,
}

impl<'a, T> MatRef<'a, T> {
    /// A dense row-major matrix with `cols` columns.
    pub fn rows(data: &'a [T], cols: usize) -> Self {
        MatRef { data, row_stride: cols, col_stride: 1 }
    }

    /// The same memory read as the transposed matrix.
    pub fn t(self) -> Self {
        MatRef { data: self.data, row_stride: self.col_stride, col_stride: self.row_stride }
    }
}

/// What a product does with its destination.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Store<'a, T> {
    /// C = A·B.
    Set,
    /// C = A·B + bias, with one bias value a column (`[n]`).
    Bias(&'a [T]),
    /// C = C + A·B.
    Add,
}

/// C = A·B, A `[m, k]`, B `[k, n]`, C `[m, n]` row-major with `c_row_stride` elements from row to row.
///
/// Strides of A and B may be anything, 0 included. Large products are spread over [`threads`]; their number changes
/// no bit of the result. With `k = 0`, C is set to zero or to the bias.
///
/// ```
/// use gradus_kernels::gemm::{MatRef, Store, gemm};
/// let (a, b) = ([1.0_f32, 2.0, 3.0, 4.0], [1.0, 0.0, 0.0, 10.0]);
/// let mut c = [0.0; 4];
/// gemm(2, 2, 2, MatRef::rows(&a, 2), MatRef::rows(&b, 2).t(), &mut c, 2, Store::Bias(&[0.5, 0.0]));
/// assert_eq!(c, [1.5, 20.0, 3.5, 40.0]);
/// ```
///
/// # Panics
/// When a slice is too short for its shape, or rows of C overlap.
pub fn gemm<T: Float>(
    m: usize,
    n: usize,
    k: usize,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    c: &mut [T],
    c_row_stride: usize,
    store: Store<'_, T>,
) {
    if let Some(product) = checked(m, n, k, a, b, c, c_row_stride, store) {
        T::spread(&product, level(), threads());
    }
}

/// The element types of a product.
pub trait Operand: Sized {
    /// Computes a product with the instructions of `level` or, where the processor has not got them, the best it has.
    #[doc(hidden)]
    fn spread(product: &Checked<'_, Self>, level: Level, threads: usize);
}

macro_rules! operand {
    ($t:ty, $v512:ident, $v256:ident, $base:ty) => {
        impl Operand for $t {
            fn spread(product: &Checked<'_, $t>, level: Level, threads: usize) {
                let spread = match level.min(simd::level()) {
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 => spread::<std::arch::x86_64::$v512>,
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 => spread::<std::arch::x86_64::$v256>,
                    _ => spread::<$base>,
                };
                // SAFETY: the processor has the instructions of `simd::level`; `checked` compared the slices with the
                // shapes, and `product` still borrows them.
                unsafe { spread(&product.0, threads) }
            }
        }
    };
}
operand!(f32, __m512, __m256, Portable<f32, 4>);
operand!(f64, __m512d, __m256d, Portable<f64, 2>);

/// A product whose slices are long enough for its shapes, and that has work to do.
#[doc(hidden)]
#[derive(Debug)]
pub struct Checked<'a, T>(Product<T>, PhantomData<(&'a [T], &'a mut [T])>);

/// Compares slices with shapes, and does what needs no product.
fn checked<'a, T: Float>(
    m: usize,
    n: usize,
    k: usize,
    a: MatRef<'a, T>,
    b: MatRef<'a, T>,
    c: &'a mut [T],
    c_row_stride: usize,
    store: Store<'a, T>,
) -> Option<Checked<'a, T>> {
    check_span("A", a.data.len(), [m, k], [a.row_stride, a.col_stride]);
    check_span("B", b.data.len(), [k, n], [b.row_stride, b.col_stride]);
    check_span("C", c.len(), [m, n], [c_row_stride, 1]);
    assert!(m <= 1 || c_row_stride >= n, "gemm: the rows of C overlap: {n} columns, row stride {c_row_stride}");
    let (mut add, mut bias) = (false, std::ptr::null());
    match store {
        Store::Set => {}
        Store::Add => add = true,
        Store::Bias(values) => {
            assert!(values.len() >= n, "gemm: bias has {} values for {n} columns", values.len());
            bias = values.as_ptr();
        }
    }
    if m == 0 || n == 0 {
        return None;
    }
    if k == 0 {
        for i in 0..m {
            let row = &mut c[i * c_row_stride..][..n];
            match store {
                Store::Set => row.fill(T::ZERO),
                Store::Bias(bias) => row.copy_from_slice(&bias[..n]),
                Store::Add => {}
            }
        }
        return None;
    }
    let (a, a_row, a_col) = (a.data.as_ptr(), a.row_stride, a.col_stride);
    let (b, b_row, b_col) = (b.data.as_ptr(), b.row_stride, b.col_stride);
    let (c, c_row) = (c.as_mut_ptr(), c_row_stride);
    Some(Checked(Product { m, n, k, a, a_row, a_col, b, b_row, b_col, c, c_row, add, bias }, PhantomData))
}

/// Panics if a slice of `len` elements ends before the last element of a matrix.
fn check_span(name: &str, len: usize, [rows, cols]: [usize; 2], [row, col]: [usize; 2]) {
    if rows == 0 || cols == 0 {
        return;
    }
    let last = (rows - 1).checked_mul(row).zip((cols - 1).checked_mul(col)).and_then(|(i, j)| i.checked_add(j));
    assert!(
        last.is_some_and(|last| last < len),
        "gemm: {name} [{rows}, {cols}] with strides [{row}, {col}] does not fit into a slice of {len} elements"
    );
}

#[cfg(test)]
mod tests;

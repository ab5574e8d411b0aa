//! Matrix products.

use crate::element::Float;

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
/// # Panics
/// When a slice is too short for its shape.
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
    for i in 0..m {
        for j in 0..n {
            let mut sum = T::ZERO;
            for p in 0..k {
                sum += a.data[i * a.row_stride + p * a.col_stride] * b.data[p * b.row_stride + j * b.col_stride];
            }
            let out = &mut c[i * c_row_stride + j];
            *out = match store {
                Store::Set => sum,
                Store::Bias(bias) => sum + bias[j],
                Store::Add => *out + sum,
            };
        }
    }
}

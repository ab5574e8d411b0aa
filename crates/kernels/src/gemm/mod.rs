//! Matrix products.

mod pack;
mod product;
mod tile;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::element::Float;
use crate::simd::{Level, level};
use product::{Product, product};
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
    T::gemm(m, n, k, a, b, c, c_row_stride, store, level());
}

/// The element types of a product.
pub trait Operand: Sized {
    #[doc(hidden)]
    fn gemm(
        m: usize,
        n: usize,
        k: usize,
        a: MatRef<'_, Self>,
        b: MatRef<'_, Self>,
        c: &mut [Self],
        c_row_stride: usize,
        store: Store<'_, Self>,
        level: Level,
    );
}

macro_rules! operand {
    ($t:ty, $v512:ident, $v256:ident, $base:ty) => {
        impl Operand for $t {
            fn gemm(
                m: usize,
                n: usize,
                k: usize,
                a: MatRef<'_, $t>,
                b: MatRef<'_, $t>,
                c: &mut [$t],
                c_row_stride: usize,
                store: Store<'_, $t>,
                level: Level,
            ) {
                let product = match level {
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 => product::<std::arch::x86_64::$v512>,
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 => product::<std::arch::x86_64::$v256>,
                    _ => product::<$base>,
                };
                let Some(p) = checked(m, n, k, a, b, c, c_row_stride, store) else { return };
                // SAFETY: `level` is never above what the processor has; `checked` has compared every slice with its shape.
                unsafe { product(&p) }
            }
        }
    };
}
operand!(f32, __m512, __m256, Portable<f32, 4>);
operand!(f64, __m512d, __m256d, Portable<f64, 2>);

/// The last index of a strided matrix, plus one.
fn span(rows: usize, cols: usize, row: usize, col: usize) -> Option<usize> {
    if rows == 0 || cols == 0 {
        return Some(0);
    }
    (rows - 1).checked_mul(row)?.checked_add((cols - 1).checked_mul(col)?)?.checked_add(1)
}

fn fits(len: usize, rows: usize, cols: usize, row: usize, col: usize, name: &str) {
    let needed = span(rows, cols, row, col);
    assert!(
        needed.is_some_and(|n| n <= len),
        "gemm: {name} [{rows}, {cols}] with strides [{row}, {col}] needs {needed:?} elements, the slice has {len}"
    );
}

fn checked<T: Copy + Default + std::ops::AddAssign>(
    m: usize,
    n: usize,
    k: usize,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    c: &mut [T],
    c_row_stride: usize,
    store: Store<'_, T>,
) -> Option<Product<T>> {
    fits(a.data.len(), m, k, a.row_stride, a.col_stride, "A");
    fits(b.data.len(), k, n, b.row_stride, b.col_stride, "B");
    fits(c.len(), m, n, c_row_stride, 1, "C");
    assert!(m <= 1 || c_row_stride >= n, "gemm: rows of C overlap");
    if let Store::Bias(bias) = store {
        assert!(bias.len() >= n, "gemm: bias");
    }
    if m == 0 || n == 0 {
        return None;
    }
    if k == 0 {
        for i in 0..m {
            let row = &mut c[i * c_row_stride..][..n];
            match store {
                Store::Set => row.fill(T::default()),
                Store::Bias(bias) => row.copy_from_slice(&bias[..n]),
                Store::Add => {}
            }
        }
        return None;
    }
    Some(Product {
        m,
        n,
        k,
        a: a.data.as_ptr(),
        a_row: a.row_stride,
        a_col: a.col_stride,
        b: b.data.as_ptr(),
        b_row: b.row_stride,
        b_col: b.col_stride,
        c: c.as_mut_ptr(),
        c_row: c_row_stride,
        add: matches!(store, Store::Add),
        bias: match store {
            Store::Bias(bias) => bias.as_ptr(),
            _ => std::ptr::null(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in −1 … 1 that depend on the seed.
    fn numbers(len: usize, seed: u64) -> Vec<f64> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
            })
            .collect()
    }

    fn agrees(level: Level, m: usize, n: usize, k: usize, turn: (bool, bool), pad: usize, store: u8) {
        let a = numbers(m * k + (m + k) * pad, 1).iter().map(|&x| x as f32).collect::<Vec<_>>();
        let b = numbers(n * k + (n + k) * pad, 2).iter().map(|&x| x as f32).collect::<Vec<_>>();
        let bias = numbers(n, 3).iter().map(|&x| x as f32).collect::<Vec<_>>();
        let ldc = n + pad;
        let before = numbers(m * ldc, 4).iter().map(|&x| x as f32).collect::<Vec<_>>();
        let a_ref = if turn.0 { MatRef::rows(&a, m + pad).t() } else { MatRef::rows(&a, k + pad) };
        let b_ref = if turn.1 { MatRef::rows(&b, k + pad).t() } else { MatRef::rows(&b, n + pad) };
        let store = [Store::Set, Store::Bias(&bias), Store::Add][store as usize];
        let mut c = before.clone();
        <f32 as Operand>::gemm(m, n, k, a_ref, b_ref, &mut c, ldc, store, level);
        for i in 0..m {
            for j in 0..ldc {
                let old = before[i * ldc + j];
                if j >= n {
                    assert_eq!(c[i * ldc + j], old, "written beside C");
                    continue;
                }
                let mut sum = 0.0_f64;
                for p in 0..k {
                    sum += a_ref.data[i * a_ref.row_stride + p * a_ref.col_stride] as f64
                        * b_ref.data[p * b_ref.row_stride + j * b_ref.col_stride] as f64;
                }
                let want = match store {
                    Store::Set => sum,
                    Store::Bias(bias) => sum + bias[j] as f64,
                    Store::Add => sum + old as f64,
                };
                let got = c[i * ldc + j] as f64;
                let bound = 1e-6 * (2.0 + k as f64).sqrt() * 4.0;
                assert!(
                    (got - want).abs() < bound,
                    "{level:?} {m}x{k}x{n} {turn:?} {store:?}: C[{i},{j}] = {got}, not {want}"
                );
            }
        }
    }

    #[test]
    fn agrees_with_the_sum_of_products() {
        for level in [Level::Baseline, Level::Avx2, Level::Avx512].into_iter().filter(|&l| l <= crate::simd::level()) {
            for (m, n, k) in
                [(1, 1, 1), (5, 7, 3), (32, 27, 200), (13, 45, 17), (17, 200, 30), (70, 33, 40), (70, 150, 600)]
            {
                for turn in [(false, false), (true, false), (false, true), (true, true)] {
                    for store in 0..3 {
                        agrees(level, m, n, k, turn, store as usize, store);
                    }
                }
            }
        }
    }
}

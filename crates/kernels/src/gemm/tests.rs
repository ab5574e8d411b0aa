//! Every path against the sum of products, on every instruction set that this processor has.

use super::*;
use proptest::prelude::*;

/// The levels that can run here.
fn levels() -> impl Iterator<Item = Level> {
    [Level::Baseline, Level::Avx2, Level::Avx512].into_iter().filter(|&l| l <= simd::level())
}

/// Numbers in −1 … 1.
fn numbers<T: Float>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        T::from_f64((state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0)
    };
    (0..len).map(|_| next()).collect()
}

/// How a matrix lies in memory.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// Rows, with a gap after each.
    Rows(usize),
    /// Columns, with a gap after each.
    Columns(usize),
    /// Neither rows nor columns contiguous.
    Spread(usize),
    /// One row (or one column) that stands for all.
    SameRow,
    SameColumn,
    /// One number.
    Same,
}

impl Lie {
    fn strides(self, [rows, cols]: [usize; 2]) -> [usize; 2] {
        match self {
            Lie::Rows(gap) => [cols + gap, 1],
            Lie::Columns(gap) => [1, rows + gap],
            Lie::Spread(gap) => [2 * cols + gap, 2],
            Lie::SameRow => [0, 1],
            Lie::SameColumn => [1, 0],
            Lie::Same => [0, 0],
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Set,
    Bias,
    Add,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    shape: [usize; 3],
    lies: [Lie; 2],
    gap: usize,
    kind: Kind,
}

/// Computes a case, and checks what it says and that nothing beside C was touched.
fn compute<T: Float>(case: Case, level: Level, threads: usize) -> Vec<T> {
    let Case { shape: [m, n, k], lies: [lie_a, lie_b], gap, kind } = case;
    let ([a_row, a_col], [b_row, b_col]) = (lie_a.strides([m, k]), lie_b.strides([k, n]));
    let span = |rows: usize, cols: usize, row: usize, col: usize| match rows.min(cols) {
        0 => 0,
        _ => (rows - 1) * row + (cols - 1) * col + 1,
    };
    // Not one element more than is needed: reading past the end is then reading past the allocation.
    let a: Vec<T> = numbers(span(m, k, a_row, a_col), 1);
    let b: Vec<T> = numbers(span(k, n, b_row, b_col), 2);
    let bias: Vec<T> = numbers(n, 3);
    let c_row = n + gap;
    let before: Vec<T> = numbers(span(m, n, c_row, 1), 4);
    let mut c = before.clone();
    let store = match kind {
        Kind::Set => Store::Set,
        Kind::Bias => Store::Bias(&bias),
        Kind::Add => Store::Add,
    };
    let a_ref = MatRef { data: &a, row_stride: a_row, col_stride: a_col };
    let b_ref = MatRef { data: &b, row_stride: b_row, col_stride: b_col };
    if let Some(product) = checked(m, n, k, a_ref, b_ref, &mut c, c_row, store) {
        T::spread(&product, level, threads);
    }
    let unit = if size_of::<T>() == 8 { f64::EPSILON } else { f64::from(f32::EPSILON) };
    for (at, (&got, &old)) in c.iter().zip(&before).enumerate() {
        let (i, j) = (at / c_row, at % c_row);
        if j >= n {
            assert!(got == old, "{case:?} {level:?}: wrote beside C, at row {i}, column {j}");
            continue;
        }
        let terms = (0..k).map(|p| a[i * a_row + p * a_col].to_f64() * b[p * b_row + j * b_col].to_f64());
        let sum: f64 = terms.clone().sum();
        let want = match kind {
            Kind::Set => sum,
            Kind::Bias => sum + bias[j].to_f64(),
            Kind::Add => sum + old.to_f64(),
        };
        // The bound of Higham, Accuracy and Stability of Numerical Algorithms, §3.1, for sums in any order.
        let bound = (k + 2) as f64 * unit * (terms.map(f64::abs).sum::<f64>() + 1.0);
        let error = (got.to_f64() - want).abs();
        assert!(error <= bound, "{case:?} {level:?}: C[{i}, {j}] is {got:?}, not {want}");
    }
    c
}

fn agrees(case: Case) {
    for level in levels() {
        compute::<f32>(case, level, 1);
        compute::<f64>(case, level, 1);
    }
}

fn lie() -> impl Strategy<Value = Lie> {
    prop_oneof![
        4 => (0..4_usize).prop_map(Lie::Rows),
        4 => (0..4_usize).prop_map(Lie::Columns),
        1 => (0..4_usize).prop_map(Lie::Spread),
        1 => Just(Lie::SameRow),
        1 => Just(Lie::SameColumn),
        1 => Just(Lie::Same),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Set), Just(Kind::Bias), Just(Kind::Add)]
}

fn case(largest: usize) -> impl Strategy<Value = Case> {
    ([0..largest, 0..largest, 0..largest], [lie(), lie()], 0..3_usize, kind())
        .prop_map(|(shape, lies, gap, kind)| Case { shape, lies, gap, kind })
}

const CASES: u32 = if cfg!(miri) { 12 } else { 400 };

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_products_agree(case in case(if cfg!(miri) { 9 } else { 70 })) {
        agrees(case);
    }
}

/// Shapes at the edges of tiles, vectors and blocks.
#[test]
fn edges_agree() {
    let lies = [Lie::Rows(0), Lie::Columns(0), Lie::Rows(1), Lie::Columns(3)];
    let shapes: &[[usize; 3]] = if cfg!(miri) {
        &[[9, 9, 9], [2, 17, 3]]
    } else {
        &[
            [1, 1, 1],
            [1, 300, 2],
            [300, 1, 1],
            [32, 27, 200],
            [30, 200, 32],
            [200, 27, 32],
            [65, 49, 40],
            [70, 145, 33],
            [3, 260, 60],
            [25, 17, 513],
            [13, 50, 1025],
        ]
    };
    for &shape in shapes {
        for lie_a in lies {
            for lie_b in lies {
                for kind in [Kind::Set, Kind::Bias, Kind::Add] {
                    agrees(Case { shape, lies: [lie_a, lie_b], gap: 0, kind });
                }
            }
        }
    }
}

/// More rows, columns and terms than one block of each holds.
#[test]
fn several_blocks_agree() {
    let shapes: &[[usize; 3]] = if cfg!(miri) { &[] } else { &[[420, 20, 1030], [30, 2200, 600]] };
    for &shape in shapes {
        for lies in [[Lie::Rows(0), Lie::Rows(0)], [Lie::Columns(1), Lie::Columns(1)]] {
            for level in levels() {
                compute::<f32>(Case { shape, lies, gap: 1, kind: Kind::Bias }, level, 1);
                compute::<f64>(Case { shape, lies, gap: 1, kind: Kind::Add }, level, 1);
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let shapes: &[[usize; 3]] =
        if cfg!(miri) { &[[130, 130, 64]] } else { &[[150, 100, 600], [33, 700, 100], [700, 20, 300]] };
    for &shape in shapes {
        for lies in [[Lie::Rows(0), Lie::Rows(0)], [Lie::Columns(0), Lie::Rows(1)], [Lie::Rows(2), Lie::Columns(0)]] {
            for kind in [Kind::Bias, Kind::Add] {
                let case = Case { shape, lies, gap: 1, kind };
                for level in levels() {
                    let one = compute::<f32>(case, level, 1);
                    for threads in [2, 3] {
                        assert!(compute::<f32>(case, level, threads) == one, "{case:?} {level:?} on {threads} threads");
                    }
                }
            }
        }
    }
}

/// The same element has the same bits whatever stands beside it: tiles and panels do not show.
#[test]
fn a_part_has_the_bits_of_the_whole() {
    let (m, n, k) = if cfg!(miri) { (9, 11, 5) } else { (61, 131, 77) };
    let (a, b): (Vec<f32>, Vec<f32>) = (numbers(m * k, 1), numbers(k * n, 2));
    let multiply = |level: Level, m: usize, n: usize, a: &[f32], b: &[f32], b_row: usize| {
        let mut c = vec![0.0; m * n];
        let (a, b) = (MatRef::rows(a, k), MatRef { data: b, row_stride: b_row, col_stride: 1 });
        if let Some(product) = checked(m, n, k, a, b, &mut c, n, Store::Set) {
            f32::spread(&product, level, 1);
        }
        c
    };
    for level in levels() {
        let whole = multiply(level, m, n, &a, &b, n);
        for (i, j) in [(0, 0), (1, 3), (m - 1, n - 1), (m / 2, n / 2)] {
            let part = multiply(level, m - i, n - j, &a[i * k..], &b[j..], n);
            for (row, part) in part.chunks_exact(n - j).enumerate() {
                assert_eq!(part, &whole[(i + row) * n + j..][..n - j], "{level:?} from {i}, {j}");
            }
        }
    }
}

#[test]
fn not_a_number_reaches_its_row_and_column_only() {
    for level in levels() {
        for place in 0..20 {
            let mut a: Vec<f32> = numbers(5 * 20, 1);
            let b: Vec<f32> = numbers(20 * 19, 2);
            a[2 * 20 + place] = f32::NAN;
            let mut c = vec![0.0; 5 * 19];
            if let Some(product) =
                checked(5, 19, 20, MatRef::rows(&a, 20), MatRef::rows(&b, 19), &mut c, 19, Store::Set)
            {
                f32::spread(&product, level, 1);
            }
            assert!(c.iter().enumerate().all(|(at, x)| x.is_nan() == (at / 19 == 2)), "{level:?}");
        }
    }
}

#[test]
fn empty_products() {
    let mut c = [7.0_f32; 6];
    let (a, b) = (MatRef::rows(&[], 0), MatRef::rows(&[], 3));
    gemm(2, 3, 0, a, b, &mut c, 3, Store::Add);
    assert_eq!(c, [7.0; 6]);
    gemm(2, 3, 0, a, b, &mut c, 3, Store::Bias(&[1.0, 2.0, 3.0]));
    assert_eq!(c, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
    gemm(2, 3, 0, a, b, &mut c, 3, Store::Set);
    assert_eq!(c, [0.0; 6]);
    gemm(0, 3, 2, MatRef::rows(&[], 2), MatRef::rows(&[0.0; 6], 3), &mut [], 3, Store::Set);
    gemm(2, 0, 2, MatRef::rows(&[0.0; 4], 2), MatRef::rows(&[], 0), &mut [], 0, Store::Set);
}

/// A slice that ends one element early, or strides whose product does not fit a `usize`.
#[test]
fn short_slices_panic_before_anything_is_read() {
    let said = |run: &dyn Fn()| {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).expect_err("no panic");
        panic.downcast_ref::<String>().cloned().unwrap_or_default()
    };
    let ones = [1.0_f32; 64];
    let product = |a: &[f32], a_row: usize, b: &[f32], c_len: usize, c_row: usize, store: Store<'_, f32>| {
        let a = MatRef { data: a, row_stride: a_row, col_stride: 1 };
        gemm(3, 5, 4, a, MatRef::rows(b, 5), &mut vec![0.0; c_len], c_row, store);
    };
    product(&ones[..12], 4, &ones[..20], 15, 5, Store::Bias(&ones[..5]));
    for (run, what) in [
        (&(|| product(&ones[..11], 4, &ones[..20], 15, 5, Store::Set)) as &dyn Fn(), "A [3, 4]"),
        (&|| product(&ones[..12], usize::MAX / 2, &ones[..20], 15, 5, Store::Set), "A [3, 4]"),
        (&|| product(&ones[..12], 4, &ones[..19], 15, 5, Store::Set), "B [4, 5]"),
        (&|| product(&ones[..12], 4, &ones[..20], 14, 5, Store::Set), "C [3, 5]"),
        (&|| product(&ones[..12], 4, &ones[..20], 15, 4, Store::Set), "the rows of C overlap"),
        (&|| product(&ones[..12], 4, &ones[..20], 15, 5, Store::Bias(&ones[..4])), "bias has 4 values"),
    ] {
        let said = said(run);
        assert!(said.contains(what), "{said:?} does not speak of {what:?}");
    }
}

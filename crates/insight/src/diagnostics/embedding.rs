//! The embedding table as a map: where each symbol lies in two dimensions.

use gradus_train::Session;
use serde::Serialize;

/// The most symbols on a map: more could not be read.
const MOST_SYMBOLS: usize = 1000;

/// Symbols in two dimensions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmbeddingMap {
    /// The table's name: `embedding.weight`.
    pub name: String,
    /// How many numbers a symbol's vector has.
    pub dimensions: usize,
    /// The share of the vectors' variance that lies along each axis of the map; `None` where the vectors have two
    /// numbers and stand as they were trained.
    pub explained: Option<[f64; 2]>,
    /// Each symbol with its place.
    pub points: Vec<Point>,
}

/// A symbol's place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The symbol.
    pub label: String,
    /// To the right.
    pub x: f64,
    /// Upward.
    pub y: f64,
}

/// The map of a model's symbols: as trained where the vectors have two numbers, else along their two principal
/// components (Pearson 1901). `None` where the model has no table of vectors, or vectors of one number.
pub fn embedding_map(session: &Session) -> Option<EmbeddingMap> {
    let labels = labels(session);
    let (name, table) = session.parameters().iter().find_map(|(name, param)| {
        let part = name.strip_suffix(".weight")?.rsplit('.').next()?;
        let table = param.value();
        // A table may have more rows than there are symbols: a blank of its own.
        let fits = matches!(*table.shape(), [rows, width] if rows >= labels.len() && width >= 2);
        (fits && ["embedding", "token"].contains(&part)).then(|| (name.clone(), table))
    })?;
    let width = table.shape()[1];
    let rows: Vec<Vec<f64>> = table.to_vec::<f64>().chunks_exact(width).map(<[f64]>::to_vec).collect();
    let shown = labels.len().min(MOST_SYMBOLS);
    let rows = &rows[..shown];
    if rows.iter().flatten().any(|v| !v.is_finite()) {
        return None;
    }
    let (places, explained) = match width {
        2 => (rows.iter().map(|row| [row[0], row[1]]).collect(), None),
        _ => {
            let (places, explained) = principal_components(rows);
            (places, Some(explained))
        }
    };
    let points = labels.into_iter().zip(places).map(|(label, [x, y])| Point { label, x, y }).collect();
    Some(EmbeddingMap { name, dimensions: width, explained, points })
}

/// The symbols of a model, in the order of their numbers; none where it is not shown text.
pub(crate) fn labels(session: &Session) -> Vec<String> {
    let Ok(tokenizer) = session.corpus().tokenizer() else { return Vec::new() };
    (0..tokenizer.len() as i64).map(|id| tokenizer.piece(id).unwrap_or_default()).collect()
}

/// The rows' coordinates along the two directions in which they vary most, and the share of the variance in each.
pub(crate) fn principal_components(rows: &[Vec<f64>]) -> (Vec<[f64; 2]>, [f64; 2]) {
    let (n, width) = (rows.len(), rows.first().map_or(0, Vec::len));
    let mean = |j: usize| rows.iter().map(|row| row[j]).sum::<f64>() / n.max(1) as f64;
    let means: Vec<f64> = (0..width).map(mean).collect();
    let x: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().zip(&means).map(|(v, m)| v - m).collect()).collect();
    // X = U·S·Vᵀ: the coordinates are U·S. XᵀX = V·S²·Vᵀ and XXᵀ = U·S²·Uᵀ; the smaller of the two is taken apart.
    let along_columns = width <= n;
    let products = if along_columns {
        let column = |j: usize| -> Vec<f64> { x.iter().map(|row| row[j]).collect() };
        gram(&(0..width).map(column).collect::<Vec<_>>())
    } else {
        gram(&x)
    };
    let (values, vectors) = symmetric_eigen(products);
    let total: f64 = values.iter().map(|v| v.max(0.0)).sum();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let mut places = vec![[0.0; 2]; n];
    let mut explained = [0.0; 2];
    for (axis, &k) in order.iter().take(2).enumerate() {
        let size = values[k].max(0.0);
        explained[axis] = if total > 0.0 { size / total } else { 0.0 };
        let mut along: Vec<f64> = if along_columns {
            x.iter().map(|row| dot(row, &vectors[k])).collect()
        } else {
            vectors[k].iter().map(|u| u * size.sqrt()).collect()
        };
        // A direction has no sign of its own: the farthest symbol is to lie on the positive side.
        let farthest = along.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        if farthest < 0.0 {
            along.iter_mut().for_each(|v| *v = -*v);
        }
        for (place, v) in places.iter_mut().zip(along) {
            place[axis] = v;
        }
    }
    (places, explained)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// All products of rows with rows.
fn gram(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    rows.iter().map(|a| rows.iter().map(|b| dot(a, b)).collect()).collect()
}

/// Eigenvalues of a symmetric matrix and, for each, its eigenvector of length 1, by Jacobi's rotations (1846): the
/// largest element outside of the diagonal is turned to 0 again and again, row by row here.
fn symmetric_eigen(mut a: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    const SWEEPS: usize = 50;
    let n = a.len();
    // Row k is the k-th eigenvector.
    let mut v: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let size: f64 = a.iter().flatten().map(|x| x * x).sum();
    for _ in 0..SWEEPS {
        let outside: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        if outside <= 1e-24 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if a[p][q] == 0.0 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for k in 0..n {
                    let (x, y) = (a[k][p], a[k][q]);
                    (a[k][p], a[k][q]) = (c * x - s * y, s * x + c * y);
                }
                for k in 0..n {
                    let (x, y) = (a[p][k], a[q][k]);
                    (a[p][k], a[q][k]) = (c * x - s * y, s * x + c * y);
                    let (x, y) = (v[p][k], v[q][k]);
                    (v[p][k], v[q][k]) = (c * x - s * y, s * x + c * y);
                }
            }
        }
    }
    ((0..n).map(|i| a[i][i]).collect(), v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradus_tensor::random::{Generator, Scheme};
    use gradus_tensor::{DType, Tensor};

    fn random_rows(n: usize, width: usize, seed: u64) -> Vec<Vec<f64>> {
        let values = Tensor::randn(&[n, width], DType::F64, &mut Generator::new(Scheme::Gradus, seed)).unwrap();
        values.to_vec::<f64>().chunks_exact(width).map(<[f64]>::to_vec).collect()
    }

    #[test]
    fn eigenvectors_are_turned_into_multiples_of_themselves() {
        let a = gram(&random_rows(12, 12, 3));
        let (values, vectors) = symmetric_eigen(a.clone());
        for (value, vector) in values.iter().zip(&vectors) {
            assert!((dot(vector, vector) - 1.0).abs() < 1e-12);
            for (row, x) in a.iter().zip(vector) {
                assert!((dot(row, vector) - value * x).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn components_find_the_plane_that_the_points_lie_in() {
        // Points of a plane, turned into five (or fifty) dimensions: the map keeps every distance.
        for (n, width) in [(40, 5), (7, 50)] {
            let flat = random_rows(n, 2, 1);
            let axes = random_rows(2, width, 2);
            let rows: Vec<Vec<f64>> = flat
                .iter()
                .map(|p| (0..width).map(|j| 3.0 + p[0] * axes[0][j] + p[1] * axes[1][j]).collect())
                .collect();
            let (places, explained) = principal_components(&rows);
            assert!((explained[0] + explained[1] - 1.0).abs() < 1e-9 && explained[0] >= explained[1]);
            for i in 0..n {
                for j in 0..i {
                    let apart: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| (a - b).powi(2)).sum();
                    let on_map: f64 = places[i].iter().zip(&places[j]).map(|(a, b)| (a - b).powi(2)).sum();
                    assert!((apart - on_map).abs() < 1e-8 * (1.0 + apart), "{apart} {on_map}");
                }
            }
        }
    }

    #[test]
    fn points_in_one_place_stay_there() {
        let (places, explained) = principal_components(&vec![vec![1.0, 2.0, 3.0]; 4]);
        assert_eq!((places, explained), (vec![[0.0; 2]; 4], [0.0; 2]));
    }
}

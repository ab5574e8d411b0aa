//! What can be said of something by what it lies next to, without any training by steps: the yardstick beside a network.
//!
//! Both keep rows of numbers and call a new row what the rows around it are called: [`KNearest`] by the vote of the
//! nearest (Fix & Hodges 1951; Cover & Hart 1967), [`NearestCentroid`] by the nearest mean of a class. Distances are
//! Euclidean, so numbers on different scales should be standardised first.

use gradus_tensor::{Error, Result, ensure};
use std::collections::BTreeMap;

/// Classifies by the vote of the k nearest rows.
///
/// Among rows that lie equally far the earlier one comes first; among classes with equally many votes the one whose
/// nearest row comes first wins.
///
/// ```
/// use gradus_models::KNearest;
/// let points = [0.0, 0.0, 0.0, 1.0, 5.0, 5.0, 6.0, 5.0];
/// let model = KNearest::fit(3, &points, 2, &[0, 0, 1, 1])?;
/// assert_eq!(model.predict(&[1.0, 1.0, 5.0, 6.0])?, [0, 1]);
/// let nearest = model.nearest(&[5.0, 4.0])?;
/// assert_eq!((nearest[0].row, nearest[0].distance), (2, 1.0));
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct KNearest {
    k: usize,
    width: usize,
    /// `[N, width]`
    rows: Vec<f32>,
    /// `[N]`
    labels: Vec<i64>,
}

/// One of the rows that a model was made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its number.
    pub row: usize,
    /// How far it lies.
    pub distance: f64,
    /// Its class.
    pub label: i64,
}

impl KNearest {
    /// Keeps `rows [N, width]` with their classes `labels [N]`.
    ///
    /// # Errors
    /// When there are no rows, labels or numbers are missing or too many, one is not finite, or k is not 1 to N.
    pub fn fit(k: usize, rows: &[f32], width: usize, labels: &[i64]) -> Result<KNearest> {
        let n = check("k_nearest", rows, width)?.len();
        check_labels("k_nearest", n, labels)?;
        ensure!((1..=n).contains(&k), "k_nearest", "k is {k}, and must be 1 to {n}, the number of rows");
        Ok(KNearest { k, width, rows: rows.to_vec(), labels: labels.to_vec() })
    }

    /// The k rows that lie nearest to `row [width]`, the nearest first.
    ///
    /// # Errors
    /// When it has another width, or a number is not finite.
    pub fn nearest(&self, row: &[f32]) -> Result<Vec<Neighbour>> {
        let rows = check("k_nearest", row, self.width)?;
        ensure!(rows.len() == 1, "k_nearest", "{} rows in place of one", rows.len());
        Ok(self.around(row))
    }

    /// The class of each of `rows [M, width]`.
    ///
    /// # Errors
    /// When the numbers do not make rows of this width, or one is not finite.
    pub fn predict(&self, rows: &[f32]) -> Result<Vec<i64>> {
        Ok(check("k_nearest", rows, self.width)?.map(|row| vote(&self.around(row))).collect())
    }

    fn around(&self, row: &[f32]) -> Vec<Neighbour> {
        let mut all: Vec<(f64, usize)> = self
            .rows
            .chunks_exact(self.width)
            .enumerate()
            .map(|(i, other)| (squared_distance(row, other), i))
            .collect();
        let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        all.select_nth_unstable_by(self.k - 1, order);
        all.truncate(self.k);
        all.sort_unstable_by(order);
        all.into_iter().map(|(d, row)| Neighbour { row, distance: d.sqrt(), label: self.labels[row] }).collect()
    }
}

/// The class of most neighbours; among equals, of the nearest.
fn vote(neighbours: &[Neighbour]) -> i64 {
    // Of each class its votes, and the place of its nearest.
    let mut votes: BTreeMap<i64, (usize, usize)> = BTreeMap::new();
    for (place, neighbour) in neighbours.iter().enumerate() {
        votes.entry(neighbour.label).or_insert((0, place)).0 += 1;
    }
    let best = votes.into_iter().max_by_key(|&(_, (count, place))| (count, std::cmp::Reverse(place)));
    best.map_or(0, |(label, _)| label)
}

/// Classifies by the nearest mean of a class; among means that lie equally far the class with the smallest number wins.
///
/// ```
/// use gradus_models::NearestCentroid;
/// let model = NearestCentroid::fit(&[0.0, 1.0, 2.0, 7.0, 9.0], 1, &[0, 0, 0, 1, 1])?;
/// assert_eq!(model.centroids(), [(0, vec![1.0]), (1, vec![8.0])]);
/// assert_eq!(model.predict(&[4.0, 5.0])?, [0, 1]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NearestCentroid {
    width: usize,
    centroids: Vec<(i64, Vec<f32>)>,
}

impl NearestCentroid {
    /// Takes the mean of each class's rows, of `rows [N, width]` with classes `labels [N]`.
    ///
    /// # Errors
    /// When there are no rows, labels or numbers are missing or too many, or one is not finite.
    pub fn fit(rows: &[f32], width: usize, labels: &[i64]) -> Result<NearestCentroid> {
        let rows = check("nearest_centroid", rows, width)?;
        check_labels("nearest_centroid", rows.len(), labels)?;
        // Of each class the sum of its rows, and how many they are.
        let mut sums: BTreeMap<i64, (Vec<f64>, usize)> = BTreeMap::new();
        for (row, &label) in rows.zip(labels) {
            let (sum, count) = sums.entry(label).or_insert_with(|| (vec![0.0; width], 0));
            sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
            *count += 1;
        }
        let mean = |(sum, count): (Vec<f64>, usize)| sum.iter().map(|sum| (sum / count as f64) as f32).collect();
        Ok(NearestCentroid { width, centroids: sums.into_iter().map(|(label, sum)| (label, mean(sum))).collect() })
    }

    /// The classes in ascending order, each with the mean of its rows `[width]`.
    pub fn centroids(&self) -> &[(i64, Vec<f32>)] {
        &self.centroids
    }

    /// The class of each of `rows [M, width]`.
    ///
    /// # Errors
    /// When the numbers do not make rows of this width, or one is not finite.
    pub fn predict(&self, rows: &[f32]) -> Result<Vec<i64>> {
        let nearest = |row: &[f32]| {
            let apart = self.centroids.iter().map(|(label, mean)| (squared_distance(row, mean), *label));
            apart.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, label)| label)
        };
        Ok(check("nearest_centroid", rows, self.width)?.map(nearest).collect())
    }
}

fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
}

/// The rows of `[N, width]`, once they are seen to be some, and of finite numbers.
fn check<'a>(model: &'static str, numbers: &'a [f32], width: usize) -> Result<std::slice::ChunksExact<'a, f32>> {
    ensure!(width > 0, model, "rows of 0 numbers lie nowhere; give one number at least");
    ensure!(
        numbers.len().is_multiple_of(width),
        model,
        "{} numbers do not make rows of {width}, the number of features",
        numbers.len()
    );
    match numbers.iter().position(|x| !x.is_finite()) {
        Some(i) => Err(Error::new(model, format!("number {} of row {} is {}", i % width, i / width, numbers[i]))),
        None => Ok(numbers.chunks_exact(width)),
    }
}

fn check_labels(model: &'static str, rows: usize, labels: &[i64]) -> Result<()> {
    ensure!(rows > 0, model, "there are no rows to learn from");
    ensure!(labels.len() == rows, model, "{} labels for {rows} rows; give one for each", labels.len());
    Ok(())
}

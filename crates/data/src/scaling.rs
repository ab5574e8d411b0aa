use crate::Samples;
use serde::{Deserialize, Serialize};

/// Brings each feature to mean 0 and standard deviation 1: (x − mean) / std.
///
/// The two come from the examples that are learned from. Taken from all of them, they would tell the
/// model something of the test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// The mean of each feature.
    pub mean: Vec<f32>,
    /// The standard deviation of each feature, √(Σ(x − mean)² / N); 1 where all are the same.
    pub std: Vec<f32>,
}

impl Scaling {
    /// The scaling that these examples, the training part, ask for.
    pub fn of(train: &Samples) -> Self {
        let (width, n) = (train.width(), train.len().max(1) as f64);
        let rows = || train.features.chunks_exact(width.max(1));
        let mut mean = vec![0.0_f64; width];
        for row in rows() {
            mean.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(x) / n);
        }
        let mut variance = vec![0.0_f64; width];
        for row in rows() {
            let centred = row.iter().zip(&mean).map(|(&x, mean)| f64::from(x) - mean);
            variance.iter_mut().zip(centred).for_each(|(variance, x)| *variance += x * x / n);
        }
        // Rounding leaves a variance of about ε² · mean² to a feature that is always the same.
        let is_constant = |variance: f64, mean: f64| variance <= (1e-7 * mean).powi(2);
        let std = variance.iter().zip(&mean).map(|(&v, &m)| if is_constant(v, m) { 1.0 } else { v.sqrt() as f32 });
        Self { std: std.collect(), mean: mean.iter().map(|&mean| mean as f32).collect() }
    }

    /// Scales the features of these examples.
    ///
    /// # Panics
    /// Where they have another number of features.
    pub fn apply(&self, samples: &mut Samples) {
        assert_eq!(samples.width(), self.mean.len(), "features of the scaling and of the examples");
        for row in samples.features.chunks_exact_mut(self.mean.len().max(1)) {
            self.apply_row(row);
        }
    }

    /// Scales one example.
    ///
    /// # Panics
    /// Where it has another number of features.
    pub fn apply_row(&self, row: &mut [f32]) {
        assert_eq!(row.len(), self.mean.len(), "features of the scaling and of the example");
        for ((x, mean), std) in row.iter_mut().zip(&self.mean).zip(&self.std) {
            *x = (*x - mean) / std;
        }
    }
}

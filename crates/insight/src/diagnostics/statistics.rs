//! Some numbers in a few: moments, range, and how far they are from a normal distribution.

use schemars::JsonSchema;
use serde::Serialize;

/// The most numbers that are sorted for the normality figure; of more, so many at even distances.
const MOST_SORTED: usize = 10_000;

/// What can be said of some numbers in a few. All of it is about the finite ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Moments")]
pub struct Statistics {
    /// The mean; NaN (in JSON: null) where no number is finite.
    pub mean: f64,
    /// The variance, over n − 1; `None` for fewer than two numbers.
    pub variance: Option<f64>,
    /// The standard deviation, its root.
    pub std: Option<f64>,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Skewness m₃ / m₂^1.5: 0 for a symmetric distribution, above 0 with a long tail to the right. `None` where all
    /// numbers are the same.
    pub skew: Option<f64>,
    /// Excess kurtosis m₄ / m₂² − 3: 0 for a normal distribution, above 0 with heavy tails, −2 for two points.
    pub kurtosis: Option<f64>,
    /// The Kolmogorov–Smirnov distance to the normal distribution of the same mean and standard deviation (the
    /// statistic of Lilliefors 1967): the largest difference between the two cumulative distributions. 0 is normal;
    /// a uniform distribution has 0.06, two points far apart 0.34.
    pub normality: Option<f64>,
    /// How many numbers are NaN or infinite.
    pub not_finite: usize,
}

impl Statistics {
    /// Of some numbers; `None` where there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let count = finite().count();
        let n = count as f64;
        let mean = finite().sum::<f64>() / n;
        // Sums of the second, third and fourth powers of the deviations.
        let [m2, m3, m4] = finite().fold([0.0; 3], |[a, b, c], v| {
            let d = v - mean;
            let square = d * d;
            [a + square, b + square * d, c + square * square]
        });
        let variance = (count > 1).then(|| m2 / (n - 1.0));
        let std = variance.map(f64::sqrt);
        let spread = m2 / n;
        // Differences that are only rounding have no shape.
        let shaped = count > 2 && spread.sqrt() > 1e-12 * mean.abs() && spread > 0.0;
        Some(Statistics {
            mean,
            variance,
            std,
            min: finite().reduce(f64::min).unwrap_or(f64::NAN),
            max: finite().reduce(f64::max).unwrap_or(f64::NAN),
            skew: shaped.then(|| m3 / n / spread.powf(1.5)),
            kurtosis: shaped.then(|| m4 / n / (spread * spread) - 3.0),
            normality: std.filter(|_| shaped).map(|std| distance_to_normal(values, mean, std)),
            not_finite: values.len() - count,
        })
    }
}

/// The Kolmogorov–Smirnov distance between the numbers and N(mean, std²).
fn distance_to_normal(values: &[f64], mean: f64, std: f64) -> f64 {
    let taken = values.len().min(MOST_SORTED);
    let place = |i: usize| (i as u128 * values.len() as u128 / taken as u128) as usize;
    let mut sorted: Vec<f64> = (0..taken).map(|i| values[place(i)]).filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let apart = |(i, v): (usize, &f64)| {
        let normal = normal_cdf((v - mean) / std);
        // The steps of the empirical distribution before and after this number.
        (normal - i as f64 / n).abs().max(((i + 1) as f64 / n - normal).abs())
    };
    sorted.iter().enumerate().map(apart).fold(0.0, f64::max)
}

/// Φ(z): the share of a standard normal distribution below z. Abramowitz & Stegun 7.1.26, right to 10⁻⁷.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let tail = series.iter().fold(0.0, |sum, coefficient| (sum + coefficient) * t) * (-x * x).exp() / 2.0;
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// The value that a share of some absolute values does not exceed: the `share` quantile of |v|.
pub(crate) fn absolute_quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sizes: Vec<f64> = values.iter().map(|v| v.abs()).filter(|v| v.is_finite()).collect();
    let last = sizes.len().checked_sub(1)?;
    let place = ((share * sizes.len() as f64) as usize).min(last);
    Some(*sizes.select_nth_unstable_by(place, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradus_tensor::random::{Generator, Scheme};
    use gradus_tensor::{DType, Tensor};

    fn of(values: &[f64]) -> Statistics {
        Statistics::of(values).unwrap()
    }

    #[test]
    fn moments_by_hand() {
        let s = of(&[1.0, 2.0, 3.0, 6.0]);
        assert_eq!((s.mean, s.min, s.max, s.not_finite), (3.0, 1.0, 6.0, 0));
        // (4 + 1 + 0 + 9) / 3
        assert_eq!((s.variance, s.std), (Some(14.0 / 3.0), Some((14.0_f64 / 3.0).sqrt())));
        // m₂ = 14/4, m₃ = (−8 − 1 + 0 + 27)/4, m₄ = (16 + 1 + 0 + 81)/4
        assert!((s.skew.unwrap() - 4.5 / 3.5_f64.powf(1.5)).abs() < 1e-12);
        assert!((s.kurtosis.unwrap() - (24.5 / 12.25 - 3.0)).abs() < 1e-12);
        assert_eq!((of(&[5.0]).std, of(&[5.0]).skew), (None, None));
        assert_eq!(Statistics::of(&[]), None);
    }

    #[test]
    fn the_same_number_again_and_again_has_no_shape() {
        let s = of(&[0.1; 9]);
        assert!(s.std.unwrap() < 1e-16);
        assert_eq!((s.skew, s.kurtosis, s.normality), (None, None, None));
    }

    #[test]
    fn what_is_no_number_is_counted_and_left_out() {
        let s = of(&[1.0, f64::NAN, 3.0, f64::INFINITY]);
        assert_eq!((s.mean, s.min, s.max, s.not_finite), (2.0, 1.0, 3.0, 2));
        let s = of(&[f64::NAN]);
        assert!(s.mean.is_nan() && s.std.is_none() && s.not_finite == 1);
    }

    #[test]
    fn normality_tells_distributions_apart() {
        let mut random = Generator::new(Scheme::Gradus, 7);
        let normal = Tensor::randn(&[9_000], DType::F64, &mut random).unwrap().to_vec::<f64>();
        let s = of(&normal);
        // The 99.9 % point of Lilliefors' statistic is about 1.25/√n.
        assert!(s.normality.unwrap() < 1.25 / 9_000_f64.sqrt(), "{s:?}");
        assert!(s.skew.unwrap().abs() < 0.1 && s.kurtosis.unwrap().abs() < 0.2, "{s:?}");
        // Large samples are thinned out, and the figure stays.
        let many = Tensor::randn(&[200_000], DType::F64, &mut random).unwrap().to_vec::<f64>();
        assert!(of(&many).normality.unwrap() < 0.0125);

        let uniform: Vec<f64> = (0..10_000).map(|i| f64::from(i) / 10_000.0).collect();
        let s = of(&uniform);
        assert!((s.normality.unwrap() - 0.057).abs() < 0.002 && (s.kurtosis.unwrap() + 1.2).abs() < 0.01, "{s:?}");
        let points: Vec<f64> = (0..1000).map(|i| f64::from(i % 2)).collect();
        let s = of(&points);
        assert!((s.normality.unwrap() - 0.341).abs() < 0.001 && (s.kurtosis.unwrap() + 2.0).abs() < 0.01, "{s:?}");
    }

    #[test]
    fn the_normal_distribution_as_in_tables() {
        for (z, share) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.96, 0.024_997_9), (3.0, 0.998_650_1), (-9.0, 0.0)] {
            assert!((normal_cdf(z) - share).abs() < 2e-7, "{z}: {}", normal_cdf(z));
        }
    }

    #[test]
    fn quantiles_of_sizes() {
        let values = [-4.0, 1.0, f64::NAN, 3.0, -2.0];
        assert_eq!(absolute_quantile(&values, 0.5), Some(3.0));
        assert_eq!(absolute_quantile(&values, 1.0), Some(4.0));
        assert_eq!(absolute_quantile(&[], 0.5), None);
    }
}

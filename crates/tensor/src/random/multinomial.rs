//! Drawing positions by weight, in the two ways PyTorch has had.

use super::{Draws, Generator, RandomError, Real};
use std::cmp::Ordering;

impl Generator {
    /// Fills `out` with positions in `weights`, each drawn with a probability in proportion to its
    /// weight; without `replacement` no position comes twice.
    ///
    /// In the `torch` scheme this is today's `torch.multinomial`: a single draw, and any without
    /// replacement, is a race (argmax p/q, q exponential); several with replacement search the
    /// cumulative sums as [`Generator::fill_multinomial_cumulative`] does.
    ///
    /// # Errors
    /// Where a weight is negative or not finite, where none is above zero, or where more different
    /// positions are asked for than there are.
    pub fn fill_multinomial<T: Real>(
        &mut self,
        weights: &[T],
        replacement: bool,
        out: &mut [i64],
    ) -> Result<(), RandomError> {
        let positive = check(weights)?;
        let draws = out.len();
        if !replacement && draws > positive {
            return Err(RandomError::TooManyDraws { draws, positive });
        }
        let single = match self.draws {
            Draws::Gradus(_) => Single::Search,
            Draws::Torch(_) => Single::Race,
        };
        match (replacement, draws, single) {
            (_, 1, Single::Race) | (false, 2.., _) => self.race(weights, out),
            _ => self.search(weights, out),
        }
        Ok(())
    }

    /// Fills `out` with positions in `weights`, with replacement, each by a binary search for one
    /// uniform number in the normalised cumulative sums.
    ///
    /// The first part of the course was recorded with a PyTorch that drew this way even where a
    /// single draw was asked for; its printed names need it.
    ///
    /// # Errors
    /// Where a weight is negative or not finite, or none is above zero.
    pub fn fill_multinomial_cumulative<T: Real>(&mut self, weights: &[T], out: &mut [i64]) -> Result<(), RandomError> {
        check(weights)?;
        self.search(weights, out);
        Ok(())
    }

    /// The first position whose cumulative share reaches u.
    fn search<T: Real>(&mut self, weights: &[T], out: &mut [i64]) {
        let mut sum = T::from_f64(0.0);
        let mut cumulative: Vec<T> = weights
            .iter()
            .map(|&weight| {
                sum = sum + weight;
                sum
            })
            .collect();
        for share in &mut cumulative {
            *share = *share / sum;
        }
        let below_last = &cumulative[..weights.len() - 1];
        out.fill_with(|| {
            let u = match &mut self.draws {
                // (0, 1]: never at 0, where a first weight of zero would be found.
                Draws::Gradus(draws) => 1.0 - draws.unit::<f64>(),
                Draws::Torch(draws) => draws.unit::<f64>(),
            };
            below_last.partition_point(|&share| share.into() < u) as i64
        });
    }

    /// The positions with the largest p/q, where each q is exponential: the clock of position i
    /// rings first with probability pᵢ/Σp.
    fn race<T: Real>(&mut self, weights: &[T], out: &mut [i64]) {
        let runners = weights.iter().zip(0..).map(|(&weight, position)| {
            let q = match &mut self.draws {
                Draws::Gradus(draws) => draws.exponential(1.0),
                Draws::Torch(draws) => draws.exponential(1.0),
            };
            (weight / T::from_f64(q), position)
        });
        // Largest score first, and of equal scores the earlier position.
        if let [winner] = out {
            let winning = runners.reduce(|best, next| if next.0 > best.0 { next } else { best });
            *winner = winning.map_or(0, |(_, position)| position);
            return;
        }
        let mut ranking: Vec<(T, i64)> = runners.collect();
        ranking.sort_by(|(a, _), (b, _)| b.partial_cmp(a).unwrap_or(Ordering::Equal));
        for (slot, (_, position)) in out.iter_mut().zip(ranking) {
            *slot = position;
        }
    }
}

/// How a single draw is made.
enum Single {
    Race,
    Search,
}

/// How many weights are above zero.
fn check<T: Real>(weights: &[T]) -> Result<usize, RandomError> {
    let mut positive = 0;
    for (index, &weight) in weights.iter().enumerate() {
        let value: f64 = weight.into();
        if !(value >= 0.0 && value.is_finite()) {
            return Err(RandomError::Weight { index, value });
        }
        positive += usize::from(value > 0.0);
    }
    if positive == 0 {
        return Err(RandomError::NoWeight { count: weights.len() });
    }
    Ok(positive)
}

//! The learning rate at each step.

use std::f64::consts::PI;

use crate::Schedule;

impl Schedule {
    /// The learning rate of step `step` (the first is 0) in a run of `steps` steps. A run that
    /// goes on beyond `steps` keeps the last one.
    ///
    /// ```
    /// use gradus_recipe::Recipe;
    ///
    /// let schedule = Recipe::builtin("mlp")?.schedule;
    /// assert_eq!(schedule.learning_rate(99_999, 200_000), 0.1);
    /// assert_eq!(schedule.learning_rate(100_000, 200_000), 0.01);
    /// # Ok::<(), gradus_recipe::RecipeError>(())
    /// ```
    pub fn learning_rate(&self, step: u64, steps: u64) -> f64 {
        match self {
            Schedule::Constant(keys) => keys.lr,
            Schedule::Step(keys) => {
                let passed = |share: &&f64| step as f64 >= **share * steps as f64;
                let drops = keys.at.iter().filter(passed).count();
                // Divided where it can be: 0.1 / 10 is 0.01, and 0.1 · 0.1 is not.
                let whole = (1.0 / keys.factor).round();
                if keys.factor > 0.0 && 1.0 / whole == keys.factor {
                    (0..drops).fold(keys.lr, |lr, _| lr / whole)
                } else {
                    (0..drops).fold(keys.lr, |lr, _| lr * keys.factor)
                }
            }
            Schedule::Cosine(keys) => {
                let (step, warmup) = (step as f64, keys.warmup as f64);
                if step < warmup {
                    return keys.lr * (step + 1.0) / (warmup + 1.0);
                }
                // From 0 at the end of the warm-up to 1 at the end of the run.
                let done = ((step - warmup) / (steps as f64 - warmup).max(1.0)).min(1.0);
                keys.min_lr + 0.5 * (1.0 + (PI * done).cos()) * (keys.lr - keys.min_lr)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{CosineKeys, Schedule, StepKeys};

    #[test]
    fn steps_drop_where_they_say() {
        let schedule = Schedule::Step(StepKeys { lr: 0.1, at: vec![0.5, 0.75], factor: 0.1 });
        let rates: Vec<f64> = [0, 49, 50, 74, 75, 99, 100, 5000].map(|s| schedule.learning_rate(s, 100)).to_vec();
        assert_eq!(rates, [0.1, 0.1, 0.01, 0.01, 0.001, 0.001, 0.001, 0.001]);
        let never = Schedule::Step(StepKeys { lr: 0.1, at: vec![], factor: 0.0 });
        assert_eq!(never.learning_rate(99, 100), 0.1);
        let thirds = Schedule::Step(StepKeys { lr: 0.9, at: vec![0.0], factor: 0.3 });
        assert_eq!(thirds.learning_rate(0, 100), 0.9 * 0.3);
    }

    #[test]
    fn cosine_warms_up_and_ends_at_the_least() {
        let schedule = Schedule::Cosine(CosineKeys { lr: 1e-3, min_lr: 1e-4, warmup: 100 });
        assert_eq!(schedule.learning_rate(0, 2000), 1e-3 / 101.0);
        assert_eq!(schedule.learning_rate(100, 2000), 1e-3);
        let middle = schedule.learning_rate(1050, 2000);
        assert!((middle - 5.5e-4).abs() < 1e-12, "{middle}");
        for end in [2000, 2001, 9000] {
            assert!((schedule.learning_rate(end, 2000) - 1e-4).abs() < 1e-12);
        }
        // A run that is all warm-up divides by nothing.
        assert!(schedule.learning_rate(100, 100).is_finite());
    }
}

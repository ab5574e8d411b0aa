//! How large gradients and updates are beside the parameters, measured in a step of training.

use gradus_nn::Param;
use gradus_tensor::{Array, Tensor};
use serde::Serialize;

use crate::store::Metric;

/// Series of a run are called so, with the parameter's name behind.
pub const GRADIENT_SERIES: &str = "gradient_ratio/";
/// As [`GRADIENT_SERIES`], for updates.
pub const UPDATE_SERIES: &str = "update_ratio/";

/// One parameter in one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ratio {
    /// `hidden.weight`.
    pub parameter: String,
    /// gradient:data, the standard deviation of the gradient over that of the values.
    pub gradient: Option<f64>,
    /// update:data, the standard deviation of the step over that of the values.
    pub update: Option<f64>,
}

impl Ratio {
    /// As series of a run.
    pub fn metrics(&self, step: u64) -> impl Iterator<Item = Metric> {
        let of =
            |series: &str, value: Option<f64>| Some(Metric::new(format!("{series}{}", self.parameter), step, value?));
        [of(GRADIENT_SERIES, self.gradient), of(UPDATE_SERIES, self.update)].into_iter().flatten()
    }
}

/// The parameters and their gradients before a step.
pub(crate) struct Before(Vec<(Tensor, Option<f64>)>);

impl Before {
    /// What they are now. Held until the step is made, so that it does not write over them.
    pub(crate) fn of(parameters: &[(String, Param)]) -> Self {
        let one = |(_, param): &(String, Param)| {
            let value = param.value();
            let gradient = value.grad().map(|grad| std(grad.array()));
            (value, gradient)
        };
        Before(parameters.iter().map(one).collect())
    }

    /// The values before the step, each with its gradient.
    pub(crate) fn into_values(self) -> Vec<Tensor> {
        self.0.into_iter().map(|(value, _)| value).collect()
    }

    /// How large everything was, once the step is made.
    pub(crate) fn ratios(&self, parameters: &[(String, Param)]) -> Vec<Ratio> {
        let ratio = |((name, param), (old, gradient)): (&(String, Param), &(Tensor, Option<f64>))| {
            let size = std(old.array());
            let over = |part: f64| Some(part / size).filter(|ratio| ratio.is_finite());
            Ratio {
                parameter: name.clone(),
                gradient: gradient.and_then(over),
                update: over(std_of_difference(param.value().array(), old.array())),
            }
        };
        parameters.iter().zip(&self.0).map(ratio).collect()
    }
}

/// The standard deviation of an array's numbers, over n − 1.
fn std(array: &Array) -> f64 {
    std_of(&array.to_vec::<f32>())
}

fn std_of_difference(new: &Array, old: &Array) -> f64 {
    let mut moved = new.to_vec::<f32>();
    moved.iter_mut().zip(old.to_vec::<f32>()).for_each(|(new, old)| *new -= old);
    std_of(&moved)
}

fn std_of(values: &[f32]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let squares: f64 = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
    (squares / (n - 1.0)).sqrt()
}

//! A model in numbers: every parameter and every named activation, their gradients, and how far
//! one step moves each parameter.

use gradus_tensor::{Tensor, probe};
use serde::Serialize;

use crate::Error;
use crate::session::Session;

/// A tanh output beyond this passes hardly any gradient back: 1 − 0.97² < 0.06.
const TANH_SATURATED: f64 = 0.97;

/// Mean, spread and range of some numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Statistics {
    /// The mean.
    pub mean: f64,
    /// The standard deviation, over n − 1; `None` for fewer than two numbers.
    pub std: Option<f64>,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Statistics {
    /// Of some numbers; `None` where there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Some(Statistics {
            mean,
            std: (n > 1.0).then(|| (squares / (n - 1.0)).sqrt()),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

/// One parameter or activation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// `hidden.weight`, `tanh`.
    pub name: String,
    /// The sizes of its axes.
    pub shape: Vec<usize>,
    /// Its values.
    #[serde(flatten)]
    pub statistics: Statistics,
    /// Share of the values where the nonlinearity passes hardly any gradient: |t| > 0.97 for
    /// tanh, 0 for relu. Only for their outputs.
    pub saturated: Option<f64>,
    /// The standard deviation of its gradient.
    pub gradient_std: Option<f64>,
    /// Standard deviation of one step's update over that of the values. Only for parameters.
    pub update_ratio: Option<f64>,
}

/// All that [`inspect`] sees.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The step the model stands at.
    pub step: u64,
    /// The loss of the batch that was looked at.
    pub loss: f64,
    /// The learning rate of the step that was tried.
    pub learning_rate: f64,
    /// Every parameter.
    pub parameters: Vec<Row>,
    /// Every named activation, in the order in which they are computed.
    pub activations: Vec<Row>,
}

/// Makes the session's next step, and looks at everything on the way.
///
/// # Errors
/// Where an operation refuses.
pub fn inspect(session: &mut Session) -> Result<Inspection, Error> {
    let (step, learning_rate) = (session.step(), session.learning_rate());
    let (seen, loss) = probe::with(probe::Recorder::new(|_| true), || session.loss());
    let loss = loss?;
    let value = loss.item()?;
    loss.into_backward()?;
    let activations = seen.values().iter().filter_map(|(name, tensor)| row(name, tensor)).collect();
    let before: Vec<(String, Tensor)> =
        session.parameters().iter().map(|(name, param)| (name.clone(), param.value())).collect();
    let mut parameters: Vec<Row> = before.iter().filter_map(|(name, tensor)| row(name, tensor)).collect();
    session.update();
    for row in &mut parameters {
        row.update_ratio = update_ratio(session, &before, row);
    }
    Ok(Inspection { step, loss: value, learning_rate, parameters, activations })
}

fn row(name: &str, tensor: &Tensor) -> Option<Row> {
    let values = tensor.to_vec::<f64>();
    let share =
        |saturated: &dyn Fn(f64) -> bool| values.iter().filter(|v| saturated(**v)).count() as f64 / values.len() as f64;
    Some(Row {
        name: name.to_string(),
        shape: tensor.shape().to_vec(),
        statistics: Statistics::of(&values)?,
        saturated: match tensor.operation() {
            Some("tanh") => Some(share(&|v| v.abs() > TANH_SATURATED)),
            Some("relu") => Some(share(&|v| v == 0.0)),
            _ => None,
        },
        gradient_std: tensor.grad().and_then(|grad| Statistics::of(&grad.to_vec())?.std),
        update_ratio: None,
    })
}

fn update_ratio(session: &Session, before: &[(String, Tensor)], row: &Row) -> Option<f64> {
    let (_, old) = before.iter().find(|(name, _)| *name == row.name)?;
    let (_, param) = session.parameters().iter().find(|(name, _)| *name == row.name)?;
    let old = old.to_vec::<f64>();
    let moved: Vec<f64> = param.value().to_vec::<f64>().iter().zip(&old).map(|(new, old)| new - old).collect();
    let (data, update) = (Statistics::of(&old)?.std?, Statistics::of(&moved)?.std?);
    (data > 0.0).then(|| update / data)
}

#[cfg(test)]
mod tests {
    use super::Statistics;

    #[test]
    fn statistics_by_hand() {
        let s = Statistics::of(&[1.0, 2.0, 3.0, 6.0]).unwrap();
        assert_eq!((s.mean, s.min, s.max), (3.0, 1.0, 6.0));
        // (4 + 1 + 0 + 9) / 3
        assert_eq!(s.std, Some((14.0_f64 / 3.0).sqrt()));
        assert_eq!(Statistics::of(&[5.0]).unwrap().std, None);
        assert_eq!(Statistics::of(&[]), None);
    }
}

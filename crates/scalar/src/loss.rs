//! Losses, and the step that makes them smaller.

use crate::graph::graph;
use crate::value::Value;

/// Σ (prediction − target)², the lecture's loss.
///
/// Predictions and targets are taken in pairs; where one list is longer, its rest is left out.
pub fn squared_error(predictions: &[Value], targets: &[f64]) -> Value {
    predictions.iter().zip(targets).map(|(prediction, &target)| (prediction - target).powf(2.0)).sum()
}

/// The hinge or "max-margin" loss: the mean of `max(0, 1 − target·score)`, with targets −1 and 1.
/// A score on the right side by 1 or more costs nothing.
///
/// Scores and targets are taken in pairs; where one list is longer, its rest is left out.
///
/// ```
/// use gradus_scalar::{Value, loss};
///
/// let scores = [0.5, -3.0, 2.0].map(Value::new);
/// let loss = loss::hinge(&scores, &[1.0, -1.0, -1.0]);
/// assert_eq!(loss.data(), (0.5 + 0.0 + 3.0) * (1.0 / 3.0));
/// ```
pub fn hinge(scores: &[Value], targets: &[f64]) -> Value {
    let count = scores.len().min(targets.len());
    let losses: Value = scores.iter().zip(targets).map(|(score, &target)| (-target * score + 1.0).relu()).sum();
    if count == 0 { losses } else { losses * (1.0 / count as f64) }
}

/// `strength · Σ p²`: keeps the parameters small.
pub fn l2(parameters: &[Value], strength: f64) -> Value {
    let squares: Value = parameters.iter().map(|p| p * p).sum();
    squares * strength
}

/// One step of gradient descent: every parameter goes `learning_rate` times its gradient downhill.
pub fn descend(parameters: &[Value], learning_rate: f64) {
    let mut graph = graph();
    for parameter in parameters {
        let id = parameter.place();
        let step = learning_rate * graph.grad(id);
        let data = graph.data(id);
        graph.set_data(id, data - step);
    }
}

//! Class scores as sums of what arrived: scoreₖ = bₖ + Σᵢ hᵢ·Wᵢₖ.

use gradus_plot::{Bars, Picture};
use gradus_tensor::Tensor;
use gradus_train::Error;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Classifier, Trace};

/// A class's score, and what it is the sum of.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Score {
    /// The class.
    pub class: String,
    /// What each unit of the last hidden layer adds, the largest first, whatever its sign.
    pub parts: Vec<Part>,
    /// What is added besides.
    pub bias: f64,
    /// What the model made of it, before any squashing.
    pub score: f64,
}

/// What one unit adds to a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ScorePart")]
pub struct Part {
    /// Its number in the last hidden layer.
    pub unit: usize,
    /// How active it was.
    pub activation: f64,
    /// Its weight for the class.
    pub weight: f64,
    /// activation × weight.
    pub product: f64,
}

impl Score {
    /// The parts and the bias added up: the score, but for rounding.
    pub fn sum(&self) -> f64 {
        self.bias + self.parts.iter().map(|part| part.product).sum::<f64>()
    }

    /// The score as bars: the largest parts, all others together, the bias and the sum.
    pub fn picture(&self) -> Picture {
        const SHOWN: usize = 12;
        // What adds nothing is not shown.
        let shown = self.parts.iter().take(SHOWN).filter(|part| part.product != 0.0).count();
        let title = format!("What the score of {} is the sum of", self.class);
        let mut bars = Bars::new(title).axis("activation × weight");
        for part in &self.parts[..shown] {
            bars = bars.bar(format!("unit {}: {:.2} × {:.2}", part.unit, part.activation, part.weight), part.product);
        }
        let others: f64 = self.parts[shown..].iter().map(|part| part.product).sum();
        if self.parts.len() > shown {
            bars = bars.bar(format!("{} other units", self.parts.len() - shown), others);
        }
        bars.bar("bias", self.bias).total(format!("score of {}", self.class), self.score).picture()
    }
}

/// The score of each class for one example, as sums over the last hidden layer. A single output is the score of the second
/// of two classes alone.
///
/// # Errors
/// Where the model refuses the example, or its outputs are not the sums of a linear layer.
pub fn scores(classifier: &Classifier, row: &[f32]) -> Result<Vec<Score>, Error> {
    let trace = Trace::of(classifier.model, &classifier.batch(row)?)?;
    let none = || Error::Request("the model's outputs are not the sums of a last linear layer".to_string());
    let layer = trace.last_linear().ok_or_else(none)?;
    let [hidden, weight, bias @ ..] = &layer.inputs[..] else { return Err(none()) };
    let (hidden, weights, sums) = (hidden.to_vec::<f64>(), weight.to_vec::<f64>(), layer.output.to_vec::<f64>());
    let bias = bias.first().map(Tensor::to_vec::<f64>);
    let outputs = sums.len();
    if outputs == 0 || weights.len() != hidden.len() * outputs {
        return Err(none());
    }
    let score = |k: usize| {
        let part = |(unit, &activation): (usize, &f64)| {
            let weight = weights[unit * outputs + k];
            Part { unit, activation, weight, product: activation * weight }
        };
        let mut parts: Vec<Part> = hidden.iter().enumerate().map(part).collect();
        parts.sort_by(|a, b| b.product.abs().total_cmp(&a.product.abs()));
        let class = if outputs == 1 { classifier.classes.len().saturating_sub(1) } else { k };
        let bias = bias.as_ref().map_or(0.0, |bias| bias[k]);
        Score { class: classifier.class(class).to_owned(), parts, bias, score: sums[k] }
    };
    Ok((0..outputs).map(score).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Reading;
    use crate::explain::classifier::tests::{names, network, rows};

    #[test]
    fn parts_and_bias_add_up_to_the_logit() {
        let (model, classes) = (network(&[4, 9, 3], 5), names(&["a", "b", "c"]));
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &classes,
            shape: &[4],
            features: &[],
            scaling: None,
        };
        let row = rows(1, 4);
        let (scores, outputs) = (scores(&classifier, &row).unwrap(), classifier.outputs(&row).unwrap());
        assert_eq!(scores.len(), 3);
        for (score, logit) in scores.iter().zip(&outputs[0]) {
            assert_eq!(score.score, *logit);
            assert!((score.sum() - logit).abs() < 1e-5, "{} {logit}", score.sum());
            assert_eq!(score.parts.len(), 9);
            assert!(score.parts.windows(2).all(|pair| pair[0].product.abs() >= pair[1].product.abs()));
        }
        assert!(scores[1].picture().to_svg().contains("score of b"));
        let deaf = gradus_nn::Sequential::new();
        let refused = super::scores(&Classifier { model: &deaf, ..classifier }, &row).unwrap_err();
        assert_eq!(refused.to_string(), "the model's outputs are not the sums of a last linear layer");
    }
}

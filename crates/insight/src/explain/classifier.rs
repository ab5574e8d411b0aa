//! A model that tells classes or values, and what its numbers mean.

use gradus_data::{Samples, Scaling};
use gradus_nn::{Module, Param};
use gradus_recipe::Model;
use gradus_tensor::{Tensor, no_grad};
use gradus_train::objective::Objective;
use gradus_train::{Error, Session};
use schemars::JsonSchema;
use serde::Serialize;

/// Examples that pass through a model at once at most.
const AT_ONCE: usize = 256;
/// Numbers of examples that pass through a model at once: enough to keep the machine busy, little memory on the way.
pub(super) const NUMBERS_AT_ONCE: usize = 1 << 18;

/// How a model's outputs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// A logit of each class: probabilities by softmax.
    Softmax,
    /// An estimate of each class's probability, as training by squared error towards 0 and 1 gives it, or a single one of
    /// the second of two classes. What is below 0 counts as 0; of several, all are divided by their sum.
    Shares,
    /// Values, not classes.
    Values,
}

/// A model that tells classes or values, and what its numbers mean. Examples are given as the model sees them.
#[derive(Clone, Copy)]
pub struct Classifier<'a> {
    /// The model.
    pub model: &'a dyn Module,
    /// How its outputs are read.
    pub reading: Reading,
    /// What the classes or values are called.
    pub classes: &'a [String],
    /// The shape of one example: `[4]`, `[1, 8, 8]`.
    pub shape: &'a [usize],
    /// What the features are called; empty for pictures.
    pub features: &'a [String],
    /// How the features were brought to mean 0 and deviation 1, where they were.
    pub scaling: Option<&'a Scaling>,
}

impl<'a> Classifier<'a> {
    /// The model of a session that is shown measurements, points or pictures.
    ///
    /// # Errors
    /// Where it is shown text.
    pub fn of(session: &'a Session) -> Result<Self, Error> {
        super::needs_classifier(session)?;
        let (features, outputs) = (session.corpus().features()?, session.corpus().outputs()?);
        let reading = match (session.objective(), &session.recipe().model) {
            (Objective::Reconstruction, _) => Reading::Values,
            _ if !outputs.are_classes => Reading::Values,
            (Objective::SquaredError, _) | (_, Model::Neuron(_)) => Reading::Shares,
            (Objective::CrossEntropy, _) => Reading::Softmax,
        };
        Ok(Classifier {
            model: session.model(),
            reading,
            classes: &outputs.names,
            shape: &features.shape,
            features: &features.names,
            scaling: features.scaling.as_ref(),
        })
    }

    /// Numbers in one example.
    pub fn width(&self) -> usize {
        self.shape.iter().product()
    }

    /// Rows and columns of an example, where it is a picture of one channel.
    pub fn picture(&self) -> Option<[usize; 2]> {
        match *self.shape {
            [1, height, width] => Some([height, width]),
            _ => None,
        }
    }

    /// What a feature is called.
    pub fn feature(&self, i: usize) -> String {
        self.features.get(i).cloned().unwrap_or_else(|| format!("feature {i}"))
    }

    /// What a class is called.
    pub fn class(&self, i: usize) -> &'a str {
        self.classes.get(i).map_or("?", String::as_str)
    }

    /// The number of the class that is called so.
    ///
    /// # Errors
    /// Where there is none, with the names of those that there are.
    pub fn class_named(&self, name: &str) -> Result<usize, Error> {
        let unknown =
            || Error::Request(format!("there is no class {name:?}; the classes are {}", self.classes.join(", ")));
        self.classes.iter().position(|class| class == name).ok_or_else(unknown)
    }

    /// A number that the model sees as it was measured.
    pub fn measured(&self, feature: usize, seen: f64) -> f64 {
        let scaled = |s: &Scaling| seen * f64::from(s.std[feature]) + f64::from(s.mean[feature]);
        self.scaling.map_or(seen, scaled)
    }

    /// A measured number as the model sees it.
    pub fn seen(&self, feature: usize, measured: f64) -> f64 {
        let scaled = |s: &Scaling| (measured - f64::from(s.mean[feature])) / f64::from(s.std[feature]);
        self.scaling.map_or(measured, scaled)
    }

    /// How many examples may pass through the model at once, at most `most`: fewer of large ones.
    pub(super) fn at_once(&self, most: usize) -> usize {
        (NUMBERS_AT_ONCE / self.width().max(1)).clamp(1, most)
    }

    /// Examples, one after the other, as a batch: `[N, shape…]`.
    pub(super) fn batch(&self, rows: &[f32]) -> Result<Tensor, Error> {
        let shape = [&[rows.len() / self.width().max(1)], self.shape].concat();
        Ok(Tensor::from_slice(rows, &shape)?)
    }

    /// The outputs for examples one after the other: `[N, outputs]`.
    ///
    /// # Errors
    /// Where the model refuses them.
    pub fn outputs(&self, rows: &[f32]) -> Result<Vec<Vec<f64>>, Error> {
        let mut all = Vec::new();
        for rows in rows.chunks(self.at_once(AT_ONCE) * self.width().max(1)) {
            let x = self.batch(rows)?;
            let y = no_grad(|| self.model.forward(&x))?;
            let width = y.numel() / x.shape()[0].max(1);
            all.extend(y.to_vec::<f64>().chunks(width.max(1)).map(<[f64]>::to_vec));
        }
        Ok(all)
    }

    /// The probability of each class for examples one after the other: `[N, classes]`; of values, the values.
    ///
    /// # Errors
    /// As [`Classifier::outputs`].
    pub fn probabilities(&self, rows: &[f32]) -> Result<Vec<Vec<f64>>, Error> {
        Ok(self.outputs(rows)?.iter().map(|outputs| self.reading.probabilities(outputs)).collect())
    }

    /// The class that each example is taken for.
    ///
    /// # Errors
    /// As [`Classifier::outputs`], and where the model tells values.
    pub fn predictions(&self, rows: &[f32]) -> Result<Vec<i64>, Error> {
        self.needs_classes()?;
        Ok(self.probabilities(rows)?.iter().map(|p| largest(p) as i64).collect())
    }

    pub(super) fn needs_classes(&self) -> Result<(), Error> {
        match self.reading {
            Reading::Values => Err(Error::Request("the model tells values and no classes".to_string())),
            Reading::Softmax | Reading::Shares => Ok(()),
        }
    }

    /// Checks that the examples are those of the model.
    pub(super) fn check(&self, samples: &Samples) -> Result<(), Error> {
        if samples.shape == self.shape {
            return Ok(());
        }
        let (wanted, found) = (self.shape, &samples.shape);
        Err(Error::Request(format!("the model takes examples of shape {wanted:?}, and these are {found:?}")))
    }

    /// The score of a class for `x` `[1, shape…]`, with its history: the logit, or the estimate of its probability.
    pub(super) fn score(&self, x: &Tensor, class: usize) -> Result<Tensor, Error> {
        let outputs = self.model.forward(x)?.flatten(0, -1)?;
        if outputs.numel() > class && (outputs.numel() > 1 || self.reading == Reading::Values) {
            return Ok(outputs.narrow(0, class, 1)?.sum());
        }
        // A single output stands for the second of two classes.
        Ok(if class == 0 { outputs.sum() * -1.0 } else { outputs.sum() })
    }
}

impl Reading {
    /// The probabilities that the outputs of one example stand for; of values, the values.
    pub fn probabilities(self, outputs: &[f64]) -> Vec<f64> {
        match (self, outputs) {
            (Reading::Values, _) => outputs.to_vec(),
            (Reading::Shares, [one]) => vec![1.0 - one.clamp(0.0, 1.0), one.clamp(0.0, 1.0)],
            (Reading::Shares, _) => {
                let sum: f64 = outputs.iter().map(|v| v.max(0.0)).sum();
                let even = 1.0 / outputs.len().max(1) as f64;
                outputs.iter().map(|v| if sum > 0.0 { v.max(0.0) / sum } else { even }).collect()
            }
            (Reading::Softmax, _) => {
                let most = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let powers: Vec<f64> = outputs.iter().map(|v| (v - most).exp()).collect();
                let sum: f64 = powers.iter().sum();
                powers.iter().map(|v| v / sum).collect()
            }
        }
    }
}

/// The number of the class that is called so, or an error with the names of those that there are.
pub(super) fn class_named(classes: &[String], name: &str) -> Result<usize, Error> {
    let unknown = || Error::Request(format!("there is no class {name:?}; the classes are {}", classes.join(", ")));
    classes.iter().position(|class| class == name).ok_or_else(unknown)
}

/// The place of the largest, the first of equals.
pub(super) fn largest(values: &[f64]) -> usize {
    (0..values.len()).reduce(|a, b| if values[b] > values[a] { b } else { a }).unwrap_or(0)
}

/// Runs `f`, which makes gradients, and leaves the parameters' own gradients as they were.
pub(super) fn aside<R>(model: &dyn Module, f: impl FnOnce() -> R) -> Result<R, Error> {
    let parameters: Vec<Param> = model.parameters().into_iter().map(|(_, param)| param).collect();
    let before: Vec<Option<Tensor>> = parameters.iter().map(Param::grad).collect();
    let result = f();
    for (param, before) in parameters.iter().zip(before) {
        param.zero_grad();
        if let Some(grad) = before {
            param.add_grad(&grad)?;
        }
    }
    Ok(result)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use gradus_nn::init::Init;
    use gradus_nn::{Linear, Nonlinearity, Sequential};
    use gradus_tensor::random::{Generator, Scheme};

    /// A small network without training, for tests.
    pub(in crate::explain) fn network(widths: &[usize], seed: u64) -> Sequential {
        let mut random = Generator::new(Scheme::Gradus, seed);
        let mut model = Sequential::new();
        for (i, pair) in widths.windows(2).enumerate() {
            model = if i > 0 { model.push(Nonlinearity::Tanh) } else { model };
            let init = Init::Normal(0.7);
            model =
                model.push(Linear::with_bias(pair[0], pair[1], init, Some(Init::Normal(0.3)), &mut random).unwrap());
        }
        model
    }

    pub(in crate::explain) fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    /// Rows of numbers that are all different.
    pub(in crate::explain) fn rows(n: usize, width: usize) -> Vec<f32> {
        (0..n * width).map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0).collect()
    }

    #[test]
    fn outputs_are_read_as_probabilities() {
        let softmax = Reading::Softmax.probabilities(&[0.0, 2.0_f64.ln(), -f64::INFINITY]);
        assert!((softmax[0] - 1.0 / 3.0).abs() < 1e-12 && (softmax[1] - 2.0 / 3.0).abs() < 1e-12 && softmax[2] == 0.0);
        assert_eq!(Reading::Softmax.probabilities(&[800.0, 800.0]), [0.5, 0.5]);
        assert_eq!(Reading::Shares.probabilities(&[0.25]), [0.75, 0.25]);
        assert_eq!(Reading::Shares.probabilities(&[1.5, -0.2, 0.5]), [0.75, 0.0, 0.25]);
        assert_eq!(Reading::Shares.probabilities(&[-1.0, -1.0]), [0.5, 0.5]);
        assert_eq!(Reading::Values.probabilities(&[-3.0]), [-3.0]);
    }

    #[test]
    fn many_examples_are_read_as_each_alone() {
        let (model, classes) = (network(&[3, 4, 2], 1), names(&["a", "b"]));
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &classes,
            shape: &[3],
            features: &[],
            scaling: None,
        };
        let rows = rows(AT_ONCE + 7, 3);
        let all = classifier.probabilities(&rows).unwrap();
        assert_eq!(all.len(), AT_ONCE + 7);
        for (row, together) in rows.chunks(3).zip(&all).step_by(50) {
            let alone = classifier.probabilities(row).unwrap();
            assert!(alone[0].iter().zip(together).all(|(a, b)| (a - b).abs() < 1e-6));
            assert!((alone[0].iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let error = classifier.class_named("c").unwrap_err().to_string();
        assert_eq!(error, "there is no class \"c\"; the classes are a, b");
    }

    #[test]
    fn measured_and_seen_are_inverse() {
        let (model, scaling) = (network(&[2, 1], 1), Scaling { mean: vec![5.0, 2.0], std: vec![2.0, 4.0] });
        let (features, classes) = (names(&["length", "width"]), names(&["value"]));
        let classifier = Classifier {
            model: &model,
            reading: Reading::Values,
            classes: &classes,
            shape: &[2],
            features: &features,
            scaling: Some(&scaling),
        };
        assert_eq!((classifier.measured(0, 1.0), classifier.seen(0, 7.0)), (7.0, 1.0));
        assert_eq!((classifier.measured(1, -0.5), classifier.seen(1, 0.0)), (0.0, -0.5));
        assert!(classifier.predictions(&[0.0, 0.0]).unwrap_err().to_string().contains("no classes"));
    }
}

//! What training makes small, and when a model is right.

use gradus_data::IGNORE;
use gradus_recipe::{Cost, DenseKeys, Model, NeuronKeys};
use gradus_tensor::ops::Reduction;
use gradus_tensor::{DType, Result, Tensor, ensure};

/// How what a model gives is held against what was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// The negative log-likelihood of the right class or token: −log softmax(logits)ₜ, or, where a single probability
    /// comes out, −t log p − (1 − t) log(1 − p).
    CrossEntropy,
    /// The mean of (output − wanted)²; of classes, 1 is wanted of the right one and 0 of the others.
    SquaredError,
    /// The mean of (output − input)²: what goes in is to come out again.
    Reconstruction,
}

impl Objective {
    /// What training makes small in a model of this kind.
    pub fn of(model: &Model) -> Self {
        match model {
            Model::Neuron(NeuronKeys { cost: Cost::SquaredError, .. })
            | Model::Dense(DenseKeys { cost: Cost::SquaredError, .. }) => Objective::SquaredError,
            Model::Autoencoder(_) => Objective::Reconstruction,
            _ => Objective::CrossEntropy,
        }
    }

    /// The mean loss over all places that count.
    ///
    /// # Errors
    /// Where outputs and targets do not fit each other.
    pub fn loss(self, outputs: &Tensor, inputs: &Tensor, targets: &Tensor) -> Result<Tensor> {
        match self {
            Objective::CrossEntropy if is_single(outputs, targets) => {
                outputs.binary_cross_entropy(&wanted(outputs, targets)?, Reduction::Mean)
            }
            Objective::CrossEntropy => match targets.shape() {
                [_] => outputs.cross_entropy(targets),
                _ => outputs.cross_entropy_ignoring(targets, Some(IGNORE)),
            },
            Objective::SquaredError => outputs.mse_loss(&wanted(outputs, targets)?, Reduction::Mean),
            Objective::Reconstruction => outputs.mse_loss(&shaped(inputs, outputs)?, Reduction::Mean),
        }
    }

    /// The sum of the losses of all places that count, and how many they are; added up in `f64`, so that a mean over many
    /// batches does not depend on where they are cut. Without a history.
    ///
    /// # Errors
    /// As [`Objective::loss`].
    pub(crate) fn total(self, outputs: &Tensor, inputs: &Tensor, targets: &Tensor) -> Result<(f64, usize)> {
        let each = match self {
            Objective::CrossEntropy if is_single(outputs, targets) => {
                outputs.binary_cross_entropy(&wanted(outputs, targets)?, Reduction::None)?
            }
            Objective::CrossEntropy => {
                let ignored = (targets.shape().len() > 1).then_some(IGNORE);
                return outputs.cross_entropy_total(targets, ignored);
            }
            Objective::SquaredError => outputs.mse_loss(&wanted(outputs, targets)?, Reduction::None)?,
            Objective::Reconstruction => outputs.mse_loss(&shaped(inputs, outputs)?, Reduction::None)?,
        };
        let rows = outputs.shape().first().copied().unwrap_or(0);
        let sum: f64 = each.to_vec::<f64>().iter().sum();
        Ok((sum * rows as f64 / each.numel().max(1) as f64, rows))
    }

    /// How many predictions these targets ask for: the places that count.
    pub(crate) fn predictions(self, targets: &Tensor) -> usize {
        match targets.dtype() {
            DType::I64 if self != Objective::Reconstruction => {
                targets.array().dense::<i64>().iter().filter(|target| **target != IGNORE).count()
            }
            _ => targets.shape().first().copied().unwrap_or(0),
        }
    }

    /// At how many places the model is right, and how many count; the first is `None` where nothing is right or wrong.
    pub(crate) fn hits(self, outputs: &Tensor, targets: &Tensor) -> (Option<usize>, usize) {
        let rows = outputs.shape().first().copied().unwrap_or(0);
        if self == Objective::Reconstruction || targets.dtype() != DType::I64 {
            return (None, rows);
        }
        let predicted = predictions(outputs);
        let targets = targets.to_vec::<i64>();
        let places = || predicted.iter().zip(&targets).filter(|(_, target)| **target != IGNORE);
        (Some(places().filter(|(class, target)| class == target).count()), places().count())
    }
}

/// The class that each row of outputs `[…, classes]` speaks for: the largest; of a single one, whether it is above ½.
pub fn predictions(outputs: &Tensor) -> Vec<i64> {
    let classes = outputs.shape().last().copied().unwrap_or(1).max(1);
    let values = outputs.to_vec::<f64>();
    if classes == 1 {
        return values.iter().map(|&value| i64::from(value > 0.5)).collect();
    }
    let best = |row: &[f64]| {
        let largest = row.iter().enumerate().reduce(|a, b| if b.1 > a.1 { b } else { a });
        largest.map_or(-1, |(i, _)| i as i64)
    };
    values.chunks_exact(classes).map(best).collect()
}

/// Whether one number `[B, 1]` stands for two classes.
fn is_single(outputs: &Tensor, targets: &Tensor) -> bool {
    outputs.shape().last() == Some(&1) && targets.dtype() == DType::I64 && targets.shape().len() == 1
}

/// The same numbers in the shape of `like`.
fn shaped(x: &Tensor, like: &Tensor) -> Result<Tensor> {
    let shape: Vec<isize> = like.shape().iter().map(|&n| n as isize).collect();
    x.reshape(&shape)
}

/// What should have come out, in the outputs' shape: values as they are, classes as 1 among zeros.
fn wanted(outputs: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let wanted = match targets.dtype() {
        DType::I64 if is_single(outputs, targets) => shaped(targets, outputs)?,
        DType::I64 => targets.one_hot(outputs.shape().last().copied().unwrap_or(1))?,
        _ => targets.clone(),
    };
    let (found, asked) = (outputs.shape(), wanted.shape());
    ensure!(found == asked, "loss", "outputs {found:?} are held against targets {asked:?}");
    Ok(wanted.to_dtype(outputs.dtype()))
}

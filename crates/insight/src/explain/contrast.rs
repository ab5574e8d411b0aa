//! What needs no training beside what does: the vote of the nearest training examples, and the nearest mean of a class.

use gradus_data::{Samples, Targets};
use gradus_models::{KNearest, NearestCentroid};
use gradus_nn::Module;
use gradus_tensor::{Result as TensorResult, Tensor};
use gradus_train::Error;
use serde::Serialize;

use super::Classifier;

/// How many neighbours vote.
const NEIGHBOURS: usize = 5;
/// Distances that are computed at most to measure an accuracy, times the numbers of an example.
const MOST_WORK: usize = 2_000_000_000;

/// How well a model does beside its neighbours and the means of the classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contrast {
    /// On how many examples that were not trained on; the accuracies are measured on them.
    pub examples: usize,
    /// The share that the model takes for what it is.
    pub network: f64,
    /// The share that the 5 nearest training examples vote right.
    pub neighbours: f64,
    /// The share whose nearest mean is that of its class.
    pub centroid: f64,
}

/// The vote of the nearest training examples, as a model: a share for each class.
#[derive(Module)]
pub struct Neighbours {
    #[module(skip)]
    nearest: KNearest,
    #[module(skip)]
    classes: usize,
}

/// The nearest mean of a class, as a model: 1 for that class.
#[derive(Module)]
pub struct Centroids {
    #[module(skip)]
    nearest: NearestCentroid,
    #[module(skip)]
    classes: usize,
}

fn labels(samples: &Samples) -> Option<(&[i64], usize)> {
    match &samples.targets {
        Targets::Classes { labels, names } => Some((labels, names.len())),
        Targets::Values { .. } => None,
    }
}

impl Neighbours {
    /// Of these training examples; `None` where they have no classes.
    ///
    /// # Errors
    /// Where they are too few.
    pub fn of(train: &Samples) -> Result<Option<Self>, Error> {
        let Some((labels, classes)) = labels(train) else { return Ok(None) };
        let k = NEIGHBOURS.min(train.len());
        Ok(Some(Neighbours { nearest: KNearest::fit(k, &train.features, train.width(), labels)?, classes }))
    }

    /// The rows that lie nearest, and their classes.
    ///
    /// # Errors
    /// Where the example has another number of features.
    pub fn nearest(&self, row: &[f32]) -> Result<Vec<gradus_models::Neighbour>, Error> {
        Ok(self.nearest.nearest(row)?)
    }
}

impl Module for Neighbours {
    fn forward(&self, x: &Tensor) -> TensorResult<Tensor> {
        one_hot(&self.nearest.predict(&x.to_vec::<f32>())?, self.classes)
    }
}

impl Centroids {
    /// Of these training examples; `None` where they have no classes.
    ///
    /// # Errors
    /// Where there are none.
    pub fn of(train: &Samples) -> Result<Option<Self>, Error> {
        let Some((labels, classes)) = labels(train) else { return Ok(None) };
        Ok(Some(Centroids { nearest: NearestCentroid::fit(&train.features, train.width(), labels)?, classes }))
    }
}

impl Module for Centroids {
    fn forward(&self, x: &Tensor) -> TensorResult<Tensor> {
        one_hot(&self.nearest.predict(&x.to_vec::<f32>())?, self.classes)
    }
}

fn one_hot(classes: &[i64], n: usize) -> TensorResult<Tensor> {
    Tensor::from_slice(classes, &[classes.len()])?.one_hot(n)
}

/// How well the model, the neighbours and the means do on examples that were not trained on; `None` where these have no
/// classes, or are too many to measure every distance.
///
/// # Errors
/// Where the model refuses them.
pub fn contrast(classifier: &Classifier, train: &Samples, held_out: &Samples) -> Result<Option<Contrast>, Error> {
    let Some((labels, _)) = labels(held_out) else { return Ok(None) };
    let work = train.len().saturating_mul(held_out.len()).saturating_mul(train.width());
    if work > MOST_WORK || held_out.is_empty() || train.is_empty() {
        return Ok(None);
    }
    let (Some(neighbours), Some(centroids)) = (Neighbours::of(train)?, Centroids::of(train)?) else { return Ok(None) };
    let right = |predictions: Vec<i64>| {
        let hits = predictions.iter().zip(labels).filter(|(a, b)| a == b).count();
        hits as f64 / labels.len() as f64
    };
    Ok(Some(Contrast {
        examples: held_out.len(),
        network: right(classifier.predictions(&held_out.features)?),
        neighbours: right(neighbours.nearest.predict(&held_out.features)?),
        centroid: right(centroids.nearest.predict(&held_out.features)?),
    }))
}

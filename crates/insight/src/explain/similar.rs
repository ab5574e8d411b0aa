//! The training examples that look most alike to the model: near each other in its last hidden layer.

use gradus_data::{Samples, Targets};
use gradus_plot::{Images, Picture};
use gradus_train::Error;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Classifier, Trace};

/// Examples that pass through the model at once at most: every value on the way is held.
const AT_ONCE: usize = 64;

/// What counts as near.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Nearness {
    /// The cosine of the angle between two hidden layers: 1 for the same direction.
    #[default]
    Cosine,
    /// The distance between them, negative: 0 for the same place.
    Euclidean,
}

/// A training example that looks alike.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "SimilarRow")]
pub struct Similar {
    /// Its row in the training part.
    pub row: usize,
    /// Its class; `None` where examples have values.
    pub class: Option<String>,
    /// How near it is: the larger, the nearer.
    pub nearness: f64,
}

/// The `n` training examples most similar to one example, the nearest first; `except` is left out, for the example itself.
///
/// # Errors
/// Where the model refuses them or has no last hidden layer.
pub fn similar(
    classifier: &Classifier,
    row: &[f32],
    train: &Samples,
    except: Option<usize>,
    nearness: Nearness,
    n: usize,
) -> Result<Vec<Similar>, Error> {
    classifier.check(train)?;
    let hidden = hidden_layers(classifier, row)?.swap_remove(0);
    let mut near: Vec<(usize, f64)> = Vec::with_capacity(train.len());
    let at_once = classifier.at_once(AT_ONCE);
    for (i, rows) in train.features.chunks(at_once * train.width().max(1)).enumerate() {
        let others = hidden_layers(classifier, rows)?;
        near.extend(others.iter().enumerate().map(|(j, other)| (i * at_once + j, nearness.of(&hidden, other))));
    }
    near.retain(|&(row, nearness)| Some(row) != except && nearness.is_finite());
    near.sort_by(|a, b| b.1.total_cmp(&a.1));
    let class = |row: usize| match &train.targets {
        Targets::Classes { labels, names } => names.get(labels[row] as usize).cloned(),
        Targets::Values { .. } => None,
    };
    Ok(near.into_iter().take(n).map(|(row, nearness)| Similar { row, class: class(row), nearness }).collect())
}

/// The last hidden layer of each of some examples.
fn hidden_layers(classifier: &Classifier, rows: &[f32]) -> Result<Vec<Vec<f64>>, Error> {
    let trace = Trace::of(classifier.model, &classifier.batch(rows)?)?;
    let none = || Error::Request("the model has no last hidden layer to compare examples in".to_string());
    let hidden = trace.last_hidden().ok_or_else(none)?;
    Ok(hidden.to_vec::<f64>().chunks(hidden.shape()[1].max(1)).map(<[f64]>::to_vec).collect())
}

impl Nearness {
    /// How near two vectors are.
    pub fn of(self, a: &[f64], b: &[f64]) -> f64 {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        match self {
            Nearness::Cosine => dot(a, b) / (dot(a, a) * dot(b, b)).sqrt(),
            Nearness::Euclidean => -a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt(),
        }
    }
}

/// The example and those that look alike, as pictures; `None` where examples are none.
pub fn similar_picture(classifier: &Classifier, row: &[f32], found: &[Similar], train: &Samples) -> Option<Picture> {
    let [height, width] = classifier.picture()?;
    let shown = |row: &[f32]| -> Vec<f64> {
        row.iter().enumerate().map(|(i, &v)| classifier.measured(i, f64::from(v))).collect()
    };
    let images = Images::new("The training examples that look most alike to the network", width, height).unit("grey");
    let images = images.image("asked about", &shown(row));
    let caption = |s: &Similar| format!("{} ({:.3})", s.class.as_deref().unwrap_or("?"), s.nearness);
    let images = found.iter().fold(images, |images, s| images.image(caption(s), &shown(train.row(s.row))));
    Some(images.zoom((70.0 / width as f64).floor().max(2.0)).picture())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Reading;
    use crate::explain::classifier::tests::{names, network, rows};

    #[test]
    fn the_example_itself_is_nearest_unless_left_out() {
        let (model, classes) = (network(&[3, 5, 2], 2), names(&["a", "b"]));
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &classes,
            shape: &[3],
            features: &[],
            scaling: None,
        };
        let n = AT_ONCE + 11;
        let train = Samples {
            features: rows(n, 3),
            shape: vec![3],
            targets: Targets::Classes { labels: (0..n as i64).map(|i| i % 2).collect(), names: classes.clone() },
            feature_names: Vec::new(),
            published_train: None,
        };
        let asked = AT_ONCE + 3;
        for nearness in [Nearness::Cosine, Nearness::Euclidean] {
            let found = similar(&classifier, train.row(asked), &train, None, nearness, 5).unwrap();
            assert_eq!((found.len(), found[0].row, found[0].class.as_deref()), (5, asked, Some("b")));
            assert!(found.windows(2).all(|pair| pair[0].nearness >= pair[1].nearness));
            let without = similar(&classifier, train.row(asked), &train, Some(asked), nearness, 5).unwrap();
            assert_eq!(without[0], found[1]);
        }
        assert_eq!(Nearness::Euclidean.of(&[0.0, 3.0], &[4.0, 0.0]), -5.0);
        assert!((Nearness::Cosine.of(&[2.0, 0.0], &[1.0, 1.0]) - 0.5_f64.sqrt()).abs() < 1e-12);
    }
}

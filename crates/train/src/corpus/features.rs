//! Measurements, points and pictures, with the class or the values of each.

use gradus_data::toys::Points;
use gradus_data::{Samples, Scaling, Source, Targets};
use gradus_recipe::{Data, Recipe};
use serde::{Deserialize, Serialize};

use super::{Corpus, Examples, Intake, Meaning, Outputs, deal};
use crate::Error;

/// What goes into a model that is not shown text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// The shape of one example: `[4]` for a flower, `[1, 28, 28]` for a picture.
    pub shape: Vec<usize>,
    /// What each is called; empty for pictures.
    pub names: Vec<String>,
    /// How they are brought to mean 0 and deviation 1, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
}

impl Features {
    /// Whether an example is a picture: `[channels, height, width]`.
    pub fn is_picture(&self) -> bool {
        self.shape.len() == 3
    }

    /// Numbers in an example.
    pub fn width(&self) -> usize {
        self.shape.iter().product()
    }

    /// An example as the model sees it.
    ///
    /// # Errors
    /// Where it has another number of measurements.
    pub fn seen(&self, mut row: Vec<f32>) -> Result<Vec<f32>, Error> {
        if row.len() != self.width() {
            let (wanted, found) = (self.width(), row.len());
            return Err(Error::Request(format!(
                "an example of the model's data has {wanted} numbers, and there are {found}"
            )));
        }
        if let Some(scaling) = &self.scaling {
            scaling.apply_row(&mut row);
        }
        Ok(row)
    }

    /// A number the model sees as it was measured: the other way.
    pub fn measured(&self, feature: usize, seen: f32) -> f32 {
        match &self.scaling {
            Some(scaling) => seen * scaling.std[feature] + scaling.mean[feature],
            None => seen,
        }
    }
}

impl Outputs {
    fn of(targets: &Targets) -> Self {
        Outputs { names: targets.names().to_vec(), are_classes: matches!(targets, Targets::Classes { .. }) }
    }
}

fn open(source: &str, points: &Points, target: &str) -> Result<Samples, Error> {
    let samples = Samples::open(&Source::find(source)?, points, Some(target).filter(|target| !target.is_empty()))?;
    Ok(samples)
}

/// The corpus of a recipe for a model of measurements, points or pictures.
pub(super) fn load(recipe: &Recipe) -> Result<Corpus, Error> {
    let Data { source, target, points, noise, points_seed, standardise, block_size, .. } = &recipe.data;
    let all = open(source, &Points { n: *points, noise: *noise, seed: *points_seed }, target)?;
    let parts = all.deal(&deal(&recipe.split))?;
    let mut samples = parts.map(|rows| all.rows(&rows));
    let scaling = standardise.then(|| Scaling::of(&samples[0]));
    if let Some(scaling) = &scaling {
        samples.iter_mut().for_each(|part| scaling.apply(part));
    }
    let features = Features { shape: all.shape.clone(), names: all.feature_names.clone(), scaling };
    Ok(Corpus {
        source: source.clone(),
        intake: Intake::Features,
        block_size: *block_size,
        meaning: Meaning { outputs: Some(Outputs::of(&all.targets)), features: Some(features), ..Meaning::default() },
        language: None,
        parts: samples.clone().map(|part| Box::new(part) as Box<dyn Examples>),
        samples: Some(samples),
        checksum: checksum(&all),
    })
}

/// Examples of another source, as a trained model sees them.
pub(super) fn of_source(meaning: &Meaning, source: &str) -> Result<Box<dyn Examples>, Error> {
    let (Some(features), Some(outputs)) = (&meaning.features, &meaning.outputs) else {
        return Err(Error::Damaged("the checkpoint does not say what its model takes".to_string()));
    };
    let mut samples = open(source, &Points::default(), "")?;
    if samples.shape != features.shape {
        let (found, wanted) = (&samples.shape, &features.shape);
        return Err(Error::Request(format!(
            "an example of {source} has the shape {found:?}, and the model takes {wanted:?}"
        )));
    }
    match &mut samples.targets {
        Targets::Classes { labels, names } if outputs.are_classes => {
            // The same class may have another number there.
            let place = |name: &String| outputs.names.iter().position(|known| known == name);
            let places: Vec<Option<usize>> = names.iter().map(place).collect();
            for label in labels.iter_mut() {
                *label = places[*label as usize].ok_or_else(|| {
                    let (name, known) = (&names[*label as usize], outputs.names.join(", "));
                    Error::Request(format!("{source} has a class {name:?}, and the model knows {known}"))
                })? as i64;
            }
            names.clone_from(&outputs.names);
        }
        Targets::Values { names, .. } if !outputs.are_classes && names.len() == outputs.names.len() => {}
        _ => return Err(Error::Request(format!("{source} does not say what the model was trained to tell"))),
    }
    if let Some(scaling) = &features.scaling {
        scaling.apply(&mut samples);
    }
    Ok(Box::new(samples))
}

fn checksum(samples: &Samples) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    let mut add = |values: &[f32]| values.iter().for_each(|value| crc.update(&value.to_le_bytes()));
    add(&samples.features);
    match &samples.targets {
        Targets::Values { values, .. } => add(values),
        Targets::Classes { labels, .. } => labels.iter().for_each(|label| crc.update(&label.to_le_bytes())),
    }
    crc.finalize()
}

//! What a model says that tells classes or values: of single examples, and of all of them.

use gradus_data::{Picture, Samples, Targets};
use gradus_insight::explain::{self, Classifier, Confusion, Landscape, Latent, Reading};
use gradus_tensor::{Tensor, no_grad, probe};
use gradus_train::corpus::{Intake, Outputs, Split};
use gradus_train::objective::Objective;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::refusal::{Answer, Refusal};
use crate::session::ActiveSession;

/// Examples that a view passes through the model at most; of more, evenly spread ones.
const SPREAD: usize = 2000;
/// Points over a landscape, and places from left to right and from bottom to top.
const POINTS: usize = 500;
const COLUMNS: usize = 72;
const ROWS: usize = 56;
/// Pixels of a drawing's side.
const SIDE: usize = 1024;
/// Similar training examples that are told.
const SIMILAR: usize = 12;

/// What a model that is no language model takes and tells.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Task {
    reading: Reading,
    /// What the classes or values are called.
    pub(crate) classes: Vec<String>,
    features: Vec<String>,
    /// Of one example; empty for words.
    shape: Vec<usize>,
    sizes: Sizes,
}

/// How many examples there are.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Sizes {
    train: usize,
    dev: usize,
    test: usize,
}

impl Task {
    /// Of a session; `None` of a language model.
    pub fn of(session: &gradus_train::Session) -> Option<Self> {
        let corpus = session.corpus();
        let outputs = corpus.outputs().ok()?;
        let features = corpus.features().ok();
        let size = |split| corpus.examples(split).len();
        Some(Task {
            reading: reading(session, outputs),
            classes: outputs.names.clone(),
            features: features.map_or(vec![], |features| features.names.clone()),
            shape: features.map_or(vec![], |features| features.shape.clone()),
            sizes: Sizes { train: size(Split::Train), dev: size(Split::Dev), test: size(Split::Test) },
        })
    }
}

/// How a model's outputs are read.
fn reading(session: &gradus_train::Session, outputs: &Outputs) -> Reading {
    match session.objective() {
        Objective::Reconstruction => Reading::Values,
        _ if !outputs.are_classes => Reading::Values,
        Objective::SquaredError => Reading::Shares,
        // A single probability stands for two classes.
        Objective::CrossEntropy if session.recipe().model.kind() == "neuron" => Reading::Shares,
        Objective::CrossEntropy => Reading::Softmax,
    }
}

/// Which example is meant, by one of four ways of saying it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Example")]
pub struct Asked {
    split: Option<String>,
    row: Option<usize>,
    /// As measured; of a picture, its pixels.
    values: Option<Vec<f32>>,
    picture: Option<Drawn>,
    text: Option<String>,
    /// The class that is to be explained.
    class: Option<usize>,
    /// Whether the model without edits is asked too.
    compare: bool,
}

/// A picture in any size, from 0 (black) to 1 (white).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    height: usize,
    width: usize,
    grey: Vec<f32>,
}

/// An example as the model sees it, and what is known of it.
struct Example {
    seen: Vec<f32>,
    input: Tensor,
    label: Option<i64>,
    wanted: Option<Vec<f32>>,
    /// Its row in the training part.
    train_row: Option<usize>,
}

/// What an example is taken for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Classified {
    step: u64,
    /// As measured.
    input: Vec<f64>,
    label: Option<i64>,
    wanted: Option<Vec<f32>>,
    class: Option<usize>,
    outputs: Vec<f64>,
    probabilities: Vec<f64>,
    unedited: Option<Vec<f64>>,
    loss: Option<f64>,
}

/// Why.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explained {
    step: u64,
    class: Option<String>,
    maps: Vec<explain::Maps>,
    scores: Vec<explain::Score>,
    saliency: Option<Answered>,
    occlusion: Option<explain::Occlusion>,
    similar: Vec<Alike>,
    neuron: Option<explain::NeuronSeen>,
}

/// How the class's score answers to each input.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Saliency")]
struct Answered {
    gradient: Vec<f64>,
    product: Vec<f64>,
}

/// A training example that looks alike to the model.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SimilarExample")]
struct Alike {
    #[serde(flatten)]
    similar: explain::Similar,
    input: Vec<f64>,
}

/// Some examples of a part, with what they are taken for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Examples")]
pub struct Listing {
    step: u64,
    #[schemars(extend("enum" = ["train", "dev", "test"]))]
    split: &'static str,
    total: usize,
    /// How many are taken for another class.
    wrong: Option<usize>,
    examples: Vec<Listed>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListedExample")]
struct Listed {
    #[schemars(extend("enum" = ["train", "dev", "test"]))]
    split: &'static str,
    row: usize,
    input: Vec<f64>,
    label: Option<i64>,
    class: Option<usize>,
    probabilities: Vec<f64>,
}

/// Which class is taken for which.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Confusion")]
pub struct Confused {
    step: u64,
    #[schemars(extend("enum" = ["train", "dev", "test"]))]
    split: &'static str,
    #[serde(flatten)]
    confusion: Confusion,
}

/// A landscape with the examples over it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Landscape")]
pub struct Surveyed {
    step: u64,
    #[serde(flatten)]
    landscape: Landscape,
    points: Vec<Point>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LandscapePoint")]
struct Point {
    #[schemars(extend("enum" = ["train", "dev", "test"]))]
    split: &'static str,
    row: usize,
    at: [f64; 2],
    label: Option<i64>,
    wanted: Option<Vec<f32>>,
    class: Option<usize>,
    probabilities: Vec<f64>,
}

/// The plane of an autoencoder.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Latent")]
pub struct Middle {
    step: u64,
    #[schemars(extend("enum" = ["train", "dev", "test"]))]
    split: &'static str,
    #[serde(flatten)]
    latent: Latent,
}

/// What a decoder draws.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Decoded {
    values: Vec<f64>,
}

/// The class that probabilities speak for.
fn class_of(reading: Reading, probabilities: &[f64]) -> Option<usize> {
    let largest = || probabilities.iter().enumerate().reduce(|a, b| if b.1 > a.1 { b } else { a });
    if reading == Reading::Values { None } else { largest().map(|(class, _)| class) }
}

fn label_of(samples: &Samples, row: usize) -> Option<i64> {
    match &samples.targets {
        Targets::Classes { labels, .. } => labels.get(row).copied(),
        Targets::Values { .. } => None,
    }
}

fn wanted_of(samples: &Samples, row: usize) -> Option<Vec<f32>> {
    match &samples.targets {
        Targets::Classes { .. } => None,
        Targets::Values { values, names } => {
            let width = names.len();
            values.get(row * width..(row + 1) * width).map(<[f32]>::to_vec)
        }
    }
}

/// Evenly spread rows, as many as are wanted at most.
fn spread(all: usize, most: usize) -> Vec<usize> {
    let stride = all.div_ceil(most.max(1)).max(1);
    (0..all).step_by(stride).collect()
}

/// Shares to four digits: a view shows no more, and thousands of them travel at once.
fn short(shares: &mut [Vec<f64>]) {
    shares.iter_mut().flatten().for_each(|share| *share = (*share * 1e4).round() / 1e4);
}

impl ActiveSession {
    /// What the model takes and tells.
    ///
    /// # Errors
    /// Where it is a language model.
    pub fn task(&self) -> Answer<&Task> {
        self.family.long.task.as_ref().ok_or_else(|| {
            Refusal::unprocessable(format!("a {} model tells the next token, and no class", self.family.model))
        })
    }

    fn classifier(&self) -> Answer<Classifier<'_>> {
        let features = self.session().corpus().features()?;
        let task = self.task()?;
        Ok(Classifier {
            model: self.model(),
            reading: task.reading,
            classes: &task.classes,
            shape: &features.shape,
            features: &features.names,
            scaling: features.scaling.as_ref(),
        })
    }

    fn samples(&self, split: Split) -> Answer<&Samples> {
        Ok(self.session().corpus().samples(split)?)
    }

    fn measured(&self, seen: &[f32]) -> Vec<f64> {
        match self.session().corpus().features() {
            Ok(features) => seen.iter().enumerate().map(|(i, &v)| f64::from(features.measured(i, v))).collect(),
            Err(_) => seen.iter().map(|&v| f64::from(v)).collect(),
        }
    }

    /// The example that is meant.
    fn example(&self, asked: &Asked) -> Answer<Example> {
        self.task()?;
        let own = |seen: Vec<f32>, input: Tensor| Example { seen, input, label: None, wanted: None, train_row: None };
        let one = |seen: Vec<f32>| -> Answer<Example> {
            let shape = [&[1], &self.session().corpus().features()?.shape[..]].concat();
            Ok(own(seen.clone(), Tensor::from_slice(&seen, &shape)?))
        };
        match asked {
            Asked { split: Some(split), row: Some(row), values: None, picture: None, text: None, .. } => {
                let split = crate::session::look::split(split)?;
                let n = self.session().corpus().examples(split).len();
                if *row >= n {
                    return Err(Refusal::unprocessable(format!(
                        "there is no example {row}: the {} part has {n}",
                        split.word()
                    )));
                }
                let (input, targets) = self.session().corpus().examples(split).batch(&[*row as i64]);
                let Ok(samples) = self.samples(split) else {
                    let label = targets.to_vec::<i64>().first().copied();
                    return Ok(Example { label, ..own(vec![], input) });
                };
                Ok(Example {
                    label: label_of(samples, *row),
                    wanted: wanted_of(samples, *row),
                    train_row: (split == Split::Train).then_some(*row),
                    ..own(samples.row(*row).to_vec(), input)
                })
            }
            Asked { split: None, row: None, values: Some(values), picture: None, text: None, .. } => {
                if values.iter().any(|value| !value.is_finite()) {
                    return Err(Refusal::unprocessable("\"values\" are finite numbers"));
                }
                one(self.session().corpus().features()?.seen(values.clone())?)
            }
            Asked { split: None, row: None, values: None, picture: Some(drawn), text: None, .. } => {
                one(self.digit(drawn)?)
            }
            Asked { split: None, row: None, values: None, picture: None, text: Some(text), .. } => {
                Ok(own(vec![], self.word(self.encode(text)?)?))
            }
            _ => Err(Refusal::unprocessable(
                "say which example is meant: \"split\" and \"row\", or \"values\", or \"picture\", or \"text\"",
            )),
        }
    }

    /// A word's tokens as a model of lists sees them: `[1, longest]`, filled up with the mark.
    ///
    /// # Errors
    /// Where the model sees no words.
    pub fn word(&self, mut tokens: Vec<i64>) -> Answer<Tensor> {
        if self.session().recipe().model.intake() != Intake::Words {
            return Err(Refusal::unprocessable(format!("a {} model sees no words", self.family.model)));
        }
        tokens.resize(tokens.len().max(self.session().corpus().block_size()).max(1), 0);
        Ok(Tensor::from_slice(&tokens, &[1, tokens.len()])?)
    }

    /// A drawing as the data have their digits: cut out, brought to their size, its middle in the middle.
    fn digit(&self, drawn: &Drawn) -> Answer<Vec<f32>> {
        let features = self.session().corpus().features()?;
        let &[1, height, width] = &features.shape[..] else {
            return Err(Refusal::unprocessable("the model takes no grey pictures: give \"values\""));
        };
        let fits = (1..=SIDE).contains(&drawn.height)
            && (1..=SIDE).contains(&drawn.width)
            && drawn.grey.len() == drawn.height * drawn.width;
        if !fits || drawn.grey.iter().any(|grey| !(0.0..=1.0).contains(grey)) {
            return Err(Refusal::unprocessable(format!(
                "a picture has \"height\" and \"width\" from 1 to {SIDE}, and as many greys from 0 to 1"
            )));
        }
        let picture = Picture { grey: drawn.grey.clone(), height: drawn.height, width: drawn.width };
        Ok(features.seen(picture.as_digit(height, width).grey)?)
    }

    /// What an example is taken for.
    ///
    /// # Errors
    /// Where the example makes no sense, or an edit cannot be made.
    pub fn classify(&mut self, asked: &Asked) -> Answer<Classified> {
        let example = self.example(asked)?;
        let reading = self.task()?.reading;
        let outputs = self.outputs(&example.input, true)?;
        let unedited = match asked.compare && !self.log.edits().is_empty() {
            true => Some(self.unedited(|live| live.outputs(&example.input, false))?),
            false => None,
        };
        let as_read = |outputs: &Tensor| reading.probabilities(&outputs.to_vec::<f64>());
        let targets = match (&example.label, &example.wanted) {
            (Some(label), _) => Some(Tensor::from_slice(&[*label], &[1])?),
            (None, Some(wanted)) => Some(Tensor::from_slice(wanted, &[1, wanted.len()])?),
            (None, None) => None,
        };
        let objective = self.session().objective();
        let loss = match (&targets, objective) {
            (Some(targets), _) => Some(objective.loss(&outputs, &example.input, targets)?.item()?),
            (None, Objective::Reconstruction) => {
                Some(objective.loss(&outputs, &example.input, &example.input)?.item()?)
            }
            (None, _) => None,
        };
        let probabilities = as_read(&outputs);
        Ok(Classified {
            step: self.step(),
            input: self.measured(&example.seen),
            label: example.label,
            wanted: example.wanted,
            class: class_of(reading, &probabilities),
            outputs: outputs.to_vec(),
            probabilities,
            unedited: unedited.as_ref().map(as_read),
            loss,
        })
    }

    fn outputs(&mut self, input: &Tensor, edited: bool) -> Answer<Tensor> {
        self.reading(edited, |live| Ok(no_grad(|| live.model().forward(input))?))
    }

    /// Why an example is taken for a class; the likeliest where none is said. Read off the parameters as they are now.
    ///
    /// # Errors
    /// Where the example makes no sense, or the model sees words.
    pub fn explain(&mut self, asked: &Asked) -> Answer<Explained> {
        let example = self.example(asked)?;
        let classifier = self.classifier()?;
        let row = &example.seen[..];
        let probabilities = classifier.probabilities(row)?.swap_remove(0);
        let class = match (asked.class, class_of(classifier.reading, &probabilities)) {
            (Some(class), _) if class >= classifier.classes.len() => {
                let n = classifier.classes.len();
                return Err(Refusal::unprocessable(format!("there is no class {class}: there are {n}")));
            }
            (class, likeliest) => class.or(likeliest),
        };
        // What a kind of model does not have is left out.
        let train = self.samples(Split::Train)?;
        let rows = spread(train.len(), SPREAD);
        let some = train.rows(&rows);
        let except = example.train_row.and_then(|row| rows.iter().position(|&known| known == row));
        let pictures = classifier.picture().is_some();
        let similar = match class {
            Some(_) if pictures => {
                explain::similar(&classifier, row, &some, except, explain::Nearness::Cosine, SIMILAR)
                    .unwrap_or_default()
            }
            _ => vec![],
        };
        let similar = similar.into_iter().map(|similar| Alike {
            input: self.measured(some.row(similar.row)),
            similar: explain::Similar { row: rows[similar.row], ..similar },
        });
        let saliency = class.and_then(|class| explain::saliency(&classifier, row, class).ok());
        Ok(Explained {
            step: self.step(),
            class: class.map(|class| classifier.class(class).to_string()),
            maps: if pictures { explain::feature_maps(&classifier, row)? } else { vec![] },
            scores: class.map_or(vec![], |_| explain::scores(&classifier, row).unwrap_or_default()),
            saliency: saliency.map(|seen| Answered { gradient: seen.gradient, product: seen.product }),
            occlusion: class.and_then(|class| explain::occlusion(&classifier, row, class).ok()),
            similar: similar.collect(),
            neuron: explain::NeuronSeen::of(&classifier, row)?,
        })
    }

    /// Some examples of a part.
    ///
    /// # Errors
    /// Where the model sees words.
    pub fn list(&mut self, split: Split, from: usize, count: usize, wrong: bool) -> Answer<Listing> {
        if !(1..=limits::SAMPLES).contains(&count) {
            return Err(Refusal::unprocessable(format!("\"count\" is between 1 and {}", limits::SAMPLES)));
        }
        self.reading(true, |live| {
            let classifier = live.classifier()?;
            let samples = live.samples(split)?;
            let total = samples.len();
            let tells = classifier.reading != Reading::Values;
            // Whether each is taken for what it is takes a pass over all of them.
            let few: Vec<usize> = (0..total.min(2 * SPREAD)).collect();
            let mistaken: Option<Vec<usize>> = if tells && (wrong || total <= few.len()) {
                let some = samples.rows(&few);
                let taken = classifier.predictions(&some.features)?;
                Some(few.into_iter().filter(|&row| label_of(samples, row) != Some(taken[row])).collect())
            } else {
                None
            };
            let rows: Vec<usize> = match (&mistaken, wrong) {
                (Some(rows), true) => rows.iter().copied().skip(from).take(count).collect(),
                _ => (0..total).skip(from).take(count).collect(),
            };
            let some = samples.rows(&rows);
            let told = classifier.probabilities(&some.features)?;
            let examples = rows.iter().zip(told).enumerate().map(|(i, (&row, probabilities))| Listed {
                split: split.word(),
                row,
                input: live.measured(some.row(i)),
                label: label_of(samples, row),
                class: class_of(classifier.reading, &probabilities),
                probabilities,
            });
            Ok(Listing {
                step: live.step(),
                split: split.word(),
                total,
                wrong: mistaken.as_ref().map(Vec::len),
                examples: examples.collect(),
            })
        })
    }

    /// Which class is taken for which; of very many examples, of evenly spread ones.
    ///
    /// # Errors
    /// Where the model tells values.
    pub fn confusion(&mut self, split: Split) -> Answer<Confused> {
        self.reading(true, |live| {
            let task = live.task()?;
            if task.reading == Reading::Values {
                return Err(Refusal::unprocessable("the model tells values: no class is taken for another"));
            }
            let examples = live.session().corpus().examples(split);
            let rows: Vec<i64> = spread(examples.len(), SPREAD).into_iter().map(|row| row as i64).collect();
            let (mut labels, mut taken) = (vec![], vec![]);
            for rows in rows.chunks(256) {
                let (input, targets) = examples.batch(rows);
                taken.extend(gradus_train::objective::predictions(&no_grad(|| live.model().forward(&input))?));
                labels.extend(targets.to_vec::<i64>());
            }
            let confusion = Confusion::of(&labels, &taken, &task.classes);
            Ok(Confused { step: live.step(), split: split.word(), confusion })
        })
    }

    /// What the model decides everywhere over two measurements; those that tell the classes best where none are said.
    ///
    /// # Errors
    /// Where it takes pictures or words, or there are no such measurements.
    pub fn landscape(&mut self, features: Option<[usize; 2]>) -> Answer<Surveyed> {
        self.reading(true, |live| {
            let classifier = live.classifier()?;
            let train = live.samples(Split::Train)?;
            let features = features.or_else(|| explain::telling_features(train)).unwrap_or([0, 1]);
            let mut landscape = explain::landscape(&classifier, train, features, None, COLUMNS, ROWS)?;
            let mut points = Vec::new();
            for split in Split::ALL {
                let samples = live.samples(split)?;
                let all = live.task()?.sizes.train.max(1);
                let rows = spread(samples.len(), (POINTS * samples.len()).div_ceil(all).min(POINTS));
                let some = samples.rows(&rows);
                let told = classifier.probabilities(&some.features)?;
                points.extend(rows.iter().zip(told).enumerate().map(|(i, (&row, probabilities))| Point {
                    split: split.word(),
                    row,
                    at: features.map(|f| classifier.measured(f, f64::from(some.row(i)[f]))),
                    label: label_of(samples, row),
                    wanted: wanted_of(samples, row),
                    class: class_of(classifier.reading, &probabilities),
                    probabilities,
                }));
            }
            if classifier.reading != Reading::Values {
                short(&mut landscape.probabilities);
            }
            Ok(Surveyed { step: live.step(), landscape, points })
        })
    }

    /// The kernels of convolutions.
    pub fn kernels(&self) -> Vec<explain::Kernels> {
        explain::kernels(self.model())
    }

    /// Where the examples of a part lie in the narrow middle of an autoencoder.
    ///
    /// # Errors
    /// Where the model is none.
    pub fn latent(&mut self, split: Split) -> Answer<Middle> {
        let samples = self.samples(split)?;
        // The first ones, so that a place is that of the example of its number.
        let rows: Vec<usize> = (0..samples.len().min(SPREAD)).collect();
        let latent = explain::latent(&self.classifier()?, &samples.rows(&rows))?;
        Ok(Middle { step: self.step(), split: split.word(), latent })
    }

    /// What the decoder draws at a place of the plane.
    ///
    /// # Errors
    /// Where the model is no autoencoder with two numbers in the middle.
    pub fn decode(&mut self, place: [f64; 2]) -> Answer<Decoded> {
        if place.iter().any(|number| !number.is_finite()) {
            return Err(Refusal::unprocessable("\"place\" is two finite numbers"));
        }
        let classifier = self.classifier()?;
        let one = self.samples(Split::Train)?.rows(&[0]);
        let latent = explain::latent(&classifier, &one)?;
        if latent.dimensions != 2 {
            return Err(Refusal::unprocessable(format!(
                "{} has {} numbers: a place of a plane is none of it",
                latent.name, latent.dimensions
            )));
        }
        let code = Tensor::from_slice(&place.map(|number| number as f32), &[1, 2])?;
        let put = probe::Replace::new(latent.name, move |_| code.clone());
        let (_, output) = probe::with(put, || classifier.outputs(&one.features));
        let output: Vec<f32> = output?.swap_remove(0).into_iter().map(|value| value as f32).collect();
        Ok(Decoded { values: self.measured(&output) })
    }
}

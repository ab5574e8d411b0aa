//! What a model says of one example, and why: in numbers, in plain words, in pictures.

use gradus_plot::{Bars, Picture};
use gradus_train::corpus::Split;
use gradus_train::{Error, Session};
use serde::Serialize;

use super::classifier::class_named;
use super::example::Shown;
use super::{
    Classifier, Contrast, Example, Kernels, Letters, Neighbours, NeuronSeen, Occlusion, Reading, Saliency, Score,
    Similar, beside_network, feature_maps, kernels, landscape, latent, letters, occlusion, saliency, scores, similar,
    telling_features,
};
use super::{fixed, noted};
use crate::digits::figure;

/// Places of a landscape from left to right, and upward.
pub(super) const PLACES: [usize; 2] = [160, 120];
/// Similar training examples that are told.
const SIMILAR: usize = 11;

/// A class or a value with its number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedValue {
    /// What it is called.
    pub name: String,
    /// Its probability, or the value.
    pub value: f64,
}

/// What a model says of one example, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// What was asked about.
    pub example: String,
    /// What it is in truth, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
    /// The class that it is taken for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// Whether that is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<bool>,
    /// The probability of each class, the most probable first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probabilities: Vec<NamedValue>,
    /// The values that the model tells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<NamedValue>,
    /// The values that were wanted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<f64>,
    /// The class (or value) that all that follows is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Its score as a sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// What it hangs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saliency: Option<Saliency>,
    /// Of a picture: what hiding a part does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occlusion: Option<Occlusion>,
    /// Of a word: what each letter does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letters: Option<Letters>,
    /// Of a single neuron: all that it computes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neuron: Option<NeuronSeen>,
    /// The training examples that look most alike to the model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub similar: Vec<Similar>,
    /// What needs no training, beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
    /// Of an autoencoder: the mean of (output − input)².
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconstruction_error: Option<f64>,
    /// Of an autoencoder: the numbers in its middle, as they lie on the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<[f64; 2]>,
}

/// What the nearest training examples and the nearest mean say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beside {
    /// The classes of the nearest training examples, the nearest first.
    pub neighbours: Vec<String>,
    /// The class that most of them have.
    pub neighbours_say: String,
    /// The class whose mean is nearest.
    pub centroid_says: String,
    /// How often each of them is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Contrast>,
}

/// An explanation with its pictures: a name for a file each.
pub type Explained = (Explanation, Vec<(String, Picture)>);

/// What is asked besides the example.
#[derive(Debug, Clone, Copy, Default)]
pub struct Question<'a> {
    /// The class to explain, in place of the one that the model says.
    pub class: Option<&'a str>,
    /// The two features of the landscape, in place of those that tell the classes apart best.
    pub features: Option<[usize; 2]>,
}

/// Explains what a session's model says of one example.
///
/// # Errors
/// Where the model is a language model, the class does not exist, or the model refuses the example.
pub fn explain(session: &Session, example: &Example, question: Question) -> Result<Explained, Error> {
    match &example.shown {
        Shown::Word(tokens, pieces) => word(session, example, tokens, pieces, question),
        Shown::Numbers(row) => {
            let classifier = Classifier::of(session)?;
            if session.objective() == gradus_train::objective::Objective::Reconstruction {
                return reconstruction(session, &classifier, example, row);
            }
            numbers(session, &classifier, example, row, question)
        }
    }
}

/// What there is before anything is known.
fn nothing(example: &Example) -> Explanation {
    Explanation {
        example: example.what.clone(),
        truth: None,
        says: None,
        right: None,
        probabilities: Vec::new(),
        values: Vec::new(),
        wanted: example.wanted.clone(),
        class: None,
        score: None,
        saliency: None,
        occlusion: None,
        letters: None,
        neuron: None,
        similar: Vec::new(),
        beside: None,
        reconstruction_error: None,
        place: None,
    }
}

/// The probabilities, what they say, and the class to explain.
fn decide(
    classes: &[String],
    probabilities: &[f64],
    example: &Example,
    question: Question,
) -> Result<(Explanation, usize), Error> {
    let says = super::classifier::largest(probabilities);
    let class = match question.class {
        Some(name) => class_named(classes, name)?,
        None => says,
    };
    let mut answers: Vec<NamedValue> =
        classes.iter().zip(probabilities).map(|(name, &value)| NamedValue { name: name.clone(), value }).collect();
    answers.sort_by(|a, b| b.value.total_cmp(&a.value));
    let explanation = Explanation {
        truth: example.class.and_then(|class| classes.get(class).cloned()),
        says: classes.get(says).cloned(),
        right: example.class.map(|class| class == says),
        probabilities: answers,
        class: classes.get(class).cloned(),
        ..nothing(example)
    };
    Ok((explanation, class))
}

fn word(
    session: &Session,
    example: &Example,
    tokens: &[i64],
    pieces: &[String],
    question: Question,
) -> Result<Explained, Error> {
    let classes = &session.corpus().outputs()?.names;
    let seen = |class: usize| letters(session.model(), Reading::Softmax, classes, tokens, pieces, class);
    let probabilities =
        (0..classes.len()).map(|class| Ok(seen(class)?.probability)).collect::<Result<Vec<f64>, Error>>()?;
    let (mut explanation, class) = decide(classes, &probabilities, example, question)?;
    let letters = seen(class)?;
    let pictures = vec![("probabilities".to_string(), explanation.bars()), ("letters".to_string(), letters.picture())];
    explanation.letters = Some(letters);
    Ok((explanation, pictures))
}

fn reconstruction(
    session: &Session,
    classifier: &Classifier,
    example: &Example,
    row: &[f32],
) -> Result<Explained, Error> {
    let output = classifier.outputs(row)?.swap_remove(0);
    let error =
        row.iter().zip(&output).map(|(x, y)| (f64::from(*x) - y).powi(2)).sum::<f64>() / row.len().max(1) as f64;
    let mut explanation = Explanation { reconstruction_error: Some(error), ..nothing(example) };
    explanation.truth = example.class.map(|class| classifier.class(class).to_owned());
    let mut pictures = Vec::new();
    if let Some(picture) = super::latent::given_back(classifier, row, &output) {
        pictures.push(("reconstruction".to_string(), picture));
    }
    if let Ok(train) = session.corpus().samples(Split::Train) {
        let plane = latent(classifier, train)?;
        let place = plane.place(classifier, row)?;
        explanation.place = place;
        pictures.push(("latent-plane".to_string(), plane.plane(place)));
        pictures.extend(plane.decoded(classifier)?.map(|picture| ("decoded".to_string(), picture)));
    }
    Ok((explanation, pictures))
}

fn numbers(
    session: &Session,
    classifier: &Classifier,
    example: &Example,
    row: &[f32],
    question: Question,
) -> Result<Explained, Error> {
    let told = classifier.probabilities(row)?.swap_remove(0);
    if told.iter().any(|v| !v.is_finite()) {
        return Err(Error::Request(format!(
            "what the model makes of {} is no finite number: give an example of the size of its data",
            example.what
        )));
    }
    let mut pictures: Vec<(String, Picture)> = Vec::new();
    let (mut explanation, class) = if classifier.reading == Reading::Values {
        let values =
            classifier.classes.iter().zip(&told).map(|(name, &value)| NamedValue { name: name.clone(), value });
        let class = question.class.map_or(Ok(0), |name| classifier.class_named(name))?;
        let class_name = classifier.classes.get(class).cloned();
        (Explanation { values: values.collect(), class: class_name, ..nothing(example) }, class)
    } else {
        let (explanation, class) = decide(classifier.classes, &told, example, question)?;
        pictures.push(("probabilities".to_string(), explanation.bars()));
        (explanation, class)
    };
    explanation.neuron = NeuronSeen::of(classifier, row)?;
    pictures.extend(explanation.neuron.as_ref().map(|neuron| ("neuron".to_string(), neuron.picture())));
    if explanation.neuron.is_none() {
        // A model without a last linear layer has no such sum.
        let of_class = |scores: Vec<Score>| {
            let name = classifier.class(class);
            scores.into_iter().find(|score| score.class == name)
        };
        explanation.score = scores(classifier, row).ok().and_then(of_class);
        pictures.extend(explanation.score.as_ref().map(|score| ("score".to_string(), score.picture())));
    }
    let salient = saliency(classifier, row, class)?;
    pictures.push(("saliency".to_string(), salient.picture(classifier)));
    explanation.saliency = Some(salient);
    if classifier.picture().is_some() && classifier.reading != Reading::Values {
        let hidden = occlusion(classifier, row, class)?;
        pictures.push(("occlusion".to_string(), hidden.picture(classifier, row)));
        explanation.occlusion = Some(hidden);
        for maps in feature_maps(classifier, row)? {
            pictures.push((format!("maps-{}", maps.name), maps.picture()));
        }
        pictures.extend(kernel_pictures(session));
    }
    if let Ok(train) = session.corpus().samples(Split::Train) {
        if explanation.neuron.is_none() && classifier.reading != Reading::Values {
            // As above: without a last hidden layer there is nothing to compare.
            let found = similar(classifier, row, train, example.train_row, super::Nearness::Cosine, SIMILAR);
            explanation.similar = found.unwrap_or_default();
            if !explanation.similar.is_empty() {
                let picture = super::similar_picture(classifier, row, &explanation.similar, train);
                pictures.extend(picture.map(|picture| ("similar".to_string(), picture)));
            }
        }
        explanation.beside = beside(session, classifier, row, example.train_row)?;
        let features = question.features.or_else(|| telling_features(train));
        if let (Some(features), 1) = (features, classifier.shape.len()) {
            let [columns, rows] = PLACES;
            let land = landscape(classifier, train, features, Some(row), columns, rows)?;
            pictures.push(("landscape".to_string(), land.picture(land.title(), classifier, train, Some(row))?));
        } else if question.features.is_some() {
            landscape(classifier, train, [0, 1], None, 1, 1)?;
        }
    }
    Ok((explanation, pictures))
}

/// The kernels of every convolution, as pictures.
pub(super) fn kernel_pictures(session: &Session) -> Vec<(String, Picture)> {
    let file = |kernels: &Kernels| format!("kernels-{}", kernels.name.strip_suffix(".weight").unwrap_or(&kernels.name));
    kernels(session.model()).iter().map(|kernels| (file(kernels), kernels.picture())).collect()
}

/// What the nearest training examples and the nearest mean say of an example.
fn beside(
    session: &Session,
    classifier: &Classifier,
    row: &[f32],
    train_row: Option<usize>,
) -> Result<Option<Beside>, Error> {
    let all = session.corpus().samples(Split::Train)?;
    // An example is not to be its own neighbour.
    let others = train_row.map(|own| all.rows(&(0..all.len()).filter(|&row| row != own).collect::<Vec<_>>()));
    let train = others.as_ref().unwrap_or(all);
    let (Some(neighbours), Some(centroids)) = (Neighbours::of(train)?, super::Centroids::of(train)?) else {
        return Ok(None);
    };
    let name = |class: usize| classifier.class(class).to_owned();
    let says = |model: &dyn gradus_nn::Module| -> Result<String, Error> {
        let other = Classifier { model, reading: Reading::Shares, ..*classifier };
        Ok(name(other.predictions(row)?.first().map_or(0, |&class| class as usize)))
    };
    let accuracy = session.held_out().map(|split| beside_network(session, split)).transpose()?.flatten();
    Ok(Some(Beside {
        neighbours: neighbours.nearest(row)?.iter().map(|near| name(near.label as usize)).collect(),
        neighbours_say: says(&neighbours)?,
        centroid_says: says(&centroids)?,
        accuracy,
    }))
}

fn percent(share: f64) -> String {
    // 99.96 % is not all.
    let digits = if share > 0.999 && share < 1.0 { 3 } else { 1 };
    format!("{:.digits$} %", 100.0 * share)
}

impl Explanation {
    /// The probabilities as bars.
    fn bars(&self) -> Picture {
        const MOST: usize = 20;
        let title = format!("What it takes {} for", self.example);
        let bars = Bars::new(title).axis("probability").shares();
        self.probabilities.iter().take(MOST).fold(bars, |bars, answer| bars.bar(&*answer.name, answer.value)).picture()
    }

    /// All of it in plain words.
    pub fn text(&self) -> String {
        let mut out = match &self.truth {
            Some(truth) => format!("{}; it is: {truth}\n", self.example),
            None => format!("{}\n", self.example),
        };
        self.tell_answer(&mut out);
        self.tell_neuron(&mut out);
        self.tell_score(&mut out);
        self.tell_measurements(&mut out);
        self.tell_letters(&mut out);
        self.tell_picture(&mut out);
        self.tell_similar(&mut out);
        self.tell_beside(&mut out);
        out
    }

    fn tell_answer(&self, out: &mut String) {
        if let (Some(says), Some(first)) = (&self.says, self.probabilities.first()) {
            out.push_str(&format!("It says {says} with {}", percent(first.value)));
            let others: Vec<String> = self.probabilities[1..]
                .iter()
                .filter(|answer| answer.value >= 0.0005)
                .take(3)
                .map(|answer| format!("{} with {}", answer.name, percent(answer.value)))
                .collect();
            if !others.is_empty() {
                out.push_str(&format!("; then {}", others.join(", ")));
            }
            out.push_str(match self.right {
                Some(true) => ". That is right.\n",
                Some(false) => ". That is wrong.\n",
                None => ".\n",
            });
        }
        for (i, answer) in self.values.iter().enumerate() {
            out.push_str(&format!("It says {} = {}", answer.name, noted(answer.value)));
            match self.wanted.get(i) {
                Some(wanted) => out.push_str(&format!("; wanted was {}.\n", noted(*wanted))),
                None => out.push_str(".\n"),
            }
        }
        if let Some(error) = self.reconstruction_error {
            out.push_str(&format!("What comes out again is off by {} (mean squared error).\n", figure(error, 3)));
        }
        if let Some([x, y]) = self.place {
            out.push_str(&format!("On the latent plane it lies at ({}, {}).\n", figure(x, 3), figure(y, 3)));
        }
    }

    fn tell_neuron(&self, out: &mut String) {
        let Some(neuron) = &self.neuron else { return };
        out.push_str("\nThe neuron, to be checked on paper\n");
        let widest = neuron.inputs.iter().map(|input| input.name.chars().count()).max().unwrap_or(0).max(7);
        for input in &neuron.inputs {
            let [value, weight, product] = [input.value, input.weight, input.product].map(|v| fixed(v, 3));
            let name = &input.name;
            out.push_str(&format!("  {name:<widest$}  {value:>8} × {weight:>8} = {product:>8}\n"));
        }
        out.push_str(&format!("  {:<widest$}  {:>30}\n", "bias", fixed(neuron.bias, 3)));
        out.push_str(&format!("  {:<widest$}  {:>30}\n", "sum", fixed(neuron.sum, 3)));
        let verdict = match neuron.fires {
            Some(true) => "  it fires",
            Some(false) => "  it does not fire",
            None => "",
        };
        out.push_str(&format!("  {:<widest$}  {:>30}{verdict}\n", neuron.activation.name(), fixed(neuron.output, 3)));
    }

    fn tell_score(&self, out: &mut String) {
        const TOLD: usize = 6;
        let Some(score) = &self.score else { return };
        out.push_str(&format!("\nThe score of {} as a sum: activation × weight of each unit before it\n", score.class));
        // What adds nothing is not told.
        let told = score.parts.iter().take(TOLD).filter(|part| part.product != 0.0).count();
        for part in &score.parts[..told] {
            let [h, w, product] = [part.activation, part.weight, part.product].map(|v| fixed(v, 3));
            let unit = format!("unit {}", part.unit);
            out.push_str(&format!("  {unit:<14}{h:>8} × {w:>7} = {product:>8}\n"));
        }
        if score.parts.len() > told {
            let others: f64 = score.parts[told..].iter().map(|part| part.product).sum();
            let name = format!("{} others", score.parts.len() - told);
            out.push_str(&format!("  {name:<14}{:>29}\n", fixed(others, 3)));
        }
        out.push_str(&format!(
            "  {:<14}{:>29}\n  {:<14}{:>29}\n",
            "bias",
            fixed(score.bias, 3),
            "score",
            fixed(score.score, 3)
        ));
    }

    fn tell_measurements(&self, out: &mut String) {
        const TOLD: usize = 12;
        let Some(saliency) = self.saliency.as_ref().filter(|saliency| saliency.shape.len() == 1) else { return };
        let mut order: Vec<usize> = (0..saliency.product.len()).collect();
        order.sort_by(|&a, &b| saliency.product[b].abs().total_cmp(&saliency.product[a].abs()));
        out.push_str(&format!("\nWhat each measurement adds to the score of {} (gradient × input)\n", saliency.class));
        let told = order.into_iter().take(TOLD).map(|i| {
            let name = saliency.names.get(i).map_or("?", String::as_str);
            (format!("{name} = {}", noted(saliency.measured[i])), fixed(saliency.product[i], 3))
        });
        let told: Vec<(String, String)> = told.collect();
        let widest = told.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, product) in told {
            out.push_str(&format!("  {name:<widest$}  {product:>9}\n"));
        }
    }

    fn tell_letters(&self, out: &mut String) {
        let Some(letters) = &self.letters else { return };
        out.push_str(&format!("\nHow probable {} would be without each letter\n", letters.class));
        for letter in &letters.letters {
            let lost = 100.0 * (letters.probability - letter.without);
            let part = letter.contribution.map_or(String::new(), |v| format!("   gradient × vector {v:+.3}"));
            out.push_str(&format!(
                "  {}  {:>9}  ({:+.1} points){part}\n",
                letter.letter,
                percent(letter.without),
                -lost
            ));
        }
        if let Some(strongest) = letters.strongest() {
            out.push_str(&format!("The {} speaks most for {}.\n", strongest.letter, letters.class));
        }
    }

    fn tell_picture(&self, out: &mut String) {
        let Some((hidden, ([row, column], left))) = self.occlusion.as_ref().and_then(|h| Some((h, h.weakest()?)))
        else {
            return;
        };
        let (class, patch, whole) = (&hidden.class, hidden.patch, percent(hidden.whole));
        out.push_str(&format!(
            "\nHiding {patch} × {patch} pixels about row {}, column {} harms {class} most: {whole} become {}.\n",
            row + 1,
            column + 1,
            percent(left)
        ));
    }

    fn tell_similar(&self, out: &mut String) {
        if self.similar.is_empty() {
            return;
        }
        let near = |s: &Similar| format!("{} ({:.3}, row {})", s.class.as_deref().unwrap_or("?"), s.nearness, s.row);
        let found: Vec<String> = self.similar.iter().take(5).map(near).collect();
        out.push_str("\nThe training examples that look most alike to it (cosine of the last hidden layer)\n");
        out.push_str(&format!("  {}\n", found.join(", ")));
    }

    fn tell_beside(&self, out: &mut String) {
        let Some(beside) = &self.beside else { return };
        out.push_str("\nWithout a network\n");
        let (neighbours, says) = (beside.neighbours.join(", "), &beside.neighbours_say);
        out.push_str(&format!("  the {} nearest training examples: {neighbours}: {says}\n", beside.neighbours.len()));
        out.push_str(&format!("  the nearest mean of a class: {}\n", beside.centroid_says));
        if let Some(c) = &beside.accuracy {
            let (network, neighbours, centroid) = (percent(c.network), percent(c.neighbours), percent(c.centroid));
            out.push_str(&format!(
                "  of {} held-out examples right: the network {network}, the neighbours {neighbours}, the means {centroid}\n",
                c.examples
            ));
        }
    }
}

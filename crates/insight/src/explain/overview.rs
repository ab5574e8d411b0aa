//! What there is to see of a whole model: the pictures at the end of a training.

use gradus_data::{Samples, Targets};
use gradus_nn::Module;
use gradus_plot::{Chart, Picture};
use gradus_tensor::no_grad;
use gradus_train::corpus::{Examples, Split};
use gradus_train::objective::{Objective, predictions};
use gradus_train::{Error, Session};

use super::classifier::NUMBERS_AT_ONCE;
use super::explanation::{PLACES, kernel_pictures};
use super::landscape::spread_out;
use super::{
    Centroids, Classifier, Confusion, Contrast, Neighbours, NeuronSeen, Reading, contrast, landscape, latent,
    needs_classifier, telling_features,
};
use crate::diagnostics::pictures::{Series, over_steps};

/// Examples that are predicted at once at most.
const AT_ONCE: usize = 256;
/// Training examples at most for a landscape of neighbours: each of its places measures the distance to all.
const MOST_NEIGHBOURS: usize = 5000;

/// Which class is taken for which of some examples; `None` where the model tells no classes or there are no examples.
///
/// # Errors
/// Where the model refuses the examples.
pub fn confusion(session: &Session, examples: &dyn Examples) -> Result<Option<Confusion>, Error> {
    let Ok(outputs) = session.corpus().outputs() else { return Ok(None) };
    if !outputs.are_classes || session.objective() == Objective::Reconstruction || examples.is_empty() {
        return Ok(None);
    }
    let (mut labels, mut taken) = (Vec::new(), Vec::new());
    for rows in examples.once().chunks((NUMBERS_AT_ONCE / examples.width().max(1)).clamp(1, AT_ONCE)) {
        let (inputs, targets) = examples.batch(rows);
        labels.extend(targets.to_vec::<i64>());
        taken.extend(predictions(&no_grad(|| session.model().forward(&inputs))?));
    }
    Ok(Some(Confusion::of(&labels, &taken, &outputs.names)))
}

/// How well the nearest training examples and the means of the classes do on a split, beside the model; `None` of the training
/// split itself, of text, of values, and where there are too many examples to measure every distance.
///
/// # Errors
/// Where the model refuses the examples.
pub fn beside_network(session: &Session, split: Split) -> Result<Option<Contrast>, Error> {
    let (Ok(classifier), Ok(train), Ok(held_out)) =
        (Classifier::of(session), session.corpus().samples(Split::Train), session.corpus().samples(split))
    else {
        return Ok(None);
    };
    if split == Split::Train || classifier.reading == Reading::Values {
        return Ok(None);
    }
    contrast(&classifier, train, held_out)
}

/// What there is to see of a trained model that is no language model, a name for a file each: which class it takes for which,
/// what it decides where, its kernels, its latent plane, its neuron. Of a language model nothing.
///
/// # Errors
/// Where the model refuses its own data.
pub fn pictures(session: &Session) -> Result<Vec<(String, Picture)>, Error> {
    if needs_classifier(session).is_err() {
        return Ok(Vec::new());
    }
    let mut pictures = Vec::new();
    let mut add = |name: &str, picture: Picture| pictures.push((name.to_owned(), picture));
    let shown = session.held_out().unwrap_or(Split::Train);
    if let Some(confusion) = confusion(session, session.corpus().examples(shown))? {
        let examples: u64 = confusion.of_class.iter().map(|class| class.support).sum();
        let right = confusion.accuracy.map_or(String::new(), |share| format!(", {:.1} % right", 100.0 * share));
        add(
            "confusion",
            confusion.picture(&format!("Which is taken for which: {examples} of the {} split{right}", shown.word())),
        );
    }
    let Ok(classifier) = Classifier::of(session) else { return Ok(pictures) };
    let (train, held_out) = (session.corpus().samples(Split::Train)?, session.corpus().samples(shown)?);
    if let Some(picture) = neuron(&classifier, held_out)? {
        add("neuron", picture);
    }
    if session.objective() == Objective::Reconstruction {
        let plane = latent(&classifier, train)?;
        add("latent-plane", plane.plane(None));
        let seen = latent(&classifier, held_out)?;
        for (name, picture) in [
            ("decoded", plane.decoded(&classifier)?),
            ("reconstructions", seen.reconstructions(&classifier, held_out)?),
        ] {
            picture.into_iter().for_each(|picture| add(name, picture));
        }
        return Ok(pictures);
    }
    if let (Some(features), 1) = (telling_features(train), classifier.shape.len()) {
        let [columns, rows] = PLACES;
        let draw = |classifier: &Classifier, title: Option<&str>| -> Result<Picture, Error> {
            let land = landscape(classifier, train, features, None, columns, rows)?;
            land.picture(title.unwrap_or(land.title()), classifier, train, None)
        };
        add("landscape", draw(&classifier, None)?);
        if train.len() <= MOST_NEIGHBOURS
            && let (Some(neighbours), Some(centroids)) = (Neighbours::of(train)?, Centroids::of(train)?)
        {
            let models: [(&str, &str, &dyn Module); 2] = [
                ("landscape-neighbours", "For contrast: what most of the 5 nearest training examples are", &neighbours),
                ("landscape-means", "For contrast: the class whose mean is nearest", &centroids),
            ];
            for (name, title, model) in models {
                add(name, draw(&Classifier { model, reading: Reading::Shares, ..classifier }, Some(title))?);
            }
        }
    }
    if classifier.reading == Reading::Values {
        add("values", told_and_wanted(&classifier, held_out)?);
    }
    // Deeper kernels see what nobody can name; gradus explain draws them all.
    pictures.extend(kernel_pictures(session).into_iter().take(2));
    Ok(pictures)
}

/// A single neuron with an example that it fires for and that has something to multiply, where there is one.
fn neuron(classifier: &Classifier, samples: &Samples) -> Result<Option<Picture>, Error> {
    const LOOKED_AT: usize = 64;
    let seen = (0..samples.len().min(LOOKED_AT)).map(|row| NeuronSeen::of(classifier, samples.row(row)).transpose());
    let seen: Vec<NeuronSeen> = seen.flatten().collect::<Result<_, Error>>()?;
    let worth = |seen: &&NeuronSeen| {
        let alive = seen.inputs.iter().filter(|input| input.value != 0.0).count();
        (seen.fires == Some(true), alive)
    };
    // The first of the best.
    Ok(seen.iter().rev().max_by_key(worth).map(NeuronSeen::picture))
}

/// What was wanted across, what the model tells upward: on the line it is right.
fn told_and_wanted(classifier: &Classifier, samples: &Samples) -> Result<Picture, Error> {
    let samples = samples.rows(&spread_out(samples.len()));
    let Targets::Values { values, names } = &samples.targets else {
        return Err(Error::Request("the data have classes and no values".to_string()));
    };
    let told = classifier.outputs(&samples.features)?;
    let mut chart = Chart::new("What was wanted, and what it says").x("wanted").y("said").size(520.0, 480.0);
    let finite = values.iter().map(|&v| f64::from(v)).filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    for (i, name) in names.iter().enumerate() {
        let wanted = values.iter().skip(i).step_by(names.len()).map(|&v| f64::from(v));
        let points: Vec<(f64, f64)> = wanted.zip(told.iter().map(|told| told[i])).collect();
        chart = chart.dots(name, &points);
    }
    Ok(chart.dashed("right", &[(low, low), (high, high)]).equal_units().picture())
}

/// Finds a recorded series by its name.
pub type Recorded<'a> = dyn Fn(&str) -> Result<Vec<(u64, f64)>, Error> + 'a;

/// The losses over the steps, and the share that is right where it is recorded.
///
/// # Errors
/// Where `series` fails.
pub fn curves(objective: Objective, series: &Recorded) -> Result<Vec<(String, Picture)>, Error> {
    let unit = match objective {
        Objective::CrossEntropy => "nats",
        Objective::SquaredError | Objective::Reconstruction => "mean squared error",
    };
    let mut pictures = Vec::new();
    for (name, title, unit, kinds) in [
        (
            "loss",
            "Loss",
            unit,
            [("train, mean of the batches", "loss_mean"), ("dev", "dev_loss"), ("test", "test_loss")],
        ),
        (
            "accuracy",
            "How many are right",
            "share",
            [("train", "train_accuracy"), ("dev", "dev_accuracy"), ("test", "test_accuracy")],
        ),
    ] {
        let all = kinds.map(|(title, kind)| Ok((title.to_owned(), series(kind)?)));
        let all = all.into_iter().collect::<Result<Vec<Series>, Error>>()?;
        let drawn: Vec<Series> = all.into_iter().filter(|(_, values)| values.len() > 1).collect();
        if !drawn.is_empty() {
            // A single series has no legend.
            let title = match &drawn[..] {
                [(only, _)] => format!("{title}: {only}"),
                _ => title.to_owned(),
            };
            pictures.push((name.to_owned(), over_steps(&title, unit, &drawn)));
        }
    }
    Ok(pictures)
}

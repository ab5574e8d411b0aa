//! The narrow middle of an autoencoder: where each picture lies in it, and what lies between.

use gradus_data::{Samples, Targets};
use gradus_plot::{Chart, Images, Picture, Shade};
use gradus_tensor::{Tensor, no_grad, probe};
use gradus_train::Error;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Classifier, Trace};
use crate::diagnostics::principal_components;

/// Examples that pass through the model at once at most: every value on the way is held.
const AT_ONCE: usize = 128;
/// Points drawn: more hide each other.
const MOST_POINTS: usize = 1000;
/// Pictures decoded from left to right and from bottom to top.
const GRID: usize = 12;
/// The largest side of a picture that so many of are drawn.
const LARGEST_DECODED: usize = 64;

/// Examples in the narrowest layer of a model, and what the model makes of them again.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "LatentPlane")]
pub struct Latent {
    /// The name of that layer's values.
    pub name: String,
    /// How many numbers it has.
    pub dimensions: usize,
    /// The share of the variance along each axis of the map; `None` where the layer has two numbers or one, which stand as they
    /// are.
    pub explained: Option<[f64; 2]>,
    /// Each example's place on the map.
    pub places: Vec<[f64; 2]>,
    /// Each example's class, by its number; −1 where it has none.
    pub labels: Vec<i64>,
    /// What the classes are called.
    pub classes: Vec<String>,
    /// The mean of (output − input)² of each example.
    pub errors: Vec<f64>,
}

/// Passes examples through a model that is to give them back, and reads off its narrowest layer.
///
/// # Errors
/// Where the model refuses them, gives back something of another size, or names no layer.
pub fn latent(classifier: &Classifier, samples: &Samples) -> Result<Latent, Error> {
    classifier.check(samples)?;
    let width = classifier.width().max(1);
    let (mut codes, mut errors, mut name) = (Vec::new(), Vec::new(), String::new());
    for rows in samples.features.chunks(classifier.at_once(AT_ONCE) * width) {
        let trace = Trace::of(classifier.model, &classifier.batch(rows)?)?;
        let (found, code) = narrowest(&trace, rows.len() / width)?;
        name.clone_from(found);
        let dimensions = code.shape()[1];
        codes.extend(code.to_vec::<f64>().chunks(dimensions).map(<[f64]>::to_vec));
        let output = trace.output.to_vec::<f64>();
        if output.len() != rows.len() {
            return Err(Error::Request("the model does not give back what goes in: it is no autoencoder".to_string()));
        }
        let error = |(x, y): (&[f32], &[f64])| {
            x.iter().zip(y).map(|(x, y)| (f64::from(*x) - y).powi(2)).sum::<f64>() / width as f64
        };
        errors.extend(rows.chunks(width).zip(output.chunks(width)).map(error));
    }
    let dimensions = codes.first().map_or(0, Vec::len);
    let (labels, classes) = match &samples.targets {
        Targets::Classes { labels, names } => (labels.clone(), names.clone()),
        Targets::Values { .. } => (vec![-1; samples.len()], Vec::new()),
    };
    let (places, explained) = match dimensions {
        0..=2 => {
            // A single number lies along the first axis, the classes side by side.
            let place = |(code, label): (&Vec<f64>, &i64)| [code[0], code.get(1).copied().unwrap_or(*label as f64)];
            (codes.iter().zip(&labels).map(place).collect(), None)
        }
        _ => {
            let (places, explained) = principal_components(&codes);
            (places, Some(explained))
        }
    };
    Ok(Latent { name, dimensions, explained, places, labels, classes, errors })
}

/// The narrowest layer that the model names: the last of equals.
fn narrowest(trace: &Trace, rows: usize) -> Result<(&String, &Tensor), Error> {
    let layers = trace.values.iter().filter(|(_, value)| matches!(*value.shape(), [n, d] if n == rows && d > 0));
    let none = || Error::Request("the model names no layer between: there is no latent plane to see".to_string());
    let (name, value) = layers.reduce(|a, b| if b.1.shape()[1] <= a.1.shape()[1] { b } else { a }).ok_or_else(none)?;
    Ok((name, value))
}

impl Latent {
    /// Where another example lies on the map; `None` where the map is not of the numbers themselves.
    ///
    /// # Errors
    /// Where the model refuses it.
    pub fn place(&self, classifier: &Classifier, row: &[f32]) -> Result<Option<[f64; 2]>, Error> {
        let trace = Trace::of(classifier.model, &classifier.batch(row)?)?;
        let code = trace.value(&self.name).map(gradus_tensor::Tensor::to_vec::<f64>);
        Ok(code.filter(|code| code.len() == 2).map(|code| [code[0], code[1]]))
    }

    /// The examples on the map, each as its class's name in its colour. Dashed lines cross at the place `here`.
    pub fn plane(&self, here: Option<[f64; 2]>) -> Picture {
        let (x, y) = self.axes();
        let step = self.places.len().div_ceil(MOST_POINTS).max(1);
        let chart = Chart::new(self.title()).x(x).y(y).size(640.0, 560.0);
        let chart = match here {
            Some([x, y]) => chart.mark_x(x, "").mark_y(y, "asked about"),
            None => chart,
        };
        let of = |class: i64| -> Vec<(f64, f64)> {
            let all = self.places.iter().zip(&self.labels).step_by(step);
            all.filter(|(_, label)| **label == class).map(|(place, _)| (place[0], place[1])).collect()
        };
        if self.classes.is_empty() {
            return chart.dots("", &of(-1)).picture();
        }
        // Short names stand on the map themselves; of longer ones the first letter, and a legend.
        let short = self.classes.iter().all(|class| class.chars().count() <= 2);
        let series = |chart: Chart, (i, class): (usize, &String)| {
            let symbol: String = class.chars().take(if short { 2 } else { 1 }).collect();
            chart.symbols(if short { "" } else { class }, symbol, &of(i as i64))
        };
        self.classes.iter().enumerate().fold(chart, series).picture()
    }

    fn title(&self) -> String {
        match (self.dimensions, self.explained) {
            (_, Some([first, second])) => format!(
                "{}: {} numbers in two, {:.0} % + {:.0} % of the variance",
                self.name,
                self.dimensions,
                100.0 * first,
                100.0 * second
            ),
            (1, _) => format!("{}: one number for each picture", self.name),
            _ => format!("{}: each picture as two numbers", self.name),
        }
    }

    fn axes(&self) -> (&'static str, &'static str) {
        match (self.dimensions, self.explained) {
            (_, Some(_)) => ("first component", "second component"),
            (1, _) => ("the number", "class"),
            _ => ("first number", "second number"),
        }
    }

    /// What the model makes of points all over the plane, where it has two numbers and the pictures are small.
    ///
    /// # Errors
    /// Where the model refuses them.
    pub fn decoded(&self, classifier: &Classifier) -> Result<Option<Picture>, Error> {
        let (Some([height, width]), 2) = (classifier.picture(), self.dimensions) else { return Ok(None) };
        if height.max(width) > LARGEST_DECODED {
            return Ok(None);
        }
        let ends = |axis: usize| {
            let mut values: Vec<f64> = self.places.iter().map(|place| place[axis]).filter(|v| v.is_finite()).collect();
            values.sort_by(f64::total_cmp);
            // Without the outermost hundredth: a single stray would make all the rest small.
            let cut = values.len() / 100;
            let (low, high) = (values.get(cut)?, values.get(values.len().checked_sub(cut + 1)?)?);
            (high > low).then_some((*low, *high))
        };
        let (Some(x), Some(y)) = (ends(0), ends(1)) else { return Ok(None) };
        let at = |(low, high): (f64, f64), i: usize| (low + (high - low) * (i as f64 + 0.5) / GRID as f64) as f32;
        // Row by row from the lower left corner up.
        let codes: Vec<f32> = (0..GRID * GRID).flat_map(|i| [at(x, i % GRID), at(y, i / GRID)]).collect();
        let pictures = self.decode(classifier, &codes)?;
        let shade = Shade::between(0.0, pictures.iter().fold(0.0, |most: f64, &v| most.max(v)));
        // Between the pictures a line.
        const LINE: u32 = 0xc8_cf_d6;
        let (wide, high) = (width + 1, height + 1);
        let columns = GRID * wide;
        let mut colours = vec![LINE; columns * GRID * high];
        for (i, picture) in pictures.chunks(height * width).enumerate() {
            let (left, bottom) = (i % GRID * wide, i / GRID * high);
            for (pixel, &v) in picture.iter().enumerate() {
                // The ground's rows run upward, a picture's downward.
                let (row, column) = (bottom + height - 1 - pixel / width, left + pixel % width);
                colours[row * columns + column] = shade.colour((v * 32.0).round() / 32.0);
            }
        }
        let chart = Chart::new("What the decoder draws at each place of the plane");
        let chart = chart.x("first number").y("second number").size(640.0, 560.0);
        Ok(Some(chart.ground(x, y, columns, &colours).shade_bar(shade, "grey").picture()))
    }

    /// What the model makes of codes `[N, dimensions]` put into its middle.
    fn decode(&self, classifier: &Classifier, codes: &[f32]) -> Result<Vec<f64>, Error> {
        let n = codes.len() / self.dimensions.max(1);
        let codes = Tensor::from_slice(codes, &[n, self.dimensions])?;
        let replace = probe::Replace::new(self.name.clone(), move |_| codes.clone());
        let nothing = classifier.batch(&vec![0.0; n * classifier.width()])?;
        let (_, output) = probe::with(replace, || no_grad(|| classifier.model.forward(&nothing)));
        let output = output?.to_vec::<f64>();
        Ok(output.iter().enumerate().map(|(i, &v)| classifier.measured(i % classifier.width(), v)).collect())
    }

    /// Some examples of each class, and below each what the model gives back.
    ///
    /// # Errors
    /// Where the model refuses them.
    pub fn reconstructions(&self, classifier: &Classifier, samples: &Samples) -> Result<Option<Picture>, Error> {
        const COLUMNS: usize = 10;
        let Some([height, width]) = classifier.picture() else { return Ok(None) };
        let class = |row: usize| self.labels.get(row).copied().unwrap_or(-1);
        // The first of each class in turn, then whatever comes.
        let mut shown: Vec<usize> = Vec::new();
        for wanted in 0..self.classes.len().min(COLUMNS) as i64 {
            shown.extend((0..samples.len()).find(|&row| class(row) == wanted));
        }
        for row in 0..samples.len().min(COLUMNS) {
            if shown.len() < COLUMNS && !shown.contains(&row) {
                shown.push(row);
            }
        }
        let chosen = samples.rows(&shown);
        let given = classifier.outputs(&chosen.features)?;
        let measured = |values: &mut dyn Iterator<Item = f64>| -> Vec<f64> {
            values.enumerate().map(|(i, v)| classifier.measured(i, v)).collect()
        };
        let mut images = Images::new("What goes in, and below it what comes out again", width, height)
            .columns(shown.len())
            .unit("grey; the numbers: mean squared error")
            .zoom((64.0 / width as f64).floor().max(1.0));
        for (i, &row) in shown.iter().enumerate() {
            let name = usize::try_from(class(row)).ok().and_then(|class| self.classes.get(class));
            let seen = measured(&mut chosen.row(i).iter().map(|&v| f64::from(v)));
            images = images.image(name.cloned().unwrap_or_default(), &seen);
        }
        for (&row, output) in shown.iter().zip(&given) {
            images = images.image(format!("{:.4}", self.errors[row]), &measured(&mut output.iter().copied()));
        }
        Ok(Some(images.picture()))
    }
}

/// A picture, what the model gives back, and the difference; `None` where examples are no pictures.
pub(super) fn given_back(classifier: &Classifier, row: &[f32], output: &[f64]) -> Option<Picture> {
    let [height, width] = classifier.picture()?;
    let zoom = (190.0 / width as f64).floor().max(2.0);
    let measured = |i: usize, v: f64| classifier.measured(i, v);
    let input: Vec<f64> = row.iter().enumerate().map(|(i, &v)| measured(i, f64::from(v))).collect();
    let output: Vec<f64> = output.iter().enumerate().map(|(i, &v)| measured(i, v)).collect();
    let difference: Vec<f64> = output.iter().zip(&input).map(|(y, x)| y - x).collect();
    let grey = Shade::between(0.0, input.iter().fold(0.0, |most: f64, &v| most.max(v)));
    let off = Shade::signed(difference.iter().fold(0.0, |most: f64, v| most.max(v.abs())));
    let panel = |title: &str, values: &[f64], shade: Shade| {
        Images::new(title, width, height).image("", values).zoom(zoom).shade(shade).picture()
    };
    let panels =
        [panel("goes in", &input, grey), panel("comes out", &output, grey), panel("out − in", &difference, off)];
    Some(Picture::together("What the autoencoder makes of it", f64::INFINITY, &panels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Reading;
    use crate::explain::classifier::tests::{names, rows};
    use gradus_nn::Module;

    /// Keeps the first two pixels, and gives them back as the first two of four.
    #[derive(Module)]
    struct Keeps;

    impl Module for Keeps {
        fn forward(&self, x: &Tensor) -> gradus_tensor::Result<Tensor> {
            let rows = x.shape()[0];
            let code = x.flatten(1, -1)?.tap("flat").narrow(1, 0, 2)?.tap("latent");
            Tensor::cat(&[&code, &Tensor::zeros(&[rows, 2])], 1)?.reshape(&[-1, 1, 2, 2])
        }
    }

    fn pictures(n: usize) -> Samples {
        Samples {
            features: rows(n, 4),
            shape: vec![1, 2, 2],
            targets: Targets::Classes {
                labels: (0..n as i64).map(|i| i % 3).collect(),
                names: names(&["0", "1", "2"]),
            },
            feature_names: Vec::new(),
            published_train: None,
        }
    }

    #[test]
    fn the_narrowest_layer_is_read_off_and_written_to() {
        let (samples, classes) = (pictures(AT_ONCE + 5), names(&["0", "1", "2"]));
        let classifier = Classifier {
            model: &Keeps,
            reading: Reading::Values,
            classes: &classes,
            shape: &[1, 2, 2],
            features: &[],
            scaling: None,
        };
        let seen = latent(&classifier, &samples).unwrap();
        assert_eq!((seen.name.as_str(), seen.dimensions, seen.explained), ("latent", 2, None));
        for row in [0, 7, AT_ONCE + 4] {
            let x: Vec<f64> = samples.row(row).iter().map(|&v| f64::from(v)).collect();
            assert_eq!(seen.places[row], [x[0], x[1]]);
            assert!((seen.errors[row] - (x[2] * x[2] + x[3] * x[3]) / 4.0).abs() < 1e-9);
        }
        let decoded = seen.decode(&classifier, &[0.25, -0.5, 1.0, 2.0]).unwrap();
        assert_eq!(decoded, [0.25, -0.5, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0]);
        assert!(seen.plane(Some([0.1, 0.2])).to_svg().contains("each picture as two numbers"));
        assert!(seen.decoded(&classifier).unwrap().is_some());
        let given = seen.reconstructions(&classifier, &samples).unwrap().unwrap();
        assert!(given.to_svg().contains(&format!(">{:.4}<", seen.errors[1])));
    }

    #[test]
    fn what_gives_nothing_back_is_refused() {
        let model = crate::explain::classifier::tests::network(&[4, 2, 3], 1);
        let samples = Samples { shape: vec![4], ..pictures(6) };
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &[],
            shape: &[4],
            features: &[],
            scaling: None,
        };
        assert!(latent(&classifier, &samples).unwrap_err().to_string().contains("no autoencoder"));
    }
}

//! What a model decides everywhere over two of its features.

use gradus_data::{Samples, Targets};
use gradus_plot::{Chart, Colour, Picture, Shade, tint};
use gradus_train::Error;
use schemars::JsonSchema;
use serde::Serialize;

use super::classifier::largest;
use super::{Classifier, Reading, noted};

/// Features that can be held while two are varied: more are pixels and no measurements.
const MOST_FEATURES: usize = 100;
/// Points drawn: more hide what lies below them.
const MOST_POINTS: usize = 1000;
/// Certainties that are told apart by their colour.
const TINTS: f64 = 16.0;

/// What a model decides over two features, all others being held.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "LandscapeGrid")]
pub struct Landscape {
    /// The numbers of the features: across, upward.
    pub features: [usize; 2],
    /// What they are called.
    pub names: [String; 2],
    /// From where to where it reaches, as measured.
    pub x: [f64; 2],
    /// From where to where it reaches, as measured.
    pub y: [f64; 2],
    /// What the other features are held at, as measured.
    pub held: Vec<(String, f64)>,
    /// What the classes or values are called.
    pub classes: Vec<String>,
    /// Whether they are values.
    pub values: bool,
    /// Places from left to right.
    pub columns: usize,
    /// The probabilities (or values) at the middle of each place, row by row from the lower left corner up.
    pub probabilities: Vec<Vec<f64>>,
}

/// The two features that tell the classes apart best, each by itself: the variance between the classes over that within them
/// (Fisher 1936). Of values: those that go along with them most. `None` where there are fewer than two.
pub fn telling_features(samples: &Samples) -> Option<[usize; 2]> {
    let width = samples.width();
    let mut order: Vec<(usize, f64)> = (0..width).map(|feature| (feature, telling(samples, feature))).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut two = [order.first()?.0, order.get(1)?.0];
    two.sort_unstable();
    Some(two)
}

/// How well one feature tells the targets.
fn telling(samples: &Samples, feature: usize) -> f64 {
    let values: Vec<f64> = (0..samples.len()).map(|row| f64::from(samples.row(row)[feature])).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
    let spread = |v: &[f64], mean: f64| v.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    let ratio = match &samples.targets {
        Targets::Classes { labels, names } => {
            let all = mean(&values);
            let (mut between, mut within) = (0.0, 0.0);
            for class in 0..names.len() as i64 {
                let of: Vec<f64> = values.iter().zip(labels).filter(|(_, l)| **l == class).map(|(v, _)| *v).collect();
                let middle = mean(&of);
                between += of.len() as f64 * (middle - all).powi(2);
                within += spread(&of, middle);
            }
            between / within
        }
        Targets::Values { values: targets, names } => {
            let targets: Vec<f64> = targets.iter().step_by(names.len().max(1)).map(|&v| f64::from(v)).collect();
            let (x, y) = (mean(&values), mean(&targets));
            let along: f64 = values.iter().zip(&targets).map(|(v, t)| (v - x) * (t - y)).sum();
            along.abs() / (spread(&values, x) * spread(&targets, y)).sqrt()
        }
    };
    if ratio.is_nan() { 0.0 } else { ratio }
}

/// What a model decides over two features, where `samples` lie; the others are held at their mean, or as they are in `held`.
///
/// # Errors
/// Where the model takes pictures or other examples of very many numbers, or there are no samples.
pub fn landscape(
    classifier: &Classifier,
    samples: &Samples,
    features: [usize; 2],
    held: Option<&[f32]>,
    columns: usize,
    rows: usize,
) -> Result<Landscape, Error> {
    classifier.check(samples)?;
    let width = classifier.width();
    if classifier.shape.len() != 1 || width > MOST_FEATURES {
        return Err(Error::Request(format!(
            "a landscape lies over two measurements, and the model takes examples of shape {:?}, where two numbers say \
             little: look at saliency and occlusion instead",
            classifier.shape
        )));
    }
    if samples.is_empty() || features.iter().any(|&feature| feature >= width) || features[0] == features[1] {
        return Err(Error::Request(format!(
            "a landscape needs samples and two of the {width} features; asked for were {} and {}",
            features[0], features[1]
        )));
    }
    let mean = |feature: usize| {
        (0..samples.len()).map(|row| f64::from(samples.row(row)[feature])).sum::<f64>() / samples.len() as f64
    };
    let base: Vec<f32> = match held {
        Some(row) => row.to_vec(),
        None => (0..width).map(|feature| mean(feature) as f32).collect(),
    };
    let ends = |feature: usize| {
        let values = || (0..samples.len()).map(|row| f64::from(samples.row(row)[feature])).filter(|v| v.is_finite());
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let room = if high > low { 0.1 * (high - low) } else { 1.0 };
        [low - room, high + room]
    };
    let (x, y) = (ends(features[0]), ends(features[1]));
    let at = |[low, high]: [f64; 2], i: usize, n: usize| low + (high - low) * (i as f64 + 0.5) / n as f64;
    let mut places = Vec::with_capacity(columns * rows * width);
    for place in 0..columns * rows {
        let start = places.len();
        places.extend_from_slice(&base);
        places[start + features[0]] = at(x, place % columns, columns) as f32;
        places[start + features[1]] = at(y, place / columns, rows) as f32;
    }
    let measured = |feature: usize, ends: [f64; 2]| ends.map(|seen| classifier.measured(feature, seen));
    let others = (0..width).filter(|feature| !features.contains(feature));
    Ok(Landscape {
        features,
        names: features.map(|feature| classifier.feature(feature)),
        x: measured(features[0], x),
        y: measured(features[1], y),
        held: others.map(|i| (classifier.feature(i), classifier.measured(i, f64::from(base[i])))).collect(),
        classes: classifier.classes.to_vec(),
        values: classifier.reading == Reading::Values,
        columns,
        probabilities: classifier.probabilities(&places)?,
    })
}

impl Landscape {
    /// A title for the landscape of a network.
    pub fn title(&self) -> &'static str {
        if self.values { "What the network says" } else { "What the network decides; the paler, the less certain" }
    }

    /// The landscape with samples over it: classes as regions, the paler, the less certain, and rings around samples that are
    /// taken for another class; values from blue over white (0) to orange. Dashed lines cross at the example `here`.
    ///
    /// # Errors
    /// Where the model refuses the samples.
    pub fn picture(
        &self,
        title: &str,
        classifier: &Classifier,
        samples: &Samples,
        here: Option<&[f32]>,
    ) -> Result<Picture, Error> {
        let shown = samples.rows(&spread_out(samples.len()));
        let on_map = |seen: &[f32]| {
            let [x, y] = self.features.map(|feature| classifier.measured(feature, f64::from(seen[feature])));
            (x, y)
        };
        let place = |row: usize| on_map(shown.row(row));
        let x_label = match &self.held[..] {
            [] => self.names[0].clone(),
            held if held.len() <= 3 => {
                let held: Vec<String> = held.iter().map(|(name, v)| format!("{name} = {}", noted(*v))).collect();
                format!("{}    (regions where {})", self.names[0], held.join(", "))
            }
            held => format!("{}    (regions with {} others held)", self.names[0], held.len()),
        };
        let chart = Chart::new(title).x(x_label).y(&*self.names[1]).size(640.0, 480.0);
        let chart = match here.map(on_map) {
            Some((x, y)) => chart.mark_x(x, "").mark_y(y, "asked about"),
            None => chart,
        };
        let ground = |chart: Chart, colour: &dyn Fn(&[f64]) -> u32| {
            let colours: Vec<u32> = self.probabilities.iter().map(|p| colour(p)).collect();
            chart.ground((self.x[0], self.x[1]), (self.y[0], self.y[1]), self.columns, &colours)
        };
        match &shown.targets {
            Targets::Classes { labels, names } => {
                let mut chart = ground(chart, &|p| class_colour(p));
                for (class, name) in names.iter().enumerate() {
                    let of = (0..shown.len()).filter(|&row| labels[row] == class as i64).map(place);
                    chart = chart.dots(name, &of.collect::<Vec<_>>());
                }
                let taken = classifier.predictions(&shown.features)?;
                let wrong: Vec<(f64, f64)> =
                    (0..shown.len()).filter(|&row| taken[row] != labels[row]).map(place).collect();
                Ok(if wrong.is_empty() { chart } else { chart.rings("taken for another", &wrong) }.picture())
            }
            Targets::Values { values, names } => {
                let wanted = values.iter().step_by(names.len().max(1)).map(|&v| f64::from(v));
                let said = self.probabilities.iter().map(|values| values[0]);
                let size =
                    wanted.clone().chain(said).filter(|v| v.is_finite()).fold(0.0, |size: f64, v| size.max(v.abs()));
                let shade = Shade::signed(size);
                let chart = ground(chart, &|values| shade.colour(quantised(values[0], size)));
                let points: Vec<((f64, f64), f64)> = wanted.enumerate().map(|(row, v)| (place(row), v)).collect();
                let name = names.first().map_or("value", String::as_str);
                Ok(chart
                    .shaded("samples, in the colour that was wanted", &points, shade)
                    .shade_bar(shade, name)
                    .picture())
            }
        }
    }
}

/// The colour of the most probable class, the paler, the less it stands out.
fn class_colour(probabilities: &[f64]) -> u32 {
    let class = largest(probabilities);
    let even = 1.0 / probabilities.len().max(2) as f64;
    let certain = ((probabilities[class] - even) / (1.0 - even)).clamp(0.0, 1.0);
    // Few tints: neighbours of one colour are one shape in the file.
    tint(Colour::Series(class).rgb(), 0.08 + 0.47 * (certain * TINTS).round() / TINTS)
}

fn quantised(v: f64, size: f64) -> f64 {
    const STEPS: f64 = 32.0;
    if size > 0.0 { (v / size * STEPS).round() / STEPS * size } else { v }
}

/// At most so many rows as can be told apart, evenly spread.
pub(super) fn spread_out(n: usize) -> Vec<usize> {
    if n <= MOST_POINTS { (0..n).collect() } else { (0..MOST_POINTS).map(|i| i * n / MOST_POINTS).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::classifier::tests::{names, network};
    use gradus_data::toys::{Points, Toy};
    use gradus_data::{Scaling, iris};

    #[test]
    fn each_place_has_what_the_model_says_there() {
        let mut flowers = Samples::from(&iris().unwrap());
        assert_eq!(telling_features(&flowers), Some([2, 3]), "petal length and width");
        let scaling = Scaling::of(&flowers);
        scaling.apply(&mut flowers);
        let (model, classes) = (network(&[4, 5, 3], 1), flowers.targets.names().to_vec());
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &classes,
            shape: &[4],
            features: &flowers.feature_names,
            scaling: Some(&scaling),
        };
        let held = flowers.row(60).to_vec();
        let land = landscape(&classifier, &flowers, [1, 2], Some(&held), 7, 5).unwrap();
        assert_eq!((land.probabilities.len(), land.held.len(), land.probabilities[0].len()), (35, 2, 3));
        // The third place of the second row, from its measured middle.
        let at = |[low, high]: [f64; 2], i: f64, n: f64| low + (high - low) * (i + 0.5) / n;
        let mut row = held.clone();
        row[1] = classifier.seen(1, at(land.x, 2.0, 7.0)) as f32;
        row[2] = classifier.seen(2, at(land.y, 1.0, 5.0)) as f32;
        let alone = classifier.probabilities(&row).unwrap().remove(0);
        assert!(alone.iter().zip(&land.probabilities[9]).all(|(a, b)| (a - b).abs() < 1e-4), "{alone:?}");
        // In the flowers' own units: from below the shortest to above the longest petal.
        assert!(land.y[0] < 1.0 && land.y[1] > 6.9, "{:?}", land.y);
        let svg = land.picture(land.title(), &classifier, &flowers, Some(&held)).unwrap().to_svg();
        assert!(svg.contains(&format!(">{}<", flowers.feature_names[2])) && svg.contains("taken for another"));
    }

    #[test]
    fn values_have_a_scale_about_zero() {
        let points = Toy::Plane.make(&Points { n: 40, ..Points::default() }).unwrap();
        let model = network(&[2, 1], 1);
        let classes = points.targets.names().to_vec();
        let classifier = Classifier {
            model: &model,
            reading: Reading::Values,
            classes: &classes,
            shape: &[2],
            features: &points.feature_names,
            scaling: None,
        };
        assert_eq!(telling_features(&points), Some([0, 1]));
        let land = landscape(&classifier, &points, [0, 1], None, 8, 6).unwrap();
        assert!(land.values && land.probabilities.iter().all(|p| p.len() == 1));
        let svg = land.picture(land.title(), &classifier, &points, None).unwrap().to_svg();
        assert!(svg.contains(">value<") && svg.contains(">0<"));
    }

    #[test]
    fn what_has_no_landscape_is_refused_in_one_line() {
        let (model, classes) = (network(&[64, 2], 1), names(&["a", "b"]));
        let picture = Samples {
            features: vec![0.0; 64],
            shape: vec![1, 8, 8],
            targets: Targets::Classes { labels: vec![0], names: classes.clone() },
            feature_names: Vec::new(),
            published_train: None,
        };
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &classes,
            shape: &[1, 8, 8],
            features: &[],
            scaling: None,
        };
        let error = landscape(&classifier, &picture, [0, 1], None, 4, 4).unwrap_err().to_string();
        assert!(error.contains("[1, 8, 8]") && error.contains("occlusion") && !error.contains('\n'), "{error}");
        let error = landscape(&Classifier { shape: &[4], ..classifier }, &picture, [0, 1], None, 4, 4).unwrap_err();
        assert!(error.to_string().contains("these are [1, 8, 8]"), "{error}");
    }
}

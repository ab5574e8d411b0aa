//! What the diagnostics see, as pictures.

use gradus_plot::{Chart, Heatmap, Picture};

use super::{Bigrams, Diagnosis, EmbeddingMap, Histogram, Row, Statistics};

/// A step's or a rate's series: (step, value).
pub type Series = (String, Vec<(u64, f64)>);

/// The histograms of some values, each as a density, over each other.
fn overlaid<'a>(chart: Chart, rows: impl Iterator<Item = (&'a str, Option<&'a Histogram>)>) -> Chart {
    rows.fold(chart, |chart, (name, histogram)| match histogram {
        Some(h) => {
            let heights: Vec<f64> = h.density().into_iter().map(|(_, density)| density).collect();
            chart.bars(name, h.low, h.high, &heights)
        }
        None => chart,
    })
}

/// The outputs of all nonlinearities, as the course draws them: one outline a layer. `None` where there are none.
pub fn activations(seen: &Diagnosis) -> Option<Picture> {
    let layers = || seen.activations.iter().filter(|row| row.nonlinearity.is_some());
    let chart = Chart::new("Outputs of the nonlinearities").x("value").y("density");
    layers().next()?;
    Some(overlaid(chart, layers().map(|row| (row.name.as_str(), row.histogram.as_ref()))).picture())
}

/// The gradients of these outputs.
pub fn activation_gradients(seen: &Diagnosis) -> Option<Picture> {
    let layers = || seen.activations.iter().filter(|row| row.nonlinearity.is_some());
    let chart = Chart::new("Gradients of these outputs").x("gradient").y("density");
    layers().find(|row| row.gradient_histogram.is_some())?;
    Some(overlaid(chart, layers().map(|row| (row.name.as_str(), row.gradient_histogram.as_ref()))).picture())
}

/// The gradients of all weights with two axes or more.
pub fn weight_gradients(seen: &Diagnosis) -> Option<Picture> {
    let weights = || seen.parameters.iter().filter(|row| row.shape.len() >= 2 && row.gradient_histogram.is_some());
    weights().next()?;
    let chart = Chart::new("Gradients of the weights").x("gradient").y("density");
    Some(overlaid(chart, weights().map(|row| (row.name.as_str(), row.gradient_histogram.as_ref()))).picture())
}

/// One row's values against the normal distribution of the same mean and standard deviation.
pub fn values(row: &Row) -> Option<Picture> {
    Some(against_normal(&row.name, "value", row.histogram.as_ref()?, &row.statistics))
}

/// One row's gradients against the normal distribution of the same mean and standard deviation.
pub fn gradients(row: &Row) -> Option<Picture> {
    let title = format!("gradient of {}", row.name);
    Some(against_normal(&title, "gradient", row.gradient_histogram.as_ref()?, row.gradient.as_ref()?))
}

fn against_normal(title: &str, what: &str, histogram: &Histogram, statistics: &Statistics) -> Picture {
    let chart =
        overlaid(Chart::new(title).x(what).y("density").size(400.0, 240.0), [("", Some(histogram))].into_iter());
    let Some(std) = statistics.std.filter(|std| *std > 0.0) else { return chart.picture() };
    let height = |x: f64| {
        let z = (x - statistics.mean) / std;
        (-z * z / 2.0).exp() / (std * std::f64::consts::TAU.sqrt())
    };
    let (low, high) = (histogram.low, histogram.high);
    let at = |i: usize| low + (high - low) * i as f64 / 120.0;
    let curve: Vec<(f64, f64)> = (0..=120).map(|i| (at(i), height(at(i)))).collect();
    chart.dashed("normal", &curve).picture()
}

/// A few numbers in the space of a line of text.
pub fn spark(histogram: &Histogram) -> Picture {
    use gradus_plot::{Colour, Line, Shape};
    let (width, height) = (96.0, 22.0);
    let most = histogram.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let bin = width / histogram.counts.len().max(1) as f64;
    let mut points = vec![(0.0, height)];
    for (i, &count) in histogram.counts.iter().enumerate() {
        let y = height - (height - 2.0) * count as f64 / most;
        points.extend([(i as f64 * bin, y), ((i + 1) as f64 * bin, y)]);
    }
    points.push((width, height));
    let base = Shape::Polyline {
        points: vec![(0.0, height - 0.5), (width, height - 0.5)],
        line: Line::new(Colour::Grid, 1.0),
    };
    let area = Shape::Polygon { points, fill: Colour::Series(0), opacity: 0.8 };
    let title = format!("from {:.3e} to {:.3e}", histogram.low, histogram.high);
    Picture { title, width, height, shapes: vec![base, area] }
}

/// A ratio over the steps, its logarithm to base 10. `mark` draws the line at −3.
pub fn ratios(title: &str, series: &[Series], mark: bool) -> Picture {
    let chart = Chart::new(title).x("step").y("log10 of the ratio");
    let chart = if mark { chart.mark_y(-3.0, "usual: -3") } else { chart };
    series.iter().fold(chart, |chart, (name, values)| chart.line(name, &logs(values))).picture()
}

fn logs(values: &[(u64, f64)]) -> Vec<(f64, f64)> {
    let log = |v: f64| if v > 0.0 { v.log10() } else { f64::NAN };
    values.iter().map(|&(step, v)| (step as f64, log(v))).collect()
}

/// Some series over the steps.
pub fn over_steps(title: &str, unit: &str, series: &[Series]) -> Picture {
    let points =
        |values: &[(u64, f64)]| -> Vec<(f64, f64)> { values.iter().map(|&(step, v)| (step as f64, v)).collect() };
    let chart = Chart::new(title).x("step").y(unit);
    // A steep beginning would press all the rest flat.
    let values = || series.iter().flat_map(|(_, values)| values).map(|&(_, v)| v).filter(|v| v.is_finite());
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let chart = if low > 0.0 && high > 4.0 * low { chart.log_y() } else { chart };
    let several = series.len() > 1;
    series
        .iter()
        .fold(chart, |chart, (name, values)| chart.line(if several { name.as_str() } else { "" }, &points(values)))
        .picture()
}

/// The embedding table in two dimensions.
pub fn embedding(map: &EmbeddingMap) -> Picture {
    let letters: Vec<(String, (f64, f64))> =
        map.points.iter().map(|point| (visible(&point.label), (point.x, point.y))).collect();
    let (title, x, y) = match map.explained {
        None => (format!("{}, as trained", map.name), "first number", "second number"),
        Some([first, second]) => (
            format!(
                "{}: {} numbers in two, {:.0} % + {:.0} % of the variance",
                map.name,
                map.dimensions,
                100.0 * first,
                100.0 * second
            ),
            "first component",
            "second component",
        ),
    };
    Chart::new(title).x(x).y(y).letters(&letters).equal_units().size(640.0, 460.0).picture()
}

/// Which token follows which: the letters and the count in every cell.
pub fn bigrams(bigrams: &Bigrams) -> Picture {
    let labels: Vec<String> = bigrams.labels.iter().map(|label| visible(label)).collect();
    let n = labels.len().max(1);
    let values: Vec<f64> = bigrams.counts.iter().map(|&count| count as f64).collect();
    let map =
        Heatmap::new("Which follows which", n, &values).names(&labels, &labels).axes("first", "second").unit("times");
    if n > 40 {
        return map.picture();
    }
    let cell = |(i, count): (usize, &u64)| (format!("{}{}", labels[i / n], labels[i % n]), count.to_string());
    map.cells(&bigrams.counts.iter().enumerate().map(cell).collect::<Vec<_>>()).picture()
}

/// A token that can be seen.
fn visible(token: &str) -> String {
    match token {
        " " => "␣".to_string(),
        "\n" => "\\n".to_string(),
        token => token.escape_debug().collect(),
    }
}

/// Everything about one step: file names without their ending, and pictures.
pub fn all(seen: &Diagnosis, map: Option<&EmbeddingMap>, pairs: Option<&Bigrams>) -> Vec<(String, Picture)> {
    let mut pictures: Vec<(String, Picture)> = Vec::new();
    let mut add = |name: &str, picture: Option<Picture>| pictures.extend(picture.map(|p| (name.to_string(), p)));
    add("activations", activations(seen));
    add("activation-gradients", activation_gradients(seen));
    add("weight-gradients", weight_gradients(seen));
    add("embedding", map.map(embedding));
    add("bigrams", pairs.map(bigrams));
    for row in seen.parameters.iter().chain(&seen.buffers).chain(&seen.activations) {
        add(&row.name, values(row));
        add(&format!("{}.gradient", row.name), gradients(row));
    }
    pictures
}

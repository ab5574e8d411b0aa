//! A single neuron with all that it computes: y = f(w₁x₁ + w₂x₂ + … + b), to be checked on paper.

use gradus_nn::Nonlinearity;
use gradus_plot::{Anchor, Colour, Line, Picture, Point, Shape, diverging, text_width};
use gradus_train::Error;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Classifier, Reading, Trace, fixed, noted};

/// A neuron, one example, and every number on the way.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Neuron")]
pub struct NeuronSeen {
    /// What goes in, and what becomes of it.
    pub inputs: Vec<Input>,
    /// What is added besides.
    pub bias: f64,
    /// All products and the bias.
    pub sum: f64,
    /// What is made of the sum, by its name.
    #[schemars(with = "String")]
    pub activation: Nonlinearity,
    /// What comes out.
    pub output: f64,
    /// Whether that is above ½, where it stands for one of two classes.
    pub fires: Option<bool>,
    /// The class that this means.
    pub class: Option<String>,
}

/// One input of a neuron.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "NeuronInput")]
pub struct Input {
    /// What it is called.
    pub name: String,
    /// As it was measured.
    pub measured: f64,
    /// As it goes in: the same, unless it was scaled.
    pub value: f64,
    /// Its weight.
    pub weight: f64,
    /// value × weight.
    pub product: f64,
}

impl NeuronSeen {
    /// What a single neuron makes of one example; `None` where the model is more than that.
    ///
    /// # Errors
    /// Where the model refuses the example.
    pub fn of(classifier: &Classifier, row: &[f32]) -> Result<Option<Self>, Error> {
        let trace = Trace::of(classifier.model, &classifier.batch(row)?)?;
        let parameters = classifier.model.parameters();
        let of_size = |size: usize, name: &str| {
            let fits = |(found, param): &&(String, gradus_nn::Param)| found.ends_with(name) && param.numel() == size;
            parameters.iter().find(fits).map(|(_, param)| param.value().to_vec::<f64>())
        };
        let (Some(weights), 1) = (of_size(row.len(), "weight"), trace.output.numel()) else { return Ok(None) };
        let size: usize = parameters.iter().map(|(_, param)| param.numel()).sum();
        let bias = of_size(1, "bias");
        if size != row.len() + usize::from(bias.is_some()) {
            return Ok(None);
        }
        let bias = bias.map_or(0.0, |bias| bias[0]);
        // What the activation is given: the sum as the model itself had it.
        let last = trace.operations.last().and_then(|last| Some((Nonlinearity::of_operation(last.name)?, last)));
        let sum = last.as_ref().and_then(|(_, last)| last.inputs.first()).unwrap_or(&trace.output).item()?;
        let output = trace.output.item()?;
        let input = |(i, (&x, &weight)): (usize, (&f32, &f64))| {
            let value = f64::from(x);
            let (name, measured) = (classifier.feature(i), classifier.measured(i, value));
            Input { name, measured, value, weight, product: value * weight }
        };
        let fires = (classifier.reading != Reading::Values).then_some(output > 0.5);
        let class = fires.and_then(|fires| classifier.classes.get(usize::from(fires)).cloned());
        Ok(Some(NeuronSeen {
            inputs: row.iter().zip(&weights).enumerate().map(input).collect(),
            bias,
            sum,
            activation: last.map_or(Nonlinearity::Linear, |(function, _)| function),
            output,
            fires,
            class,
        }))
    }

    /// The sum as one would write it on paper.
    pub fn formula(&self) -> String {
        let product = |(i, input): (usize, &Input)| {
            let sign = if i == 0 { "" } else { " + " };
            format!("{sign}{}·{}", bracketed(input.value), bracketed(input.weight))
        };
        let products: String = self.inputs.iter().enumerate().map(product).collect();
        let sum = format!("{products} + {} = {}", bracketed(self.bias), fixed(self.sum, 3));
        match self.activation {
            Nonlinearity::Linear => sum,
            f => format!("{sum},   {f}({}) = {}", fixed(self.sum, 3), fixed(self.output, 3)),
        }
    }

    /// The neuron as a drawing, with the numbers at its edges.
    pub fn picture(&self) -> Picture {
        Drawing::of(self).picture()
    }
}

/// A number on paper: negative ones in brackets.
fn bracketed(v: f64) -> String {
    let text = fixed(v, 3);
    if text.starts_with('-') { format!("({text})") } else { text }
}

const TITLE: f64 = 14.0;
const LABEL: f64 = 12.0;
const SMALL: f64 = 11.0;
const MARGIN: f64 = 16.0;
const ROW: f64 = 62.0;
/// Radius of an input, and of the sum.
const RADIUS: f64 = 24.0;
const SUM: f64 = 34.0;
const BASELINE: f64 = 0.35;

struct Drawing<'a> {
    neuron: &'a NeuronSeen,
    shapes: Vec<Shape>,
}

impl<'a> Drawing<'a> {
    fn of(neuron: &'a NeuronSeen) -> Self {
        Drawing { neuron, shapes: Vec::new() }
    }

    fn text(&mut self, at: Point, text: &str, size: f64, anchor: Anchor, colour: Colour) {
        self.shapes.push(Shape::text((at.0, at.1 + BASELINE * size), text, size, anchor, colour));
    }

    fn node(&mut self, middle: Point, radius: f64) {
        let line = Some(Line::new(Colour::Ink, 1.4));
        self.shapes.push(Shape::Disc { middle, radius, fill: Colour::Paper, line });
    }

    /// A line that a number travels along, the wider, the larger.
    fn edge(&mut self, from: Point, to: Point, value: f64, largest: f64) {
        let share = if largest > 0.0 { (value / largest).clamp(-1.0, 1.0) } else { 0.0 };
        let colour = Colour::Rgb(diverging(0.75 * share.signum()));
        self.shapes.push(Shape::Polyline { points: vec![from, to], line: Line::new(colour, 1.2 + 5.0 * share.abs()) });
    }

    /// A text on paper ground, so that it can be read over a line.
    fn note(&mut self, at: Point, text: &str) {
        let width = text_width(text, SMALL) + 8.0;
        self.shapes.push(Shape::Rect {
            corner: (at.0 - width / 2.0, at.1 - 9.0),
            width,
            height: 18.0,
            radius: 3.0,
            fill: Some(Colour::Paper),
            line: None,
        });
        self.text(at, text, SMALL, Anchor::Middle, Colour::Ink);
    }

    fn picture(mut self) -> Picture {
        let neuron = self.neuron;
        let title = "One neuron: inputs × weights, summed up with a bias, and what it makes of the sum";
        let names: Vec<String> = neuron.inputs.iter().map(label).collect();
        let widest = names.iter().map(|name| text_width(name, LABEL)).fold(0.0, f64::max);
        let rows = neuron.inputs.len() + 1;
        let (top, height) = (MARGIN + TITLE + 22.0, ROW * rows as f64);
        let left = MARGIN + widest + 12.0 + RADIUS;
        let sum: Point = (left + 250.0, top + height / 2.0);
        let curve: Point = (sum.0 + SUM + 44.0, sum.1 - 42.0);
        let (side, out) = (96.0, (curve.0 + 96.0 + 44.0 + SUM, sum.1));

        self.text((MARGIN, MARGIN + TITLE / 2.0), title, TITLE, Anchor::Start, Colour::Ink);
        let largest = neuron.inputs.iter().map(|i| i.product.abs()).fold(neuron.bias.abs(), f64::max);
        let at = |row: usize| (left, top + ROW * (row as f64 + 0.5));
        for (row, input) in neuron.inputs.iter().enumerate() {
            self.edge(at(row), sum, input.product, largest);
        }
        self.edge(at(rows - 1), sum, neuron.bias, largest);
        let on_edge = |from: Point| (from.0 + 0.42 * (sum.0 - from.0), from.1 + 0.42 * (sum.1 - from.1));
        for (row, (input, name)) in neuron.inputs.iter().zip(&names).enumerate() {
            self.note(on_edge(at(row)), &format!("× {} = {}", bracketed(input.weight), fixed(input.product, 3)));
            self.node(at(row), RADIUS);
            self.text(at(row), &fixed(input.value, 3), SMALL, Anchor::Middle, Colour::Ink);
            let beside = (left - RADIUS - 8.0, at(row).1);
            self.text(beside, name, LABEL, Anchor::End, Colour::Ink);
        }
        let bias = at(rows - 1);
        self.note(on_edge(bias), &format!("+ {}", bracketed(neuron.bias)));
        self.node(bias, RADIUS);
        self.text(bias, "1", SMALL, Anchor::Middle, Colour::Muted);
        self.text((left - RADIUS - 8.0, bias.1), "bias", LABEL, Anchor::End, Colour::Ink);

        let plain = Line::new(Colour::Ink, 1.6);
        for (from, to) in [(sum, (curve.0, sum.1)), ((curve.0 + side, sum.1), out)] {
            self.shapes.push(Shape::Polyline { points: vec![from, to], line: plain });
        }
        self.node(sum, SUM);
        self.text((sum.0, sum.1 - 10.0), "sum", SMALL, Anchor::Middle, Colour::Muted);
        self.text((sum.0, sum.1 + 7.0), &fixed(neuron.sum, 3), LABEL, Anchor::Middle, Colour::Ink);
        self.activation(curve, side);
        self.node(out, SUM);
        self.text((out.0, out.1 - 10.0), "output", SMALL - 1.0, Anchor::Middle, Colour::Muted);
        self.text((out.0, out.1 + 7.0), &fixed(neuron.output, 3), LABEL, Anchor::Middle, Colour::Ink);
        let mut right = out.0 + SUM + MARGIN;
        if let Some(fires) = neuron.fires {
            let verdict = if fires { "fires (above ½)" } else { "does not fire" };
            self.text((out.0, out.1 + SUM + 18.0), verdict, LABEL, Anchor::Middle, Colour::Ink);
            let class = neuron.class.clone().unwrap_or_default();
            self.text((out.0, out.1 + SUM + 36.0), &class, LABEL, Anchor::Middle, Colour::Muted);
            right = right.max(out.0 + text_width(verdict, LABEL).max(text_width(&class, LABEL)) / 2.0 + MARGIN);
        }
        let width = right.max(2.0 * MARGIN + text_width(title, TITLE));
        let bottom = self.formula((MARGIN, top + height + 16.0), width - 2.0 * MARGIN);
        Picture { title: title.to_owned(), width, height: bottom + MARGIN, shapes: self.shapes }
    }

    /// The function, and where on it this example lies.
    fn activation(&mut self, corner: Point, side: f64) {
        let (neuron, height) = (self.neuron, 84.0);
        let line = Some(Line::new(Colour::Muted, 1.0));
        self.shapes.push(Shape::Rect { corner, width: side, height, radius: 4.0, fill: Some(Colour::Paper), line });
        let reach = (1.25 * neuron.sum.abs()).clamp(4.0, 1e12);
        let (low, high) = neuron.activation.range();
        let (low, high) = (low.max(-reach), high.min(reach));
        let at = |x: f64, y: f64| {
            let (across, up) = ((x + reach) / (2.0 * reach), (y - low) / (high - low));
            (corner.0 + 6.0 + (side - 12.0) * across, corner.1 + height - 10.0 - (height - 20.0) * up)
        };
        let grid = Line::new(Colour::Grid, 1.0);
        self.shapes.push(Shape::Polyline { points: vec![at(0.0, low), at(0.0, high)], line: grid });
        self.shapes.push(Shape::Polyline { points: vec![at(-reach, 0.0), at(reach, 0.0)], line: grid });
        let x: Vec<f64> = (0..=60).map(|i| -reach + 2.0 * reach * f64::from(i) / 60.0).collect();
        let points = x.iter().zip(neuron.activation.of(&x)).map(|(&x, y)| at(x, y.clamp(low, high))).collect();
        self.shapes.push(Shape::Polyline { points, line: Line::new(Colour::Series(0), 2.0) });
        if neuron.sum.is_finite() {
            let line = Some(Line::new(Colour::Paper, 1.0));
            let middle = at(neuron.sum.clamp(-reach, reach), neuron.output.clamp(low, high));
            self.shapes.push(Shape::Disc { middle, radius: 5.0, fill: Colour::Series(1), line });
        }
        let below = (corner.0 + side / 2.0, corner.1 + height + 12.0);
        self.text(below, neuron.activation.name(), LABEL, Anchor::Middle, Colour::Ink);
    }

    /// The sum on paper, on as many lines as it takes; gives the height of the lower edge.
    fn formula(&mut self, (left, mut top): Point, room: f64) -> f64 {
        let text = self.neuron.formula();
        let mut line = String::new();
        for word in text.split(' ') {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if text_width(&longer, LABEL) > room && !line.is_empty() {
                self.text((left, top), &line, LABEL, Anchor::Start, Colour::Ink);
                top += 18.0;
                line = word.to_owned();
            } else {
                line = longer;
            }
        }
        self.text((left, top), &line, LABEL, Anchor::Start, Colour::Ink);
        top + LABEL / 2.0
    }
}

/// What an input is called, and its number as measured where another one goes in.
fn label(input: &Input) -> String {
    if (input.measured - input.value).abs() <= 1e-9 * input.value.abs() {
        return input.name.clone();
    }
    format!("{} = {}", input.name, noted(input.measured))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::classifier::tests::{names, network};
    use gradus_nn::{Module, Param};
    use gradus_tensor::{Result, Tensor};

    #[derive(Module)]
    struct Neuron(#[module(name = "weight")] Param, #[module(name = "bias")] Param);

    impl Module for Neuron {
        fn forward(&self, x: &Tensor) -> Result<Tensor> {
            Ok(x.linear(&self.0.value(), Some(&self.1.value()))?.sigmoid())
        }
    }

    #[test]
    fn all_numbers_are_those_of_the_paper() {
        let weight = Param::new(Tensor::from_slice(&[2.0_f32, -1.0, 0.5], &[3, 1]).unwrap());
        let neuron = Neuron(weight, Param::new(Tensor::from_slice(&[-0.25_f32], &[1]).unwrap()));
        let (features, classes) = (names(&["sweet", "sour", "salty"]), names(&["leaves it", "eats it"]));
        let classifier = Classifier {
            model: &neuron,
            reading: Reading::Shares,
            classes: &classes,
            shape: &[3],
            features: &features,
            scaling: None,
        };
        let seen = NeuronSeen::of(&classifier, &[1.0, 0.5, 0.5]).unwrap().unwrap();
        let products: Vec<f64> = seen.inputs.iter().map(|input| input.product).collect();
        assert_eq!((products, seen.bias, seen.sum), (vec![2.0, -0.5, 0.25], -0.25, 1.5));
        assert!((seen.output - 1.0 / (1.0 + (-1.5_f64).exp())).abs() < 1e-6);
        assert_eq!(
            (seen.activation, seen.fires, seen.class.as_deref()),
            (Nonlinearity::Sigmoid, Some(true), Some("eats it"))
        );
        assert_eq!(
            seen.formula(),
            "1.000·2.000 + 0.500·(-1.000) + 0.500·0.500 + (-0.250) = 1.500,   sigmoid(1.500) = 0.818"
        );
        let svg = seen.picture().to_svg();
        for text in
            [">sweet<", ">× (-1.000) = -0.500<", ">+ (-0.250)<", ">1.500<", ">0.818<", ">fires (above ½)<", ">eats it<"]
        {
            assert!(svg.contains(text), "{text}: {svg}");
        }
        let more = network(&[3, 2, 1], 1);
        assert_eq!(NeuronSeen::of(&Classifier { model: &more, ..classifier }, &[1.0, 0.5, 0.5]).unwrap(), None);
    }
}

//! Which inputs a class's score hangs on: its gradient (Simonyan, Vedaldi & Zisserman 2013, arXiv:1312.6034), and gradient ×
//! input, what each input adds as far as the score is a straight line there.

use gradus_plot::{Bars, Images, Picture, Shade};
use gradus_train::Error;
use schemars::JsonSchema;
use serde::Serialize;

use super::classifier::aside;
use super::{Classifier, noted};

/// How a class's score answers to each input.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "SaliencyOf")]
pub struct Saliency {
    /// The class.
    pub class: String,
    /// The shape of an example.
    pub shape: Vec<usize>,
    /// What the inputs are called; of pictures nothing.
    pub names: Vec<String>,
    /// The example as it was measured.
    pub measured: Vec<f64>,
    /// The example as the model sees it.
    pub input: Vec<f64>,
    /// ∂score/∂input.
    pub gradient: Vec<f64>,
    /// gradient × input, as the model sees it: of standardised measurements, what being other than the mean adds.
    pub product: Vec<f64>,
}

/// The gradient of a class's score with respect to one example. The gradients of the parameters stay as they were.
///
/// # Errors
/// Where the model refuses the example.
pub fn saliency(classifier: &Classifier, row: &[f32], class: usize) -> Result<Saliency, Error> {
    let x = classifier.batch(row)?.requires_grad();
    aside(classifier.model, || -> Result<(), Error> { Ok(classifier.score(&x, class)?.into_backward()?) })??;
    // Where nothing hangs on the input there is no gradient.
    let gradient = x.grad().map_or_else(|| vec![0.0; row.len()], |grad| grad.to_vec::<f64>());
    let input: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
    let product = input.iter().zip(&gradient).map(|(x, g)| x * g).collect();
    Ok(Saliency {
        class: classifier.class(class).to_owned(),
        shape: classifier.shape.to_vec(),
        names: match classifier.shape.len() {
            1 => (0..row.len()).map(|i| classifier.feature(i)).collect(),
            _ => Vec::new(),
        },
        measured: (0..row.len()).map(|i| classifier.measured(i, input[i])).collect(),
        input,
        gradient,
        product,
    })
}

impl Saliency {
    /// Of a picture: the picture, its gradient, and both multiplied; of measurements: a bar each.
    pub fn picture(&self, classifier: &Classifier) -> Picture {
        let Some([height, width]) = classifier.picture() else { return self.bars() };
        let zoom = (190.0 / width as f64).floor().max(2.0);
        let image = |title: &str, values: &[f64], unit: &str, shade: Shade| {
            Images::new(title, width, height).image("", values).zoom(zoom).unit(unit).shade(shade).picture()
        };
        let signed = |values: &[f64]| Shade::signed(values.iter().fold(0.0, |most: f64, v| most.max(v.abs())));
        let panels = [
            image("the picture", &self.measured, "grey", Shade::of(self.measured.iter().copied())),
            image("gradient", &self.gradient, "", signed(&self.gradient)),
            image("gradient × input", &self.product, "", signed(&self.product)),
        ];
        let title = format!("What the score of {} hangs on: orange speaks for it, blue against", self.class);
        Picture::together(title, f64::INFINITY, &panels)
    }

    fn bars(&self) -> Picture {
        let mut order: Vec<usize> = (0..self.product.len()).collect();
        order.sort_by(|&a, &b| self.product[b].abs().total_cmp(&self.product[a].abs()));
        let title = format!("What each measurement adds to the score of {}", self.class);
        let bars = Bars::new(title).axis("gradient × input");
        let name = |i: usize| format!("{} = {}", self.names[i], noted(self.measured[i]));
        order.into_iter().take(24).fold(bars, |bars, i| bars.bar(name(i), self.product[i])).picture()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Reading;
    use crate::explain::classifier::tests::{names, network, rows};
    use gradus_nn::Module;

    #[test]
    fn the_gradient_is_the_slope_and_leaves_no_trace() {
        let (model, classes) = (network(&[4, 6, 2], 3), names(&["a", "b"]));
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &classes,
            shape: &[1, 2, 2],
            features: &[],
            scaling: None,
        };
        // The network takes rows; a picture is one row of it.
        #[derive(Module)]
        struct Flat<'a>(#[module(name = "")] &'a dyn Module);
        impl Module for Flat<'_> {
            fn forward(&self, x: &gradus_tensor::Tensor) -> gradus_tensor::Result<gradus_tensor::Tensor> {
                self.0.forward(&x.flatten(1, -1)?)
            }
            fn visit(&self, f: &mut dyn FnMut(&str, &gradus_nn::Param)) {
                self.0.visit(f);
            }
        }
        let flat = Flat(&model);
        let classifier = Classifier { model: &flat, ..classifier };
        let row = rows(1, 4);
        let parameter = &model.parameters()[0].1;
        parameter.add_grad(&parameter.value().detach()).unwrap();
        let before = parameter.grad().unwrap().to_vec::<f32>();
        let seen = saliency(&classifier, &row, 1).unwrap();
        assert_eq!(parameter.grad().unwrap().to_vec::<f32>(), before, "the parameters keep their gradients");
        assert!(model.parameters()[1].1.grad().is_none());
        for i in 0..4 {
            let moved = |by: f32| {
                let mut row = row.clone();
                row[i] += by;
                classifier.outputs(&row).unwrap()[0][1]
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((seen.gradient[i] - slope).abs() < 2e-3, "{} {slope}", seen.gradient[i]);
            assert_eq!(seen.product[i], seen.gradient[i] * f64::from(row[i]));
        }
        assert!(seen.picture(&classifier).to_svg().contains("gradient × input"));
    }

    #[test]
    fn of_a_linear_model_the_products_and_the_bias_are_the_score() {
        let (model, classes, features) = (network(&[3, 2], 4), names(&["a", "b"]), names(&["x", "y", "z"]));
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &classes,
            shape: &[3],
            features: &features,
            scaling: None,
        };
        let row = rows(1, 3);
        let seen = saliency(&classifier, &row, 0).unwrap();
        let bias = model.parameters()[1].1.value().to_vec::<f64>()[0];
        let score = classifier.outputs(&row).unwrap()[0][0];
        assert!((seen.product.iter().sum::<f64>() + bias - score).abs() < 1e-6);
        assert!(seen.picture(&classifier).to_svg().contains(">y = "));
    }
}

//! One pass through a model, with every operation and every named value on the way.

use gradus_nn::{Module, Nonlinearity};
use gradus_tensor::autograd::Formula;
use gradus_tensor::{Probe, Result, Tensor, no_grad, probe};

/// One pass through a model.
pub struct Trace {
    /// What came out.
    pub output: Tensor,
    /// The values that the model names, in the order in which they were computed.
    pub values: Vec<(String, Tensor)>,
    /// What was computed, in order.
    pub operations: Vec<Operation>,
}

/// Something that was computed.
pub struct Operation {
    /// The module that it happened in: `hidden.0`.
    pub path: String,
    /// Its name: `linear`, `conv2d`.
    pub name: &'static str,
    /// What went in.
    pub inputs: Vec<Tensor>,
    /// What came out.
    pub output: Tensor,
}

#[derive(Default)]
struct Listener {
    values: Vec<(String, Tensor)>,
    operations: Vec<Operation>,
}

impl Probe for Listener {
    fn wants(&self, _: &str) -> bool {
        true
    }

    fn value(&mut self, name: &str, value: &Tensor) -> Option<Tensor> {
        self.values.push((name.to_owned(), value.clone()));
        None
    }

    fn operation(&mut self, path: &str, formula: Formula, inputs: &[&Tensor], output: &Tensor) {
        let inputs = inputs.iter().map(|&input| input.clone()).collect();
        self.operations.push(Operation { path: path.to_owned(), name: formula.name, inputs, output: output.clone() });
    }
}

impl Trace {
    /// Passes `x` through a model; no gradients are made.
    ///
    /// # Errors
    /// Where the model refuses `x`.
    pub fn of(model: &dyn Module, x: &Tensor) -> Result<Trace> {
        let (seen, output) = probe::with(Listener::default(), || no_grad(|| model.forward(x)));
        Ok(Trace { output: output?, values: seen.values, operations: seen.operations })
    }

    /// The last value called `name`.
    pub fn value(&self, name: &str) -> Option<&Tensor> {
        self.values.iter().rev().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// The operation that a value is the result of.
    fn origin(&self, value: &Tensor) -> Option<&Operation> {
        self.operations.iter().rev().find(|operation| operation.output.is_same(value))
    }

    /// The linear layer whose sums are the model's outputs, as they are or squashed.
    pub fn last_linear(&self) -> Option<&Operation> {
        let mut operation = self.origin(&self.output)?;
        while operation.name != "linear" {
            let squashes = Nonlinearity::of_operation(operation.name).is_some();
            if !squashes && !["softmax", "log_softmax", "reshape"].contains(&operation.name) {
                return None;
            }
            operation = self.origin(operation.inputs.first()?)?;
        }
        Some(operation)
    }

    /// What the last linear layer is given: the last hidden layer, `[N, units]`.
    pub fn last_hidden(&self) -> Option<&Tensor> {
        self.last_linear()?.inputs.first().filter(|hidden| hidden.ndim() == 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradus_nn::init::Init;
    use gradus_nn::{Linear, Nonlinearity, Sequential};
    use gradus_tensor::random::{Generator, Scheme};

    #[test]
    fn the_last_layer_is_found_behind_what_squashes_it() {
        let mut random = Generator::new(Scheme::Gradus, 1);
        let mut linear = |from, to| Linear::new(from, to, true, Init::Kaiming { gain: 1.0 }, &mut random).unwrap();
        let (first, second) = (linear(3, 5), linear(5, 2));
        let weight = second.weight.value();
        let model = Sequential::new().push(first).push(Nonlinearity::Relu).push(second).push(Nonlinearity::Sigmoid);
        let trace = Trace::of(&model, &Tensor::ones(&[4, 3])).unwrap();
        assert_eq!(trace.last_hidden().unwrap().shape(), [4, 5]);
        assert!(trace.last_linear().unwrap().inputs[1].is_same(&weight));
        assert!(trace.last_hidden().unwrap().is_same(trace.value("1.out").unwrap()));
        assert!(!trace.output.is_tracked());
        assert!(Trace::of(&Sequential::new(), &Tensor::ones(&[4, 3])).unwrap().last_linear().is_none());
    }
}

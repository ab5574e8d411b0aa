//! Neurons, layers and multi-layer perceptrons, as in micrograd.
//!
//! A neuron is no operation of its own: it is built of the same products and sums that one would
//! write by hand, in micrograd's order (`b + w₀x₀ + w₁x₁ + …`), so that its graph can be drawn number
//! by number and its digits agree. A layer takes the graph's lock once.

use std::fmt;

use crate::graph::{Graph, Id, graph};
use crate::op::Op;
use crate::random::Random;
use crate::value::Value;

/// Something with parameters to learn.
pub trait Module {
    /// The parameters, in a fixed order: of each neuron the weights, then the bias.
    fn parameters(&self) -> Vec<Value>;

    /// Sets the parameters' gradients to zero.
    fn zero_grad(&self) {
        let parameters = self.parameters();
        let mut graph = graph();
        for parameter in &parameters {
            graph.set_grad(parameter.place(), 0.0);
        }
    }
}

/// Inputs that do not fit: `neuron: 3 inputs given, 2 expected`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WidthError {
    /// How many inputs were given.
    pub given: usize,
    /// How many the module has weights for.
    pub expected: usize,
}

impl fmt::Display for WidthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} inputs were given to a module with weights for {}: give one value for each weight",
            self.given, self.expected
        )
    }
}

impl std::error::Error for WidthError {}

fn check_width(given: usize, expected: usize) -> Result<(), WidthError> {
    if given == expected { Ok(()) } else { Err(WidthError { given, expected }) }
}

/// `activation(b + Σ wᵢxᵢ)`
#[derive(Clone)]
pub struct Neuron {
    weights: Vec<Value>,
    bias: Value,
    activation: Option<Op>,
}

impl Neuron {
    /// A neuron with weights from `weight`, called once for each of the `inputs`, and bias 0. Its activation is one of
    /// [`Op::FUNCTIONS`], or `None` for the sum itself.
    pub fn new(inputs: usize, activation: impl Into<Option<Op>>, mut weight: impl FnMut() -> f64) -> Self {
        let activation = activation.into();
        Self { weights: (0..inputs).map(|_| Value::new(weight())).collect(), bias: Value::new(0.0), activation }
    }

    /// The weights, one an input.
    pub fn weights(&self) -> &[Value] {
        &self.weights
    }

    /// The bias.
    pub fn bias(&self) -> &Value {
        &self.bias
    }

    /// What the neuron does with its weighted sum.
    pub fn activation(&self) -> Option<Op> {
        self.activation
    }

    /// The neuron's answer to `inputs`.
    ///
    /// # Errors
    /// When there is not one input for each weight.
    pub fn forward(&self, inputs: &[Value]) -> Result<Value, WidthError> {
        check_width(inputs.len(), self.weights.len())?;
        Ok(Value::build(|graph| self.build(graph, &places(inputs))))
    }

    fn build(&self, graph: &mut Graph, inputs: &[Id]) -> Id {
        let weights = self.weights.iter().map(Value::place);
        let sum = weighted_sum_in(graph, self.bias.place(), weights.zip(inputs.iter().copied()));
        match self.activation {
            Some(op) => graph.unary(op, sum),
            None => sum,
        }
    }

    fn set_labels(&self, prefix: &str) {
        for (i, weight) in self.weights.iter().enumerate() {
            weight.set_label(&format!("{prefix}w{i}"));
        }
        self.bias.set_label(&format!("{prefix}b"));
    }
}

impl Module for Neuron {
    fn parameters(&self) -> Vec<Value> {
        let mut all = self.weights.clone();
        all.push(self.bias.clone());
        all
    }
}

/// `bias + w₀x₀ + w₁x₁ + …`: what a [`Neuron`] computes before its activation, for weights kept elsewhere.
///
/// # Errors
/// When there is not one input for each weight.
///
/// ```
/// use gradus_scalar::{Value, nn::weighted_sum};
/// let (w, x, b) = (Value::new(2.0), Value::new(3.0), Value::new(1.0));
/// assert_eq!(weighted_sum(&[&w], &[&x], &b)?.data(), 7.0);
/// # Ok::<(), gradus_scalar::nn::WidthError>(())
/// ```
pub fn weighted_sum(weights: &[&Value], inputs: &[&Value], bias: &Value) -> Result<Value, WidthError> {
    check_width(inputs.len(), weights.len())?;
    let pairs = weights.iter().zip(inputs).map(|(weight, input)| (weight.place(), input.place()));
    Ok(Value::build(|graph| weighted_sum_in(graph, bias.place(), pairs)))
}

fn weighted_sum_in(graph: &mut Graph, bias: Id, pairs: impl Iterator<Item = (Id, Id)>) -> Id {
    pairs.fold(bias, |sum, (weight, input)| {
        let product = graph.binary(Op::Mul, weight, input);
        graph.binary(Op::Add, sum, product)
    })
}

/// Neurons side by side, each seeing all inputs.
#[derive(Clone)]
pub struct Layer {
    neurons: Vec<Neuron>,
    inputs: usize,
}

impl Layer {
    /// A layer of `outputs` neurons with weights from `weight`, neuron after neuron.
    pub fn new(
        inputs: usize,
        outputs: usize,
        activation: impl Into<Option<Op>>,
        mut weight: impl FnMut() -> f64,
    ) -> Self {
        let activation = activation.into();
        let neurons = (0..outputs).map(|_| Neuron::new(inputs, activation, &mut weight)).collect();
        Self { neurons, inputs }
    }

    /// The neurons.
    pub fn neurons(&self) -> &[Neuron] {
        &self.neurons
    }

    /// Every neuron's answer to `inputs`.
    ///
    /// # Errors
    /// When there are not as many inputs as the layer was made for.
    pub fn forward(&self, inputs: &[Value]) -> Result<Vec<Value>, WidthError> {
        check_width(inputs.len(), self.inputs)?;
        let mut graph = graph();
        let outputs = self.build(&mut graph, &places(inputs));
        Ok(Value::refer_all(&mut graph, outputs))
    }

    fn build(&self, graph: &mut Graph, inputs: &[Id]) -> Vec<Id> {
        self.neurons.iter().map(|neuron| neuron.build(graph, inputs)).collect()
    }
}

impl Module for Layer {
    fn parameters(&self) -> Vec<Value> {
        self.neurons.iter().flat_map(Module::parameters).collect()
    }
}

/// A multi-layer perceptron: layers one behind the other, the last one linear.
///
/// ```
/// use gradus_scalar::nn::{Mlp, Module};
/// use gradus_scalar::{Op, Value, loss};
///
/// let model = Mlp::new(3, &[4, 4, 1], Op::Tanh, 42);
/// assert_eq!(model.parameters().len(), 41);
///
/// let examples = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]];
/// let targets = [1.0, -1.0, -1.0, 1.0];
/// let mut last = f64::INFINITY;
/// for _ in 0..50 {
///     let mut predictions = Vec::new();
///     for example in examples {
///         predictions.extend(model.forward(&example.map(Value::new))?);
///     }
///     let loss = loss::squared_error(&predictions, &targets);
///     model.zero_grad();
///     loss.backward();
///     loss::descend(&model.parameters(), 0.02);
///     last = loss.data();
/// }
/// assert!(last < 0.1);
/// # Ok::<(), gradus_scalar::nn::WidthError>(())
/// ```
#[derive(Clone)]
pub struct Mlp {
    layers: Vec<Layer>,
    inputs: usize,
}

impl Mlp {
    /// Layers of `outputs` neurons each, `activation` in all but the last, weights uniform in
    /// [−1, 1) from the generator with this `seed`, biases 0.
    pub fn new(inputs: usize, outputs: &[usize], activation: impl Into<Option<Op>>, seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self::with_weights(inputs, outputs, activation, || random.uniform(-1.0, 1.0))
    }

    /// The same with weights from anywhere, in the order of [`Module::parameters`], biases left
    /// out.
    pub fn with_weights(
        inputs: usize,
        outputs: &[usize],
        activation: impl Into<Option<Op>>,
        mut weight: impl FnMut() -> f64,
    ) -> Self {
        let (activation, mut width) = (activation.into(), inputs);
        let mut layers = Vec::with_capacity(outputs.len());
        for (i, &neurons) in outputs.iter().enumerate() {
            let last = i + 1 == outputs.len();
            let activation = activation.filter(|_| !last);
            layers.push(Layer::new(width, neurons, activation, &mut weight));
            width = neurons;
        }
        Self { layers, inputs }
    }

    /// The layers.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The last layer's answers to `inputs`.
    ///
    /// # Errors
    /// When there are not as many inputs as the network was made for.
    pub fn forward(&self, inputs: &[Value]) -> Result<Vec<Value>, WidthError> {
        check_width(inputs.len(), self.inputs)?;
        let mut values = inputs.to_vec();
        for layer in &self.layers {
            values = layer.forward(&values)?;
        }
        Ok(values)
    }

    /// Names every parameter for drawings: `1.0.w2` is layer 1's neuron 0's weight 2, `1.0.b` its
    /// bias.
    pub fn label_parameters(&self) {
        for (l, layer) in self.layers.iter().enumerate() {
            for (n, neuron) in layer.neurons.iter().enumerate() {
                neuron.set_labels(&format!("{l}.{n}."));
            }
        }
    }
}

impl Module for Mlp {
    fn parameters(&self) -> Vec<Value> {
        self.layers.iter().flat_map(Module::parameters).collect()
    }
}

fn places(values: &[Value]) -> Vec<Id> {
    values.iter().map(Value::place).collect()
}

/// `ReLUNeuron(2)`, as micrograd prints it.
impl fmt::Display for Neuron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kind = self.activation.map_or_else(|| "Linear".to_owned(), |op| op.to_string());
        kind[..1].make_ascii_uppercase();
        write!(f, "{kind}Neuron({})", self.weights.len())
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Layer of [{}]", joined(&self.neurons))
    }
}

impl fmt::Display for Mlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MLP of [{}]", joined(&self.layers))
    }
}

fn joined<T: fmt::Display>(parts: &[T]) -> String {
    let texts: Vec<String> = parts.iter().map(T::to_string).collect();
    texts.join(", ")
}

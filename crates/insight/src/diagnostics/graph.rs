//! Where a value came from, read off the graph of the forward pass: what stands before a nonlinearity, and which
//! parameters decide how large it is. So advice holds for every model, whatever it calls its parts.

use gradus_nn::Nonlinearity;
use gradus_tensor::Tensor;

/// Operations that only look at the same numbers in another arrangement.
const VIEWS: [&str; 5] = ["reshape", "permute", "slice", "index", "expand"];

/// How far back a value's makers are looked for.
const FARTHEST: usize = 8;

/// The parameters of a model as they were in a forward pass.
pub(crate) struct Parameters<'a>(pub(crate) &'a [(String, Tensor)]);

impl Parameters<'_> {
    /// The name of the parameter that a tensor is, or is a part of.
    fn name_of(&self, tensor: &Tensor) -> Option<&str> {
        if !tensor.is_tracked() {
            return None;
        }
        let found = self.0.iter().find(|(_, param)| param.shares_storage_with(tensor));
        found.map(|(name, _)| name.as_str())
    }

    /// The parameters that, all scaled by a factor, scale a value by this factor: weight and bias of the layer that
    /// made it. None where it was made in another way.
    pub(crate) fn scale_of(&self, value: &Tensor) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut node = value.clone();
        for _ in 0..FARTHEST {
            let operation = node.operation().unwrap_or_default();
            let (named, others): (Vec<Tensor>, Vec<Tensor>) =
                weights(&node).into_iter().partition(|input| self.name_of(input).is_some());
            for name in named.iter().filter_map(|input| self.name_of(input)) {
                if !found.iter().any(|known| known == name) {
                    found.push(name.to_string());
                }
            }
            let onward = match operation {
                // What the inputs bring is part of the sum, beside what the state brings.
                "rnn" => node.inputs().into_iter().next(),
                // A bias on its own; its weight is further back.
                "add" if !named.is_empty() => others.into_iter().next(),
                "embedding" if named.is_empty() => node.inputs().into_iter().next(),
                view if VIEWS.contains(&view) => node.inputs().into_iter().next(),
                _ => None,
            };
            match onward {
                Some(input) => node = input,
                None if SCALED.contains(&operation) => return found,
                None => break,
            }
        }
        Vec::new()
    }
}

/// Operations whose result grows with their parameters.
const SCALED: [&str; 6] = ["linear", "batch_norm", "layer_norm", "conv2d", "mul", "embedding"];

/// The inputs of the operation that made a value, without the one that it works on.
fn weights(node: &Tensor) -> Vec<Tensor> {
    let mut inputs = node.inputs();
    if node.operation() == Some("rnn") {
        // What the inputs bring, the weights, and the first state, which is no layer's.
        inputs.truncate(2);
    }
    if node.operation() == Some("linear") && worked_on(&inputs) {
        inputs.remove(0);
    }
    inputs
}

/// Whether x is among the tracked inputs x, weight and bias of a linear operation. (It is not where nothing before
/// it learns.)
fn worked_on(inputs: &[Tensor]) -> bool {
    match inputs {
        [x, weight, ..] => weight.ndim() == 2 && x.shape().last() == weight.shape().first(),
        _ => false,
    }
}

/// The nonlinearity whose output a value is.
pub(crate) fn nonlinearity(value: &Tensor) -> Option<Nonlinearity> {
    if let Some(function) = Nonlinearity::of_operation(value.operation()?) {
        return Some(function);
    }
    // The states of a simple recurrent network are computed all at once, and seen from another side.
    let mut node = value.clone();
    while VIEWS.contains(&node.operation()?) {
        node = node.inputs().into_iter().next()?;
    }
    (node.operation() == Some("rnn")).then_some(Nonlinearity::Tanh)
}

/// The axis along which the units of a layer lie: the channels `[B, C, …]` of what a convolution made, else the last.
pub(crate) fn unit_axis(value: &Tensor) -> usize {
    let last = value.ndim().saturating_sub(1);
    let mut node = value.clone();
    for _ in 0..FARTHEST {
        match node.operation() {
            Some("conv2d") => return last.min(1),
            // Layers that know no channels.
            Some("linear" | "matmul" | "embedding") | None => break,
            _ => {}
        }
        let Some(input) = node.inputs().into_iter().next() else { break };
        node = input;
    }
    last
}

/// What went into an elementwise nonlinearity.
pub(crate) fn before(value: &Tensor) -> Option<Tensor> {
    let elementwise = value.operation().and_then(Nonlinearity::of_operation).is_some();
    value.inputs().into_iter().next().filter(|_| elementwise)
}

/// The gain of the linear layer that made a value, as it is in these numbers: standard deviation of what comes out over
/// root mean square of what goes in.
pub(crate) fn gain(value: &Tensor) -> Option<f64> {
    let inputs = value.inputs();
    if value.operation() != Some("linear") || !worked_on(&inputs) {
        return None;
    }
    let x = inputs[0].to_vec::<f64>();
    let size = (x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64).sqrt();
    let out = super::Statistics::of(&value.to_vec::<f64>())?.std?;
    (size > 0.0).then(|| out / size)
}

/// The logits that a loss was computed from: what went into the cross-entropy.
pub(crate) fn logits(loss: &Tensor) -> Option<Tensor> {
    let mut node = loss.clone();
    for _ in 0..FARTHEST {
        let input = node.inputs().into_iter().next()?;
        if node.operation() == Some("cross_entropy") {
            return Some(input);
        }
        node = input;
    }
    None
}

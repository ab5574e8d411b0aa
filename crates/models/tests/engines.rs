//! The engine of single numbers and the engine of tensors train the same network on the same points, and agree.

use gradus_data::toys::{Points, Toy};
use gradus_data::{Samples, Targets};
use gradus_models::{Dense, DenseConfig};
use gradus_nn::{Module, Nonlinearity, Optimizer, Sgd};
use gradus_scalar::nn::{Mlp, Module as _};
use gradus_scalar::{Op, Value, loss};
use gradus_tensor::Tensor;
use gradus_tensor::ops::Reduction;
use gradus_tensor::random::{Generator, Scheme};

const STEPS: usize = 40;
const STRENGTH: f64 = 1e-4;
const TOLERANCE: f64 = 1e-12;

fn learning_rate(step: usize) -> f64 {
    1.0 - 0.9 * step as f64 / STEPS as f64
}

/// Points in a plane, and −1 or 1 for each.
fn moons() -> (Vec<f64>, Vec<f64>) {
    let Samples { features, targets, .. } = Toy::Moons.make(&Points { n: 60, ..Points::default() }).unwrap();
    let Targets::Classes { labels, .. } = targets else { panic!("moons have classes") };
    (features.into_iter().map(f64::from).collect(), labels.into_iter().map(|label| 2.0 * label as f64 - 1.0).collect())
}

/// The network's parameters in the order and the layout of tensors: weights `[fan_in, fan_out]`, then biases, layer by layer.
fn parameters(network: &Mlp) -> Vec<(Vec<Value>, [usize; 2])> {
    let mut all = Vec::new();
    for layer in network.layers() {
        let neurons = layer.neurons();
        let inputs = neurons[0].weights().len();
        let column = |i: usize| neurons.iter().map(move |neuron| neuron.weights()[i].clone());
        all.push(((0..inputs).flat_map(column).collect(), [inputs, neurons.len()]));
        all.push((neurons.iter().map(|neuron| neuron.bias().clone()).collect(), [1, neurons.len()]));
    }
    all
}

/// Trains both side by side on the hinge loss and the squares of the parameters, all points in every step.
fn train(activation: Nonlinearity) {
    let own = Op::FUNCTIONS.iter().find(|(word, _)| *word == activation.name()).map(|(_, op)| *op);
    let (points, targets) = moons();
    let network = Mlp::new(2, &[8, 8, 1], own, 1337);
    let scalars = parameters(&network);

    let config = DenseConfig { inputs: 2, hidden: vec![8, 8], outputs: 1, activation, output: Nonlinearity::Linear };
    let model = Dense::new(config, &mut Generator::new(Scheme::Gradus, 1)).unwrap();
    let places = model.parameters();
    assert_eq!(places.len(), scalars.len());
    for ((_, place), (values, [rows, columns])) in places.iter().zip(&scalars) {
        let numbers: Vec<f64> = values.iter().map(Value::data).collect();
        let shape = if place.value().ndim() == 1 { vec![*columns] } else { vec![*rows, *columns] };
        place.set(Tensor::from_slice(&numbers, &shape).unwrap());
    }
    let x = Tensor::from_slice(&points, &[targets.len(), 2]).unwrap();
    let y = Tensor::from_slice(&targets, &[targets.len(), 1]).unwrap();
    let mut sgd = Sgd::new(places.clone());

    let (mut first, mut last) = (f64::NAN, f64::NAN);
    for step in 0..STEPS {
        let scores: Vec<Value> = points
            .chunks_exact(2)
            .flat_map(|point| network.forward(&[Value::new(point[0]), Value::new(point[1])]).unwrap())
            .collect();
        let all = network.parameters();
        let total = loss::hinge(&scores, &targets) + loss::l2(&all, STRENGTH);
        network.zero_grad();
        total.backward();

        let hinge = model.forward(&x).unwrap().hinge_loss(&y, Reduction::Mean).unwrap();
        let squares = places.iter().map(|(_, place)| place.value()).map(|p| (&p * &p).sum());
        let sum = hinge + squares.reduce(|a, b| a + b).unwrap() * STRENGTH;
        last = sum.item().unwrap();
        assert!((last - total.data()).abs() < TOLERANCE, "{activation}, step {step}: {last} or {}", total.data());
        sum.into_backward().unwrap();
        for ((name, place), (values, _)) in places.iter().zip(&scalars) {
            for (gradient, value) in place.grad().unwrap().to_vec::<f64>().iter().zip(values) {
                let theirs = value.grad();
                assert!(
                    (gradient - theirs).abs() < TOLERANCE,
                    "{activation}, step {step}, {name}: {gradient} or {theirs}"
                );
            }
        }

        loss::descend(&all, learning_rate(step));
        sgd.step(learning_rate(step));
        if step == 0 {
            first = last;
        }
    }
    assert!(last < first / 2.0, "{activation}: from {first} to {last}");
    for ((name, place), (values, _)) in places.iter().zip(&scalars) {
        for (own, value) in place.value().to_vec::<f64>().iter().zip(values) {
            assert!((own - value.data()).abs() < TOLERANCE, "{activation}, {name}: {own} or {}", value.data());
        }
    }
}

#[test]
fn both_engines_train_the_same_relu_network_on_moons() {
    train(Nonlinearity::Relu);
}

#[test]
fn both_engines_train_the_same_tanh_network_on_moons() {
    train(Nonlinearity::Tanh);
}

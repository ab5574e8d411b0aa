//! The engine itself: every operation's gradient, depth, memory, threads.

use gradus_scalar::nn::{Layer, Mlp, Module, Neuron, WidthError};
use gradus_scalar::{Op, Random, Value, loss};

type Unary = fn(&Value) -> Value;
type Binary = fn(&Value, &Value) -> Value;

/// Gradients against central differences, (f(x + h) − f(x − h)) / 2h.
fn check(name: &str, inputs: &[f64], f: &dyn Fn(&[Value]) -> Value) {
    let at = |inputs: &[f64]| {
        let leaves: Vec<Value> = inputs.iter().map(|&x| Value::new(x)).collect();
        let root = f(&leaves);
        (leaves, root)
    };
    let (leaves, root) = at(inputs);
    root.backward();
    for (i, leaf) in leaves.iter().enumerate() {
        let h = 1e-6 * inputs[i].abs().max(1.0);
        let shifted = |by: f64| {
            let mut inputs = inputs.to_vec();
            inputs[i] += by;
            at(&inputs).1.data()
        };
        let difference = (shifted(h) - shifted(-h)) / (2.0 * h);
        let grad = leaf.grad();
        let error = (grad - difference).abs() / grad.abs().max(difference.abs()).max(1.0);
        assert!(error < 1e-7, "{name} at {inputs:?}, input {i}: {grad} and by differences {difference}");
    }
}

#[test]
fn every_operation_has_its_gradient() {
    let unary: [(&str, Unary, &[f64]); 13] = [
        ("negation", |x| -x, &[-1.5, 0.0, 2.0]),
        ("square", |x| x.powf(2.0), &[-1.5, 0.0, 2.0]),
        ("reciprocal", |x| x.powf(-1.0), &[-1.5, 0.3, 2.0]),
        ("root", |x| x.powf(0.5), &[0.2, 1.0, 9.0]),
        ("zeroth power", |x| x.powf(0.0), &[-1.5, 0.0, 2.0]),
        ("exp", Value::exp, &[-3.0, 0.0, 2.0]),
        ("ln", Value::ln, &[0.2, 1.0, 9.0]),
        ("tanh", Value::tanh, &[-20.0, -3.0, 0.0, 0.5]),
        ("sigmoid", Value::sigmoid, &[-40.0, -3.0, 0.0, 0.5, 800.0]),
        ("relu", Value::relu, &[-3.0, 0.5]),
        ("plus a number", |x| x + 2.0, &[-1.5, 0.0]),
        ("a number minus", |x| 2.0 - x, &[-1.5, 0.0]),
        ("a number over", |x| 2.0 / x, &[-1.5, 0.3]),
    ];
    for (name, f, points) in unary {
        for &x in points {
            check(name, &[x], &|v| f(&v[0]));
        }
    }
    let binary: [(&str, Binary, &[[f64; 2]]); 6] = [
        ("sum", |x, y| x + y, &[[1.0, -2.0], [0.0, 0.0]]),
        ("difference", |x, y| x - y, &[[1.0, -2.0]]),
        ("product", |x, y| x * y, &[[1.0, -2.0], [0.0, 3.0]]),
        ("quotient", |x, y| x / y, &[[1.0, -2.0], [0.0, 3.0]]),
        ("power", Value::pow, &[[2.0, 3.0], [0.5, -1.5], [1.0, 0.0], [3.0, 0.5]]),
        ("reuse", |x, y| (x * y + x).tanh() * x, &[[0.3, -0.8]]),
    ];
    for (name, f, points) in binary {
        for point in points {
            check(name, point, &|v| f(&v[0], &v[1]));
        }
    }
}

#[test]
fn powers_at_the_edges() {
    // A base of 0 has no slope towards its exponent, whatever ln 0 is.
    let (base, exponent) = (Value::new(0.0), Value::new(2.0));
    let power = base.pow(&exponent);
    power.backward();
    assert_eq!((power.data(), base.grad(), exponent.grad()), (0.0, 0.0, 0.0));
    // A negative base has real powers at whole exponents only.
    let (base, exponent) = (Value::new(-2.0), Value::new(3.0));
    let power = base.pow(&exponent);
    power.backward();
    assert_eq!((power.data(), base.grad()), (-8.0, 12.0));
    assert!(exponent.grad().is_nan());
    assert!(Value::new(-2.0).powf(0.5).data().is_nan());
    assert_eq!(Value::new(0.0).powf(-1.0).data(), f64::INFINITY);
    assert_eq!(Value::new(0.0).ln().data(), f64::NEG_INFINITY);
    assert!(Value::new(f64::NAN).relu().data().is_nan());
}

#[test]
fn operators_take_values_references_and_numbers_on_both_sides() {
    let (a, b) = (Value::new(6.0), Value::new(2.0));
    let sums = [&a + &b, a.clone() + &b, &a + b.clone(), a.clone() + b.clone()];
    assert_eq!(sums.map(|v| v.data()), [8.0; 4]);
    let mixed = [&a + 2.0, 2.0 + &a, a.clone() + 2.0, 2.0 + a.clone()];
    assert_eq!(mixed.map(|v| v.data()), [8.0; 4]);
    assert_eq!([&a - 2.0, 2.0 - &a, &a * 2.0, 2.0 * &a].map(|v| v.data()), [4.0, -4.0, 12.0, 12.0]);
    assert_eq!([&a / 2.0, 2.0 / &a].map(|v| v.data()), [3.0, 2.0 * (1.0 / 6.0)]);
    let mut c = a.clone();
    c += &b;
    c -= 1.0;
    c *= b.clone();
    c /= 7.0;
    assert_eq!(c.data(), 14.0 * (1.0 / 7.0));
    assert_eq!([&a, &b].into_iter().sum::<Value>().data(), 8.0);
    assert_eq!(Vec::<Value>::new().into_iter().sum::<Value>().data(), 0.0);
}

#[test]
fn a_million_operations_in_a_chain() {
    let x = Value::new(1.0);
    let mut y = x.clone();
    for i in 0..1_000_000 {
        // The last is kept from growing, so that the gradient stays 1.
        y = if i % 2 == 0 { &y + 1.0 } else { &y - 1.0 };
    }
    assert_eq!(y.data(), 1.0);
    y.backward();
    assert_eq!(x.grad(), 1.0);
    assert!(y.topological().len() > 1_000_000);
    x.set_data(3.0);
    y.recompute();
    assert_eq!(y.data(), 3.0);
    y.zero_grad();
    assert_eq!(x.grad(), 0.0);
    drop(y);
    assert_eq!(x.data(), 3.0);
}

#[test]
fn a_million_doublings_share_their_halves() {
    // 2^1,000,000 ways lead from the root to x: each node must be visited once.
    let x = Value::new(0.0);
    let mut y = x.clone();
    for _ in 0..1_000_000 {
        y = &y + &y;
    }
    y.set_grad(0.0);
    assert_eq!(y.data(), 0.0);
    y.backward();
    assert_eq!(x.grad(), f64::INFINITY);
}

#[test]
fn values_cross_threads() {
    let a = Value::new(2.0);
    let roots: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|i| {
                let a = &a;
                scope.spawn(move || {
                    let mut y = a * f64::from(i);
                    for _ in 0..1000 {
                        y = (&y + 1.0) - 1.0;
                    }
                    y
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let sum: Value = roots.iter().sum();
    assert_eq!(sum.data(), 56.0);
    sum.backward();
    assert_eq!(a.grad(), 28.0);
}

#[test]
fn networks_have_micrograds_parameters() {
    let model = Mlp::new(3, &[4, 4, 1], Op::Tanh, 1);
    assert_eq!(model.parameters().len(), 41);
    assert_eq!(model.to_string().matches("TanhNeuron").count(), 8);
    assert_eq!(model.to_string().matches("LinearNeuron(4)").count(), 1);
    assert!(model.parameters().iter().all(|p| (-1.0..1.0).contains(&p.data())));

    let again = Mlp::new(3, &[4, 4, 1], Op::Tanh, 1);
    let other = Mlp::new(3, &[4, 4, 1], Op::Tanh, 2);
    let numbers = |m: &Mlp| m.parameters().iter().map(Value::data).collect::<Vec<_>>();
    assert_eq!(numbers(&model), numbers(&again));
    assert_ne!(numbers(&model), numbers(&other));

    let mut random = Random::new(1);
    let given = Mlp::with_weights(3, &[4, 4, 1], Op::Tanh, || random.uniform(-1.0, 1.0));
    assert_eq!(numbers(&model), numbers(&given));
    assert_eq!(Neuron::new(2, Op::Relu, || 0.5).to_string(), "ReLUNeuron(2)");
}

#[test]
fn a_neuron_is_what_one_would_write_by_hand() {
    let neuron = Neuron::new(3, Op::Tanh, {
        let mut random = Random::new(7);
        move || random.uniform(-1.0, 1.0)
    });
    neuron.bias().set_data(0.25);
    let x = [0.5, -1.5, 2.0].map(Value::new);
    let out = neuron.forward(&x).expect("three inputs");
    let w = neuron.weights();
    let by_hand = (neuron.bias() + &w[0] * &x[0] + &w[1] * &x[1] + &w[2] * &x[2]).tanh();
    assert_eq!(out.data(), by_hand.data());

    out.backward();
    let grads: Vec<f64> = neuron.parameters().iter().chain(&x).map(Value::grad).collect();
    neuron.zero_grad();
    x.iter().for_each(|x| x.set_grad(0.0));
    by_hand.backward();
    let by_hand: Vec<f64> = neuron.parameters().iter().chain(&x).map(Value::grad).collect();
    assert_eq!(grads, by_hand);
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let layer = Layer::new(2, 3, Op::Relu, || 0.0);
    let error = layer.forward(&[Value::new(1.0)]).expect_err("one input is not two");
    assert_eq!(error, WidthError { given: 1, expected: 2 });
    assert!(error.to_string().contains("1 inputs were given to a module with weights for 2"));
    let model = Mlp::new(2, &[3], Op::Relu, 0);
    assert!(model.forward(&[]).is_err());
    assert!(Neuron::new(2, Op::Relu, || 0.0).forward(&[]).is_err());
    // Odd shapes are no error.
    assert_eq!(Mlp::new(2, &[0, 1], Op::Relu, 0).parameters().len(), 1);
    let empty = Mlp::new(1, &[], Op::Relu, 0);
    assert_eq!(empty.forward(&[Value::new(4.0)]).expect("it fits")[0].data(), 4.0);
}

#[test]
fn losses() {
    let predictions = [1.0, 3.0].map(Value::new);
    assert_eq!(loss::squared_error(&predictions, &[0.0, 1.0]).data(), 5.0);
    assert_eq!(loss::hinge(&predictions, &[1.0, -1.0]).data(), 2.0);
    assert_eq!(loss::hinge(&[], &[]).data(), 0.0);
    assert_eq!(loss::l2(&predictions, 0.5).data(), 5.0);
}

#[test]
fn a_network_learns_the_lectures_four_examples() {
    let examples = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]];
    let targets = [1.0, -1.0, -1.0, 1.0];
    let model = Mlp::new(3, &[4, 4, 1], Op::Tanh, 5);
    let mut losses = Vec::new();
    for _ in 0..200 {
        let mut predictions = Vec::new();
        for example in examples {
            predictions.extend(model.forward(&example.map(Value::new)).expect("three inputs"));
        }
        let loss = loss::squared_error(&predictions, &targets);
        model.zero_grad();
        loss.backward();
        loss::descend(&model.parameters(), 0.02);
        losses.push(loss.data());
    }
    assert!(losses[0] > 1.0 && losses[199] < 0.01, "{} to {}", losses[0], losses[199]);
}

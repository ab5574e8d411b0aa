//! Agreement with Python's micrograd: the figures it prints, and fixtures dumped from it by
//! `fixtures/dump_micrograd.py`.

use gradus_scalar::expr::Program;
use gradus_scalar::nn::{Mlp, Module};
use gradus_scalar::{Op, Value, loss};

fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

#[test]
fn slope_of_a_parabola() {
    let x = Value::new(3.0);
    let f = 3.0 * x.powf(2.0) - 4.0 * &x + 5.0;
    assert_eq!(f.data(), 20.0);
    f.backward();
    assert_eq!(x.grad(), 14.0);
}

#[test]
fn lecture_expression() {
    let leaves = [2.0, -3.0, 10.0, -2.0].map(Value::new);
    let [a, b, c, f] = &leaves;
    let l = (a * b + c) * f;
    assert_eq!(l.data(), -8.0);
    l.backward();
    assert_eq!(leaves.each_ref().map(Value::grad), [6.0, -4.0, -2.0, 4.0]);
    loss::descend(&leaves, -0.01);
    l.recompute();
    assert_eq!(format!("{:.6}", l.data()), "-7.286496");
}

#[test]
fn lecture_neuron() {
    let b = 6.881_373_587_019_543;
    let [x1, x2, w1, w2, b] = [2.0, 0.0, -3.0, 1.0, b].map(Value::new);
    let n = &x1 * &w1 + &x2 * &w2 + &b;
    let o = n.tanh();
    assert_eq!(o.data(), std::f64::consts::FRAC_1_SQRT_2);
    o.backward();
    let grads = [&x1, &w1, &x2, &w2].map(|v| (v.grad() * 1e12).round() / 1e12);
    assert_eq!(grads, [-1.5, 1.0, 0.5, 0.0]);

    // The same with tanh taken apart: (e²ⁿ − 1) / (e²ⁿ + 1).
    let leaves = [&x1, &w1, &x2, &w2];
    let together = leaves.map(Value::grad);
    leaves.iter().for_each(|leaf| leaf.set_grad(0.0));
    n.zero_grad();
    let e = (2.0 * &n).exp();
    let apart = (&e - 1.0) / (&e + 1.0);
    assert!((apart.data() - o.data()).abs() < 1e-15);
    apart.backward();
    for (leaf, grad) in leaves.iter().zip(together) {
        assert!((leaf.grad() - grad).abs() < 1e-12);
    }
}

#[test]
fn lecture_neuron_one_step_at_a_time() {
    let b = 6.881_373_587_019_543;
    let [x1, x2, w1, w2, b] = [2.0, 0.0, -3.0, 1.0, b].map(Value::new);
    let (x1w1, x2w2) = (&x1 * &w1, &x2 * &w2);
    let sum = &x1w1 + &x2w2;
    let n = &sum + &b;
    let o = n.tanh();
    let all = [&x1, &x2, &w1, &w2, &b, &x1w1, &x2w2, &sum, &n, &o];

    o.set_grad(1.0);
    o.step_backward();
    assert!((n.grad() - 0.5).abs() < 1e-15);
    assert_eq!(sum.grad(), 0.0, "one step goes no further than the node's own inputs");
    for node in [&n, &b, &sum, &x2w2, &x1w1] {
        node.step_backward();
    }
    let by_hand = all.map(Value::grad);
    o.zero_grad();
    assert_eq!(all.map(Value::grad), [0.0; 10]);
    o.backward();
    assert_eq!(all.map(Value::grad), by_hand);
}

#[test]
fn readme_expression() {
    let (a, b) = (Value::new(-4.0), Value::new(2.0));
    let mut c = &a + &b;
    let mut d = &a * &b + b.powf(3.0);
    c = &c + (&c + 1.0);
    c = &c + (1.0 + &c + -&a);
    d = &d + (&d * 2.0 + (&b + &a).relu());
    d = &d + (3.0 * &d + (&b - &a).relu());
    let e = &c - &d;
    let f = e.powf(2.0);
    let mut g = &f / 2.0;
    g += 10.0 / &f;
    g.backward();
    assert_eq!([g.data(), a.grad(), b.grad()].map(rounded), [24.7041, 138.8338, 645.5773]);
}

#[test]
fn gradients_of_a_reused_value_add_up() {
    let (x, y) = (Value::new(2.0), Value::new(3.0));
    let z = &x * &x * &y;
    z.backward();
    assert_eq!((x.grad(), y.grad()), (12.0, 4.0));

    let a = Value::new(3.0);
    (&a + &a).backward();
    assert_eq!(a.grad(), 2.0);

    let (a, b) = (Value::new(-2.0), Value::new(3.0));
    let (d, e) = (&a * &b, &a + &b);
    (d * e).backward();
    assert_eq!((a.grad(), b.grad()), (-3.0, -8.0));

    // … and over several calls, until they are set to zero.
    let x = Value::new(5.0);
    (&x * 2.0).backward();
    (&x * 3.0).backward();
    assert_eq!(x.grad(), 5.0);
    x.zero_grad();
    assert_eq!(x.grad(), 0.0);
}

#[test]
fn a_graph_can_be_walked() {
    let (a, b) = (Value::new(2.0).with_label("a"), Value::new(-3.0));
    let product = &a * &b;
    let root = product.powf(3.0);
    assert_eq!(root.children(), std::slice::from_ref(&product));
    assert_eq!(product.children(), [a.clone(), b.clone()]);
    assert_eq!(a.children(), []);
    assert_eq!((&a * &a).children(), [a.clone(), a.clone()]);
    let ops: Vec<String> = root.topological().iter().map(|v| v.op().to_string()).collect();
    assert_eq!(ops, ["", "", "*", "**3"]);
    assert_eq!(root.op(), Op::Pow(3.0));
    assert_eq!(a.label(), "a");
    a.set_label("");
    assert_eq!(a.label(), "");
    assert_eq!(product.to_string(), "Value(data=-6.0, grad=0.0)");
}

/// A fixture: a program, what it was given, and each name's value and gradient.
struct Fixture {
    exact: bool,
    program: Program,
    given: Vec<(String, f64)>,
    numbers: Vec<(String, f64, f64)>,
}

const FIXTURES: &str = include_str!("fixtures/micrograd.txt");

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}

fn fixtures() -> Vec<Fixture> {
    let mut fixtures: Vec<Fixture> = Vec::new();
    for line in FIXTURES.lines() {
        let (kind, rest) = line.split_once(' ').expect("a kind and the rest");
        match (kind, fixtures.last_mut()) {
            ("exact" | "rounded", _) => {
                let program = Program::parse(rest).expect("a program");
                let exact = kind == "exact";
                fixtures.push(Fixture { exact, program, given: Vec::new(), numbers: Vec::new() });
            }
            ("given", Some(fixture)) => {
                let pairs = rest.split(' ').map(|pair| pair.split_once('=').expect("name=value"));
                fixture.given.extend(pairs.map(|(name, value)| (name.to_owned(), number(value))));
            }
            ("value", Some(fixture)) => {
                let cells: Vec<&str> = rest.split(' ').collect();
                fixture.numbers.push((cells[0].to_owned(), number(cells[1]), number(cells[2])));
            }
            ("moons", _) => {}
            _ => panic!("a line that no fixture has: {line}"),
        }
    }
    fixtures
}

#[test]
fn programs_agree_with_python() {
    let fixtures = fixtures();
    assert_eq!(fixtures.len(), 40);
    for fixture in fixtures {
        let mut result = fixture.program.evaluate(&fixture.given).expect("every name is given");
        result.backward();
        for (name, data, grad) in &fixture.numbers {
            let Some(value) = result.value(name) else {
                assert_eq!(*grad, 0.0, "{name} was left out of {}", fixture.program);
                continue;
            };
            let near = |ours: f64, theirs: f64| {
                let tolerance = if fixture.exact { 0.0 } else { 1e-12 * theirs.abs().max(1.0) };
                (ours - theirs).abs() <= tolerance
            };
            assert!(
                near(value.data(), *data) && near(value.grad(), *grad),
                "{name} of {}: {value}, in Python data {data:?}, grad {grad:?}",
                fixture.program
            );
        }
    }
}

/// A hundred steps on the moons, 65,000 nodes each: every loss to the last digit.
#[test]
fn training_agrees_with_python() {
    let history: Vec<(f64, f64)> = FIXTURES
        .lines()
        .filter_map(|line| line.strip_prefix("moons ")?.split_once(' '))
        .map(|(loss, accuracy)| (number(loss), number(accuracy)))
        .collect();
    assert_eq!(history.len(), 100);

    let rows = include_str!("../examples/moons.csv").lines().skip(1);
    let rows: Vec<Vec<f64>> = rows.map(|row| row.split(',').map(number).collect()).collect();
    let targets: Vec<f64> = rows.iter().map(|row| row[2] * 2.0 - 1.0).collect();
    let model = Mlp::new(2, &[16, 16, 1], Op::Relu, 1337);
    let parameters = model.parameters();
    assert_eq!(parameters.len(), 337);
    for (k, &(loss, accuracy)) in history.iter().enumerate() {
        let scores: Vec<Value> = rows
            .iter()
            .map(|row| model.forward(&[row[0], row[1]].map(Value::new)).expect("two inputs").remove(0))
            .collect();
        let total = loss::hinge(&scores, &targets) + loss::l2(&parameters, 1e-4);
        let hits = scores.iter().zip(&targets).filter(|(s, t)| (s.data() > 0.0) == (**t > 0.0)).count();
        assert_eq!((total.data(), hits as f64 / 100.0), (loss, accuracy), "step {k}");
        model.zero_grad();
        total.backward();
        loss::descend(&parameters, 1.0 - 0.9 * k as f64 / 100.0);
    }
}

//! micrograd's demonstration: a small network learns to tell two moons apart.
//!
//! `cargo run --release -p gradus-scalar --example moons` prints loss and accuracy of every step and
//! then the plane as the network sees it; with `--bench` it prints the time a step takes, as JSON.

use std::time::Instant;

use gradus_scalar::nn::{Mlp, Module, WidthError};
use gradus_scalar::{Op, Value, loss};

/// `make_moons(n_samples=100, noise=0.1)` of scikit-learn: x1, x2, class 0 or 1.
const MOONS: &str = include_str!("moons.csv");
const STEPS: usize = 100;

struct Example {
    point: [f64; 2],
    /// −1 or 1
    target: f64,
}

fn moons() -> Vec<Example> {
    let parse = |line: &str| {
        let mut cells = line.split(',').map(|cell| cell.parse::<f64>());
        let mut next = || cells.next().and_then(Result::ok).expect("three numbers");
        Example { point: [next(), next()], target: next() * 2.0 - 1.0 }
    };
    MOONS.lines().skip(1).map(parse).collect()
}

fn model() -> Mlp {
    Mlp::new(2, &[16, 16, 1], Op::Relu, 1337)
}

/// One step of gradient descent over all examples; the loss and the accuracy before it.
fn step(model: &Mlp, examples: &[Example], k: usize) -> Result<(f64, f64), WidthError> {
    let mut scores = Vec::with_capacity(examples.len());
    for example in examples {
        scores.extend(model.forward(&example.point.map(Value::new))?);
    }
    let targets: Vec<f64> = examples.iter().map(|example| example.target).collect();
    let parameters = model.parameters();
    let total = loss::hinge(&scores, &targets) + loss::l2(&parameters, 1e-4);

    model.zero_grad();
    total.backward();
    loss::descend(&parameters, 1.0 - 0.9 * k as f64 / STEPS as f64);

    let right = |(score, target): (&Value, &f64)| (score.data() > 0.0) == (*target > 0.0);
    let hits = scores.iter().zip(&targets).filter(|&pair| right(pair)).count();
    Ok((total.data(), hits as f64 / examples.len() as f64))
}

fn train() -> Result<(), WidthError> {
    let (model, examples) = (model(), moons());
    println!("{} parameters, {} examples", model.parameters().len(), examples.len());
    for k in 0..STEPS {
        let (loss, accuracy) = step(&model, &examples, k)?;
        println!("step {k:2}  loss {loss:.6}  accuracy {:5.1} %", accuracy * 100.0);
    }
    draw(&model)
}

/// The plane from (−1.5, −1) to (2.5, 1.5) with the class the model gives to each spot.
fn draw(model: &Mlp) -> Result<(), WidthError> {
    for row in 0..20 {
        let mut line = String::new();
        for column in 0..64 {
            let x = -1.5 + 4.0 * column as f64 / 63.0;
            let y = 1.5 - 2.5 * row as f64 / 19.0;
            let score = &model.forward(&[x, y].map(Value::new))?[0];
            line.push(if score.data() > 0.0 { '#' } else { '.' });
        }
        println!("{line}");
    }
    Ok(())
}

/// The whole training, `repeats` times over, each step timed.
fn bench(repeats: usize) -> Result<(), WidthError> {
    let examples = moons();
    let mut times = Vec::with_capacity(repeats * STEPS);
    let mut last = (f64::NAN, 0.0);
    for _ in 0..repeats {
        let model = model();
        for k in 0..STEPS {
            let start = Instant::now();
            last = step(&model, &examples, k)?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"name\": \"gradus-scalar\", \"steps\": {}, \"us_per_step_min\": {:.1}, \
         \"us_per_step_median\": {:.1}, \"loss_last\": {:?}, \"accuracy_last\": {:?}}}",
        times.len(),
        times[0],
        times[times.len() / 2],
        last.0,
        last.1
    );
    Ok(())
}

fn main() -> Result<(), WidthError> {
    match std::env::args().nth(1).as_deref() {
        None => train(),
        Some("--bench") => bench(10),
        Some(other) => {
            eprintln!("error: unknown option {other}: use --bench, or nothing");
            std::process::exit(2)
        }
    }
}

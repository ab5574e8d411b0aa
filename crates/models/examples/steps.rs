//! Gradus's side of the speed bench (see `bench/README.md`): microseconds a training step.
//!
//! ```text
//! cargo build --release -p gradus-models --example steps
//! target/release/examples/steps --case mlp --threads 1 --seconds 2 --json
//! ```

use gradus_models::mlp::{Mlp, MlpConfig, MlpInit};
use gradus_models::transformer::{Transformer, TransformerConfig};
use gradus_nn::{Adam, Module, Optimizer, Sgd, clip_factor};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Error, Result, Tensor};
use std::time::{Duration, Instant};

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |flag: &str| arguments.iter().position(|a| a == flag).and_then(|i| arguments.get(i + 1));
    let case = value("--case").map_or("mlp", String::as_str);
    let threads = value("--threads").and_then(|t| t.parse().ok()).unwrap_or(1);
    let seconds = value("--seconds").and_then(|s| s.parse().ok()).unwrap_or(2.0);
    gradus_tensor::set_threads(threads);
    match run(case, Duration::from_secs_f64(seconds)) {
        Ok(timing) => {
            let line = serde_json::json!({
                "peer": "gradus", "case": case, "threads": threads,
                "us_min": timing.min, "us_median": timing.median,
                "repeats": timing.repeats, "steps_per_repeat": timing.steps_per_repeat,
                "versions": {"gradus": env!("CARGO_PKG_VERSION")}, "loss": timing.loss,
            });
            println!("{line}");
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(case: &str, budget: Duration) -> Result<Timing> {
    match case {
        "mlp" => mlp(budget),
        "transformer" => transformer(budget),
        "gpt" => gpt(budget),
        _ => Err(Error::new("steps", format!("no case is called {case:?}; there are: mlp, transformer, gpt"))),
    }
}

/// makemore part 2: 11,897 parameters, batch 32, plain descent.
fn mlp(budget: Duration) -> Result<Timing> {
    const EXAMPLES: usize = 182_625;
    let mut rng = Generator::new(Scheme::Gradus, 42);
    let config = MlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden: 200, init: MlpInit::Kaiming };
    let model = Mlp::new(config, &mut rng)?;
    let mut sgd = Sgd::new(model.parameters());
    let contexts = Tensor::randint(0, 27, &[EXAMPLES * 3], &mut rng)?.to_vec::<i64>();
    let targets = Tensor::randint(0, 27, &[EXAMPLES], &mut rng)?.to_vec::<i64>();
    let mut picked = [0_i64; 32];
    let (mut x, mut y) = ([0_i64; 96], [0_i64; 32]);
    time(budget, || {
        rng.fill_randint(0, EXAMPLES as i64, &mut picked).map_err(|e| Error::new("steps", e.to_string()))?;
        for (row, &i) in picked.iter().enumerate() {
            x[3 * row..3 * row + 3].copy_from_slice(&contexts[3 * i as usize..3 * i as usize + 3]);
            y[row] = targets[i as usize];
        }
        let logits = model.forward(&Tensor::from_slice(&x, &[32, 3])?)?;
        let loss = logits.cross_entropy(&Tensor::from_slice(&y, &[32])?)?;
        drop(logits);
        let value = loss.item()?;
        loss.into_backward()?;
        sgd.step(0.1);
        Ok(value)
    })
}

/// makemore's Transformer: 204,544 parameters, batch 32 × 16, AdamW.
fn transformer(budget: Duration) -> Result<Timing> {
    let config = TransformerConfig::makemore(27, 16);
    let mut rng = Generator::new(Scheme::Gradus, 42);
    let model = Transformer::new(config, &mut rng)?;
    assert_eq!(model.parameter_count(), 204_544);
    let mut adamw = Adam::w(model.parameters()).betas(0.9, 0.99);
    let (x, y) = (Tensor::randint(0, 27, &[32, 16], &mut rng)?, Tensor::randint(0, 27, &[32, 16], &mut rng)?);
    time(budget, || {
        let loss = model.forward(&x)?.cross_entropy(&y)?;
        let value = loss.item()?;
        loss.into_backward()?;
        adamw.step(5e-4);
        Ok(value)
    })
}

/// nanoGPT's character model: 10,646,784 parameters (positions not counted), batch 4 × 256, gradients clipped, AdamW.
fn gpt(budget: Duration) -> Result<Timing> {
    let config = TransformerConfig { layers: 6, heads: 6, width: 384, ..TransformerConfig::nanogpt(65, 256) };
    let mut rng = Generator::new(Scheme::Gradus, 42);
    let model = Transformer::new(config, &mut rng)?;
    assert_eq!(model.parameter_count() - 256 * 384, 10_646_784);
    let mut adamw = Adam::w(model.parameters()).betas(0.9, 0.99).weight_decay(0.1).decay_only_matrices();
    let (x, y) = (Tensor::randint(0, 65, &[4, 256], &mut rng)?, Tensor::randint(0, 65, &[4, 256], &mut rng)?);
    time(budget, || {
        let loss = model.forward(&x)?.cross_entropy(&y)?;
        let value = loss.item()?;
        loss.into_backward()?;
        let (factor, _) = clip_factor(adamw.parameters(), 1.0);
        adamw.step_scaled(1e-3, factor);
        Ok(value)
    })
}

struct Timing {
    min: f64,
    median: f64,
    repeats: usize,
    steps_per_repeat: usize,
    loss: f64,
}

/// Times `step` in blocks of about 20 ms after a warm-up of a fifth of the budget.
fn time(budget: Duration, mut step: impl FnMut() -> Result<f64>) -> Result<Timing> {
    let start = Instant::now();
    let mut warm = 0;
    let mut loss = f64::NAN;
    while warm == 0 || start.elapsed() < budget / 5 {
        loss = step()?;
        warm += 1;
    }
    let one = start.elapsed().as_secs_f64() / f64::from(warm);
    let steps_per_repeat = ((0.02 / one) as usize).max(1);
    let mut repeats = Vec::new();
    let start = Instant::now();
    while repeats.len() < 3 || start.elapsed() < budget {
        let block = Instant::now();
        for _ in 0..steps_per_repeat {
            loss = step()?;
        }
        repeats.push(block.elapsed().as_secs_f64() * 1e6 / steps_per_repeat as f64);
    }
    repeats.sort_by(f64::total_cmp);
    Ok(Timing { min: repeats[0], median: repeats[repeats.len() / 2], repeats: repeats.len(), steps_per_repeat, loss })
}

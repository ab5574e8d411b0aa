//! Gradus's side of the speed bench (see `bench/README.md`): microseconds a training step.
//!
//! ```text
//! cargo build --release -p gradus-models --example steps
//! target/release/examples/steps --case mlp --threads 1 --seconds 2 --json
//! ```

use gradus_models::language::{Extent, write};
use gradus_models::mlp::{Mlp, MlpConfig, MlpInit};
use gradus_models::{
    BatchNormMlp, BatchNormMlpConfig, Gru, LeNet, LeNetConfig, Lstm, RecurrentConfig, Rnn, Transformer,
    TransformerConfig, WaveNet, WaveNetConfig,
};
use gradus_nn::{Adam, Module, Nonlinearity, Optimizer, Sgd, clip_factor, training};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{DType, Error, Result, Tensor};
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

/// The cases by name.
type Case = fn(Duration) -> Result<Timing>;
const CASES: &[(&str, Case)] = &[
    ("mlp", mlp),
    ("batchnorm", batchnorm),
    ("wavenet", wavenet),
    ("lenet", |budget| pictures(28, 61_706, budget)),
    ("lenet8", |budget| pictures(8, 31_294, budget)),
    ("rnn", |budget| sequences(&Rnn::new(recurrent(), &mut rng())?, 11_803, budget)),
    ("gru", |budget| sequences(&Gru::new(recurrent(), &mut rng())?, 28_315, budget)),
    ("lstm", |budget| sequences(&Lstm::new(recurrent(), &mut rng())?, 36_571, budget)),
    ("transformer", |budget| {
        sequences(&Transformer::new(TransformerConfig::makemore(27, 16), &mut rng())?, 204_544, budget)
    }),
    ("nanogpt", nanogpt),
    ("gpt", gpt),
    ("sampling", sampling),
];

fn run(case: &str, budget: Duration) -> Result<Timing> {
    match CASES.iter().find(|(name, _)| *name == case) {
        Some((_, run)) => run(budget),
        None => {
            let names: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
            Err(Error::new("steps", format!("no case is called {case:?}; there are: {}", names.join(", "))))
        }
    }
}

fn rng() -> Generator {
    Generator::new(Scheme::Gradus, 42)
}

/// makemore part 2: 11,897 parameters.
fn mlp(budget: Duration) -> Result<Timing> {
    let config = MlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden: 200, init: MlpInit::Kaiming };
    contexts(&Mlp::new(config, &mut rng())?, 3, 11_897, budget)
}

/// makemore part 3: 12,097 parameters.
fn batchnorm(budget: Duration) -> Result<Timing> {
    let config = BatchNormMlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden: 200 };
    contexts(&BatchNormMlp::new(config, &mut rng())?, 3, 12_097, budget)
}

/// makemore part 5: 76,579 parameters.
fn wavenet(budget: Duration) -> Result<Timing> {
    let config =
        WaveNetConfig { vocabulary: 27, groups: vec![2, 2, 2], embedding: 24, hidden: 128, norm_each_place: false };
    contexts(&WaveNet::new(config, &mut rng())?, 8, 76_579, budget)
}

/// The lectures' step: draws 32 of 182,625 contexts, cross-entropy, plain descent.
fn contexts(model: &dyn Module, block: usize, parameters: usize, budget: Duration) -> Result<Timing> {
    const EXAMPLES: usize = 182_625;
    assert_eq!(model.parameter_count(), parameters);
    let mut rng = rng();
    let mut sgd = Sgd::new(model.parameters());
    let contexts = Tensor::randint(0, 27, &[EXAMPLES * block], &mut rng)?.to_vec::<i64>();
    let targets = Tensor::randint(0, 27, &[EXAMPLES], &mut rng)?.to_vec::<i64>();
    let mut picked = [0_i64; 32];
    let (mut x, mut y) = (vec![0_i64; 32 * block], [0_i64; 32]);
    let mut dropout = rng.stream("dropout");
    time(budget, || {
        rng.fill_randint(0, EXAMPLES as i64, &mut picked).map_err(|e| Error::new("steps", e.to_string()))?;
        for (row, &i) in picked.iter().enumerate() {
            x[block * row..][..block].copy_from_slice(&contexts[block * i as usize..][..block]);
            y[row] = targets[i as usize];
        }
        let (x, y) = (Tensor::from_slice(&x, &[32, block])?, Tensor::from_slice(&y, &[32])?);
        let loss = training(&mut dropout, || model.forward(&x))?.cross_entropy(&y)?;
        let value = loss.item()?;
        loss.into_backward()?;
        sgd.step(0.1);
        Ok(value)
    })
}

/// LeNet's step: draws 64 of 1,024 pictures, cross-entropy, plain descent.
fn pictures(side: usize, parameters: usize, budget: Duration) -> Result<Timing> {
    const PICTURES: usize = 1024;
    let mut rng = rng();
    let config = LeNetConfig { height: side, width: side, classes: 10, activation: Nonlinearity::Tanh };
    let model = LeNet::new(config, &mut rng)?;
    assert_eq!(model.parameter_count(), parameters);
    let mut sgd = Sgd::new(model.parameters());
    let pictures = Tensor::rand(&[PICTURES, 1, side, side], DType::F32, &mut rng)?;
    let labels = Tensor::randint(0, 10, &[PICTURES], &mut rng)?;
    time(budget, || {
        let rows = Tensor::randint(0, PICTURES as i64, &[64], &mut rng)?;
        let (x, y) = (pictures.index_select(0, &rows)?, labels.index_select(0, &rows)?);
        let loss = model.forward(&x)?.cross_entropy(&y)?;
        let value = loss.item()?;
        loss.into_backward()?;
        sgd.step(0.1);
        Ok(value)
    })
}

fn recurrent() -> RecurrentConfig {
    RecurrentConfig { vocabulary: 27, embedding: 64, hidden: 64 }
}

/// makemore.py's step: a batch of 32 × 16, AdamW.
fn sequences(model: &dyn Module, parameters: usize, budget: Duration) -> Result<Timing> {
    assert_eq!(model.parameter_count(), parameters);
    let mut rng = rng();
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

/// nanoGPT's small configuration for a CPU: 795,904 parameters (positions not counted), batch 12 × 64.
fn nanogpt(budget: Duration) -> Result<Timing> {
    nanogpt_step(TransformerConfig::nanogpt(65, 64), 12, 795_904, budget)
}

/// nanoGPT's character model: 10,646,784 parameters (positions not counted), batch 4 × 256.
fn gpt(budget: Duration) -> Result<Timing> {
    let config = TransformerConfig { layers: 6, heads: 6, width: 384, ..TransformerConfig::nanogpt(65, 256) };
    nanogpt_step(config, 4, 10_646_784, budget)
}

/// nanoGPT's step: gradients clipped to norm 1, AdamW with decay on matrices alone.
fn nanogpt_step(config: TransformerConfig, batch: usize, parameters: usize, budget: Duration) -> Result<Timing> {
    let (mut rng, block, positions) = (rng(), config.block, config.block * config.width);
    let model = Transformer::new(config, &mut rng)?;
    assert_eq!(model.parameter_count() - positions, parameters);
    let mut adamw = Adam::w(model.parameters()).betas(0.9, 0.99).weight_decay(0.1).decay_only_matrices();
    let mut draw = || Tensor::randint(0, 65, &[batch, block], &mut rng);
    let (x, y) = (draw()?, draw()?);
    time(budget, || {
        let loss = model.forward(&x)?.cross_entropy(&y)?;
        let value = loss.item()?;
        loss.into_backward()?;
        let (factor, _) = clip_factor(adamw.parameters(), 1.0);
        adamw.step_scaled(1e-3, factor);
        Ok(value)
    })
}

/// 1,000 names of at most 15 letters by makemore's Transformer as it starts: every draw falls nearly evenly, so that the
/// names are longer than a trained model's. The loss is their mean length.
fn sampling(budget: Duration) -> Result<Timing> {
    let mut rng = rng();
    let model = Transformer::new(TransformerConfig::makemore(27, 16), &mut rng)?;
    time(budget, || {
        let texts =
            write::<Error>(&model, &[], 1000, Extent { length: 15, start: Some(0), end: Some(0) }, |_, logits| {
                let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let mut shares = [0.0_f32; 27];
                shares.iter_mut().zip(logits).for_each(|(share, logit)| *share = (logit - largest).exp());
                let mut next = [0];
                rng.fill_multinomial(&shares, true, &mut next).map_err(|e| Error::new("steps", e.to_string()))?;
                Ok(next[0])
            })?;
        Ok(texts.iter().map(Vec::len).sum::<usize>() as f64 / 1000.0)
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

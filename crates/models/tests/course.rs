//! The course on names.txt, in the `torch` scheme: the lecture's figures, and PyTorch's losses step by step
//! (tests/fixtures/course.json). Where the file is not there, these tests say so and pass.

use gradus_data::{Contexts, IGNORE, Lines, Source, Split, Vocabulary, contexts, sequences};
use gradus_models::manual_mlp::compare::exercises;
use gradus_models::{
    BatchNormMlp, BatchNormMlpConfig, Bigram, BigramConfig, Bow, BowConfig, DeepMlp, DeepMlpConfig, Gru, ManualMlp,
    ManualMlpConfig, Ngram, NgramConfig, RecurrentConfig, Rnn, Transformer, TransformerConfig, WaveNet, WaveNetConfig,
    WindowMlp, WindowMlpConfig,
};
use gradus_nn::init::Init;
use gradus_nn::{Module, Optimizer, Sgd, training};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{DType, Tensor, no_grad};

/// The seed of parts 1 to 4.
const SEED: u64 = 2_147_483_647;

/// The names, where they are.
fn names() -> Option<(Lines, Vocabulary)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/names.txt");
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    let lines = Lines::open(&Source::file(&path)).unwrap();
    let vocabulary = lines.vocabulary();
    Some((lines, vocabulary))
}

/// The train examples of parts 3 and 5.
fn examples(block: usize) -> Option<Contexts> {
    let (lines, vocabulary) = names()?;
    let examples = contexts(&lines.split(&Split::COURSE).unwrap().train, &vocabulary, block).unwrap();
    assert_eq!(examples.len(), 182_625);
    Some(examples)
}

/// The dev examples of parts 3 and 5.
fn dev_examples(block: usize) -> Option<Contexts> {
    let (lines, vocabulary) = names()?;
    let examples = contexts(&lines.split(&Split::COURSE).unwrap().dev, &vocabulary, block).unwrap();
    assert_eq!(examples.len(), 22_655);
    Some(examples)
}

/// PyTorch's losses of a run.
fn losses(run: &str) -> Vec<f64> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/course.json");
    let all: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    all["losses"][run].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect()
}

/// The losses of `steps` steps of plain descent at 0.1, batches of 32 drawn from the generator that drew the weights.
fn descend(model: &dyn Module, examples: &Contexts, rng: &mut Generator, steps: usize) -> Vec<f64> {
    let mut sgd = Sgd::new(model.parameters());
    let (mut rows, mut x, mut y) = ([0; 32], vec![0; 32 * examples.block_size], [0; 32]);
    let mut dropout = Generator::new(Scheme::Gradus, 0);
    let mut step = || {
        rng.fill_randint(0, examples.len() as i64, &mut rows).unwrap();
        examples.gather(&rows, &mut x, &mut y);
        let contexts = Tensor::from_slice(&x, &[32, examples.block_size])?;
        let logits = training(&mut dropout, || model.forward(&contexts))?;
        let loss = logits.cross_entropy(&Tensor::from_slice(&y, &[32])?)?;
        let value = loss.item()?;
        loss.into_backward()?;
        sgd.step(0.1);
        Ok::<f64, gradus_tensor::Error>(value)
    };
    (0..steps).map(|_| step().unwrap()).collect()
}

/// Compares with PyTorch's losses of `run`, and the first with the lecture's.
fn agrees(run: &str, own: &[f64], first: f64, tolerance: f64) {
    let theirs = losses(run);
    assert!(own.len() <= theirs.len());
    assert!((own[0] - first).abs() < 1e-4, "{run}: step 0 is {}, the lecture's {first}", own[0]);
    let differences = own.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
    let (step, worst) = differences.enumerate().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
    println!("{run}: {} steps, the largest difference is {worst:.1e} at step {step}", own.len());
    assert!(worst < tolerance, "{run}: step {step} differs by {worst}");
}

/// Every pair of neighbours, marks included, as contexts of `block` symbols and targets.
fn pairs(block: usize) -> Option<(Contexts, Vocabulary)> {
    let (lines, vocabulary) = names()?;
    Some((contexts(lines.items(), &vocabulary, block).unwrap(), vocabulary))
}

fn bigrams(smoothing: f64) -> Option<(Ngram, Contexts, Vocabulary)> {
    let (pairs, vocabulary) = pairs(1)?;
    let model = Ngram::new(NgramConfig { vocabulary: vocabulary.len(), order: 2, smoothing }).unwrap();
    model.count(&pairs.x, &pairs.y, 1).unwrap();
    Some((model, pairs, vocabulary))
}

fn mean_loss(model: &dyn Module, data: &Contexts) -> f64 {
    let contexts = Tensor::from_slice(&data.x, &[data.len(), data.block_size]).unwrap();
    let logits = no_grad(|| model.forward(&contexts)).unwrap();
    logits.cross_entropy(&Tensor::from_slice(&data.y, &[data.len()]).unwrap()).unwrap().item().unwrap()
}

#[test]
fn part_1_counts() {
    let Some((model, pairs, vocabulary)) = bigrams(1.0) else { return };
    assert_eq!(pairs.len(), 228_146);
    let counts = model.counts().to_vec::<f32>();
    assert_eq!(counts.iter().filter(|&&n| n > 0.0).count(), 627);
    let count = |pair: &str| {
        let ids: Vec<usize> = pair.chars().map(|c| vocabulary.id(c).unwrap_or(0) as usize).collect();
        counts[27 * ids[0] + ids[1]]
    };
    assert_eq!(["n.", "a.", "an", ".a"].map(count), [6763.0, 6640.0, 5438.0, 4410.0]);
    assert!((mean_loss(&model, &pairs) - 2.454_576_8).abs() < 2e-7);
    let Some((unsmoothed, ..)) = bigrams(0.0) else { return };
    assert!((mean_loss(&unsmoothed, &pairs) - 2.454_014_5).abs() < 2e-7);
}

#[test]
fn part_1_samples() {
    let Some((model, _, vocabulary)) = bigrams(0.0) else { return };
    let mut rng = Generator::new(Scheme::Torch, SEED);
    let names: Vec<String> =
        (0..5).map(|_| vocabulary.decode(&model.sample(100, &mut rng).unwrap()).unwrap()).collect();
    assert_eq!(names, ["mor", "axx", "minaymoryles", "kondlaisah", "anchshizarie"]);
}

#[test]
fn longer_grams_know_more_of_what_they_counted() {
    let Some((data, vocabulary)) = pairs(4) else { return };
    let loss = |order| {
        let model = Ngram::new(NgramConfig { vocabulary: vocabulary.len(), order, smoothing: 0.0 }).unwrap();
        model.count(&data.x, &data.y, 4).unwrap();
        assert_eq!(model.counts().sum().item().unwrap(), 228_146.0);
        mean_loss(&model, &data)
    };
    let losses: Vec<f64> = (1..=5).map(loss).collect();
    println!("orders 1 to 5: {losses:.4?}");
    assert!(losses.is_sorted_by(|a, b| a > b), "{losses:?}");
    assert!((losses[1] - 2.454_014_5).abs() < 2e-7);
}

#[test]
fn part_1_by_gradient_descent() {
    let Some((counted, pairs, _)) = bigrams(0.0) else { return };
    let config = BigramConfig { vocabulary: 27, init: Init::Normal(1.0) };
    let model = Bigram::new(config, &mut Generator::new(Scheme::Torch, SEED)).unwrap();
    let weight = model.parameters()[0].1.clone();
    let penalty = |w: Tensor| (&w * &w).mean().item().unwrap() * 0.01;
    let one_by_one = mean_loss(&model, &pairs) + penalty(weight.value());
    let mut sgd = Sgd::new(model.parameters());
    let counts = counted.counts();
    let mut step = || {
        let loss = model.full_batch_loss(&counts, 0.01).unwrap();
        let value = loss.item().unwrap();
        loss.into_backward().unwrap();
        sgd.step(50.0);
        value
    };
    let own: Vec<f64> = (0..=1000).map(|_| step()).collect();
    assert!((own[0] - one_by_one).abs() < 1e-6, "{} through the counts, {one_by_one} one by one", own[0]);
    agrees("neural_bigram", &own[..20], 3.768_619, 2e-6);
    for (steps, loss) in [(0, 3.768_619), (99, 2.490_130), (199, 2.482_996), (1000, 2.480_447)] {
        assert!((own[steps] - loss).abs() < 2e-6, "after {steps} steps {}, measured {loss}", own[steps]);
    }
}

#[test]
fn part_3_batch_norm() {
    let Some(data) = examples(3) else { return };
    let mut rng = Generator::new(Scheme::Torch, SEED);
    let config = BatchNormMlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden: 200 };
    let model = BatchNormMlp::new(config, &mut rng).unwrap();
    assert_eq!(model.parameter_count(), 12_097);
    let own = descend(&model, &data, &mut rng, 10_001);
    agrees("batchnorm_mlp", &own[..1000], 3.3239, 1e-4);
    assert!((own[10_000] - 2.0322).abs() < 1e-4, "at 10k {}, the lecture's 2.0322", own[10_000]);
}

#[test]
fn part_3_deep() {
    let (Some(data), Some(dev)) = (examples(3), dev_examples(3)) else { return };
    for (batch_norm, gain, run, parameters, first) in
        [(true, 1.0, "deep", 47_024, 3.2870), (false, 5.0 / 3.0, "deep_without_batch_norm", 46_497, 3.2962)]
    {
        let mut rng = Generator::new(Scheme::Torch, SEED);
        let config =
            DeepMlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden: 100, layers: 5, batch_norm, gain };
        let model = DeepMlp::new(config, &mut rng).unwrap();
        assert_eq!(model.parameter_count(), parameters);
        let own = descend(&model, &data, &mut rng, 1001);
        agrees(run, &own[..300], first, 1e-4);
        if batch_norm {
            // What the lecture prints where it stops, after the step numbered 1000.
            let (train, dev) = (mean_loss(&model, &data), mean_loss(&model, &dev));
            assert!((train - 2.400_297_6).abs() < 1e-5 && (dev - 2.398_246_8).abs() < 1e-5, "train {train}, dev {dev}");
        }
    }
}

#[test]
fn part_5_ladder() {
    let Some(data) = examples(8) else { return };
    let flat = (vec![8], 200, false, "wavenet_flat", 22_097);
    let each_place = (vec![2, 2, 2], 68, true, "wavenet_each_place", 22_397);
    for (groups, hidden, norm_each_place, run, parameters) in [flat, each_place] {
        let mut rng = Generator::new(Scheme::Torch, 42);
        let config = WaveNetConfig { vocabulary: 27, groups, embedding: 10, hidden, norm_each_place };
        let model = WaveNet::new(config, &mut rng).unwrap();
        assert_eq!(model.parameter_count(), parameters);
        let first = losses(run)[0];
        agrees(run, &descend(&model, &data, &mut rng, 100), first, 1e-4);
        assert!(mean_loss(&model, &data).is_finite());
        assert_eq!(model.everywhere(&Tensor::full(&[1, 9], 0.0, DType::I64)).is_err(), norm_each_place);
    }
}

#[test]
fn makemore_starts_alike() {
    let Some((lines, vocabulary)) = names() else { return };
    let data = sequences(&lines.items()[..1000], &vocabulary, 16).unwrap();
    let x = Tensor::from_slice(&data.x, &[1000, 16]).unwrap();
    let y = Tensor::from_slice(&data.y, &[1000, 16]).unwrap();
    let recurrent = || RecurrentConfig { vocabulary: 27, embedding: 64, hidden: 64 };
    let bow = BowConfig { vocabulary: 27, block: 16, embedding: 64, hidden: 64 };
    let window = WindowMlpConfig { vocabulary: 27, block: 16, embedding: 64, hidden: 64 };
    let seeded = || Generator::new(Scheme::Torch, 3407);
    let transformer = TransformerConfig::makemore(27, 16);
    let models: [(&str, Box<dyn Module>); 5] = [
        ("first_transformer", Box::new(Transformer::new(transformer, &mut seeded()).unwrap())),
        ("first_rnn", Box::new(Rnn::new(recurrent(), &mut seeded()).unwrap())),
        ("first_gru", Box::new(Gru::new(recurrent(), &mut seeded()).unwrap())),
        ("first_bow", Box::new(Bow::new(bow, &mut seeded()).unwrap())),
        ("first_window", Box::new(WindowMlp::new(window, &mut seeded()).unwrap())),
    ];
    for (name, model) in models {
        let loss = model.forward(&x).unwrap().cross_entropy_ignoring(&y, Some(IGNORE)).unwrap().item().unwrap();
        let theirs = losses(name)[0];
        assert!((loss - theirs).abs() < 2e-6, "{name}: {loss}, PyTorch's {theirs}");
    }
}

#[test]
fn part_5_wavenet() {
    let Some(data) = examples(8) else { return };
    let mut rng = Generator::new(Scheme::Torch, 42);
    let config =
        WaveNetConfig { vocabulary: 27, groups: vec![2, 2, 2], embedding: 24, hidden: 128, norm_each_place: false };
    let model = WaveNet::new(config, &mut rng).unwrap();
    assert_eq!(model.parameter_count(), 76_579);
    agrees("wavenet", &descend(&model, &data, &mut rng, 300), 3.3167, 1e-4);

    // The tree and the dilated convolutions, with running statistics that have seen something.
    let (lines, vocabulary) = names().unwrap();
    let name = &lines.items()[1000];
    let mut text = vec![0; 8];
    text.extend(vocabulary.encode(name).unwrap());
    let windows: Vec<i64> = text.windows(8).flatten().copied().collect();
    let places = text.len() - 7;
    let tree = model.forward(&Tensor::from_slice(&windows, &[places, 8]).unwrap()).unwrap();
    let everywhere = model.everywhere(&Tensor::from_slice(&text, &[1, text.len()]).unwrap()).unwrap();
    assert!(everywhere.select(0, 0).unwrap().all_close(&tree, 0.0, 2e-6), "{name}");
}

#[test]
fn part_4_by_hand() {
    let Some(data) = examples(3) else { return };
    // The lecture's losses; scale and shift of the normalisation are not seeded there.
    for (hidden, first) in [(64, 3.3377), (200, 3.7805)] {
        let mut rng = Generator::new(Scheme::Torch, SEED);
        let config = ManualMlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden };
        let model = ManualMlp::new(config, &mut rng).unwrap();
        let (mut rows, mut x, mut y) = ([0; 32], [0; 96], [0; 32]);
        rng.fill_randint(0, data.len() as i64, &mut rows).unwrap();
        data.gather(&rows, &mut x, &mut y);
        let (x, y) = (Tensor::from_slice(&x, &[32, 3]).unwrap(), Tensor::from_slice(&y, &[32]).unwrap());
        let worked = exercises(&model.by_name().unwrap(), &x, &y).unwrap();
        assert!((worked.loss - first).abs() < 0.05, "{hidden} units: {}, the lecture's {first}", worked.loss);
        assert!(worked.steps.iter().all(|step| step.exact));
        let (cross_entropy, batch_norm) = (worked.cross_entropy.maxdiff, worked.batch_norm.maxdiff);
        println!("{hidden} units: {:.4}, {cross_entropy:.1e}, {batch_norm:.1e}", worked.loss);
        assert!(cross_entropy < if hidden == 64 { 5e-9 } else { 1e-8 } && batch_norm < 1e-9);
    }
}

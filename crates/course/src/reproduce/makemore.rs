//! The makemore lectures, parts 1 to 5.

use gradus_data::{Contexts, Lines, Source, Split as Deal, contexts};
use gradus_models::manual_mlp::compare::exercises;
use gradus_models::{Bigram, BigramConfig, ManualMlp, ManualMlpConfig, Ngram, NgramConfig};
use gradus_nn::init::Init;
use gradus_nn::{Module, Optimizer, Sgd};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Tensor, no_grad};
use gradus_train::generate::Sampling;
use gradus_train::{Error, Session};

use super::Desk;

/// The seed of parts 1 to 4.
const SEED: u64 = 2_147_483_647;
/// How far a loss may be from one that a lecture draws with the same random numbers: it agrees to 4 decimals.
const SAME: f64 = 5e-5;
/// How far the loss of the first step may be.
const FIRST: f64 = 1e-4;
/// How far a loss may be that other random numbers led to.
const ALIKE: f64 = 0.02;

fn names(desk: &Desk<'_>) -> Result<Lines, Error> {
    Ok(Lines::open(&Source::find(&desk.names)?)?)
}

/// Contexts as tensors `[N, block]` and `[N]`.
fn tensors(examples: &Contexts) -> Result<(Tensor, Tensor), Error> {
    let (n, block) = (examples.len(), examples.block_size);
    Ok((Tensor::from_slice(&examples.x, &[n, block])?, Tensor::from_slice(&examples.y, &[n])?))
}

fn mean_loss(model: &dyn Module, examples: &Contexts) -> Result<f64, Error> {
    let (x, y) = tensors(examples)?;
    Ok(no_grad(|| model.forward(&x)?.cross_entropy(&y))?.item()?)
}

/// Bigrams: counted, written, and found again by descent.
pub(super) fn part_1(desk: &mut Desk<'_>) -> Result<(), Error> {
    let mut random = Generator::new(Scheme::Torch, SEED);
    let mut drawn = [0_f32; 3];
    random.fill_rand(&mut drawn);
    let sum: f32 = drawn.iter().sum();
    for (i, lecture) in [0.6064, 0.3033, 0.0903].into_iter().enumerate() {
        desk.number(&format!("rand(3) normalised, {i}"), lecture, f64::from(drawn[i] / sum), SAME);
    }

    let lines = names(desk)?;
    let vocabulary = lines.vocabulary();
    desk.count("names", 32_033, lines.len());
    let (shortest, longest) = lines.lengths();
    desk.count("letters of the shortest", 2, shortest);
    desk.count("letters of the longest", 15, longest);
    let pairs = contexts(lines.items(), &vocabulary, 1)?;
    desk.count("bigrams", 228_146, pairs.len());
    let counted = |smoothing| {
        let model = Ngram::new(NgramConfig { vocabulary: vocabulary.len(), order: 2, smoothing })?;
        model.count(&pairs.x, &pairs.y, 1)?;
        Ok::<_, Error>(model)
    };
    let (plain, smooth) = (counted(0.0)?, counted(1.0)?);
    let counts = plain.counts().to_vec::<f32>();
    desk.count("different bigrams", 627, counts.iter().filter(|&&n| n > 0.0).count());
    for (pair, lecture) in [("n.", 6763), ("a.", 6640), ("an", 5438), (".a", 4410)] {
        let id = |c| vocabulary.id(c).map_or(0, |id| id as usize);
        let place: usize = pair.chars().fold(0, |place, c| place * vocabulary.len() + id(c));
        desk.count(&format!("count of {pair}"), lecture, counts.get(place).map_or(0, |&n| n as usize));
    }
    desk.number("loss of the counts, 1 added to each", 2.454_576_8, mean_loss(&smooth, &pairs)?, 1e-6);
    desk.number("loss of the counts as they are", 2.454_014_5, mean_loss(&plain, &pairs)?, 1e-6);
    let mut random = Generator::new(Scheme::Torch, SEED);
    let mut written = Vec::new();
    for _ in 0..5 {
        written.push(vocabulary.decode(&plain.sample(100, &mut random)?)?);
    }
    desk.words("five names", "mor axx minaymoryles kondlaisah anchshizarie", &written.join(" "));

    let config = BigramConfig { vocabulary: vocabulary.len(), init: Init::Normal(1.0) };
    let model = Bigram::new(config, &mut Generator::new(Scheme::Torch, SEED))?;
    let mut descent = Sgd::new(model.parameters());
    let counts = plain.counts();
    for step in 0..=1000 {
        let loss = model.full_batch_loss(&counts, 0.01)?;
        let marks = [(0, 3.768_619), (99, 2.490_130), (199, 2.482_996), (1000, 2.480_447)];
        if let Some((_, lecture)) = marks.into_iter().find(|(at, _)| *at == step) {
            desk.number(&format!("loss by descent after {step} steps"), lecture, loss.item()?, 5e-6);
        }
        loss.into_backward()?;
        descent.step(50.0);
    }
    Ok(())
}

/// How many examples each part of the split has.
fn split_sizes(desk: &mut Desk<'_>, shuffles: u32, lecture: [usize; 3]) -> Result<(), Error> {
    let lines = names(desk)?;
    let vocabulary = lines.vocabulary();
    let parts = lines.split(&Deal::Course { seed: 42, shuffles })?;
    for (word, lecture, items) in
        [("train", lecture[0], &parts.train), ("dev", lecture[1], &parts.dev), ("test", lecture[2], &parts.test)]
    {
        desk.count(&format!("{word} examples"), lecture, contexts(items, &vocabulary, 3)?.len());
    }
    Ok(())
}

fn parameters(desk: &mut Desk<'_>, lecture: usize, session: &Session) {
    desk.count("parameters", lecture, session.model().parameter_count());
}

/// The MLP. Its notebook drew from a generator whose state cannot be known any more.
pub(super) fn part_2(desk: &mut Desk<'_>) -> Result<(), Error> {
    split_sizes(desk, 4, [182_441, 22_902, 22_803])?;
    let recipe = desk.recipe("mlp", &["steps=200000", "rng=torch"])?;
    let steps = if desk.quick { 0 } else { recipe.training.steps };
    let (session, _) = desk.train("the MLP", recipe, steps)?;
    parameters(desk, 11_897, &session);
    if !desk.quick {
        desk.losses("", &session, [2.1260, 2.1701], ALIKE)?;
    }
    Ok(())
}

/// Batch normalisation.
pub(super) fn part_3(desk: &mut Desk<'_>) -> Result<(), Error> {
    split_sizes(desk, 1, [182_625, 22_655, 22_866])?;
    let recipe = desk.recipe("mlp-batchnorm", &[])?;
    let steps = if desk.quick { 10_001 } else { recipe.training.steps };
    let (session, losses) = desk.train("the MLP with batch normalisation", recipe, steps)?;
    parameters(desk, 12_097, &session);
    desk.number("loss at step 0", 3.3239, losses[0], FIRST);
    desk.number("loss at step 10,000", 2.0322, losses[10_000], FIRST);
    if !desk.quick {
        desk.losses("", &session, [2.067_414_5, 2.105_684_0], SAME)?;
        samples(desk, &session, "carlah amorie khi mri reity salaysie mahnen delynn jareei ner")?;
    }
    Ok(())
}

/// The first samples of a session, against the same of the lecture's code.
fn samples(desk: &mut Desk<'_>, session: &Session, lecture: &str) -> Result<(), Error> {
    let count = lecture.split(' ').count();
    let written = session.generate(count, "", &Sampling::default(), &session.sample_generator())?;
    let own: Vec<&str> = written.iter().map(|sample| sample.text.as_str()).collect();
    desk.words(&format!("the first {count} names"), lecture, &own.join(" "));
    Ok(())
}

/// Five tanh layers. The lecture stops after the step numbered 1000, before the learning rate ever drops.
pub(super) fn part_3_deep(desk: &mut Desk<'_>) -> Result<(), Error> {
    let recipe = desk.recipe("deep-batchnorm", &[])?;
    let (session, losses) = desk.train("five layers, batch normalised", recipe, 1001)?;
    parameters(desk, 47_024, &session);
    desk.number("loss at step 0", 3.2870, losses[0], FIRST);
    desk.losses("", &session, [2.400_297_6, 2.398_246_8], SAME)
}

/// The initialisation ladder, as the lecture climbs it.
pub(super) fn ladder(desk: &mut Desk<'_>) -> Result<(), Error> {
    let rungs = [
        ("mlp-as-written", "as first written", [2.124_538_4, 2.168_196_4]),
        ("mlp-small-output", "small output layer", [2.07, 2.13]),
        ("mlp-small-hidden", "small hidden layer", [2.035_596_6, 2.102_678_5]),
        ("mlp-kaiming", "Kaiming", [2.037_664_2, 2.106_989_6]),
        ("mlp-batchnorm", "BatchNorm", [2.066_827_1, 2.104_844_8]),
    ];
    for (recipe, name, lecture) in rungs {
        let built = desk.recipe(recipe, &[])?;
        let steps = if desk.quick { 1 } else { built.training.steps };
        let (session, losses) = desk.train(name, built, steps)?;
        if recipe == "mlp-small-output" {
            desk.number("first loss, no longer confidently wrong", 27_f64.ln(), losses[0], 0.2);
        }
        if !desk.quick {
            desk.losses(&format!("{name}: "), &session, lecture, ALIKE)?;
        }
    }
    Ok(())
}

/// The backward pass by hand. Scale and shift of the normalisation are not seeded in the lecture.
pub(super) fn part_4(desk: &mut Desk<'_>) -> Result<(), Error> {
    let lines = names(desk)?;
    let vocabulary = lines.vocabulary();
    let parts = lines.split(&Deal::COURSE)?;
    let [train, dev] = [&parts.train, &parts.dev].map(|items| contexts(items, &vocabulary, 3));
    let (train, dev) = (train?, dev?);
    let model = |hidden, random: &mut Generator| {
        let config = ManualMlpConfig { vocabulary: vocabulary.len(), block: 3, embedding: 10, hidden };
        ManualMlp::new(config, random)
    };
    let batch = |random: &mut Generator| {
        let (mut rows, mut x, mut y) = ([0; 32], [0; 96], [0; 32]);
        random.fill_randint(0, train.len() as i64, &mut rows)?;
        train.gather(&rows, &mut x, &mut y);
        Ok::<_, Error>((Tensor::from_slice(&x, &[32, 3])?, Tensor::from_slice(&y, &[32])?))
    };

    let mut random = Generator::new(Scheme::Torch, SEED);
    let small = model(64, &mut random)?;
    desk.count("parameters of the exercises", 4137, small.parameter_count());
    let (x, y) = batch(&mut random)?;
    let worked = exercises(&small.by_name()?, &x, &y)?;
    desk.number("loss of the exercises' batch", 3.3377, worked.loss, 0.05);
    desk.count("exercise 1: gradients by hand", 26, worked.steps.len());
    desk.count("of them exact", 26, worked.steps.iter().filter(|step| step.exact).count());
    desk.at_most("exercise 2: largest difference", 5e-9, worked.cross_entropy.maxdiff);
    desk.at_most("exercise 3: largest difference", 1e-9, worked.batch_norm.maxdiff);

    let mut random = Generator::new(Scheme::Torch, SEED);
    let large = model(200, &mut random)?;
    desk.count("parameters of exercise 4", 12_297, large.parameter_count());
    let mut descent = Sgd::new(large.parameters());
    let steps = if desk.quick { 1 } else { 200_000 };
    for step in 0..steps {
        let (x, y) = batch(&mut random)?;
        let loss = large.manual_step(&x, &y)?;
        descent.step(if step < 100_000 { 0.1 } else { 0.01 });
        match step {
            0 => desk.number("loss at step 0", 3.7805, loss, 0.05),
            10_000 => desk.number("loss at step 10,000", 2.1775, loss, 0.05),
            _ => {}
        }
        if step % 64 == 0 {
            desk.tell("training by hand", step as f64 / steps as f64)?;
        }
    }
    if !desk.quick {
        large.calibrate(&train.x)?;
        desk.number("train loss", 2.070_523_5, mean_loss(&large, &train)?, ALIKE);
        desk.number("dev loss", 2.109_893_6, mean_loss(&large, &dev)?, ALIKE);
    }
    Ok(())
}

/// WaveNet, and the way to it.
pub(super) fn part_5(desk: &mut Desk<'_>) -> Result<(), Error> {
    let recipe = desk.recipe("wavenet", &[])?;
    let steps = if desk.quick { 1 } else { recipe.training.steps };
    let (session, losses) = desk.train("WaveNet", recipe, steps)?;
    parameters(desk, 76_579, &session);
    desk.number("loss at step 0", 3.3167, losses[0], FIRST);
    if desk.quick {
        return Ok(());
    }
    desk.number("loss at step 10,000", 2.0576, losses[10_000], FIRST);
    desk.losses("", &session, [1.769_028_4, 1.993_651_5], SAME)?;
    let lecture = "arlij chetta heago rocklei hendrix jamylie broxin denish anslibt marianah";
    samples(desk, &session, lecture)?;
    for (name, recipe, changes, lecture) in [
        ("block 3", "wavenet-flat", &["model.groups=[3]", "data.block_size=3"][..], [2.058, 2.105]),
        ("block 8, flat", "wavenet-flat", &[], [1.918, 2.027]),
        ("hierarchical", "wavenet-places", &[], [1.941, 2.029]),
        ("normalised over places", "wavenet-small", &[], [1.912, 2.022]),
    ] {
        let recipe = desk.recipe(recipe, changes)?;
        let steps = recipe.training.steps;
        let (session, _) = desk.train(name, recipe, steps)?;
        desk.losses(&format!("{name}: "), &session, lecture, ALIKE)?;
    }
    Ok(())
}

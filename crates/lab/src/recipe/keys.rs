//! Every key a recipe may hold: the one place where names, types, defaults and limits stand.

use super::schema::{choice, keys, kinds};

keys! {
    /// The lines before the first section.
    Training in "" {
        /// What the recipe is, in one line.
        about: String = String::new();
        /// Optimiser steps.
        steps: usize = 10_000, 0.0..=f64::INFINITY;
        /// Examples in a step.
        batch: usize = 32, 1.0..=1e6;
        /// Where all random numbers start.
        seed: u64 = 2_147_483_647, 0.0..=f64::INFINITY;
        /// How random numbers are drawn: gradus, or torch for the same draws as PyTorch.
        rng: RngScheme = RngScheme::Gradus;
    }
}

choice! {
    /// How random numbers are drawn.
    RngScheme {
        /// An own, isolated stream for each purpose (initialisation, batches, sampling).
        Gradus = "gradus",
        /// One generator for everything, with PyTorch's draws in PyTorch's order.
        Torch = "torch",
    }
}

keys! {
    /// What is learned from, and how it is cut into examples.
    Data in "data" {
        /// A built-in data set (see: gradus data list) or a file with one thing a line.
        source: String = "given-names".to_string();
        /// Tokens of context in front of the one to predict.
        block_size: usize = 3, 1.0..=4096.0;
        /// Keep copies of a line in the same part, so that nothing in dev or test was learned from.
        together: bool = false;
    }
}

kinds! {
    /// How lines are dealt out to train, dev and test.
    Split in "split" {
        /// As the course does: Python's shuffle, then 80, 10 and 10 percent.
        Course(CourseKeys) = "course",
        /// As makemore.py does: PyTorch's shuffle, the last tenth (1000 at most) for test, no dev.
        Makemore(MakemoreKeys) = "makemore",
        /// Shuffled by Gradus's own random numbers, in shares.
        Random(RandomKeys) = "random",
        /// In the order of the file, in shares.
        Contiguous(ContiguousKeys) = "contiguous",
    }
}

keys! {
    /// `[split] kind = "course"`.
    CourseKeys in "split" when "course" {
        /// Python's seed.
        seed: u64 = 42, 0.0..=f64::INFINITY;
        /// How often the lines are shuffled, each time from the seed on (part 2 of the course: 4).
        shuffles: u32 = 1, 0.0..=1000.0;
    }
}

keys! {
    /// `[split] kind = "makemore"`.
    MakemoreKeys in "split" when "makemore" {
        /// PyTorch's seed.
        seed: u64 = 3407, 0.0..=f64::INFINITY;
    }
}

keys! {
    /// `[split] kind = "random"`.
    RandomKeys in "split" when "random" {
        /// Where the shuffle starts.
        seed: u64 = 42, 0.0..=f64::INFINITY;
        /// Share of the lines for dev.
        dev: f64 = 0.1, 0.0..=1.0;
        /// Share of the lines for test.
        test: f64 = 0.1, 0.0..=1.0;
    }
}

keys! {
    /// `[split] kind = "contiguous"`.
    ContiguousKeys in "split" when "contiguous" {
        /// Share of the lines for dev.
        dev: f64 = 0.1, 0.0..=1.0;
        /// Share of the lines for test, at the end.
        test: f64 = 0.1, 0.0..=1.0;
    }
}

kinds! {
    /// The network.
    Model in "model" {
        /// One hidden layer over concatenated embeddings (Bengio et al., 2003).
        Mlp(MlpKeys) = "mlp",
    }
}

keys! {
    /// `[model] kind = "mlp"`.
    MlpKeys in "model" when "mlp" {
        /// Numbers in each token's embedding.
        embedding: usize = 10, 1.0..=65536.0;
        /// Neurons in the hidden layer.
        hidden: usize = 200, 1.0..=1e6;
    }
}

keys! {
    /// The numbers that training starts from.
    Init in "init" {
        /// How weights are drawn: a rung of the ladder from as first written to well scaled.
        scheme: InitScheme = InitScheme::Kaiming;
    }
}

choice! {
    /// How weights are drawn.
    InitScheme {
        /// Everything standard normal: the first logits are huge and tanh is saturated.
        AsWritten = "as-written",
        /// The output layer small: the first loss is near ln(vocabulary).
        SmallOutput = "small-output",
        /// The hidden layer small, too: tanh starts unsaturated.
        SmallHidden = "small-hidden",
        /// The hidden layer scaled by gain / sqrt(fan_in) (He et al., 2015).
        Kaiming = "kaiming",
    }
}

kinds! {
    /// How gradients become updates.
    Optimizer in "optimizer" {
        /// Stochastic gradient descent.
        Sgd(SgdKeys) = "sgd",
        /// Adam (Kingma and Ba, 2015).
        Adam(AdamKeys) = "adam",
        /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
        AdamW(AdamWKeys) = "adamw",
    }
}

keys! {
    /// `[optimizer] kind = "sgd"`.
    SgdKeys in "optimizer" when "sgd" {
        /// Share of the last update carried into the next.
        momentum: f64 = 0.0, 0.0..=1.0;
        /// Look ahead along the last updates (Nesterov, 1983).
        nesterov: bool = false;
        /// L2 penalty added to the gradient.
        weight_decay: f64 = 0.0, 0.0..=1e3;
    }
}

keys! {
    /// `[optimizer] kind = "adam"`.
    AdamKeys in "optimizer" when "adam" {
        /// Decay of the running mean of gradients.
        beta1: f64 = 0.9, 0.0..=1.0;
        /// Decay of the running mean of squared gradients.
        beta2: f64 = 0.999, 0.0..=1.0;
        /// Added to the denominator.
        eps: f64 = 1e-8, 0.0..=1.0;
        /// L2 penalty added to the gradient.
        weight_decay: f64 = 0.0, 0.0..=1e3;
    }
}

keys! {
    /// `[optimizer] kind = "adamw"`.
    AdamWKeys in "optimizer" when "adamw" {
        /// Decay of the running mean of gradients.
        beta1: f64 = 0.9, 0.0..=1.0;
        /// Decay of the running mean of squared gradients.
        beta2: f64 = 0.999, 0.0..=1.0;
        /// Added to the denominator.
        eps: f64 = 1e-8, 0.0..=1.0;
        /// Share of each weight taken off, times the learning rate.
        weight_decay: f64 = 0.01, 0.0..=1e3;
    }
}

kinds! {
    /// The learning rate over the steps.
    Schedule in "schedule" {
        /// The same all along.
        Constant(ConstantKeys) = "constant",
        /// Drops by a factor at given points.
        Step(StepKeys) = "step",
        /// Half a cosine from lr down to min_lr, after a linear warm-up.
        Cosine(CosineKeys) = "cosine",
    }
}

keys! {
    /// `[schedule] kind = "constant"`.
    ConstantKeys in "schedule" when "constant" {
        /// The learning rate.
        lr: f64 = 0.1, 0.0..=1e6;
    }
}

keys! {
    /// `[schedule] kind = "step"`.
    StepKeys in "schedule" when "step" {
        /// The learning rate at the start.
        lr: f64 = 0.1, 0.0..=1e6;
        /// Where it drops, as shares of the steps.
        at: Vec<f64> = vec![0.5], 0.0..=1.0;
        /// What it is multiplied with at each drop.
        factor: f64 = 0.1, 0.0..=1.0;
    }
}

keys! {
    /// `[schedule] kind = "cosine"`.
    CosineKeys in "schedule" when "cosine" {
        /// The learning rate after the warm-up.
        lr: f64 = 1e-3, 0.0..=1e6;
        /// The learning rate at the end.
        min_lr: f64 = 1e-4, 0.0..=1e6;
        /// Steps of linear warm-up.
        warmup: usize = 0, 0.0..=f64::INFINITY;
    }
}

keys! {
    /// What a run keeps.
    Record in "record" {
        /// Steps between recorded losses.
        every: usize = 100, 1.0..=f64::INFINITY;
        /// Checkpoints along the run, evenly spaced.
        checkpoints: usize = 10, 1.0..=1e6;
        /// Samples printed and kept at the end.
        samples: usize = 20, 0.0..=1e6;
    }
}

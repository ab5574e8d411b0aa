//! Every key a recipe may hold: the one place where names, types, defaults and limits stand.

use gradus_nn::Nonlinearity;

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
        /// Which examples: drawn at random, all of them (full), or the first ones again and again (one), as a check.
        batches: Batches = Batches::Random;
        /// Batches whose gradients are averaged for a step.
        accumulate: usize = 1, 1.0..=1e6;
        /// The largest norm of all gradients together; 0 for no limit.
        clip: f64 = 0.0, 0.0..=1e9;
        /// Evaluations (one a checkpoint) without a better dev loss after which training stops; 0 for never.
        patience: usize = 0, 0.0..=1e9;
        /// Where all random numbers start.
        seed: u64 = 2_147_483_647, 0.0..=f64::INFINITY;
        /// How random numbers are drawn: gradus, or torch for the same draws as PyTorch.
        rng: RngScheme = RngScheme::Gradus;
    }
}

choice! {
    /// Which examples a step sees.
    Batches {
        /// Drawn at random, with replacement.
        Random = "random",
        /// All of the train split.
        Full = "full",
        /// The same few each time: a model that cannot learn them by heart has a mistake in it.
        One = "one",
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
        /// A built-in data set (see: gradus data list) or a file: one thing a line, text, a table (CSV) or pictures (IDX).
        source: String = "given-names".to_string();
        /// How a file is read: lines (one thing a line) or text; known data sets know it themselves.
        kind: DataKind = DataKind::Lines;
        /// Tokens in an example: those before the one to predict, or those of a sequence (longer where a line needs it).
        block_size: usize = 3, 1.0..=4096.0;
        /// How text is taken apart: characters, bpe (trained on the data), or a ready vocabulary (see: gradus data show).
        tokenizer: String = "characters".to_string();
        /// Tokens that bpe makes.
        vocabulary: usize = 512, 2.0..=1e6;
        /// Keep copies of a line in the same part, so that nothing in dev or test was learned from.
        together: bool = false;
        /// Further lists, which the things of source are to be told apart from.
        against: Vec<String> = vec!["surnames".to_string()];
        /// Take as many things of each list as the shortest has.
        even: bool = true;
        /// The column of a table that is to be told; empty for the last.
        target: String = String::new();
        /// Bring each feature to mean 0 and standard deviation 1, as measured on the train split.
        standardise: bool = false;
        /// How many points a toy makes.
        points: usize = 200, 1.0..=1e6;
        /// Standard deviation of what is added to the points.
        noise: f64 = 0.1, 0.0..=1e6;
        /// Where the random numbers of the points start.
        points_seed: u64 = 42, 0.0..=f64::INFINITY;
    }
}

choice! {
    /// How a file is read.
    DataKind {
        /// One thing a line.
        Lines = "lines",
        /// Running text.
        Text = "text",
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
    CourseKeys in "split" {
        /// Python's seed.
        seed: u64 = 42, 0.0..=f64::INFINITY;
        /// How often the lines are shuffled, each time from the seed on (part 2 of the course: 4).
        shuffles: u32 = 1, 0.0..=1000.0;
    }
}

keys! {
    /// `[split] kind = "makemore"`.
    MakemoreKeys in "split" {
        /// PyTorch's seed.
        seed: u64 = 3407, 0.0..=f64::INFINITY;
    }
}

keys! {
    /// `[split] kind = "random"`.
    RandomKeys in "split" {
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
    ContiguousKeys in "split" {
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
        /// N-grams by counting: nothing is learned by descent.
        Ngram(NgramKeys) = "ngram",
        /// Bigrams by descent: one linear layer.
        Bigram(BigramKeys) = "bigram",
        /// The MLP with batch normalisation (Ioffe and Szegedy, 2015).
        BatchNormMlp(BatchNormMlpKeys) = "batchnorm-mlp",
        /// The same with its backward pass written by hand.
        ManualMlp(BatchNormMlpKeys) = "manual-mlp",
        /// A deep stack of tanh layers, with or without batch normalisation.
        Deep(DeepKeys) = "deep",
        /// A tree that joins neighbours step by step (van den Oord et al., 2016).
        WaveNet(WaveNetKeys) = "wavenet",
        /// The MLP at every place of a sequence, as in makemore.py.
        WindowMlp(WindowMlpKeys) = "window-mlp",
        /// Each place sees the mean of what came before.
        Bow(WindowMlpKeys) = "bow",
        /// A recurrent network (Elman, 1990).
        Rnn(RecurrentKeys) = "rnn",
        /// A recurrent network with gates (Cho et al., 2014).
        Gru(RecurrentKeys) = "gru",
        /// A recurrent network with gates and a cell (Hochreiter and Schmidhuber, 1997).
        Lstm(RecurrentKeys) = "lstm",
        /// A decoder of attention blocks (Vaswani et al., 2017).
        Transformer(TransformerKeys) = "transformer",
        /// One neuron, to be checked on paper (McCulloch and Pitts, 1943; Rosenblatt, 1958).
        Neuron(NeuronKeys) = "neuron",
        /// Layers of neurons between measurements and classes or values (Rumelhart, Hinton and Williams, 1986).
        Dense(DenseKeys) = "dense",
        /// Convolutions and pooling over pictures (LeCun et al., 1998).
        LeNet(LeNetKeys) = "lenet",
        /// A small residual network over pictures (He et al., 2016).
        ResNet(ResNetKeys) = "resnet",
        /// Through a few numbers and back to what went in (Hinton and Salakhutdinov, 2006).
        Autoencoder(AutoencoderKeys) = "autoencoder",
        /// Convolutions over the letters of a word, to tell lists apart (Kim, 2014).
        TextCnn(TextCnnKeys) = "text-cnn",
        /// An LSTM that reads a word, to tell lists apart.
        LstmClassifier(RecurrentKeys) = "lstm-classifier",
    }
}

keys! {
    /// `[model] kind = "mlp"`.
    MlpKeys in "model" {
        /// Numbers in each token's embedding.
        embedding: usize = 10, 1.0..=65536.0;
        /// Neurons in the hidden layer.
        hidden: usize = 200, 1.0..=1e6;
        /// How weights are drawn: a rung of the ladder from as first written to well scaled.
        init: InitScheme = InitScheme::Kaiming;
    }
}

choice! {
    /// How the weights of the MLP are drawn.
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

keys! {
    /// `[model] kind = "ngram"`.
    NgramKeys in "model" {
        /// n: how many tokens are counted together, 2 for bigrams.
        order: usize = 2, 1.0..=5.0;
        /// What is added to every count.
        smoothing: f64 = 1.0, 0.0..=1e9;
    }
}

keys! {
    /// `[model] kind = "bigram"`.
    BigramKeys in "model" {
        /// Standard deviation of the first weights; 0 starts with all letters equally likely.
        std: f64 = 1.0, 0.0..=1e3;
    }
}

keys! {
    /// `[model] kind = "batchnorm-mlp"` and `"manual-mlp"`.
    BatchNormMlpKeys in "model" {
        /// Numbers in each token's embedding.
        embedding: usize = 10, 1.0..=65536.0;
        /// Neurons in the hidden layer.
        hidden: usize = 200, 1.0..=1e6;
    }
}

keys! {
    /// `[model] kind = "deep"`.
    DeepKeys in "model" {
        /// Numbers in each token's embedding.
        embedding: usize = 10, 1.0..=65536.0;
        /// Neurons in each hidden layer.
        hidden: usize = 100, 1.0..=1e5;
        /// Hidden layers.
        layers: usize = 5, 1.0..=1000.0;
        /// Whether every linear layer is normalised.
        batch_norm: bool = true;
        /// Hidden weights start with standard deviation gain / sqrt(fan_in).
        gain: f64 = 1.0, 0.0..=1e3;
    }
}

keys! {
    /// `[model] kind = "wavenet"`.
    WaveNetKeys in "model" {
        /// How many neighbours each layer joins; their product is data.block_size.
        groups: Vec<usize> = vec![2, 2, 2], 1.0..=4096.0;
        /// Numbers in each token's embedding.
        embedding: usize = 24, 1.0..=65536.0;
        /// Neurons in each layer.
        hidden: usize = 128, 1.0..=1e5;
        /// Normalise each place by itself, as the lecture does before it mends that.
        norm_each_place: bool = false;
    }
}

keys! {
    /// `[model] kind = "window-mlp"` and `"bow"`.
    WindowMlpKeys in "model" {
        /// Numbers in each token's embedding.
        embedding: usize = 64, 1.0..=65536.0;
        /// Neurons in the hidden layer.
        hidden: usize = 64, 1.0..=1e6;
    }
}

keys! {
    /// `[model] kind = "rnn"`, `"gru"`, `"lstm"` and `"lstm-classifier"`.
    RecurrentKeys in "model" {
        /// Numbers in each token's embedding.
        embedding: usize = 64, 1.0..=65536.0;
        /// Numbers in the state.
        hidden: usize = 64, 1.0..=1e5;
    }
}

keys! {
    /// `[model] kind = "transformer"`.
    TransformerKeys in "model" {
        /// Blocks.
        layers: usize = 4, 1.0..=1000.0;
        /// Attention heads a block; they share the width.
        heads: usize = 4, 1.0..=1024.0;
        /// Numbers in the vectors that flow through the blocks.
        width: usize = 64, 1.0..=65536.0;
        /// Whether linear layers and normalisations have biases.
        bias: bool = true;
        /// Whether the output layer is the tokens' own table.
        tied: bool = false;
        /// Which GELU: erf (nanoGPT) or tanh (GPT-2, makemore).
        gelu: GeluForm = GeluForm::Tanh;
        /// How weights are drawn: as GPT-2 does, or as PyTorch's layers do by themselves (makemore).
        init: TransformerInitForm = TransformerInitForm::Gpt2;
        /// Share of the numbers that dropout sets to 0 in training.
        dropout: f64 = 0.0, 0.0..=0.99;
    }
}

keys! {
    /// `[model] kind = "neuron"`.
    NeuronKeys in "model" {
        /// What becomes of the weighted sum.
        activation: Nonlinearity = Nonlinearity::Sigmoid;
        /// What is made small: cross-entropy (of a sigmoid), or the squared error.
        cost: Cost = Cost::SquaredError;
    }
}

keys! {
    /// `[model] kind = "dense"`.
    DenseKeys in "model" {
        /// Neurons in each hidden layer; an empty list for none.
        hidden: Vec<usize> = vec![16], 1.0..=1e6;
        /// What becomes of the sums in hidden layers.
        activation: Nonlinearity = Nonlinearity::Relu;
        /// What becomes of the sums in the output layer; cross-entropy wants them as they are (linear).
        output: Nonlinearity = Nonlinearity::Linear;
        /// What is made small: cross-entropy (of the softmax), or the squared error.
        cost: Cost = Cost::CrossEntropy;
    }
}

keys! {
    /// `[model] kind = "lenet"`.
    LeNetKeys in "model" {
        /// What becomes of the sums: tanh as in 1998, relu as today.
        activation: Nonlinearity = Nonlinearity::Tanh;
    }
}

keys! {
    /// `[model] kind = "resnet"`.
    ResNetKeys in "model" {
        /// Channels of the first blocks.
        channels: usize = 16, 1.0..=4096.0;
        /// Residual blocks.
        blocks: usize = 2, 1.0..=1000.0;
    }
}

keys! {
    /// `[model] kind = "autoencoder"`.
    AutoencoderKeys in "model" {
        /// Neurons in each hidden layer on the way in; the way out has them in reverse.
        hidden: Vec<usize> = vec![128, 32], 1.0..=1e6;
        /// Numbers that a picture is squeezed through.
        latent: usize = 2, 1.0..=65536.0;
        /// What becomes of the sums in hidden layers.
        activation: Nonlinearity = Nonlinearity::Tanh;
    }
}

keys! {
    /// `[model] kind = "text-cnn"`.
    TextCnnKeys in "model" {
        /// Numbers in each letter's embedding.
        embedding: usize = 16, 1.0..=65536.0;
        /// How many letters the kernels of each kind see.
        widths: Vec<usize> = vec![2, 3, 4], 1.0..=64.0;
        /// Kernels of each kind.
        channels: usize = 32, 1.0..=65536.0;
    }
}

choice! {
    /// What is made small.
    Cost {
        /// The negative logarithm of the probability given to the right class.
        CrossEntropy = "cross-entropy",
        /// The mean squared difference between what came out and what should have.
        SquaredError = "squared-error",
    }
}

choice! {
    /// How the weights of a Transformer are drawn.
    TransformerInitForm {
        /// Normal with deviation 0.02, less where blocks add to the stream.
        Gpt2 = "gpt2",
        /// PyTorch's layers' own.
        PyTorch = "pytorch",
    }
}

choice! {
    /// The two forms of the Gaussian error linear unit.
    GeluForm {
        /// With the error function.
        Erf = "erf",
        /// Its approximation by tanh.
        Tanh = "tanh",
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
    SgdKeys in "optimizer" {
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
    AdamKeys in "optimizer" {
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
    AdamWKeys in "optimizer" {
        /// Decay of the running mean of gradients.
        beta1: f64 = 0.9, 0.0..=1.0;
        /// Decay of the running mean of squared gradients.
        beta2: f64 = 0.999, 0.0..=1.0;
        /// Added to the denominator.
        eps: f64 = 1e-8, 0.0..=1.0;
        /// Share of each weight taken off, times the learning rate.
        weight_decay: f64 = 0.01, 0.0..=1e3;
        /// What decays: all parameters, or matrices only (no biases, no scales of normalisation).
        decays: Decays = Decays::All;
    }
}

choice! {
    /// What weight decay acts on.
    Decays {
        /// Every parameter.
        All = "all",
        /// Parameters with two or more axes.
        Matrices = "matrices",
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
    ConstantKeys in "schedule" {
        /// The learning rate.
        lr: f64 = 0.1, 0.0..=1e6;
    }
}

keys! {
    /// `[schedule] kind = "step"`.
    StepKeys in "schedule" {
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
    CosineKeys in "schedule" {
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
        /// Checkpoints kept besides the first, the best and the last; where there are more, those between are thinned out evenly.
        keep: usize = 10, 0.0..=1e6;
        /// Seconds after which a checkpoint is written besides, in place of the last such one; 0 for never.
        seconds: f64 = 30.0, 0.0..=1e9;
        /// Samples printed and kept at the end.
        samples: usize = 20, 0.0..=1e6;
        /// Tokens after which a sample that does not end is cut.
        sample_length: usize = 500, 1.0..=1e7;
        /// Where samples are drawn from: a seed of their own, or on from where training stopped (torch only).
        sample_draws: SampleDraws = SampleDraws::Seeded;
        /// Note the look of every layer and some samples at each checkpoint.
        look: bool = true;
        /// Predictions that an evaluation makes at most; 0 for all.
        evaluate_at_most: usize = 0, 0.0..=1e12;
        /// How checkpoints store the parameters. A run that is resumed goes on from what was stored.
        dtype: StoredAs = StoredAs::F32;
    }
}

choice! {
    /// How the numbers of parameters are stored.
    StoredAs {
        /// As they are computed, to the last bit.
        F32 = "f32",
        /// Rounded to bfloat16: half the bytes, two to three decimal digits.
        Bf16 = "bf16",
        /// Rounded to IEEE half precision: half the bytes, three decimal digits, nothing beyond 65504.
        F16 = "f16",
    }
}

choice! {
    /// Where samples are drawn from.
    SampleDraws {
        /// A generator of their own.
        Seeded = "seeded",
        /// The generator that drew the batches, as a lecture does that never seeds again.
        Continued = "continued",
    }
}

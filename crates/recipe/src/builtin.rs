//! The recipes that ship inside the program.

/// One of them.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// What `gradus train` calls it.
    pub name: &'static str,
    /// Its TOML.
    pub text: &'static str,
}

macro_rules! builtin {
    ($($name:literal),* $(,)?) => {
        /// Every built-in recipe, in the order of the course.
        pub const BUILTIN: &[Builtin] = &[$(Builtin {
            name: $name,
            text: include_str!(concat!("../recipes/", $name, ".toml")),
        },)*];
    };
}

builtin![
    "bigram-counts",
    "trigram-counts",
    "bigram",
    "mlp",
    "mlp-as-written",
    "mlp-small-output",
    "mlp-small-hidden",
    "mlp-kaiming",
    "mlp-batchnorm",
    "mlp-manual",
    "deep",
    "deep-batchnorm",
    "wavenet-flat",
    "wavenet-places",
    "wavenet-small",
    "wavenet",
    "window-mlp",
    "bow",
    "rnn",
    "gru",
    "lstm",
    "transformer",
    "gpt",
    "gpt-large",
    "neuron",
    "iris",
    "iris-sigmoid",
    "moons",
    "circles",
    "xor",
    "spiral",
    "blobs",
    "plane",
    "ring",
    "lenet",
    "lenet-mnist",
    "resnet",
    "autoencoder",
    "text-cnn",
    "lstm-classifier",
];

//! From a recipe's words to the model and the optimiser they mean.

use gradus_models::mlp::{Mlp, MlpConfig, MlpInit};
use gradus_models::transformer::{Gelu, Transformer, TransformerConfig, TransformerInit};
use gradus_models::{
    Autoencoder, AutoencoderConfig, BatchNormMlp, BatchNormMlpConfig, Bigram, BigramConfig, Bow, BowConfig, DeepMlp,
    DeepMlpConfig, Dense, DenseConfig, Gru, LanguageModel, LeNet, LeNetConfig, Lstm, LstmClassifier,
    LstmClassifierConfig, ManualMlp, ManualMlpConfig, Neuron, NeuronConfig, Ngram, NgramConfig, RecurrentConfig,
    ResNet, ResNetConfig, Rnn, TextCnn, TextCnnConfig, WaveNet, WaveNetConfig, WindowMlp, WindowMlpConfig,
};
use gradus_nn::init::Init;
use gradus_nn::{Adam, Module, Nonlinearity, Optimizer, Param, Sgd};
use gradus_recipe::{
    self as recipe, Decays, GeluForm, InitScheme, Intake, Model, Recipe, RngScheme, TransformerInitForm,
};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tokenizers::Tokenizer;

use crate::Error;
use crate::corpus::{Corpus, Features, Outputs, Split};
use crate::objective::Objective;

/// A model, by what it can be asked.
pub enum Network {
    /// For the next token.
    Language(Box<dyn LanguageModel>),
    /// For a class or values.
    Other(Box<dyn Module>),
}

impl Network {
    /// As what every model is.
    pub fn module(&self) -> &dyn Module {
        match self {
            Network::Language(model) => &**model,
            Network::Other(model) => &**model,
        }
    }

    /// As a language model, where it is one.
    pub fn language(&self) -> Option<&dyn LanguageModel> {
        match self {
            Network::Language(model) => Some(&**model),
            Network::Other(_) => None,
        }
    }
}

/// The model of a recipe, freshly initialised (and one that counts, with its counts).
///
/// # Errors
/// Where the sizes are impossible or do not fit each other.
pub fn model(recipe: &Recipe, corpus: &Corpus, random: &mut Generator) -> Result<Network, Error> {
    check_size(recipe, corpus)?;
    Ok(match recipe.model.intake() {
        Intake::Contexts | Intake::Sequences => Network::Language(language_model(recipe, corpus, random)?),
        Intake::Features | Intake::Words => Network::Other(classifier(recipe, corpus, random)?),
    })
}

/// A model that goes on with a text.
fn language_model(recipe: &Recipe, corpus: &Corpus, random: &mut Generator) -> Result<Box<dyn LanguageModel>, Error> {
    let (vocabulary, block) = (corpus.tokenizer()?.len(), recipe.data.block_size);
    Ok(match &recipe.model {
        Model::Mlp(keys) => {
            let (embedding, hidden, init) = (keys.embedding, keys.hidden, mlp_init(keys.init));
            Box::new(Mlp::new(MlpConfig { vocabulary, block, embedding, hidden, init }, random)?)
        }
        Model::Ngram(keys) => Box::new(counted(keys, corpus, vocabulary)?),
        Model::Bigram(keys) => {
            Box::new(Bigram::new(BigramConfig { vocabulary, init: Init::Normal(keys.std) }, random)?)
        }
        Model::BatchNormMlp(keys) => {
            let (embedding, hidden) = (keys.embedding, keys.hidden);
            Box::new(BatchNormMlp::new(BatchNormMlpConfig { vocabulary, block, embedding, hidden }, random)?)
        }
        Model::ManualMlp(keys) => {
            let (embedding, hidden) = (keys.embedding, keys.hidden);
            Box::new(ManualMlp::new(ManualMlpConfig { vocabulary, block, embedding, hidden }, random)?)
        }
        Model::Deep(keys) => {
            let &recipe::DeepKeys { embedding, hidden, layers, batch_norm, gain } = keys;
            let config = DeepMlpConfig { vocabulary, block, embedding, hidden, layers, batch_norm, gain };
            Box::new(DeepMlp::new(config, random)?)
        }
        Model::WaveNet(keys) => {
            let recipe::WaveNetKeys { groups, embedding, hidden, norm_each_place } = keys.clone();
            let joined = groups.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
            if joined != Some(block) {
                return Err(Error::Request(format!(
                    "model.groups {groups:?} do not multiply to data.block_size {block}: change one of them"
                )));
            }
            Box::new(WaveNet::new(WaveNetConfig { vocabulary, groups, embedding, hidden, norm_each_place }, random)?)
        }
        Model::WindowMlp(keys) => {
            let (embedding, hidden) = (keys.embedding, keys.hidden);
            Box::new(WindowMlp::new(WindowMlpConfig { vocabulary, block, embedding, hidden }, random)?)
        }
        Model::Bow(keys) => {
            let (embedding, hidden) = (keys.embedding, keys.hidden);
            Box::new(Bow::new(BowConfig { vocabulary, block, embedding, hidden }, random)?)
        }
        Model::Rnn(keys) => {
            let (embedding, hidden) = (keys.embedding, keys.hidden);
            Box::new(Rnn::new(RecurrentConfig { vocabulary, embedding, hidden }, random)?)
        }
        Model::Gru(keys) => {
            let (embedding, hidden) = (keys.embedding, keys.hidden);
            Box::new(Gru::new(RecurrentConfig { vocabulary, embedding, hidden }, random)?)
        }
        Model::Lstm(keys) => {
            let (embedding, hidden) = (keys.embedding, keys.hidden);
            Box::new(Lstm::new(RecurrentConfig { vocabulary, embedding, hidden }, random)?)
        }
        Model::Transformer(keys) => {
            let &recipe::TransformerKeys { layers, heads, width, bias, tied, gelu, init, dropout } = keys;
            if !width.is_multiple_of(heads) {
                return Err(Error::Request(format!(
                    "model.heads {heads} do not divide model.width {width}: change one of them"
                )));
            }
            let gelu = match gelu {
                GeluForm::Erf => Gelu::Erf,
                GeluForm::Tanh => Gelu::Tanh,
            };
            let init = match init {
                TransformerInitForm::Gpt2 => TransformerInit::Gpt2,
                TransformerInitForm::PyTorch => TransformerInit::PyTorch,
            };
            let config = TransformerConfig { vocabulary, block, layers, heads, width, bias, tied, gelu, dropout, init };
            Box::new(Transformer::new(config, random)?)
        }
        other => unreachable!("{} is no language model", other.kind()),
    })
}

/// A model that tells classes or values.
fn classifier(recipe: &Recipe, corpus: &Corpus, random: &mut Generator) -> Result<Box<dyn Module>, Error> {
    let Outputs { names, are_classes } = corpus.outputs()?;
    let classes = names.len();
    let only = |wanted: &str| {
        let (source, kind) = (&recipe.data.source, recipe.model.kind());
        Error::Request(format!("a model of kind {kind} is for {wanted}, and {source} has none: take other data"))
    };
    let picture = || match corpus.features()?.shape[..] {
        [_, height, width] => Ok((height, width)),
        _ => Err(only("pictures")),
    };
    if !are_classes && Objective::of(&recipe.model) == Objective::CrossEntropy {
        let advice = "set model.cost = \"squared-error\"";
        return Err(Error::Request(format!("{} has values and no classes: {advice}", recipe.data.source)));
    }
    Ok(match &recipe.model {
        Model::Neuron(keys) => {
            let &recipe::NeuronKeys { activation, cost } = keys;
            // Fires or not: one number for two classes.
            if classes > 2 || (!are_classes && classes > 1) {
                let what = if *are_classes { "two classes" } else { "one value" };
                return Err(Error::Request(format!(
                    "one neuron tells {what}, and {} has {classes}: take model.kind = \"dense\"",
                    recipe.data.source
                )));
            }
            if cost == recipe::Cost::CrossEntropy && !activation.is_probability() {
                return Err(Error::Request(
                    "model.cost = \"cross-entropy\" of one neuron needs a probability: set model.activation = \"sigmoid\""
                        .to_string(),
                ));
            }
            let inputs = corpus.features()?.width();
            Box::new(Neuron::new(NeuronConfig { inputs, activation }, random)?)
        }
        Model::Dense(keys) => {
            let recipe::DenseKeys { hidden, activation, output, cost } = keys.clone();
            if cost == recipe::Cost::CrossEntropy && output != Nonlinearity::Linear {
                return Err(Error::Request(
                    "model.cost = \"cross-entropy\" takes the sums as they are: set model.output = \"linear\""
                        .to_string(),
                ));
            }
            let inputs = corpus.features()?.width();
            Box::new(Dense::new(DenseConfig { inputs, hidden, outputs: classes, activation, output }, random)?)
        }
        Model::LeNet(keys) => {
            let ((height, width), &recipe::LeNetKeys { activation }) = (picture()?, keys);
            Box::new(LeNet::new(LeNetConfig { height, width, classes, activation }, random)?)
        }
        Model::ResNet(keys) => {
            let ((height, width), &recipe::ResNetKeys { channels, blocks }) = (picture()?, keys);
            Box::new(ResNet::new(ResNetConfig { height, width, channels, blocks, classes }, random)?)
        }
        Model::Autoencoder(keys) => {
            let recipe::AutoencoderKeys { hidden, latent, activation } = keys.clone();
            picture()?;
            let inputs = corpus.features()?.width();
            Box::new(Autoencoder::new(AutoencoderConfig { inputs, hidden, latent, activation }, random)?)
        }
        Model::TextCnn(keys) => {
            let recipe::TextCnnKeys { embedding, widths, channels } = keys.clone();
            let vocabulary = corpus.tokenizer()?.len();
            Box::new(TextCnn::new(TextCnnConfig { vocabulary, embedding, widths, channels, classes }, random)?)
        }
        Model::LstmClassifier(keys) => {
            let &recipe::RecurrentKeys { embedding, hidden } = keys;
            let vocabulary = corpus.tokenizer()?.len();
            let config = LstmClassifierConfig { vocabulary, embedding, hidden, classes };
            Box::new(LstmClassifier::new(config, random)?)
        }
        other => unreachable!("{} is a language model", other.kind()),
    })
}

/// Counts the train split.
fn counted(keys: &recipe::NgramKeys, corpus: &Corpus, vocabulary: usize) -> Result<Ngram, Error> {
    let model = Ngram::new(NgramConfig { vocabulary, order: keys.order, smoothing: keys.smoothing })?;
    let examples = corpus.examples(Split::Train);
    let (contexts, targets) = examples.batch(&examples.once());
    if !examples.is_empty() {
        model.count(&contexts.to_vec::<i64>(), &targets.to_vec::<i64>(), examples.width())?;
    }
    Ok(model)
}

/// The most numbers a model, or a batch on its way through it, may hold: 4 GiB of f32.
const MOST_NUMBERS: u128 = 1 << 30;

/// Parameters of a model that is made only to count them.
const MOST_COUNTED: u128 = 20_000_000;

/// How many parameters the model of a recipe has; `None` where it is so large that making it to count them would take long.
///
/// # Errors
/// Where the data cannot be read, the sizes are impossible, or they do not fit each other.
pub fn count_parameters(recipe: &Recipe) -> Result<Option<usize>, Error> {
    let mut recipe = recipe.clone();
    recipe.data.block_size = recipe.model.block().unwrap_or(recipe.data.block_size);
    let corpus = Corpus::load(&recipe)?;
    recipe.data.block_size = corpus.block_size();
    check_size(&recipe, &corpus)?;
    if sizes(&recipe, &corpus).0 > MOST_COUNTED {
        return Ok(None);
    }
    let mut random = Generator::new(scheme(recipe.training.rng), recipe.training.seed);
    Ok(Some(model(&recipe, &corpus, &mut random)?.module().parameters().iter().map(|(_, p)| p.value().numel()).sum()))
}

/// Refuses what no memory holds before anything is allocated: a mistyped size must not bring the machine down.
fn check_size(recipe: &Recipe, corpus: &Corpus) -> Result<(), Error> {
    let (parameters, activations) = sizes(recipe, corpus);
    let refuse = |what: String| Err(Error::Request(format!("{what}, and at most {MOST_NUMBERS} are possible")));
    if parameters > MOST_NUMBERS {
        return refuse(format!(
            "model.hidden, model.embedding, model.width, model.layers or data.block_size is too large: the model would \
             have {parameters} parameters"
        ));
    }
    // What is only read takes no steps.
    let is_trained = recipe.training.steps > 0 && !corpus.examples(Split::Train).is_empty();
    let batch = recipe.training.batch as u128;
    let numbers = batch.saturating_mul(activations);
    if is_trained && numbers > MOST_NUMBERS {
        return refuse(format!("batch is too large: a step of {batch} examples would take {numbers} numbers"));
    }
    Ok(())
}

/// The recipe's batch, or as many examples as a step can hold: for a model that comes from elsewhere, whose recipe nobody
/// wrote.
pub fn possible_batch(recipe: &Recipe, corpus: &Corpus) -> usize {
    let (_, activations) = sizes(recipe, corpus);
    let most = usize::try_from(MOST_NUMBERS / activations.max(1)).unwrap_or(usize::MAX);
    recipe.training.batch.min(most).max(1)
}

/// About how many numbers there are in a model and in one example on its way through it. Every key is below 2²⁰, so
/// that no product overflows.
fn sizes(recipe: &Recipe, corpus: &Corpus) -> (u128, u128) {
    let wide = |n: usize| n as u128;
    let (vocabulary, block) =
        (wide(corpus.meaning().tokenizer.as_ref().map_or(0, Tokenizer::len)), wide(corpus.block_size()));
    let (outputs, inputs) = (wide(corpus.output_count()), wide(corpus.features().map_or(0, Features::width)));
    match &recipe.model {
        Model::Ngram(_) => (0, vocabulary),
        Model::Bigram(_) => (vocabulary * vocabulary, vocabulary),
        Model::Mlp(recipe::MlpKeys { embedding, hidden, .. })
        | Model::BatchNormMlp(recipe::BatchNormMlpKeys { embedding, hidden })
        | Model::ManualMlp(recipe::BatchNormMlpKeys { embedding, hidden }) => {
            let (inputs, hidden) = (block * wide(*embedding), wide(*hidden));
            let parameters = vocabulary * wide(*embedding) + (inputs + 1) * hidden + (hidden + 1) * vocabulary;
            (parameters, inputs + 2 * hidden + vocabulary)
        }
        Model::Deep(keys) => {
            let (inputs, hidden) = (block * wide(keys.embedding), wide(keys.hidden));
            let stack = (inputs + hidden * wide(keys.layers - 1)) * hidden + hidden * vocabulary;
            (vocabulary * wide(keys.embedding) + stack, inputs + 3 * hidden * wide(keys.layers) + vocabulary)
        }
        Model::WaveNet(keys) => {
            let (embedding, hidden) = (wide(keys.embedding), wide(keys.hidden));
            let most = keys.groups.iter().map(|&n| wide(n)).max().unwrap_or(1);
            let layers = keys.groups.len() as u128;
            let parameters = vocabulary * embedding + most * embedding.max(hidden) * hidden * layers;
            (parameters + hidden * vocabulary, block * (embedding + 3 * hidden) + vocabulary)
        }
        Model::WindowMlp(recipe::WindowMlpKeys { embedding, hidden }) => {
            let (inputs, hidden) = (block * wide(*embedding), wide(*hidden));
            (vocabulary * wide(*embedding) + (inputs + vocabulary) * hidden, block * (inputs + 2 * hidden + vocabulary))
        }
        Model::Bow(recipe::WindowMlpKeys { embedding, hidden })
        | Model::Rnn(recipe::RecurrentKeys { embedding, hidden })
        | Model::Gru(recipe::RecurrentKeys { embedding, hidden })
        | Model::Lstm(recipe::RecurrentKeys { embedding, hidden })
        | Model::LstmClassifier(recipe::RecurrentKeys { embedding, hidden }) => {
            let (embedding, hidden) = (wide(*embedding), wide(*hidden));
            let parameters = (vocabulary + block) * embedding + 4 * (embedding + hidden) * hidden + hidden * vocabulary;
            (parameters, block * (2 * embedding + 6 * hidden + vocabulary))
        }
        Model::Transformer(keys) => {
            let (width, layers) = (wide(keys.width), wide(keys.layers));
            let parameters = (2 * vocabulary + block) * width + 12 * layers * width * width;
            (parameters, block * (20 * layers * width + vocabulary) + layers * wide(keys.heads) * block * block)
        }
        Model::Neuron(_) => (inputs + 1, 3 * inputs),
        Model::Dense(recipe::DenseKeys { hidden, .. }) => {
            let all = || std::iter::once(inputs).chain(hidden.iter().map(|&n| wide(n)));
            let parameters = all().zip(all().skip(1).chain([outputs])).map(|(from, to)| (from + 1) * to);
            (parameters.sum(), all().map(|n| 2 * n).sum::<u128>() + outputs)
        }
        Model::Autoencoder(recipe::AutoencoderKeys { hidden, latent, .. }) => {
            let all = || std::iter::once(inputs).chain(hidden.iter().map(|&n| wide(n)));
            let parameters = all().zip(all().skip(1).chain([wide(*latent)])).map(|(from, to)| (from + 1) * (to + 1));
            (2 * parameters.sum::<u128>(), all().map(|n| 4 * n).sum::<u128>() + wide(*latent))
        }
        // Six and sixteen maps, and 120 units over what is left of the picture.
        Model::LeNet(_) => (120 * inputs + 64_000, 40 * inputs),
        Model::ResNet(recipe::ResNetKeys { channels, blocks }) => {
            let (channels, blocks) = (wide(*channels), wide(*blocks));
            (18 * channels * channels * (blocks + 1), 8 * channels * (blocks + 1) * inputs)
        }
        Model::TextCnn(recipe::TextCnnKeys { embedding, widths, channels }) => {
            let (embedding, channels) = (wide(*embedding), wide(*channels));
            let seen: u128 = widths.iter().map(|&n| wide(n)).sum();
            let kinds = widths.len() as u128;
            (vocabulary * embedding + seen * embedding * channels, block * (embedding + 3 * channels * kinds))
        }
    }
}

/// The optimiser of a recipe over a model's parameters.
pub fn optimizer(recipe: &Recipe, parameters: Vec<(String, Param)>) -> Box<dyn Optimizer> {
    match &recipe.optimizer {
        recipe::Optimizer::Sgd(keys) => {
            let sgd = Sgd::new(parameters).momentum(keys.momentum).weight_decay(keys.weight_decay);
            Box::new(if keys.nesterov { sgd.nesterov() } else { sgd })
        }
        recipe::Optimizer::Adam(keys) => {
            Box::new(Adam::new(parameters).betas(keys.beta1, keys.beta2).eps(keys.eps).weight_decay(keys.weight_decay))
        }
        recipe::Optimizer::AdamW(keys) => {
            let adam = Adam::w(parameters).betas(keys.beta1, keys.beta2).eps(keys.eps).weight_decay(keys.weight_decay);
            Box::new(match keys.decays {
                Decays::All => adam,
                Decays::Matrices => adam.decay_only_matrices(),
            })
        }
    }
}

/// How the course's MLP begins.
fn mlp_init(scheme: InitScheme) -> MlpInit {
    match scheme {
        InitScheme::AsWritten => MlpInit::AsWritten,
        InitScheme::SmallOutput => MlpInit::SmallOutput,
        InitScheme::SmallHidden => MlpInit::SmallHidden,
        InitScheme::Kaiming => MlpInit::Kaiming,
    }
}

/// How random numbers are drawn.
pub fn scheme(word: RngScheme) -> Scheme {
    match word {
        RngScheme::Gradus => Scheme::Gradus,
        RngScheme::Torch => Scheme::Torch,
    }
}

//! From a recipe's words to the model and the optimiser they mean.

use gradus_models::mlp::{Mlp, MlpConfig, MlpInit};
use gradus_models::transformer::{Gelu, Transformer, TransformerConfig, TransformerInit};
use gradus_models::{
    BatchNormMlp, BatchNormMlpConfig, Bigram, BigramConfig, Bow, BowConfig, DeepMlp, DeepMlpConfig, Gru, LanguageModel,
    Lstm, ManualMlp, ManualMlpConfig, Ngram, NgramConfig, RecurrentConfig, Rnn, WaveNet, WaveNetConfig, WindowMlp,
    WindowMlpConfig,
};
use gradus_nn::init::Init;
use gradus_nn::{Adam, Optimizer, Param, Sgd};
use gradus_tensor::random::{Generator, Scheme};

use crate::Error;
use crate::corpus::{Corpus, Intake, Split};
use crate::recipe::{self, Decays, GeluForm, InitScheme, Model, Recipe, RngScheme, TransformerInitForm};

impl Model {
    /// What it takes.
    pub fn intake(&self) -> Intake {
        match self {
            Model::Mlp(_)
            | Model::Ngram(_)
            | Model::Bigram(_)
            | Model::BatchNormMlp(_)
            | Model::ManualMlp(_)
            | Model::Deep(_)
            | Model::WaveNet(_) => Intake::Contexts,
            Model::WindowMlp(_)
            | Model::Bow(_)
            | Model::Rnn(_)
            | Model::Gru(_)
            | Model::Lstm(_)
            | Model::Transformer(_) => Intake::Sequences,
        }
    }

    /// The length of the context, where the model itself decides it.
    pub(crate) fn block(&self) -> Option<usize> {
        match self {
            Model::Bigram(_) => Some(1),
            Model::Ngram(keys) => Some((keys.order - 1).max(1)),
            _ => None,
        }
    }
}

/// The model of a recipe, freshly initialised (and one that counts, with its counts).
///
/// # Errors
/// Where the sizes are impossible or do not fit each other.
pub fn model(recipe: &Recipe, corpus: &Corpus, random: &mut Generator) -> Result<Box<dyn LanguageModel>, Error> {
    let (vocabulary, block) = (corpus.tokenizer().len(), recipe.data.block_size);
    check_size(recipe, vocabulary)?;
    Ok(match &recipe.model {
        Model::Mlp(keys) => {
            let (embedding, hidden, init) = (keys.embedding, keys.hidden, keys.init.into());
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
    })
}

/// Counts the train split.
fn counted(keys: &recipe::NgramKeys, corpus: &Corpus, vocabulary: usize) -> Result<Ngram, Error> {
    let model = Ngram::new(NgramConfig { vocabulary, order: keys.order, smoothing: keys.smoothing })?;
    let examples = corpus.examples(Split::Train);
    let rows: Vec<i64> = (0..examples.len() as i64).collect();
    let (contexts, targets) = examples.batch(&rows);
    if !examples.is_empty() {
        model.count(&contexts.to_vec::<i64>(), &targets.to_vec::<i64>(), examples.width())?;
    }
    Ok(model)
}

/// The most numbers a model, or a batch on its way through it, may hold: 4 GiB of f32.
const MOST_NUMBERS: u128 = 1 << 30;

/// Refuses what no memory holds before anything is allocated: a mistyped size must not bring the machine down.
fn check_size(recipe: &Recipe, vocabulary: usize) -> Result<(), Error> {
    let (parameters, activations) = sizes(recipe, vocabulary as u128);
    let refuse = |what: String| Err(Error::Request(format!("{what}, and at most {MOST_NUMBERS} are possible")));
    if parameters > MOST_NUMBERS {
        return refuse(format!(
            "model.hidden, model.embedding, model.width, model.layers or data.block_size is too large: the model would \
             have {parameters} parameters"
        ));
    }
    let batch = recipe.training.batch as u128;
    if batch.saturating_mul(activations) > MOST_NUMBERS {
        let numbers = batch.saturating_mul(activations);
        return refuse(format!("batch is too large: a step of {batch} examples would take {numbers} numbers"));
    }
    Ok(())
}

/// About how many numbers there are in a model and in one example on its way through it. Every key is below 2²⁰, so
/// that no product overflows.
fn sizes(recipe: &Recipe, vocabulary: u128) -> (u128, u128) {
    let block = recipe.data.block_size as u128;
    let wide = |n: usize| n as u128;
    match &recipe.model {
        Model::Ngram(_) => (0, vocabulary),
        Model::Bigram(_) => (vocabulary * vocabulary, vocabulary),
        Model::Mlp(recipe::MlpKeys { embedding, hidden, .. })
        | Model::BatchNormMlp(recipe::BatchNormMlpKeys { embedding, hidden })
        | Model::ManualMlp(recipe::ManualMlpKeys { embedding, hidden }) => {
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
        Model::Bow(recipe::BowKeys { embedding, hidden })
        | Model::Rnn(recipe::RnnKeys { embedding, hidden })
        | Model::Gru(recipe::GruKeys { embedding, hidden })
        | Model::Lstm(recipe::LstmKeys { embedding, hidden }) => {
            let (embedding, hidden) = (wide(*embedding), wide(*hidden));
            let parameters = (vocabulary + block) * embedding + 4 * (embedding + hidden) * hidden + hidden * vocabulary;
            (parameters, block * (2 * embedding + 6 * hidden + vocabulary))
        }
        Model::Transformer(keys) => {
            let (width, layers) = (wide(keys.width), wide(keys.layers));
            let parameters = (2 * vocabulary + block) * width + 12 * layers * width * width;
            (parameters, block * (20 * layers * width + vocabulary) + layers * wide(keys.heads) * block * block)
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

impl From<InitScheme> for MlpInit {
    fn from(scheme: InitScheme) -> Self {
        match scheme {
            InitScheme::AsWritten => MlpInit::AsWritten,
            InitScheme::SmallOutput => MlpInit::SmallOutput,
            InitScheme::SmallHidden => MlpInit::SmallHidden,
            InitScheme::Kaiming => MlpInit::Kaiming,
        }
    }
}

impl From<RngScheme> for Scheme {
    fn from(scheme: RngScheme) -> Self {
        match scheme {
            RngScheme::Gradus => Scheme::Gradus,
            RngScheme::Torch => Scheme::Torch,
        }
    }
}

//! From a recipe's words to the model and the optimiser they mean.

use gradus_models::mlp::{Mlp, MlpConfig, MlpInit};
use gradus_nn::{Adam, Module, Optimizer, Param, Sgd};
use gradus_tensor::random::{Generator, Scheme};

use crate::Error;
use crate::recipe::{self, InitScheme, Model, Recipe, RngScheme};

/// The model of a recipe, freshly initialised: token indices `[B, block]` in, logits
/// `[B, vocabulary]` out.
///
/// # Errors
/// Where the sizes are impossible.
pub fn model(recipe: &Recipe, vocabulary: usize, random: &mut Generator) -> Result<Box<dyn Module>, Error> {
    check_size(recipe, vocabulary)?;
    match &recipe.model {
        Model::Mlp(keys) => {
            let config = MlpConfig {
                vocabulary,
                block: recipe.data.block_size,
                embedding: keys.embedding,
                hidden: keys.hidden,
                init: recipe.init.scheme.into(),
            };
            Ok(Box::new(Mlp::new(config, random)?))
        }
    }
}

/// The most numbers a model, or a batch on its way through it, may hold: 4 GiB of f32.
const MOST_NUMBERS: u128 = 1 << 30;

/// Refuses what no memory holds before anything is allocated: a mistyped size must not bring the machine down.
fn check_size(recipe: &Recipe, vocabulary: usize) -> Result<(), Error> {
    let [vocabulary, block, batch] = [vocabulary, recipe.data.block_size, recipe.training.batch].map(|n| n as u128);
    let (parameters, activations, sizes) = match &recipe.model {
        Model::Mlp(keys) => {
            let (inputs, hidden) = (block * keys.embedding as u128, keys.hidden as u128);
            let parameters = vocabulary * keys.embedding as u128 + (inputs + 1) * hidden + (hidden + 1) * vocabulary;
            (parameters, inputs + hidden + vocabulary, "model.hidden, model.embedding or data.block_size")
        }
    };
    let refuse = |what: String| Err(Error::Request(format!("{what}, and at most {MOST_NUMBERS} are possible")));
    if parameters > MOST_NUMBERS {
        return refuse(format!("{sizes} is too large: the model would have {parameters} parameters"));
    }
    if batch * activations > MOST_NUMBERS {
        let numbers = batch * activations;
        return refuse(format!("batch is too large: a step of {batch} examples would take {numbers} numbers"));
    }
    Ok(())
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
            Box::new(Adam::w(parameters).betas(keys.beta1, keys.beta2).eps(keys.eps).weight_decay(keys.weight_decay))
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

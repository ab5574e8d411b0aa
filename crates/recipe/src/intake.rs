//! What a model takes, by its kind.

use crate::Model;

/// What a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// Contexts of a fixed length, and the token that follows.
    Contexts,
    /// Whole sequences, and what follows at each of their places.
    Sequences,
    /// Measurements, points or pictures, and the class or the values of each.
    Features,
    /// Words, and the list that each stands in.
    Words,
}

impl Intake {
    /// Whether it is text to go on with: tokens in, the next token out.
    pub fn is_language(self) -> bool {
        matches!(self, Intake::Contexts | Intake::Sequences)
    }

    /// Whether a key of a recipe's data says anything here.
    pub(crate) fn reads(self, key: &str) -> bool {
        match key {
            "source" => true,
            "against" | "even" => self == Intake::Words,
            "target" | "standardise" | "points" | "noise" | "points_seed" => self == Intake::Features,
            _ => self.is_language(),
        }
    }
}

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
            Model::Neuron(_) | Model::Dense(_) | Model::LeNet(_) | Model::ResNet(_) | Model::Autoencoder(_) => {
                Intake::Features
            }
            Model::TextCnn(_) | Model::LstmClassifier(_) => Intake::Words,
        }
    }

    /// The length of the context, where the model itself decides it.
    pub fn block(&self) -> Option<usize> {
        match self {
            Model::Bigram(_) => Some(1),
            Model::Ngram(keys) => Some((keys.order - 1).max(1)),
            _ => None,
        }
    }
}

//! What only some families of models have: attention, the logit lens, states over time, trees, embeddings.

use gradus_insight::diagnostics::embedding_map;
use gradus_tensor::{Tensor, no_grad, probe};
use schemars::JsonSchema;
use serde::Serialize;

use crate::limits;
use crate::refusal::{Answer, Refusal};
use crate::session::ActiveSession;
use crate::session::look::{Look, Source};

/// Every head of every block.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Attention {
    letters: Vec<String>,
    layers: Vec<AttentionLayer>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AttentionLayer {
    name: String,
    heads: Vec<Head>,
}

/// From scores to shares; what is masked is null.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AttentionHead")]
struct Head {
    scaled: Vec<Vec<Option<f32>>>,
    masked: Vec<Vec<Option<f32>>>,
    pattern: Vec<Vec<Option<f32>>>,
}

/// What each depth of a Transformer would predict.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Lens {
    letters: Vec<String>,
    layers: Vec<LensLayer>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LensLayer {
    name: String,
    /// For each position, of each token.
    probabilities: Vec<Vec<f32>>,
}

/// Values along a text.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "States")]
pub struct Series {
    letters: Vec<String>,
    values: Vec<Values>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StateValues")]
struct Values {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// How characters are fused, level by level.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tree {
    letters: Vec<String>,
    levels: Vec<Level>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TreeLevel")]
struct Level {
    name: String,
    shape: Vec<usize>,
    /// The letters that stand behind each place.
    groups: Vec<String>,
    values: Vec<f32>,
}

/// The table of letters in the plane.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EmbeddingMap")]
pub struct Embedding {
    name: String,
    letters: Vec<String>,
    points: Vec<[f64; 2]>,
    explained: Option<[f64; 2]>,
}

impl ActiveSession {
    fn look_for_view(&mut self, context: &str, edited: bool) -> Answer<Look> {
        self.look(&Source::Context { text: context.to_string(), target: None, edited }, false)
    }

    fn letters_of(&self, look: &Look) -> Vec<String> {
        look.input.to_vec::<i64>().into_iter().map(|token| self.letter(token)).collect()
    }

    /// Refuses what no page can show.
    fn check_size(&self, numbers: usize) -> Answer<()> {
        if numbers <= limits::VIEW_NUMBERS {
            return Ok(());
        }
        let most = limits::VIEW_NUMBERS;
        Err(Refusal::too_large(format!("the view would have more than {most} numbers: give a shorter context")))
    }

    fn not_of(&self, what: &str) -> Refusal {
        Refusal::unprocessable(format!("a model of kind {} has no {what}", self.family.model))
    }

    /// Attention patterns.
    ///
    /// # Errors
    /// Where the model has none.
    pub fn attention(&mut self, context: &str, edited: bool) -> Answer<Attention> {
        let look = self.look_for_view(context, edited)?;
        let mut layers = Vec::new();
        for (name, pattern) in look.activations.iter().filter(|(name, _)| name.ends_with(".pattern")) {
            let layer = name.trim_end_matches(".pattern");
            let scores = look.tensor(&format!("{layer}.scores"), Default::default())?;
            let &[_, heads, rows, columns] = pattern.shape() else { continue };
            self.check_size(3 * (layers.len() + 1) * pattern.numel())?;
            let head = |tensor: &Tensor, head: usize, causal: bool| -> Vec<Vec<Option<f32>>> {
                let numbers = tensor.to_vec::<f32>();
                let at = |row, column| numbers[(head * rows + row) * columns + column];
                let shown = |row, column| (!causal || column <= row).then(|| at(row, column));
                (0..rows).map(|row| (0..columns).map(|column| shown(row, column)).collect()).collect()
            };
            let of = |i| Head {
                scaled: head(&scores, i, false),
                masked: head(&scores, i, true),
                pattern: head(pattern, i, false),
            };
            layers.push(AttentionLayer { name: layer.to_string(), heads: (0..heads).map(of).collect() });
        }
        if layers.is_empty() {
            return Err(self.not_of("attention"));
        }
        Ok(Attention { letters: self.letters_of(&look), layers })
    }

    /// The logit lens: the stream as it is after each block, put in the place of what leaves the last, so that the
    /// model's own last normalisation and output layer read it.
    ///
    /// # Errors
    /// Where the model has no blocks.
    pub fn lens(&mut self, context: &str) -> Answer<Lens> {
        let look = self.look_for_view(context, false)?;
        let is_block = |name: &str| {
            let mut parts = name.split('.');
            (parts.next(), parts.nth(1), parts.next()) == (Some("blocks"), Some("out"), None)
        };
        let stream: Vec<&(String, Tensor)> =
            look.activations.iter().filter(|(name, _)| name == "embedded" || is_block(name)).collect();
        let last = stream.last().map(|(name, _)| name.clone()).filter(|name| is_block(name));
        let last = last.ok_or_else(|| self.not_of("blocks"))?;
        let mut layers = Vec::new();
        for (name, value) in stream {
            let value = value.detach();
            let put = probe::Replace::new(last.clone(), move |_| value.clone());
            let (_, logits) = probe::with(put, || no_grad(|| self.model().forward(&look.input)));
            let shares = no_grad(|| logits.and_then(|logits| logits.softmax(-1)))?;
            self.check_size((layers.len() + 1) * shares.numel())?;
            let width = shares.shape().last().copied().unwrap_or(1).max(1);
            let probabilities = shares.to_vec::<f32>().chunks(width).map(<[f32]>::to_vec).collect();
            layers.push(LensLayer { name: name.clone(), probabilities });
        }
        Ok(Lens { letters: self.letters_of(&look), layers })
    }

    /// States and gates of a recurrent network over a text.
    ///
    /// # Errors
    /// Where the model has none.
    pub fn states(&mut self, context: &str, edited: bool) -> Answer<Series> {
        let look = self.look_for_view(context, edited)?;
        let has_state = look.activations.iter().any(|(name, _)| name == "hidden");
        let is_state = |name: &str| name == "hidden" || name.starts_with("cell.");
        let values: Vec<Values> = look
            .activations
            .iter()
            .filter(|(name, tensor)| is_state(name) && tensor.ndim() == 3)
            .map(|(name, tensor)| Values {
                name: name.clone(),
                shape: tensor.shape()[1..].to_vec(),
                values: tensor.to_vec(),
            })
            .collect();
        if !has_state || values.is_empty() {
            return Err(self.not_of("states over time"));
        }
        Ok(Series { letters: self.letters_of(&look), values })
    }

    /// The tree of fused characters.
    ///
    /// # Errors
    /// Where the model is no tree.
    pub fn tree(&mut self, context: &str, edited: bool) -> Answer<Tree> {
        let look = self.look_for_view(context, edited)?;
        if self.family.model != "wavenet" {
            return Err(self.not_of("tree"));
        }
        let letters = self.letters_of(&look);
        let levels = look.activations.iter().filter(|(name, _)| name == "embedding.out" || name.ends_with(".tanh"));
        let level = |(name, tensor): &(String, Tensor)| {
            // [1, places, width], or [1, width] where one place is left.
            let places = if tensor.ndim() == 3 { tensor.shape()[1] } else { 1 };
            let width = tensor.shape().last().copied().unwrap_or(1);
            let each = (letters.len() / places.max(1)).max(1);
            Level {
                name: name.clone(),
                shape: vec![places, width],
                groups: letters.chunks(each).map(<[String]>::concat).collect(),
                values: tensor.to_vec(),
            }
        };
        Ok(Tree { levels: levels.map(level).collect(), letters: letters.clone() })
    }

    /// The letters' vectors in the plane.
    ///
    /// # Errors
    /// Where the model has no table of letters.
    pub fn embedding(&self) -> Answer<Embedding> {
        let map = embedding_map(self.session()).ok_or_else(|| self.not_of("embedding"))?;
        Ok(Embedding {
            name: map.name,
            letters: map.points.iter().map(|point| point.label.clone()).collect(),
            points: map.points.iter().map(|point| [point.x, point.y]).collect(),
            explained: map.explained,
        })
    }
}

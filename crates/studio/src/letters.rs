//! The letter graph: connections between letters that become a bias on the logits.
//!
//! Of the connections whose context ends the text, those with the longest context count; each adds
//! strength · ln(1 + count) to the logit of its next letter. Over logits that are all equal, at strength 1, this is the
//! count model with one added to every count (Laplace's smoothing).

use std::collections::HashMap;

use gradus_tokenizers::Tokenizer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::refusal::{Answer, Refusal};

/// The most letters in a context.
pub const LONGEST: usize = 8;

/// The graph as it is drawn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterGraph {
    /// What the whole bias is multiplied with.
    pub(crate) strength: f64,
    pub(crate) connections: Vec<Connection>,
}

/// After `context` comes `next`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    pub(crate) context: String,
    pub(crate) next: String,
    /// How often.
    pub(crate) count: f64,
}

impl LetterGraph {
    /// Checks the numbers.
    ///
    /// # Errors
    /// The first that makes no sense.
    pub fn check(&self) -> Answer<()> {
        let wrong = |what: String| Err(Refusal::unprocessable(what));
        if !(self.strength.is_finite() && self.strength.abs() <= 1000.0) {
            return wrong(format!("the strength is a number between -1000 and 1000, found {}", self.strength));
        }
        if self.connections.len() > limits::CONNECTIONS {
            return wrong(format!("a letter graph has at most {} connections", limits::CONNECTIONS));
        }
        for Connection { context, next, count } in &self.connections {
            let letters = context.chars().count();
            if !(1..=LONGEST).contains(&letters) || next.chars().count() != 1 {
                return wrong(format!("the connection {context:?} to {next:?}: 1 to {LONGEST} letters, then one"));
            }
            if !(count.is_finite() && *count >= 0.0) {
                return wrong(format!(
                    "the connection {context:?} to {next:?} has the count {count}; 0 or more is one"
                ));
            }
        }
        Ok(())
    }

    /// Counts what follows each context of `order` letters in some names.
    ///
    /// # Errors
    /// Where a name holds what the vocabulary does not.
    pub fn count(names: &[String], order: usize, tokenizer: &Tokenizer, mark: Option<i64>) -> Answer<Vec<Connection>> {
        let mark = mark.and_then(|mark| tokenizer.piece(mark)?.chars().next());
        let mut counts: HashMap<(String, char), u64> = HashMap::new();
        for name in names {
            tokenizer.encode(name)?;
            let before = mark.map_or(String::new(), |mark| mark.to_string().repeat(order));
            let letters: Vec<char> = before.chars().chain(name.chars()).chain(mark).collect();
            for window in letters.windows(order + 1) {
                *counts.entry((window[..order].iter().collect(), window[order])).or_default() += 1;
            }
        }
        if counts.len() > limits::CONNECTIONS {
            return Err(Refusal::unprocessable(format!(
                "these names come to {} connections, and a letter graph has at most {}",
                counts.len(),
                limits::CONNECTIONS
            )));
        }
        let mut connections: Vec<Connection> = counts
            .into_iter()
            .map(|((context, next), count)| Connection { context, next: next.to_string(), count: count as f64 })
            .collect();
        connections.sort_by(|a, b| (&a.context, &a.next).cmp(&(&b.context, &b.next)));
        Ok(connections)
    }
}

/// A graph in tokens, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Bias {
    /// Next tokens and what is added to their logits, by context.
    following: HashMap<Vec<i64>, Vec<(usize, f32)>>,
    longest: usize,
}

impl Bias {
    /// The sum of several graphs' connections, each at its strength.
    ///
    /// # Errors
    /// Where one names a letter that the vocabulary does not have.
    pub fn new<'a>(
        graphs: impl Iterator<Item = &'a LetterGraph>,
        tokenizer: &Tokenizer,
        mark: Option<i64>,
    ) -> Answer<Option<Self>> {
        let mut bias = Bias::default();
        let token = |letter: char| {
            let letter = letter.to_string();
            if let Some(mark) = mark.filter(|&mark| tokenizer.piece(mark).as_ref() == Some(&letter)) {
                return Ok(mark);
            }
            match tokenizer.encode(&letter).as_deref() {
                Ok(&[token]) => Ok(token),
                _ => Err(Refusal::unprocessable(format!(
                    "the letter graph names {letter:?}, which is no token of this model"
                ))),
            }
        };
        for graph in graphs {
            for Connection { context, next, count } in &graph.connections {
                let context = context.chars().map(token).collect::<Answer<Vec<i64>>>()?;
                let next = next.chars().map(token).collect::<Answer<Vec<i64>>>()?;
                bias.longest = bias.longest.max(context.len());
                let amount = (graph.strength * count.ln_1p()) as f32;
                for next in next {
                    bias.following.entry(context.clone()).or_default().push((next as usize, amount));
                }
            }
        }
        Ok((!bias.following.is_empty()).then_some(bias))
    }

    /// What is added to each logit after the tokens `text` (token 0 stands before the first).
    pub fn after(&self, text: &[i64], vocabulary: usize) -> Vec<f32> {
        let padded: Vec<i64> = [0; LONGEST].iter().chain(text).copied().collect();
        let mut added = vec![0.0; vocabulary];
        let found = (1..=self.longest).rev().find_map(|n| self.following.get(&padded[padded.len() - n..]));
        for &(next, amount) in found.into_iter().flatten() {
            if let Some(slot) = added.get_mut(next) {
                *slot += amount;
            }
        }
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_strength_one_the_bias_is_the_smoothed_count_model() {
        let vocabulary = Tokenizer::of_lines(gradus_tokenizers::Kind::Characters, &["abc"]).unwrap();
        let names = ["ab", "ab", "ac"].map(str::to_string);
        let connections = LetterGraph::count(&names, 1, &vocabulary, Some(0)).unwrap();
        let graph = LetterGraph { strength: 1.0, connections };
        let bias = Bias::new([&graph].into_iter(), &vocabulary, Some(0)).unwrap().unwrap();
        // After a: b twice, c once; with one added to each: 3, 2 and 1 of 7 for b, c and the two others.
        let weights: Vec<f32> = bias.after(&[1], 4).iter().map(|b| b.exp()).collect();
        for (weight, count) in weights.iter().zip([1.0, 1.0, 3.0, 2.0]) {
            assert!((weight - count).abs() < 1e-5, "{weights:?}");
        }
        // At the beginning: a, three times.
        assert!((bias.after(&[], 4)[1].exp() - 4.0).abs() < 1e-5);
    }

    #[test]
    fn the_longest_context_counts() {
        let vocabulary = Tokenizer::of_lines(gradus_tokenizers::Kind::Characters, &["abc"]).unwrap();
        let connection =
            |context: &str, next: &str| Connection { context: context.into(), next: next.into(), count: 1.0 };
        let connections = vec![connection("b", "a"), connection("ab", "c"), connection(".a", "a")];
        let graph = LetterGraph { strength: 2.0, connections };
        let bias = Bias::new([&graph].into_iter(), &vocabulary, Some(0)).unwrap().unwrap();
        let added = |text: &[i64]| bias.after(text, 4);
        let amount = (2.0 * 2.0_f64.ln()) as f32;
        assert_eq!(added(&[1, 2]), [0.0, 0.0, 0.0, amount]);
        assert_eq!(added(&[3, 2]), [0.0, amount, 0.0, 0.0]);
        assert_eq!(added(&[1]), [0.0, amount, 0.0, 0.0]);
        assert_eq!(added(&[2, 1]), [0.0; 4]);
    }
}

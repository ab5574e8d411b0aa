//! Text out of a trained model, one token after the other.

use gradus_data::DataError;
use gradus_models::language::{self, Extent};
use gradus_recipe::SampleDraws;
use gradus_tensor::random::{Generator, Scheme};
use schemars::JsonSchema;
use serde::Serialize;

use crate::session::Session;
use crate::{Error, build};

/// How the next token is chosen from the model's probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// Logits are divided by it: below 1 bolder, above 1 more adventurous, 0 always the likeliest.
    pub temperature: f64,
    /// Only the so many likeliest tokens.
    pub top_k: Option<usize>,
    /// Only the likeliest tokens that together reach this share.
    pub top_p: Option<f64>,
    /// Where a sample without an end is cut.
    pub length: usize,
    /// Words that end a sample; they are cut off.
    pub stop: Option<String>,
}

impl Default for Sampling {
    fn default() -> Self {
        Sampling { temperature: 1.0, top_k: None, top_p: None, length: 500, stop: None }
    }
}

impl Sampling {
    /// Checks that the numbers mean something.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |what: String| Err(Error::Request(what));
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            return refuse(format!("the temperature must be 0 or more, found {}", self.temperature));
        }
        if self.top_k == Some(0) {
            return refuse("top-k must be at least 1: with 0 there is nothing to choose".into());
        }
        if let Some(p) = self.top_p.filter(|p| !(*p > 0.0 && *p <= 1.0)) {
            return refuse(format!("top-p must be above 0 and at most 1, found {p}"));
        }
        if self.stop.as_deref() == Some("") {
            return refuse("the stop mark is empty: every text would end before it begins".into());
        }
        Ok(())
    }

    /// The probabilities of the tokens, from their logits: softmax(logits / temperature), cut to
    /// top-k and top-p, and scaled to a sum of 1.
    pub fn probabilities(&self, logits: &[f32]) -> Vec<f32> {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if self.temperature == 0.0 {
            // The limit: everything on the first of the largest.
            let best = logits.iter().position(|&logit| logit == largest);
            return (0..logits.len()).map(|i| f32::from(u8::from(Some(i) == best))).collect();
        }
        let temperature = self.temperature as f32;
        let mut weights: Vec<f32> = logits.iter().map(|&logit| ((logit - largest) / temperature).exp()).collect();
        if self.top_k.is_some() || self.top_p.is_some() {
            self.cut(&mut weights);
        }
        let sum: f32 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    }

    /// Sets the weights outside top-k and top-p to 0.
    fn cut(&self, weights: &mut [f32]) {
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
        let mut keep = self.top_k.unwrap_or(weights.len()).min(weights.len());
        if let Some(share) = self.top_p {
            let total: f64 = order[..keep].iter().map(|&i| f64::from(weights[i])).sum();
            let mut reached = 0.0;
            // The token that reaches the share is still among them.
            let enough = order[..keep].iter().position(|&i| {
                reached += f64::from(weights[i]);
                reached >= share * total
            });
            keep = enough.map_or(keep, |last| last + 1);
        }
        for &i in &order[keep..] {
            weights[i] = 0.0;
        }
    }
}

/// One generated text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sample {
    /// The text, with its prompt, without start and end marks.
    pub text: String,
    /// Whether it stands, letter for letter, in the list the run was given; `None` where that list is not at hand.
    pub known: Option<bool>,
    /// Whether the text came to its end; if not, it was cut at its length.
    pub ended: bool,
}

/// Says from a text's number and the logits what comes next.
type Choice<'a> = dyn FnMut(usize, &[f32]) -> Result<i64, Error> + 'a;

impl Session {
    /// Generates `count` texts that begin with `prompt`.
    ///
    /// In the `torch` scheme all draws come from one generator, one text after the other, as a
    /// lecture does it. In the `gradus` scheme each text has a stream of its own, so that they can
    /// be generated side by side and the first ten of a hundred are the first ten of ten.
    ///
    /// # Errors
    /// Where the model is no language model, the prompt holds what the vocabulary does not, or the settings mean nothing.
    pub fn generate(
        &self,
        count: usize,
        prompt: &str,
        sampling: &Sampling,
        random: &Generator,
    ) -> Result<Vec<Sample>, Error> {
        sampling.check()?;
        let (model, tokenizer) = (self.language_model()?, self.corpus().tokenizer()?);
        let prompt = tokenizer.encode(prompt)?;
        let mark = self.corpus().mark();
        let end = mark.unwrap_or(STOP);
        let extent = Extent { length: sampling.length.max(prompt.len()), start: mark, end: Some(end) };
        let write = |count, choose: &mut Choice<'_>| {
            // What each has written so far, where that may be a reason to stop.
            let mut written = vec![Vec::new(); if sampling.stop.is_some() { count } else { 0 }];
            language::write(model, &prompt, count, extent, |text, logits| {
                let Some(stop) = &sampling.stop else { return choose(text, logits) };
                if tokenizer.decode(&written[text])?.contains(stop) {
                    return Ok(end);
                }
                let next = choose(text, logits)?;
                written[text].push(next);
                Ok(next)
            })
        };
        let texts = match random.scheme() {
            Scheme::Gradus => {
                let mut streams: Vec<Generator> = (0..count).map(|i| random.stream(&format!("sample {i}"))).collect();
                write(count, &mut |text, logits| draw(&mut streams[text], &sampling.probabilities(logits)))?
            }
            Scheme::Torch => {
                let mut random = random.clone();
                let mut one = || write(1, &mut |_, logits| draw(&mut random, &sampling.probabilities(logits)));
                (0..count).map(|_| one()).collect::<Result<Vec<_>, _>>()?.concat()
            }
        };
        Ok(texts
            .iter()
            .map(|tokens| {
                let mut text = tokenizer.decode(tokens)?;
                let begin = tokenizer.decode(&prompt)?.len();
                let stopped = sampling.stop.as_ref().and_then(|stop| text.get(begin..)?.find(stop.as_str()));
                if let Some(at) = stopped {
                    text.truncate(begin + at);
                }
                let ended = stopped.is_some() || tokens.len() < extent.length;
                Ok(Sample { known: self.corpus().is_known(&text), text, ended })
            })
            .collect::<Result<Vec<_>, DataError>>()?)
    }
}

fn draw(random: &mut Generator, probabilities: &[f32]) -> Result<i64, Error> {
    let mut token = [0];
    random.fill_multinomial(probabilities, true, &mut token)?;
    Ok(token[0])
}

/// What stands for the end of a text whose tokens have no mark for it: no token.
const STOP: i64 = -1;

impl Session {
    /// Where the samples at the end of training are drawn from.
    pub fn sample_generator(&self) -> Generator {
        let recipe = self.recipe();
        match recipe.record.sample_draws {
            SampleDraws::Seeded => sample_generator(build::scheme(recipe.training.rng), recipe.training.seed),
            SampleDraws::Continued => self.batches().clone(),
        }
    }
}

/// Where samples come from: in the `torch` scheme as the lectures seed it, ten above the run's.
pub fn sample_generator(scheme: Scheme, seed: u64) -> Generator {
    match scheme {
        Scheme::Gradus => Generator::new(scheme, seed).stream("samples"),
        Scheme::Torch => Generator::new(scheme, seed.wrapping_add(10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 4] = [1.0, 3.0, 2.0, 0.0];

    fn kept(sampling: &Sampling) -> Vec<usize> {
        let probabilities = sampling.probabilities(&LOGITS);
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        (0..4).filter(|&i| probabilities[i] > 0.0).collect()
    }

    #[test]
    fn plain_sampling_is_softmax() {
        let sum: f32 = LOGITS.iter().map(|l| l.exp()).sum();
        let probabilities = Sampling::default().probabilities(&LOGITS);
        for (p, logit) in probabilities.iter().zip(LOGITS) {
            assert!((p - logit.exp() / sum).abs() < 1e-6);
        }
    }

    #[test]
    fn the_settings_cut_as_they_say() {
        let plain = Sampling::default();
        assert_eq!(kept(&plain), [0, 1, 2, 3]);
        assert_eq!(kept(&Sampling { temperature: 0.0, ..plain.clone() }), [1]);
        assert_eq!(kept(&Sampling { top_k: Some(2), ..plain.clone() }), [1, 2]);
        assert_eq!(kept(&Sampling { top_k: Some(9), ..plain.clone() }), [0, 1, 2, 3]);
        // Shares: .0871 .6439 .2369 .0321
        assert_eq!(kept(&Sampling { top_p: Some(0.6), ..plain.clone() }), [1]);
        assert_eq!(kept(&Sampling { top_p: Some(0.7), ..plain.clone() }), [1, 2]);
        assert_eq!(kept(&Sampling { top_p: Some(1.0), ..plain.clone() }), [0, 1, 2, 3]);
        let both = Sampling { top_k: Some(3), top_p: Some(0.95), ..plain.clone() };
        assert_eq!(kept(&both), [0, 1, 2]);
        let warm = Sampling { temperature: 2.0, ..plain }.probabilities(&LOGITS);
        assert!(warm[3] > 0.0321 && warm[1] < 0.6439);
    }

    #[test]
    fn senseless_settings_are_refused() {
        let plain = Sampling::default();
        for bad in [
            Sampling { temperature: -1.0, ..plain.clone() },
            Sampling { temperature: f64::NAN, ..plain.clone() },
            Sampling { top_k: Some(0), ..plain.clone() },
            Sampling { top_p: Some(0.0), ..plain.clone() },
            Sampling { top_p: Some(1.5), ..plain },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}

//! Which letters of a word mattered to what a model takes it for.

use gradus_nn::Module;
use gradus_plot::{Bars, Picture};
use gradus_tensor::{Tensor, no_grad, probe};
use gradus_train::Error;
use schemars::JsonSchema;
use serde::Serialize;

use super::Reading;
use super::classifier::aside;

/// The letters of a word, and what each did for a class.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Letters {
    /// The class.
    pub class: String,
    /// Its probability.
    pub probability: f64,
    /// The letters in their order.
    pub letters: Vec<Letter>,
}

/// What one letter did.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Letter {
    /// The letter.
    pub letter: String,
    /// The probability of the class for the word without it.
    pub without: f64,
    /// Gradient × vector of the letter: what it adds to the class's score as far as that is a straight line there. `None` where
    /// the model has no vectors of letters.
    pub contribution: Option<f64>,
}

/// What each letter of a word did for a class: the probability without it, and gradient × vector. `tokens` are the word's, 0
/// fills words up to the same length. The gradients of the parameters stay as they were.
///
/// # Errors
/// Where there are no letters, or the model refuses them.
pub fn letters(
    model: &dyn Module,
    reading: Reading,
    classes: &[String],
    tokens: &[i64],
    pieces: &[String],
    class: usize,
) -> Result<Letters, Error> {
    if tokens.is_empty() || pieces.len() != tokens.len() {
        return Err(Error::Request("there are no letters to look at: give a word".to_string()));
    }
    let n = tokens.len();
    // The word, then the word without each letter, filled up.
    let mut words = tokens.to_vec();
    for left_out in 0..n {
        words.extend(tokens.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, token)| *token).chain([0]));
    }
    let outputs = no_grad(|| model.forward(&Tensor::from_slice(&words, &[n + 1, n])?))?;
    let width = outputs.numel() / (n + 1);
    let of_class = |outputs: &[f64]| reading.probabilities(outputs).get(class).copied().unwrap_or(f64::NAN);
    let probabilities: Vec<f64> = outputs.to_vec::<f64>().chunks(width.max(1)).map(of_class).collect();
    let contributions = aside(model, || contributions(model, tokens, class))??;
    let letter = |(i, piece): (usize, &String)| Letter {
        letter: piece.clone(),
        without: probabilities[i + 1],
        contribution: contributions.as_ref().map(|all| all[i]),
    };
    Ok(Letters {
        class: classes.get(class).cloned().unwrap_or_default(),
        probability: probabilities[0],
        letters: pieces.iter().enumerate().map(letter).collect(),
    })
}

/// Gradient × vector of each letter.
fn contributions(model: &dyn Module, tokens: &[i64], class: usize) -> Result<Option<Vec<f64>>, Error> {
    let n = tokens.len();
    let recorder = probe::Recorder::new(|name| name == "embedding.out" || name.ends_with(".embedding.out"));
    let word = Tensor::from_slice(tokens, &[1, n])?;
    let (seen, score) = probe::with(recorder, || -> Result<Tensor, Error> {
        Ok(model.forward(&word)?.flatten(0, -1)?.narrow(0, class, 1)?.sum())
    });
    score?.into_backward()?;
    let Some((_, vectors)) = seen.values().first().filter(|(_, vectors)| vectors.numel() % n == 0) else {
        return Ok(None);
    };
    let Some(gradient) = vectors.grad() else { return Ok(None) };
    // [1, T, C] or [T, 1, C]: a letter's numbers stand together either way.
    let products: Vec<f64> = vectors.to_vec::<f64>().iter().zip(gradient.to_vec::<f64>()).map(|(v, g)| v * g).collect();
    Ok(Some(products.chunks(products.len() / n).map(|of_letter| of_letter.iter().sum()).collect()))
}

impl Letters {
    /// The letter without which the class would be least probable.
    pub fn strongest(&self) -> Option<&Letter> {
        self.letters.iter().min_by(|a, b| a.without.total_cmp(&b.without))
    }

    /// A bar for each letter: what its leaving would cost.
    pub fn picture(&self) -> Picture {
        let word: String = self.letters.iter().map(|letter| letter.letter.as_str()).collect();
        let title = format!("{word} → {}, {:.1} %: what each letter does for it", self.class, 100.0 * self.probability);
        let bars = Bars::new(title).axis("percentage points that would be lost without the letter");
        let lost = |letter: &Letter| 100.0 * (self.probability - letter.without);
        self.letters.iter().fold(bars, |bars, letter| bars.bar(&*letter.letter, lost(letter))).picture()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::classifier::tests::names;
    use gradus_nn::Param;
    use gradus_tensor::Result;

    /// Adds up the letters' vectors, which are scores already.
    #[derive(Module)]
    struct Sum(#[module(name = "weight")] Param);

    impl Module for Sum {
        fn forward(&self, symbols: &Tensor) -> Result<Tensor> {
            let vectors = probe::scope("embedding", || Ok(self.0.value().embedding(symbols)?.tap("out")))?;
            vectors.sum_dims(&[1], false)
        }
        fn visit(&self, f: &mut dyn FnMut(&str, &Param)) {
            f("embedding.weight", &self.0);
        }
    }

    #[test]
    fn each_letter_is_worth_what_it_adds() {
        // Token 0 says nothing, 1 speaks for the second class, 2 against it.
        let table = Tensor::from_slice(&[0.0_f32, 0.0, 0.0, 2.0, 0.0, -0.5], &[3, 2]).unwrap();
        let model = Sum(Param::new(table));
        let classes = names(&["given", "surname"]);
        let seen = letters(&model, Reading::Softmax, &classes, &[1, 2, 1], &names(&["a", "b", "a"]), 1).unwrap();
        let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
        assert!((seen.probability - sigmoid(3.5)).abs() < 1e-6);
        let without: Vec<f64> = seen.letters.iter().map(|letter| letter.without).collect();
        for (found, score) in without.iter().zip([1.5, 4.0, 1.5]) {
            assert!((found - sigmoid(score)).abs() < 1e-6, "{without:?}");
        }
        let parts: Vec<Option<f64>> = seen.letters.iter().map(|letter| letter.contribution).collect();
        assert_eq!(parts, [Some(2.0), Some(-0.5), Some(2.0)]);
        assert!(model.0.grad().is_none());
        assert_eq!(seen.strongest().unwrap().letter, "a");
        assert!(seen.picture().to_svg().contains("aba → surname"));
        let one = letters(&model, Reading::Softmax, &classes, &[2], &names(&["b"]), 0).unwrap();
        assert!((one.letters[0].without - 0.5).abs() < 1e-9);
        assert!(letters(&model, Reading::Softmax, &classes, &[], &[], 0).is_err());
    }
}

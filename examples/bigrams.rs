//! makemore, part 1: letter pairs are counted, and write names. The loss says how surprised they are by names not seen.

use gradus_data::{Lines, Source, Split, contexts};
use gradus_models::{Ngram, NgramConfig};
use gradus_tensor::random::{Generator, Scheme};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let names = Lines::open(&Source::find("given-names")?)?;
    let vocabulary = names.vocabulary();
    let parts = names.split(&Split::COURSE)?;
    let train = contexts(&parts.train, &vocabulary, 1)?;
    let bigrams = Ngram::new(NgramConfig { vocabulary: vocabulary.len(), order: 2, smoothing: 1.0 })?;
    bigrams.count(&train.x, &train.y, 1)?;

    // How names begin: the row of the mark.
    let p = bigrams.probabilities()?.to_vec::<f32>();
    let symbols = vocabulary.len();
    let mut first: Vec<(f32, char)> =
        vocabulary.characters().chars().zip(&p[1..symbols]).map(|(c, &p)| (p, c)).collect();
    first.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (p, letter) in &first[..3] {
        println!("{:4.1} % of names begin with {letter}", 100.0 * p);
    }

    let dev = contexts(&parts.dev, &vocabulary, 1)?;
    let surprise = dev.x.iter().zip(&dev.y).map(|(&a, &b)| -p[a as usize * symbols + b as usize].ln());
    let loss = f64::from(surprise.sum::<f32>()) / dev.len() as f64;
    println!("held-out loss {loss:.3} nats a letter; guessing has {:.3}", (symbols as f64).ln());
    assert!(loss < 2.7);

    let mut rng = Generator::new(Scheme::Gradus, 7);
    for _ in 0..5 {
        println!("  {}", vocabulary.decode(&bigrams.sample(30, &mut rng)?)?);
    }
    Ok(())
}

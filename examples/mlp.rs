//! makemore, part 2: the MLP of Bengio et al. (2003) reads three letters and says what follows. After a thousand small
//! steps it beats counted pairs.

use gradus_data::{Lines, Source, Split, contexts};
use gradus_models::language::{Extent, write};
use gradus_models::mlp::{Mlp, MlpConfig, MlpInit};
use gradus_nn::{Module, Optimizer, Sgd};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Tensor, no_grad};
use std::error::Error;

const BLOCK: usize = 3;
const BATCH: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let names = Lines::open(&Source::find("given-names")?)?;
    let vocabulary = names.vocabulary();
    let parts = names.split(&Split::COURSE)?;
    let (train, dev) = (contexts(&parts.train, &vocabulary, BLOCK)?, contexts(&parts.dev, &vocabulary, BLOCK)?);

    let mut rng = Generator::new(Scheme::Gradus, 42);
    let init = MlpInit::Kaiming;
    let config = MlpConfig { vocabulary: vocabulary.len(), block: BLOCK, embedding: 10, hidden: 100, init };
    let model = Mlp::new(config, &mut rng)?;
    println!("{} parameters, {} examples", model.parameter_count(), train.len());

    let mut sgd = Sgd::new(model.parameters());
    let (mut rows, mut x, mut y) = ([0; BATCH], [0; BATCH * BLOCK], [0; BATCH]);
    for step in 0..1500 {
        rng.fill_randint(0, train.len() as i64, &mut rows)?;
        train.gather(&rows, &mut x, &mut y);
        let logits = model.forward(&Tensor::from_slice(&x, &[BATCH, BLOCK])?)?; // [B, symbols]
        logits.cross_entropy(&Tensor::from_slice(&y, &[BATCH])?)?.into_backward()?;
        sgd.step(if step < 1000 { 0.2 } else { 0.02 });
    }

    let x = Tensor::from_slice(&dev.x, &[dev.len(), BLOCK])?;
    let loss = no_grad(|| model.forward(&x)?.cross_entropy(&Tensor::from_slice(&dev.y, &[dev.len()])?)?.item())?;
    println!("held-out loss {loss:.3} nats a letter; counted pairs have about 2.5");
    assert!(loss < 2.45, "{loss}");

    let extent = Extent { length: 20, start: Some(0), end: Some(0) };
    let texts = write::<Box<dyn Error>>(&model, &[], 5, extent, |_, logits| {
        let mut next = [0];
        let weights: Vec<f32> = logits.iter().map(|l| l.exp()).collect();
        rng.fill_multinomial(&weights, true, &mut next)?;
        Ok(next[0])
    })?;
    for text in texts {
        println!("  {}", vocabulary.decode(&text)?);
    }
    Ok(())
}

//! Looking into a model that was not written for it: a probe sees every value that has a name, with its gradient, and
//! may put another in its place.

use gradus_models::{Dense, DenseConfig};
use gradus_nn::{Module, Nonlinearity};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{DType, Tensor, probe};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = Generator::new(Scheme::Gradus, 3);
    let config = DenseConfig {
        inputs: 4,
        hidden: vec![8, 8],
        outputs: 3,
        activation: Nonlinearity::Silu,
        output: Nonlinearity::Linear,
    };
    let model = Dense::new(config, &mut rng)?;
    let x = Tensor::rand(&[16, 4], DType::F32, &mut rng)?;
    let y = Tensor::randint(0, 3, &[16], &mut rng)?;

    // Seen: the name, what is in it, and how the loss changes with it.
    let (seen, loss) = probe::with(probe::Recorder::new(|_| true), || model.forward(&x)?.cross_entropy(&y));
    let loss = loss?;
    let usual = loss.item()?;
    loss.backward()?;
    for (name, value) in seen.values() {
        let gradient = value.grad().map_or(0.0, |g| g.to_vec::<f64>().iter().fold(0.0, |m, g| f64::max(m, g.abs())));
        println!("{name:20} {:10} largest gradient {gradient:.4}", format!("{:?}", value.shape()));
    }

    // Replaced: what is left of the loss when a layer says nothing?
    let silent = probe::Replace::new("hidden.1.activation", |value| value * 0.0);
    let (_, loss) = probe::with(silent, || model.forward(&x)?.cross_entropy(&y));
    let without = loss?.item()?;
    println!("loss {usual:.4}; {without:.4} with the second hidden layer silent, ln 3 = {:.4}", 3.0_f64.ln());
    assert!((without - 3.0_f64.ln()).abs() < 0.2 && without != usual);
    Ok(())
}

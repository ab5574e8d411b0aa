//! Two half circles that reach into each other: a line cannot part them, a layer of sixteen tanh units can.

use gradus_data::toys::{Points, Toy};
use gradus_nn::{Linear, Module, Nonlinearity, Optimizer, Sequential, Sgd, init::Init};
use gradus_tensor::Tensor;
use gradus_tensor::random::{Generator, Scheme};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let moons = Toy::Moons.make(&Points { n: 300, noise: 0.1, seed: 42 })?;
    let all: Vec<i64> = (0..300).collect();
    let (x, y) = moons.batch(&all[..200])?;
    let held_out = moons.batch(&all[200..])?;

    let mut rng = Generator::new(Scheme::Gradus, 1);
    let line = Sequential::new().push(Linear::new(2, 2, true, Init::Kaiming { gain: 1.0 }, &mut rng)?);
    let curve = Sequential::new()
        .push(Linear::new(2, 16, true, Nonlinearity::Tanh.init(), &mut rng)?)
        .push(Nonlinearity::Tanh)
        .push(Linear::new(16, 2, true, Init::Kaiming { gain: 1.0 }, &mut rng)?);

    let mut right = Vec::new();
    for (name, model) in [("a line", &line), ("16 tanh units", &curve)] {
        let mut sgd = Sgd::new(model.parameters());
        for _ in 0..1000 {
            model.forward(&x)?.cross_entropy(&y)?.into_backward()?;
            sgd.step(0.5);
        }
        right.push(accuracy(model, &held_out)?);
        println!("{name}: {} parameters, {:.0} % right", model.parameter_count(), 100.0 * right[right.len() - 1]);
    }
    assert!(right[0] < 0.95 && right[1] > 0.97, "{right:?}");
    Ok(())
}

/// The share of examples whose class has the highest score.
fn accuracy(model: &dyn Module, (x, y): &(Tensor, Tensor)) -> Result<f64, Box<dyn Error>> {
    let said = model.forward(x)?.to_vec::<f32>();
    let right = said.chunks(2).zip(y.to_vec::<i64>()).filter(|(scores, y)| (scores[1] > scores[0]) == (*y == 1));
    Ok(right.count() as f64 / y.numel() as f64)
}

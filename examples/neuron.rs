//! One neuron learns OR: o = σ(x · w + b), and every number in it can be looked at.

use gradus_nn::{Linear, Module, Optimizer, Sgd, init::Init};
use gradus_tensor::ops::Reduction;
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Result, Tensor};

fn main() -> Result<()> {
    let x = Tensor::from_slice(&[0.0_f32, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], &[4, 2])?;
    let y = Tensor::from_slice(&[0.0_f32, 1.0, 1.0, 1.0], &[4, 1])?;
    let neuron = Linear::new(2, 1, true, Init::Constant(0.0), &mut Generator::new(Scheme::Gradus, 1))?;
    let mut sgd = Sgd::new(neuron.parameters());

    for step in 0..=500 {
        // [4, 2] · [2, 1] + [1] → [4, 1]
        let loss = neuron.forward(&x)?.binary_cross_entropy_with_logits(&y, Reduction::Mean)?;
        if step % 100 == 0 {
            println!("step {step:3}: loss {:.4}", loss.item()?);
        }
        loss.into_backward()?;
        sgd.step(1.0);
    }

    for (name, param) in neuron.parameters() {
        println!("{name}: {:.3?}", param.value().to_vec::<f32>());
    }
    let said = neuron.forward(&x)?.sigmoid().to_vec::<f32>();
    for (inputs, o) in x.to_vec::<f32>().chunks(2).zip(&said) {
        println!("{inputs:?} → {o:.3}");
    }
    assert!(said[0] < 0.1 && said[1..].iter().all(|&o| o > 0.9));
    Ok(())
}

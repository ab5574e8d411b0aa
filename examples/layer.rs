//! A layer of one's own: a gated unit (Dauphin et al. 2017), y = (x·W + b) · σ(x·V + c). Its parts are found, counted and
//! shown as a tree; its gradient is that of the definition.

use gradus_nn::{Linear, Module, Nonlinearity};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{DType, Result, Tensor};

#[derive(Module)]
struct Gated {
    value: Linear,
    gate: Linear,
    /// How far the gate is open before it has learned anything.
    #[module(skip)]
    opening: f64,
}

impl Gated {
    fn new(width: usize, rng: &mut Generator) -> Result<Gated> {
        let init = Nonlinearity::Linear.init();
        let (value, gate) = (Linear::new(width, width, true, init, rng)?, Linear::new(width, width, true, init, rng)?);
        Ok(Gated { value, gate, opening: 1.0 })
    }
}

impl Module for Gated {
    /// `x` is `[B, width]`, and so is the result.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let gate = (self.gate.named("gate", x)? + self.opening).sigmoid();
        Ok(self.value.named("value", x)?.try_mul(&gate)?.tap("out"))
    }
}

fn main() -> Result<()> {
    let mut rng = Generator::new(Scheme::Gradus, 1);
    let layer = Gated::new(4, &mut rng)?;
    println!("{layer}\n");

    // The slope in one direction, by the tape and by a small step.
    let x = Tensor::rand(&[3, 4], DType::F32, &mut rng)?;
    layer.forward(&x)?.sum().into_backward()?;
    let bias = layer.value.parameters().into_iter().find(|(name, _)| name == "bias").expect("a bias").1;
    let by_tape = f64::from(bias.grad().expect("a gradient").to_vec::<f32>()[0]);
    let sum = || layer.forward(&x)?.sum().item();
    let before = sum()?;
    bias.set(bias.value().detach() + Tensor::from_slice(&[1e-2_f32, 0.0, 0.0, 0.0], &[4])?);
    let by_step = (sum()? - before) / 1e-2;
    println!("d sum / d value.bias[0]: {by_tape:.4} by the tape, {by_step:.4} by a step");
    assert!((by_tape - by_step).abs() < 1e-2);
    Ok(())
}

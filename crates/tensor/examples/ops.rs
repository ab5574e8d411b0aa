//! Times the fused operations at the sizes that matter, forward and forward with backward, one line each.
//!
//! `cargo run --release -p gradus-tensor --example ops [THREADS [FILTER]]` (one thread unless said otherwise; only
//! lines that contain FILTER). Each figure is the smallest mean of many short batches of calls.

use gradus_kernels::optim::{Adam, adam};
use gradus_tensor::ops::{Attention, BatchNorm, Conv, Pool};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{DType, Result, Tensor, no_grad, set_threads};
use std::time::{Duration, Instant};

/// Smallest mean time of a call, in microseconds, over about half a second.
fn time(mut f: impl FnMut() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    f()?;
    let once = start.elapsed().max(Duration::from_nanos(100));
    let calls = (Duration::from_millis(5).as_nanos() / once.as_nanos()).clamp(1, 10_000) as u32;
    let (mut best, begin) = (f64::INFINITY, Instant::now());
    while begin.elapsed() < Duration::from_millis(500) {
        let start = Instant::now();
        for _ in 0..calls {
            f()?;
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
    }
    Ok(best)
}

struct Bench {
    filter: String,
    generator: Generator,
}

impl Bench {
    fn leaf(&mut self, shape: &[usize]) -> Result<Tensor> {
        Ok(Tensor::randn(shape, DType::F32, &mut self.generator)?.requires_grad())
    }

    /// Times `f` of leaves with the given shapes without, and with, its backward pass.
    fn op(&mut self, name: &str, shapes: &[&[usize]], f: impl Fn(&[Tensor]) -> Result<Tensor>) -> Result<()> {
        if !name.contains(&self.filter) {
            return Ok(());
        }
        let leaves: Vec<Tensor> = shapes.iter().map(|shape| self.leaf(shape)).collect::<Result<_>>()?;
        let grad = Tensor::randn(f(&leaves)?.shape(), DType::F32, &mut self.generator)?;
        let forward = time(|| no_grad(|| f(&leaves).map(drop)))?;
        let both = time(|| {
            leaves.iter().for_each(Tensor::zero_grad);
            f(&leaves)?.backward_with(&grad)
        })?;
        println!("{name:<44} {forward:>12.2} {both:>12.2}");
        Ok(())
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    set_threads(arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1));
    let filter = arguments.next().unwrap_or_default();
    let mut b = Bench { filter, generator: Generator::new(Scheme::Gradus, 1) };
    println!("{:<44} {:>12} {:>12}", "microseconds", "forward", "and backward");
    for [rows, n] in [[1024, 384], [512, 64]] {
        b.op(&format!("layer_norm [{rows}, {n}]"), &[&[rows, n], &[n], &[n]], |x| {
            x[0].layer_norm(&[n], Some(&x[1]), Some(&x[2]), 1e-5)
        })?;
    }
    for shape in [&[32, 200][..], &[32, 4, 68], &[8192, 200]] {
        let c = shape[shape.len() - 1];
        b.op(&format!("batch_norm {shape:?}"), &[shape, &[c], &[c]], |x| {
            Ok(x[0].batch_norm(Some(&x[1]), Some(&x[2]), &BatchNorm::default())?.0)
        })?;
    }
    for [batch, heads, t, size] in [[32, 4, 16, 16], [4, 6, 256, 64]] {
        let shape = [batch, heads, t, size];
        b.op(&format!("attention {shape:?}"), &[&shape, &shape, &shape], |x| {
            x[0].scaled_dot_product_attention(&x[1], &x[2], &Attention::causal())
        })?;
        let packed = [batch, t, 3 * heads * size];
        b.op(&format!("self_attention {packed:?}, {heads} heads"), &[&packed], |x| {
            x[0].self_attention(heads, &Attention::causal())
        })?;
    }
    let mut generator = Generator::new(Scheme::Gradus, 2);
    let drop = std::cell::RefCell::new(&mut generator);
    b.op("dropout [1024, 384]", &[&[1024, 384]], |x| x[0].dropout(0.2, true, &mut drop.borrow_mut()))?;
    b.op("conv2d [32, 1, 28, 28] 6 of 5x5, padding 2", &[&[32, 1, 28, 28], &[6, 1, 5, 5], &[6]], |x| {
        x[0].conv2d(&x[1], Some(&x[2]), &Conv { padding: [2, 2], ..Conv::default() })
    })?;
    b.op("conv2d [32, 6, 14, 14] 16 of 5x5", &[&[32, 6, 14, 14], &[16, 6, 5, 5], &[16]], |x| {
        x[0].conv2d(&x[1], Some(&x[2]), &Conv::default())
    })?;
    b.op("conv2d [8, 64, 32, 32] 64 of 3x3, padding 1", &[&[8, 64, 32, 32], &[64, 64, 3, 3], &[64]], |x| {
        x[0].conv2d(&x[1], Some(&x[2]), &Conv { padding: [1, 1], ..Conv::default() })
    })?;
    b.op("max_pool2d [32, 6, 28, 28] 2x2", &[&[32, 6, 28, 28]], |x| x[0].max_pool2d(&Pool::new([2, 2])))?;
    b.op("avg_pool2d [32, 6, 28, 28] 2x2", &[&[32, 6, 28, 28]], |x| x[0].avg_pool2d(&Pool::new([2, 2])))?;
    if "adamw 10646784".contains(&b.filter) {
        let n = 10_646_784;
        let (mut w, g, mut m, mut v) = (vec![1.0_f32; n], vec![0.1_f32; n], vec![0.0_f32; n], vec![0.0_f32; n]);
        let options =
            Adam { lr: 1e-3, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.1, decoupled: true, grad_scale: 1.0 };
        let mut step = 0;
        let took = time(|| {
            step += 1;
            adam(&mut w, &g, &mut m, &mut v, step, &options);
            Ok(())
        })?;
        println!("{:<44} {took:>12.2}", "adamw 10646784");
    }
    Ok(())
}

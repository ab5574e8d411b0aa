//! The graph: long chains, memory, gradients that add up, probes and precision at the gate.

use gradus_tensor::autograd::Formula;
use gradus_tensor::probe::{self, Probe, Recorder, Replace};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{DType, Precision, Result, Tensor, no_grad, pool_stats, precision};
use std::cell::RefCell;
use std::rc::Rc;

fn leaf(values: &[f64]) -> Tensor {
    Tensor::from_slice(values, &[values.len()]).unwrap().requires_grad()
}

fn grad(x: &Tensor) -> Vec<f64> {
    x.grad().unwrap().to_vec()
}

#[test]
fn a_million_operations_neither_overflow_nor_lose_the_gradient() -> Result<()> {
    let chain = |x: &Tensor| (0..1_000_000).fold(x.clone(), |y, _| y.neg());
    let x = leaf(&[2.0]);
    // Dropped without a backward pass.
    drop(chain(&x));
    // Backward with the graph kept, and dropped afterwards.
    let y = chain(&x);
    y.backward()?;
    assert_eq!((y.item()?, grad(&x)), (2.0, vec![1.0]));
    drop(y);
    // Backward that frees on its way.
    chain(&x).into_backward()?;
    assert_eq!(grad(&x), [2.0]);
    Ok(())
}

#[test]
fn a_wide_graph_is_walked_once() -> Result<()> {
    // 2²⁰ paths lead through twenty doublings; each node is visited once.
    let x = leaf(&[1.0]);
    let y = (0..20).fold(x.clone(), |y, _| &y + &y);
    y.backward()?;
    assert_eq!(grad(&x), [1_048_576.0]);
    Ok(())
}

#[test]
fn forward_without_backward_does_not_pile_up() -> Result<()> {
    let x = Tensor::ones(&[1000]).requires_grad();
    let step = || (0..10).fold(x.clone(), |y, _| (&y * 0.5).tanh()).sum().item();
    step()?;
    let before = pool_stats();
    for _ in 0..200 {
        step()?;
    }
    let after = pool_stats();
    assert_eq!((after.fresh, after.cached_bytes), (before.fresh, before.cached_bytes));
    assert!(after.reused > before.reused + 2000);
    Ok(())
}

#[test]
fn into_backward_frees_what_was_saved() -> Result<()> {
    let x = Tensor::ones(&[10_000]).requires_grad();
    let saved = 40 * 10_000 * size_of::<f32>();
    let loss = || (0..40).fold(x.clone(), |y, _| y.tanh()).sum();
    let held = loss();
    held.backward()?;
    let while_held = pool_stats().cached_bytes;
    held.into_backward()?;
    assert!(pool_stats().cached_bytes >= while_held + saved);
    // The gradients on their way live in what is freed on the way: hardly anything fresh is asked for.
    let before = pool_stats();
    loss().into_backward()?;
    assert_eq!(pool_stats().fresh, before.fresh);
    Ok(())
}

#[test]
fn steps_of_fixed_shape_take_no_fresh_memory() -> Result<()> {
    let mut generator = Generator::new(Scheme::Gradus, 1);
    let draw = |shape: &[usize], generator: &mut Generator| -> Result<Tensor> {
        Ok((Tensor::randn(shape, DType::F32, generator)? * 0.1).requires_grad())
    };
    let mut parameters = vec![
        draw(&[27, 10], &mut generator)?,
        draw(&[30, 64], &mut generator)?,
        draw(&[64], &mut generator)?,
        draw(&[64, 27], &mut generator)?,
        draw(&[27], &mut generator)?,
    ];
    let mut fresh = 0;
    let mut losses = Vec::new();
    for step in 1..=100 {
        let x = Tensor::randint(0, 27, &[32, 3], &mut generator)?;
        let y = x.select(1, 0)?;
        let [table, w1, b1, w2, b2] = &parameters[..] else { unreachable!() };
        let hidden = table.embedding(&x)?.flatten(1, 2)?.linear(w1, Some(b1))?.tanh();
        let loss = hidden.linear(w2, Some(b2))?.cross_entropy(&y)?;
        losses.push(loss.item()?);
        loss.into_backward()?;
        parameters = no_grad(|| parameters.iter().map(|p| (p - p.grad().unwrap() * 0.5).requires_grad()).collect());
        if step == 1 {
            fresh = pool_stats().fresh;
        }
        assert_eq!(pool_stats().fresh, fresh, "step {step}");
    }
    assert!(losses[99] < 0.8 * losses[0], "{} then {}", losses[0], losses[99]);
    Ok(())
}

#[test]
fn no_grad_records_nothing_and_ends_with_its_block() -> Result<()> {
    let x = leaf(&[3.0]);
    let y = no_grad(|| &x * &x);
    assert!(!y.is_tracked() && y.operation().is_none() && y.inputs().is_empty());
    assert!(y.backward().unwrap_err().to_string().contains("requires_grad"));
    // Also where the block panics.
    let caught = std::panic::catch_unwind(|| no_grad(|| Tensor::ones(&[2]) + Tensor::ones(&[3])));
    assert!(caught.is_err() && gradus_tensor::is_grad_enabled());
    assert!((&x * &x).is_tracked());
    // A detached value is a constant.
    (&x * x.detach()).backward()?;
    assert_eq!(grad(&x), [3.0]);
    Ok(())
}

#[test]
fn gradients_add_up_over_reuse_and_over_calls() -> Result<()> {
    let x = leaf(&[2.0]);
    let y = &x * &x * &x;
    y.backward()?;
    assert_eq!(grad(&x), [12.0]);
    y.backward()?;
    assert_eq!(grad(&x), [24.0]);
    x.zero_grad();
    assert!(x.grad().is_none());
    y.backward_with(&Tensor::full(&[1], 10.0, DType::F64))?;
    assert_eq!(grad(&x), [120.0]);
    assert_eq!(x.take_grad().unwrap().to_vec::<f64>(), [120.0]);
    assert!(x.grad().is_none());
    Ok(())
}

#[test]
fn a_gradient_that_somebody_holds_does_not_change_under_them() -> Result<()> {
    let x = leaf(&[1.0, 1.0]);
    (&x * 2.0).sum().backward()?;
    let held = x.grad().unwrap();
    (&x * 3.0).sum().backward()?;
    assert_eq!((held.to_vec::<f64>(), grad(&x)), (vec![2.0; 2], vec![5.0; 2]));
    Ok(())
}

#[test]
fn results_keep_their_gradient_when_asked() -> Result<()> {
    let x = leaf(&[0.5]);
    let inner = &x * 3.0;
    let other = &x * 4.0;
    inner.retain_grad();
    (&inner * &inner + &other).sum().backward()?;
    assert_eq!(grad(&inner), [3.0]);
    assert!(other.grad().is_none());
    assert_eq!(grad(&x), [13.0]);
    assert!(x.is_leaf() && !inner.is_leaf());
    assert_eq!((inner.operation(), inner.inputs().len()), (Some("mul"), 1));
    assert!(inner.inputs()[0].is_same(&x));
    Ok(())
}

#[test]
fn backward_says_what_it_needs() {
    let x = leaf(&[1.0, 2.0]);
    let text = |result: Result<()>| result.unwrap_err().to_string();
    assert_eq!(
        text((&x * 2.0).backward()),
        "backward: a loss is one number, and this has shape [2]; take its sum or mean, or say its gradient with backward_with"
    );
    assert!(
        text(x.backward_with(&Tensor::ones(&[3]))).contains("the gradient [3] must have the shape of the tensor [2]")
    );
    assert!(text(Tensor::scalar(1.0).backward()).contains("nothing this was computed from requires a gradient"));
    // Integers carry no gradient.
    assert!(!Tensor::arange(2).requires_grad().is_tracked());
}

/// A small model that names its values.
fn model(x: &Tensor) -> Tensor {
    probe::scope("blocks.0", || {
        let hidden = probe::scope("fc1", || (x * 2.0).tap("out"));
        hidden.tanh().tap("act")
    })
    .sum()
}

#[test]
fn a_probe_observes_values_and_their_gradients() -> Result<()> {
    let x = leaf(&[0.1, -0.2]);
    let (seen, loss) = probe::with(Recorder::new(|name| name.starts_with("blocks.0.")), || model(&x));
    loss.backward()?;
    let names: Vec<&str> = seen.values().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["blocks.0.fc1.out", "blocks.0.act"]);
    let out = seen.value("blocks.0.fc1.out").unwrap();
    assert_eq!(out.to_vec::<f64>(), [0.2, -0.4]);
    let expected: Vec<f64> = [0.2_f64, -0.4].iter().map(|x| 1.0 - x.tanh().powi(2)).collect();
    assert_eq!(grad(out), expected);
    assert_eq!(grad(seen.value("blocks.0.act").unwrap()), [1.0, 1.0]);
    assert!(seen.value("fc1.out").is_none());
    // Nothing listens any more, and nothing is kept.
    let out = (&x * 2.0).tap("out");
    out.sum().backward()?;
    assert!(out.grad().is_none() && !probe::wants("out"));
    Ok(())
}

#[test]
fn a_probe_replaces_a_value_and_gradients_flow_through_what_it_put_there() -> Result<()> {
    let x = leaf(&[0.5]);
    let twice = Replace::new("blocks.0.fc1.out", |value| value * 10.0);
    let (probe, loss) = probe::with(twice, || model(&x));
    assert_eq!((probe.hits, loss.item()?), (1, 10.0_f64.tanh()));
    loss.backward()?;
    assert!((grad(&x)[0] - 20.0 * (1.0 - 10.0_f64.tanh().powi(2))).abs() < 1e-12);
    // Patched with a constant from elsewhere: the gradient ends there.
    x.zero_grad();
    let patch = Replace::new("blocks.0.fc1.out", |value| value.detach() * 0.0);
    let (_, loss) = probe::with(patch, || model(&x));
    assert_eq!(loss.item()?, 0.0);
    assert!(loss.backward().is_err());
    Ok(())
}

/// Notes every operation: path, name and shapes.
#[derive(Default)]
struct Operations(Rc<RefCell<Vec<String>>>);

impl Probe for Operations {
    fn wants(&self, name: &str) -> bool {
        name.ends_with("act")
    }

    fn value(&mut self, name: &str, value: &Tensor) -> Option<Tensor> {
        // What a probe computes is not shown to it.
        self.0.borrow_mut().push(format!("{name} = {:.3}", value.sum().item().unwrap()));
        None
    }

    fn operation(&mut self, path: &str, formula: Formula, inputs: &[&Tensor], output: &Tensor) {
        let shapes: Vec<&[usize]> = inputs.iter().map(|t| t.shape()).collect();
        self.0.borrow_mut().push(format!("{path}: {} {shapes:?} -> {:?}", formula.name, output.shape()));
    }
}

#[test]
fn a_probe_sees_every_operation_with_its_path() {
    let x = leaf(&[0.1, -0.2]);
    let notes = Rc::new(RefCell::new(Vec::new()));
    probe::with(Operations(notes.clone()), || {
        model(&x);
        let _ = x.gt(0.0);
    });
    let expected = [
        "blocks.0.fc1: mul [[2], []] -> [2]",
        "blocks.0: tanh [[2]] -> [2]",
        "blocks.0.act = -0.183",
        ": sum [[2]] -> []",
        ": gt [[2], []] -> [2]",
    ];
    assert_eq!(*notes.borrow(), expected);
    // A panic inside takes the listener and its path away.
    let panicking = std::panic::AssertUnwindSafe(|| {
        probe::with(Operations(notes.clone()), || probe::scope("inner", || panic!("stop")))
    });
    assert!(std::panic::catch_unwind(panicking).is_err());
    model(&x);
    assert_eq!(notes.borrow().len(), expected.len());
}

#[test]
fn results_and_gradients_are_rounded_on_their_way_out() -> Result<()> {
    let x = leaf(&[0.1, 0.3]);
    let fits = |t: &Tensor| t.to_vec::<f64>().iter().all(|&v| f64::from(Precision::Bf16.round_value(v as f32)) == v);
    assert!(!fits(&x));
    let (seen, ()) = probe::with(Recorder::new(|_| true), || {
        precision::with(Precision::Bf16, || model(&x).into_backward().unwrap());
    });
    for (name, value) in seen.values() {
        assert!(fits(value) && fits(&value.grad().unwrap()), "{name}");
    }
    assert!(fits(&x.grad().unwrap()));
    // Outside, everything is exact again.
    assert!(!fits(&(&x * 1.0)));
    Ok(())
}

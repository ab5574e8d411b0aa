//! The backward pass by hand: against autograd, and as the way to train.

use gradus_models::manual_mlp::compare::{Comparison, Exercises, exercises};
use gradus_models::{ManualMlp, ManualMlpConfig};
use gradus_nn::{Module, Optimizer, Sgd, training};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Tensor, no_grad, probe};

fn made(vocabulary: usize, hidden: usize, batch: usize) -> (ManualMlp, Tensor, Tensor) {
    let mut rng = Generator::new(Scheme::Torch, 2_147_483_647);
    let model = ManualMlp::new(ManualMlpConfig { vocabulary, block: 3, embedding: 10, hidden }, &mut rng).unwrap();
    let x = Tensor::randint(0, vocabulary as i64, &[batch, 3], &mut rng).unwrap();
    let y = Tensor::randint(0, vocabulary as i64, &[batch], &mut rng).unwrap();
    (model, x, y)
}

#[test]
fn every_gradient_by_hand_is_autograds() {
    for (vocabulary, hidden) in [(27, 64), (27, 200), (5, 3)] {
        let (model, x, y) = made(vocabulary, hidden, 32);
        let Exercises { steps, cross_entropy, batch_norm, .. } = exercises(&model.by_name().unwrap(), &x, &y).unwrap();
        assert_eq!(steps.len(), 26);
        for Comparison { name, exact, maxdiff, .. } in &steps {
            assert!(exact, "{name} by hand differs by {maxdiff}");
        }
        // Rounding alone is between them; probabilities are near 1/32.
        println!("{hidden} units: {:.1e} and {:.1e}", cross_entropy.maxdiff, batch_norm.maxdiff);
        assert!(cross_entropy.approximate && cross_entropy.maxdiff < 1e-8, "{cross_entropy:?}");
        assert!(batch_norm.approximate && batch_norm.maxdiff < 3e-9, "{batch_norm:?}");
    }
}

#[test]
fn a_wrong_gradient_is_seen() {
    let right = Tensor::from_slice(&[0.5_f32, -0.25], &[2]).unwrap();
    let compared = |by_hand: &Tensor| Comparison::new("b2", by_hand, &right).unwrap();
    assert_eq!((compared(&right).exact, compared(&right).maxdiff), (true, 0.0));
    let near = compared(&(&right * (1.0 + 1e-6)));
    assert!(!near.exact && near.approximate && near.maxdiff > 0.0);
    let far = compared(&(&right * 1.5));
    assert!(!far.exact && !far.approximate && (far.maxdiff - 0.25).abs() < 1e-6);
    let no_number = compared(&Tensor::from_slice(&[f32::NAN, -0.25], &[2]).unwrap());
    assert!(!no_number.exact && !no_number.approximate && no_number.maxdiff.is_nan());
    assert!(Comparison::new("b2", &Tensor::zeros(&[3]), &right).is_err());
}

/// The loss of a training pass through `forward`, whose gradients are in place afterwards.
fn train(model: &ManualMlp, x: &Tensor, y: &Tensor) -> f64 {
    let logits = training(&mut Generator::new(Scheme::Gradus, 1), || model.forward(x)).unwrap();
    let loss = logits.cross_entropy(y).unwrap();
    let value = loss.item().unwrap();
    loss.into_backward().unwrap();
    value
}

#[test]
fn by_hand_and_with_autograd_training_goes_the_same_way() {
    let (_, x, y) = made(27, 64, 32);
    let models = [0, 1, 2].map(|_| made(27, 64, 32).0);
    let mut optimizers = models.each_ref().map(|model| Sgd::new(model.parameters()));
    for step in 0..50 {
        // By hand; as one operation with a backward pass by hand; operation by operation, for a probe looks on.
        let (_, watched) = probe::with(probe::Recorder::new(|_| true), || train(&models[2], &x, &y));
        let losses = [models[0].manual_step(&x, &y).unwrap(), train(&models[1], &x, &y), watched];
        assert!(
            (losses[0] - losses[1]).abs() < 1e-6 && (losses[0] - losses[2]).abs() < 1e-5,
            "step {step}: {losses:?}"
        );
        let all = models.each_ref().map(|model| model.parameters());
        for ((name, by_hand), others) in all[0].iter().zip(all[1].iter().zip(&all[2])) {
            let by_hand = by_hand.grad().unwrap();
            for (_, other) in [others.0, others.1] {
                assert!(by_hand.all_close(&other.grad().unwrap(), 1e-3, 1e-6), "step {step}: {name}");
            }
        }
        optimizers.iter_mut().for_each(|sgd| sgd.step(0.1));
    }
    let buffers = models.each_ref().map(|model| model.buffers());
    for ((name, ours), (one, other)) in buffers[0].iter().zip(buffers[1].iter().zip(&buffers[2])) {
        assert!(ours.value().all_close(&one.1.value(), 1e-4, 1e-6), "{name}");
        assert!(ours.value().all_close(&other.1.value(), 1e-4, 1e-6), "{name}");
    }
}

#[test]
fn calibrated_statistics_are_those_of_all_contexts() {
    let (model, x, y) = made(27, 64, 9000);
    model.calibrate(&x.to_vec::<i64>()).unwrap();
    // With the statistics of the very batch, predicting is what training computes.
    let predicted = no_grad(|| model.forward(&x)).unwrap().cross_entropy(&y).unwrap().item().unwrap();
    let trained = model.manual_step(&x, &y).unwrap();
    assert!((predicted - trained).abs() < 1e-5, "{predicted} and {trained}");
    assert!(model.calibrate(&[1, 2, 3]).is_err() && model.calibrate(&[1, 2, 3, 4]).is_err());
}

#[test]
fn what_does_not_fit_is_refused() {
    let (model, x, y) = made(27, 8, 4);
    let one = |t: &Tensor| t.narrow(0, 0, 1).unwrap();
    assert!(model.manual_step(&one(&x), &one(&y)).is_err(), "a batch of 1 has no variance");
    assert!(model.manual_step(&x, &one(&y)).is_err());
    assert!(model.manual_step(&(&x + 30.0), &y).is_err());
    assert!(model.manual_step(&x, &(&y + 30.0)).is_err());
}

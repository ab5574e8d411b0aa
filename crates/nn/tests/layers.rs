//! Layers that behave differently in training: what a pass changes, and what it leaves alone.

use gradus_nn::{
    BatchNorm, BatchNormConfig, Dropout, FlattenConsecutive, LayerNorm, Module, Param, Sequential, Sgd, is_training,
    training,
};
use gradus_nn::{Nonlinearity, Optimizer};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{DType, Tensor};

fn rng() -> Generator {
    Generator::new(Scheme::Torch, 5)
}

fn normal(shape: &[usize]) -> Tensor {
    Tensor::randn(shape, DType::F32, &mut Generator::new(Scheme::Gradus, 3)).unwrap() * 2.0 + 1.0
}

/// Batch normalisation written out over all axes but the last.
fn written_out(x: &Tensor, eps: f64, correction: usize) -> (Tensor, Tensor, Tensor) {
    let axes: Vec<isize> = (0..x.ndim() as isize - 1).collect();
    let mean = x.mean_dims(&axes, false).unwrap();
    let variance = x.var_dims(&axes, correction, false).unwrap();
    let y = (x - &mean) / (&variance + eps).sqrt();
    (y, mean, x.var_dims(&axes, 1, false).unwrap())
}

#[test]
fn batch_norm_is_its_formula_and_follows_the_batches() {
    for (shape, sample_variance) in [(&[6, 3][..], true), (&[4, 5, 3], true), (&[6, 3], false)] {
        let norm = BatchNorm::new(3, BatchNormConfig { sample_variance, ..Default::default() });
        norm.weight.set(Tensor::from_slice(&[1.0_f32, 2.0, -0.5], &[3]).unwrap());
        norm.bias.set(Tensor::from_slice(&[0.0_f32, 0.1, 0.2], &[3]).unwrap());
        let x = normal(shape);
        let (hat, mean, variance) = written_out(&x, 1e-5, usize::from(sample_variance));
        let expected = hat * norm.weight.value() + norm.bias.value();
        let y = training(&mut rng(), || norm.forward(&x)).unwrap();
        assert!(y.all_close(&expected, 1e-5, 1e-6), "{shape:?}");
        assert!(norm.running_mean.value().all_close(&(mean * 0.1), 1e-5, 1e-6));
        assert!(norm.running_spread.value().all_close(&(variance * 0.1 + 0.9), 1e-5, 1e-6));
    }
}

#[test]
fn a_prediction_uses_the_running_statistics_and_leaves_them_alone() {
    for keep_deviation in [false, true] {
        let config = BatchNormConfig { keep_deviation, eps: 0.0, ..Default::default() };
        let norm = BatchNorm::new(2, config);
        let held = norm.running_mean.value();
        training(&mut rng(), || norm.forward(&normal(&[8, 2]))).unwrap();
        assert_eq!(held.to_vec::<f32>(), [0.0, 0.0], "what somebody holds stays as it is");
        let (mean, spread) = (norm.running_mean.value(), norm.running_spread.value());
        let deviation = if keep_deviation { spread.clone() } else { spread.sqrt() };
        let x = normal(&[1, 2]);
        let y = norm.forward(&x).unwrap();
        assert!(y.all_close(&((&x - &mean) / deviation), 1e-5, 1e-6));
        assert_eq!(norm.running_mean.value().to_vec::<f32>(), mean.to_vec::<f32>());
        assert_eq!(norm.running_spread.value().to_vec::<f32>(), spread.to_vec::<f32>());
        let names: Vec<String> = norm.buffers().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["running_mean", if keep_deviation { "running_std" } else { "running_var" }]);
    }
}

#[test]
fn places_of_their_own() {
    let norm = BatchNorm::new(2, BatchNormConfig { places: 3, ..Default::default() });
    let x = normal(&[5, 3, 2]);
    let y = training(&mut rng(), || norm.forward(&x)).unwrap();
    for place in 0..3 {
        let (expected, mean, _) = written_out(&x.select(1, place).unwrap().contiguous(), 1e-5, 1);
        assert!(y.select(1, place).unwrap().all_close(&expected, 1e-5, 1e-6));
        let running = norm.running_mean.value().narrow(0, 2 * place as usize, 2).unwrap();
        assert!(running.all_close(&(mean * 0.1), 1e-5, 1e-6));
    }
    let refusal = norm.forward(&normal(&[5, 4, 2])).unwrap_err().to_string();
    assert!(refusal.contains("[5, 4, 2]") && refusal.contains("3 places"), "{refusal}");
}

#[test]
fn training_is_a_scope() {
    let (mut outer, mut inner) = (rng(), Generator::new(Scheme::Gradus, 9));
    let before = outer.clone();
    let half = Dropout::new(0.5).unwrap();
    let x = Tensor::ones(&[64]);
    assert!(!is_training());
    let [first, nested, second] = training(&mut outer, || {
        let first = half.forward(&x).unwrap();
        let nested = training(&mut inner, || half.forward(&x).unwrap());
        assert!(is_training());
        [first, nested, half.forward(&x).unwrap()]
    });
    assert!(!is_training());
    // The outer generator drew two masks, one after the other, and knows it.
    let mut same = before.clone();
    for mask in [first, second] {
        assert_eq!(x.dropout(0.5, true, &mut same).unwrap().to_vec::<f32>(), mask.to_vec::<f32>());
    }
    assert_eq!(outer, same);
    let mut gradus = Generator::new(Scheme::Gradus, 9);
    assert_eq!(x.dropout(0.5, true, &mut gradus).unwrap().to_vec::<f32>(), nested.to_vec::<f32>());

    let mut broken = rng();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        training(&mut broken, || {
            let _ = half.forward(&x);
            panic!("in the middle of a step")
        })
    }));
    assert!(result.is_err() && !is_training());
    assert_ne!(broken, before, "what was drawn is drawn");
}

#[test]
fn buffers_are_kept_and_not_trained() {
    let model = Sequential::new()
        .push(BatchNorm::new(2, BatchNormConfig::default()))
        .push(Nonlinearity::Tanh)
        .push(LayerNorm::new(2, true))
        .push(Dropout::new(0.1).unwrap());
    let names = |list: Vec<(String, Param)>| list.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(model.parameters()), ["0.weight", "0.bias", "2.weight", "2.bias"]);
    assert_eq!(names(model.buffers()), ["0.running_mean", "0.running_var"]);
    assert_eq!(model.parameter_count(), 8);
    let loss = training(&mut rng(), || model.forward(&normal(&[4, 2]))).unwrap().sum();
    loss.into_backward().unwrap();
    let running: Vec<Vec<f32>> = model.buffers().iter().map(|(_, buffer)| buffer.value().to_vec()).collect();
    Sgd::new(model.parameters()).step(0.1);
    for ((name, buffer), before) in model.buffers().iter().zip(running) {
        assert!(!buffer.is_trainable() && buffer.grad().is_none(), "{name}");
        assert_eq!(buffer.value().to_vec::<f32>(), before, "{name}");
        buffer.set(Tensor::ones(&[2]).requires_grad());
        assert!(!buffer.value().is_tracked(), "{name}: a buffer asks for no gradient");
    }
}

#[test]
fn refusals_say_what_to_do() {
    let said = |result: Result<Tensor, gradus_tensor::Error>| result.unwrap_err().to_string();
    assert_eq!(
        said(FlattenConsecutive::new(2).forward(&Tensor::zeros(&[1, 3, 4]))),
        "flatten_consecutive: 3 places along time do not make groups of 2; use a length that it divides"
    );
    assert!(said(FlattenConsecutive::new(2).forward(&Tensor::zeros(&[3, 4]))).contains("[batch, time, channels]"));
    assert!(said(Dropout::new(1.5).map(|_| Tensor::zeros(&[]))).contains("probability"));
    let alone = training(&mut rng(), || BatchNorm::new(2, BatchNormConfig::default()).forward(&Tensor::zeros(&[1, 2])));
    assert!(said(alone).contains("larger batch"));
}

#[test]
fn a_gradient_computed_elsewhere_joins_those_of_backward_passes() {
    let weight = Param::new(Tensor::ones(&[2]));
    weight.add_grad(&Tensor::from_slice(&[0.5_f32, -1.0], &[2]).unwrap()).unwrap();
    (weight.value() * 3.0).sum().into_backward().unwrap();
    assert_eq!(weight.grad().unwrap().to_vec::<f32>(), [3.5, 2.0]);
    assert!(weight.add_grad(&Tensor::ones(&[3])).is_err());
    assert!(Param::buffer(Tensor::ones(&[2])).add_grad(&Tensor::ones(&[2])).is_err(), "a buffer has no gradient");
}

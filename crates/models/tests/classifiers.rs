//! Classifiers against PyTorch (tests/fixtures/classifiers.safetensors) and against difference quotients; what they answer
//! for filled-up texts; and what they refuse.

mod common;

use common::{fixture, tensor};
use gradus_models::*;
use gradus_nn::{Module, Nonlinearity, training};
use gradus_tensor::gradcheck::{self, probe_values};
use gradus_tensor::ops::Reduction;
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{DType, Tensor, no_grad, probe};
use safetensors::SafeTensors;

/// Of a gradient, at most so many numbers are in the fixtures.
const KEPT: usize = 500;
/// Four texts, filled up.
const TEXTS: [i64; 24] = [3, 1, 4, 1, 5, 2, 2, 6, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 1, 1, 1, 3, 0, 0];

fn rng() -> Generator {
    Generator::new(Scheme::Gradus, 1)
}

fn spread(shape: &[usize], low: f64, high: f64, seed: usize) -> Tensor {
    Tensor::from_slice(&probe_values(shape.iter().product(), low, high, seed), shape).unwrap().to_dtype(DType::F32)
}

/// Fills the parameters as make_classifier_fixtures.py does.
fn fill(model: &dyn Module) {
    for (i, (name, place)) in model.parameters().iter().enumerate() {
        let shape = place.value().shape().to_vec();
        let (low, high) = match shape.len() {
            _ if name.ends_with("norm.weight") => (0.7, 1.3),
            1 => (-0.3, 0.3),
            _ if name.starts_with("embedding") => (-1.0, 1.0),
            axes => {
                let fan_in = if axes == 2 { shape[0] } else { shape[1..].iter().product() };
                let bound = (3.0 / fan_in as f64).sqrt();
                (-bound, bound)
            }
        };
        place.set(spread(&shape, low, high, i + 1));
    }
}

fn texts() -> Tensor {
    Tensor::from_slice(&TEXTS, &[4, 6]).unwrap()
}

fn pictures(count: usize, side: usize) -> Tensor {
    spread(&[count, 1, side, side], 0.0, 1.0, 0)
}

fn lenet(side: usize, activation: Nonlinearity) -> LeNet {
    LeNet::new(LeNetConfig { height: side, width: side, classes: 10, activation }, &mut rng()).unwrap()
}

fn dense(hidden: &[usize], activation: Nonlinearity) -> Dense {
    let config =
        DenseConfig { inputs: 4, hidden: hidden.to_vec(), outputs: 3, activation, output: Nonlinearity::Linear };
    Dense::new(config, &mut rng()).unwrap()
}

fn autoencoder(hidden: usize) -> gradus_tensor::Result<Autoencoder> {
    let config = AutoencoderConfig { inputs: 9, hidden: vec![hidden], latent: 2, activation: Nonlinearity::Sigmoid };
    Autoencoder::new(config, &mut rng())
}

/// Each model of the fixtures, filled, with its input.
fn models() -> Vec<(&'static str, Box<dyn Module>, Tensor)> {
    let resnet = ResNetConfig { height: 9, width: 9, channels: 3, blocks: 2, classes: 4 };
    let text_cnn = TextCnnConfig { vocabulary: 7, embedding: 4, widths: vec![1, 3], channels: 5, classes: 3 };
    let lstm = LstmClassifierConfig { vocabulary: 7, embedding: 4, hidden: 5, classes: 3 };
    let models: Vec<(&str, Box<dyn Module>, Tensor)> = vec![
        ("dense", Box::new(dense(&[6, 5], Nonlinearity::Tanh)), spread(&[5, 4], -1.0, 1.0, 0)),
        ("lenet28", Box::new(lenet(28, Nonlinearity::Tanh)), pictures(3, 28)),
        ("lenet8", Box::new(lenet(8, Nonlinearity::Tanh)), pictures(3, 8)),
        ("resnet", Box::new(ResNet::new(resnet, &mut rng()).unwrap()), pictures(4, 9)),
        ("text_cnn", Box::new(TextCnn::new(text_cnn, &mut rng()).unwrap()), texts()),
        ("lstm_classifier", Box::new(LstmClassifier::new(lstm, &mut rng()).unwrap()), texts()),
    ];
    models.iter().for_each(|(_, model, _)| fill(&**model));
    models
}

/// The loss of a batch whose samples have the classes 0, 1, 2, …
fn loss(logits: &Tensor) -> Tensor {
    let classes = logits.shape()[1];
    let labels: Vec<i64> = (0..logits.shape()[0]).map(|i| (i % classes) as i64).collect();
    logits.cross_entropy(&Tensor::from_slice(&labels, &[labels.len()]).unwrap()).unwrap()
}

#[test]
fn logits_gradients_and_statistics_are_pytorchs() {
    let bytes = fixture("classifiers.safetensors");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for (name, model, x) in models() {
        let of = |what: &str| tensor(&file, &format!("{name}/{what}"));
        let logits = training(&mut rng(), || model.forward(&x)).unwrap();
        assert!(logits.all_close(&of("logits"), 1e-4, 1e-5), "{name}: logits\n{logits}\n{}", of("logits"));
        loss(&logits).into_backward().unwrap();
        let parameters = model.parameters();
        let in_file = file.names().iter().filter(|n| n.starts_with(&format!("{name}/gradient/"))).count();
        assert_eq!(parameters.len(), in_file, "{name}");
        for (parameter, place) in parameters {
            let own = place.grad().unwrap().to_vec::<f32>();
            let kept: Vec<f32> = own.iter().copied().step_by(own.len().div_ceil(KEPT)).collect();
            let (own, theirs) =
                (Tensor::from_slice(&kept, &[kept.len()]).unwrap(), of(&format!("gradient/{parameter}")));
            let largest = theirs.abs().max().unwrap().item().unwrap();
            assert!(own.all_close(&theirs, 1e-3, 1e-4 * largest + 1e-7), "{name}: the gradient of {parameter}");
        }
        for (buffer, place) in model.buffers() {
            let theirs = of(&format!("buffer/{buffer}"));
            assert!(place.value().all_close(&theirs, 1e-4, 1e-5), "{name}: {buffer}");
        }
        if name == "resnet" {
            assert!(!model.buffers().is_empty());
            let predicted = model.forward(&x).unwrap();
            assert!(predicted.all_close(&of("predicted"), 1e-4, 1e-4), "{name}: a prediction\n{predicted}");
        }
    }
}

/// Holds the gradients of every parameter, in f64, against difference quotients at some of its numbers.
fn check_gradients(name: &str, model: &dyn Module, loss: &dyn Fn() -> Tensor) {
    // So small that next to no relu is stepped over.
    const STEP: f64 = 1e-7;
    const NUMBERS: usize = 6;
    for (_, place) in model.parameters() {
        place.set(place.value().to_dtype(DType::F64));
    }
    loss().into_backward().unwrap();
    for (parameter, place) in model.parameters() {
        let (value, gradient) = (place.value(), place.grad().unwrap().to_vec::<f64>());
        let numbers = value.to_vec::<f64>();
        for k in (0..numbers.len()).step_by(numbers.len().div_ceil(NUMBERS)) {
            let at = |x: f64| {
                let mut moved = numbers.clone();
                moved[k] = x;
                place.set(Tensor::from_slice(&moved, value.shape()).unwrap());
                no_grad(|| loss().item().unwrap())
            };
            let quotient = (at(numbers[k] + STEP) - at(numbers[k] - STEP)) / (2.0 * STEP);
            let apart = (gradient[k] - quotient).abs();
            assert!(apart < 1e-7 * (1.0 + quotient.abs()), "{name}: {parameter}[{k}]: {} or {quotient}", gradient[k]);
        }
        place.set(value);
    }
}

#[test]
fn gradients_are_difference_quotients() {
    for (name, model, x) in models() {
        let x = if x.dtype() == DType::F32 { x.to_dtype(DType::F64) } else { x };
        check_gradients(name, &*model, &|| loss(&training(&mut rng(), || model.forward(&x)).unwrap()));
    }
    let model = autoencoder(5).unwrap();
    let x = pictures(3, 3).to_dtype(DType::F64);
    check_gradients("autoencoder", &model, &|| model.forward(&x).unwrap().mse_loss(&x, Reduction::Mean).unwrap());
    let neuron = Neuron::new(NeuronConfig { inputs: 3, activation: Nonlinearity::Sigmoid }, &mut rng()).unwrap();
    let x = spread(&[4, 3], -1.0, 1.0, 0).to_dtype(DType::F64);
    check_gradients("neuron", &neuron, &|| neuron.forward(&x).unwrap().mean());
}

#[test]
fn the_gradient_of_a_picture_is_its_difference_quotient() {
    let model = lenet(8, Nonlinearity::Sigmoid);
    for (_, place) in model.parameters() {
        place.set(place.value().to_dtype(DType::F64));
    }
    gradcheck::check(|x| model.forward(&x[0]), &[pictures(1, 8)], gradcheck::STEP, gradcheck::TOLERANCE).unwrap();
}

/// `text` filled up to `length`.
fn filled(text: &[i64], length: usize) -> Tensor {
    let mut text = text.to_vec();
    text.resize(length, 0);
    Tensor::from_slice(&text, &[1, length]).unwrap()
}

#[test]
fn filling_a_text_up_changes_nothing() {
    let models = models();
    for (name, model, _) in models.iter().filter(|(_, _, x)| x.dtype() == DType::I64) {
        let all = model.forward(&texts()).unwrap().to_vec::<f32>();
        for (i, text) in TEXTS.chunks_exact(6).enumerate() {
            let end = text.iter().rposition(|&symbol| symbol != 0).unwrap() + 1;
            let alone = model.forward(&filled(&text[..end], end)).unwrap();
            for length in [end + 1, end + 2, 40] {
                let longer = model.forward(&filled(&text[..end], length)).unwrap();
                assert_eq!(alone.to_vec::<f32>(), longer.to_vec::<f32>(), "{name}: text {i} filled up to {length}");
            }
            let beside = Tensor::from_slice(&all[3 * i..][..3], &[1, 3]).unwrap();
            assert!(alone.all_close(&beside, 1e-5, 1e-6), "{name}: text {i} among others");
        }
        // A symbol more, at the end or elsewhere, is another text.
        let other = model.forward(&filled(&[3, 1, 4, 1, 5, 2, 2], 9)).unwrap();
        assert_ne!(other.to_vec::<f32>(), all[..3], "{name}");
        let [none, more] = [1, 7].map(|length| model.forward(&filled(&[], length)).unwrap().to_vec::<f32>());
        assert_eq!(none, more, "{name}: an empty text");
        // The vector of the filling moves only where a text is empty.
        loss(&model.forward(&texts()).unwrap()).into_backward().unwrap();
        let table = model.parameters().into_iter().find(|(name, _)| name == "embedding.weight").unwrap().1;
        let gradient = table.grad().unwrap().to_vec::<f32>();
        assert!(gradient[..4].iter().all(|&g| g == 0.0) && gradient[4..8].iter().any(|&g| g != 0.0), "{name}");
    }
}

#[test]
fn counts_are_the_papers() {
    assert_eq!(lenet(28, Nonlinearity::Tanh).parameter_count(), 61_706);
    assert_eq!(lenet(8, Nonlinearity::Tanh).parameter_count(), 31_294);
    let resnet = |channels, blocks| {
        let config = ResNetConfig { height: 32, width: 32, channels, blocks, classes: 10 };
        ResNet::new(config, &mut rng()).unwrap().parameter_count()
    };
    // ResNet-20 on three colours has 269,722, or 272,474 with convolutions where shapes change; here is one colour.
    assert_eq!(resnet(16, 3), 272_474 - 2 * 16 * 9);
    let names = TextCnnConfig { vocabulary: 100, embedding: 300, widths: vec![3, 4, 5], channels: 100, classes: 2 };
    let kim = TextCnn::new(names, &mut rng()).unwrap().parameter_count();
    assert_eq!(kim, 100 * 300 + 300 * 100 * (3 + 4 + 5) + 300 + 300 * 2 + 2);
}

#[test]
fn every_value_is_to_be_seen_and_to_be_changed() {
    let neuron = Neuron::new(NeuronConfig { inputs: 2, activation: Nonlinearity::Sigmoid }, &mut rng()).unwrap();
    neuron.weight.set(Tensor::from_slice(&[2.0_f32, -1.0], &[2]).unwrap());
    neuron.bias.set(Tensor::from_slice(&[0.5_f32], &[1]).unwrap());
    let x = Tensor::from_slice(&[1.0_f32, 3.0], &[1, 2]).unwrap();
    let (seen, _) = probe::with(probe::Recorder::new(|_| true), || neuron.forward(&x).unwrap());
    let value = |name: &str| seen.value(name).unwrap().to_vec::<f64>();
    assert_eq!((value("products"), value("sum")), (vec![2.0, -3.0], vec![-0.5]));
    assert!((value("output")[0] - 1.0 / (1.0 + 0.5_f64.exp())).abs() < 1e-7);

    let model = lenet(8, Nonlinearity::Relu);
    let (seen, logits) = probe::with(probe::Recorder::new(|_| true), || model.forward(&pictures(2, 8)).unwrap());
    let shapes: Vec<(&str, &[usize])> = seen.values().iter().map(|(name, x)| (&**name, x.shape())).collect();
    let expected: [(&str, &[usize]); 11] = [
        ("conv1.out", &[2, 16, 8, 8]),
        ("conv1.activation", &[2, 16, 8, 8]),
        ("pool1", &[2, 16, 4, 4]),
        ("conv2.out", &[2, 32, 4, 4]),
        ("conv2.activation", &[2, 32, 4, 4]),
        ("pool2", &[2, 32, 2, 2]),
        ("hidden1.out", &[2, 120]),
        ("hidden1.activation", &[2, 120]),
        ("hidden2.out", &[2, 84]),
        ("hidden2.activation", &[2, 84]),
        ("output.out", &[2, 10]),
    ];
    assert_eq!(shapes, expected);
    let features = model.features(&pictures(2, 8)).unwrap();
    assert_eq!(features.to_vec::<f32>(), seen.value("hidden2.activation").unwrap().to_vec::<f32>());
    let silence = probe::Replace::new("pool1", |maps| maps * 0.0);
    let (_, silent) = probe::with(silence, || model.forward(&pictures(2, 8)).unwrap());
    assert_ne!(silent.to_vec::<f32>(), logits.to_vec::<f32>());
    assert_eq!(silent.to_vec::<f32>()[..10], silent.to_vec::<f32>()[10..], "nothing of the pictures is left");
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let lenet_of = |height, width, classes| {
        LeNet::new(LeNetConfig { height, width, classes, activation: Nonlinearity::Relu }, &mut rng()).err()
    };
    for (error, words) in [
        (lenet_of(3, 28, 10), "3 × 28"),
        (lenet_of(28, 1 << 40, 10), "each side must be 4 to 512"),
        (lenet_of(8, 8, 0), "the number of classes is 0"),
        (lenet(8, Nonlinearity::Relu).forward(&pictures(1, 9)).err(), "[1, 1, 9, 9] must be [batch, 1, 8, 8]"),
        (dense(&[2], Nonlinearity::Relu).forward(&Tensor::zeros(&[2, 5])).err(), "4 numbers a sample"),
        (dense(&[], Nonlinearity::Relu).forward(&Tensor::scalar(1.0)).err(), "4 numbers a sample"),
        (Neuron::new(NeuronConfig { inputs: 0, activation: Nonlinearity::Relu }, &mut rng()).err(), "inputs is 0"),
        (autoencoder(0).err(), "a hidden layer is 0"),
    ] {
        let error = error.unwrap_or_else(|| panic!("{words}: nothing was refused")).to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{error}");
    }
    for (name, model, x) in models().iter().filter(|(_, _, x)| x.dtype() == DType::I64) {
        assert!(model.forward(&x.narrow(1, 0, 0).unwrap()).is_err(), "{name}: no places");
        assert!(model.forward(&filled(&[7], 2)).is_err(), "{name}: a symbol it does not know");
        assert!(model.forward(&x.flatten(0, 1).unwrap()).is_err(), "{name}: one axis");
    }
    for (side, form) in [(4, [16, 1, 3, 3]), (15, [16, 1, 3, 3]), (16, [6, 1, 5, 5]), (65, [6, 1, 5, 5])] {
        let model = lenet(side, Nonlinearity::Relu);
        assert_eq!(model.forward(&pictures(1, side)).unwrap().shape(), [1, 10], "{side}");
        assert_eq!(model.parameters()[0].1.value().shape(), form, "{side}");
    }
}

//! Optimisers against trajectories that PyTorch took (crates/tensor/tests/fixtures/ops), and against themselves
//! stopped and started again.

use gradus_nn::{Adam, Optimizer, Param, Sgd, clip_factor};
use gradus_tensor::{DType, Tensor};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

fn fixtures() -> (Value, Vec<u8>) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tensor/tests/fixtures/ops");
    let index: Value = serde_json::from_slice(&std::fs::read(folder.join("cases.json")).unwrap()).unwrap();
    (index, std::fs::read(folder.join("ops.safetensors")).unwrap())
}

fn tensor(file: &SafeTensors<'_>, name: &str) -> Tensor {
    let view = file.tensor(name).unwrap();
    let shape = view.shape();
    match view.dtype() {
        Dtype::F64 => {
            let values: Vec<f64> = view.data().as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
            Tensor::from_slice(&values, shape).unwrap()
        }
        Dtype::F32 => {
            let values: Vec<f32> = view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
            Tensor::from_slice(&values, shape).unwrap()
        }
        other => panic!("{name}: {other:?}"),
    }
}

/// Gives `param` the gradient `grad`: that of Σ grad·param.
fn set_grad(param: &Param, grad: &Tensor) {
    (param.value() * grad).sum().into_backward().unwrap();
}

fn optimizer(name: &str, attrs: &Value, parameters: Vec<(String, Param)>) -> Box<dyn Optimizer> {
    let number = |key: &str, default: f64| attrs.get(key).and_then(Value::as_f64).unwrap_or(default);
    if name == "sgd" {
        let sgd = Sgd::new(parameters).momentum(number("momentum", 0.0)).weight_decay(number("weight_decay", 0.0));
        return Box::new(if attrs.get("nesterov") == Some(&Value::Bool(true)) { sgd.nesterov() } else { sgd });
    }
    let adam = if name == "adam" { Adam::new(parameters) } else { Adam::w(parameters) };
    let betas = &attrs["betas"];
    let decay = number("weight_decay", if name == "adam" { 0.0 } else { 0.01 });
    Box::new(
        adam.betas(betas[0].as_f64().unwrap(), betas[1].as_f64().unwrap()).eps(number("eps", 1e-8)).weight_decay(decay),
    )
}

#[test]
fn trajectories_agree_with_pytorch() {
    let (index, bytes) = fixtures();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let cases = index.as_array().or_else(|| index["cases"].as_array()).unwrap();
    let mut compared = 0;
    for case in cases {
        let (name, label) = (case["name"].as_str().unwrap(), case["case"].as_str().unwrap());
        if !["sgd", "adam", "adamw"].contains(&name) {
            continue;
        }
        let at = |part: &str| tensor(&file, &format!("{name}/{label}/{part}"));
        let (gradients, wanted) = (at("in1"), at("out"));
        let param = Param::new(at("in0"));
        let parameters = vec![("w".to_owned(), param.clone())];
        let mut opt = optimizer(name, &case["attrs"], parameters.clone());
        let lr = case["attrs"]["lr"].as_f64().unwrap();
        let tolerance = if param.value().dtype() == DType::F64 { 1e-14 } else { 3e-7 };
        for step in 0..gradients.shape()[0] as isize {
            set_grad(&param, &gradients.select(0, step).unwrap());
            opt.step(lr);
            let wanted = wanted.select(0, step).unwrap();
            assert!(param.value().all_close(&wanted, tolerance, tolerance), "{name}/{label}, step {step}");
            // Another optimiser that takes over the state goes on to the same bits.
            let state = opt.state();
            opt = optimizer(name, &case["attrs"], parameters.clone());
            opt.load_state(&state).unwrap();
        }
        compared += 1;
    }
    assert!(compared >= 10, "only {compared} cases were found");
}

#[test]
fn a_state_of_another_model_is_refused() {
    let of = |n: usize| vec![("w".to_owned(), Param::new(Tensor::ones(&[n])))];
    let mut small = Adam::new(of(2));
    set_grad(&small.parameters()[0].1.clone(), &Tensor::ones(&[2]));
    small.step(0.1);
    let error = Adam::new(of(3)).load_state(&small.state()).unwrap_err();
    assert!(error.to_string().contains("mean.w has shape [2]"), "{error}");
}

#[test]
fn clipping_brings_the_norm_down_and_never_up() {
    let param = Param::new(Tensor::zeros(&[2]));
    let parameters = vec![("w".to_owned(), param.clone())];
    set_grad(&param, &Tensor::from_slice(&[3.0_f32, 4.0], &[2]).unwrap());
    let (factor, norm) = clip_factor(&parameters, 1.0);
    assert!((norm - 5.0).abs() < 1e-6 && (factor - 0.2).abs() < 1e-6);
    assert_eq!(clip_factor(&parameters, 10.0).0, 1.0);
    Sgd::new(parameters).step_scaled(1.0, factor);
    assert!(param.value().all_close(&Tensor::from_slice(&[-0.6_f32, -0.8], &[2]).unwrap(), 1e-5, 0.0));
}

#[test]
fn an_old_value_that_somebody_holds_stays_as_it_is() {
    let param = Param::new(Tensor::ones(&[2]));
    let held = param.value();
    set_grad(&param, &Tensor::ones(&[2]));
    Sgd::new(vec![("w".to_owned(), param.clone())]).step(0.5);
    assert_eq!(held.to_vec::<f32>(), [1.0, 1.0]);
    assert_eq!(param.value().to_vec::<f32>(), [0.5, 0.5]);
}

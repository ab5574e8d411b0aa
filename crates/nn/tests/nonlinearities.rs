//! Every nonlinearity and its slope held against PyTorch's, in both precisions (tests/fixtures/make_nonlinearities.py).

use gradus_nn::Nonlinearity;
use gradus_tensor::{DType, Tensor};
use serde_json::Value;

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Whether all are near, absolutely and relatively.
fn check(what: &str, own: &[f64], torch: &[f64], x: &[f64], tolerance: f64) {
    for ((&own, &torch), &x) in own.iter().zip(torch).zip(x) {
        assert!((own - torch).abs() <= tolerance * (1.0 + torch.abs()), "{what} at {x}: {own}, PyTorch has {torch}");
    }
}

#[test]
fn values_and_slopes_are_pytorchs() {
    let known: Value = serde_json::from_str(include_str!("fixtures/nonlinearities.json")).unwrap();
    let x = numbers(&known["x"]);
    for &f in Nonlinearity::ALL {
        let torch = &known[f.name()];
        assert!(torch.is_object(), "{f} is not held against PyTorch: run tests/fixtures/make_nonlinearities.py");
        for (dtype, tolerance) in [(DType::F64, 1e-14), (DType::F32, 4e-7)] {
            let leaf = Tensor::from_slice(&x, &[x.len()]).unwrap().to_dtype(dtype).requires_grad();
            let y = f.apply(&leaf);
            (&y * 1.0).sum().into_backward().unwrap();
            let what = format!("{f} in {dtype}");
            check(&what, &y.to_vec::<f64>(), &numbers(&torch["y"]), &x, tolerance);
            let slopes = leaf.grad().unwrap().to_vec::<f64>();
            check(&format!("the slope of {what}"), &slopes, &numbers(&torch["dy"]), &x, tolerance);
            if dtype == DType::F32 {
                check(&what, &y.to_vec::<f64>(), &numbers(&torch["y32"]), &x, tolerance);
            }
        }
    }
}

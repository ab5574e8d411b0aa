//! Tensors that PyTorch computed.

use gradus_tensor::Tensor;
use safetensors::{Dtype, SafeTensors};

/// The bytes of a file in tests/fixtures.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

pub(crate) fn tensor(file: &SafeTensors<'_>, name: &str) -> Tensor {
    let view = file.tensor(name).unwrap();
    match view.dtype() {
        Dtype::F32 => {
            let values: Vec<f32> = view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
            Tensor::from_slice(&values, view.shape()).unwrap()
        }
        Dtype::I64 => {
            let values: Vec<i64> = view.data().as_chunks().0.iter().map(|b| i64::from_le_bytes(*b)).collect();
            Tensor::from_slice(&values, view.shape()).unwrap()
        }
        other => panic!("{name}: {other:?}"),
    }
}

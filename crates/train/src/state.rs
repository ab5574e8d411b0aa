//! Between tensors and the bytes of a checkpoint.

use gradus_tensor::precision::Layout;
use gradus_tensor::{DType, Elem, Precision, Tensor};

use crate::checkpoint::{Dtype, Entry};
use crate::stored::decoded;

/// A tensor as a checkpoint's entry.
pub fn to_entry(name: String, tensor: &Tensor) -> Entry {
    fn bytes<T: Elem, const N: usize>(tensor: &Tensor, le: fn(T) -> [u8; N]) -> Vec<u8> {
        tensor.to_vec::<T>().into_iter().flat_map(le).collect()
    }
    let (dtype, bytes) = match tensor.dtype() {
        DType::Bool => (Dtype::BOOL, bytes(tensor, |v: u8| [v])),
        DType::I64 => (Dtype::I64, bytes(tensor, i64::to_le_bytes)),
        DType::F32 => (Dtype::F32, bytes(tensor, f32::to_le_bytes)),
        DType::F64 => (Dtype::F64, bytes(tensor, f64::to_le_bytes)),
    };
    Entry { name, dtype, shape: tensor.shape().to_vec(), bytes }
}

/// A checkpoint's entry as a tensor; the error says what is wrong with the entry.
pub fn to_tensor(entry: &Entry) -> Result<Tensor, String> {
    fn values<T: Elem, const N: usize>(entry: &Entry, le: fn([u8; N]) -> T) -> Result<Tensor, String> {
        let values: Vec<T> = entry.bytes.as_chunks::<N>().0.iter().map(|&bytes| le(bytes)).collect();
        Tensor::from_slice(&values, &entry.shape).map_err(|e| format!("{}: {e}", entry.name))
    }
    match entry.dtype {
        Dtype::BOOL => values(entry, |[v]: [u8; 1]| v),
        Dtype::I64 => values(entry, i64::from_le_bytes),
        Dtype::F32 => values(entry, f32::from_le_bytes),
        Dtype::F64 => values(entry, f64::from_le_bytes),
        Dtype::BF16 | Dtype::F16 => {
            let half = if entry.dtype == Dtype::BF16 { Precision::Bf16 } else { Precision::F16 };
            let layout = half.layout().unwrap_or(Layout::F32);
            let values: Vec<f32> = entry.bytes.as_chunks::<2>().0.iter().map(|&bytes| decoded(layout, bytes)).collect();
            Tensor::from_slice(&values, &entry.shape).map_err(|e| format!("{}: {e}", entry.name))
        }
        other => Err(format!("{} has the type {other:?}, which no model here has", entry.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored::precision_of;
    use gradus_recipe::StoredAs;

    #[test]
    fn a_tensor_survives_to_the_last_bit() {
        let odd = f32::from_bits(0x7fc0_1234);
        let tensors = [
            Tensor::from_slice(&[1.0_f32, -0.0, f32::MIN_POSITIVE, odd], &[2, 2]).unwrap(),
            Tensor::from_slice(&[1.0_f64 / 3.0], &[]).unwrap(),
            Tensor::from_slice(&[i64::MIN, 7], &[2, 1]).unwrap(),
            Tensor::from_slice::<f32>(&[], &[0, 3]).unwrap(),
        ];
        for tensor in tensors {
            let entry = to_entry("t".into(), &tensor);
            let back = to_entry("t".into(), &to_tensor(&entry).unwrap());
            assert_eq!(back, entry);
        }
    }

    #[test]
    fn halves_are_read_as_what_they_mean() {
        for stored in [StoredAs::Bf16, StoredAs::F16] {
            let tensor = Tensor::from_slice(&[1.0_f32 / 3.0, -0.0, 1e-7, f32::INFINITY], &[2, 2]).unwrap();
            let entry = to_entry("t".into(), &tensor).stored_as(stored);
            assert_eq!(entry.bytes.len(), 8);
            let back = to_tensor(&entry).unwrap();
            let rounded = tensor.to_vec::<f32>().into_iter().map(|x| precision_of(stored).round_value(x).to_bits());
            assert_eq!(
                back.to_vec::<f32>().into_iter().map(f32::to_bits).collect::<Vec<_>>(),
                rounded.collect::<Vec<_>>()
            );
            // What was rounded once is stored to the same bits again.
            assert_eq!(to_entry("t".into(), &back).stored_as(stored), entry);
        }
    }

    #[test]
    fn other_types_are_refused() {
        let entry = Entry { name: "t".into(), dtype: Dtype::U16, shape: vec![1], bytes: vec![0, 0] };
        assert!(to_tensor(&entry).unwrap_err().contains("U16"));
    }
}

//! A part of a tensor as an address asks for it, and as an answer brings it.

use gradus_insight::diagnostics::{Histogram, Statistics};
use gradus_tensor::{DType, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::refusal::{Answer, Refusal};

/// How numbers are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// In JSON, with statistics.
    #[default]
    Json,
    /// Little-endian 32-bit floats, bit for bit.
    F32,
}

/// A tensor's statistics.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    #[serde(flatten)]
    statistics: Option<Statistics>,
    histogram: Option<Histogram>,
}

impl Summary {
    fn of(tensor: &Tensor) -> Self {
        let values = tensor.to_vec::<f64>();
        Summary { statistics: Statistics::of(&values), histogram: Histogram::of(&values) }
    }
}

/// The numbers of a tensor, or of a part of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Tensor")]
pub struct Numbers {
    name: String,
    step: u64,
    /// Of the part that was asked for.
    shape: Vec<usize>,
    full_shape: Vec<usize>,
    dtype: &'static str,
    values: Vec<f32>,
    statistics: Summary,
}

/// A part of a tensor.
pub struct Part {
    /// Of the tensor.
    pub name: String,
    /// The step that it is of.
    pub step: u64,
    /// The part itself.
    pub part: Tensor,
    /// The tensor's own shape.
    pub full_shape: Vec<usize>,
    /// The tensor's type of number.
    pub dtype: &'static str,
}

/// A tensor, or the part of it that `index` says: an item an axis, `:`, `5` or `3:10`.
///
/// # Errors
/// Where the index does not fit, or the part is too large for one answer.
pub fn take(name: &str, step: u64, tensor: &Tensor, index: Option<&str>) -> Answer<Part> {
    let part = cut(tensor, index)?;
    if part.numel() > limits::TENSOR_NUMBERS {
        return Err(Refusal::too_large(format!(
            "{name} has {} numbers, and an answer at most {}: take a part of it with \"index\"",
            part.numel(),
            limits::TENSOR_NUMBERS
        )));
    }
    let (name, full_shape) = (name.to_string(), tensor.shape().to_vec());
    Ok(Part { name, step, part, full_shape, dtype: word(tensor.dtype()) })
}

impl Part {
    /// With statistics, to be told in JSON.
    pub fn numbers(self) -> Numbers {
        Numbers {
            statistics: Summary::of(&self.part),
            shape: self.part.shape().to_vec(),
            values: self.part.to_vec(),
            name: self.name,
            step: self.step,
            full_shape: self.full_shape,
            dtype: self.dtype,
        }
    }

    /// Little-endian 32-bit floats, bit for bit.
    pub fn bytes(&self) -> Vec<u8> {
        self.part.to_vec::<f32>().into_iter().flat_map(f32::to_le_bytes).collect()
    }
}

/// The word for a type of number.
pub fn word(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        DType::I64 => "i64",
        DType::F32 => "f32",
        DType::F64 => "f64",
    }
}

/// The part that an index says.
fn cut(tensor: &Tensor, index: Option<&str>) -> Answer<Tensor> {
    let mut part = tensor.detach();
    let Some(index) = index.filter(|index| !index.trim().is_empty()) else { return Ok(part) };
    let items: Vec<&str> = index.split(',').map(str::trim).collect();
    if items.len() != tensor.ndim() {
        return Err(Refusal::unprocessable(format!(
            "\"index\" has {} items and the tensor {} axes {:?}: give one item an axis, \":\" for all",
            items.len(),
            tensor.ndim(),
            tensor.shape()
        )));
    }
    // Axes that a single place was taken of are gone: the place of an axis is what is left before it.
    let mut axis = 0;
    for (item, &size) in items.into_iter().zip(tensor.shape()) {
        let wrong = || {
            Refusal::unprocessable(format!(
                "\"index\" item {item:?} does not fit an axis of {size}: write \":\", a place such as 5, or a range 3:10"
            ))
        };
        let number = |text: &str, missing: usize| -> Answer<usize> {
            if text.is_empty() { Ok(missing) } else { text.parse().map_err(|_| wrong()) }
        };
        match item.split_once(':') {
            Some((from, to)) => {
                let (from, to) = (number(from, 0)?, number(to, size)?);
                if from > to || to > size {
                    return Err(wrong());
                }
                part = part.narrow(axis, from, to - from)?;
                axis += 1;
            }
            None => {
                let place = number(item, size)?;
                if place >= size {
                    return Err(wrong());
                }
                part = part.select(axis, place as isize)?;
            }
        }
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_the_index_says() {
        let tensor = Tensor::arange(24).reshape(&[2, 3, 4]).unwrap();
        let part = |index| {
            let part = cut(&tensor, Some(index)).unwrap();
            (part.shape().to_vec(), part.to_vec::<i64>())
        };
        assert_eq!(part("1,2,3"), (vec![], vec![23]));
        assert_eq!(part("0,:,1"), (vec![3], vec![1, 5, 9]));
        assert_eq!(part(":,1,2:4"), (vec![2, 2], vec![6, 7, 18, 19]));
        assert_eq!(part("1, 1:, :1"), (vec![2, 1], vec![16, 20]));
        assert_eq!(part(":,0:0,:").0, [2, 0, 4]);
        for bad in
            ["1", "2,0,0", "a,b,c", "0,2:1,0", "0,0:9,0", "-1,0,0", "0,0,0,0", "1,,1", "99999999999999999999,0,0"]
        {
            assert!(cut(&tensor, Some(bad)).is_err(), "{bad}");
        }
    }
}

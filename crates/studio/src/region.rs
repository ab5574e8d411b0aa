//! A part of a tensor: a range along each axis.

use gradus_tensor::random::{Generator, Scheme};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::refusal::{Answer, Refusal};

/// How it is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "EditOperation")]
pub enum Operation {
    /// mean + value · (x − mean), with the mean of the range.
    ScaleAboutMean,
    /// value · x
    Scale,
    /// x + value
    Add,
    /// value
    Set,
    /// 0: an ablation.
    Zero,
    /// The mean of the range: an ablation that keeps the scale.
    Mean,
    /// x + N(0, value²), drawn from `seed`.
    Noise,
    /// What stands there for another context, or in another session.
    Patch,
    /// A letter graph's bias, added to the logits.
    Letters,
}

/// From and to (exclusive) along each axis; `None` is all of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Range")]
pub(crate) struct Region(Option<Vec<Option<[usize; 2]>>>);

impl From<Option<Vec<Option<[usize; 2]>>>> for Region {
    fn from(ranges: Option<Vec<Option<[usize; 2]>>>) -> Self {
        Region(ranges)
    }
}

impl Region {
    /// Whether it lies in a tensor of this shape.
    ///
    /// # Errors
    /// The first axis where it does not.
    pub(crate) fn check(&self, name: &str, shape: &[usize]) -> Answer<()> {
        let Some(ranges) = &self.0 else { return Ok(()) };
        if ranges.len() != shape.len() {
            return Err(Refusal::unprocessable(format!(
                "{name} has {} axes {shape:?}, and the range {}: give one item an axis",
                shape.len(),
                ranges.len()
            )));
        }
        for (axis, (range, &size)) in ranges.iter().zip(shape).enumerate() {
            if let Some([from, to]) = range
                && (from >= to || *to > size)
            {
                return Err(Refusal::unprocessable(format!(
                    "the range {from} to {to} does not lie in axis {axis} of {name}, which has {size}"
                )));
            }
        }
        Ok(())
    }

    /// The places inside, in row-major order; what reaches beyond the shape is cut off.
    pub(crate) fn places(&self, shape: &[usize]) -> Vec<usize> {
        let axis = |i: usize, size: usize| match self.0.as_ref().and_then(|ranges| *ranges.get(i)?) {
            Some([from, to]) => from.min(size)..to.min(size),
            None => 0..size,
        };
        let mut places = vec![0];
        for (i, &size) in shape.iter().enumerate() {
            let range = axis(i, size);
            places = places.iter().flat_map(|&at| range.clone().map(move |j| at * size + j)).collect();
        }
        places
    }

    /// The same for the axes behind the first.
    pub(crate) fn behind_first(&self) -> Region {
        Region(self.0.as_ref().map(|ranges| ranges.iter().skip(1).copied().collect()))
    }
}

/// What an operation makes of x: factor · x + summand, at each place of a region.
pub(crate) struct Affine {
    pub(crate) factor: f64,
    pub(crate) summands: Summands,
}

/// One summand for all places, or one each.
pub(crate) enum Summands {
    Same(f64),
    Each(Vec<f32>),
}

impl Affine {
    /// Of an operation over numbers `inside` (those of the region). A patch is not among them: its numbers come from
    /// elsewhere.
    pub(crate) fn of(operation: Operation, value: f64, seed: u64, inside: &[f32]) -> Self {
        let mean = || inside.iter().map(|&x| f64::from(x)).sum::<f64>() / inside.len().max(1) as f64;
        let (factor, summand) = match operation {
            Operation::ScaleAboutMean => (value, mean() * (1.0 - value)),
            Operation::Scale => (value, 0.0),
            Operation::Add => (1.0, value),
            Operation::Set => (0.0, value),
            Operation::Mean => (0.0, mean()),
            Operation::Zero | Operation::Patch | Operation::Letters => (0.0, 0.0),
            Operation::Noise => {
                let mut noise = vec![0.0_f32; inside.len()];
                Generator::new(Scheme::Gradus, seed).stream("edit").fill_randn(&mut noise);
                noise.iter_mut().for_each(|n| *n = (f64::from(*n) * value) as f32);
                return Affine { factor: 1.0, summands: Summands::Each(noise) };
            }
        };
        Affine { factor, summands: Summands::Same(summand) }
    }

    /// The summand at the `i`-th place.
    pub(crate) fn summand(&self, i: usize) -> f64 {
        match &self.summands {
            Summands::Same(summand) => *summand,
            Summands::Each(each) => f64::from(each[i]),
        }
    }

    /// Of x at the `i`-th place. What is set is set, whatever stood there.
    pub(crate) fn at(&self, i: usize, x: f64) -> f64 {
        if self.factor == 0.0 { self.summand(i) } else { self.factor * x + self.summand(i) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(json: &str) -> Region {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn places_are_those_of_the_range() {
        assert_eq!(region("null").places(&[2, 3]), [0, 1, 2, 3, 4, 5]);
        assert_eq!(region("[[1,2],[0,2]]").places(&[2, 3]), [3, 4]);
        assert_eq!(region("[null,[2,3]]").places(&[2, 3]), [2, 5]);
        // What a shorter text does not have is left out.
        assert_eq!(region("[[0,5],[2,9]]").places(&[2, 3]), [2, 5]);
        assert_eq!(region("null").places(&[]), [0]);
        assert!(region("[null,[2,4]]").check("w", &[2, 3]).is_err());
        assert!(region("[[1,1],null]").check("w", &[2, 3]).is_err());
        assert!(region("[null]").check("w", &[2, 3]).is_err());
        assert!(region("[[1,2],null]").check("w", &[2, 3]).is_ok());
    }

    #[test]
    fn operations_by_hand() {
        let x = [1.0, 2.0, 6.0];
        let apply = |operation, value| {
            let affine = Affine::of(operation, value, 7, &x);
            x.iter().enumerate().map(|(i, &x)| affine.at(i, f64::from(x))).collect::<Vec<f64>>()
        };
        assert_eq!(apply(Operation::ScaleAboutMean, 2.0), [-1.0, 1.0, 9.0]);
        assert_eq!(apply(Operation::Scale, 0.5), [0.5, 1.0, 3.0]);
        assert_eq!(apply(Operation::Add, 1.0), [2.0, 3.0, 7.0]);
        assert_eq!(apply(Operation::Set, 4.0), [4.0; 3]);
        assert_eq!(apply(Operation::Mean, 0.0), [3.0; 3]);
        assert_eq!(apply(Operation::Zero, 0.0), [0.0; 3]);
        assert_eq!(apply(Operation::Noise, 1.0), apply(Operation::Noise, 1.0));
        assert_ne!(apply(Operation::Noise, 1.0), apply(Operation::Noise, 2.0));
    }
}

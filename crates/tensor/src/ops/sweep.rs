//! How windows move over an axis: what convolution and pooling share.

use crate::{Error, Result, ensure};
use std::ops::Range;

/// A window moving along one axis: output o sees the inputs o·stride + k·dilation − padding for 0 ≤ k < kernel.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sweep {
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: usize,
    pub(super) dilation: usize,
}

impl Sweep {
    /// The sweeps of a kernel over the axes of `input` (lengths, or heights and widths).
    ///
    /// # Errors
    /// When a size is 0, or the kernel is longer than the padded axis.
    pub(super) fn over<const D: usize>(
        op: &'static str,
        input: &[usize],
        kernel: &[usize],
        [stride, padding, dilation]: [&[usize; D]; 3],
    ) -> Result<[Sweep; D]> {
        let mut sweeps = [Sweep::default(); D];
        for (d, sweep) in sweeps.iter_mut().enumerate() {
            *sweep = Sweep::new(op, axes(D)[d], input[d], kernel[d], [stride[d], padding[d], dilation[d]])?;
        }
        Ok(sweeps)
    }

    fn new(op: &'static str, axis: &str, input: usize, kernel: usize, how: [usize; 3]) -> Result<Sweep> {
        let [stride, padding, dilation] = how;
        ensure!(
            kernel > 0 && stride > 0 && dilation > 0,
            op,
            "the {axis} has kernel {kernel}, stride {stride} and dilation {dilation}; each must be at least 1"
        );
        let padded =
            padding.checked_mul(2).and_then(|twice| twice.checked_add(input)).filter(|&n| n < isize::MAX as usize);
        let span = dilation.checked_mul(kernel - 1).and_then(|reach| reach.checked_add(1));
        let (Some(padded), Some(span)) = (padded, span) else {
            let text =
                format!("padding {padding}, dilation {dilation} and kernel {kernel} of the {axis} are too large");
            return Err(Error::new(op, text));
        };
        ensure!(
            span <= padded,
            op,
            "the kernel spans {span} = dilation·(kernel − 1) + 1 places of the {axis}, which has {padded} = input + 2·padding \
             ({input} + 2·{padding}); the output would have (input + 2·padding − dilation·(kernel − 1) − 1) / stride + 1 < 1 \
             places; use a smaller kernel or more padding"
        );
        Ok(Sweep { input, output: (padded - span) / stride + 1, kernel, stride, padding, dilation })
    }

    /// The input that output `o` sees under place `k` of the kernel, unless that is padding.
    pub(super) fn at(&self, o: usize, k: usize) -> Option<usize> {
        (o * self.stride + k * self.dilation).checked_sub(self.padding).filter(|&i| i < self.input)
    }

    /// The outputs that see an input, not padding, under place `k` of the kernel.
    pub(super) fn inside(&self, k: usize) -> Range<usize> {
        let ahead = k * self.dilation;
        let first = self.padding.saturating_sub(ahead).div_ceil(self.stride).min(self.output);
        let end = (self.input + self.padding).saturating_sub(ahead).div_ceil(self.stride);
        first..end.clamp(first, self.output)
    }

    /// The inputs that output `o` sees, without padding; of a kernel without gaps.
    pub(super) fn window(&self, o: usize) -> Range<usize> {
        let first = o * self.stride;
        first.saturating_sub(self.padding)..(first + self.kernel).saturating_sub(self.padding).min(self.input)
    }
}

/// What errors call the axes that a kernel moves over.
pub(super) fn axes(n: usize) -> &'static [&'static str] {
    if n == 1 { &["length"] } else { &["height", "width"] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_agree_with_single_places() {
        for input in 1..7 {
            for kernel in 1..5 {
                for stride in 1..4 {
                    for padding in 0..4 {
                        for dilation in 1..4 {
                            let Ok(s) = Sweep::new("conv1d", "length", input, kernel, [stride, padding, dilation])
                            else {
                                assert!(dilation * (kernel - 1) + 1 > input + 2 * padding);
                                continue;
                            };
                            for k in 0..kernel {
                                let seen: Vec<_> = (0..s.output).filter(|&o| s.at(o, k).is_some()).collect();
                                assert_eq!(seen, s.inside(k).collect::<Vec<_>>(), "{s:?}, place {k}");
                            }
                            for o in (0..s.output).filter(|_| dilation == 1) {
                                let seen: Vec<_> = (0..kernel).filter_map(|k| s.at(o, k)).collect();
                                assert_eq!(seen, s.window(o).collect::<Vec<_>>(), "{s:?}, output {o}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn impossible_sweeps_are_refused() {
        for (kernel, how) in [
            (0, [1, 0, 1]),
            (3, [0, 0, 1]),
            (3, [1, 0, 0]),
            (3, [1, 0, 4]),
            (2, [1, usize::MAX, 1]),
            (usize::MAX, [1, 0, 2]),
        ] {
            assert!(Sweep::new("conv1d", "length", 5, kernel, how).is_err(), "{kernel} {how:?}");
        }
    }
}

//! Batch normalisation (Ioffe & Szegedy 2015, arXiv:1502.03167).

use crate::mode::is_training;
use crate::{Module, Param};
use gradus_kernels::element::Number;
use gradus_tensor::ops::{self, BatchStatistics};
use gradus_tensor::{Result, Tensor, ensure, with_float};

/// y = (x − μ) / √(σ² + ε) · weight + bias, with mean and variance of each channel: `[..., width]` in and out, the last
/// axis being the channels and all others the batch. [`BatchNormConfig::pictures`] has the channels at axis 1 instead.
///
/// In [`training`](crate::training) μ and σ² are the batch's own, and running ones follow them:
/// r ← (1 − momentum)·r + momentum·batch. A prediction uses the running ones.
///
/// ```
/// use gradus_nn::{BatchNorm, BatchNormConfig, Module, training};
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let norm = BatchNorm::new(2, BatchNormConfig::default());
/// let x = Tensor::from_slice(&[1.0_f32, 10.0, 3.0, 30.0], &[2, 2])?;
/// let y = training(&mut Generator::new(Scheme::Gradus, 1), || norm.forward(&x))?;
/// assert!(y.sum().item()?.abs() < 1e-5);
/// assert_eq!(norm.running_mean.value().to_vec::<f32>(), [0.2, 2.0]);
/// assert_eq!((norm.parameter_count(), norm.buffers().len()), (4, 2));
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct BatchNorm {
    /// The scale, `[width]`; starts as ones.
    pub weight: Param,
    /// The shift, `[width]`; starts as zeros.
    pub bias: Param,
    /// A buffer, `[places·width]`; starts as zeros.
    pub running_mean: Param,
    /// A buffer, `[places·width]`, of variances or standard deviations; starts as ones.
    #[module(name = if self.config.keep_deviation { "running_std" } else { "running_var" })]
    pub running_spread: Param,
    #[module(skip)]
    config: BatchNormConfig,
}

/// What there is to choose. The default is what the makemore lectures write by hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNormConfig {
    /// The share of a new batch in the running statistics.
    pub momentum: f64,
    /// ε, added to the variance.
    pub eps: f64,
    /// Whether the batch is divided by its sample standard deviation, Σ (x − μ)² / (n − 1), as in the lectures, or by
    /// that of a whole population, which is PyTorch's choice. The running one is that of a sample in both.
    pub sample_variance: bool,
    /// Whether the mean of the standard deviations is kept, as in part 3 of the course, instead of that of the variances.
    pub keep_deviation: bool,
    /// The axis of the channels: −1 for `[..., width]`, 1 for pictures `[B, width, H, W]`.
    pub axis: isize,
    /// How many places along time have statistics of their own, in inputs `[B, places, width]`. 1 for one mean and
    /// variance over batch and time, as it should be; part 5 of the course shows what the other costs.
    pub places: usize,
}

impl Default for BatchNormConfig {
    fn default() -> Self {
        BatchNormConfig { momentum: 0.1, eps: 1e-5, sample_variance: true, keep_deviation: false, axis: -1, places: 1 }
    }
}

impl BatchNormConfig {
    /// PyTorch's `BatchNorm2d`: for pictures `[B, width, H, W]`.
    ///
    /// ```
    /// use gradus_nn::{BatchNorm, BatchNormConfig, Module};
    /// use gradus_tensor::Tensor;
    /// let norm = BatchNorm::new(3, BatchNormConfig::pictures());
    /// assert_eq!(norm.forward(&Tensor::ones(&[2, 3, 8, 8]))?.shape(), [2, 3, 8, 8]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn pictures() -> BatchNormConfig {
        BatchNormConfig { sample_variance: false, axis: 1, ..BatchNormConfig::default() }
    }
}

impl BatchNorm {
    /// A layer for `width` channels.
    pub fn new(width: usize, config: BatchNormConfig) -> BatchNorm {
        BatchNorm {
            weight: Param::new(Tensor::ones(&[width])),
            bias: Param::new(Tensor::zeros(&[width])),
            running_mean: Param::buffer(Tensor::zeros(&[config.places * width])),
            running_spread: Param::buffer(Tensor::ones(&[config.places * width])),
            config,
        }
    }

    /// What it was made with.
    pub fn config(&self) -> &BatchNormConfig {
        &self.config
    }

    /// Lets the running statistics follow those of a batch.
    pub fn follow(&self, batch: &BatchStatistics) {
        let spread = if self.config.keep_deviation { batch.variance.sqrt() } else { batch.variance.clone() };
        for (running, now) in [(&self.running_mean, &batch.mean), (&self.running_spread, &spread)] {
            let (keep, take) = (1.0 - self.config.momentum, self.config.momentum);
            running.modify(|running| {
                let now = now.array().to_dtype(running.dtype());
                with_float!(running.dtype(), T => {
                    let (keep, take) = (T::from_f64(keep), T::from_f64(take));
                    running.make_mut::<T>().iter_mut().zip(now.dense::<T>().iter()).for_each(|(r, &now)| {
                        *r = keep * *r + take * now;
                    });
                });
            });
        }
    }

    fn running(&self) -> BatchStatistics {
        let spread = self.running_spread.value();
        let variance = if self.config.keep_deviation { &spread * &spread } else { spread };
        BatchStatistics { mean: self.running_mean.value(), variance }
    }
}

impl BatchNorm {
    /// The formula, with the statistics that the mode asks for.
    fn normalise(&self, x: &Tensor, weight: Option<&Tensor>, bias: Option<&Tensor>) -> Result<Tensor> {
        let correction = usize::from(self.config.sample_variance);
        let options = ops::BatchNorm { axis: self.config.axis, eps: self.config.eps, correction };
        if is_training() {
            let (y, batch) = x.batch_norm(weight, bias, &options)?;
            self.follow(&batch);
            Ok(y)
        } else {
            x.batch_norm_with(&self.running(), weight, bias, &options)
        }
    }
}

impl Module for BatchNorm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (weight, bias, places) = (self.weight.value(), self.bias.value(), self.config.places);
        let y = if places == 1 {
            self.normalise(x, Some(&weight), Some(&bias))?
        } else {
            let (shape, width) = (x.shape(), weight.numel());
            ensure!(
                shape.len() == 3 && shape[1..] == [places, width],
                "batch_norm",
                "input {shape:?} must be [batch, {places}, {width}]: this layer has statistics for {places} places"
            );
            let size = [shape[0], places, width].map(|n| n as isize);
            let y = self.normalise(&x.reshape(&[size[0], size[1] * size[2]])?, None, None)?;
            y.reshape(&size)?.try_mul(&weight)?.try_add(&bias)?
        };
        Ok(y.tap("out"))
    }
}

//! Gradients held against difference quotients.
//!
//! For y = f(x₁, x₂, …) and fixed weights w, the gradient of Σ wy is compared, number by number, with
//! (Σ wy(x + h) − Σ wy(x − h)) / 2h in `f64`.

use crate::{DType, Error, Result, Tensor, no_grad};

/// The default step h of the difference quotient.
pub const STEP: f64 = 1e-5;
/// The default tolerance, absolute and relative.
pub const TOLERANCE: f64 = 2e-6;

/// Compares the gradients of `f` at `inputs` (taken in `f64`) with difference quotients. Returns the largest
/// difference found.
///
/// # Errors
/// When `f` fails, a difference is larger than `tolerance·(1 + |quotient|)`, or an input gets no gradient.
///
/// ```
/// use gradus_tensor::{Tensor, gradcheck};
/// let x = Tensor::from_slice(&[0.3, -1.2], &[2])?;
/// gradcheck::check(|x| Ok(x[0].tanh()), &[x], gradcheck::STEP, gradcheck::TOLERANCE)?;
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub fn check(f: impl Fn(&[Tensor]) -> Result<Tensor>, inputs: &[Tensor], step: f64, tolerance: f64) -> Result<f64> {
    let leaves: Vec<Tensor> = inputs.iter().map(|x| x.to_dtype(DType::F64).requires_grad()).collect();
    let y = f(&leaves)?;
    let weights = probe_values(y.numel(), -1.0, 1.0, 7);
    let weights = Tensor::from_slice(&weights, y.shape())?;
    let weighted = |y: &Tensor| y.to_dtype(DType::F64).try_mul(&weights).map(|t| t.sum());
    weighted(&y)?.backward()?;
    let mut worst: f64 = 0.0;
    for (i, leaf) in leaves.iter().enumerate() {
        let gradient = match leaf.grad() {
            Some(g) => g.to_vec::<f64>(),
            None => return Err(Error::new("gradcheck", format!("input {i} got no gradient"))),
        };
        let values = leaf.to_vec::<f64>();
        for k in 0..values.len() {
            let at = |x: f64| -> Result<f64> {
                let mut moved = values.clone();
                moved[k] = x;
                let mut all: Vec<Tensor> = leaves.iter().map(Tensor::detach).collect();
                all[i] = Tensor::from_slice(&moved, leaf.shape())?;
                no_grad(|| weighted(&f(&all)?)?.item())
            };
            let quotient = (at(values[k] + step)? - at(values[k] - step)?) / (2.0 * step);
            let difference = (gradient[k] - quotient).abs();
            worst = worst.max(difference);
            if !difference.is_finite() || difference > tolerance * (1.0 + quotient.abs()) {
                return Err(Error::new(
                    "gradcheck",
                    format!(
                        "input {i}, element {k}: the gradient is {}, the difference quotient {quotient}",
                        gradient[k]
                    ),
                ));
            }
        }
    }
    Ok(worst)
}

/// `n` numbers spread over `low..high` in an irregular order, all apart from each other and from 0: so that a
/// maximum has no ties and no kink at 0 is stepped over.
pub fn probe_values(n: usize, low: f64, high: f64, seed: usize) -> Vec<f64> {
    (0..n)
        .map(|i| {
            // The golden ratio's multiples fill the unit interval evenly and never meet.
            let unit = ((i + 1 + 31 * seed) as f64 * 0.618_033_988_749_894_9).fract();
            let x = low + (high - low) * unit;
            if x.abs() < 0.02 { x + 0.04 } else { x }
        })
        .collect()
}

/// How an input lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// One number after the other.
    Contiguous,
    /// Axes in reverse order.
    Transposed,
    /// Every second index of a larger tensor.
    Sliced,
    /// The first axis longer than 1 repeated from size 1.
    Broadcast,
}

impl Memory {
    /// All of them.
    pub const ALL: [Memory; 4] = [Memory::Contiguous, Memory::Transposed, Memory::Sliced, Memory::Broadcast];

    /// The shape of the leaf from which [`Memory::view`] makes an input of `shape`.
    pub fn base(self, shape: &[usize]) -> Vec<usize> {
        match self {
            Memory::Contiguous => shape.to_vec(),
            Memory::Transposed => shape.iter().rev().copied().collect(),
            Memory::Sliced => shape.iter().map(|n| 2 * n).collect(),
            Memory::Broadcast => {
                let longer = shape.iter().position(|&n| n > 1);
                shape.iter().enumerate().map(|(d, &n)| if Some(d) == longer { 1 } else { n }).collect()
            }
        }
    }

    /// The view of `base` that has `shape`.
    ///
    /// # Errors
    /// When `base` does not have [`Memory::base`]'s shape.
    pub fn view(self, base: &Tensor, shape: &[usize]) -> Result<Tensor> {
        match self {
            Memory::Contiguous => Ok(base.clone()),
            Memory::Transposed => base.permute(&(0..shape.len() as isize).rev().collect::<Vec<_>>()),
            Memory::Sliced => (0..shape.len()).try_fold(base.clone(), |x, d| x.slice(d as isize, Some(1), None, 2)),
            Memory::Broadcast => base.expand(shape),
        }
    }
}

type CaseFn = Box<dyn Fn(&[Tensor]) -> Result<Tensor> + Send + Sync>;

/// A gradient-check case of an operation: a function and the shapes of its inputs. The walk in `tests/gradients.rs`
/// lays every input out in every [`Memory`].
pub struct Case {
    file: &'static str,
    run: CaseFn,
    shapes: Vec<Vec<Vec<usize>>>,
    range: (f64, f64),
    step: f64,
    tolerance: f64,
    no_empty: Option<&'static str>,
}

impl Case {
    /// A function of several inputs; say their [`Case::shapes`].
    pub fn new(f: impl Fn(&[Tensor]) -> Result<Tensor> + Send + Sync + 'static) -> Case {
        Case {
            file: "",
            run: Box::new(f),
            shapes: Vec::new(),
            range: (-2.0, 2.0),
            step: STEP,
            tolerance: TOLERANCE,
            no_empty: None,
        }
    }

    /// A function of one input of any shape with two axes.
    pub fn unary(f: impl Fn(&Tensor) -> Result<Tensor> + Send + Sync + 'static) -> Case {
        Case::new(move |x| f(&x[0])).shapes(&[&[&[2, 3]], &[&[1, 1]], &[&[3, 1]], &[&[0, 3]]])
    }

    /// A function of two inputs that broadcast.
    pub fn binary(f: impl Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync + 'static) -> Case {
        Case::new(move |x| f(&x[0], &x[1])).shapes(&[
            &[&[2, 3], &[2, 3]],
            &[&[2, 3], &[3]],
            &[&[2, 1], &[1, 3]],
            &[&[], &[2, 3]],
            &[&[1, 1], &[1]],
            &[&[2, 0], &[2, 1]],
            &[&[2, 1, 3], &[4, 1]],
        ])
    }

    /// The shapes of the inputs, one list for each set.
    #[must_use]
    pub fn shapes(mut self, sets: &[&[&[usize]]]) -> Case {
        self.shapes = sets.iter().map(|set| set.iter().map(|s| s.to_vec()).collect()).collect();
        self
    }

    /// Draws the inputs from `low..high` instead of −2..2.
    #[must_use]
    pub fn range(mut self, low: f64, high: f64) -> Case {
        self.range = (low, high);
        self
    }

    /// Another step of the difference quotient.
    #[must_use]
    pub fn step(mut self, step: f64) -> Case {
        self.step = step;
        self
    }

    /// Another tolerance.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Case {
        self.tolerance = tolerance;
        self
    }

    /// Says why this case has no empty input.
    #[must_use]
    pub fn no_empty(mut self, why: &'static str) -> Case {
        self.no_empty = Some(why);
        self
    }

    pub(crate) fn of_file(mut self, file: &'static str) -> Case {
        self.file = file;
        self
    }

    /// The file in `ops/` that the case stands in.
    pub fn file(&self) -> &'static str {
        self.file
    }

    /// Whether some set of shapes has an axis of size 1, and some an empty axis (or a reason why not).
    pub fn covers(&self) -> (bool, bool) {
        let any = |n| self.shapes.iter().flatten().any(|s| s.contains(&n));
        (any(1), any(0) || self.no_empty.is_some())
    }

    /// Runs the case over all sets of shapes and all memory layouts, input by input. `seen` gets every tensor that
    /// was computed from.
    ///
    /// # Errors
    /// The first failure, with the shapes and the layout it happened in.
    pub fn walk(&self, mut seen: impl FnMut(&Tensor)) -> Result<()> {
        for (set, shapes) in self.shapes.iter().enumerate() {
            for memory in Memory::ALL {
                // One input after the other in the unusual layout, and all at once.
                let rounds = if memory == Memory::Contiguous || shapes.len() == 1 { 1 } else { shapes.len() + 1 };
                for round in 0..rounds {
                    let chosen = |i: usize| if round == i || round + 1 == rounds { memory } else { Memory::Contiguous };
                    let inputs: Vec<Tensor> = shapes
                        .iter()
                        .enumerate()
                        .map(|(i, shape)| {
                            let base = chosen(i).base(shape);
                            let values = probe_values(base.iter().product(), self.range.0, self.range.1, i + 10 * set);
                            Tensor::from_slice(&values, &base)
                        })
                        .collect::<Result<_>>()?;
                    let views = |bases: &[Tensor]| -> Result<Vec<Tensor>> {
                        bases.iter().zip(shapes).enumerate().map(|(i, (b, s))| chosen(i).view(b, s)).collect()
                    };
                    let tracked: Vec<Tensor> = inputs.iter().map(Tensor::requires_grad).collect();
                    (self.run)(&views(&tracked)?)
                        .map(|y| seen(&y))
                        .map_err(|e| self.context(e, shapes, memory, round))?;
                    check(|x| (self.run)(&views(x)?), &inputs, self.step, self.tolerance)
                        .map_err(|e| self.context(e, shapes, memory, round))?;
                }
            }
        }
        Ok(())
    }

    fn context(&self, error: Error, shapes: &[Vec<usize>], memory: Memory, round: usize) -> Error {
        Error::new("case", format!("ops/{}.rs, shapes {shapes:?}, {memory:?} ({round}): {error}", self.file))
    }
}

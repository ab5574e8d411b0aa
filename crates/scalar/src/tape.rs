//! The same idea as [`Value`](crate::Value) without a graph of its own: a tape.
//!
//! Every number of a computation stands in one array, every operation in another, in the order in which they were made.
//! That order is a topological one, so the backward pass is a loop from the last operation to the first. Nothing is
//! allocated once a step has been made: [`Tape::rewind`] goes back to where the parameters end, and the next step writes
//! over the last. It is the fast way to train many thousand single numbers; `Value` is the way to look at some.
//!
//! ```
//! use gradus_scalar::tape::Tape;
//!
//! let mut tape = Tape::new();
//! let (x, y) = (tape.leaf(2.0), tape.leaf(3.0));
//! let xx = tape.mul(x, x);
//! let z = tape.mul(xx, y);
//! tape.backward(z);
//! assert_eq!((tape.value(z), tape.grad(x), tape.grad(y)), (12.0, 12.0, 4.0));
//! ```

/// A number on a [`Tape`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Var(u32);

/// Numbers that stand side by side on a [`Tape`]: a vector, or the rows of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    first: u32,
    len: u32,
}

impl Run {
    /// How many there are.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Number `i` of them.
    ///
    /// # Panics
    /// Where there is none.
    pub fn at(self, i: usize) -> Var {
        assert!(i < self.len(), "there are {} numbers and no number {i}", self.len);
        Var(self.first + i as u32)
    }

    /// `len` of them, from number `from` on.
    ///
    /// # Panics
    /// Where there are not so many.
    pub fn part(self, from: usize, len: usize) -> Run {
        assert!(from + len <= self.len(), "there are {} numbers, not {}", self.len, from + len);
        Run { first: self.first + from as u32, len: len as u32 }
    }

    fn range(self) -> std::ops::Range<usize> {
        self.first as usize..(self.first + self.len) as usize
    }
}

/// An operation; its result is the number at its own place. Each is given with what flows back: gᵢ += ∂out/∂inᵢ · g.
#[derive(Debug, Clone, Copy)]
enum Node {
    /// A number from outside.
    Leaf,
    /// a + b; 1, 1.
    Add(u32, u32),
    /// a · b; b, a.
    Mul(u32, u32),
    /// a + k; 1.
    AddConst(u32),
    /// k · a; k.
    MulConst(u32, f64),
    /// aᵏ; k aᵏ⁻¹.
    Pow(u32, f64),
    /// eᵃ; eᵃ.
    Exp(u32),
    /// ln a; 1/a.
    Ln(u32),
    /// max(a, 0); 1 where a > 0.
    Relu(u32),
    /// Σ aᵢ over a run; 1 each.
    Sum { a: u32, n: u32 },
    /// Σ aᵢ bᵢ over two runs, one after the other; bᵢ, aᵢ.
    Dot { a: u32, b: u32, n: u32 },
    /// Σ aᵢ bᵢ over pairs from anywhere; bᵢ, aᵢ.
    DotPairs { first: u32, n: u32 },
}

/// Numbers, and the operations that they came from.
#[derive(Debug, Clone, Default)]
pub struct Tape {
    values: Vec<f64>,
    grads: Vec<f64>,
    nodes: Vec<Node>,
    pairs: Vec<(u32, u32)>,
}

impl Tape {
    /// An empty tape.
    pub fn new() -> Self {
        Tape::default()
    }

    /// How many numbers stand on it.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether nothing stands on it.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Forgets every number from place `len` on. The memory is kept.
    pub fn rewind(&mut self, len: usize) {
        self.values.truncate(len);
        self.nodes.truncate(len);
        self.pairs.clear();
    }

    /// A number.
    pub fn value(&self, x: Var) -> f64 {
        self.values[x.0 as usize]
    }

    /// Numbers side by side.
    pub fn values(&self, x: Run) -> &[f64] {
        &self.values[x.range()]
    }

    /// Numbers side by side, to be set. What was computed from them does not change with them.
    pub fn values_mut(&mut self, x: Run) -> &mut [f64] {
        &mut self.values[x.range()]
    }

    /// How the result of the last [`Tape::backward`] changes with a number.
    pub fn grad(&self, x: Var) -> f64 {
        self.grads.get(x.0 as usize).copied().unwrap_or(0.0)
    }

    /// The values of a run, to be set, beside its gradients: for an optimiser.
    pub fn values_and_grads(&mut self, x: Run) -> (&mut [f64], &[f64]) {
        (&mut self.values[x.range()], &self.grads[x.range()])
    }

    #[inline]
    fn push(&mut self, value: f64, node: Node) -> Var {
        let place = self.values.len() as u32;
        self.values.push(value);
        self.nodes.push(node);
        Var(place)
    }

    #[inline]
    fn at(&self, place: u32) -> f64 {
        self.values[place as usize]
    }

    /// A number from outside.
    pub fn leaf(&mut self, value: f64) -> Var {
        self.push(value, Node::Leaf)
    }

    /// Numbers from outside, side by side.
    pub fn leaves(&mut self, values: impl IntoIterator<Item = f64>) -> Run {
        let first = self.values.len();
        for value in values {
            self.leaf(value);
        }
        self.since(first)
    }

    /// What was made since a place.
    pub(crate) fn since(&self, first: usize) -> Run {
        Run { first: first as u32, len: (self.values.len() - first) as u32 }
    }

    /// a + b.
    pub fn add(&mut self, a: Var, b: Var) -> Var {
        self.push(self.at(a.0) + self.at(b.0), Node::Add(a.0, b.0))
    }

    /// a · b.
    pub fn mul(&mut self, a: Var, b: Var) -> Var {
        self.push(self.at(a.0) * self.at(b.0), Node::Mul(a.0, b.0))
    }

    /// a + k.
    pub fn add_const(&mut self, a: Var, k: f64) -> Var {
        self.push(self.at(a.0) + k, Node::AddConst(a.0))
    }

    /// k · a.
    pub fn mul_const(&mut self, a: Var, k: f64) -> Var {
        self.push(self.at(a.0) * k, Node::MulConst(a.0, k))
    }

    /// aᵏ.
    pub fn pow(&mut self, a: Var, k: f64) -> Var {
        self.push(self.at(a.0).powf(k), Node::Pow(a.0, k))
    }

    /// eᵃ.
    pub fn exp(&mut self, a: Var) -> Var {
        self.push(self.at(a.0).exp(), Node::Exp(a.0))
    }

    /// The natural logarithm.
    pub fn ln(&mut self, a: Var) -> Var {
        self.push(self.at(a.0).ln(), Node::Ln(a.0))
    }

    /// max(a, 0).
    pub fn relu(&mut self, a: Var) -> Var {
        self.push(self.at(a.0).max(0.0), Node::Relu(a.0))
    }

    /// The sum of a run, added up from its first number on.
    pub fn sum(&mut self, a: Run) -> Var {
        let sum = self.values(a).iter().fold(0.0, |sum, x| sum + x);
        self.push(sum, Node::Sum { a: a.first, n: a.len })
    }

    /// Σ aᵢ bᵢ, added up from the first on.
    ///
    /// # Panics
    /// Where the runs are not equally long.
    #[inline]
    pub fn dot(&mut self, a: Run, b: Run) -> Var {
        let sum = dot(self.values(a), self.values(b));
        self.push(sum, Node::Dot { a: a.first, b: b.first, n: a.len })
    }

    /// Σ aᵢ bᵢ over pairs from anywhere, added up from the first on.
    pub fn dot_pairs(&mut self, pairs: impl IntoIterator<Item = (Var, Var)>) -> Var {
        let first = self.pairs.len();
        self.pairs.extend(pairs.into_iter().map(|(a, b)| (a.0, b.0)));
        let sum = self.pairs[first..].iter().fold(0.0, |sum, &(a, b)| sum + self.at(a) * self.at(b));
        self.push(sum, Node::DotPairs { first: first as u32, n: (self.pairs.len() - first) as u32 })
    }

    /// y = W x, for the rows of `w` side by side: `[rows · x.len()]`.
    ///
    /// # Panics
    /// Where `w` is not made of rows as long as `x`.
    pub fn linear(&mut self, w: Run, x: Run) -> Run {
        assert!(w.len().is_multiple_of(x.len().max(1)), "{} weights are no rows of {}", w.len(), x.len());
        let first = self.values.len();
        for row in 0..w.len() / x.len().max(1) {
            self.dot(w.part(row * x.len(), x.len()), x);
        }
        self.since(first)
    }

    /// One result for each number of a run.
    pub fn map(&mut self, a: Run, mut f: impl FnMut(&mut Self, usize, Var) -> Var) -> Run {
        let first = self.values.len();
        for i in 0..a.len() {
            f(self, i, a.at(i));
        }
        let made = self.since(first);
        debug_assert_eq!(made.len(), a.len(), "a map makes one number for each");
        made
    }

    /// Every number's gradient with regard to `of`.
    pub fn backward(&mut self, of: Var) {
        let Tape { values, grads, nodes, pairs } = self;
        grads.clear();
        grads.resize(values.len(), 0.0);
        grads[of.0 as usize] = 1.0;
        for place in (0..=of.0 as usize).rev() {
            let g = grads[place];
            if g == 0.0 {
                continue;
            }
            match nodes[place] {
                Node::Leaf => {}
                Node::Add(a, b) => {
                    grads[a as usize] += g;
                    grads[b as usize] += g;
                }
                Node::Mul(a, b) => {
                    grads[a as usize] += values[b as usize] * g;
                    grads[b as usize] += values[a as usize] * g;
                }
                Node::AddConst(a) => grads[a as usize] += g,
                Node::MulConst(a, k) => grads[a as usize] += k * g,
                Node::Pow(a, k) => grads[a as usize] += k * values[a as usize].powf(k - 1.0) * g,
                Node::Exp(a) => grads[a as usize] += values[place] * g,
                Node::Ln(a) => grads[a as usize] += 1.0 / values[a as usize] * g,
                Node::Relu(a) => grads[a as usize] += if values[a as usize] > 0.0 { g } else { 0.0 },
                Node::Sum { a, n } => grads[a as usize..(a + n) as usize].iter_mut().for_each(|grad| *grad += g),
                Node::Dot { a, b, n } => dot_backward(values, grads, a as usize, b as usize, n as usize, g),
                Node::DotPairs { first, n } => {
                    for &(a, b) in &pairs[first as usize..(first + n) as usize] {
                        grads[a as usize] += values[b as usize] * g;
                        grads[b as usize] += values[a as usize] * g;
                    }
                }
            }
        }
    }
}

/// Σ aᵢ bᵢ in order: the digits are those of a sum of single products.
#[inline]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "runs of unequal length");
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// ∂/∂aᵢ = bᵢ and ∂/∂bᵢ = aᵢ.
#[inline]
fn dot_backward(values: &[f64], grads: &mut [f64], a: usize, b: usize, n: usize, g: f64) {
    let (low, high) = (a.min(b), a.max(b));
    let (x_low, x_high) = (&values[low..low + n], &values[high..high + n]);
    if low + n <= high {
        let (left, right) = grads.split_at_mut(high);
        for ((grad, x), (other, y)) in left[low..low + n].iter_mut().zip(x_high).zip(right[..n].iter_mut().zip(x_low)) {
            *grad += x * g;
            *other += y * g;
        }
    } else {
        // They overlap, as in Σ xᵢ².
        for i in 0..n {
            grads[low + i] += x_high[i] * g;
            grads[high + i] += x_low[i] * g;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    #[test]
    fn every_operation_has_the_gradient_of_its_difference_quotient() {
        let made = |x: &[f64]| {
            let mut tape = Tape::new();
            let leaves = tape.leaves(x.iter().copied());
            let (p, q, r) = (leaves.at(0), leaves.at(1), leaves.at(2));
            let (dot, linear) =
                (tape.dot(leaves.part(0, 2), leaves.part(1, 2)), tape.linear(leaves, leaves.part(0, 3)));
            let square = tape.dot(leaves, leaves);
            let pairs = tape.dot_pairs([(p, r), (q, dot), (r, r)]);
            let (exp, ln) = (tape.exp(p), tape.ln(q));
            let (pow, relu) = (tape.pow(q, -0.5), tape.relu(r));
            let (off, scaled) = (tape.add_const(exp, 2.0), tape.mul_const(ln, -3.0));
            let parts = [dot, linear.at(0), square, pairs, off, scaled, pow, relu];
            let first = tape.len();
            for (i, part) in parts.into_iter().enumerate() {
                let weight = tape.leaf(1.0 + i as f64);
                tape.mul(part, weight);
            }
            let all = Run { first: first as u32, len: (tape.len() - first) as u32 };
            let sum = tape.sum(all);
            let end = tape.add(sum, p);
            (tape, leaves, end)
        };
        let x = [0.7, 1.3, 0.4];
        let (mut tape, leaves, end) = made(&x);
        tape.backward(end);
        for i in 0..3 {
            let nudged = |by: f64| {
                let mut x = x;
                x[i] += by;
                let (tape, _, end) = made(&x);
                tape.value(end)
            };
            let slope = (nudged(1e-6) - nudged(-1e-6)) / 2e-6;
            assert!((tape.grad(leaves.at(i)) - slope).abs() < 1e-7, "{i}: {} {slope}", tape.grad(leaves.at(i)));
        }
    }

    #[test]
    fn the_tape_and_the_graph_agree() {
        let (x, w) = ([0.3, -1.2, 2.0], [1.5, 0.2, -0.7]);
        let values = [x, w].map(|numbers| numbers.map(Value::new));
        let mut sum = Value::new(0.0);
        for (x, w) in values[0].iter().zip(&values[1]) {
            sum = &sum + w * x;
        }
        let end = sum.exp().relu().powf(0.5);
        end.backward();
        let mut tape = Tape::new();
        let (a, b) = (tape.leaves(x), tape.leaves(w));
        let sum = tape.dot(b, a);
        let exp = tape.exp(sum);
        let relu = tape.relu(exp);
        let result = tape.pow(relu, 0.5);
        tape.backward(result);
        assert_eq!(tape.value(result), end.data());
        for i in 0..3 {
            assert_eq!(tape.grad(a.at(i)), values[0][i].grad());
            assert_eq!(tape.grad(b.at(i)), values[1][i].grad());
        }
    }

    #[test]
    fn a_rewound_tape_takes_no_new_memory() {
        let mut tape = Tape::new();
        let weights = tape.leaves((0..100).map(f64::from));
        let mark = tape.len();
        let step = |tape: &mut Tape| {
            tape.rewind(mark);
            let square = tape.dot(weights, weights);
            let pair = tape.dot_pairs([(square, weights.at(3))]);
            tape.backward(pair);
        };
        step(&mut tape);
        let held = (tape.values.capacity(), tape.grads.capacity(), tape.nodes.capacity(), tape.pairs.capacity());
        for _ in 0..50 {
            step(&mut tape);
        }
        let now = (tape.values.capacity(), tape.grads.capacity(), tape.nodes.capacity(), tape.pairs.capacity());
        assert_eq!(held, now);
    }
}

//! A whole GPT of single numbers (A. Karpathy, *microgpt*, February 2026), on a [`Tape`].
//!
//! Tokens and positions are embedded and added up; each block is attention and a network of one hidden layer, each behind
//! an RMSNorm without a gain and around a residual connection; the head is not tied to the embedding. There are no biases.
//! A step is one document: its loss is the mean of −ln p of every token after the first, and Adam follows its gradient.
//!
//! Sums are taken in the order in which Python's `sum` takes them, so that losses agree with CPython's to the last digits.

use crate::tape::{Run, Tape, Var};

/// The sizes of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Tokens, the mark at both ends among them.
    pub vocabulary: usize,
    /// Positions.
    pub block: usize,
    /// Blocks of attention and network.
    pub layers: usize,
    /// Numbers that stand for a token.
    pub width: usize,
    /// Heads of attention; they share the width.
    pub heads: usize,
}

impl Config {
    /// The published sizes: 16 positions, one layer, width 16, four heads; 4,192 numbers with 27 tokens.
    pub fn published(vocabulary: usize) -> Self {
        Config { vocabulary, block: 16, layers: 1, width: 16, heads: 4 }
    }

    /// How many numbers it learns.
    pub fn parameters(&self) -> usize {
        let Config { vocabulary, block, layers, width, heads: _ } = *self;
        (2 * vocabulary + block + layers * 12 * width) * width
    }
}

/// How it learns: Adam (Kingma & Ba 2015) with a rate that falls in a straight line to 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// The rate of the first step.
    pub rate: f64,
    /// How much of the running means of gradients and of their squares stays.
    pub betas: (f64, f64),
    /// Added to the root.
    pub eps: f64,
}

impl Default for Adam {
    /// The published ones.
    fn default() -> Self {
        Adam { rate: 0.01, betas: (0.85, 0.99), eps: 1e-8 }
    }
}

/// The weights of a block, each `[rows · columns]`, row by row.
#[derive(Debug, Clone, Copy)]
struct Block {
    query: Run,
    key: Run,
    value: Run,
    out: Run,
    up: Run,
    down: Run,
}

/// The model.
#[derive(Debug, Clone)]
pub struct MicroGpt {
    config: Config,
    tape: Tape,
    tokens: Run,
    positions: Run,
    head: Run,
    blocks: Vec<Block>,
    parameters: Run,
    mean: Vec<f64>,
    square: Vec<f64>,
    step: u64,
    /// Tokens read of the text so far.
    position: usize,
    /// Keys and values of the text so far, `[layer][position]`.
    remembered: Vec<Vec<(Run, Run)>>,
    /// Of the token being read: each head's weights over the text so far.
    weights: Vec<Run>,
    /// Of the document being learned: the probability of each token that came.
    came: Vec<Var>,
}

impl MicroGpt {
    /// A model whose weights are drawn one after the other: token and position embedding, head, then of each block query,
    /// key, value, output and the two layers of the network, row by row.
    ///
    /// # Panics
    /// Where a size is 0, or the heads do not share the width.
    pub fn new(config: Config, mut draw: impl FnMut() -> f64) -> Self {
        let Config { vocabulary, block, layers, width, heads } = config;
        assert!([vocabulary, block, width, heads].iter().all(|size| *size > 0), "no size may be 0: {config:?}");
        assert!(width.is_multiple_of(heads), "{heads} heads cannot share a width of {width}");
        let mut tape = Tape::new();
        let mut weights = |rows: usize, columns: usize| tape.leaves((0..rows * columns).map(|_| draw()));
        let (tokens, positions, head) = (weights(vocabulary, width), weights(block, width), weights(vocabulary, width));
        let blocks = (0..layers).map(|_| Block {
            query: weights(width, width),
            key: weights(width, width),
            value: weights(width, width),
            out: weights(width, width),
            up: weights(4 * width, width),
            down: weights(width, 4 * width),
        });
        let blocks = blocks.collect();
        let parameters = tape.since(0);
        let zeros = vec![0.0; parameters.len()];
        MicroGpt {
            position: 0,
            remembered: vec![Vec::with_capacity(block); layers],
            weights: Vec::with_capacity(heads),
            came: Vec::with_capacity(block),
            mean: zeros.clone(),
            square: zeros,
            config,
            tape,
            tokens,
            positions,
            head,
            blocks,
            parameters,
            step: 0,
        }
    }

    /// Its sizes.
    pub fn config(&self) -> Config {
        self.config
    }

    /// Steps made.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Its weights, in the order in which they were drawn.
    pub fn parameters(&self) -> &[f64] {
        self.tape.values(self.parameters)
    }

    /// Forgets the text so far.
    fn begin(&mut self) {
        self.tape.rewind(self.parameters.len());
        self.position = 0;
        self.remembered.iter_mut().for_each(Vec::clear);
    }

    /// The logits of the token after `token`, which is the next of the text: `[vocabulary]`.
    fn read(&mut self, token: usize) -> Run {
        let Config { width, heads, .. } = self.config;
        let (tape, size) = (&mut self.tape, width / heads);
        let (token, place) =
            (self.tokens.part(token * width, width), self.positions.part(self.position * width, width));
        self.position += 1;
        let x = tape.map(token, |tape, i, t| tape.add(t, place.at(i)));
        let mut x = norm(tape, x);
        for (block, remembered) in self.blocks.iter().zip(&mut self.remembered) {
            let residual = x;
            let normed = norm(tape, x);
            let query = tape.linear(block.query, normed);
            let key = tape.linear(block.key, normed);
            remembered.push((key, tape.linear(block.value, normed)));
            // Each head's weights over the text so far, then what each gathers: `[heads · size]`.
            self.weights.clear();
            for head in 0..heads {
                let query = query.part(head * size, size);
                let first = tape.len();
                for (key, _) in remembered.iter() {
                    tape.dot(query, key.part(head * size, size));
                }
                let dots = tape.since(first);
                let scores = tape.map(dots, |tape, _, dot| tape.mul_const(dot, 1.0 / (size as f64).sqrt()));
                self.weights.push(softmax(tape, scores));
            }
            let first = tape.len();
            for i in 0..width {
                let weights = self.weights[i / size];
                let pairs = remembered.iter().enumerate().map(|(t, (_, value))| (weights.at(t), value.at(i)));
                tape.dot_pairs(pairs);
            }
            let gathered = tape.since(first);
            let out = tape.linear(block.out, gathered);
            x = tape.map(out, |tape, i, o| tape.add(o, residual.at(i)));
            let residual = x;
            let normed = norm(tape, x);
            let up = tape.linear(block.up, normed);
            let hidden = tape.map(up, |tape, _, h| tape.relu(h));
            let down = tape.linear(block.down, hidden);
            x = tape.map(down, |tape, i, d| tape.add(d, residual.at(i)));
        }
        tape.linear(self.head, x)
    }

    /// Learns one document, given with its marks at both ends, in step `step` of `steps`, and gives its loss before that.
    /// At most as many tokens are read as there are positions.
    ///
    /// # Panics
    /// Where it has less than two tokens, or one that is not in the vocabulary.
    pub fn learn(&mut self, document: &[usize], steps: u64, adam: &Adam) -> f64 {
        let loss = self.loss(document);
        let value = self.tape.value(loss);
        self.tape.backward(loss);
        let (beta1, beta2) = adam.betas;
        let rate = adam.rate * (1.0 - self.step as f64 / steps as f64);
        self.step += 1;
        let (left1, left2) = (1.0 - beta1.powf(self.step as f64), 1.0 - beta2.powf(self.step as f64));
        let (values, grads) = self.tape.values_and_grads(self.parameters);
        let state = self.mean.iter_mut().zip(&mut self.square);
        for ((w, &g), (m, v)) in values.iter_mut().zip(grads).zip(state) {
            *m = beta1 * *m + (1.0 - beta1) * g;
            *v = beta2 * *v + (1.0 - beta2) * (g * g);
            *w -= rate * (*m / left1) / ((*v / left2).sqrt() + adam.eps);
        }
        value
    }

    /// The mean of −ln p over the tokens of a document.
    fn loss(&mut self, document: &[usize]) -> Var {
        let read = self.config.block.min(document.len().saturating_sub(1));
        assert!(read > 0, "a document has a token and the one after it");
        self.begin();
        self.came.clear();
        for (place, &token) in document.iter().enumerate().take(read) {
            let logits = self.read(token);
            self.came.push(softmax(&mut self.tape, logits).at(document[place + 1]));
        }
        let first = self.tape.len();
        for &p in &self.came {
            self.tape.ln(p);
        }
        let logs = self.tape.since(first);
        let losses = self.tape.map(logs, |tape, _, ln| tape.mul_const(ln, -1.0));
        let sum = self.tape.sum(losses);
        self.tape.mul_const(sum, 1.0 / read as f64)
    }

    /// Writes a text from the mark `mark` on until it comes again, or the positions end. `choose` is given the
    /// probabilities of the next token and picks one.
    pub fn write(&mut self, mark: usize, temperature: f64, mut choose: impl FnMut(&[f64]) -> usize) -> Vec<usize> {
        self.begin();
        let (mut token, mut text) = (mark, Vec::new());
        for _ in 0..self.config.block {
            let logits = self.read(token);
            let warm = self.tape.map(logits, |tape, _, logit| tape.mul_const(logit, 1.0 / temperature));
            let p = softmax(&mut self.tape, warm);
            token = choose(self.tape.values(p));
            if token == mark {
                break;
            }
            text.push(token);
        }
        text
    }
}

/// x / √(mean of x² + ε), without a gain (Zhang & Sennrich 2019, arXiv:1910.07467).
fn norm(tape: &mut Tape, x: Run) -> Run {
    let squares = tape.dot(x, x);
    let mean = tape.mul_const(squares, 1.0 / x.len() as f64);
    let above = tape.add_const(mean, 1e-5);
    let scale = tape.pow(above, -0.5);
    tape.map(x, |tape, _, x| tape.mul(x, scale))
}

/// eˣ / Σ eˣ; the largest is taken off first, so that nothing overflows.
fn softmax(tape: &mut Tape, x: Run) -> Run {
    let largest = tape.values(x).iter().fold(f64::NEG_INFINITY, |most, x| most.max(*x));
    let below = tape.map(x, |tape, _, x| tape.add_const(x, -largest));
    let exps = tape.map(below, |tape, _, x| tape.exp(x));
    let sum = tape.sum(exps);
    let share = tape.pow(sum, -1.0);
    tape.map(exps, |tape, _, e| tape.mul(e, share))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> MicroGpt {
        // Any numbers will do that are small and not all alike.
        let mut state = 1u64;
        MicroGpt::new(Config { vocabulary: 5, block: 4, layers: 2, width: 4, heads: 2 }, || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1u32 << 31) - 0.5
        })
    }

    #[test]
    fn the_published_sizes_have_4192_numbers() {
        let config = Config::published(27);
        assert_eq!(config.parameters(), 4192);
        assert_eq!(MicroGpt::new(config, || 0.1).parameters().len(), 4192);
    }

    #[test]
    fn gradients_are_slopes_and_a_document_is_learned() {
        let document = [4, 0, 1, 2, 4];
        let mut gpt = model();
        let loss = gpt.loss(&document);
        gpt.tape.backward(loss);
        for place in (0..gpt.parameters.len()).step_by(7) {
            let slope = gpt.tape.grad(gpt.parameters.at(place));
            let nudged = |by: f64| {
                let mut gpt = model();
                gpt.begin();
                gpt.tape.values_mut(gpt.parameters)[place] += by;
                let loss = gpt.loss(&document);
                gpt.tape.value(loss)
            };
            let quotient = (nudged(1e-5) - nudged(-1e-5)) / 2e-5;
            assert!((slope - quotient).abs() < 1e-8, "{place}: {slope} {quotient}");
        }
        let losses: Vec<f64> = (0..60).map(|_| gpt.learn(&document, 60, &Adam::default())).collect();
        assert!(losses[59] < 0.5 * losses[0], "{losses:?}");
        let likeliest = |p: &[f64]| (0..p.len()).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap();
        assert_eq!(gpt.write(4, 1.0, likeliest), [0, 1, 2]);
    }
}

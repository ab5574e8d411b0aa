//! Backpropagation by hand (makemore, part 4): the BatchNorm MLP one operation a line, and the gradient of each line.
//!
//! The names are the lecture's; `dx` is ∂loss/∂x and has the shape of x. n is the number of examples in the batch, V the
//! vocabulary, H the hidden units, E the length of a symbol's vector.
//!
//! 1. [`forward`] takes the loss apart into operations so small that each has a derivative one can look up.
//! 2. [`backward`] goes through them in reverse: every line is the chain rule, ∂loss/∂input = ∂loss/∂output · ∂output/∂input,
//!    with two rules beside it. What was *broadcast* going forward is *summed* going back, and the other way round; and
//!    what was used twice adds up both gradients.
//! 3. [`cross_entropy_backward`] and [`batch_norm_backward`] go back over many lines at once: worked out on paper, most
//!    terms cancel.
//! 4. [`short_forward`] and [`short_backward`] are what training needs: [`step`] is both.

#![allow(non_snake_case)]

use gradus_tensor::{DType, Result, Tensor, ensure};

/// Added to the variance.
pub const EPS: f64 = 1e-5;

/// Declares [`Steps`] and the order in which its tensors are compared.
macro_rules! steps {
    ($($name:ident $shape:literal)*) => {
        /// What stands at each step between parameters and loss: a number's value, or its gradient.
        #[derive(Clone)]
        pub struct Steps {
            $(#[doc = $shape] pub $name: Tensor,)*
        }

        impl Steps {
            /// All of them by name, from the loss back to the table.
            pub fn named(&self) -> Vec<(&'static str, &Tensor)> {
                vec![$((stringify!($name), &self.$name)),*]
            }

            /// Calls `f` with each of them.
            pub fn each_mut(&mut self, mut f: impl FnMut(&mut Tensor)) {
                $(f(&mut self.$name);)*
            }
        }
    };
}

steps! {
    logprobs "`[n, V]`"
    probs "`[n, V]`"
    counts_sum_inv "`[n, 1]`"
    counts_sum "`[n, 1]`"
    counts "`[n, V]`"
    norm_logits "`[n, V]`"
    logit_maxes "`[n, 1]`"
    logits "`[n, V]`"
    h "`[n, H]`"
    W2 "`[H, V]`"
    b2 "`[V]`"
    hpreact "`[n, H]`"
    bngain "`[1, H]`"
    bnbias "`[1, H]`"
    bnraw "`[n, H]`"
    bnvar_inv "`[1, H]`"
    bnvar "`[1, H]`"
    bndiff2 "`[n, H]`"
    bndiff "`[n, H]`"
    bnmeani "`[1, H]`"
    hprebn "`[n, H]`"
    embcat "`[n, block·E]`"
    W1 "`[block·E, H]`"
    b1 "`[H]`"
    emb "`[n, block, E]`"
    C "`[V, E]`"
}

/// The parameters, or their gradients.
#[derive(Clone)]
pub struct Parameters {
    /// The symbols' vectors, `[V, E]`.
    pub C: Tensor,
    /// The hidden layer, `[block·E, H]` and `[H]`. Its bias does nothing: normalisation takes it away again.
    pub W1: Tensor,
    /// See `W1`.
    pub b1: Tensor,
    /// The normalisation's scale and shift, `[1, H]`.
    pub bngain: Tensor,
    /// See `bngain`.
    pub bnbias: Tensor,
    /// The output layer, `[H, V]` and `[V]`.
    pub W2: Tensor,
    /// See `W2`.
    pub b2: Tensor,
}

/// The batch's size, as a number to calculate with, once its shapes fit: contexts `x [n, block]`, targets `y [n]`.
fn batch(x: &Tensor, y: &Tensor) -> Result<f64> {
    let fits = x.ndim() == 2 && y.shape() == &x.shape()[..1] && x.dtype() == DType::I64 && y.dtype() == DType::I64;
    ensure!(
        fits && y.numel() > 1,
        "manual_mlp",
        "contexts {:?} and targets {:?} must be [n, block] and [n], whole numbers, of 2 examples or more",
        x.shape(),
        y.shape()
    );
    Ok(y.numel() as f64)
}

/// The places (0, y₀), (1, y₁), … of the targets in a matrix with a row for each example.
fn at_targets(y: &Tensor) -> [Tensor; 2] {
    [Tensor::arange(y.numel()), y.clone()]
}

/// From contexts `x [n, block]` to the loss of targets `y [n]`, step by step.
///
/// # Errors
/// When the shapes do not fit, or a symbol is not in the vocabulary.
pub fn forward(p: &Parameters, x: &Tensor, y: &Tensor) -> Result<(Steps, Tensor)> {
    let n = batch(x, y)?;
    // The table, and the vectors of a context side by side.
    let emb = p.C.embedding(x)?;
    let embcat = emb.flatten(1, 2)?;
    // Linear layer 1
    let hprebn = embcat.matmul(&p.W1)?.try_add(&p.b1)?;
    // Batch normalisation, with the variance of a sample (Bessel's n − 1)
    let bnmeani = hprebn.sum_dims(&[0], true)? * (1.0 / n);
    let bndiff = &hprebn - &bnmeani;
    let bndiff2 = bndiff.powf(2.0);
    let bnvar = bndiff2.sum_dims(&[0], true)? * (1.0 / (n - 1.0));
    let bnvar_inv = (&bnvar + EPS).powf(-0.5);
    let bnraw = &bndiff * &bnvar_inv;
    let hpreact = p.bngain.try_mul(&bnraw)?.try_add(&p.bnbias)?;
    // Nonlinearity
    let h = hpreact.tanh();
    // Linear layer 2
    let logits = h.matmul(&p.W2)?.try_add(&p.b2)?;
    // Cross-entropy; the largest logit goes first, so that no exp overflows
    let logit_maxes = logits.max_dims(&[1], true)?;
    let norm_logits = &logits - &logit_maxes;
    let counts = norm_logits.exp();
    let counts_sum = counts.sum_dims(&[1], true)?;
    let counts_sum_inv = counts_sum.powf(-1.0);
    let probs = &counts * &counts_sum_inv;
    let logprobs = probs.ln();
    let [rows, targets] = &at_targets(y);
    let loss = -logprobs.index(&[rows, targets])?.mean();

    let Parameters { C, W1, b1, bngain, bnbias, W2, b2 } = p.clone();
    #[rustfmt::skip]
    let steps = Steps {
        logprobs, probs, counts_sum_inv, counts_sum, counts, norm_logits, logit_maxes, logits, h, W2, b2, hpreact,
        bngain, bnbias, bnraw, bnvar_inv, bnvar, bndiff2, bndiff, bnmeani, hprebn, embcat, W1, b1, emb, C,
    };
    Ok((steps, loss))
}

/// The gradient of every step, from what [`forward`] computed.
///
/// # Errors
/// When the steps are not those of this batch.
pub fn backward(s: &Steps, x: &Tensor, y: &Tensor) -> Result<Steps> {
    let n = batch(x, y)?;
    let [rows, targets] = &at_targets(y);
    // loss = −1/n · Σ logprobs[i, yᵢ]: each target's logprob counts −1/n, the others nothing.
    let zeros = Tensor::zeros(s.logprobs.shape());
    let dlogprobs = zeros.add_at(&[rows, targets], &Tensor::scalar(-1.0 / n))?;
    // logprobs = ln probs: ln′p = 1/p. An unlikely target is pushed hard.
    let dprobs = (1.0 / &s.probs) * &dlogprobs;
    // probs = counts · counts_sum_inv, which is broadcast along each row: a sum on the way back.
    let dcounts_sum_inv = (&s.counts * &dprobs).sum_dims(&[1], true)?;
    let dcounts = &s.counts_sum_inv * &dprobs;
    // counts_sum_inv = counts_sum⁻¹: (c⁻¹)′ = −c⁻²
    let dcounts_sum = (-s.counts_sum.powf(-2.0)) * &dcounts_sum_inv;
    // counts_sum = Σ counts along each row: a sum spreads its gradient. counts is used twice, and this is its second use.
    let dcounts = dcounts + Tensor::ones(s.counts.shape()) * &dcounts_sum;
    // counts = exp(norm_logits), its own derivative
    let dnorm_logits = &s.counts * &dcounts;
    // norm_logits = logits − logit_maxes, which is broadcast. The result is (nearly) 0: softmax does not care what is
    // subtracted from all logits of a row.
    let dlogit_maxes = (-&dnorm_logits).sum_dims(&[1], true)?;
    // logit_maxes = max logits along each row: the gradient goes to the largest. logits, too, is used twice.
    let largest = s.logits.argmax_dim(1, false)?.one_hot(s.logits.shape()[1])?.to_dtype(DType::F32);
    let dlogits = &dnorm_logits + largest * &dlogit_maxes;

    // logits = h·W2 + b2. Shapes leave one way to multiply: [n, H] = [n, V]·[V, H], [H, V] = [H, n]·[n, V].
    let dh = dlogits.matmul(&s.W2.t()?)?;
    let dW2 = s.h.t()?.matmul(&dlogits)?;
    let db2 = dlogits.sum_dims(&[0], false)?;
    // h = tanh hpreact: tanh′ = 1 − tanh²
    let dhpreact = (1.0 - s.h.powf(2.0)) * &dh;

    // hpreact = bngain · bnraw + bnbias, gain and bias broadcast along the batch
    let dbngain = (&s.bnraw * &dhpreact).sum_dims(&[0], true)?;
    let dbnbias = dhpreact.sum_dims(&[0], true)?;
    let dbnraw = &s.bngain * &dhpreact;
    // bnraw = bndiff · bnvar_inv
    let dbnvar_inv = (&s.bndiff * &dbnraw).sum_dims(&[0], true)?;
    let dbndiff = &s.bnvar_inv * &dbnraw;
    // bnvar_inv = (bnvar + ε)^−½: −½ (bnvar + ε)^−³ᐟ²
    let dbnvar = (-0.5 * (&s.bnvar + EPS).powf(-1.5)) * &dbnvar_inv;
    // bnvar = 1/(n − 1) · Σ bndiff2
    let dbndiff2 = Tensor::ones(s.bndiff2.shape()) * (1.0 / (n - 1.0)) * &dbnvar;
    // bndiff2 = bndiff², the second use of bndiff
    let dbndiff = dbndiff + 2.0 * &s.bndiff * &dbndiff2;
    // bndiff = hprebn − bnmeani
    let dbnmeani = (-&dbndiff).sum_dims(&[0], true)?;
    // bnmeani = 1/n · Σ hprebn, the second use of hprebn
    let dhprebn = &dbndiff + Tensor::ones(s.hprebn.shape()) * (1.0 / n) * &dbnmeani;

    // hprebn = embcat·W1 + b1
    let dembcat = dhprebn.matmul(&s.W1.t()?)?;
    let dW1 = s.embcat.t()?.matmul(&dhprebn)?;
    let db1 = dhprebn.sum_dims(&[0], false)?;
    // embcat is emb in another shape
    let [examples, block, width] = [0, 1, 2].map(|axis| s.emb.shape()[axis] as isize);
    let demb = dembcat.reshape(&[examples, block, width])?;
    // emb = C[x]: every place that picked a row adds to that row's gradient.
    let dC = Tensor::zeros(s.C.shape()).add_at(&[x], &demb)?;

    Ok(Steps {
        logprobs: dlogprobs,
        probs: dprobs,
        counts_sum_inv: dcounts_sum_inv,
        counts_sum: dcounts_sum,
        counts: dcounts,
        norm_logits: dnorm_logits,
        logit_maxes: dlogit_maxes,
        logits: dlogits,
        h: dh,
        W2: dW2,
        b2: db2,
        hpreact: dhpreact,
        bngain: dbngain,
        bnbias: dbnbias,
        bnraw: dbnraw,
        bnvar_inv: dbnvar_inv,
        bnvar: dbnvar,
        bndiff2: dbndiff2,
        bndiff: dbndiff,
        bnmeani: dbnmeani,
        hprebn: dhprebn,
        embcat: dembcat,
        W1: dW1,
        b1: db1,
        emb: demb,
        C: dC,
    })
}

/// The cross-entropy's gradient at once, `[n, V]`. The loss of an example is −ln softmaxᵧ of its target y, and
/// ∂/∂logitⱼ = softmaxⱼ − (1 where j = y): what is believed in pulls down by its probability, the truth up by 1.
///
/// # Errors
/// When a target is not one of the classes.
pub fn cross_entropy_backward(logits: &Tensor, y: &Tensor) -> Result<Tensor> {
    let [rows, targets] = &at_targets(y);
    let dlogits = logits.softmax(1)?.add_at(&[rows, targets], &Tensor::scalar(-1.0))?;
    Ok(dlogits / y.numel() as f64)
}

/// The gradient through batch normalisation at once, `[n, H]`. With g = dhpreact and x̂ = bnraw, sums over the batch:
///
/// dhprebn = bngain · bnvar_inv / n · (n·g − Σ g − n/(n − 1) · x̂ · Σ g·x̂)
///
/// Of the gradient, what would only move the mean is taken out (Σ g), and what would only stretch (Σ g·x̂).
///
/// # Errors
/// When the shapes do not fit.
pub fn batch_norm_backward(bngain: &Tensor, bnvar_inv: &Tensor, bnraw: &Tensor, dhpreact: &Tensor) -> Result<Tensor> {
    let n = dhpreact.shape().first().copied().unwrap_or(0) as f64;
    let sum = dhpreact.sum_dims(&[0], true)?;
    let sum_with_raw = dhpreact.try_mul(bnraw)?.sum_dims(&[0], true)?;
    let scale = bngain.try_mul(bnvar_inv)? / n;
    Ok(scale * (n * dhpreact - sum - n / (n - 1.0) * bnraw * sum_with_raw))
}

/// What the short way back needs from the way forward, and what came of it.
pub struct Forward {
    embcat: Tensor,
    bnvar_inv: Tensor,
    bnraw: Tensor,
    h: Tensor,
    /// The logits, `[n, V]`.
    pub logits: Tensor,
    /// The batch's mean and variance, `[1, H]` each, which running ones may follow.
    pub mean: Tensor,
    /// See `mean`.
    pub variance: Tensor,
}

/// From contexts `x [n, block]` to logits the short way.
///
/// # Errors
/// When the shapes do not fit, or a symbol is not in the vocabulary.
pub fn short_forward(p: &Parameters, x: &Tensor) -> Result<Forward> {
    ensure!(
        x.ndim() == 2 && x.shape()[0] > 1,
        "manual_mlp",
        "contexts {:?} must be [n, block], n 2 or more",
        x.shape()
    );
    let embcat = p.C.embedding(x)?.flatten(1, 2)?;
    let hprebn = embcat.linear(&p.W1, Some(&p.b1))?;
    let bnmean = hprebn.mean_dims(&[0], true)?;
    let bnvar = hprebn.var_dims(&[0], 1, true)?;
    let bnvar_inv = (&bnvar + EPS).powf(-0.5);
    let bnraw = (&hprebn - &bnmean) * &bnvar_inv;
    let hpreact = p.bngain.try_mul(&bnraw)?.try_add(&p.bnbias)?;
    let h = hpreact.tanh();
    let logits = h.linear(&p.W2, Some(&p.b2))?;
    Ok(Forward { embcat, bnvar_inv, bnraw, h, logits, mean: bnmean, variance: bnvar })
}

/// From the logits' gradient to the parameters' the short way.
///
/// # Errors
/// When `dlogits` has not the shape of the logits.
pub fn short_backward(p: &Parameters, x: &Tensor, forward: &Forward, dlogits: &Tensor) -> Result<Parameters> {
    let Forward { embcat, bnvar_inv, bnraw, h, .. } = forward;
    let dh = dlogits.matmul(&p.W2.t()?)?;
    let dW2 = h.t()?.matmul(dlogits)?;
    let db2 = dlogits.sum_dims(&[0], false)?;
    let dhpreact = (1.0 - h * h) * dh;
    let dbngain = (bnraw * &dhpreact).sum_dims(&[0], true)?;
    let dbnbias = dhpreact.sum_dims(&[0], true)?;
    let dhprebn = batch_norm_backward(&p.bngain, bnvar_inv, bnraw, &dhpreact)?;
    let dembcat = dhprebn.matmul(&p.W1.t()?)?;
    let dW1 = embcat.t()?.matmul(&dhprebn)?;
    let db1 = dhprebn.sum_dims(&[0], false)?;
    let demb = dembcat.reshape(&[x.shape()[0] as isize, x.shape()[1] as isize, -1])?;
    let dC = Tensor::zeros(p.C.shape()).add_at(&[x], &demb)?;
    Ok(Parameters { C: dC, W1: dW1, b1: db1, bngain: dbngain, bnbias: dbnbias, W2: dW2, b2: db2 })
}

/// What a training step comes to.
pub struct Step {
    /// The loss before the step.
    pub loss: f64,
    /// The parameters' gradients.
    pub gradients: Parameters,
    /// The way forward.
    pub forward: Forward,
}

/// Loss and gradients the short way, without autograd: everything that training needs.
///
/// # Errors
/// When the shapes do not fit, or a symbol is not in the vocabulary.
pub fn step(p: &Parameters, x: &Tensor, y: &Tensor) -> Result<Step> {
    batch(x, y)?;
    let forward = short_forward(p, x)?;
    let loss = forward.logits.cross_entropy(y)?.item()?;
    let dlogits = cross_entropy_backward(&forward.logits, y)?;
    let gradients = short_backward(p, x, &forward, &dlogits)?;
    Ok(Step { loss, gradients, forward })
}

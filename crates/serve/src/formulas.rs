//! What each operation computes, in a line.

/// The formula of an operation of the engine.
pub(crate) fn forward(op: &str) -> &'static str {
    FORMULAS.iter().find(|(known, ..)| *known == op).map_or("", |(_, forward, _)| forward)
}

/// What it makes of the gradient g that arrives at its output.
pub(crate) fn backward(op: &str) -> &'static str {
    FORMULAS.iter().find(|(known, ..)| *known == op).map_or("", |(.., backward)| backward)
}

/// How an optimiser moves a parameter p by its gradient g.
pub(crate) fn update(optimizer: &str) -> &'static str {
    match optimizer {
        "sgd" => "p ← p − lr · g (with momentum: v ← μ v + g, p ← p − lr · v)",
        "adam" => "m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², p ← p − lr · m̂ / (√v̂ + ε)",
        "adamw" => "p ← p − lr · λ p, then p ← p − lr · m̂ / (√v̂ + ε)",
        _ => "",
    }
}

/// Operation, formula, gradients of its inputs.
const FORMULAS: &[(&str, &str, &str)] = &[
    ("abs", "y = |x|", "dx = g · sign(x)"),
    ("add", "y = a + b", "da = g, db = g (summed where broadcast)"),
    ("sub", "y = a − b", "da = g, db = −g"),
    ("mul", "y = a · b", "da = g · b, db = g · a"),
    ("div", "y = a / b", "da = g / b, db = −g · a / b²"),
    ("neg", "y = −x", "dx = −g"),
    ("pow", "y = xⁿ", "dx = g · n · xⁿ⁻¹"),
    ("exp", "y = eˣ", "dx = g · y"),
    ("log", "y = ln x", "dx = g / x"),
    ("sqrt", "y = √x", "dx = g / (2y)"),
    ("sin", "y = sin x", "dx = g · cos x"),
    ("cos", "y = cos x", "dx = −g · sin x"),
    ("tanh", "y = tanh x", "dx = g · (1 − y²)"),
    ("sigmoid", "y = 1 / (1 + e⁻ˣ)", "dx = g · y · (1 − y)"),
    ("relu", "y = max(x, 0)", "dx = g where x > 0, else 0"),
    ("leaky_relu", "y = x where x > 0, else slope · x", "dx = g where x > 0, else slope · g"),
    ("gelu", "y = x · Φ(x)", "dx = g · (Φ(x) + x · φ(x))"),
    ("gelu_tanh", "y = ½x (1 + tanh(√(2/π) (x + 0.044715 x³)))", "dx = g · dy/dx"),
    ("clamp", "y = min(max(x, low), high)", "dx = g where low ≤ x ≤ high, else 0"),
    ("maximum", "y = max(a, b)", "da = g where a is the larger, db = g where b is"),
    ("matmul", "y = a · b (matrix product)", "da = g · bᵀ, db = aᵀ · g"),
    ("linear", "y = x · W + b", "dx = g · Wᵀ, dW = xᵀ · g, db = Σ g"),
    ("embedding", "y = table[index]: one row for each index", "dtable[index] += g"),
    ("index_select", "y = the rows of x at the indices", "dx[index] += g"),
    ("gather", "y = x at the indices along an axis", "dx[index] += g"),
    ("scatter_add", "y = x, with values added at the indices", "dx = g, dvalues = g[index]"),
    ("one_hot", "y = 1 at the index, 0 elsewhere", ""),
    ("sum", "y = Σ x", "dx = g, at every place"),
    ("mean", "y = Σ x / n", "dx = g / n, at every place"),
    ("var", "y = Σ (x − mean)² / (n − 1)", "dx = g · 2 (x − mean) / (n − 1)"),
    ("std", "y = √var(x)", "dx = g · (x − mean) / ((n − 1) · y)"),
    ("prod", "y = Π x", "dx = g · y / x"),
    ("norm", "y = (Σ |x|ᵖ)^(1/p)", "dx = g · dy/dx"),
    ("max", "y = the largest x", "dx = g at the largest, else 0"),
    ("min", "y = the smallest x", "dx = g at the smallest, else 0"),
    ("cumsum", "yᵢ = x₁ + … + xᵢ", "dxᵢ = gᵢ + … + gₙ"),
    ("softmax", "yᵢ = e^xᵢ / Σ e^xⱼ", "dx = y · (g − Σ g·y)"),
    ("log_softmax", "yᵢ = xᵢ − ln Σ e^xⱼ", "dx = g − softmax(x) · Σ g"),
    ("logsumexp", "y = ln Σ eˣ", "dx = g · softmax(x)"),
    (
        "cross_entropy",
        "L = mean of −ln softmax(logits)[target]",
        "dlogits = g · (softmax(logits) − one_hot(target)) / n",
    ),
    ("nll_loss", "L = mean of −logp[target]", "dlogp[target] = −g / n"),
    ("mse_loss", "L = mean of (a − b)²", "da = g · 2 (a − b) / n"),
    ("l1_loss", "L = mean of |a − b|", "da = g · sign(a − b) / n"),
    ("hinge_loss", "L = mean of max(0, 1 − y · score)", "dscore = −g · y / n where y · score < 1"),
    ("binary_cross_entropy", "L = mean of −(t ln p + (1 − t) ln(1 − p))", "dp = g · (p − t) / (p (1 − p) n)"),
    ("binary_cross_entropy_with_logits", "L = binary cross-entropy of sigmoid(x)", "dx = g · (sigmoid(x) − t) / n"),
    (
        "batch_norm",
        "y = γ (x − mean) / √(var + ε) + β, over the batch",
        "dβ = Σ g, dγ = Σ g · x̂, dx = γ/σ (g − mean(g) − x̂ · mean(g · x̂))",
    ),
    (
        "layer_norm",
        "y = γ (x − mean) / √(var + ε) + β, over the last axis",
        "dβ = Σ g, dγ = Σ g · x̂, dx = 1/σ (γg − mean(γg) − x̂ · mean(γg · x̂))",
    ),
    ("dropout", "y = x · mask / (1 − p)", "dx = g · mask / (1 − p)"),
    (
        "self_attention",
        "y = softmax(QKᵀ / √d) · V in every head, later places masked",
        "dV = Pᵀg, dP = g·Vᵀ, then through softmax to Q and K",
    ),
    (
        "scaled_dot_product_attention",
        "y = softmax(QKᵀ / √d) · V",
        "dV = Pᵀg, dP = g·Vᵀ, then through softmax to Q and K",
    ),
    ("rnn", "hₜ = tanh(xₜ + hₜ₋₁ · W), for every t", "back through time, from the last step to the first"),
    (
        "gru",
        "h ← (1 − z) · h + z · h̃, with gates r, z, for every t",
        "back through time, from the last step to the first",
    ),
    ("lstm", "c ← f · c + i · g, h ← o · tanh c, for every t", "back through time, from the last step to the first"),
    ("conv1d", "y = x ∗ kernel + b, along one axis", "dx = g ∗ᵀ kernel, dkernel = x ∗ g, db = Σ g"),
    ("conv2d", "y = x ∗ kernel + b, along two axes", "dx = g ∗ᵀ kernel, dkernel = x ∗ g, db = Σ g"),
    ("max_pool2d", "y = the largest x in each window", "dx = g at the largest of each window"),
    ("avg_pool2d", "y = the mean of x in each window", "dx = g / n, at every place of the window"),
    ("reshape", "y = x in another shape", "dx = g in the shape of x"),
    ("permute", "y = x with its axes in another order", "dx = g with its axes back"),
    ("expand", "y = x repeated along axes of size 1", "dx = Σ g along those axes"),
    ("slice", "y = a part of x", "dx = g in that part, else 0"),
    ("cat", "y = the inputs one after another", "each input gets its part of g"),
    ("split", "y = a part of x", "dx = g in that part, else 0"),
    ("flip", "y = x backwards along an axis", "dx = g backwards"),
    ("masked_fill", "y = value where masked, else x", "dx = 0 where masked, else g"),
    ("where", "y = a where the condition holds, else b", "da = g where it holds, db = g where not"),
    ("tril", "y = x on and below the diagonal, else 0", "dx = g on and below the diagonal"),
    ("triu", "y = x on and above the diagonal, else 0", "dx = g on and above the diagonal"),
    ("cast", "y = x as another type", "dx = g as the type of x"),
    ("edit", "y = factor · x + summand, where the edit says", "dx = factor · g"),
];

//! Values and gradients of the whole operation set against PyTorch's, dumped by `fixtures/ops/make_fixtures.py`, where
//! the format is described.

use gradus_tensor::ops::{Attention, BatchNorm, BatchStatistics, Conv, Pool, Reduction};
use gradus_tensor::{DType, Result, Tensor};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::path::Path;

/// Trajectories of optimisers, which `gradus-nn` compares.
const OPTIMIZERS: [&str; 3] = ["sgd", "adam", "adamw"];

/// Cases in which Gradus refuses what PyTorch lets pass: an axis longer than 1 is not squeezed in silence.
const REFUSED: [&str; 1] = ["squeeze/not_one"];

/// Largest difference allowed, relative and absolute. In f32 the latter is what PyTorch itself is off from its own f64
/// results in the worst case of the fixtures.
fn tolerance(dtype: DType) -> (f64, f64) {
    if dtype == DType::F64 { (1e-12, 1e-13) } else { (2e-6, 2e-6) }
}

struct Fixtures {
    index: Value,
    tensors: Vec<u8>,
}

impl Fixtures {
    fn read() -> Fixtures {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ops");
        let read = |file: &str| std::fs::read(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        Fixtures { index: serde_json::from_slice(&read("cases.json")).unwrap(), tensors: read("ops.safetensors") }
    }
}

fn tensor(file: &SafeTensors<'_>, name: &str) -> Option<Tensor> {
    let view = file.tensor(name).ok()?;
    let (data, shape) = (view.data(), view.shape());
    macro_rules! numbers {
        ($t:ty) => {
            Tensor::from_slice(&data.as_chunks().0.iter().map(|b| <$t>::from_le_bytes(*b)).collect::<Vec<$t>>(), shape)
        };
    }
    Some(
        match view.dtype() {
            Dtype::F32 => numbers!(f32),
            Dtype::F64 => numbers!(f64),
            Dtype::I64 => numbers!(i64),
            Dtype::BOOL => Tensor::from_slice(data, shape),
            other => panic!("{name} has type {other:?}"),
        }
        .unwrap(),
    )
}

/// The keyword arguments that PyTorch was called with.
struct Attrs<'a>(&'a Value);

impl Attrs<'_> {
    fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some()
    }

    fn number(&self, key: &str) -> Option<f64> {
        let value = self.0.get(key)?;
        match value.as_str() {
            Some("inf") => Some(f64::INFINITY),
            Some("-inf") => Some(f64::NEG_INFINITY),
            _ => value.as_f64(),
        }
    }

    fn float(&self, key: &str) -> f64 {
        self.number(key).unwrap_or_else(|| panic!("no number {key} in {}", self.0))
    }

    fn int(&self, key: &str) -> isize {
        self.float(key) as isize
    }

    fn flag(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A list of integers; a single one counts as a list.
    fn ints(&self, key: &str) -> Vec<isize> {
        match self.0.get(key).and_then(Value::as_array) {
            Some(list) => list.iter().map(|v| v.as_i64().unwrap() as isize).collect(),
            None => vec![self.int(key)],
        }
    }

    fn sizes<const D: usize>(&self, key: &str) -> [usize; D] {
        let sizes: Vec<usize> = self.ints(key).into_iter().map(|n| n as usize).collect();
        sizes.try_into().unwrap_or_else(|sizes| panic!("{key}: {sizes:?}"))
    }

    fn conv<const D: usize>(&self) -> Conv<D> {
        let [stride, padding, dilation] = ["stride", "padding", "dilation"].map(|key| self.sizes(key));
        Conv { stride, padding, dilation, ..Conv::default() }
    }

    fn pool<const D: usize>(&self) -> Pool<D> {
        let [kernel, stride, padding] = ["kernel_size", "stride", "padding"].map(|key| self.sizes(key));
        let count_padding = !self.has("count_include_pad") || self.flag("count_include_pad");
        Pool { kernel, stride, padding, count_padding }
    }

    fn reduction(&self) -> Reduction {
        match self.0["reduction"].as_str() {
            Some("mean") => Reduction::Mean,
            Some("sum") => Reduction::Sum,
            Some("none") => Reduction::None,
            other => panic!("reduction {other:?}"),
        }
    }
}

/// The views that are taken of a stored input before use.
fn viewed(x: &Tensor, steps: Option<&Value>) -> Result<Tensor> {
    let mut x = x.clone();
    for step in steps.and_then(Value::as_array).into_iter().flatten() {
        let (kind, how) = step.as_object().unwrap().iter().next().unwrap();
        let how: Vec<isize> = how.as_array().unwrap().iter().map(|v| v.as_i64().unwrap() as isize).collect();
        x = match (kind.as_str(), &how[..]) {
            ("permute", dims) => x.permute(dims)?,
            ("narrow", &[dim, start, length]) => x.narrow(dim, start as usize, length as usize)?,
            ("slice", &[dim, start, end, step]) => x.slice(dim, Some(start), Some(end), step)?,
            ("expand", sizes) => expand(&x, sizes)?,
            ("unsqueeze", &[dim]) => x.unsqueeze(dim)?,
            other => panic!("unknown view {other:?}"),
        };
    }
    Ok(x)
}

/// `expand`, in which −1 stands for an axis as it is.
fn expand(x: &Tensor, sizes: &[isize]) -> Result<Tensor> {
    let lead = sizes.len() - x.ndim();
    let size = |(d, &n): (usize, &isize)| if n < 0 { x.shape()[d - lead] } else { n as usize };
    x.expand(&sizes.iter().enumerate().map(size).collect::<Vec<_>>())
}

/// What Gradus gives for one case.
fn run(name: &str, x: &[Tensor], attrs: &Attrs<'_>) -> Result<Vec<Tensor>> {
    let keepdim = attrs.flag("keepdim");
    let dim = || attrs.int("dim");
    let refs: Vec<&Tensor> = x.iter().collect();
    // A fold over everything, or along the axes that are named.
    let fold = |all: &dyn Fn() -> Result<Tensor>, along: &dyn Fn(&[isize]) -> Result<Tensor>| {
        if attrs.has("dim") { along(&attrs.ints("dim")) } else { all() }
    };
    // The second operand is a tensor or a number.
    macro_rules! compare {
        ($method:ident) => {
            if attrs.has("other") { x[0].$method(attrs.float("other"))? } else { x[0].$method(&x[1])? }
        };
    }
    macro_rules! arithmetic {
        ($op:tt, $method:ident) => {
            if attrs.has("other") { &x[0] $op attrs.float("other") } else { x[0].$method(&x[1])? }
        };
    }
    let one = match name {
        "add" => arithmetic!(+, try_add),
        "sub" => arithmetic!(-, try_sub),
        "mul" => arithmetic!(*, try_mul),
        "div" => arithmetic!(/, try_div),
        "pow" if attrs.has("exponent") => x[0].powf(attrs.float("exponent")),
        "pow" => x[0].pow(&x[1])?,
        "maximum" => x[0].maximum(&x[1])?,
        "minimum" => x[0].minimum(&x[1])?,
        "eq" => compare!(eq),
        "ne" => compare!(ne),
        "lt" => compare!(lt),
        "le" => compare!(le),
        "gt" => compare!(gt),
        "ge" => compare!(ge),
        "neg" => x[0].neg(),
        "exp" => x[0].exp(),
        "log" => x[0].ln(),
        "sqrt" => x[0].sqrt(),
        "tanh" => x[0].tanh(),
        "sigmoid" => x[0].sigmoid(),
        "relu" => x[0].relu(),
        "leaky_relu" => x[0].leaky_relu(attrs.float("negative_slope")),
        "gelu" if attrs.0["approximate"] == "tanh" => x[0].gelu_tanh(),
        "gelu" => x[0].gelu(),
        "sin" => x[0].sin(),
        "cos" => x[0].cos(),
        "abs" => x[0].abs(),
        "clamp" => x[0].clamp(attrs.number("min"), attrs.number("max")),
        "where" => Tensor::where_(&x[0], &x[1], &x[2])?,
        "sum" => fold(&|| Ok(x[0].sum()), &|d| x[0].sum_dims(d, keepdim))?,
        "mean" => fold(&|| Ok(x[0].mean()), &|d| x[0].mean_dims(d, keepdim))?,
        "var" | "std" => {
            let c = attrs.int("correction") as usize;
            match name {
                "var" => fold(&|| Ok(x[0].var(c)), &|d| x[0].var_dims(d, c, keepdim))?,
                _ => fold(&|| Ok(x[0].std(c)), &|d| x[0].std_dims(d, c, keepdim))?,
            }
        }
        "max" => x[0].max()?,
        "min" => x[0].min()?,
        "amax" => x[0].max_dims(&attrs.ints("dim"), keepdim)?,
        "amin" => x[0].min_dims(&attrs.ints("dim"), keepdim)?,
        "max_dim" | "min_dim" => {
            let (values, positions) =
                if name == "max_dim" { x[0].max_dim(dim(), keepdim)? } else { x[0].min_dim(dim(), keepdim)? };
            return Ok(vec![values, positions]);
        }
        "argmax" => fold(&|| x[0].argmax(), &|d| x[0].argmax_dim(d[0], keepdim))?,
        "argmin" => fold(&|| x[0].argmin(), &|d| x[0].argmin_dim(d[0], keepdim))?,
        "logsumexp" => x[0].logsumexp(&attrs.ints("dim"), keepdim)?,
        "norm" => {
            let p = attrs.float("p");
            fold(&|| x[0].norm(p), &|d| x[0].norm_dims(p, d, keepdim))?
        }
        "cumsum" => x[0].cumsum(dim())?,
        "softmax" => x[0].softmax(dim())?,
        "log_softmax" => x[0].log_softmax(dim())?,
        "matmul" => x[0].matmul(&x[1])?,
        // PyTorch's weight is [fan_out, fan_in].
        "linear" => x[0].linear(&x[1].t()?, x.get(2))?,
        "scaled_dot_product_attention" => {
            let options =
                Attention { causal: attrs.flag("is_causal"), scale: attrs.number("scale"), ..Attention::default() };
            x[0].scaled_dot_product_attention(&x[1], &x[2], &options)?
        }
        "cat" => Tensor::cat(&refs, dim())?,
        "stack" => Tensor::stack(&refs, dim())?,
        "split" => {
            let sizes = attrs.ints("split_size_or_sections");
            return match attrs.0["split_size_or_sections"].is_array() {
                true => x[0].split_sizes(&sizes.iter().map(|&n| n as usize).collect::<Vec<_>>(), dim()),
                false => x[0].split(sizes[0] as usize, dim()),
            };
        }
        "gather" => x[0].gather(dim(), &x[1])?,
        "scatter_add" => x[0].scatter_add(dim(), &x[1], &x[2])?,
        "index_select" => x[0].index_select(dim(), &x[1])?,
        "embedding" => x[1].embedding(&x[0])?,
        "one_hot" => x[0].one_hot(attrs.int("num_classes") as usize)?,
        "masked_fill" => x[0].masked_fill(&x[1], attrs.float("value"))?,
        "tril" => x[0].tril(attrs.int("diagonal"))?,
        "view" => x[0].view(&attrs.ints("size"))?,
        "reshape" => x[0].reshape(&attrs.ints("shape"))?,
        "flatten" => x[0].flatten(attrs.int("start_dim"), attrs.int("end_dim"))?,
        "permute" => x[0].permute(&attrs.ints("dims"))?,
        "transpose" => x[0].transpose(attrs.int("dim0"), attrs.int("dim1"))?,
        "narrow" => x[0].narrow(dim(), attrs.int("start") as usize, attrs.int("length") as usize)?,
        "slice" => x[0].slice(dim(), Some(attrs.int("start")), Some(attrs.int("end")), attrs.int("step"))?,
        "expand" => expand(&x[0], &attrs.ints("size"))?,
        "squeeze" if attrs.has("dim") => x[0].squeeze(dim())?,
        "squeeze" => {
            let ones = (0..x[0].ndim()).rev().filter(|&d| x[0].shape()[d] == 1);
            ones.collect::<Vec<_>>().into_iter().try_fold(x[0].clone(), |x, d| x.squeeze(d as isize))?
        }
        "unsqueeze" => x[0].unsqueeze(dim())?,
        "conv1d" => x[0].conv1d(&x[1], x.get(2), &attrs.conv())?,
        "conv2d" => x[0].conv2d(&x[1], x.get(2), &attrs.conv())?,
        "max_pool1d" => x[0].max_pool1d(&attrs.pool())?,
        "max_pool2d" => x[0].max_pool2d(&attrs.pool())?,
        "avg_pool1d" => x[0].avg_pool1d(&attrs.pool())?,
        "avg_pool2d" => x[0].avg_pool2d(&attrs.pool())?,
        "layer_norm" => {
            let shape: Vec<usize> = attrs.ints("normalized_shape").into_iter().map(|n| n as usize).collect();
            x[0].layer_norm(&shape, x.get(1), x.get(2), attrs.float("eps"))?
        }
        "batch_norm" => return batch_norm(x, attrs),
        "cross_entropy" => {
            let ignored = Some(attrs.int("ignore_index") as i64);
            match attrs.reduction() {
                Reduction::Mean => x[0].cross_entropy_ignoring(&x[1], ignored)?,
                reduction => x[0].log_softmax(-1)?.nll_loss(&x[1], ignored, reduction)?,
            }
        }
        "nll_loss" => x[0].nll_loss(&x[1], Some(attrs.int("ignore_index") as i64), attrs.reduction())?,
        "mse_loss" => x[0].mse_loss(&x[1], attrs.reduction())?,
        "binary_cross_entropy" => x[0].binary_cross_entropy(&x[1], attrs.reduction())?,
        "binary_cross_entropy_with_logits" => x[0].binary_cross_entropy_with_logits(&x[1], attrs.reduction())?,
        "hinge" => x[0].hinge_loss(&x[1], Reduction::Mean)?,
        _ => panic!("the fixtures hold an operation called {name:?}; say in this file how Gradus computes it"),
    };
    Ok(vec![one])
}

/// The result, and the running statistics afterwards: running + momentum · (batch − running).
fn batch_norm(x: &[Tensor], attrs: &Attrs<'_>) -> Result<Vec<Tensor>> {
    let (weight, bias) = (x.get(3), x.get(4));
    let options = BatchNorm { axis: 1, eps: attrs.float("eps"), ..BatchNorm::default() };
    let (mean, variance) = (x[1].clone(), x[2].clone());
    if !attrs.flag("training") {
        let statistics = BatchStatistics { mean: mean.clone(), variance: variance.clone() };
        return Ok(vec![x[0].batch_norm_with(&statistics, weight, bias, &options)?, mean, variance]);
    }
    let (y, batch) = x[0].batch_norm(weight, bias, &options)?;
    let momentum = attrs.float("momentum");
    let moved = |running: Tensor, batch: Tensor| &running + (batch - &running) * momentum;
    Ok(vec![y, moved(mean, batch.mean), moved(variance, batch.variance)])
}

/// The largest difference that is too large, in words.
fn difference(ours: &Tensor, theirs: &Tensor) -> Option<String> {
    if (ours.shape(), ours.dtype()) != (theirs.shape(), theirs.dtype()) {
        let of = |t: &Tensor| format!("{:?} {}", t.shape(), t.dtype());
        return Some(format!("{} instead of {}", of(ours), of(theirs)));
    }
    let (relative, absolute) = if ours.dtype().is_float() { tolerance(ours.dtype()) } else { (0.0, 0.0) };
    let (a, b) = (ours.to_vec::<f64>(), theirs.to_vec::<f64>());
    let excess = |a: f64, b: f64| {
        if a == b || (a.is_nan() && b.is_nan()) {
            return 0.0;
        }
        let excess = (a - b).abs() / (absolute + relative * b.abs());
        if excess.is_nan() { f64::INFINITY } else { excess }
    };
    let (at, worst) =
        a.iter().zip(&b).map(|(&a, &b)| excess(a, b)).enumerate().max_by(|(_, p), (_, q)| p.total_cmp(q))?;
    (worst > 1.0).then(|| format!("{} instead of {} (element {at}), {worst:.1} times what is allowed", a[at], b[at]))
}

/// Compares one case; says what differs.
fn compare(file: &SafeTensors<'_>, case: &Value) -> Vec<String> {
    let (name, label) = (case["name"].as_str().unwrap(), case["case"].as_str().unwrap());
    let stored = |part: &str| tensor(file, &format!("{name}/{label}/{part}"));
    let grads: Vec<usize> = case["grads"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
    let leaf = |i: usize| {
        let x = stored(&format!("in{i}")).unwrap_or_else(|| panic!("{name}/{label}: input {i} is missing"));
        if grads.contains(&i) { x.requires_grad() } else { x }
    };
    let leaves: Vec<Tensor> = (0..case["inputs"].as_array().unwrap().len()).map(leaf).collect();
    let inputs: Result<Vec<Tensor>> =
        leaves.iter().enumerate().map(|(i, x)| viewed(x, case["views"].get(format!("in{i}")))).collect();
    let outputs = inputs.and_then(|x| run(name, &x, &Attrs(&case["attrs"])));
    let outputs = match outputs {
        Err(error) if REFUSED.contains(&&*format!("{name}/{label}")) => {
            assert!(error.to_string().contains(name), "{error}");
            return Vec::new();
        }
        Err(error) => return vec![format!("failed: {error}")],
        Ok(outputs) => outputs,
    };
    let names: Vec<&str> = case["outputs"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    assert_eq!(outputs.len(), names.len(), "{name}/{label}: results");
    let mut differences = Vec::new();
    let mut loss: Option<Tensor> = None;
    for (ours, out) in outputs.iter().zip(names) {
        let theirs = stored(out).unwrap_or_else(|| panic!("{name}/{label}: {out} is missing"));
        differences.extend(difference(ours, &theirs).map(|d| format!("{out}: {d}")));
        if let Some(upstream) = stored(&format!("grad_{out}")) {
            let part = (ours * upstream).sum();
            loss = Some(loss.map_or(part.clone(), |loss| loss + part));
        }
    }
    if let (Some(loss), false) = (loss, grads.is_empty()) {
        loss.backward().unwrap();
    }
    for i in grads {
        let theirs = stored(&format!("grad{i}")).unwrap_or_else(|| panic!("{name}/{label}: grad{i} is missing"));
        let found = match leaves[i].grad() {
            Some(ours) => difference(&ours, &theirs),
            None => Some("none".to_owned()),
        };
        differences.extend(found.map(|d| format!("gradient of input {i}: {d}")));
    }
    differences
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    let fixtures = Fixtures::read();
    let file = SafeTensors::deserialize(&fixtures.tensors).unwrap();
    let (mut compared, mut differences) = (0, Vec::new());
    for case in fixtures.index.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        if OPTIMIZERS.contains(&name) {
            continue;
        }
        compared += 1;
        let found = compare(&file, case);
        differences.extend(found.into_iter().map(|d| format!("{name}/{}: {d}", case["case"].as_str().unwrap())));
    }
    assert!(compared > 550, "only {compared} cases were found");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

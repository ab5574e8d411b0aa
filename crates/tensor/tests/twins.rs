//! Fused operations against twins composed of simple ones: values and gradients, in f64.

use gradus_tensor::gradcheck::probe_values;
use gradus_tensor::ops::Attention;
use gradus_tensor::{DType, Result, Tensor};

fn input(shape: &[usize], seed: usize) -> Tensor {
    let values = probe_values(shape.iter().product(), -1.5, 1.5, seed);
    Tensor::from_slice(&values, shape).unwrap()
}

/// Value and gradients of Σ w·f(inputs), with fixed weights w.
fn run(f: &dyn Fn(&[Tensor]) -> Result<Tensor>, inputs: &[Tensor]) -> Vec<Tensor> {
    let leaves: Vec<Tensor> = inputs.iter().map(Tensor::requires_grad).collect();
    let y = f(&leaves).unwrap();
    (&y * &input(y.shape(), 99)).sum().backward().unwrap();
    std::iter::once(y.detach()).chain(leaves.iter().map(|x| x.grad().unwrap())).collect()
}

fn agree(
    name: &str,
    shapes: &[&[usize]],
    fused: impl Fn(&[Tensor]) -> Result<Tensor>,
    twin: impl Fn(&[Tensor]) -> Result<Tensor>,
) {
    let inputs: Vec<Tensor> = shapes.iter().enumerate().map(|(i, s)| input(s, i)).collect();
    for (i, (a, b)) in run(&fused, &inputs).iter().zip(run(&twin, &inputs)).enumerate() {
        assert!(a.all_close(&b, 1e-10, 1e-10), "{name}, {i} (0 is the value, then the gradients):\n{a}\n{b}");
    }
}

#[test]
fn linear() {
    let twin = |x: &[Tensor]| x[0].matmul(&x[1])?.try_add(&x[2]);
    agree("linear", &[&[2, 5, 3], &[3, 4], &[4]], |x| x[0].linear(&x[1], Some(&x[2])), twin);
}

#[test]
fn cross_entropy() {
    let targets = Tensor::from_slice(&[2_i64, 0, 4, 1], &[4]).unwrap();
    let chosen = Tensor::from_slice(&[0_i64, 1, 2, 3], &[4]).unwrap();
    let twin = |x: &[Tensor]| {
        let log_p = x[0].try_sub(&x[0].exp().sum_dims(&[1], true)?.ln())?;
        // One target a row: the diagonal of the columns that the targets pick.
        let picked = log_p.t()?.embedding(&targets)?.t()?;
        let diagonal = Tensor::zeros(&[4, 4]).to_dtype(DType::F64).try_add(&one_hot(&chosen))?;
        Ok(-(picked * diagonal).sum() / 4.0)
    };
    agree("cross_entropy", &[&[4, 5]], |x| x[0].cross_entropy(&targets), twin);
}

fn one_hot(index: &Tensor) -> Tensor {
    let index = index.to_vec::<i64>();
    let n = index.len();
    let mut values = vec![0.0_f64; n * n];
    index.iter().enumerate().for_each(|(row, &i)| values[row * n + i as usize] = 1.0);
    Tensor::from_slice(&values, &[n, n]).unwrap()
}

#[test]
fn layer_norm() {
    let twin = |x: &[Tensor]| {
        let centred = x[0].try_sub(&x[0].mean_dims(&[-1], true)?)?;
        let variance = (&centred * &centred).mean_dims(&[-1], true)?;
        centred.try_div(&(variance + 1e-5).sqrt())?.try_mul(&x[1])?.try_add(&x[2])
    };
    let fused = |x: &[Tensor]| x[0].layer_norm(&[6], Some(&x[1]), Some(&x[2]), 1e-5);
    agree("layer_norm", &[&[2, 3, 6], &[6], &[6]], fused, twin);
}

#[test]
fn softmax() {
    let twin = |x: &[Tensor]| x[0].exp().try_div(&x[0].exp().sum_dims(&[-1], true)?);
    agree("softmax", &[&[3, 7]], |x| x[0].softmax(-1), twin);
}

#[test]
fn gelu_by_tanh() {
    let twin = |x: &[Tensor]| {
        let x = &x[0];
        let inner = (x + &(&(&(x * x) * x) * 0.044715)) * (2.0 / std::f64::consts::PI).sqrt();
        Ok(x * 0.5 * (inner.tanh() + 1.0))
    };
    agree("gelu_tanh", &[&[4, 9]], |x| Ok(x[0].gelu_tanh()), twin);
}

#[test]
fn self_attention() {
    let (batch, length, heads, size) = (2, 5, 3, 4);
    let twin = |x: &[Tensor]| {
        let parts = x[0].reshape(&[batch, length, 3, heads, size])?.permute(&[2, 0, 3, 1, 4])?;
        let [q, k, v] = [parts.select(0, 0)?, parts.select(0, 1)?, parts.select(0, 2)?];
        let scores = q.matmul(&k.t()?)? / (size as f64).sqrt();
        let later = Tensor::ones(&[length as usize; 2]).triu(1)?.to_dtype(DType::Bool);
        let mixed = scores.masked_fill(&later, f64::NEG_INFINITY)?.softmax(-1)?.matmul(&v)?;
        mixed.transpose(1, 2)?.reshape(&[batch, length, heads * size])
    };
    let fused = |x: &[Tensor]| x[0].self_attention(heads as usize, &Attention::causal());
    agree("self_attention", &[&[2, 5, 36]], fused, twin);
}

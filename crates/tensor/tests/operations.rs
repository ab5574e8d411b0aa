//! What gradient checks and fixtures leave open: integers and booleans, what is not a number, and arrays large enough to
//! be cut over several threads.

use gradus_tensor::gradcheck::probe_values;
use gradus_tensor::{DType, Result, Tensor, set_threads};

fn ints(values: &[i64]) -> Tensor {
    Tensor::from_slice(values, &[values.len()]).unwrap()
}

fn floats(values: &[f64]) -> Tensor {
    Tensor::from_slice(values, &[values.len()]).unwrap()
}

fn large(shape: &[usize]) -> Tensor {
    Tensor::from_slice(&probe_values(shape.iter().product(), -2.0, 2.0, 3), shape).unwrap()
}

#[test]
fn integers_stay_integers_where_the_result_is_whole() -> Result<()> {
    let x = ints(&[-3, 0, 2]);
    for (result, expected) in [
        (x.abs(), vec![3, 0, 2]),
        (x.relu(), vec![0, 0, 2]),
        (x.clamp(Some(-1.0), Some(1.0)), vec![-1, 0, 1]),
        (x.clamp(None, Some(0.0)), vec![-3, 0, 0]),
        (x.maximum(&ints(&[0]))?, vec![0, 0, 2]),
        (x.minimum(&ints(&[1, 1, 1]))?, vec![-3, 0, 1]),
        (x.cumsum(0)?, vec![-3, -3, -1]),
        (x.powf(3.0), vec![-27, 0, 8]),
        (x.pow(&ints(&[2, 0, 10]))?, vec![9, 1, 1024]),
        (x.max()?, vec![2]),
        (x.min_dims(&[0], true)?, vec![-3]),
        (x.max_dim(0, false)?.0, vec![2]),
        (x.argmin()?, vec![0]),
        (ints(&[2, -3, 7]).prod(), vec![-42]),
        (x.flip(&[0])?, vec![2, 0, -3]),
        (x.masked_fill(&x.lt(0.0)?, 9.0)?, vec![9, 0, 2]),
        (Tensor::where_(&x.eq(0.0)?, &ints(&[5]), &x)?, vec![-3, 5, 2]),
        (x.scatter_add(0, &ints(&[2, 2]), &ints(&[10, 100]))?, vec![-3, 0, 112]),
        (x.add_at(&[&ints(&[-1])], &ints(&[1]))?, vec![-3, 0, 3]),
        (x.unsqueeze(0)?.tril(1)?, vec![-3, 0, 0]),
        (Tensor::cat(&[&x, &ints(&[4])], 0)?, vec![-3, 0, 2, 4]),
    ] {
        assert_eq!((result.dtype(), result.to_vec::<i64>()), (DType::I64, expected));
    }
    Ok(())
}

#[test]
fn integers_become_floats_where_it_is_not() -> Result<()> {
    let x = ints(&[1, 4]);
    for (result, expected) in [
        (x.sqrt(), vec![1.0, 2.0]),
        (x.powf(0.5), vec![1.0, 2.0]),
        (x.powf(-1.0), vec![1.0, 0.25]),
        (x.clamp(Some(1.5), None), vec![1.5, 4.0]),
        (x.leaky_relu(0.1), vec![1.0, 4.0]),
        (x.var(0), vec![2.25]),
        (x.std(0), vec![1.5]),
        (x.norm(1.0)?, vec![5.0]),
        (x.softmax(0)?.sum(), vec![1.0]),
        (x.logsumexp(&[], false)?, vec![1.0, 4.0]),
        (Tensor::cat(&[&x, &Tensor::ones(&[1])], 0)?, vec![1.0, 4.0, 1.0]),
    ] {
        assert_eq!(result.dtype(), DType::F32);
        assert!(result.all_close(&floats(&expected).reshape(&shape(&result))?, 1e-6, 0.0), "{result}");
    }
    Ok(())
}

fn shape(t: &Tensor) -> Vec<isize> {
    t.shape().iter().map(|&n| n as isize).collect()
}

#[test]
fn booleans() -> Result<()> {
    let (a, b) = (ints(&[0, 0, 2, 3]).ne(0.0)?, ints(&[0, 1, 0, 1]));
    for (result, expected) in [
        (a.logical_and(&b)?, [0, 0, 0, 1]),
        (a.logical_or(&b)?, [0, 1, 1, 1]),
        (a.logical_not(), [1, 1, 0, 0]),
        (a.eq(&b.to_dtype(DType::Bool))?, [1, 0, 0, 1]),
        (floats(&[f64::NAN, 1.0, 2.5, 3.0]).ge(2.5)?, [0, 0, 1, 1]),
        (floats(&[f64::NAN, 1.0, 2.5, 3.0]).ne(1.0)?, [1, 0, 1, 1]),
    ] {
        assert_eq!((result.dtype(), result.to_vec::<i64>()), (DType::Bool, expected.to_vec()));
        assert!(!result.is_tracked());
    }
    assert_eq!(a.max()?.dtype(), DType::Bool);
    assert_eq!(a.sum().item()?, 2.0);
    // A number with a fraction makes floats of integers: 2 > 1.5.
    assert_eq!(ints(&[1, 2]).gt(1.5)?.to_vec::<i64>(), [0, 1]);
    Ok(())
}

#[test]
fn not_a_number_is_never_lost() -> Result<()> {
    let x = floats(&[1.0, f64::NAN, 3.0]);
    for y in [x.max()?, x.min()?, x.norm(f64::INFINITY)?, x.var(0), x.logsumexp(&[0], false)?, x.prod()] {
        assert!(y.item()?.is_nan());
    }
    assert_eq!((x.argmax()?.item()?, x.argmin()?.item()?), (1.0, 1.0));
    for y in [x.relu(), x.clamp(Some(0.0), Some(1.0)), x.abs(), x.maximum(&floats(&[9.0]))?, x.sqrt(), x.gelu()] {
        assert!(y.to_vec::<f64>()[1].is_nan());
    }
    Ok(())
}

#[test]
fn an_infinite_gradient_ends_where_a_function_is_flat() -> Result<()> {
    // √ has an infinite slope at 0, where relu and clamp are flat: no gradient comes through, rather than NaN.
    let x = floats(&[-1.0, 4.0]).requires_grad();
    x.relu().sqrt().sum().backward()?;
    assert_eq!(x.grad().unwrap().to_vec::<f64>(), [0.0, 0.25]);
    x.zero_grad();
    x.clamp(Some(0.0), None).sqrt().sum().backward()?;
    assert_eq!(x.grad().unwrap().to_vec::<f64>(), [0.0, 0.25]);
    Ok(())
}

#[test]
fn constructors() -> Result<()> {
    assert_eq!(Tensor::eye(2).to_vec::<f32>(), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(Tensor::eye(0).shape(), [0, 0]);
    assert_eq!(Tensor::linspace(-1.0, 1.0, 5).to_vec::<f32>(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    assert_eq!(Tensor::linspace(3.0, 4.0, 1).to_vec::<f32>(), [3.0]);
    assert_eq!(Tensor::linspace(0.0, 1.0, 0).numel(), 0);
    assert_eq!(Tensor::linspace(0.0, 0.7, 8).to_vec::<f32>()[7], 0.7);
    Ok(())
}

#[test]
fn scalars_have_an_extreme_and_its_place() -> Result<()> {
    let x = Tensor::scalar(3.0).requires_grad();
    let (value, place) = x.max_dim(-1, false)?;
    assert_eq!((value.item()?, place.item()?, x.argmax()?.item()?), (3.0, 0.0, 0.0));
    assert_eq!((x.prod().item()?, x.std(0).item()?, x.norm(2.0)?.item()?), (3.0, 0.0, 3.0));
    Ok(())
}

/// `f` at one and at several threads, which must give the same bits.
fn at_any_thread_count(f: impl Fn() -> Result<Tensor>) -> Result<Tensor> {
    set_threads(1);
    let one = f();
    set_threads(3);
    let three = f();
    set_threads(0);
    let (one, three) = (one?, three?);
    let bits = |t: &Tensor| t.to_vec::<f64>().into_iter().map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(&one), bits(&three));
    Ok(one)
}

#[test]
fn large_folds_agree_with_plain_loops() -> Result<()> {
    // The folded axis in front, in the middle and behind; lanes many and short, and few and long.
    for sizes in [[1, 300, 500], [7, 50, 300], [300, 400, 1], [2, 60_000, 1], [1, 60_000, 2], [40, 3, 700]] {
        let x = large(&sizes);
        let [outer, n, inner] = sizes;
        let values = x.to_vec::<f64>();
        let fold = |f: &dyn Fn(&[f64]) -> f64| -> Result<Tensor> {
            let lane = |o: usize, i: usize| (0..n).map(|k| values[(o * n + k) * inner + i]).collect::<Vec<_>>();
            let folded: Vec<f64> =
                (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))).map(|(o, i)| f(&lane(o, i))).collect();
            Tensor::from_slice(&folded, &[outer, inner])
        };
        let variance = |lane: &[f64]| {
            let mean = lane.iter().sum::<f64>() / n as f64;
            lane.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1) as f64
        };
        let highest = |lane: &[f64]| lane.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let place = |lane: &[f64]| {
            let highest = highest(lane);
            lane.iter().position(|&x| x == highest).unwrap_or(0) as f64
        };
        let check = |ours: Tensor, theirs: Tensor| {
            assert!(ours.all_close(&theirs, 1e-10, 1e-12), "{sizes:?}\n{ours}\n{theirs}")
        };
        check(at_any_thread_count(|| x.var_dims(&[1], 1, false))?, fold(&variance)?);
        check(at_any_thread_count(|| x.max_dims(&[1], false))?, fold(&highest)?);
        check(at_any_thread_count(|| x.argmax_dim(1, false))?.to_dtype(DType::F64), fold(&place)?);
        check(
            at_any_thread_count(|| x.norm_dims(2.0, &[1], false))?,
            fold(&|l| l.iter().map(|x| x * x).sum::<f64>().sqrt())?,
        );
        check(
            at_any_thread_count(|| x.logsumexp(&[1], false))?,
            fold(&|l| l.iter().map(|x| x.exp()).sum::<f64>().ln())?,
        );
        let softmax = at_any_thread_count(|| x.softmax(1))?;
        check(softmax.clone(), x.try_sub(&x.logsumexp(&[1], true)?)?.exp());
        check(at_any_thread_count(|| x.log_softmax(1))?, softmax.ln());
        let running = at_any_thread_count(|| x.cumsum(1))?;
        check(running.narrow(1, n - 1, 1)?.squeeze(1)?, x.sum_dims(&[1], false)?);
    }
    Ok(())
}

#[test]
fn large_picks_agree_with_plain_loops() -> Result<()> {
    let (outer, n, inner) = (40, 90, 30);
    let x = large(&[outer, n, inner]);
    let values = x.to_vec::<f64>();
    let index: Vec<i64> = (0..outer * 50 * inner).map(|i| (i * 7919 % n) as i64).collect();
    let index_tensor = Tensor::from_slice(&index, &[outer, 50, inner])?;
    let source = |at: usize| {
        let (o, i) = (at / (50 * inner), at % inner);
        (o * n + index[at] as usize) * inner + i
    };
    let gathered = at_any_thread_count(|| x.gather(1, &index_tensor))?;
    assert_eq!(gathered.to_vec::<f64>(), (0..index.len()).map(|at| values[source(at)]).collect::<Vec<_>>());
    let mut sums = values.clone();
    (0..index.len()).for_each(|at| sums[source(at)] += 0.5);
    let half = Tensor::full(&[outer, 50, inner], 0.5, DType::F64);
    let scattered = at_any_thread_count(|| x.scatter_add(1, &index_tensor, &half))?;
    assert!(scattered.all_close(&Tensor::from_slice(&sums, x.shape())?, 1e-12, 1e-12));

    let rows: Vec<i64> = (0..70).map(|i| i * 31 % n as i64).collect();
    let rows = Tensor::from_slice(&rows, &[70])?;
    let selected = at_any_thread_count(|| x.index_select(1, &rows))?;
    let wide = rows.reshape(&[1, 70, 1])?.expand(&[outer, 70, inner])?;
    assert_eq!(selected.to_vec::<f64>(), x.gather(1, &wide)?.to_vec::<f64>());
    // Both ways of picking give the same gradients.
    let gradient = |pick: &dyn Fn(&Tensor) -> Result<Tensor>| -> Result<Vec<f64>> {
        let leaf = x.requires_grad();
        let y = pick(&leaf)?;
        (&y * &y).sum().backward()?;
        Ok(leaf.grad().map(|g| g.to_vec()).unwrap_or_default())
    };
    assert_eq!(gradient(&|x| x.index_select(1, &rows))?, gradient(&|x| x.gather(1, &wide))?);
    let triangle = at_any_thread_count(|| x.tril(-3))?;
    assert!(triangle.try_add(&x.triu(-2)?)?.all_close(&x, 0.0, 0.0));
    Ok(())
}

//! Views: what they share, how they lie in memory, what they show, and what is said when one cannot be had.

use gradus_tensor::{DType, Result, Tensor};
use proptest::prelude::*;

fn counted(shape: &[usize]) -> Tensor {
    let shape: Vec<isize> = shape.iter().map(|&n| n as isize).collect();
    Tensor::arange(shape.iter().product::<isize>() as usize).reshape(&shape).unwrap()
}

#[test]
fn strides_and_offsets_are_those_of_numpy() -> Result<()> {
    let x = counted(&[4, 6]);
    assert_eq!((x.strides(), x.offset()), (&[6, 1][..], 0));
    // The view, its strides (in elements), its offset, and whether it is dense.
    for (view, strides, offset, dense) in [
        (x.t()?, vec![1, 6], 0, false),
        (x.slice(0, Some(1), None, 2)?, vec![12, 1], 6, false),
        (x.slice(1, None, None, -2)?, vec![6, -2], 5, false),
        (x.narrow(1, 2, 3)?, vec![6, 1], 2, false),
        (x.narrow(0, 1, 2)?, vec![6, 1], 6, true),
        (x.select(0, -1)?, vec![1], 18, true),
        (x.select(1, 2)?, vec![6], 2, false),
        (x.view(&[2, 2, 6])?, vec![12, 6, 1], 0, true),
        (x.t()?.view(&[2, 3, 4])?, vec![3, 1, 6], 0, false),
        (x.select(0, 0)?.expand(&[3, 6])?, vec![0, 1], 0, false),
        (x.flip(&[0, 1])?, vec![-6, -1], 23, false),
        (x.permute(&[1, 0])?.narrow(0, 4, 2)?, vec![1, 6], 4, false),
    ] {
        assert_eq!(view.strides(), strides, "{view}");
        assert_eq!((view.offset(), view.is_contiguous()), (offset, dense), "{view}");
        assert!(view.shares_storage_with(&x), "{view}");
    }
    Ok(())
}

#[test]
fn splitting_and_reshaping_share_where_strides_can_say_it() -> Result<()> {
    let x = counted(&[4, 6]);
    for part in x.split(4, 1)?.iter().chain(&x.chunk(3, 0)?).chain(&x.split_sizes(&[1, 0, 3], 0)?) {
        assert!(part.shares_storage_with(&x));
    }
    assert!(x.reshape(&[-1])?.shares_storage_with(&x));
    assert!(x.unsqueeze(1)?.squeeze(1)?.shares_storage_with(&x));
    assert!(x.detach().shares_storage_with(&x));
    // A transposed matrix as one row must be copied, and so must a slice with gaps.
    assert!(!x.t()?.reshape(&[-1])?.shares_storage_with(&x));
    assert!(!x.narrow(1, 0, 2)?.reshape(&[8])?.shares_storage_with(&x));
    assert!(!x.t()?.contiguous().shares_storage_with(&x));
    assert!(x.contiguous().shares_storage_with(&x));
    assert!(!(&x + 0.0).shares_storage_with(&x));
    Ok(())
}

#[test]
fn broadcasting_follows_numpy() {
    let shape = |a: &[usize], b: &[usize]| Tensor::zeros(a).try_add(&Tensor::zeros(b)).map(|t| t.shape().to_vec());
    let fitting: [(&[usize], &[usize], &[usize]); 8] = [
        (&[3], &[3], &[3]),
        (&[2, 3], &[3], &[2, 3]),
        (&[2, 1], &[1, 3], &[2, 3]),
        (&[], &[2, 3], &[2, 3]),
        (&[8, 1, 6, 1], &[7, 1, 5], &[8, 7, 6, 5]),
        (&[0, 3], &[1, 3], &[0, 3]),
        (&[0], &[1], &[0]),
        (&[2, 0], &[2, 1], &[2, 0]),
    ];
    for (a, b, wanted) in fitting {
        assert_eq!(shape(a, b).unwrap(), wanted);
        assert_eq!(shape(b, a).unwrap(), wanted);
    }
    let clashing: [(&[usize], &[usize]); 4] = [(&[2], &[3]), (&[2, 3], &[2]), (&[0], &[2]), (&[2, 1], &[8, 4, 3])];
    for (a, b) in clashing {
        let error = shape(a, b).unwrap_err();
        assert!(error.to_string().contains(&format!("{a:?} does not broadcast with {b:?}: axis -")), "{error}");
    }
}

/// A view as plain as can be: every number written out.
#[derive(Clone, Debug)]
struct Model {
    shape: Vec<usize>,
    values: Vec<i64>,
}

impl Model {
    /// The model of `shape` whose number at an index is this model's number at `from(index)`.
    fn map(&self, shape: &[usize], from: impl Fn(&[usize]) -> Vec<usize>) -> Model {
        let mut values = Vec::new();
        for k in 0..shape.iter().product() {
            let mut index = vec![0; shape.len()];
            let mut rest = k;
            for d in (0..shape.len()).rev() {
                index[d] = rest % shape[d];
                rest /= shape[d];
            }
            let old = from(&index);
            let place = old.iter().zip(&self.shape).fold(0, |place, (&i, &n)| {
                assert!(i < n);
                place * n + i
            });
            values.push(self.values[place]);
        }
        Model { shape: shape.to_vec(), values }
    }
}

/// One step from a view to the next; its numbers are brought into range when it is taken.
#[derive(Clone, Copy, Debug)]
enum Step {
    Slice { dim: usize, start: isize, end: isize, step: isize },
    Select { dim: usize, index: usize },
    Permute { turn: usize, swap: usize },
    Unsqueeze { dim: usize },
    Squeeze,
    Expand { times: usize },
    Reshape { cut: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let size = 0usize..8;
    let place = -7isize..8;
    let step = prop_oneof![1isize..4, -3isize..0];
    prop::collection::vec(
        prop_oneof![
            (size.clone(), place.clone(), place, step).prop_map(|(dim, start, end, step)| Step::Slice {
                dim,
                start,
                end,
                step
            }),
            (size.clone(), size.clone()).prop_map(|(dim, index)| Step::Select { dim, index }),
            (size.clone(), size.clone()).prop_map(|(turn, swap)| Step::Permute { turn, swap }),
            size.clone().prop_map(|dim| Step::Unsqueeze { dim }),
            Just(Step::Squeeze),
            (1usize..4).prop_map(|times| Step::Expand { times }),
            size.prop_map(|cut| Step::Reshape { cut }),
        ],
        0..7,
    )
}

/// What Python's `slice.indices` gives, one index after the other.
fn sliced(n: usize, start: isize, end: isize, step: isize) -> Vec<usize> {
    let n = n as isize;
    let from_end = |at: isize| if at < 0 { at + n } else { at };
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let (mut at, end) = (from_end(start).clamp(low, high), from_end(end).clamp(low, high));
    let mut indices = Vec::new();
    while (step > 0 && at < end) || (step < 0 && at > end) {
        indices.push(at as usize);
        at += step;
    }
    indices
}

/// Takes `step` on both; `None` where it does not apply to such a shape.
fn take(step: Step, tensor: &Tensor, model: &Model) -> Option<(Tensor, Model)> {
    let shape = &model.shape;
    let ndim = shape.len();
    let with = |d: usize, n: usize| {
        let mut shape = shape.clone();
        shape[d] = n;
        shape
    };
    Some(match step {
        Step::Slice { dim, start, end, step } => {
            let d = dim.checked_rem(ndim)?;
            let indices = sliced(shape[d], start, end, step);
            let view = tensor.slice(d as isize, Some(start), Some(end), step).unwrap();
            let model = model.map(&with(d, indices.len()), |index| {
                let mut old = index.to_vec();
                old[d] = indices[index[d]];
                old
            });
            (view, model)
        }
        Step::Select { dim, index } => {
            let d = dim.checked_rem(ndim)?;
            let at = index.checked_rem(shape[d])?;
            let mut rest = shape.clone();
            rest.remove(d);
            let model = model.map(&rest, |index| {
                let mut old = index.to_vec();
                old.insert(d, at);
                old
            });
            // Once from the front, once from the end.
            let at = if index % 2 == 0 { at as isize } else { at as isize - shape[d] as isize };
            (tensor.select(d as isize - ndim as isize, at).unwrap(), model)
        }
        Step::Permute { turn, swap } => {
            let mut order: Vec<usize> = (0..ndim).collect();
            order.rotate_left(turn.checked_rem(ndim)?);
            order.swap(0, swap % ndim);
            let moved: Vec<usize> = order.iter().map(|&d| shape[d]).collect();
            let dims: Vec<isize> = order.iter().map(|&d| d as isize).collect();
            let model = model.map(&moved, |index| {
                let mut old = vec![0; ndim];
                order.iter().zip(index).for_each(|(&d, &i)| old[d] = i);
                old
            });
            (tensor.permute(&dims).unwrap(), model)
        }
        Step::Unsqueeze { dim } if ndim < 8 => {
            let d = dim % (ndim + 1);
            let mut wider = shape.clone();
            wider.insert(d, 1);
            (tensor.unsqueeze(d as isize).unwrap(), Model { shape: wider, values: model.values.clone() })
        }
        Step::Unsqueeze { .. } => return None,
        Step::Squeeze => {
            let d = shape.iter().position(|&n| n == 1)?;
            let mut rest = shape.clone();
            rest.remove(d);
            (tensor.squeeze(d as isize).unwrap(), Model { shape: rest, values: model.values.clone() })
        }
        Step::Expand { times } => {
            let d = shape.iter().position(|&n| n == 1)?;
            let wider = with(d, times);
            let model = model.map(&wider, |index| {
                let mut old = index.to_vec();
                old[d] = 0;
                old
            });
            (tensor.expand(&wider).unwrap(), model)
        }
        Step::Reshape { cut } => {
            let total = model.values.len();
            let left = (1..=total.max(1)).filter(|n| total.is_multiple_of(*n)).nth(cut)?;
            let wanted = [left as isize, (total / left) as isize];
            let model = Model { shape: vec![left, total / left], values: model.values.clone() };
            (tensor.reshape(&wanted).unwrap(), model)
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn views_show_what_the_plain_model_shows(shape in prop::collection::vec(0usize..5, 0..4), steps in steps()) {
        let total: usize = shape.iter().product();
        let values: Vec<f64> = (0..total).map(|i| i as f64).collect();
        let base = Tensor::from_slice(&values, &shape).unwrap().requires_grad();
        let mut model = Model { shape, values: (0..total as i64).collect() };
        let mut view = base.clone();
        for step in steps {
            let shared = view.clone();
            if let Some(next) = take(step, &view, &model) {
                (view, model) = next;
                prop_assert_eq!(view.shape(), &model.shape[..]);
                let may_copy = matches!(step, Step::Reshape { .. });
                prop_assert!(may_copy || view.shares_storage_with(&shared));
            }
        }
        prop_assert_eq!(&view.to_vec::<i64>(), &model.values);
        prop_assert_eq!(view.contiguous().to_vec::<i64>(), model.values.clone());
        prop_assert_eq!((&view + 1.0).to_vec::<i64>(), model.values.iter().map(|x| x + 1).collect::<Vec<_>>());
        // Each number of the base gets the weights of the places that show it.
        let weights: Vec<f64> = (0..model.values.len()).map(|i| 1.0 + i as f64).collect();
        let mut expected = vec![0.0; total];
        model.values.iter().zip(&weights).for_each(|(&i, w)| expected[i as usize] += w);
        let weights = Tensor::from_slice(&weights, view.shape()).unwrap();
        (&view * &weights).sum().backward().unwrap();
        prop_assert_eq!(base.grad().unwrap().to_vec::<f64>(), expected);
    }

    #[test]
    fn broadcasting_agrees_with_writing_the_repeats_out(
        shape in prop::collection::vec(0usize..4, 0..4),
        ones in prop::collection::vec(any::<bool>(), 8),
        lead in 0usize..4,
    ) {
        // Two operands that fit `shape`: some axes are 1, and leading ones are left out of the second.
        let a: Vec<usize> = shape.iter().zip(&ones).map(|(&n, &one)| if one { 1 } else { n }).collect();
        let b: Vec<usize> = shape.iter().zip(&ones[4..]).map(|(&n, &one)| if one { 1 } else { n }).collect();
        let (a, b) = (counted(&a), counted(&b[lead.min(shape.len())..]) * 10.0);
        let sum = a.try_add(&b).unwrap();
        let wide = |t: &Tensor| t.expand(sum.shape()).unwrap().contiguous().to_vec::<i64>();
        let expected: Vec<i64> = wide(&a).iter().zip(wide(&b)).map(|(x, y)| x + y).collect();
        prop_assert_eq!(sum.to_vec::<i64>(), expected);
    }
}

#[test]
fn errors_say_what_is_wrong_and_what_to_do() {
    let x = Tensor::zeros(&[2, 3]);
    let long = Tensor::zeros(&[1; 8]);
    let index = |values: &[i64]| Tensor::from_slice(values, &[values.len()]).unwrap();
    let text = |result: Result<Tensor>| result.map_or_else(|e| e.to_string(), |t| format!("no error: {t}"));
    let first = |result: Result<Vec<Tensor>>| text(result.map(|parts| parts[0].clone()));
    for (error, expected) in [
        (text(x.view(&[4, 2])), "view: [2, 3] has 6 elements, which do not fill [4, 2]; sizes must multiply to 6"),
        (text(x.reshape(&[-1, -1])), "reshape: [2, 3] has 6 elements, which do not fill [-1, -1]"),
        (text(x.t().unwrap().view(&[6])), "view: a tensor of shape [3, 2] with strides [1, 3] cannot be seen as [6]"),
        (text(x.permute(&[0, 0])), "permute: axis 0 is named twice in [0, 0]"),
        (text(x.permute(&[0])), "permute: [0] names 1 axes of [2, 3]; name each of the 2 once"),
        (text(x.transpose(0, 2)), "transpose: axis 2 of an array with 2 axes: choose 0 to 1 or -2 to -1"),
        (text(x.squeeze(1)), "squeeze: axis 1 of [2, 3] has size 3, not 1"),
        (text(long.unsqueeze(0)), "unsqueeze: [1, 1, 1, 1, 1, 1, 1, 1] has eight axes already"),
        (text(x.narrow(1, 2, 2)), "narrow: 2 indices from 2 on leave axis 1 of [2, 3], which has 3"),
        (text(x.slice(0, None, None, 0)), "slice: a step of 0 never gets anywhere"),
        (text(x.select(0, 2)), "select: index 2 is out of bounds for dimension 0 with size 2"),
        (text(x.expand(&[2, 4])), "expand: [2, 3] does not expand to [2, 4]"),
        (first(x.split(0, 0)), "split: parts of size 0 never fill axis 0 of [2, 3]; use 1 or more"),
        (first(x.split_sizes(&[1, 1], 1)), "split: the sizes [1, 1] do not fill axis 1 of [2, 3]; they must sum to 3"),
        (first(x.chunk(0, 0)), "chunk: axis 0 of [2, 3] cannot be cut into 0 parts"),
        (text(x.flip(&[0, -2])), "flip: axis -2 is named twice in [0, -2]"),
        (text(Tensor::cat(&[], 0)), "cat: there are no tensors to join; give at least one"),
        (
            text(Tensor::cat(&[&x, &Tensor::zeros(&[3, 2])], 0)),
            "cat: tensor 1 has shape [3, 2], tensor 0 [2, 3]; all axes but 0 must have one size",
        ),
        (
            text(Tensor::stack(&[&x, &Tensor::zeros(&[3])], 0)),
            "stack: tensor 1 has shape [3], tensor 0 [2, 3]; all must have one shape",
        ),
        (
            text(x.gather(1, &Tensor::full(&[2, 1], 3.0, DType::I64))),
            "gather: index 3 is out of bounds for dimension 1 with size 3",
        ),
        (text(x.gather(1, &index(&[0]))), "gather: the index [1] does not fit [2, 3]: it must have as many axes"),
        (
            text(x.gather(0, &x)),
            "gather: indices must be i64, and these are f32; convert them with to_dtype(DType::I64)",
        ),
        (
            text(x.scatter_add(1, &Tensor::full(&[2, 2], 0.0, DType::I64), &Tensor::zeros(&[2, 1]))),
            "scatter_add: the index [2, 2] reaches beyond the source [2, 1]; it may be shorter, not longer",
        ),
        (
            text(x.index_select(0, &index(&[0, 2]))),
            "index_select: index 2 is out of bounds for dimension 0 with size 2",
        ),
        (
            text(x.index_select(0, &Tensor::arange(1).unsqueeze(0).unwrap())),
            "index_select: the index [1, 1] must be a vector",
        ),
        (
            text(x.index(&[&index(&[0, 1]), &index(&[0, -4])])),
            "index: index -4 is out of bounds for dimension 1 with size 3",
        ),
        (text(x.index(&[])), "index: 0 index tensors for [2, 3], which has 2 axes; give one for each leading axis"),
        (
            text(x.add_at(&[&index(&[0])], &Tensor::zeros(&[2]))),
            "add_at: values [2] do not broadcast to [1, 3], what the indices pick",
        ),
        (
            text(index(&[0, 5]).one_hot(3)),
            "one_hot: index 5 (element 1) is not one of the 3 classes; indices go from 0 to 2",
        ),
        (text(index(&[-1]).one_hot(3)), "one_hot: index -1 (element 0) is not one of the 3 classes"),
        (text(index(&[1]).tril(0)), "tril: [1] has fewer than two axes, and a triangle needs rows and columns"),
        (text(x.masked_fill(&x, 0.0)), "masked_fill: the mask must be boolean, and this is f32; compare it"),
        (text(Tensor::where_(&x, &x, &x)), "where: the condition must be boolean, and this is f32"),
        (text(Tensor::zeros(&[0, 3]).max()), "max: [0, 3] has no numbers along the axes to search"),
        (text(Tensor::zeros(&[2, 0]).min_dims(&[1], false)), "min: [2, 0] has no numbers along the axes to search"),
        (text(Tensor::zeros(&[0]).argmax()), "argmax: [0] has no numbers along the axes to search"),
        (text(Tensor::scalar(1.0).argmin_dim(0, false)), "argmin: axis 0 of a scalar: a scalar has no axes"),
        (text(x.norm(0.0)), "norm: p is 0 and must be above 0"),
        (text(x.var_dims(&[2], 1, false)), "var: axis 2 of an array with 2 axes: choose 0 to 1 or -2 to -1"),
        (text(x.softmax(-3)), "softmax: axis -3 of an array with 2 axes"),
        (text(index(&[2]).pow(&index(&[-1]))), "pow: an integer to the power -1 is no integer; convert the base"),
        (
            text(x.maximum(&Tensor::zeros(&[2]))),
            "maximum: [2, 3] does not broadcast with [2]: axis -1 is 3 here and 2 there",
        ),
        (text(x.lt(&Tensor::zeros(&[2]))), "lt: [2, 3] does not broadcast with [2]"),
    ] {
        assert!(error.starts_with(expected), "{error}\nshould begin with\n{expected}");
    }
}

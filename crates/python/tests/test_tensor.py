"""Tensors: places, views, changes in place, indexing, gradients, errors."""

import copy
import pickle
import threading

import pytest

import gradus
import gradus.nn.functional as F


def test_a_neuron_by_hand():
    x = gradus.tensor([[2.0, 0.0]])
    w = gradus.tensor([[-3.0], [1.0]], requires_grad=True)
    o = (x @ w + 6.8813735870195432).tanh().sum()
    o.backward()
    assert o.item() == pytest.approx(0.7071, abs=1e-4)
    assert w.grad.tolist() == [[pytest.approx(1.0, abs=1e-5)], [0.0]]


def test_the_numbers_of_torch_generator():
    g = gradus.Generator().manual_seed(2147483647)
    p = gradus.rand(3, generator=g)
    assert [f"{x:.4f}" for x in (p / p.sum()).tolist()] == ["0.6064", "0.3033", "0.0903"]
    assert gradus.manual_seed(42) is gradus.default_generator()
    assert gradus.randn(2).tolist() == pytest.approx([0.33669036626815796, 0.12880940735340118])


def test_types_follow_from_the_data():
    for data, dtype, shape in [
        (1, gradus.int64, ()), (1.5, gradus.float32, ()), (True, gradus.bool, ()), ([], gradus.float32, (0,)),
        ([[1, 2], [3, 4]], gradus.int64, (2, 2)), ([1, 2.5], gradus.float32, (2,)), ([True, 2], gradus.int64, (2,)),
        ([[], []], gradus.float32, (2, 0)), (range(3), gradus.int64, (3,)), ((1.0, (2,)[0]), gradus.float32, (2,)),
    ]:  # fmt: skip
        made = gradus.tensor(data)
        assert (made.dtype, made.shape) == (dtype, shape), data
    assert gradus.tensor([1, 2], dtype=gradus.float64).dtype == gradus.float64
    assert gradus.tensor(2**62 + 1).item() == 2**62 + 1
    assert gradus.Tensor([1, 2]).dtype == gradus.float32


def test_the_idiom_of_the_lecture():
    w = gradus.tensor([1.0, 2.0], requires_grad=True)
    (w * w).sum().backward()
    w.data += -0.1 * w.grad
    assert w.tolist() == pytest.approx([0.8, 1.6]) and w.requires_grad and w.is_leaf
    assert w.grad.tolist() == [2.0, 4.0]
    w.grad = None
    assert w.grad is None
    with gradus.no_grad():
        w -= 0.5
        w[0] = 7
    assert w.tolist() == pytest.approx([7.0, 1.1]) and w.requires_grad
    with pytest.raises(RuntimeError, match="leaf that requires a gradient"):
        w += 1


def test_gradients_add_up_and_stay_when_the_value_changes():
    w = gradus.ones(3, requires_grad=True)
    for expected in (2.0, 4.0):
        (w * 2).sum().backward()
        assert w.grad.tolist() == [expected] * 3
    assert w.grad is w.grad
    w.data *= 10
    assert w.grad.tolist() == [4.0] * 3
    w.grad.zero_()
    (w * w).sum().backward()
    assert w.grad.tolist() == [20.0] * 3


def test_a_graph_made_before_a_change_still_reaches_its_leaf():
    w = gradus.ones(2, requires_grad=True)
    loss = (w * w).sum()
    w.data += 5
    loss.backward()
    assert w.grad.tolist() == [2.0, 2.0] and w.tolist() == [6.0, 6.0]


def test_backward_twice():
    w = gradus.ones(2, requires_grad=True)
    loss = w.sum()
    loss.backward(retain_graph=True)
    loss.backward()
    assert w.grad.tolist() == [2.0, 2.0]
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        loss.backward()
    with pytest.raises(RuntimeError, match="a loss is one number"):
        (w * 2).backward()
    (w * 2).backward(gradus.ones(2))
    assert w.grad.tolist() == [4.0, 4.0]
    with pytest.raises(RuntimeError, match="requires a gradient"):
        gradus.ones(()).backward()


def test_gradients_of_results_can_be_kept():
    w = gradus.ones(2, requires_grad=True)
    h = w * 3
    h.retain_grad()
    (h * h).sum().backward()
    assert h.grad.tolist() == [6.0, 6.0] and w.grad.tolist() == [18.0, 18.0]


def test_no_grad_as_block_and_decorator():
    w = gradus.ones(2, requires_grad=True)
    with gradus.no_grad():
        assert not (w * 2).requires_grad
        with gradus.enable_grad():
            assert (w * 2).requires_grad
    assert (w * 2).requires_grad

    @gradus.no_grad()
    def one():
        return (w * 2).requires_grad

    @gradus.no_grad
    def two():
        return (w * 2).requires_grad

    class Model:
        @gradus.no_grad()
        def three(self):
            return (w * 2).requires_grad

    assert (one(), two(), Model().three(), gradus.is_grad_enabled()) == (False, False, False, True)
    with pytest.raises(ZeroDivisionError), gradus.no_grad():
        1 / 0
    assert gradus.is_grad_enabled()


def test_views_follow_their_base_and_change_it():
    x = gradus.zeros(3, 4)
    row, column, flat, data = x[1], x[:, 2], x.view(-1), x.data
    x[1, 2] = 5.0
    assert row.tolist() == [0, 0, 5, 0] and column.tolist() == [0, 5, 0] and flat[6].item() == 5 and data[1, 2].item() == 5
    row += 1
    column.fill_(9)
    flat[0] = -1
    assert x.tolist() == [[-1, 0, 9, 0], [1, 1, 9, 1], [0, 0, 9, 0]]
    x.T[3] = 8
    assert x[:, 3].tolist() == [8, 8, 8]
    data.mul_(2)
    assert x[0].tolist() == [-2, 0, 18, 16]
    x[0, 1:3][0] = 100
    assert x[0, 1].item() == 100
    assert x.clone().data is not x.data


def test_results_in_a_graph_do_not_keep_it_alive_through_detach():
    w = gradus.ones(2, requires_grad=True)
    kept = (w * 2).detach()
    assert not kept.requires_grad and kept.is_leaf


def test_assignment_is_recorded():
    x = gradus.ones(2, 2, requires_grad=True)
    v = gradus.tensor([5.0, 6.0], requires_grad=True)
    y = x * 3
    y[0] = v * 2
    assert y.tolist() == [[10, 12], [3, 3]]
    (y * y).sum().backward()
    assert x.grad.tolist() == [[0, 0], [18, 18]] and v.grad.tolist() == [40, 48]


def test_indexing_as_numpy_does():
    np = pytest.importorskip("numpy")
    a = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    t = gradus.from_numpy(a)
    i, j = np.array([[0, 1], [1, 1]]), np.array([2, 0])
    for index in [
        0, -1, (1, 2, 3), slice(None), (slice(None), 1), (..., 2), (0, ...), (slice(None, None, 2), slice(1, None)),
        None, (None, 0, None), (slice(None), slice(None, None, -1)), i, (i, j), (slice(None), j), (slice(None), j, j),
        (i, slice(None), j), (..., j), (0, j), [0, 1, 0], (slice(None), [0, 2], 1), a > 5, (0, a[0] % 2 == 0),
        (a[:, 0, 0] > 5,), (slice(0, 0),), ([],),
    ]:  # fmt: skip
        expected = a[index]
        ours = tuple(gradus.from_numpy(x) if isinstance(x, np.ndarray) else x for x in index) if isinstance(index, tuple) else index
        got = t[ours]
        assert got.shape == expected.shape, index
        assert got.tolist() == expected.tolist(), index
        changed, there = a.copy(), gradus.from_numpy(a.copy())
        changed[index] = -1
        there[ours] = -1
        assert there.tolist() == changed.tolist(), index
    counts = gradus.zeros(3, 3, dtype=gradus.int32)
    for a, b in [(0, 1), (0, 1), (2, 2)]:
        counts[a, b] += 1
    assert counts.tolist() == [[0, 2, 0], [0, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda x: x @ gradus.ones(2, 2), RuntimeError, "matmul: .* does not fit"),
        (lambda x: x + gradus.ones(4), RuntimeError, "does not broadcast"),
        (lambda x: x[5], IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
        (lambda x: x[0, 0, 0], IndexError, "3 indices"),
        (lambda x: x[gradus.tensor([7])], IndexError, "index 7 is out of bounds for dimension 0 with size 2"),
        (lambda x: x[gradus.ones(2)], IndexError, "int64 or bool"),
        (lambda x: x[..., ...], IndexError, "only once"),
        (lambda x: x["a"], Exception, "."),
        (lambda x: x.view(7), RuntimeError, "do not fill"),
        (lambda x: x.T.view(6), RuntimeError, "contiguous"),
        (lambda x: x.item(), RuntimeError, "6 elements"),
        (lambda x: bool(x), RuntimeError, "ambiguous"),
        (lambda x: x.sum(5), RuntimeError, "axis 5"),
        (lambda x: F.cross_entropy(x, gradus.tensor([0, 3])), RuntimeError, "3"),
        (lambda x: F.cross_entropy(x, x), RuntimeError, "cross_entropy"),
        (lambda x: gradus.zeros(-1), ValueError, "0 or more"),
        (lambda x: gradus.zeros(2**40, 2**40), ValueError, "memory"),
        (lambda x: gradus.zeros(*[1] * 9), ValueError, "eight"),
        (lambda x: gradus.tensor([[1, 2], [3]]), ValueError, "ragged"),
        (lambda x: gradus.tensor([1, [2]]), ValueError, "ragged"),
        (lambda x: gradus.tensor("text"), TypeError, "no number"),
        (lambda x: gradus.tensor([None]), TypeError, "no number"),
        (lambda x: gradus.tensor(1, requires_grad=True), RuntimeError, "carry no gradient"),
        (lambda x: gradus.tensor(2**70), OverflowError, "."),
        (lambda x: gradus.zeros(2, device="cuda"), ValueError, "cpu"),
        (lambda x: gradus.randint(5, 5, (2,)), RuntimeError, "randint"),
        (lambda x: gradus.multinomial(gradus.zeros(3), 1), ValueError, "weight"),
        (lambda x: gradus.multinomial(gradus.ones(3), 4), ValueError, "4 different"),
        (lambda x: gradus.arange(0, 10, 0), ValueError, "never ends"),
        (lambda x: x + "a", TypeError, "."),
        (lambda x: x.to("cuda"), ValueError, "cpu"),
        (lambda x: x.gelu("fast"), ValueError, "tanh"),
        (lambda x: x & x, TypeError, "booleans"),
        (lambda x: x.__setitem__(0, gradus.ones(5)), RuntimeError, "broadcast"),
        (lambda x: setattr(x, "grad", gradus.ones(1)), RuntimeError, "does not fit"),
        (lambda x: F.dropout(x, 1.5), RuntimeError, "probability"),
        (lambda x: F.linear(x, gradus.ones(3)), RuntimeError, "matrix"),
        (lambda x: gradus.cat([]), RuntimeError, "cat"),
        (lambda x: x.expand(5, 5), RuntimeError, "expand"),
        (lambda x: F.one_hot(gradus.tensor([-1])), RuntimeError, "."),
        (lambda x: gradus.Generator(scheme="mine"), ValueError, "mine"),
        (lambda x: gradus.Generator().set_state(b"junk"), ValueError, "random state"),
        (lambda x: gradus.Generator().manual_seed(2**64), ValueError, "seeds go from"),
    ],
)
def test_errors_are_python_exceptions(wrong, error, text):
    with pytest.raises(error, match=text) as caught:
        wrong(gradus.ones(2, 3))
    assert isinstance(caught.value, Exception)


def test_python_protocols():
    x = gradus.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert len(x) == 2 and [row.tolist() for row in x] == [[1, 2], [3, 4]]
    assert 3 in x and 5 not in x
    assert f"{x.mean():.2f}" == "2.50" and float(x[0, 1]) == 2.0 and int(x[1, 1]) == 4
    assert [10, 20, 30][gradus.tensor(2)] == 30
    assert {x: 1}[x] == 1 and x != None  # noqa: E711
    assert x.max(1).indices.tolist() == [1, 1] and x.max(0)[0].tolist() == [3, 4]
    assert "shape [2, 2]" in repr(x)
    a, b = x
    assert b.tolist() == [3, 4]
    with pytest.raises(TypeError):
        len(x.sum())
    with pytest.raises(TypeError):
        [1, 2][x.sum()]


def test_copies_and_pickles():
    w = gradus.tensor([1.0, 2.0], requires_grad=True)
    deep = copy.deepcopy(w)
    deep.data += 1
    assert w.tolist() == [1, 2] and deep.requires_grad
    pytest.importorskip("numpy")
    again = pickle.loads(pickle.dumps(w))
    assert again.tolist() == [1, 2] and again.requires_grad
    with pytest.raises(RuntimeError, match="detach"):
        pickle.dumps(w * 2)


def test_the_interpreter_is_free_while_the_engine_works():
    ticks, stop = [], threading.Event()

    def count():
        while not stop.is_set():
            ticks.append(1)
            stop.wait(0.001)

    a = gradus.rand(700, 700)
    thread = threading.Thread(target=count)
    thread.start()
    before = len(ticks)
    for _ in range(10):
        a @ a
    during = len(ticks) - before
    stop.set()
    thread.join()
    assert during > 0


def test_threads_share_tensors():
    w = gradus.ones(100, requires_grad=True)

    def work():
        for _ in range(50):
            (w * 2).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.grad.tolist() == [400.0] * 100


def test_numpys_names():
    x = gradus.ones(2, 3)
    assert x.sum(1, keepdims=True).shape == (2, 1) and x.mean(axis=0).shape == (3,)
    assert gradus.all(x == 1) and not gradus.any(x == 2)


def test_multinomial_and_friends():
    g = gradus.Generator().manual_seed(1)
    drawn = gradus.multinomial(gradus.tensor([[0.0, 1.0], [1.0, 0.0]]), 5, replacement=True, generator=g)
    assert drawn.tolist() == [[1] * 5, [0] * 5]
    assert sorted(gradus.randperm(10, generator=g).tolist()) == list(range(10))
    assert gradus.randint(0, 3, (100,), generator=g).max().item() == 2
    state = g.get_state()
    first = gradus.randn(5, generator=g).tolist()
    g.set_state(state)
    assert gradus.randn(5, generator=g).tolist() == first

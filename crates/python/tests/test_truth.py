"""Numbers are true, and what cannot be done is refused in words: comparisons, integers, positions, empty axes, memory."""

import math
import subprocess
import sys
import textwrap

import pytest

import gradus
import gradus.nn.functional as F
from gradus import Value

INF, NAN = math.inf, math.nan


def test_closeness_broadcasts_and_knows_what_is_no_number():
    t = gradus.tensor
    assert gradus.allclose(gradus.ones(3), gradus.ones(1, 3)) and gradus.ones(2, 1).allclose(gradus.ones(3))
    for a, b, close in [
        ([1.0], [INF], False), ([INF], [1.0], False), ([INF], [-INF], False), ([INF], [INF], True), ([-INF], [-INF], True),
        ([NAN], [NAN], False), ([NAN], [1.0], False), ([1.0], [1.0 + 1e-6], True), ([1.0], [1.1], False), ([], [], True),
    ]:  # fmt: skip
        assert t(a).allclose(t(b)) is close, (a, b)
    assert t([NAN, INF, 1.0]).allclose(t([NAN, INF, 1.0]), equal_nan=True)
    assert gradus.isclose(t([1.0, NAN, INF]), t([[1.0], [NAN]]), equal_nan=True).tolist() == [[True, False, False], [False, True, False]]
    assert not t([2**60]).allclose(t([2**60 + 1]), rtol=0, atol=0.5)
    assert not t([NAN]).equal(t([NAN])) and t([INF]).equal(t([INF])) and not gradus.ones(3).equal(gradus.ones(1, 3))
    with pytest.raises(RuntimeError, match="broadcast"):
        gradus.ones(2).allclose(gradus.ones(3))


def test_integers_stay_exact():
    big = 2**60 + 1
    x = gradus.tensor([2**30 + 1, 1])
    assert (x @ gradus.tensor([1, 0])).item() == 2**30 + 1 and (x @ x).dtype == gradus.int64
    a, b = gradus.tensor([[big, 1], [2, 3]]), gradus.tensor([[1, 0], [0, 1]])
    assert (a @ b).tolist() == a.tolist() and gradus.mm(a, b).tolist() == a.tolist()
    assert (a.T @ b).tolist() == [[big, 2], [1, 3]]
    stack = a.expand(3, 2, 2)
    assert gradus.bmm(stack, b.expand(3, 2, 2)).tolist() == [a.tolist()] * 3
    assert (gradus.zeros(2, 0, dtype=gradus.int64) @ gradus.zeros(0, 3, dtype=gradus.int64)).tolist() == [[0] * 3] * 2
    v = gradus.tensor([big, big - 1, -big])
    assert v.sum().item() == big - 1 and v.cumsum(0).tolist() == [big, 2 * big - 1, big - 1]
    assert v.max().item() == big and v.min().item() == -big and v.argmax().item() == 0 and v.max(0).indices.item() == 0
    assert (v > big - 1).tolist() == [True, False, False] and (v == big).tolist() == [True, False, False]
    assert (v // 3).tolist() == [n // 3 for n in v.tolist()] and (v % 7).tolist() == [n % 7 for n in v.tolist()]
    assert gradus.tensor([3**20, 3**18]).prod().item() == 3**38 and (gradus.tensor([3]) ** 39).item() == 3**39
    assert v.abs().tolist() == [big, big - 1, big] and (-v).tolist() == [-big, 1 - big, big]
    assert v.maximum(big - 1).tolist() == [big, big - 1, big - 1]
    assert v.clamp(1 - big, big - 1).tolist() == [big - 1, big - 1, 1 - big]
    assert v.masked_fill(v == big, big + 2).tolist() == [big + 2, big - 1, -big]
    assert gradus.where(v == big, big + 2, 0).tolist() == [big + 2, 0, 0]
    assert v.add(1, alpha=2).tolist() == [big + 2, big + 1, 2 - big] and v.sub(v, alpha=1).dtype == gradus.int64
    assert gradus.arange(big, big + 3).tolist() == [big, big + 1, big + 2] and gradus.arange(5, -1, -2).tolist() == [5, 3, 1]
    assert gradus.full((2,), big).tolist() == [big, big] and gradus.zeros(1, dtype=gradus.int64).fill_(big).item() == big
    v[1] = big + 4
    v += 1
    assert v.tolist() == [big + 1, big + 5, 1 - big]
    assert gradus.stack([v, v])[1, 1].item() == big + 5


def test_whole_quotients_of_fractions_are_pythons():
    for a in (1.0, -1.0, 7.5, -7.5, 0.0):
        for b in (0.1, -0.1, 3.0, 2.5):
            x, y = gradus.tensor([a], dtype=gradus.float64), gradus.tensor([b], dtype=gradus.float64)
            assert (x // y).item() == a // b, (a, b)


def test_positions_from_the_end():
    x = gradus.arange(12).view(4, 3).float()
    for table in (x, x.long(), x.view(4, 3, 1), x.double().requires_grad_()):
        assert table[[-1, 0]].tolist() == [table[3].tolist(), table[0].tolist()]
        assert table[gradus.tensor([[-1], [-4]])].tolist() == [[table[3].tolist()], [table[0].tolist()]]
        assert table[:, [-1, 1]].tolist() == table[:, [2, 1]].tolist()
    w = x.clone().requires_grad_()
    w[[-1, 3, 0]].sum().backward()
    assert w.grad.tolist() == [[1] * 3, [0] * 3, [0] * 3, [2] * 3]


@pytest.mark.parametrize(
    ("wrong", "index", "dimension", "size"),
    [
        (lambda x: x[5], 5, 0, 3), (lambda x: x[-4], -4, 0, 3), (lambda x: x[0, 4], 4, 1, 4), (lambda x: x[:, -5], -5, 1, 4),
        (lambda x: x[[0, 3]], 3, 0, 3), (lambda x: x[[-4]], -4, 0, 3), (lambda x: x.long()[[3]], 3, 0, 3),
        (lambda x: x[[0, 1], [0, 4]], 4, 1, 4), (lambda x: x[:, [1, 6]], 6, 1, 4), (lambda x: x[..., -7], -7, 1, 4), (lambda x: x[None, 1, 4], 4, 1, 4), (lambda x: x.select(1, 9), 9, 1, 4), (lambda x: x[2][7], 7, 0, 4),
        (lambda x: x.gather(1, gradus.tensor([[4]])), 4, 1, 4), (lambda x: x.index_select(0, gradus.tensor([-1])), -1, 0, 3),
        (lambda x: F.embedding(gradus.tensor([3]), x), 3, 0, 3), (lambda x: x[:0][0], 0, 0, 0),
        (lambda x: x.scatter_add(0, gradus.tensor([[3]]), x), 3, 0, 3),
    ],
)  # fmt: skip
def test_an_index_that_is_not_there_says_axis_and_size(wrong, index, dimension, size):
    with pytest.raises(IndexError, match=f"index {index} is out of bounds for dimension {dimension} with size {size}"):
        wrong(gradus.ones(3, 4))


def test_empty_axes_in_products():
    assert (gradus.zeros(0) @ gradus.zeros(2, 0, 3)).tolist() == [[0] * 3] * 2
    for a, b in [((2, 0, 3), (2, 3, 1)), ((2, 3, 0), (2, 0, 4)), ((0, 2, 3), (3, 2)), ((2, 3), (0, 3, 2)), ((2, 0, 3), (3,)),
                 ((0,), (0,)), ((1, 2, 0), (5, 0, 2)), ((0, 1, 2, 3), (4, 3, 2)), ((2, 2), (2, 0)), ((0, 3), (3, 0))]:  # fmt: skip
        x, y = gradus.zeros(*a, requires_grad=True), gradus.ones(*b, requires_grad=True)
        z = x @ y
        assert all(n == 0 for n in z.flatten().tolist())
        z.sum().backward()
        assert x.grad.shape == a and y.grad.shape == b and y.grad.sum().item() == 0


def test_clipping_does_not_swallow_what_is_no_number():
    def clipped(*grads, **options):
        parameters = [gradus.zeros(len(g), requires_grad=True) for g in grads]
        for p, g in zip(parameters, grads):
            p.grad = gradus.tensor(g)
        norm = gradus.nn.utils.clip_grad_norm_(parameters, 1.0, **options)
        return norm, [p.grad.tolist() for p in parameters]

    norm, grads = clipped([NAN, 1.0], [2.0])
    assert math.isnan(norm) and all(math.isnan(g) for grad in grads for g in grad)
    norm, [grad] = clipped([INF, 1.0])
    assert norm == INF and math.isnan(grad[0]) and grad[1] == 0
    norm, [grad] = clipped([3.0, 4.0])
    assert norm == 5 and grad == pytest.approx([0.6, 0.8], abs=1e-5)
    assert clipped([0.3, 0.4])[1] == [pytest.approx([0.3, 0.4])]
    norm, [grad] = clipped([3.0, -4.0], norm_type=INF)
    assert norm == 4 and grad == pytest.approx([0.75, -1.0], abs=1e-5)
    assert clipped([3.0, -4.0], [1.0], norm_type=1.0)[0] == 8
    for bad in (NAN, INF):
        with pytest.raises(RuntimeError, match="cannot be brought"):
            clipped([bad, 1.0], error_if_nonfinite=True)


def test_attributes_and_classes_made_of_ours():
    p = Value(2.0)
    p.m = 0
    p.m += 3
    assert p.m == 3 and (p * 2).data == 4

    class Weight(Value):
        def __init__(self, data):
            super().__init__(data)
            self.momentum = 0.0

    w = Weight(3.0)
    (w * w).backward()
    assert (w.grad, w.momentum, isinstance(w, Value)) == (6.0, 0.0, True)
    x = gradus.ones(2, requires_grad=True)
    x.label = "x"
    assert x.label == "x" and x.data is not x

    class Parameter(gradus.Tensor):
        def __init__(self, data, requires_grad=True):
            super().__init__(data, requires_grad)
            self.m = gradus.zeros(*self.shape)

    q = Parameter([1.0, 2.0], True)
    (q * q).sum().backward()
    q.m += q.grad
    assert q.m.tolist() == [2, 4] and isinstance(q, gradus.Tensor)


HOSTILE = """
zeros(2**40)
zeros(2**39, 2)
zeros(100000, 100000)
zeros(200000, 200000, dtype=gradus.float64)
ones(2**35, 8)
empty(2**38)
full((2**37,), 3)
eye(2**19)
arange(2**40)
arange(0.0, 2.0**39)
linspace(0, 1, 2**38)
rand(2**38)
randn(300000, 300000)
randint(0, 5, (2**38,))
randperm(2**39)
multinomial(ones(5), 2**39, replacement=True)
ones(1).expand(2**50).sum()
ones(1).expand(2**50).tolist()
ones(1).expand(2**50).clone()
ones(1).expand(2**50) + 1
ones(1).expand(2**50).contiguous()
ones(1).expand(2**50).max(0)
ones(1).expand(2**50).cumsum(0)
ones(1).expand(2**50).nonzero()
ones(1).expand(2**40).unbind()
ones(1).expand(2**40).split(1)
ones(1).expand(2**40).chunk(2**39)
ones(1).expand(2**50).float().double()
ones(1, 1).expand(2**25, 2**25) @ ones(1, 1).expand(2**25, 2**25)
ones(1).expand(2**50)[ones(1).expand(2**50) > 0]
ones(2**20, 1) + ones(1, 2**20)
ones(2**20, 1) @ ones(1, 2**20)
F.one_hot(tensor([1]), 10**12)
F.one_hot(tensor([1, 2]), 2**39)
F.one_hot(tensor([2**39]))
tensor([1.0]).expand(2**50).log_softmax(0)
cat([ones(1).expand(2**40), ones(1).expand(2**40)])
stack([ones(1).expand(2**49)] * 4)
zeros(2**62, 2)
ones(1).expand(2**62, 5)
zeros(2**63)
zeros(*[2**20] * 8)
rand_like(ones(1).expand(2**40))
Tensor([1.0]).expand(2**40).add_(1)
F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 1, 1), padding=2**20)
F.max_pool2d(ones(1, 1, 4, 4), 2, padding=2**40)
nn.Linear(2**20, 2**20)
nn.Embedding(2**38, 4)
"""


@pytest.mark.parametrize("limit", [None, 4 << 30], ids=["", "ulimit -v"])
def test_what_does_not_fit_into_memory_is_an_exception(limit):
    program = textwrap.dedent(
        """
        import sys
        import gradus
        from gradus import *
        import gradus.nn as nn
        import gradus.nn.functional as F
        for line in sys.stdin.read().split(chr(10)):
            if not line:
                continue
            try:
                eval(line)
            except Exception as error:
                assert str(error), line
                print("refused:", line)
            else:
                print("done:", line)
        print("alive", gradus.ones(3).sum().item())
        """
    )

    def limited():
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    if limit is not None and sys.platform != "linux":
        pytest.skip("address space can be limited on Linux")
    done = subprocess.run(
        [sys.executable, "-c", program], input=HOSTILE, capture_output=True, text=True, timeout=300,
        preexec_fn=limited if limit is not None else None,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    assert "panicked" not in done.stderr and done.stdout.endswith("alive 3.0\n")
    went_through = [line for line in done.stdout.split("\n") if line.startswith("done:")]
    assert went_through == [], done.stdout


def test_functions_of_one_number_are_those_of_the_library():
    numbers = [0.1, 0.5, 1.0, 1.5, 2.5, 7.3]
    x = gradus.tensor(numbers, dtype=gradus.float64)
    for name in ("log2", "log10", "log1p", "expm1", "tan", "erf", "floor", "ceil", "trunc"):
        assert getattr(gradus, name)(x).tolist() == pytest.approx([getattr(math, name)(n) for n in numbers], rel=1e-12), name
    assert gradus.round(gradus.tensor([0.5, 1.5, -2.5, 2.6])).tolist() == [0, 2, -2, 3]
    assert gradus.sign(gradus.tensor([-2.0, 0.0, 3.0])).tolist() == [-1, 0, 1] and gradus.tensor([-3, 0]).sign().tolist() == [-1, 0]
    assert gradus.tensor([2**60 + 1]).floor().item() == 2**60 + 1


def test_what_is_no_number_is_found():
    x = gradus.tensor([[1.0, NAN, INF], [-INF, 0.0, 2.0]])
    assert x.isnan().tolist() == [[False, True, False], [False] * 3]
    assert x.isinf().tolist() == [[False, False, True], [True, False, False]]
    assert gradus.isfinite(x).tolist() == [[True, False, False], [False, True, True]]
    assert x.isnan().any().item() and x.isnan().any(1).tolist() == [True, False] and x.isfinite().all(0, keepdim=True).tolist() == [[False] * 3]
    assert (x == x).all(1).tolist() == [False, True] and x.count_nonzero().item() == 5 and gradus.zeros(0).all().item()


def test_sorting():
    x = gradus.tensor([[3.0, 1.0, 2.0], [0.0, NAN, -1.0]], requires_grad=True)
    values, indices = x.sort()
    assert values[0].tolist() == [1, 2, 3] and indices.tolist() == [[1, 2, 0], [2, 0, 1]] and math.isnan(values[1, 2].item())
    assert gradus.argsort(gradus.tensor([2, 2**60 + 1, 2**60]), descending=True).tolist() == [1, 2, 0]
    assert x.sort(0).indices[0].tolist() == [1, 0, 1]
    top = gradus.topk(x[0], 2)
    assert top.values.tolist() == [3, 2] and top.indices.tolist() == [0, 2]
    (top.values * gradus.tensor([10.0, 1.0])).sum().backward()
    assert x.grad.tolist() == [[10, 0, 1], [0, 0, 0]]
    assert x[0].topk(1, largest=False).values.item() == 1 and gradus.flip(x[0], (0,)).tolist() == [2, 1, 3]
    with pytest.raises(RuntimeError, match="topk"):
        x.topk(4)
    assert gradus.dot(x[0].detach(), x[0].detach()).item() == 14
    with pytest.raises(RuntimeError, match="vectors"):
        x.dot(x)


def test_doubles_stay_doubles():
    assert gradus.tensor([0.1, 1], dtype=gradus.float64).tolist() == [0.1, 1]
    assert gradus.tensor(0.1, dtype=gradus.float64).item() == 0.1 and gradus.full((2,), 0.1, dtype=gradus.float64).tolist() == [0.1] * 2
    assert gradus.tensor([2**53 + 1, 0.5], dtype=gradus.float64)[1].item() == 0.5 and gradus.tensor([0.1]).dtype == gradus.float32
    assert gradus.tensor([2.7, True], dtype=gradus.int64).tolist() == [2, 1] and gradus.tensor([0, 2], dtype=gradus.bool).tolist() == [False, True]

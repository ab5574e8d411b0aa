"""Every operation's values and gradients against PyTorch's, over random shapes, strides and broadcasts."""

import pytest

import gradus
import gradus.nn as nn
import gradus.nn.functional as F

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
np = pytest.importorskip("numpy")
hypothesis = pytest.importorskip("hypothesis")
TF = torch.nn.functional

from hypothesis import given, settings, strategies as st  # noqa: E402

torch.manual_seed(0)
settings.register_profile("gradus", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("gradus")


@st.composite
def arrays(draw, shape=None, low=-2.0, high=2.0, max_dims=4):
    """An array in a random layout: dense, transposed, sliced, reversed or broadcast."""
    if shape is None:
        shape = tuple(draw(st.lists(st.integers(0, 4), max_size=max_dims)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    numbers = lambda s: rng.uniform(low, high, size=s)  # noqa: E731
    layout = draw(st.sampled_from(["dense", "transposed", "sliced", "reversed"]))
    if layout == "transposed":
        return numbers(shape[::-1]).T
    if layout == "sliced" and shape:
        return numbers((*shape[:-1], 2 * shape[-1] + 1))[..., 1::2]
    if layout == "reversed" and shape:
        return numbers(shape)[::-1]
    return numbers(shape)


@st.composite
def pairs(draw, **range):
    """Two arrays that broadcast."""
    a = draw(arrays(**range))
    shape = [1 if draw(st.booleans()) else n for n in a.shape]
    return a, draw(arrays(shape=tuple(shape[draw(st.integers(0, len(shape))) :]), **range))


def close(ours, theirs, tolerance=1e-9):
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(
        np.asarray(ours.detach().tolist(), dtype=float).reshape(ours.shape),
        theirs.detach().numpy(),
        rtol=tolerance,
        atol=tolerance,
    )


def check(inputs, ours, theirs, tolerance=1e-9):
    """Values, and gradients for a random direction, of the same function there and here, in f64 and f32."""
    for dtype, tolerance in (("float64", tolerance), ("float32", max(2e-4, tolerance))):
        here = [gradus.from_numpy(a.astype(dtype)) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else gradus.tensor(a) for a in inputs]
        # torch has no negative strides.
        there = [torch.tensor(np.array(a, dtype=dtype) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else np.array(a)) for a in inputs]
        for x, y in zip(here, there):
            if y.is_floating_point():
                x.requires_grad_(), y.requires_grad_()
        a, b = ours(*here), theirs(*there)
        close(a, b, tolerance)
        if not b.requires_grad:
            continue
        direction = np.random.default_rng(1).uniform(0.5, 1.5, size=tuple(b.shape)).astype(dtype)
        a.backward(gradus.tensor(direction))
        b.backward(torch.tensor(direction))
        for x, y in zip(here, there):
            if y.is_floating_point() and y.grad is not None:
                close(x.grad, y.grad, tolerance)


ELEMENTWISE = {
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "relu": lambda x: x.relu(),
    "exp": lambda x: x.exp(),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "abs": lambda x: x.abs(),
    "neg": lambda x: -x,
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "clamp": lambda x: x.clamp(-1.0, 1.0),
    "clone": lambda x: x.clone() * 2,
    "numbers": lambda x: 3 - (2 * x + 1) / 4 - x,
    "reciprocal of a number": lambda x: 1 / (x + 5),
    "sum": lambda x: x.sum(),
    "contiguous": lambda x: x.contiguous() * x,
    "flatten": lambda x: x.flatten(),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
@given(x=arrays())
def test_functions_of_one(name, x):
    check([x], ELEMENTWISE[name], ELEMENTWISE[name])


@pytest.mark.parametrize("name", ["log", "sqrt", "rsqrt", "reciprocal"])
@given(x=arrays(low=0.2, high=3.0))
def test_functions_of_positive_numbers(name, x):
    check([x], lambda x: getattr(x, name)(), lambda x: getattr(x, name)())


@given(x=arrays())
def test_activations(x):
    check([x], lambda x: F.gelu(x), lambda x: TF.gelu(x), 1e-6)
    check([x], lambda x: F.gelu(x, approximate="tanh"), lambda x: TF.gelu(x, approximate="tanh"), 1e-7)
    check([x], lambda x: F.leaky_relu(x, 0.1), lambda x: TF.leaky_relu(x, 0.1))
    check([x], lambda x: F.elu(x, 0.3), lambda x: TF.elu(x, 0.3))


BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "maximum": lambda a, b: a.maximum(b),
    "minimum": lambda a, b: a.minimum(b),
    "add alpha": lambda a, b: a.add(b, alpha=0.5),
    "twice": lambda a, b: a * b + a * a,
}


@pytest.mark.parametrize("name", BINARY)
@given(ab=pairs())
def test_broadcast_operations(name, ab):
    check(ab, BINARY[name], BINARY[name])


@given(ab=pairs(low=1.0, high=9.0))
def test_remainders(ab):
    a, b = ab[0] - 5, ab[1]
    check([a, b], lambda a, b: (a % b) * 2, lambda a, b: (a % b) * 2)
    whole = [a.astype("int64"), b.astype("int64")]
    check(whole, lambda a, b: a % b, lambda a, b: a % b)
    check(whole, lambda a, b: a // -b, lambda a, b: a // -b)


@given(ab=pairs(low=0.3, high=2.0))
def test_division_and_powers(ab):
    check(ab, lambda a, b: a / b, lambda a, b: a / b)
    check(ab, lambda a, b: a**b, lambda a, b: a**b)


@given(ab=pairs())
def test_comparisons_and_where(ab):
    for compare in (lambda a, b: a < b, lambda a, b: a >= b, lambda a, b: (a > 0) & (b > 0), lambda a, b: ~(a == b)):
        ours, theirs = (compare(*map(make, ab)) for make in (gradus.tensor, lambda a: torch.tensor(np.array(a))))
        assert ours.tolist() == theirs.tolist()
    check(ab, lambda a, b: gradus.where(a > b, a, b), lambda a, b: torch.where(a > b, a, b))


@given(data=st.data())
def test_reductions(data):
    x = data.draw(arrays(shape=tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))))
    dims = data.draw(st.lists(st.integers(0, x.ndim - 1), unique=True, min_size=1, max_size=x.ndim))
    dim = tuple(d - x.ndim if data.draw(st.booleans()) else d for d in dims)
    keepdim = data.draw(st.booleans())
    for f in (
        lambda x: x.sum(dim, keepdim),
        lambda x: x.mean(dim, keepdim=keepdim),
        lambda x: x.logsumexp(dim, keepdim),
        lambda x: x.softmax(dim[0]),
        lambda x: x.log_softmax(dim[0]),
        lambda x: x.cumsum(dim[0]),
        lambda x: x.max(dim[0], keepdim).values,
        lambda x: x.min(dim[0])[0],
        lambda x: x.prod(dim[0], keepdim),
        lambda x: x.argmax(dim[0]),
        lambda x: x.max(),
        lambda x: x.mean(),
    ):
        check([x], f, f, 1e-8)
    check([x], lambda x: x.norm(2, dim, keepdim), lambda x: x.norm(2, dim, keepdim), 1e-8)
    n = int(np.prod([x.shape[d] for d in dims]))
    if n > 1:
        for f in (lambda x: x.var(dim, keepdim=keepdim), lambda x: x.std(dim, unbiased=False, keepdim=keepdim)):
            check([x], f, f, 1e-8)


@given(data=st.data())
def test_matrix_products(data):
    m, k, n = (data.draw(st.integers(0, 5)) for _ in range(3))
    batch = tuple(data.draw(st.lists(st.integers(1, 3), max_size=2)))
    a, b = data.draw(arrays(shape=(*batch, m, k))), data.draw(arrays(shape=(k, n)))
    check([a, b], lambda a, b: a @ b, lambda a, b: a @ b)
    v = data.draw(arrays(shape=(k,)))
    check([a, v], lambda a, v: a @ v, lambda a, v: a @ v)
    w, bias = data.draw(arrays(shape=(n, k))), data.draw(arrays(shape=(n,)))
    check([a, w, bias], F.linear, TF.linear)


@given(data=st.data())
def test_shapes(data):
    x = data.draw(arrays(shape=tuple(data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=4)))))
    order = data.draw(st.permutations(range(x.ndim)))
    a, b = data.draw(st.integers(0, x.ndim - 1)), data.draw(st.integers(0, x.ndim - 1))
    at = data.draw(st.integers(0, x.shape[a] - 1))
    for f in (
        lambda x: x.permute(*order) * 2,
        lambda x: x.permute(order).reshape(-1),
        lambda x: x.transpose(a, b).contiguous().view(x.numel()),
        lambda x: x.unsqueeze(a).squeeze(a) * x,
        lambda x: x.select(a, at),
        lambda x: x.narrow(a, at, 1),
        lambda x: x.flip(a),
        lambda x: x.split(2, a)[0] * 3,
        lambda x: x.chunk(2, a)[-1],
        lambda x: x.unbind(a)[at],
        lambda x: x.tril(1),
        lambda x: x.triu(-1),
        lambda x: x[..., ::2],
        lambda x: x[at : at + 1] if a == 0 else x[:, :1],
        lambda x: x.mT @ x,
    ):
        check([x], f, f)
    check([x, x], lambda x, y: gradus.cat([x, y * 2], a), lambda x, y: torch.cat([x, y * 2], a))
    check([x, x], lambda x, y: gradus.stack([x, y * 2], a), lambda x, y: torch.stack([x, y * 2], a))
    check([x], lambda x: x[:1].expand(3, *x.shape[1:]), lambda x: x[:1].expand(3, *x.shape[1:]))


@given(data=st.data())
def test_indexing(data):
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    x = data.draw(arrays(shape=(rows, columns, 2)))
    n = data.draw(st.integers(0, 6))
    i = np.array(data.draw(st.lists(st.integers(-rows, rows - 1), min_size=n, max_size=n)), dtype=np.int64)
    j = np.array(data.draw(st.lists(st.integers(-columns, columns - 1), min_size=n, max_size=n)), dtype=np.int64)
    for f in (
        lambda x, i, j: x[i],
        lambda x, i, j: x[i, j],
        lambda x, i, j: x[:, j],
        lambda x, i, j: x[i, :, 1],
        lambda x, i, j: x[:, j, 0] * 2,
        lambda x, i, j: x[x > 0],
        lambda x, i, j: x.index_select(0, i % rows),
    ):
        check([x, i, j], f, f)
    table = data.draw(arrays(shape=(rows, 3)))
    index = np.abs(i).reshape(-1, 1) % rows
    check([table, index], lambda t, i: F.embedding(i, t), lambda t, i: TF.embedding(i, t))
    check([table, np.zeros((rows, 2), dtype=np.int64)], lambda t, i: t.gather(1, i), lambda t, i: t.gather(1, i))


@given(data=st.data())
def test_losses(data):
    n, classes = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 6))
    x = data.draw(arrays(shape=(n, classes)))
    y = np.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)))
    for reduction in ("mean", "sum", "none"):
        check([x, y], lambda x, y: F.cross_entropy(x, y, reduction=reduction), lambda x, y: TF.cross_entropy(x, y, reduction=reduction))
        for ours, theirs in [(F.mse_loss, TF.mse_loss), (F.l1_loss, TF.l1_loss)]:
            t = data.draw(arrays(shape=(n, classes)))
            check([x, t], lambda x, t: ours(x, t, reduction=reduction), lambda x, t: theirs(x, t, reduction=reduction))
    p, t = data.draw(arrays(shape=(n,), low=0.1, high=0.9)), data.draw(arrays(shape=(n,), low=0.0, high=1.0))
    check([p, t], F.binary_cross_entropy, TF.binary_cross_entropy, 1e-7)
    check([p, t], F.binary_cross_entropy_with_logits, TF.binary_cross_entropy_with_logits, 1e-7)
    ignored = np.where(np.arange(n) % 2, y, -100)
    if n > 1:
        check([x, ignored], F.cross_entropy, TF.cross_entropy)
    images = data.draw(arrays(shape=(2, classes, 3)))
    targets = np.resize(y, (2, 3))
    check([images, targets], F.cross_entropy, TF.cross_entropy)


@given(data=st.data())
def test_normalisation_and_attention(data):
    b, t, c = (data.draw(st.integers(2, 4)) for _ in range(3))
    x, w, bias = data.draw(arrays(shape=(b, t, c))), data.draw(arrays(shape=(c,))), data.draw(arrays(shape=(c,)))
    check([x, w, bias], lambda x, w, b: F.layer_norm(x, (c,), w, b), lambda x, w, b: TF.layer_norm(x, (c,), w, b), 1e-7)
    q, k, v = (data.draw(arrays(shape=(b, 2, t, c))) for _ in range(3))
    causal = data.draw(st.booleans())
    check(
        [q, k, v],
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=causal),
        lambda q, k, v: TF.scaled_dot_product_attention(q, k, v, is_causal=causal),
        1e-7,
    )
    x = data.draw(arrays(shape=(b, 2, 6, 5)))
    kernel = data.draw(arrays(shape=(3, 2, 3, 2)))
    check([x, kernel], lambda x, k: F.conv2d(x, k, None, 2, (1, 0)), lambda x, k: TF.conv2d(x, k, None, 2, (1, 0)))
    check([x], lambda x: F.max_pool2d(x, 2), lambda x: TF.max_pool2d(x, 2))
    check([x], lambda x: F.avg_pool2d(x, (2, 1), 1), lambda x: TF.avg_pool2d(x, (2, 1), 1))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2)])
def test_batch_norm(shape, training):
    ours, theirs = nn.BatchNorm1d(3), torch.nn.BatchNorm1d(3)
    ours.train(training), theirs.train(training)
    for seed in range(3):
        x = np.random.default_rng(seed).normal(1.0, 2.0, size=shape).astype("float32")
        close(ours(gradus.tensor(x)), theirs(torch.tensor(x)), 1e-5)
    for name, value in theirs.state_dict().items():
        close(ours.state_dict()[name], value, 1e-5)


@pytest.mark.parametrize("size", [1, 7, 15, 16, 17, 100])
def test_the_same_random_numbers(size):
    g, t = gradus.Generator().manual_seed(7), torch.Generator().manual_seed(7)
    close(gradus.randn(size, generator=g), torch.randn(size, generator=t), 1e-6)
    close(gradus.rand(size, generator=g), torch.rand(size, generator=t), 0)
    assert gradus.randint(0, 27, (size,), generator=g).tolist() == torch.randint(0, 27, (size,), generator=t).tolist()
    assert gradus.randperm(size, generator=g).tolist() == torch.randperm(size, generator=t).tolist()
    p = np.random.default_rng(size).uniform(size=(3, 5)).astype("float32")
    for replacement in (False, True):
        ours = gradus.multinomial(gradus.tensor(p), 3, replacement, generator=g)
        assert ours.tolist() == torch.multinomial(torch.tensor(p), 3, replacement, generator=t).tolist()


@pytest.mark.parametrize(
    "make",
    [
        lambda nn: nn.Linear(5, 7),
        lambda nn: nn.Linear(5, 2, bias=False),
        lambda nn: nn.Embedding(6, 3),
        lambda nn: nn.Conv1d(2, 4, 3),
        lambda nn: nn.Conv2d(2, 4, (3, 2), padding=1),
        lambda nn: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)),
    ],
)
def test_layers_start_from_the_same_numbers(make):
    gradus.manual_seed(3407), torch.manual_seed(3407)
    ours, theirs = make(nn), make(torch.nn)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        close(ours.state_dict()[name], value, 1e-6)


OPTIMISERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.01, "betas": (0.9, 0.99), "weight_decay": 0.1}),
]


@pytest.mark.parametrize(("name", "options"), OPTIMISERS)
def test_optimisers_take_the_same_steps(name, options):
    gradus.manual_seed(1), torch.manual_seed(1)
    models = [m.Sequential(m.Linear(4, 8), m.Tanh(), m.Linear(8, 3)) for m in (nn, torch.nn)]
    steppers = [getattr(o, name)(m.parameters(), **options) for o, m in zip((gradus.optim, torch.optim), models)]
    x, y = np.random.default_rng(0).normal(size=(16, 4)).astype("float32"), np.arange(16) % 3
    for step in range(20):
        losses = []
        for lib, fun, model, stepper in zip((gradus, torch), (F, TF), models, steppers):
            stepper.zero_grad()
            loss = fun.cross_entropy(model(lib.tensor(x)), lib.tensor(y))
            loss.backward()
            clip = lib.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            stepper.step()
            losses.append((loss.item(), float(clip)))
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
        if step == 10:  # the state can be taken out and put back
            again = getattr(gradus.optim, name)(models[0].parameters(), **options)
            again.load_state_dict(steppers[0].state_dict())
            steppers[0] = again
    for ours, theirs in zip(models[0].parameters(), models[1].parameters()):
        close(ours, theirs, 1e-4)


def test_state_dicts_go_both_ways():
    ours, theirs = nn.Linear(3, 2), torch.nn.Linear(3, 2)
    ours.load_state_dict(theirs.state_dict())
    x = np.ones((1, 3), dtype="float32")
    close(ours(gradus.tensor(x)), theirs(torch.tensor(x)), 1e-6)
    fresh = torch.nn.Linear(3, 2)
    fresh.load_state_dict({name: torch.from_dlpack(value).clone() for name, value in ours.state_dict().items()})
    assert torch.equal(fresh.weight, theirs.weight)


def test_dropout_draws_the_same_mask():
    gradus.manual_seed(5), torch.manual_seed(5)
    x = np.ones((20, 30), dtype="float32")
    close(F.dropout(gradus.tensor(x), 0.3), TF.dropout(torch.tensor(x), 0.3), 1e-6)

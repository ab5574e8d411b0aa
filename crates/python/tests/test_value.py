"""The scalar engine: micrograd's interface, its numbers, its errors."""

import math
import random
import re
import threading

import pytest

import gradus
from gradus import Value, draw_dot
from gradus.micrograd import nn
from gradus.micrograd.engine import Value as EngineValue


def test_readme_expression():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert (f"{a.grad:.4f}", f"{b.grad:.4f}") == ("138.8338", "645.5773")


def test_lecture_neuron():
    x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
    b = Value(6.8813735870195432)
    o = (x1 * w1 + x2 * w2 + b).tanh()
    assert o.data == 0.7071067811865476
    o.backward()
    for value, grad in zip((x1, w1, x2, w2), (-1.5, 1.0, 0.5, 0.0)):
        assert value.grad == pytest.approx(grad, abs=1e-12)


def test_backward_by_hand():
    a, b = Value(2.0), Value(-3.0)
    product = a * b
    o = product + 10
    o.grad = 1.0
    for node in (o, product):
        node._backward()
    assert (a.grad, b.grad) == (-3.0, 2.0)


def test_one_class_under_every_name():
    assert EngineValue is Value and gradus.nn.MLP is nn.MLP


def test_operators_from_both_sides_take_numbers():
    x = Value(4.0)
    for result, expected in [
        (x + 1, 5), (1 + x, 5), (x - 1, 3), (1 - x, -3), (x * 2, 8), (2 * x, 8), (x / 2, 2), (2 / x, 0.5),
        (x**2, 16), (2**x, 16), (x ** Value(0.5), 2), (-x, -4), (x + True, 5),
    ]:  # fmt: skip
        assert type(result) is Value and result.data == expected


def test_functions():
    x = Value(0.5)
    assert x.exp().data == math.exp(0.5)
    assert x.log().data == math.log(0.5)
    assert x.relu().data == 0.5 and Value(-0.5).relu().data == 0.0
    assert x.sigmoid().data == pytest.approx(1 / (1 + math.exp(-0.5)), rel=1e-15)
    assert float(x.tanh()) == pytest.approx(math.tanh(0.5), rel=1e-15)


def test_graph_can_be_walked_as_in_micrograd():
    a, b = Value(2.0, label="a"), Value(3.0)
    c = a * b
    d = c + a
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(d)
    assert len(nodes) == 4 and len(edges) == 4
    # The drawing of the lecture tells nodes apart by id().
    assert {id(x) for edge in edges for x in edge} == {id(x) for x in nodes}
    assert (c._op, d._op, a._op, (a**2)._op, a.relu()._op) == ("*", "+", "", "**2", "ReLU")
    assert d.inputs == (c, a) and c._prev == {a, b}
    assert {v.label for v in nodes} == {"a", ""}


def test_values_are_equal_when_they_are_the_same_node():
    a = Value(1.0)
    assert a == a and a != Value(1.0) and len({a, a, Value(1.0)}) == 2


def test_repr_shows_pythons_digits():
    assert repr(Value(1e-7)) == "Value(data=1e-07, grad=0)"
    assert repr(Value(2)) == "Value(data=2.0, grad=0)"
    assert repr(nn.MLP(2, [2, 1])) == (
        "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"
    )


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda x: x / 0, ZeroDivisionError),
        (lambda x: 1 / Value(0.0), ZeroDivisionError),
        (lambda x: Value(0.0) ** -1, ZeroDivisionError),
        (lambda x: x + "1", TypeError),
        (lambda x: x + None, TypeError),
        (lambda x: [x] - x, TypeError),
        (lambda x: Value("three"), TypeError),
        (lambda x: Value(3.0, (x,), "+"), TypeError),
        (lambda x: pow(x, 2, 3), TypeError),
        (lambda x: nn.Neuron(2)([x]), ValueError),
        (lambda x: nn.Neuron(1)(["a"]), TypeError),
    ],
)
def test_errors_are_python_exceptions(wrong, error):
    with pytest.raises(error):
        wrong(Value(2.0))


def test_long_chains_neither_overflow_nor_stay():
    x = y = Value(1.0)
    for _ in range(200_000):
        y = y + 1e-6
    y.backward()
    assert x.grad == 1.0
    del y


def test_threads():
    results = []

    def work(seed):
        x = Value(float(seed))
        y = sum((x * i for i in range(500)), Value(0.0))
        y.backward()
        results.append(x.grad == sum(range(500)))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 4


def test_the_same_seed_gives_the_same_network():
    random.seed(1337)
    expected = [random.uniform(-1, 1) for _ in range(4)]
    random.seed(1337)
    weights = [p.data for p in nn.MLP(2, [2, 1]).parameters()]
    assert weights[:2] + weights[3:5] == expected
    assert weights[2] == weights[5] == 0.0


def test_drawing(tmp_path):
    a = Value(2.0, label="a<b")
    drawing = draw_dot((a * 3).tanh())
    svg = drawing._repr_svg_()
    assert svg.startswith("<svg") and "a&lt;b" in svg and "data 2.0000" in svg
    assert drawing.source.startswith("digraph")
    assert re.search(r"a<b +leaf +2\.0", drawing.table())
    for name, start in [("g.svg", b"<svg"), ("g.png", b"\x89PNG"), ("g.dot", b"digraph")]:
        drawing.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
    with pytest.raises(ValueError, match="must end in .svg, .png or .dot"):
        drawing.save(tmp_path / "g.jpg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g.dot", "g.png", "g.svg"]
    with pytest.raises(ValueError, match="scale"):
        drawing.png(scale=float("nan"))


def moons(Value, MLP, points, steps=3):
    """The training loop of micrograd's demonstration; the lines it prints."""
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    lines = [repr(model), len(model.parameters())]
    for k in range(steps):
        scores = [model(list(map(Value, point))) for point, _ in points]
        losses = [(1 + -target * score).relu() for (_, target), score in zip(points, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total = data_loss + reg_loss
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
        hits = [(target > 0) == (score.data > 0) for (_, target), score in zip(points, scores)]
        # micrograd walks a set, so that its last digit changes from run to run.
        lines.append(f"step {k} loss {total.data:.12f}, accuracy {sum(hits) / len(hits) * 100}%")
    return lines


def test_moons_prints_what_micrograd_prints():
    theirs = pytest.importorskip("micrograd.engine", reason="micrograd is not installed")
    their_nn = pytest.importorskip("micrograd.nn")
    random.seed(7)
    points = []
    for i in range(40):
        t, side = random.uniform(0, math.pi), i % 2
        x, y = (math.cos(t), math.sin(t)) if side else (1 - math.cos(t), 0.5 - math.sin(t))
        points.append(((x + random.gauss(0, 0.1), y + random.gauss(0, 0.1)), 1 if side else -1))
    ours = moons(Value, nn.MLP, points)
    assert ours == moons(theirs.Value, their_nn.MLP, points)

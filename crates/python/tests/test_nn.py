"""Modules: names, hooks, states, modes; models that learn."""

import pytest

import gradus
import gradus.nn as nn
import gradus.nn.functional as F


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc = nn.Linear(width, width)
        self.scale = nn.Parameter(gradus.ones(1))
        self.register_buffer("mask", gradus.ones(width))

    def forward(self, x):
        return x + self.scale * self.fc(self.norm(x)) * self.mask


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(4) for _ in range(2)])
        self.head = nn.Linear(4, 2, bias=False)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def test_names_and_states():
    model = Model()
    names = [name for name, _ in model.named_parameters()]
    assert names[:5] == [
        "blocks.0.scale", "blocks.0.norm.weight", "blocks.0.norm.bias", "blocks.0.fc.weight", "blocks.0.fc.bias",
    ]  # fmt: skip
    assert [name for name, _ in model.named_buffers()] == ["blocks.0.mask", "blocks.1.mask"]
    other = Model()
    other.load_state_dict(model.state_dict())
    x = gradus.randn(3, 4)
    assert other(x).equal(model(x))
    state = model.state_dict()
    del state["head.weight"]
    with pytest.raises(RuntimeError, match="missing: head.weight"):
        other.load_state_dict(state)
    with pytest.raises(RuntimeError, match="head.weight has shape"):
        other.load_state_dict({**state, "head.weight": gradus.ones(1)})
    assert "(fc): Linear(in_features=4, out_features=4, bias=True)" in repr(model)
    assert sum(p.numel() for p in model.parameters()) == 2 * (1 + 8 + 20) + 8


def test_a_module_without_super_init_and_shared_parameters():
    class Tied(nn.Module):
        def __init__(self):
            self.a = nn.Linear(2, 2, bias=False)
            self.b = nn.Linear(2, 2, bias=False)
            self.b.weight = self.a.weight
            self.number = 3

    tied = Tied()
    assert len(list(tied.parameters())) == 1 and tied.b.weight is tied.a.weight
    assert list(tied.state_dict()) == ["a.weight", "b.weight"] and tied.number == 3
    with pytest.raises(AttributeError, match="no attribute 'c'"):
        tied.c
    tied.a = None
    assert tied.a is None


def test_hooks_see_edit_and_go():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    x = gradus.ones(1, 2)
    with model.record("1") as seen:
        model(x).sum().backward()
    assert list(seen) == ["1"] and seen["1"].shape == (1, 3)
    assert seen["1"].grad.tolist() == model[2].weight.tolist()
    with model.replace(**{"1": lambda h: h * 0}):
        assert model(x).tolist() == [model[2].bias.tolist()]
    assert not model(x).equal(model[2].bias.view(1, 1))
    with pytest.raises(ValueError, match="no module 'fc9'; the names are 0, 1, 2"):
        model.record("fc9")
    calls = []
    handle = model[0].register_forward_hook(lambda module, inputs, output: calls.append(output.shape))
    model(x)
    handle.remove()
    model(x)
    assert calls == [(1, 3)]


def test_training_and_predicting():
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5))
    x = gradus.randn(16, 4)
    assert not model(x).equal(model(x))
    model.eval()
    assert model(x).equal(model(x)) and not model[3].training
    assert model[1].num_batches_tracked.item() == 2
    model.train()
    assert model[3].training


def test_a_model_learns():
    gradus.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = gradus.optim.AdamW(model.parameters(), lr=0.02)
    x = gradus.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = gradus.tensor([[0.0], [1.0], [1.0], [0.0]])
    for _ in range(300):
        loss = F.binary_cross_entropy_with_logits(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
    assert ((model(x) > 0).float() == y).all()


def test_to_another_type():
    model = nn.Linear(2, 2).double()
    assert model.weight.dtype == gradus.float64 and model.weight.requires_grad
    assert model(gradus.ones(1, 2, dtype=gradus.float64)).dtype == gradus.float64


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda: gradus.optim.SGD([], lr=0.1), ValueError, "no parameters"),
        (lambda: gradus.optim.SGD([gradus.ones(1)] * 2), ValueError, "twice"),
        (lambda: gradus.optim.Adam([gradus.ones(1)], betas=(1.0, 0.9)), ValueError, "betas"),
        (lambda: gradus.optim.SGD([gradus.ones(1)], nesterov=True), ValueError, "momentum"),
        (lambda: nn.Module()(1), NotImplementedError, "forward"),
        (lambda: nn.Linear(2, 2)(gradus.ones(3)), RuntimeError, "linear"),
        (lambda: nn.BatchNorm1d(2)(gradus.ones(2)), ValueError, "axes"),
        (lambda: nn.init.kaiming_normal_(gradus.ones(2)), ValueError, "fan"),
        (lambda: F.mse_loss(gradus.ones(2), gradus.ones(2), reduction="max"), ValueError, "reduction"),
    ],
)
def test_errors(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong()


def test_every_nonlinearity_is_a_layer_and_a_function():
    from gradus import _gradus
    from gradus.nn import nonlinearities

    layers = {layer.name: layer() for layer in vars(nonlinearities).values() if isinstance(layer, type) and issubclass(layer, nonlinearities.Nonlinearity)}
    layers["gelu_tanh"] = nn.GELU("tanh")
    x = gradus.linspace(-3, 3, 25)
    told = _gradus.nonlinearities()
    assert {name for name, _, _ in told} == set(layers)
    for name, formula, gain in told:
        assert formula.startswith("y = ") and nn.init.calculate_gain(name) == gain > 0
        assert layers[name](x).tolist() == _gradus.nonlinearity(name, x).tolist(), name
        if name not in ("linear", "gelu_tanh"):
            assert type(layers[name]).__name__ in nn.__all__ and name in nn.functional.__all__
            assert getattr(nn.functional, name)(x).tolist() == layers[name](x).tolist(), name
    with pytest.raises(ValueError, match="no nonlinearity; use one of linear, sigmoid"):
        _gradus.nonlinearity("softmax", x)

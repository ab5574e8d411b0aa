"""Recipes, runs, sampling, diagnostics; a run's model opened up."""

import json
import re

import pytest

import gradus

np = pytest.importorskip("numpy")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def run(home):
    return gradus.train("mlp", steps=200, model_hidden=20, name="first", home=home, progress=False)


def test_training_records_a_run(run, home):
    assert run.name == "first" and run.summary["steps"] == 200 and run.summary["parameters"] < 2000
    assert run.about["status"] == "finished" and "first" in repr(run)
    assert [r.name for r in gradus.runs(home)] == ["first"]
    steps, losses = run.history["loss"]
    assert isinstance(losses, np.ndarray) and len(steps) == len(losses) > 0
    assert run._repr_svg_().startswith("<svg")
    assert "mlp" in gradus.recipes() and "hidden = 200" in gradus.recipes()["mlp"]


def test_a_progress_bar(home, capsys):
    gradus.train("bigram", steps=300, home=home)
    assert re.search(r"300/300 +loss \d", capsys.readouterr().err)


def test_a_run_goes_on(run, home):
    on = gradus.resume(run, steps=220, home=home, progress=False)
    assert on.about["step"] == 220
    with pytest.raises(ValueError, match="above 220"):
        gradus.resume(run, steps=10, home=home, progress=False)


def test_samples_and_figures(run):
    assert run.sample(3, seed=1) == run.sample(3, seed=1) and len(run.sample(3)) == 3
    assert run.sample(1, prompt="an")[0].startswith("an")
    assert 1.5 < run.evaluate()["loss"] < 20
    assert {row["name"] for row in run.inspect()["activations"]} >= {"tanh"}


def test_activations_are_seen_and_replaced(run):
    model = run.model()
    tokens = [model.encode("ann")]
    logits, seen = model.record(tokens)
    assert logits.shape == (1, 27) and seen["tanh"].shape == (1, 20)
    ablated = model(tokens, replace={"tanh": lambda h: h * 0})
    assert ablated.allclose(model["output.bias"].view(1, -1), atol=1e-6)
    weight = model["output.weight"].clone()
    model["output.weight"] = weight * 0
    assert model(tokens).allclose(model["output.bias"].view(1, -1), atol=1e-6)
    model["output.weight"] = weight
    assert model(tokens).allclose(logits)
    assert model.decode(model.encode("anna")) == "anna"
    with pytest.raises(ZeroDivisionError):
        model(tokens, replace={"tanh": lambda h: 1 / 0})
    with pytest.raises(ValueError, match="gave shape"):
        model(tokens, replace={"tanh": lambda h: h[0]})
    with pytest.raises(KeyError, match="no parameter nothing"):
        model["nothing"]


def test_interrupted_in_good_order(home, monkeypatch):
    from gradus import lab

    def stop(self, *_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab._Bar, "__call__", stop)
    with pytest.raises(KeyboardInterrupt):
        gradus.train("mlp", steps=100_000, name="stopped", home=home)
    assert gradus.run("stopped", home).about["status"] == "stopped"


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda home: gradus.train("mpl", home=home), "nearest is mlp"),
        (lambda home: gradus.train("mlp", model_hiden=3, home=home), "nearest is model.hidden"),
        (lambda home: gradus.train("mlp", steps="many", home=home), "steps"),
        (lambda home: gradus.train("mlp", data="no-such-file", home=home), "no-such-file"),
        (lambda home: gradus.run("first", home / "elsewhere"), "no runs"),
        (lambda home: gradus.run("frist", home), "first"),
        (lambda home: gradus.run("first", home).sample(1, temperature=-1), "temperature"),
        (lambda home: gradus.run("first", home).evaluate("all"), "train, dev or test"),
        (lambda home: gradus.run("first", home).export("onnx", home / "x"), "safetensors, pytorch or tensorboard"),
    ],
)
def test_errors(wrong, text, run, home):
    with pytest.raises(ValueError, match=text):
        wrong(home)


def test_frame(run):
    pytest.importorskip("pandas")
    assert "loss" in run.frame().columns


def test_summary_is_plain_data(run):
    assert json.loads(json.dumps(run.summary)) == run.summary
